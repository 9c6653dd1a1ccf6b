import EFDCore
import EFDKafka

/// One writer thread: writes parcels one after the other, retries, sends dead letters, hands back.
final class WriterLoop: @unchecked Sendable {
    private let index: Int
    private let writer: any SinkWriter
    private let sinkName: String
    private let board: ParcelBoard
    private let deadLetters: DeadLetterQueue
    private let metrics: SinkMetrics
    private let health: Health
    private let log: Log
    private let stop: StopToken
    /// Of a sink that holds rows.
    private var held: HeldLedger?
    /// Partitions refused, by the assignment under which their rows were read: rows that follow them must not be stored either.
    private var refused: [TopicPartition: Int] = [:]
    private var lastSettled = MonotonicClock.seconds()
    /// Why the process must end and start anew.
    private let fatal: Locked<EFDError?>

    /// - Parameters:
    ///   - holdsRows: as the sink says.
    ///   - fatal: gets the reason when the process must end.
    init(
        index: Int, writer: any SinkWriter, sinkName: String, holdsRows: Bool = false, board: ParcelBoard, deadLetters: DeadLetterQueue,
        metrics: SinkMetrics, context: ProgramContext, fatal: Locked<EFDError?> = Locked(nil)
    ) {
        self.index = index
        self.writer = writer
        self.sinkName = sinkName
        held = holdsRows ? HeldLedger() : nil
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
            switch board.next(for: index, waitingAtMost: SinkLimits.settleInterval) {
            case .parcel(let parcel):
                parcel.isStored = store(parcel)
                board.finish(parcel)
                if held != nil, MonotonicClock.seconds() - lastSettled >= SinkLimits.settleInterval { settleDue() }
            case .nothing: if held != nil { settleDue() }
            case .end: return
            }
        }
    }

    /// False when the process stops before the parcel is stored; it will be read again.
    private func store(_ parcel: Parcel) -> Bool {
        for place in held?.removeStale(beside: parcel.progress) ?? [] { writer.forget(place.topic, place.partition) }
        var letters = parcel.deadLetters
        leaveOutRefused(of: parcel)
        var rejected: [Int] = []
        if !parcel.batches.isEmpty {
            guard let rejections = write(parcel) else { return false }
            rejected = [Int](repeating: 0, count: parcel.batches.count)
            for rejection in rejections { rejected[rejection.batch] += 1 }
            letters += rejections.map { rejection in
                let batch = parcel.batches[rejection.batch]
                return DeadLetter(
                    topic: batch.topic, partition: batch.partition, offset: batch.offsets[rejection.row], stage: .writing, reason: rejection.reason,
                    records: batch.records, row: rejection.row)
            }
            metrics.parcelRows.observe(Double(parcel.batches.reduce(0) { $0 + $1.rowCount }))
        }
        guard letters.isEmpty || deadLetters.send(letters) else { return false }
        for letter in letters { metrics.countRejected(letter) }
        if held == nil {
            for (index, batch) in parcel.batches.enumerated() { metrics.topic(batch.topic).stored.add(batch.rowCount - rejected[index]) }
            LatencyMeter.observe(parcel.batches, in: metrics.latency)
        } else {
            held?.take(parcel, rejected: rejected)
            if parcel.settlesEverything, !settle(everything: true) { return false }
            parcel.progress = tellNews()
        }
        return true
    }

    /// Writes until it succeeds, without the rows of partitions that are refused; nil when the process stops meanwhile.
    private func write(_ parcel: Parcel) -> [Rejection]? {
        var backoff = Backoff(base: 0.1, cap: 30)
        while true {
            let start = MonotonicClock.seconds()
            let outcome = writer.write(parcel.batches)
            metrics.writeSeconds.observe(MonotonicClock.seconds() - start)
            switch outcome {
            case .written(let rejections):
                succeeded(backoff)
                return rejections
            case .refused(let refusals): note(refusals, of: parcel)
            case .failed(let error): if !outlast(error, &backoff) { return nil }
            }
        }
    }

    private func note(_ refusals: [Refusal], of parcel: Parcel) {
        for refusal in refusals {
            let batch = parcel.batches[refusal.batch]
            let place = TopicPartition(batch.topic, batch.partition)
            guard refused[place] == nil, let offset = batch.offsets.first, let progress = parcel.progress.first(where: { $0.slot.place == place }) else {
                continue
            }
            refused[place] = progress.assignment
            parcel.refused.append(.init(slot: progress.slot, assignment: progress.assignment, offset: offset, reason: refusal.reason))
        }
        leaveOutRefused(of: parcel)
    }

    private func leaveOutRefused(of parcel: Parcel) {
        if refused.isEmpty { return }
        for progress in parcel.progress {
            let place = progress.slot.place
            guard let assignment = refused[place] else { continue }
            if assignment == progress.assignment { parcel.leaveOut(place) } else { refused[place] = nil }
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
        for place in held?.removeStale() ?? [] { writer.forget(place.topic, place.partition) }
        _ = settle(everything: false)
        lastSettled = MonotonicClock.seconds()
        let progress = tellNews()
        guard !progress.isEmpty else { return }
        let news = Parcel(writer: index, openedAt: 0)
        news.progress = progress
        news.isNews = true
        news.isStored = true
        board.finish(news)
    }

    /// False when the process stops before it is done.
    private func settle(everything: Bool) -> Bool {
        var backoff = Backoff(base: 0.1, cap: 30)
        while true {
            switch writer.settle(everything: everything) {
            case .settled:
                if backoff.attempt > 0 { succeeded(backoff) }
                return true
            case .failed(let error): if !outlast(error, &backoff) { return false }
            case .overtaken(let error):
                fatal.withLock { $0 = $0 ?? error }
                stop.stop()
                return false
            }
        }
    }

    private func tellNews() -> [Parcel.Progress] {
        guard let news = held?.news(of: writer) else { return [] }
        for (topic, rows) in news.stored { metrics.topic(topic).stored.add(rows) }
        let now = WallClock.seconds()
        if news.stored.contains(where: { $0.rows > 0 }) { metrics.lastStored.set(now) }
        metrics.latency.observe(news.stamps.map { max(0, now - $0) })
        return news.progress
    }
}
