import EFDCore
import EFDKafka

/// One writer thread: writes writeBatches one after the other, retries, sends dead letters, hands back.
final class WriterLoop: @unchecked Sendable {
    private let index: Int
    private let writer: any SinkWriter
    private let sinkName: String
    private let board: WriterQueues
    private let deadLetters: DeadLetterQueue
    private let metrics: SinkMetrics
    private let health: Health
    private let log: Log
    private let stop: StopToken
    /// Of a sink that holds rows.
    private var held: FlushLedger?
    /// Partitions refused, by the assignment under which their rows were read: rows that follow them must not be stored
    /// either.
    private var refused: [TopicPartition: Int] = [:]
    private var lastSettled = MonotonicClock.seconds()
    /// Why the process must end and start anew.
    private let fatal: Locked<EFDError?>

    /// - Parameters:
    ///   - buffersRows: as the sink says.
    ///   - fatal: gets the reason when the process must end.
    init(
        index: Int, writer: any SinkWriter, sinkName: String, buffersRows: Bool = false, board: WriterQueues,
        deadLetters: DeadLetterQueue,
        metrics: SinkMetrics, context: ProgramContext, fatal: Locked<EFDError?> = Locked(nil)
    ) {
        self.index = index
        self.writer = writer
        self.sinkName = sinkName
        held = buffersRows ? FlushLedger() : nil
        self.board = board
        self.deadLetters = deadLetters
        self.metrics = metrics
        self.fatal = fatal
        health = context.health
        log = context.log
        stop = context.stop
    }

    func run() {
        while true {
            switch board.next(for: index, waitingAtMost: SinkLimits.flushInterval) {
            case .writeBatch(let writeBatch):
                writeBatch.isStored = store(writeBatch)
                board.finish(writeBatch)
                if held != nil, MonotonicClock.seconds() - lastSettled >= SinkLimits.flushInterval { settleDue() }
            case .nothing: if held != nil { settleDue() }
            case .end: return
            }
        }
    }

    /// False when the process stops before the writeBatch is stored; it will be read again.
    private func store(_ writeBatch: WriteBatch) -> Bool {
        for place in held?.removeStale(beside: writeBatch.progress) ?? [] {
            writer.discard(place.topic, place.partition)
        }
        var letters = writeBatch.deadLetters
        leaveOutRefused(of: writeBatch)
        var rejected: [Int] = []
        if !writeBatch.batches.isEmpty {
            guard let rejections = write(writeBatch) else { return false }
            rejected = [Int](repeating: 0, count: writeBatch.batches.count)
            for rejection in rejections { rejected[rejection.batch] += 1 }
            letters += rejections.map { rejection in
                let batch = writeBatch.batches[rejection.batch]
                return DeadLetter(
                    topic: batch.topic, partition: batch.partition, offset: batch.offsets[rejection.row],
                    stage: .writing, reason: rejection.reason,
                    records: batch.records, row: rejection.row)
            }
            metrics.writeRows.observe(Double(writeBatch.batches.reduce(0) { $0 + $1.rowCount }))
        }
        guard letters.isEmpty || deadLetters.send(letters) else { return false }
        for letter in letters { metrics.countRejected(letter) }
        if held == nil {
            for (index, batch) in writeBatch.batches.enumerated() {
                metrics.topic(batch.topic).stored.add(batch.rowCount - rejected[index])
            }
            LatencyMeter.observe(writeBatch.batches, in: metrics.latency)
        } else {
            held?.take(writeBatch, rejected: rejected)
            if writeBatch.flushesAll, !flush(all: true) { return false }
            writeBatch.progress = tellNews()
        }
        return true
    }

    /// Writes until it succeeds, without the rows of partitions that are refused; nil when the process stops meanwhile.
    private func write(_ writeBatch: WriteBatch) -> [Rejection]? {
        var backoff = Backoff(base: 0.1, cap: 30)
        while true {
            let start = MonotonicClock.seconds()
            let outcome = writer.write(writeBatch.batches)
            metrics.writeSeconds.observe(MonotonicClock.seconds() - start)
            switch outcome {
            case .written(let rejections):
                succeeded(backoff)
                return rejections
            case .refused(let refusals): note(refusals, of: writeBatch)
            case .failed(let error): if !outlast(error, &backoff) { return nil }
            }
        }
    }

    private func note(_ refusals: [Refusal], of writeBatch: WriteBatch) {
        for refusal in refusals {
            let batch = writeBatch.batches[refusal.batch]
            let place = TopicPartition(batch.topic, batch.partition)
            guard refused[place] == nil, let offset = batch.offsets.first,
                let progress = writeBatch.progress.first(where: { $0.slot.place == place })
            else {
                continue
            }
            refused[place] = progress.assignment
            writeBatch.refused.append(
                .init(slot: progress.slot, assignment: progress.assignment, offset: offset, reason: refusal.reason))
        }
        leaveOutRefused(of: writeBatch)
    }

    private func leaveOutRefused(of writeBatch: WriteBatch) {
        if refused.isEmpty { return }
        for progress in writeBatch.progress {
            let place = progress.slot.place
            guard let assignment = refused[place] else { continue }
            if assignment == progress.assignment { writeBatch.leaveOut(place) } else { refused[place] = nil }
        }
    }

    private func succeeded(_ backoff: Backoff) {
        if backoff.attempt > 0 { log.info("writing works again", ["sink": .text(sinkName)]) }
        health.set(sinkName, isMet: true, "records are stored")
        if held == nil { metrics.lastStored.set(WallClock.seconds()) }
    }

    /// Says what is wrong and waits a while; false when the process stops.
    private func outlast(_ error: EFDError, _ backoff: inout Backoff) -> Bool {
        // A person must mend the latter: say so at once. The former may pass within a few tries.
        if !error.isRetriable || backoff.attempt >= 2 { health.set(sinkName, isMet: false, error.description) }
        log.warning("records could not be stored, trying again", error)
        metrics.retries.add()
        return !stop.wait(seconds: backoff.next())
    }

    // MARK: Of sinks that hold rows

    private func settleDue() {
        for place in held?.removeStale() ?? [] { writer.discard(place.topic, place.partition) }
        _ = flush(all: false)
        lastSettled = MonotonicClock.seconds()
        let progress = tellNews()
        guard !progress.isEmpty else { return }
        let news = WriteBatch(writer: index, openedAt: 0)
        news.progress = progress
        news.isNews = true
        news.isStored = true
        board.finish(news)
    }

    /// False when the process stops before it is done.
    private func flush(all: Bool) -> Bool {
        var backoff = Backoff(base: 0.1, cap: 30)
        while true {
            switch writer.flush(all: all) {
            case .flushed:
                if backoff.attempt > 0 { succeeded(backoff) }
                return true
            case .failed(let error): if !outlast(error, &backoff) { return false }
            case .fenced(let error):
                fatal.withLock { $0 = $0 ?? error }
                stop.stop()
                return false
            }
        }
    }

    private func tellNews() -> [WriteBatch.Progress] {
        guard let news = held?.news(of: writer) else { return [] }
        for (topic, rows) in news.stored { metrics.topic(topic).stored.add(rows) }
        let now = WallClock.seconds()
        if news.stored.contains(where: { $0.rows > 0 }) { metrics.lastStored.set(now) }
        metrics.latency.observe(news.stamps.map { max(0, now - $0) })
        return news.progress
    }
}
