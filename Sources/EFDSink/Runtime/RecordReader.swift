import EFDAvro
import EFDCore
import EFDKafka

/// The reading thread of a connector: polls, decodes, hands to writers, commits what they stored.
///
/// It alone touches the consumer and the ledger. `+Records` takes records in, `+Stalls` holds partitions back, `+Group`
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
    /// Partitions that are stalled, with the reason as people read it.
    var stalled: [Int: StallNotice] = [:]
    /// Whether partitions are stalled since their writer is full.
    var isAnyWriterFull = false
    /// What ended the work of a callback, to be thrown by the loop.
    var failure: EFDError?
    private var lastMeasure = MonotonicClock.seconds()
    private var measuring = AdaptiveInterval(interval: SinkLimits.measureInterval)
    var lastSchemaLook = MonotonicClock.seconds()
    var lastQuarantineLook = MonotonicClock.seconds()
    /// Numbers of topics, for sinks whose writers have topics of their own.
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

    /// Reads until the connector stops, then sees what was read stored and committed.
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
        scope.log.info("what was read is stored")  // closing the consumer gives the partitions up, which commits
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

    /// The partition as its writer knows it, made when it is first met.
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
