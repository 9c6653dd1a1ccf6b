import EFDCore
import EFDKafka
import Testing

@testable import EFDReplication

/// The records of the replicator's own topics, whose format is documented.
@Suite struct ProgressTests {
    private func parse<Parsed>(
        _ key: String, _ value: String, _ make: (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?) -> Parsed?
    ) -> Parsed? {
        Array(key.utf8).withUnsafeBytes { key in Array(value.utf8).withUnsafeBytes { make(key, $0) } }
    }

    @Test func progressReadsBackAsWritten() {
        var record = ProgressRecord(TopicPartition("lsst.sal.MTM1M3.forceActuatorData", 3), next: 1 << 40)
        #expect(parse(record.key, record.value, ProgressRecord.init) == record)
        record.target = 77
        record.written = 1_795_000_000_000
        record.anchor = .init(offset: 1 << 40 - 1, timestamp: -1, checksum: .max)
        #expect(parse(record.key, record.value, ProgressRecord.init) == record)
        #expect(record.key == #"{"topic":"lsst.sal.MTM1M3.forceActuatorData","partition":3}"#)
    }

    @Test func spansReadBackAsWritten() {
        let record = SpanRecord(
            TopicPartition("a", 0), targetTopic: "summit.a",
            spans: [CopiedSpan(source: 5, target: 9, count: 3), CopiedSpan(source: 10, target: 12, count: 1)])
        #expect(parse(record.key, record.value, SpanRecord.init) == record)
        #expect(record.value == #"{"version":1,"topic":"summit.a","spans":[[5,9,3],[10,12,1]]}"#)
    }

    @Test(arguments: ["", "{}", #"{"version":2,"next":1}"#, #"{"version":1}"#, "null"])
    func whatIsNoProgressIsPassedOver(_ value: String) {
        #expect(parse(#"{"topic":"a","partition":0}"#, value, ProgressRecord.init) == nil)
        #expect(ProgressRecord(key: nil, value: nil) == nil)
    }
}
