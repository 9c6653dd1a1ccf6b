import EFDCore

/// A record that cannot be stored, and why.
public struct DeadLetter: Sendable {
    /// The stage at which the record failed, with Kafka Connect's names.
    public enum Stage: String, Sendable {
        case decoding = "VALUE_CONVERTER"
        case writing = "TASK_PUT"
    }

    public let topic: String
    public let partition: Int32
    public let offset: Int64
    /// The record's timestamp in milliseconds since 1970; nil: it has none.
    public let timestamp: Int64?
    public let stage: Stage
    public let reason: EFDError
    /// The record is row `row` of `records`.
    public let records: RecordStore
    public let row: Int

    public init(
        topic: String, partition: Int32, offset: Int64, timestamp: Int64? = nil, stage: Stage, reason: EFDError,
        records: RecordStore, row: Int
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp
        self.stage = stage
        self.reason = reason
        self.records = records
        self.row = row
    }
}
