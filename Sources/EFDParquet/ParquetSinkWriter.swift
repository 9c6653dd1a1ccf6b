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
    private var held: [Key: HeldPartition] = [:]
    private var heldBytes = 0
    private var heldRows = 0
    /// Why a publication in `write` came to nothing, to be told by the next `settle`.
    private var overtaken: EFDError?

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
        var rejections: [Rejection] = []
        // Room first: a write that fails has taken nothing and is repeated whole.
        do throws(EFDError) { try makeRoom() } catch { return .failed(error) }
        for (index, batch) in batches.enumerated() {
            if batch.plan.columns.isEmpty {
                rejections += (0..<batch.rowCount).map { Rejection(batch: index, row: $0, reason: Self.noColumns) }
            } else {
                take(batch)
            }
        }
        measure()
        return .written(rejections)
    }

    private func take(_ batch: TopicBatch) {
        let key = Key(topic: batch.topic, partition: batch.partition)
        var partition = held[key] ?? HeldPartition(topic: key.topic, partition: key.partition, position: position(key.topic, key.partition))
        held[key] = nil  // so that the change below copies nothing
        heldBytes -= partition.byteCount
        partition.append(batch, options.layout, timeFields: options.timeFields)
        heldBytes += partition.byteCount
        heldRows += batch.rowCount
        held[key] = partition
    }

    private static let noColumns = EFDError(
        "parquet.columnsMissing", "the record's schema has no field, and Parquet has no row without columns", recovery: .reject)

    /// Publishes what is full, then the largest partitions until the rest is within the limit.
    private func makeRoom() throws(EFDError) {
        for key in held.filter({ options.rotation.isFull($0.value) || $0.value.isRedone }).map(\.key) { try publish(key) }
        while heldBytes > options.heldBytes, overtaken == nil {
            guard let largest = held.filter({ $0.value.redo == nil && !$0.value.isEmpty }).max(by: { $0.value.byteCount < $1.value.byteCount }) else { break }
            try publish(largest.key)
        }
    }

    // MARK: Publishing

    func settle(everything: Bool) -> SettleOutcome {
        let now = MonotonicClock.seconds()
        do throws(EFDError) {
            for (key, partition) in held where everything || partition.isRedone || options.rotation.isDue(partition, now: now) {
                if overtaken == nil { try publish(key, everything: everything) }
            }
        } catch {
            return .failed(error)
        }
        measure()
        return overtaken.map { .overtaken($0) } ?? .settled
    }

    func oldestHeld(of topic: String, _ partition: Int32) -> Int64? { held[Key(topic: topic, partition: partition)]?.oldestOffset }

    func forget(_ topic: String, _ partition: Int32) {
        guard let dropped = held.removeValue(forKey: Key(topic: topic, partition: partition)) else { return }
        heldBytes -= dropped.byteCount
        heldRows -= dropped.rowCount
    }

    /// Publishes what is held of a partition; of one whose generation is made again, no more than that until it is whole.
    private func publish(_ key: Key, everything: Bool = false) throws(EFDError) {
        guard var partition = held[key], overtaken == nil else { return }
        if let redo = partition.redo, !partition.isRedone {
            // At a stop, what the claim still lacks is left to the next process.
            if everything { log.info("a generation that is being made again waits for its last records", ["topic": .text(redo.topic)]) }
            return
        }
        let start = MonotonicClock.seconds()
        guard let generation = Generation(partition, below: partition.redo?.next ?? .max, layout: options.layout, codec: options.format.codec) else { return }
        switch try publisher.publish(generation, redo: partition.redo) {
        case .overtaken(let error): overtaken = error
        case .published(let bytes, let files):
            heldBytes -= partition.byteCount
            heldRows -= partition.rowCount
            partition.drop(below: generation.claim.next)
            heldBytes += partition.byteCount
            heldRows += partition.rowCount
            held[key] = partition
            metrics.files.add(files)
            metrics.bytes.add(bytes)
            metrics.generations.add()
            metrics.publishSeconds.observe(MonotonicClock.seconds() - start)
        }
    }

    private func measure() {
        metrics.heldBytes.set(heldBytes)
        metrics.heldRows.set(heldRows)
    }
}
