import EFDAvro
import EFDCore
import EFDSink

/// Buffers rows by partition and publishes them by the flush policy. Not thread-safe; owned by one thread.
final class ParquetSinkWriter: SinkWriter {
    private var publisher: Publisher
    private let options: ParquetSink.Options
    private let metrics: ParquetMetrics
    private let log: Log
    private let position: (_ topic: String, _ partition: Int32) -> Position
    private let buffer: RowBuffer<ParquetPartition>
    /// Partitions to publish since their last rows were added.
    private var full: [ParquetPartition] = []
    private var emptyRecords = EmptyRecords()
    /// The error that stopped all publication.
    private var fenced: EFDError?
    /// The amounts last reported to the metrics.
    private var reported = (rows: 0, bytes: 0)

    init(
        _ publisher: Publisher, _ options: ParquetSink.Options, budget: MemoryBudget, metrics: ParquetMetrics, log: Log,
        position: @escaping (_ topic: String, _ partition: Int32) -> Position
    ) {
        self.publisher = publisher
        self.options = options
        self.metrics = metrics
        self.log = log
        self.position = position
        buffer = RowBuffer(budget)
    }

    // MARK: Taking rows

    func write(_ batches: [TopicBatch]) -> WriteOutcome {
        defer { report() }
        // Free memory first: a failed write has added nothing and is repeated completely.
        do throws(EFDError) {
            let refusals = try refusals(of: batches)
            if !refusals.isEmpty { return .refused(refusals) }
            try makeRoom()
            if let fenced { return .fenced(fenced) }
            for batch in try batches.map({ (batch) throws(EFDError) in
                batch.plan.columns.isEmpty ? try emptyRecords.rows(of: batch) : batch
            }) { take(batch) }
        } catch {
            return .failed(error)
        }
        return .written([])
    }

    /// Offsets must increase. If they restart, the rows would get names and ranges of stored rows.
    private func refusals(of batches: [TopicBatch]) throws(EFDError) -> [Refusal] {
        var refusals: [Refusal] = []
        for (index, batch) in batches.enumerated() {
            guard let first = batch.offsets.first, let next = next(batch, after: batches[..<index]), first < next else {
                continue
            }
            // The buffered rows are of earlier records, which Kafka no longer has.
            if let buffered = buffer.rows(of: batch.topic, batch.partition) { try publish(buffered) }
            let reason = EFDError(
                .parquetOffsetsRestarted,
                "\(batch.topic) partition \(batch.partition): offset \(first) arrived but \(next) was expected: Kafka "
                    + "has other records at those offsets now",
                remedy: "Was the topic deleted and recreated? Move the topic's folder to another output: then the sink "
                    + "stores what Kafka has."
            )
            refusals.append(Refusal(batch: index, reason: reason))
        }
        return refusals
    }

    /// The minimum offset that may follow the stored and buffered rows of a batch's partition; nil: any.
    private func next(_ batch: TopicBatch, after others: ArraySlice<TopicBatch>) -> Int64? {
        if let other = others.last(where: { $0.partition == batch.partition && $0.topic == batch.topic }),
            let last = other.offsets.last
        {
            return last + 1
        }
        let buffered = buffer.rows(of: batch.topic, batch.partition)
        return buffered?.newestOffset.map { $0 + 1 } ?? buffered?.from ?? position(batch.topic, batch.partition).from
    }

    private func take(_ batch: TopicBatch) {
        let partition = buffer.append(batch) {
            ParquetPartition(
                topic: batch.topic, partition: batch.partition, position: position(batch.topic, batch.partition),
                options: options)
        }
        if isFull(partition), full.last !== partition { full.append(partition) }
    }

    private func isFull(_ partition: ParquetPartition) -> Bool {
        options.rotation.policy.isFull(partition) || partition.isRedone
    }

    /// Publishes the full partitions, then the largest ones until the rows fit the process's memory limit.
    private func makeRoom() throws(EFDError) {
        while let partition = full.last {
            if isFull(partition) { try publish(partition) }
            full.removeLast()
        }
        while buffer.mustShrink, fenced == nil, let largest = buffer.largest(where: { $0.redo == nil }) {
            try publish(largest)
        }
    }

    // MARK: Publishing

    func flush(all: Bool) -> FlushOutcome {
        defer { report() }
        let now = MonotonicClock.seconds()
        do throws(EFDError) {
            for partition in buffer.all where fenced == nil {
                let limit = all || partition.isRedone ? .max : options.rotation.limit(partition, now: now)
                if let limit { try publish(partition, below: limit, isStopping: all) }
            }
            try makeRoom()
        } catch {
            return .failed(error)
        }
        return fenced.map { .fenced($0) } ?? .flushed
    }

    func oldestBufferedOffset(of topic: String, _ partition: Int32) -> Int64? {
        buffer.rows(of: topic, partition)?.oldestOffset
    }

    func discard(_ topic: String, _ partition: Int32) {
        guard let discarded = buffer.discard(topic, partition) else { return }
        full.removeAll { $0 === discarded }
        report()
    }

    /// Publishes the buffered rows of a partition before an offset; if its file set is rebuilt, at most that until it
    /// is complete.
    private func publish(_ partition: ParquetPartition, below limit: Int64 = .max, isStopping: Bool = false)
        throws(EFDError)
    {
        if fenced != nil { return }
        if let redo = partition.redo, !partition.isRedone {
            if isStopping {
                log.info(
                    "an unfinished file set lacks its last records, the next process completes it",
                    ["topic": .text(redo.topic), "partition": .integer(Int(redo.partition))])
            }
            return
        }
        let start = MonotonicClock.seconds()
        let end = min(limit, partition.redo?.next ?? .max)
        guard let fileSet = FileSet(partition, below: end, layout: options.layout, codec: options.format.codec)
        else { return }
        let outcome: Publisher.Outcome
        do throws(EFDError) { outcome = try publisher.publish(fileSet, redo: partition.redo) } catch {
            // The claim may exist already: the next attempt must be for the same files, whatever rows arrive.
            partition.mustRedo(fileSet.claim)
            throw error
        }
        switch outcome {
        case .fenced(let error): fenced = error
        case .published(let bytes, let files):
            buffer.change(partition) { $0.drop(below: fileSet.claim.next) }
            metrics.published(files: files, bytes: bytes, seconds: MonotonicClock.seconds() - start)
        }
    }

    private func report() {
        metrics.buffered(rows: buffer.rowCount - reported.rows, bytes: buffer.byteCount - reported.bytes)
        reported = (buffer.rowCount, buffer.byteCount)
    }
}
