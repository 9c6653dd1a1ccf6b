import EFDCore

/// The policy for records with a schema id that the source's registry does not know.
///
/// If the topic has schemas, the partition waits for a time, as the id may still appear; then the record is copied
/// unchanged and counted. If it has none, a first byte 0 is a coincidence: the record is copied immediately.
final class UnknownSchemas: Sendable {
    struct Kind: Hashable {
        let topic: String
        let part: RecordPart
    }

    private struct Record {
        /// When the wait for an id began; nil: no wait.
        var waitingSince: Double?
        /// Until when ids are accepted without a wait, or without a request.
        var passingUntil = 0.0
        var strangeUntil = 0.0
        var inARow = 0
    }

    private let records = Locked<[Kind: Record]>([:])
    private let patience: Double
    private let now: @Sendable () -> Double

    /// - Parameter patience: seconds that a partition waits for an id; and, once they are over, during which the
    ///   topic's other unknown ids do not wait.
    init(patience: Double, now: @escaping @Sendable () -> Double = MonotonicClock.seconds) {
        (self.patience, self.now) = (patience, now)
    }

    /// Whether the topic seems to have no Avro: its ids are not looked up.
    func isStrange(_ kind: Kind) -> Bool {
        let time = now()
        return records.withLock { ($0[kind]?.strangeUntil ?? 0) > time }
    }

    func found(_ kind: Kind) {
        records.withLock { records in
            if records[kind] != nil { records[kind] = nil }
        }
    }

    /// Returns if the record may be copied unchanged.
    ///
    /// - Throws: `replication.schemaUnknown` while its partition must wait.
    func missing(_ id: Int32, _ kind: Kind, hasSchemas: Bool) throws(EFDError) {
        let time = now()
        let left = records.withLock { records in
            var record = records[kind] ?? Record()
            defer { records[kind] = record }
            guard hasSchemas else {
                record.inARow += 1
                if record.inARow >= SchemaLimits.strangeIDs { record.strangeUntil = time + SchemaLimits.strangeSeconds }
                return 0.0
            }
            if record.passingUntil > time { return 0 }
            let since = record.waitingSince ?? time
            record.waitingSince = since
            if since + patience > time { return since + patience - time }
            record.waitingSince = nil
            record.passingUntil = time + max(patience, SchemaLimits.strangeSeconds)
            return 0
        }
        guard left > 0 else { return }
        throw EFDError(
            .replicationSchemaUnknown,
            "the source's registry does not know schema id \(id), which a record of \(kind.topic) has; its "
                + "partition waits \(Int(left.rounded(.up))) s more",
            remedy:
                "Register the schema at the source, or shorten --unknown-schema-wait: the record is then copied "
                + "unchanged.",
            recovery: .retry)
    }
}
