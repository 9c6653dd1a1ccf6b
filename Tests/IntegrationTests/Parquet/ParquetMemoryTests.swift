import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit
import Foundation
import Testing

/// Topics as wide as those of the observatory: by the counts of ts_xml, 3,188 topics, 406 of them without a field of
/// their own, median 3 slots, one of ten more than 20, one of a hundred more than 818, the widest 14,486.
struct ObservatoryTopics {
    let count: Int
    /// Of the first `fast` topics, which are MTM1M3's: 19 of the observatory's.
    let fast: Int

    private static let privateFields =
        ["private_efdStamp", "private_kafkaStamp", "private_sndStamp", "private_rcvStamp"].map {
            #"{"name":"\#($0)","type":"double"}"#
        }
        + ["salIndex", "private_seqNum", "private_origin"].map { #"{"name":"\#($0)","type":"long"}"# }
        + ["private_revCode", "private_identity"].map { #"{"name":"\#($0)","type":"string"}"# }

    private func slots(_ topic: Int) -> Int {
        if topic < fast { return 200 }
        let rank = Double(topic - fast) / Double(max(1, count - fast - 1))
        switch rank {
        case ..<0.127: return 0
        case ..<0.5: return 1 + Int(rank * 4)
        case ..<0.9: return 3 + Int((rank - 0.5) * 42)
        case ..<0.99: return 20 + Int((rank - 0.9) / 0.09 * 798)
        case ..<1: return 818 + Int((rank - 0.99) / 0.01 * 4000)
        default: return 14_486
        }
    }

    /// Up to 40 scalars of the observatory's types; wider topics have arrays of 70.
    func schema(_ topic: Int) -> String {
        let slots = slots(topic)
        let scalars = (0..<min(slots, 40)).map { index in
            let type = [
                "double", "double", "string", "boolean", "long", "double", "double", "string", "long", "double",
            ][index % 10]
            return
                #"{"name":"field\#(index)","type":"\#(type)","units":"unitless","description":"The value of field \#(index) of the topic"}"#
        }
        let arrays = (0..<max(0, slots - 40) / 70).map {
            #"{"name":"array\#($0)","type":{"type":"array","items":"double"},"units":"N"}"#
        }
        return
            #"{"type":"record","name":"Topic","fields":[\#((Self.privateFields + scalars + arrays).joined(separator: ","))]}"#
    }

    /// Marks where each record gets its own number: equal records would be compressed to nothing.
    private static let marker = 1.234e67

    static func places(in record: [UInt8]) -> [Int] {
        let pattern = withUnsafeBytes(of: marker.bitPattern) { Array($0) }
        var places: [Int] = []
        var at = 0
        while at + 8 <= record.count {
            if record[at] == pattern[0], record[at..<at + 8].elementsEqual(pattern) {
                places.append(at)
                at += 8
            } else {
                at += 1
            }
        }
        return places
    }

    /// A record of the topic.
    func record(_ topic: Int, stamp: Double) throws -> [UInt8] {
        let schema = try AvroSchema.parse(schema(topic))
        let values = (schema.record?.fields ?? []).map { field -> AvroValue in
            switch field.type {
            case .array: .array((0..<70).map { _ in .double(Self.marker) })
            case .primitive(.double, _): .double(field.name == "private_efdStamp" ? stamp : Self.marker)
            case .primitive(.boolean, _): .boolean(true)
            case .primitive(.string, _): .string("a text of the topic")
            default: .long(12)
            }
        }
        return try AvroEncoder(schema).encode(.record(values))
    }

    /// Registers the schemas and creates the topics; returns the ids.
    func register(_ prefix: String, _ registry: RegistryClient, _ admin: KafkaAdmin) throws -> [Int32] {
        for start in stride(from: 0, to: count, by: 200) {
            let names = (start..<min(count, start + 200)).map {
                NewTopic("\(prefix)\($0)", partitions: 1, replication: 1)
            }
            for case .failed(let error) in try admin.createTopics(names).map(\.result) { throw error }
        }
        return try (0..<count).map { try registry.register(schema($0), subject: "\(prefix)\($0)-value") }
    }
}

extension RealParts {
    @Suite(.serialized) struct ParquetMemoryTests {
        /// 3,188 topics in the long form, and more rows than the limit would hold.
        @Test(.enabled(if: TestBroker.isRealWanted, "the embedded broker holds 5 MiB a partition"))
        func memoryStaysWithinItsLimitOverAllTopics() throws {
            let flow = try ParquetFlow()
            let topics =
                ParquetFlow.isLong ? ObservatoryTopics(count: 3188, fast: 19) : ObservatoryTopics(count: 150, fast: 3)
            let rows = ParquetFlow.isLong ? (fast: 8000, slow: 40) : (fast: 1500, slow: 10)
            let prefix = "lsst.sal.Memory\(flow.name).t"
            let ids = try topics.register(prefix, flow.registry.client(), try KafkaAdmin(try flow.broker.properties()))
            let producer = try KafkaProducer(flow.broker.properties()) { _ in }
            var total = 0
            var random = SeededGenerator(seed: 8)
            for topic in 0..<topics.count {
                var bytes =
                    [0] + withUnsafeBytes(of: ids[topic].bigEndian) { Array($0) }
                    + (try topics.record(topic, stamp: WallClock.seconds()))
                let handle = try producer.topic("\(prefix)\(topic)")
                let count = topic < topics.fast ? rows.fast : rows.slow
                let places = ObservatoryTopics.places(in: bytes)
                for _ in 0..<count {
                    bytes.withUnsafeMutableBytes { bytes in
                        for place in places {
                            bytes.storeBytes(
                                of: Double(Int.random(in: 0..<1 << 30, using: &random)) / 1024, toByteOffset: place,
                                as: Double.self)
                        }
                        let value = UnsafeRawBufferPointer(bytes)
                        while producer.produce(handle, KafkaRecord(value: value, partition: 0)) == .queueFull {
                            MonotonicClock.sleep(seconds: 0.01)
                        }
                    }
                }
                total += count
            }
            #expect(producer.flush(seconds: 300))
            let sink = try flow.sink(#"lsst\.sal\.Memory\#(flow.name)\..*"#, ["--shutdown-timeout", "10m"])
            let began = MonotonicClock.seconds()
            _ = try until(seconds: 600, "not all read:\n\(sink.output.suffix(4000))") {
                try sink.metrics().sum("efd_records_received_total") ?? 0 >= Double(total) ? true : nil
            }
            let read = MonotonicClock.seconds() - began
            MonotonicClock.sleep(seconds: 2)
            let reading = try #require(sink.peakResidentBytes)
            let metrics = try sink.metrics()
            print(
                """
                memory: \(topics.count) topics, \(total) rows read in \(Int(read)) s: peak RSS \(reading >> 20) MiB, \
                buffered \(Int(metrics.sum("efd_parquet_buffered_bytes") ?? 0) >> 20) MiB in \
                \(Int(metrics.sum("efd_parquet_buffered_rows") ?? 0)) rows, \
                \(Int(metrics.sum("efd_parquet_files_total") ?? 0)) files
                """
            )
            #expect(reading < 256 << 20, "--memory-limit is 256 MiB")
            #expect(sink.stop(seconds: 600) == 0, "\(sink.output.suffix(4000))")
            let report = try flow.verify()
            #expect(report.contains("\(topics.count) topics, \(total) rows"), "\(report.suffix(2000))")
        }
    }
}
