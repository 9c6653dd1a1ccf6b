import EFDCore
import EFDKafka

/// One running connector: its threads, their owner, their bounds and their shutdown.
///
///     reading thread (this one)  ── write batches ──>  writer 0 … n-1  ── write batches ──>  reading thread
///
/// The reading thread polls Kafka, decodes and batches; writers store and dead-letter; progress returns and is
/// committed. At a stop the reading thread stops polling, sends its batches, waits for the writers, commits and leaves
/// the group.
struct SinkTask {
    let sink: any Sink
    let settings: Settings
    let scope: Scope
    let resources: ConnectorHost.Resources

    /// Runs until the scope stops. Throws errors that a person must resolve, or the fencing error.
    func run() throws(EFDError) {
        guard try openSink() else { return }
        let group = settings[SinkSettings.groupID] ?? "efd.\(scope.name)"
        let properties = try KafkaSettings.standard.properties(settings)
        let hooks = KafkaHooks(log: scope.log, metrics: scope.metrics, clientID: scope.name)
        let deadLetterTopic = settings[SinkSettings.deadLetterTopic] ?? "efd.\(scope.name).deadletter"
        let metrics = SinkMetrics(scope.metrics, byTopic: settings[SinkSettings.metricsByTopic])
        let writerCount = settings[SinkSettings.writers]
        let dispatcher = WriteDispatcher(writers: writerCount, limits: SinkLimits(settings))
        let fatal = Locked<EFDError?>(nil)
        var writers: [WriterLoop] = []
        for index in 0..<writerCount {
            let letters = DeadLetterQueue(
                properties, topic: deadLetterTopic, connector: group, task: index,
                rejecter: .init(group: group, destination: sink.destination), hooks: hooks,
                patience: SinkLimits.deadLetterPatience, scope: scope)
            writers.append(
                WriterLoop(
                    index: index, writer: try sink.makeWriter(index), sink: sink, queue: dispatcher.queues[index],
                    finished: dispatcher.finished, deadLetters: letters, metrics: metrics, scope: scope, fatal: fatal))
        }
        let filter = TopicFilter(
            include: settings[SinkSettings.topicRegex], exclude: settings[SinkSettings.excludeRegex],
            never: [deadLetterTopic])
        let mark = DestinationMark(sink)
        let consumer = try consumer(properties, group, mark, filter)
        let watch = mark.map {
            GroupWatch(
                group: group, mark: $0, properties: properties, connection: consumer.connection, scope: scope)
        }
        let reader = RecordReader(
            consumer: consumer, dispatcher: dispatcher, sink: sink,
            plans: PlanCache(try resources.plans(settings), patience: settings[SinkSettings.unknownSchemaWait]),
            metrics: metrics, scope: scope)
        try reader.join(group, filter)
        try withWriters(writers, dispatcher) { () throws(EFDError) in
            try withWatch(watch) { () throws(EFDError) in try reader.run() }
        }
        if let error = fatal.withLock({ $0 }) { throw error }
    }

    /// Retries until the destination is open; false if the connector stops before.
    private func openSink() throws(EFDError) -> Bool {
        var backoff = Backoff(base: 0.2, cap: 15)
        while true {
            do throws(EFDError) {
                try sink.open(scope.log)
                scope.health.set(sink.name, isMet: true, "open")
                return true
            } catch {
                scope.health.set(sink.name, isMet: false, error.description)
                scope.log.error("the destination cannot be opened, retrying", error)
                if scope.stop.wait(seconds: backoff.next()) { return false }
            }
        }
    }

    private func consumer(
        _ properties: KafkaProperties, _ group: String, _ mark: DestinationMark?, _ filter: TopicFilter
    ) throws(EFDError) -> KafkaConsumer {
        var reading = properties
        try reading.setIfAbsent("auto.commit.interval.ms", "\(Int(settings[SinkSettings.commitInterval] * 1000))")
        let patient = sink.capabilities.buffersRows ? SinkLimits.patientFetching : []
        let bounds = SinkLimits.fetching(connectors: resources.connectors)
        for (key, value) in bounds + patient { try reading.setIfAbsent(key, value) }
        let hooks = KafkaHooks(
            log: scope.log, metrics: scope.metrics, clientID: mark?.clientID(scope.name) ?? scope.name)
        return try KafkaConsumer(reading, group: group, excluding: filter.exclusions, hooks: hooks)
    }

    /// Watches the group around `body`.
    private func withWatch(_ watch: GroupWatch?, _ body: () throws(EFDError) -> Void) throws(EFDError) {
        guard let watch else { return try body() }
        let stop = scope.stop.child()
        let threads = ThreadGroup()
        threads.add(JoinableThread("group-watch") { watch.run(stop) })
        defer {
            stop.stop()
            threads.join()
        }
        try body()
    }

    /// Runs the writers around `body` and joins them on every exit path.
    private func withWriters(
        _ writers: [WriterLoop], _ dispatcher: WriteDispatcher, _ body: () throws(EFDError) -> Void
    ) throws(EFDError) {
        let threads = ThreadGroup()
        for (index, writer) in writers.enumerated() { threads.add(JoinableThread("writer-\(index)") { writer.run() }) }
        defer {
            dispatcher.close()
            threads.join()
        }
        try body()
    }
}
