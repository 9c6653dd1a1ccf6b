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

    init(
        index: Int, writer: any SinkWriter, sinkName: String, board: ParcelBoard, deadLetters: DeadLetterQueue, metrics: SinkMetrics, context: ProgramContext
    ) {
        self.index = index
        self.writer = writer
        self.sinkName = sinkName
        self.board = board
        self.deadLetters = deadLetters
        self.metrics = metrics
        health = context.health
        log = context.log
        stop = context.stop
    }

    func run() {
        while let parcel = board.next(for: index) {
            parcel.isStored = store(parcel)
            board.finish(parcel)
        }
    }

    /// False when the process stops before the parcel is stored; it will be read again.
    private func store(_ parcel: Parcel) -> Bool {
        var letters = parcel.deadLetters
        if !parcel.batches.isEmpty {
            guard let rejections = write(parcel.batches) else { return false }
            letters += rejections.map { rejection in
                let batch = parcel.batches[rejection.batch]
                return DeadLetter(
                    topic: batch.topic, partition: batch.partition, offset: batch.offsets[rejection.row], stage: .writing, reason: rejection.reason,
                    records: batch.records, row: rejection.row)
            }
            countStored(parcel.batches, rejections)
        }
        guard letters.isEmpty || deadLetters.send(letters) else { return false }
        for letter in letters { metrics.countRejected(letter) }
        return true
    }

    /// Writes until it succeeds; nil when the process stops meanwhile.
    private func write(_ batches: [TopicBatch]) -> [Rejection]? {
        var backoff = Backoff(base: 0.1, cap: 30)
        while true {
            let start = MonotonicClock.seconds()
            let outcome = writer.write(batches)
            metrics.writeSeconds.observe(MonotonicClock.seconds() - start)
            switch outcome {
            case .written(let rejections):
                if backoff.attempt > 0 { log.info("writing works again", ["sink": .text(sinkName)]) }
                health.set(sinkName, isMet: true, "records are stored")
                metrics.lastStored.set(WallClock.seconds())
                return rejections
            case .failed(let error):
                // A person must mend the latter: say so at once. The former may pass within a few tries.
                if !error.isRetriable || backoff.attempt >= 2 { health.set(sinkName, isMet: false, error.description) }
                log.warning("records could not be stored, trying again", error)
                metrics.retries.add()
                if stop.wait(seconds: backoff.next()) { return nil }
            }
        }
    }

    private func countStored(_ batches: [TopicBatch], _ rejections: [Rejection]) {
        var rejected = [Int](repeating: 0, count: batches.count)
        for rejection in rejections { rejected[rejection.batch] += 1 }
        for (index, batch) in batches.enumerated() { metrics.topic(batch.topic).stored.add(batch.rowCount - rejected[index]) }
        metrics.parcelRows.observe(Double(batches.reduce(0) { $0 + $1.rowCount }))
        LatencyMeter.observe(batches, in: metrics.latency)
    }
}
