import EFDCore

/// The queues between the reading thread and the writers: one to each writer, one back.
final class WriterQueues: Sendable {
    private let outgoing: [BoundedQueue<WriteBatch>]
    private let finished: BoundedQueue<WriteBatch>

    init(writers: Int) {
        outgoing = (0..<writers).map { _ in BoundedQueue(capacity: SinkLimits.queuedParcels) }
        // Room for every writeBatch there can be, so that a writer never waits to hand one back.
        finished = BoundedQueue(capacity: writers * (SinkLimits.queuedParcels + 1))
    }

    // MARK: The reading thread

    /// False when the writer's queue is full.
    func send(_ writeBatch: WriteBatch) -> Bool { outgoing[writeBatch.writer].tryPush(writeBatch) == nil }

    func takeFinished(waitingAtMost seconds: Double) -> WriteBatch? { finished.pop(waitingAtMost: seconds) }

    func close() { for queue in outgoing { queue.close() } }

    // MARK: A writer

    enum Next {
        case writeBatch(WriteBatch)
        /// Nothing came in the time given.
        case nothing
        /// The board is closed and this writer's queue is drained.
        case end
    }

    func next(for writer: Int, waitingAtMost seconds: Double) -> Next {
        if let writeBatch = outgoing[writer].pop(waitingAtMost: seconds) { return .writeBatch(writeBatch) }
        return outgoing[writer].isDrained ? .end : .nothing
    }

    func finish(_ writeBatch: WriteBatch) { finished.push(writeBatch) }
}
