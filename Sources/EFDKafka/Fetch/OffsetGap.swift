/// A position where the next offset was out of range at the broker, so that reading resumed elsewhere.
///
/// Offsets may be missing within a partition through compaction or transactions; those are not gaps. A gap begins with
/// an offset that is out of range.
public struct OffsetGap: Sendable, Equatable {
    public let partition: TopicPartition
    /// The expected offset.
    public let expected: Int64
    /// The offset of the first record that arrived instead. Below `expected` if the topic was recreated.
    public let got: Int64

    /// How many offsets were skipped: at most so many records are lost to this reader. 0 for a recreated topic.
    public var skipped: Int64 { max(0, got - expected) }
}
