import EFDCore

/// The queues between the reading thread and the writers: one to each writer, one back.
final class ParcelBoard: Sendable {
    private let outgoing: [BoundedQueue<Parcel>]
    private let finished: BoundedQueue<Parcel>

    init(writers: Int) {
        outgoing = (0..<writers).map { _ in BoundedQueue(capacity: SinkLimits.queuedParcels) }
        // Room for every parcel there can be, so that a writer never waits to hand one back.
        finished = BoundedQueue(capacity: writers * (SinkLimits.queuedParcels + 1))
    }

    // MARK: The reading thread

    /// False when the writer's queue is full.
    func send(_ parcel: Parcel) -> Bool { outgoing[parcel.writer].tryPush(parcel) == nil }

    func takeFinished(waitingAtMost seconds: Double) -> Parcel? { finished.pop(waitingAtMost: seconds) }

    func close() { for queue in outgoing { queue.close() } }

    // MARK: A writer

    enum Next {
        case parcel(Parcel)
        /// Nothing came in the time given.
        case nothing
        /// The board is closed and this writer's queue is drained.
        case end
    }

    func next(for writer: Int, waitingAtMost seconds: Double) -> Next {
        if let parcel = outgoing[writer].pop(waitingAtMost: seconds) { return .parcel(parcel) }
        return outgoing[writer].isDrained ? .end : .nothing
    }

    func finish(_ parcel: Parcel) { finished.push(parcel) }
}
