import CCycloneDDS
import CCycloneDDSShim
import EFDCore
import EFDSAL

/// Readers of many topics behind one waitset, served by one thread.
///
/// News of data are told once per arrival, so each reader that has some is drained. Samples of a slow handler wait in Cyclone's caches, up to the
/// history depth per instance; what is over is overwritten there, oldest first, and shows as a gap in `private_seqNum`.
public final class DDSReaderSet: @unchecked Sendable {
    /// Samples taken at a time.
    public static let batchLimit = 256

    private let participant: DDSParticipant
    private let waitset: dds_entity_t
    private let wakeUp: dds_entity_t
    // Guarded by the lock, since readers may be added while the set is served.
    private struct State {
        var readers: [Reader] = []
        var subscribers: [String: dds_entity_t] = [:]
    }
    private let state = Locked(State())

    struct Reader: Sendable {
        let handle: dds_entity_t
        let topic: String
        let partition: String
        let qos: DDSQoS
    }

    private static let wakeUpMark = -1

    public init(_ participant: DDSParticipant) throws(EFDError) {
        self.participant = participant
        waitset = try DDSFault.check(dds_create_waitset(participant.handle), "making a DDS waitset")
        wakeUp = try DDSFault.check(dds_create_guardcondition(participant.handle), "making a DDS guard condition")
        try DDSFault.check(dds_waitset_attach(waitset, wakeUp, dds_attach_t(Self.wakeUpMark)), "attaching to a DDS waitset")
    }

    deinit {
        for reader in state.withLock({ $0.readers }) { dds_delete(reader.handle) }
        for subscriber in state.withLock({ Array($0.subscribers.values) }) { dds_delete(subscriber) }
        dds_delete(waitset)
        dds_delete(wakeUp)
    }

    /// Adds a reader, also while the set is served. Returns its index.
    @discardableResult
    public func add(_ topic: SALTopic, partition: String, qos: DDSQoS) throws(EFDError) -> Int {
        try add(topic.definition, module: topic.component, topicName: topic.ddsTopicName, partition: partition, qos: qos)
    }

    @discardableResult
    public func add(_ definition: IDLStruct, module: String, topicName: String, partition: String, qos: DDSQoS) throws(EFDError) -> Int {
        let topic = try participant.topic(topicName, definition, module: module)
        let subscriber = try subscriber(partition)
        let made = qos.withHandle { dds_create_reader(subscriber, topic, $0, nil) }
        let handle = try DDSFault.check(made ?? DDS_RETCODE_OUT_OF_RESOURCES, "making a DDS reader of \(topicName)")
        try DDSFault.check(dds_set_status_mask(handle, ddsshim_status_data_available()), "asking for news of \(topicName)")
        let reader = Reader(handle: handle, topic: topicName, partition: partition, qos: qos)
        let index = state.withLock { state in
            state.readers.append(reader)
            return state.readers.count - 1
        }
        try DDSFault.check(dds_waitset_attach(waitset, handle, dds_attach_t(index)), "attaching \(topicName) to a DDS waitset")
        return index
    }

    /// Serves the readers on this thread until `stop`. The handler gets a reader's index and what it took.
    public func run(until stop: StopToken, _ handler: (_ reader: Int, _ samples: borrowing SampleBatch) -> Void) throws(EFDError) {
        let wakeUp = self.wakeUp
        stop.onStop { dds_set_guardcondition(wakeUp, true) }
        let samples = UnsafeMutablePointer<ddsshim_sample>.allocate(capacity: Self.batchLimit)
        defer { samples.deallocate() }
        guard let scratch = ddsshim_scratch(UInt32(Self.batchLimit)) else { throw EFDError("dds.callFailed", "out of memory for DDS samples") }
        var triggered = [dds_attach_t](repeating: 0, count: 1024)
        while !stop.isStopped {
            let count = dds_waitset_wait(waitset, &triggered, triggered.count, 1_000_000_000)
            try DDSFault.check(Int32(truncatingIfNeeded: count), "waiting for DDS samples")
            let handles = state.withLock { state in
                triggered[0..<min(Int(count), triggered.count)].map { mark in (mark, mark >= 0 ? state.readers[Int(mark)].handle : 0) }
            }
            for (mark, handle) in handles where mark >= 0 { try drain(Int(mark), handle, samples, scratch, handler) }
        }
    }

    private func drain(
        _ index: Int, _ handle: dds_entity_t, _ samples: UnsafeMutablePointer<ddsshim_sample>, _ scratch: UnsafeMutableRawPointer,
        _ handler: (Int, borrowing SampleBatch) -> Void
    ) throws(EFDError) {
        while true {
            let taken = ddsshim_take(handle, samples, scratch, UInt32(Self.batchLimit))
            if taken == DDS_RETCODE_NO_DATA { return }
            try DDSFault.check(taken, "taking DDS samples")
            if taken > 0 { handler(index, SampleBatch(samples, count: Int(taken))) }
            if taken < Self.batchLimit { return }
        }
    }

    /// How many writers each reader has found.
    public func matchedWriters() -> [Int] {
        state.withLock { $0.readers }.map { reader in
            var status = dds_subscription_matched_status_t()
            return dds_get_subscription_matched_status(reader.handle, &status) == 0 ? Int(status.current_count) : 0
        }
    }

    /// For each reader without a writer: writers of its topic that are there and do not match, and why. For logs, when no data comes.
    public func explainMissingMatches() throws(EFDError) -> [String] {
        let publications = try participant.publications()
        let counts = matchedWriters()
        return zip(state.withLock { $0.readers }, counts).flatMap { reader, count -> [String] in
            guard count == 0 else { return [] }
            return publications.filter { $0.topic == reader.topic }.compactMap { publication in
                publication.mismatch(partition: reader.partition, reader.qos).map { "a writer of \(reader.topic) does not match: \($0)" }
            }
        }
    }

    private func subscriber(_ partition: String) throws(EFDError) -> dds_entity_t {
        let participant = participant.handle
        return try state.withLock { (state) throws(EFDError) in
            if let known = state.subscribers[partition] { return known }
            let made = DDSQoS().withHandle(partition: partition) { dds_create_subscriber(participant, $0, nil) }
            let handle = try DDSFault.check(made ?? DDS_RETCODE_OUT_OF_RESOURCES, "making a DDS subscriber in partition \(partition)")
            state.subscribers[partition] = handle
            return handle
        }
    }
}
