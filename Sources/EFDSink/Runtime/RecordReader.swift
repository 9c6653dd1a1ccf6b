import EFDAvro
import EFDCore
import EFDKafka

/// The reading thread of a connector: polls, decodes, passes batches to writers, commits their progress.
///
/// Only it accesses the consumer and the ledger. `+Records` processes records, `+Stalls` pauses partitions, `+Group`
/// serves rebalances, `+Progress` commits.
final class RecordReader {
    let consumer: KafkaConsumer
    let sink: any Sink
    let capabilities: SinkCapabilities
    let metrics: SinkMetrics
    let scope: Scope
    let dispatcher: WriteDispatcher

    var ledger = PartitionLedger()
    var plans: PlanCache
    /// By the ledger's number of the partition.
    var states: [AssignedPartition?] = []
    /// Records that wait for a writer with room, oldest first.
    var deferred: [DeferredRecords]
    /// Stalled partitions, with the reason for people.
    var stalled: [Int: StallNotice] = [:]
    /// Partitions that are read again from a lower offset than the group has committed.
    var rewound: Set<Int> = []
    /// Whether partitions are stalled because their writer is full.
    var isAnyWriterFull = false
    /// The error of a callback, which the loop throws.
    var failure: EFDError?
    private var lastMeasure = MonotonicClock.seconds()
    private var measuring = AdaptiveInterval(interval: SinkLimits.measureInterval)
    var lastSchemaLook = MonotonicClock.seconds()
    var lastQuarantineLook = MonotonicClock.seconds()
    /// Numbers of topics, for sinks with affinity of writers by topic.
    var topicNumbers: [String: Int] = [:]

    init(
        consumer: KafkaConsumer, dispatcher: WriteDispatcher, sink: any Sink, plans: PlanCache, metrics: SinkMetrics,
        scope: Scope
    ) {
        self.consumer = consumer
        self.dispatcher = dispatcher
        self.sink = sink
        capabilities = sink.capabilities
        self.plans = plans
        self.metrics = metrics
        self.scope = scope
        deferred = dispatcher.writers.map { _ in DeferredRecords() }
    }

    /// Reads until the connector stops, then waits until its records are stored and committed.
    func run() throws(EFDError) {
        defer { consumer.close() }
        scope.health.expectBeats(of: "reader", maximumAge: SinkLimits.heartbeat)
        while !scope.stop.isStopped {
            scope.health.beat("reader")
            if let failure { throw failure }
            takeFinished(waitingAtMost: 0)
            dispatcher.sendDue(&ledger)
            retryDeferred()
            try lookAtStalls()
            measureIfDue()
            if hasRoom { try read() } else { try waitForWriters() }
        }
        scope.health.endBeats(of: "reader")
        for writer in deferred.indices { deferred[writer].removeAll() }
        _ = flush(within: .infinity)
        scope.log.info("all read records are stored")  // closing the consumer gives the partitions up, which commits
    }

    private func read() throws(EFDError) {
        let wait = dispatcher.isBusy ? SinkLimits.busyWait : SinkLimits.idleWait
        take(try consumer.poll(maxMessages: SinkLimits.pollMessages, waitMilliseconds: wait))
    }

    private func measureIfDue() {
        let now = MonotonicClock.seconds()
        guard now - lastMeasure >= SinkLimits.measureInterval else { return }
        lastMeasure = now
        consumer.connection.report(to: scope.health, "records are read")
        guard measuring.begins(now) else { return }
        defer { measuring.ended(MonotonicClock.seconds()) }
        metrics.lag.set(Int(consumer.lags().reduce(0) { $0 + $1.records }))
    }

    /// The partition for its writer, created on first use.
    func state(_ number: Int) -> AssignedPartition {
        while states.count <= number { states.append(nil) }
        if let known = states[number] { return known }
        let partition = consumer.partition(of: number)
        let state = AssignedPartition(
            partition, number: number, writer: writer(of: partition, number), metrics: metrics.topic(partition.topic))
        states[number] = state
        return state
    }

    private func writer(of partition: TopicPartition, _ number: Int) -> Int {
        switch capabilities.affinity {
        case .partition: return number % dispatcher.writers.count
        case .topic:
            let topic = topicNumbers[partition.topic] ?? topicNumbers.count
            topicNumbers[partition.topic] = topic
            return topic % dispatcher.writers.count
        }
    }
}
