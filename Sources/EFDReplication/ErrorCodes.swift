import EFDCore

/// replicator.
extension EFDError.Code {
    /// `verify` found partitions that differ.
    /// Action: See the offsets in the table.
    static let replicationCopiesDiffer = Self("replication.copiesDiffer")

    /// The target's registry has no modes, so it cannot import schema ids.
    /// Action: Use `--schema-mode translate` or `--schema-mode mirror`.
    static let replicationImportMissing = Self("replication.importMissing")

    /// A subject of the target's registry cannot be set to mode IMPORT.
    /// Action: Set mode.mutability=true at the registry, or use `--schema-mode translate`.
    static let replicationImportRefused = Self("replication.importRefused")

    /// Partitions were added to the progress topic.
    /// Action: Follow the remedy in the message.
    static let replicationLanesChanged = Self("replication.lanesChanged")

    /// The replicator's metrics cannot be read.
    /// Action: Check `--metrics-url`.
    static let replicationMetricsMissing = Self("replication.metricsMissing")

    /// `--rename-format` gives all topics one name.
    /// Action: Write `${topic}` where the source's name belongs.
    static let replicationNamesCollide = Self("replication.namesCollide")

    /// Neither the source nor the copies have a topic that matches.
    /// Action: Check `--topic-regex` and `--source-bootstrap-servers`.
    static let replicationNothingToShow = Self("replication.nothingToShow")

    /// No source topic matches.
    /// Action: Check `--topic-regex` and `--source-bootstrap-servers`.
    static let replicationNothingToVerify = Self("replication.nothingToVerify")

    /// The progress topic does not exist at the target yet.
    /// Action: None: it appears with the first copied records.
    static let replicationOffsetsMissing = Self("replication.offsetsMissing")

    /// No replicator of that group has copied to the target.
    /// Action: Check `--group-id` and `--target-bootstrap-servers`.
    static let replicationProgressMissing = Self("replication.progressMissing")

    /// A record is larger than a lane's queue.
    /// Action: Raise `--queue-bytes`, or use fewer `--lanes`.
    static let replicationQueueTooSmall = Self("replication.queueTooSmall")

    /// The source's registry lacks a schema that another refers to.
    /// Action: Restore the schema at the source.
    static let replicationReferenceMissing = Self("replication.referenceMissing")

    /// Source and target are one cluster and topics keep their names.
    /// Action: Check both bootstrap servers, or rename topics.
    static let replicationSameCluster = Self("replication.sameCluster")

    /// The target's registry has not read a mirrored schema yet.
    /// Action: None: the partition waits. If it persists, check that the schema topic is replicated.
    static let replicationSchemaAwaited = Self("replication.schemaAwaited")

    /// An id or version means different schemas at source and target.
    /// Action: Use `--schema-mode translate`, or delete the target's schema.
    static let replicationSchemaConflict = Self("replication.schemaConflict")

    /// The target's registry lacks a schema that the source has.
    /// Action: Let the replicator register schemas, or register it at the target.
    static let replicationSchemaMissing = Self("replication.schemaMissing")

    /// The target's registry accepted an import and did not store it.
    /// Action: Use a newer registry, or `--schema-mode translate`.
    static let replicationSchemaNotStored = Self("replication.schemaNotStored")

    /// Schema references are nested too deeply or form a cycle.
    /// Action: Correct the references at the source.
    static let replicationSchemaReferencesCircular = Self("replication.schemaReferencesCircular")

    /// The source's registry does not know a record's schema id.
    /// Action: Register the schema at the source, or shorten `--unknown-schema-wait`.
    static let replicationSchemaUnknown = Self("replication.schemaUnknown")

    /// Two settings of the replicator belong together.
    /// Action: Follow the message.
    static let replicationSettingsContradict = Self("replication.settingsContradict")

    /// The source deleted records before they were copied, or recreated the topic.
    /// Action: With `--on-source-loss stop`, restart with `continue` to resume at the oldest record.
    static let replicationSourceLost = Self("replication.sourceLost")

    /// The target does not acknowledge copies in time.
    /// Action: None: the replicator retries. If it persists, check the target and the link.
    static let replicationTargetSlow = Self("replication.targetSlow")

    /// The target has no transactions, or a broker that has just started answers too slowly to say so.
    /// Action: None after a restart: the lane is opened again. If the target has none, use `--delivery at-least-once`.
    static let replicationTransactionsMissing = Self("replication.transactionsMissing")

    /// `verify` was stopped before its end.
    /// Action: Run it again.
    static let replicationVerifyStopped = Self("replication.verifyStopped")
}
