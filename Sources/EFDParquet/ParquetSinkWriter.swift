import EFDAvro
import EFDCore
import EFDSink

/// Holds rows by partition and publishes those that are due. Used by one thread.
final class ParquetSinkWriter: SinkWriter {
    private struct Key: Hashable {
        let topic: String
        let partition: Int32
    }

    private var publisher: Publisher
    private let options: ParquetSink.Options
    private let metrics: ParquetMetrics
    private let log: Log
    private let position: (_ topic: String, _ partition: Int32) -> Position
    private var held: [Key: BufferedPartition] = [:]
    /// Partitions that are due since they last took rows.
    private var full: Set<Key> = []
    private var heldBytes = 0
    private var emptyRecords = EmptyRecords()
    /// Why a publication in `write` came to nothing, to be told by the next `settle`.
    private var fenced: EFDError?

    init(
        _ publisher: Publisher, _ options: ParquetSink.Options, metrics: ParquetMetrics, log: Log,
        position: @escaping (_ topic: String, _ partition: Int32) -> Position
    ) {
        self.publisher = publisher
        self.options = options
        self.metrics = metrics
        self.log = log
        self.position = position
    }

    // MARK: Taking rows

    func write(_ batches: [TopicBatch]) -> WriteOutcome {
        // Room first: a write that fails has taken nothing and is repeated whole.
        do throws(EFDError) {
            let refusals = try refusals(of: batches)
            if !refusals.isEmpty { return .refused(refusals) }
            try makeRoom()
            for batch in try batches.map({ (batch) throws(EFDError) in
                batch.plan.columns.isEmpty ? try emptyRecords.rows(of: batch) : batch
            }) { take(batch) }
        } catch {
            return .failed(error)
        }
        metrics.heldBytes.set(options.budget.bytes)
        return .written([])
    }

    /// Offsets only rise. Where they begin anew, the rows would lie under names and in ranges that others have.
    private func refusals(of batches: [TopicBatch]) throws(EFDError) -> [Refusal] {
        var refusals: [Refusal] = []
        for (index, batch) in batches.enumerated() {
            let key = Key(topic: batch.topic, partition: batch.partition)
            let due =
                held[key]?.newestOffset.map { $0 + 1 } ?? held[key]?.from ?? position(batch.topic, batch.partition).from
            guard let first = batch.offsets.first, let due, first < due else { continue }
            // What is held is of the records before, which Kafka has no more.
            try publish(key)
            let reason = EFDError(
                "parquet.offsetsBegunAnew",
                "\(batch.topic) partition \(batch.partition): offset \(first) came where \(due) was due, so Kafka has "
                    + "other records by those offsets now",
                remedy:
                    "Was the topic deleted and made anew? Move the topic's folder to another output: what Kafka has is "
                    + "stored then."
            )
            refusals.append(Refusal(batch: index, reason: reason))
        }
        return refusals
    }

    private func take(_ batch: TopicBatch) {
        let key = Key(topic: batch.topic, partition: batch.partition)
        let partition =
            held[key]
            ?? BufferedPartition(
                topic: key.topic, partition: key.partition, position: position(key.topic, key.partition))
        held[key] = partition
        let before = partition.byteCount
        partition.append(batch, options.layout, timeFields: options.timeFields)
        note(bytes: partition.byteCount - before, rows: batch.rowCount)
        if options.rotation.isFull(partition) || partition.isRedone { full.insert(key) }
    }

    /// Publishes what is full, then the largest partitions until the rest is within the limit.
    private func makeRoom() throws(EFDError) {
        for key in full {
            try publish(key)
            full.remove(key)
        }
        while options.budget.isExceeded(own: heldBytes), fenced == nil {
            let candidates = held.lazy.filter { $0.value.redo == nil && !$0.value.isEmpty }
            guard let largest = candidates.max(by: { $0.value.byteCount < $1.value.byteCount }) else { break }
            try publish(largest.key)
        }
    }

    // MARK: Publishing

    func flush(all: Bool) -> FlushOutcome {
        let now = MonotonicClock.seconds()
        do throws(EFDError) {
            for (key, partition) in held where fenced == nil {
                let limit = all || partition.isRedone ? .max : options.rotation.limit(partition, now: now)
                if let limit { try publish(key, below: limit, isStopping: all) }
            }
            try makeRoom()
        } catch {
            return .failed(error)
        }
        metrics.heldBytes.set(options.budget.bytes)
        return fenced.map { .fenced($0) } ?? .flushed
    }

    func oldestBufferedOffset(of topic: String, _ partition: Int32) -> Int64? {
        held[Key(topic: topic, partition: partition)]?.oldestOffset
    }

    func discard(_ topic: String, _ partition: Int32) {
        guard let dropped = held.removeValue(forKey: Key(topic: topic, partition: partition)) else { return }
        note(bytes: -dropped.byteCount, rows: -dropped.rowCount)
    }

    /// Publishes what is held of a partition before an offset; of one whose fileSet is made again, no more than that
    /// until it is whole.
    private func publish(_ key: Key, below limit: Int64 = .max, isStopping: Bool = false) throws(EFDError) {
        guard let partition = held[key], fenced == nil else { return }
        if let redo = partition.redo, !partition.isRedone {
            // At a stop, what the claim still lacks is left to the next process.
            if isStopping {
                log.info(
                    "a fileSet that is being made again waits for its last records", ["topic": .text(redo.topic)])
            }
            return
        }
        let start = MonotonicClock.seconds()
        let end = min(limit, partition.redo?.next ?? .max)
        guard let fileSet = FileSet(partition, below: end, layout: options.layout, codec: options.format.codec)
        else { return }
        let outcome: Publisher.Outcome
        do throws(EFDError) { outcome = try publisher.publish(fileSet, redo: partition.redo) } catch {
            // The claim may stand already: the next attempt must be for the same files, whatever rows come meanwhile.
            partition.insist(on: fileSet.claim)
            throw error
        }
        switch outcome {
        case .fenced(let error): fenced = error
        case .published(let bytes, let files):
            let before = (bytes: partition.byteCount, rows: partition.rowCount)
            partition.drop(below: fileSet.claim.next)
            note(bytes: partition.byteCount - before.bytes, rows: partition.rowCount - before.rows)
            metrics.files.add(files)
            metrics.bytes.add(bytes)
            metrics.fileSets.add()
            metrics.publishSeconds.observe(MonotonicClock.seconds() - start)
        }
    }

    private func note(bytes: Int, rows: Int) {
        heldBytes += bytes
        options.budget.change(by: bytes)
        metrics.note(rows: rows)
    }
}
