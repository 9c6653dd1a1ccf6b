import EFDAvro
import EFDCore
import EFDSink

/// Batches of rows with explicit contents.
struct TestRows {
    let topic: String
    let schemaID: Int32
    let schema: AvroSchema
    let plan: AvroPlan
    private let encoder: AvroEncoder

    init(_ topic: String = "lsst.sal.Test.rows", schemaID: Int32 = 1, _ schema: String) throws {
        self.topic = topic
        self.schemaID = schemaID
        self.schema = try AvroSchema.parse(schema)
        plan = try AvroPlan(self.schema)
        encoder = AvroEncoder(self.schema)
    }

    /// A stamp, an instance and a number of sequence.
    static func stamped(_ topic: String = "lsst.sal.Test.rows") throws -> TestRows {
        try TestRows(
            topic,
            #"{"type":"record","name":"R","fields":[{"name":"private_efdStamp","type":"double"},{"name":"TestID","type":"int"},{"name":"private_seqNum","type":"int"}]}"#
        )
    }

    func batch(partition: Int32 = 0, _ rows: [(offset: Int64, timestamp: Int64?, values: [AvroValue])]) throws
        -> TopicBatch
    {
        let batch = TopicBatch(topic: topic, partition: partition, schemaID: schemaID, plan: plan)
        for row in rows {
            let bytes = try encoder.encode(.record(row.values))
            try bytes.withUnsafeBytes { raw in
                Result { () throws(AvroFault) in try batch.append(raw, offset: row.offset, timestamp: row.timestamp) }
            }.get()
        }
        return batch
    }

    /// Rows of `stamped`, a second apart by default.
    func batch(from offset: Int64, at seconds: [Double], instance: Int32 = 1) throws -> TopicBatch {
        try batch(
            seconds.enumerated().map { index, time in
                (offset + Int64(index), nil, [.double(time), .int(instance), .int(Int32(offset) + Int32(index) + 100)])
            })
    }
}
