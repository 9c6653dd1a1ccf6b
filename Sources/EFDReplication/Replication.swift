import CPosix
import EFDCore
import EFDHTTP
import EFDKafka

/// The replicator as a running process: its threads, their owner, their bounds and their shutdown.
///
///     main: member of the group at the target ── lanes ──> pool: open lanes ──> copy-0 … copy-n: poll, forward, commit
///     topics: finds, creates and updates topics      pages (/metrics, /readyz): a thread of the HTTP server
///
/// SIGTERM: copy threads commit their open transactions, lanes are handed back, the process leaves the group.
struct Replication {
    let context: ProgramContext
    let source: KafkaProperties
    let target: KafkaProperties
    let group: String
    let schemas: any SchemaReplicator
    let metrics: ReplicatorMetrics

    /// Fetched buffers are a few MB each, and are freed and allocated all the time.
    private static let keptHeap: Int32 = 16 << 20

    /// - Parameter schemas: replicates schemas to the target's registry.
    init(_ context: ProgramContext, schemas: any SchemaReplicator) throws(EFDError) {
        self.context = context
        self.schemas = schemas
        let settings = context.settings
        group = settings[ReplicatorSettings.groupID]
        metrics = ReplicatorMetrics(context.metrics, byTopic: settings[ReplicatorSettings.metricsByTopic])
        var source = try ReplicatorSettings.source.properties(settings)
        for (key, value) in CopyLimits.fetching { try source.setIfAbsent(key, value) }
        self.source = source
        var target = try ReplicatorSettings.target.properties(settings)
        let share = settings[ReplicatorSettings.queueBytes] / settings[ReplicatorSettings.lanes] / 1024
        try target.setIfAbsent("queue.buffering.max.kbytes", "\(max(256, share))")
        self.target = target
    }

    /// Runs until the process must stop. Throws errors that a person must resolve.
    func run() throws(EFDError) {
        posix_keep_heap(Self.keptHeap)
        context.shutdown.set(.idle)
        let settings = context.settings
        let sourceAdmin = try KafkaAdmin(ReplicatorSettings.source.properties(settings), hooks: hooks)
        let targetAdmin = try KafkaAdmin(ReplicatorSettings.target.properties(settings), hooks: hooks)
        guard let clusters = try meet(sourceAdmin, targetAdmin) else { return }
        let isTransactional = try delivery(targetAdmin)
        guard let lanes = try makeOwnTopics(targetAdmin) else { return }
        let pool = BlockingPool("pool", size: lanes)
        defer { pool.close() }
        let stalls = StalledPartitions(health: context.health, metrics: metrics)
        let opener = LaneOpener(
            target, group: group, laneCount: lanes, progressTopic: ReplicatorSettings.progressTopic(settings),
            offsetsTopic: ReplicatorSettings.wantsSpans(settings) ? ReplicatorSettings.offsetsTopic(settings) : nil,
            isTransactional: isTransactional, hooks: hooks)
        let assignments = LaneAssignments(
            opener: opener, pool: pool, stalls: stalls, metrics: metrics, log: context.log, stop: context.stop)
        let catalogue = Catalogue()
        let lags = LagTable()
        let fatal = Locked<EFDError?>(nil)
        let provenance =
            settings[ReplicatorSettings.provenance]
            ? RelayRoute.Provenance(
                header: ReplicatorSettings.provenanceHeader, value: clusters.source, refused: clusters.target) : nil
        let copying = CopyContext(
            source: source, group: group, rules: CopyState.Rules(settings, lanes: lanes),
            start: settings[ReplicatorSettings.start], catalogue: catalogue, assignments: assignments, pool: pool,
            schemas: schemas, rate: RateLimit(bytesPerSecond: settings[ReplicatorSettings.bandwidthLimit]), lags: lags,
            stalls: stalls, postponed: DeferredErrors(), metrics: metrics, provenance: provenance, hooks: hooks,
            health: context.health, stop: context.stop, fatal: fatal)
        let synchronizer = try TopicSynchronizer(
            source: sourceAdmin, target: targetAdmin, catalogue: catalogue, sourceHasAdmin: !sourceAdmin.isMockCluster,
            hasAdmin: !targetAdmin.isMockCluster,
            metrics: metrics, context: context)
        try copy(copying, synchronizer, lags)
        if let error = fatal.withLock({ $0 }) { throw error }
    }

    private func copy(_ copying: CopyContext, _ synchronizer: sending TopicSynchronizer, _ lags: LagTable)
        throws(EFDError)
    {
        let settings = context.settings
        let members = try LaneMembership(
            target, group: group, topic: ReplicatorSettings.progressTopic(settings), assignments: copying.assignments,
            hooks: hooks)
        let topics = JoinableThread("topics") { synchronizer.run() }
        let low = settings[ReplicatorSettings.threadsMin]
        let threads = ThreadScaler(copying, bounds: low...max(low, settings[ReplicatorSettings.threadsMax]))
        let metrics = metrics
        context.metrics.onScrape {
            let (topics, now) = (lags.topics, WallClock.seconds())
            if settings[ReplicatorSettings.metricsByTopic] {
                for topic in copying.catalogue.topics {
                    metrics.topic(topic.name).set(topics[topic.name] ?? TopicLag(), now: now)
                }
            } else {
                metrics.topic("all").set(topics.values.reduce(into: TopicLag()) { $0.add($1) }, now: now)
            }
        }
        context.health.expectBeats(of: "group", maximumAge: CopyLimits.heartbeat)
        // Without the target nothing can be committed: its open transactions are aborted, and their records are
        // copied again.
        context.shutdown.set { [connection = members.connection] in connection.isAway ? .idle : .drain }
        let outcome = Result { () throws(EFDError) in
            try members.join()
            while !context.stop.isStopped {
                context.health.beat("group")
                try members.serve()
                threads.look()
                members.connection.report(to: context.health, "the target's group is served")
            }
        }
        context.stop.stop()
        threads.join()
        topics.join()
        members.leave()
        try outcome.get()
    }

    // MARK: Before the first record

    var hooks: KafkaHooks {
        KafkaHooks(log: context.log, metrics: context.metrics, clientID: context.settings.table.program)
    }

    /// Waits for both clusters; nil if the process stops before.
    private func meet(_ source: KafkaAdmin, _ target: KafkaAdmin) throws(EFDError) -> (source: String, target: String)?
    {
        var backoff = Backoff(base: 0.2, cap: 10)
        while true {
            let ids = (source.clusterID, target.clusterID)
            if case (let source?, let target?) = ids {
                let isIdentity = try TopicNaming(context.settings).isIdentity
                guard source != target || !isIdentity else {
                    throw EFDError(
                        .replicationSameCluster,
                        "source and target are one cluster, \(source), and topics keep their names: each would be "
                            + "copied onto itself",
                        remedy:
                            "Check --source-bootstrap-servers and --target-bootstrap-servers, or rename topics by "
                            + "--rename-format"
                    )
                }
                context.health.set("clusters", isMet: true, "both have answered")
                return (source, target)
            }
            let missing =
                ids.0 == nil
                ? ReplicatorSettings.source.bootstrapServers.spec.flag
                : ReplicatorSettings.target.bootstrapServers.spec.flag
            context.health.set("clusters", isMet: false, "no broker answers at \(missing)")
            context.log.warning("a cluster does not answer yet", ["setting": .text(missing)])
            if context.stop.wait(seconds: backoff.next()) { return nil }
        }
    }

    /// Whether to copy in transactions: decided once, since records copied without one may be copied twice.
    private func delivery(_ target: KafkaAdmin) throws(EFDError) -> Bool {
        let wish = context.settings[ReplicatorSettings.delivery]
        let isAble = !target.isMockCluster
        if wish == .exactlyOnce, !isAble {
            throw EFDError(
                .replicationTransactionsMissing, "the target is an embedded broker, which has no transactions",
                remedy: "Use --delivery at-least-once or auto"
            )
        }
        let isTransactional = wish != .atLeastOnce && isAble
        if wish == .auto, !isAble {
            context.log.warning("the target has no transactions: records may be copied twice after a fault")
        }
        metrics.exactlyOnce.set(isTransactional ? 1 : 0)
        context.health.set(
            "delivery", isMet: true,
            isTransactional ? "exactly-once" : "at-least-once: records may be copied twice after a fault")
        return isTransactional
    }

    /// Creates the progress topic, with one partition per lane, and the offsets topic. Returns the number of lanes; nil
    /// if the process stops before.
    private func makeOwnTopics(_ target: KafkaAdmin) throws(EFDError) -> Int? {
        let settings = context.settings
        let lanes = settings[ReplicatorSettings.lanes]
        let progress = ReplicatorSettings.progressTopic(settings)
        var topics = [
            NewTopic(
                progress, partitions: lanes, replication: settings[TopicSettings.replication],
                configuration: ReplicatorSettings.progressConfiguration)
        ]
        if ReplicatorSettings.wantsSpans(settings) {
            topics.append(
                NewTopic(
                    ReplicatorSettings.offsetsTopic(settings), partitions: lanes,
                    replication: settings[TopicSettings.replication],
                    configuration: ["cleanup.policy": "delete"]))
        }
        let found = try target.ensureTopics(topics, retrying: context.stop) { error in
            context.log.warning("the replicator's own topics cannot be created yet, retrying", error)
        }
        guard let count = found?.topics[progress]?.partitions.count else { return nil }
        if count != lanes {
            context.log.warning(
                "the progress topic decides how many lanes there are",
                ["lanes": .integer(count), "wanted": .integer(lanes)])
        }
        return count
    }
}
