import EFDCore

/// A record that cannot be stored, and why.
struct DeadLetter: Sendable {
    /// Where the record failed, in Kafka Connect's words.
    enum Stage: String, Sendable {
        case decoding = "VALUE_CONVERTER"
        case writing = "TASK_PUT"
    }

    let topic: String
    let partition: Int32
    let offset: Int64
    let stage: Stage
    let reason: EFDError
    /// The record is row `row` of `records`.
    let records: RecordStore
    let row: Int
}
