import EFDCore

/// The queues between the reading thread and the writers: one to each writer, and one back.
final class WriterQueues: Sendable {
    private let outgoing: [BoundedQueue<WriteBatch>]
    private let finished: BoundedQueue<WriteBatch>

    init(writers: Int) {
        outgoing = (0..<writers).map { _ in BoundedQueue(capacity: SinkLimits.queuedBatches) }
        // Capacity for every possible batch and a report, so that a writer never blocks when it returns one.
        finished = BoundedQueue(capacity: writers * (SinkLimits.queuedBatches + 2))
    }

    // MARK: The reading thread

    /// False if the writer's queue is full.
    func send(_ batch: WriteBatch) -> Bool { outgoing[batch.writer].tryPush(batch) == nil }

    func takeFinished(waitingAtMost seconds: Double) -> WriteBatch? { finished.pop(waitingAtMost: seconds) }

    func close() { for queue in outgoing { queue.close() } }

    // MARK: A writer

    enum Next {
        case batch(WriteBatch)
        /// Nothing arrived in the given time.
        case nothing
        /// The queues are closed and this writer's is drained.
        case end
    }

    func next(for writer: Int, waitingAtMost seconds: Double) -> Next {
        if let batch = outgoing[writer].pop(waitingAtMost: seconds) { return .batch(batch) }
        return outgoing[writer].isDrained ? .end : .nothing
    }

    func finish(_ batch: WriteBatch) { finished.push(batch) }
}
