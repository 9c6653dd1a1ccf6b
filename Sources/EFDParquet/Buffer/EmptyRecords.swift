import EFDAvro
import EFDCore
import EFDSink

/// Records without fields. Parquet has no rows without columns, so such a record becomes a row of its offset and its
/// time in Kafka.
struct EmptyRecords {
    static let offset = "kafka_offset"
    static let timestamp = "kafka_timestamp"

    private var plans: [Int32: AvroPlan] = [:]

    /// Rows for the records of a batch without columns.
    mutating func rows(of batch: TopicBatch) throws(EFDError) -> TopicBatch {
        let plan: AvroPlan
        if let known = plans[batch.schemaID] { plan = known } else { plan = try Self.plan(for: batch.schema) }
        plans[batch.schemaID] = plan
        let encoder = AvroEncoder(plan.schema)
        let rows = TopicBatch(topic: batch.topic, partition: batch.partition, schemaID: batch.schemaID, plan: plan)
        for (offset, time) in zip(batch.offsets, batch.timestamps) {
            let stamp: AvroValue = time == TopicBatch.noTimestamp ? .union(0, .null) : .union(1, .long(time))
            do {
                // A `Result`: the compiler fails on a typed error thrown from this closure.
                try encoder.encode(.record([.long(offset), stamp])).withUnsafeBytes { raw in
                    Result { () throws(AvroFault) in try rows.append(raw, offset: offset, timestamp: time) }
                }.get()
            } catch {
                throw EFDError(.parquetRowRefused, "a row for a record without fields cannot be created: \(error)")
            }
        }
        return rows
    }

    /// A schema with the writer's name and Kafka's fields.
    private static func plan(for schema: AvroSchema) throws(EFDError) -> AvroPlan {
        let document: JSON = [
            "type": "record", "name": .string(schema.record?.fullName ?? "empty"),
            "fields": [
                [
                    "name": .string(offset), "type": "long",
                    "description": "Kafka's offset of the record, which has no field of its own",
                ],
                ["name": .string(timestamp), "type": ["null", ["type": "long", "logicalType": "timestamp-millis"]]],
            ],
        ]
        return try AvroPlan(AvroSchema.parse(document.text))
    }
}
