/// A place where the broker no longer had the record that was due, so that reading went on elsewhere.
///
/// Offsets may be missing within a partition for good reasons (compaction, transactions); those are no gaps. A gap
/// begins with an offset that the broker refused.
public struct OffsetGap: Sendable, Equatable {
    public let partition: TopicPartition
    /// The offset that was due.
    public let expected: Int64
    /// The offset of the first record that came instead. Under `expected` when the topic was made anew.
    public let got: Int64

    /// How many offsets were skipped: at most so many records are lost to this reader. 0 for a topic that was made
    /// anew.
    public var skipped: Int64 { max(0, got - expected) }
}
