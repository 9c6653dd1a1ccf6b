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
        for checksum in [ProgressRecord.Anchor.Checksum.crc32c(.max), .folded(77)] {
            record.anchor = .init(offset: 1 << 40 - 1, timestamp: -1, checksum: checksum)
            #expect(parse(record.key, record.value, ProgressRecord.init) == record)
        }
        #expect(record.key == #"{"topic":"lsst.sal.MTM1M3.forceActuatorData","partition":3}"#)
    }

    /// The exact bytes of the two kinds of records, and the checksums of one record by both functions.
    @Test func anchorsOfBothKindsStayReadable() {
        let key = #"{"topic":"a","partition":0}"#
        func anchor(_ checksum: String) -> ProgressRecord.Anchor? {
            let value = #"{"version":1,"next":8,"target":9,"anchor":{"offset":7,"timestamp":5,\#(checksum)}}"#
            return parse(key, value, ProgressRecord.init)?.anchor
        }
        #expect(anchor(#""checksum":77"#)?.checksum == .folded(77))
        #expect(anchor(#""crc32c":77"#)?.checksum == .crc32c(77))
        #expect(anchor(#""md5":77"#) == nil, "a checksum of a later version: nothing is compared")
        Array("key".utf8).withUnsafeBytes { key in
            Array("a value of some length".utf8).withUnsafeBytes { value in
                #expect(ProgressRecord.Anchor.crc32c(key, value) == 0x158E_FD4E)
                #expect(ProgressRecord.Anchor.folded(key, value) == 0x66A4_4116)
                #expect(
                    ProgressRecord.Anchor.crc32c(nil, value)
                        != ProgressRecord.Anchor.crc32c(.init(start: nil, count: 0), value))
                let joined = Array("keya value of some length".utf8)
                joined.withUnsafeBytes {
                    let other = ProgressRecord.Anchor.crc32c(
                        UnsafeRawBufferPointer(rebasing: $0[..<4]), UnsafeRawBufferPointer(rebasing: $0[4...]))
                    #expect(ProgressRecord.Anchor.crc32c(key, value) != other, "the boundary counts")
                }
            }
        }
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
