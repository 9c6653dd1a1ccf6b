import EFDAvro
import EFDKafka

/// Rows of one topic partition and one writer schema, decoded to columns, in the order of their offsets.
///
/// It has one owner at a time: the reading thread fills it, a writer thread stores it.
public final class TopicBatch: @unchecked Sendable {
    public let topic: String
    public let partition: Int32
    public let schemaID: Int32
    public let plan: AvroPlan
    public let columns: ColumnBatch
    /// Kafka's offset of each row.
    public internal(set) var offsets: [Int64] = []
    /// Kafka's timestamp of each row in milliseconds since 1970; `noTimestamp` if the record has none.
    public internal(set) var timestamps: [Int64] = []
    /// The original records, for the dead-letter topic; none for a sink that rejects no rows.
    var records = RecordStore()

    public static let noTimestamp = Int64.min

    /// - Parameter rows: initial capacity in rows; it grows.
    public init(topic: String, partition: Int32, schemaID: Int32, plan: AvroPlan, rows: Int = 0) {
        self.topic = topic
        self.partition = partition
        self.schemaID = schemaID
        self.plan = plan
        columns = ColumnBatch(plan, capacity: rows)
        offsets.reserveCapacity(rows)
        timestamps.reserveCapacity(rows)
    }

    public var rowCount: Int { offsets.count }
    public var schema: AvroSchema { plan.schema }

    /// Bytes of columns and records.
    public var byteCount: Int { columns.byteCount + records.byteCount }

    /// Kafka's timestamp of a row; nil: its record has none.
    func timestamp(_ row: Int) -> Int64? { timestamps[row] == Self.noTimestamp ? nil : timestamps[row] }

    /// Appends one record; on a fault nothing changes.
    public func append(_ body: UnsafeRawBufferPointer, offset: Int64, timestamp: Int64?) throws(AvroFault) {
        try plan.decode(body, into: columns)
        offsets.append(offset)
        timestamps.append(timestamp ?? Self.noTimestamp)
    }
}
