import CRdKafka
import EFDCore

/// Reads assigned partitions: records arrive in batches of views, which are returned by freeing the batch.
///
/// This is one side of a consumer; the other, `KafkaConsumer` itself, is the group: membership, commits, rebalances.
/// The reader hides which handle fetches a partition (`FetchPlanner`) and that a partition moves between handles while
/// it is read. Not thread-safe; owned by one thread.
final class PartitionReader {
    weak var events: (any PartitionEvents)?
    let handles: FetchHandles
    var planner: FetchPlanner
    var sources = SourceTable()
    var gathering = PollBuffer()
    var ends = EndTable()
    /// Partitions whose reading resumes after a refused offset, with the expected offset.
    var awaitingReset: [Int: Int64] = [:]
    /// Restarts, collected during a poll.
    var restarts: [PartitionOffset] = []
    /// An error that arrived with records: the next poll throws it.
    var deferred: EFDError?
    /// The handles, by the bits of their places, in which librdkafka has the partition paused.
    private var pausedIn: [UInt8] = []
    /// Bytes of keys and values polled since broker threads were woken, and the bytes after which they are woken; nil:
    /// they check a full queue themselves.
    var bytesTaken = 0
    private let wakeBytes: Int?

    init(_ handles: FetchHandles, _ properties: KafkaProperties, _ limits: FetchLimits) {
        self.handles = handles
        planner = FetchPlanner(limits)
        let kilobytes = properties["queued.max.messages.kbytes"].flatMap { Int($0) } ?? ClientRole.fetchQueueKilobytes
        wakeBytes = ClientRole.hasQueueBackoff ? nil : kilobytes * 1024 / 4
    }

    /// Waits at most `waitMilliseconds` for a record, then takes all available ones, at most `maxMessages`.
    func poll(_ maxMessages: Int, waitMilliseconds: Int) throws(EFDError) -> MessageBatch {
        if let error = deferred.take() { throw error }
        gathering.begin(maxMessages)
        let queue = handles.queue
        var count = max(0, rd_kafka_consume_batch_queue(queue, Int32(clamping: waitMilliseconds), gathering.slots, 1))
        // The batch call waits its whole time unless the batch fills up: poll the rest without waiting.
        if count == 1 && maxMessages > 1 {
            count += max(0, rd_kafka_consume_batch_queue(queue, 0, gathering.slots + 1, maxMessages - 1))
        }
        handles.serve()
        let now = planner.isMany ? MonotonicClock.seconds() : 0
        let batch = sift(count, now)
        keepFetching()
        if planner.isMany { move(planner.moves(at: now)) }
        if batch.isEmpty, let error = deferred.take() { throw error }
        return batch
    }

    /// A client with a full fetch queue sleeps for a second, in which a fast reader drains it: it is woken whenever a
    /// quarter was taken.
    private func keepFetching() {
        guard let wakeBytes, bytesTaken >= wakeBytes else { return }
        bytesTaken = 0
        handles.wake()
    }

    // MARK: Assignment

    /// Assigns partitions to the member, each with its start. After a rebalance the group waits for that, even without
    /// a partition.
    func assign(_ starts: [PartitionOffset]) throws(EFDError) {
        try handles.assign(starts, in: .member)
        for start in starts { planner.assign(sources.number(start.partition), at: start.offset) }
        handles.setMany(planner.isMany)
        try clearPauses(starts.map(\.partition), in: .member)
    }

    /// Unassigns partitions, also from the member.
    func unassign(_ partitions: [TopicPartition]) throws(EFDError) {
        // The group waits for the member, also after errors of the busy handle.
        let failure = release(partitions)
        try handles.unassign(partitions, in: .member)
        if let failure { throw failure }
    }

    /// Delivers no further record of these partitions, and unassigns them from the busy handle.
    private func release(_ partitions: [TopicPartition]) -> EFDError? {
        gathering.void(partitions)
        let busy = partitions.filter { planner.place(of: sources.number($0)) == .busy }
        for partition in partitions {
            let source = sources.number(partition)
            planner.release(source)
            ends.forget(source)
            awaitingReset[source] = nil
        }
        handles.setMany(planner.isMany)
        do throws(EFDError) {
            try handles.unassign(busy, in: .busy)
            return nil
        } catch {
            return error
        }
    }

    /// Gives up all assigned partitions.
    func unassignAll() throws(EFDError) {
        let failure = release(planner.assigned.map { sources.partition($0) })
        rd_kafka_assign(handles.member.raw, nil)
        if let failure { throw failure }
    }

    // MARK: Pause, resume, seek

    func pause(_ partitions: [TopicPartition]) throws(EFDError) {
        for (place, partitions) in byPlace(partitions, { $0 }) {
            try handles.pause(partitions, in: place)
            note(partitions, isPaused: true, in: place)
        }
        for partition in partitions { planner.pause(sources.number(partition)) }
    }

    /// Delivery resumes after the last record that was polled.
    func resume(_ partitions: [TopicPartition]) throws(EFDError) {
        for (place, partitions) in byPlace(partitions, { $0 }) {
            try handles.resume(partitions, in: place)
            note(partitions, isPaused: false, in: place)
        }
        let now = MonotonicClock.seconds()
        for partition in partitions { planner.resume(sources.number(partition), at: now) }
    }

    /// Seeks to these offsets. Throws the first failure, none at all with a wait of 0, which only starts it.
    func seek(_ offsets: [PartitionOffset], waitMilliseconds: Int) throws(EFDError) {
        for (place, offsets) in byPlace(offsets, \.partition) {
            if place == .member {
                try handles.seek(offsets, waitMilliseconds: waitMilliseconds)
            } else {
                // An assignment may still wait in librdkafka for an earlier one to end, and would undo a seek.
                try handles.unassign(offsets.map(\.partition), in: place, "seeking")
                try handles.assign(offsets, in: place, "seeking")
            }
            for offset in offsets { planner.seek(sources.number(offset.partition), to: offset.offset) }
        }
    }

    /// Restarts partitions with a refused offset, after the current poll. With `expected`, the first record shows a gap
    /// unless it has that offset.
    func restart(_ start: PartitionOffset, expected: Int64? = nil) {
        if let expected { awaitingReset[sources.number(start.partition)] = expected }
        restarts.append(start)
    }

    // MARK: Places

    /// Groups partitions by their handle. Unassigned partitions go to the member, which fails for them.
    private func byPlace<Element>(_ elements: [Element], _ partition: (Element) -> TopicPartition) -> [FetchPlace:
        [Element]]
    {
        guard planner.isMany else { return [.member: elements] }
        return Dictionary(grouping: elements) { planner.place(of: sources.number(partition($0))) ?? .member }
    }

    /// Moves each partition to the other handle, at exactly the offset where this one stopped. The member keeps a busy
    /// partition, paused: offsets are stored and committed for its assignment.
    private func move(_ moves: [FetchPlanner.Move]) {
        guard !moves.isEmpty else { return }
        let starts = Dictionary(grouping: moves, by: \.to).mapValues { moves in
            moves.map { PartitionOffset(sources.partition($0.source), $0.offset) }
        }
        do throws(EFDError) {
            if let starts = starts[.busy] {
                let partitions = starts.map(\.partition)
                try handles.pause(partitions, in: .member)
                note(partitions, isPaused: true, in: .member)
                try handles.assign(starts, in: .busy, "moving partitions")
                try clearPauses(partitions, in: .busy)
            }
            if let starts = starts[.member] {
                let partitions = starts.map(\.partition)
                try handles.unassign(partitions, in: .busy, "moving partitions")
                // Resumed where it was paused: the seek follows.
                try clearPauses(partitions, in: .member)
                try handles.seek(starts, waitMilliseconds: 0)
            }
        } catch {
            deferred = error
        }
    }

    /// A pause from an earlier assignment no longer counts.
    private func clearPauses(_ partitions: [TopicPartition], in place: FetchPlace) throws(EFDError) {
        let paused = partitions.filter { partition in
            let source = sources.number(partition)
            return source < pausedIn.count && pausedIn[source] & (1 << place.rawValue) != 0
        }
        try handles.resume(paused, in: place)
        note(paused, isPaused: false, in: place)
    }

    private func note(_ partitions: [TopicPartition], isPaused: Bool, in place: FetchPlace) {
        for partition in partitions {
            let source = sources.number(partition)
            while pausedIn.count <= source { pausedIn.append(0) }
            if isPaused { pausedIn[source] |= 1 << place.rawValue } else { pausedIn[source] &= ~(1 << place.rawValue) }
        }
    }
}
