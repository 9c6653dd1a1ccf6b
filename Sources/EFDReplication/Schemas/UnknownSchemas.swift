import EFDCore

/// What to do with records whose id the source's registry does not know.
///
/// Where the topic has schemas, the partition waits for a time, as the id may still appear; then the record is passed
/// on as it is and counted. Where it has none, a first byte 0 was chance: the record is passed on at once.
final class UnknownSchemas: Sendable {
    struct Kind: Hashable {
        let topic: String
        let part: RecordPart
    }

    private struct Record {
        /// When the wait for an id began; nil: none is waited for.
        var waitingSince: Double?
        /// Until when ids are passed on without a wait, or without a request.
        var passingUntil = 0.0
        var strangeUntil = 0.0
        var inARow = 0
    }

    private let records = Locked<[Kind: Record]>([:])
    private let patience: Double
    private let now: @Sendable () -> Double

    /// - Parameter patience: seconds that a partition waits for an id; and, once they are over, for which others of the
    ///   topic are not waited for.
    init(patience: Double, now: @escaping @Sendable () -> Double = MonotonicClock.seconds) {
        (self.patience, self.now) = (patience, now)
    }

    /// Whether the topic seems not to hold Avro: its ids are not looked up.
    func isStrange(_ kind: Kind) -> Bool {
        let time = now()
        return records.withLock { ($0[kind]?.strangeUntil ?? 0) > time }
    }

    func found(_ kind: Kind) {
        records.withLock { records in
            if records[kind] != nil { records[kind] = nil }
        }
    }

    /// Returns when the record is passed on as it is.
    ///
    /// - Throws: `replication.schemaUnknown` while its partition has to wait.
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
            "the source's registry does not know schema id \(id), which a record of \(kind.topic) carries; its "
                + "partition waits \(Int(left.rounded(.up))) s more",
            remedy:
                "Register the schema at the source, or shorten --unknown-schema-wait: the record is then passed on as "
                + "it is.",
            recovery: .retry)
    }
}
