import EFDAvro
import EFDCore
import EFDSink

/// A topic whose rows say their own offset, with event times that wander over hours and some offsets that hold nothing.
struct TestTopic {
    /// The second of the first hour, since 1970.
    static let start = 1_790_000_000.0

    let name = "lsst.sal.Test.wander"
    let end: Int64
    private let schema: AvroSchema
    private let plan: AvroPlan
    private let encoder: AvroEncoder

    init(end: Int64) throws {
        self.end = end
        schema = try AvroSchema.parse(
            #"{"type":"record","name":"R","fields":[{"name":"n","type":"long"},{"name":"private_efdStamp","type":"double"},{"name":"private_seqNum","type":"int"}]}"#
        )
        plan = try AvroPlan(schema)
        encoder = AvroEncoder(schema)
    }

    var offsets: [Int64] { (0..<end).filter(Self.isThere) }

    private static func isThere(_ offset: Int64) -> Bool { offset % 10 != 7 }

    /// Three hours, each with stragglers of the one before.
    private static func time(_ offset: Int64) -> Double {
        let hour = offset / 100 - (offset % 13 == 0 && offset > 100 ? 1 : 0)
        return start + Double(hour) * 3600 + Double(offset % 100)
    }

    /// The next rows from an offset on, at most `count`; nil: the topic has ended.
    func batch(from offset: Int64, count: Int) throws -> TopicBatch? {
        let offsets = (offset..<end).lazy.filter(Self.isThere).prefix(count)
        if offsets.isEmpty { return nil }
        let batch = TopicBatch(topic: name, partition: 0, schemaID: 1, plan: plan)
        for offset in offsets {
            let bytes = try encoder.encode(.record([.long(offset), .double(Self.time(offset)), .int(Int32(offset))]))
            try bytes.withUnsafeBytes { raw in
                Result { () throws(AvroFault) in try batch.append(raw, offset: offset, timestamp: nil) }
            }.get()
        }
        return batch
    }
}
