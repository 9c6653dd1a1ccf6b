import EFDCore

/// The half of a record that a schema id stands in.
public enum RecordPart: Sendable { case key, value }

/// Brings schemas to the target registry before the first record that uses them.
///
/// Copy threads call it on the first sight of an id in the keys or values of a source topic's partition, and remember
/// the answer; a record waits until its call returns. The call may take as long as a few requests to the registries; a
/// registry known to be away should be told at once.
public protocol SchemaReplicator: Sendable {
    /// Whether that half of a topic's records may hold schema ids at all; asked once for each partition.
    func carries(_ part: RecordPart, of topic: String) -> Bool

    /// Returns the id that the target's record carries: the same, or the target's own where ids are translated.
    ///
    /// `id` is what stands behind a first byte 0. Where that is chance and no schema is meant, the same id is returned.
    ///
    /// - Throws: an error that may pass (`.retry`): the partition waits and asks again, others go on. Any other: the
    ///   topic stops and readiness fails with the message, others go on.
    func carry(_ id: Int32, topic: String, part: RecordPart) throws(EFDError) -> Int32
}
