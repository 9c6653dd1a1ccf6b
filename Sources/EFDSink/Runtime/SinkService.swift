import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry

/// A sink as a running process: its threads, their owner, their bounds and the way they stop.
///
///     reading thread (this one)  ── writeBatches ──>  writer 0 … n-1  ── writeBatches ──>  reading thread
///     pages (/metrics, /readyz)      a thread of the HTTP server
///
/// The reading thread polls Kafka, decodes and gathers; writers store and dead-letter; progress comes back and is
/// committed. SIGTERM: the reading thread stops polling, sends what it has, waits for the writers, commits, leaves the
/// group.
public struct SinkService {
    private let sink: any Sink
    private let context: ProgramContext
    private let group: String

    public init(_ sink: any Sink, context: ProgramContext) {
        self.sink = sink
        self.context = context
        group = context.settings[SinkSettings.groupID] ?? "efd.\(context.settings.table.program)"
    }

    /// Runs until the process is told to stop. Throws what a person must mend.
    public func run() throws(EFDError) {
        let settings = context.settings
        let pages = try OperationsServer(
            settings[OperationsServer.listen], metrics: context.metrics, health: context.health, log: context.log)
        defer { pages.stop() }
        guard try openSink() else { return }

        let properties = try KafkaSettings.standard.properties(settings)
        let hooks = KafkaHooks(log: context.log, metrics: context.metrics, clientID: settings.table.program)
        let deadLetterTopic = settings[SinkSettings.deadLetterTopic] ?? "efd.\(settings.table.program).deadletter"
        let metrics = SinkMetrics(context.metrics, byTopic: settings[SinkSettings.metricsByTopic])
        let writerCount = settings[SinkSettings.writers]
        let board = WriterQueues(writers: writerCount)
        let fatal = Locked<EFDError?>(nil)
        var writers: [WriterLoop] = []
        for index in 0..<writerCount {
            let letters = DeadLetterQueue(
                properties, topic: deadLetterTopic, connector: group, task: index, hooks: hooks, context: context)
            writers.append(
                WriterLoop(
                    index: index, writer: try sink.makeWriter(index), sinkName: sink.name,
                    buffersRows: sink.buffersRows,
                    board: board, deadLetters: letters,
                    metrics: metrics, context: context, fatal: fatal))
        }
        var reading = properties
        try reading.setIfAbsent("auto.commit.interval.ms", "\(Int(settings[SinkSettings.commitInterval] * 1000))")
        for (key, value) in SinkLimits.fetching + (sink.buffersRows ? SinkLimits.patientFetching : []) {
            try reading.setIfAbsent(key, value)
        }
        let filter = TopicFilter(
            include: settings[SinkSettings.topicRegex], exclude: settings[SinkSettings.excludeRegex],
            never: [deadLetterTopic])
        let consumer = try KafkaConsumer(reading, group: group, excluding: filter.exclusions, hooks: hooks)
        let cache = SchemaCache(
            RegistryClient(try RegistrySettings.standard.options(settings, stop: context.stop)),
            metrics: context.metrics)
        let reader = RecordReader(
            consumer: consumer, board: board, sink: sink, schemas: PlanCache(cache), writers: writerCount,
            limits: SinkLimits(settings), metrics: metrics,
            context: context
        )
        try reader.join(group, filter)
        try withWriters(writers, board) { () throws(EFDError) in try reader.run() }
        if let error = fatal.withLock({ $0 }) { throw error }
    }

    /// Tries until the destination is open; false when the process stops before.
    private func openSink() throws(EFDError) -> Bool {
        var backoff = Backoff(base: 0.2, cap: 15)
        while true {
            do throws(EFDError) {
                try sink.open(context.log)
                context.health.set(sink.name, isMet: true, "open")
                return true
            } catch {
                context.health.set(sink.name, isMet: false, error.description)
                context.log.error("the destination cannot be opened, trying again", error)
                if context.stop.wait(seconds: backoff.next()) { return false }
            }
        }
    }

    /// Runs the writers around `body` and joins them, whichever way it ends.
    private func withWriters(_ writers: [WriterLoop], _ board: WriterQueues, _ body: () throws(EFDError) -> Void)
        throws(EFDError)
    {
        let threads = ThreadGroup()
        for (index, writer) in writers.enumerated() { threads.add(JoinableThread("writer-\(index)") { writer.run() }) }
        defer {
            board.close()
            threads.join()
        }
        try body()
    }
}
