import CCycloneDDS
import CCycloneDDSShim
import EFDCore
import EFDSAL

/// Readers of many topics on one waitset, served by one thread.
///
/// Cyclone signals new data once per arrival, so a signalled reader is drained completely; readers with a backlog take
/// turns. Samples of a slow handler wait in Cyclone's caches, up to the history depth per instance; excess samples are
/// overwritten there, oldest first, which shows as a gap in `private_seqNum`.
public final class DDSReaderSet: @unchecked Sendable {
    /// Samples taken at a time.
    public static let batchLimit = 256
    /// Batches of one reader per turn.
    private static let turn = 16

    let participant: DDSParticipant
    let mark: String?
    private let waitset: dds_entity_t
    private let wakeUp: dds_entity_t
    // Guarded by the lock: readers may be added while the set is served.
    private struct State {
        var readers: [Reader] = []
        var subscribers: [String: dds_entity_t] = [:]
    }
    private let state = Locked(State())

    struct Reader: Sendable {
        let handle: dds_entity_t
        let topic: String
        let type: String
        let partition: String
        let qos: DDSQoS
    }

    /// The waitset's token of a reader: its index and handle in one word, so that serving it needs no lock. 0 is the
    /// wake-up.
    private struct Mark {
        let word: dds_attach_t
        init(_ index: Int, _ handle: dds_entity_t) { word = index << 32 | Int(handle) }
        init(_ word: dds_attach_t) { self.word = word }
        var index: Int { word >> 32 }
        var handle: dds_entity_t { dds_entity_t(truncatingIfNeeded: word) }
        var isWakeUp: Bool { word == 0 }
    }

    /// - Parameter mark: user data of the readers, by which other processes recognise them; nil: none.
    public init(_ participant: DDSParticipant, mark: String? = nil) throws(EFDError) {
        self.participant = participant
        self.mark = mark
        waitset = try DDSFault.check(dds_create_waitset(participant.handle), "creating a DDS waitset")
        wakeUp = try DDSFault.check(dds_create_guardcondition(participant.handle), "creating a DDS guard condition")
        try DDSFault.check(dds_waitset_attach(waitset, wakeUp, 0), "attaching to a DDS waitset")
    }

    deinit {
        for reader in readers { dds_delete(reader.handle) }
        for subscriber in state.withLock({ Array($0.subscribers.values) }) { dds_delete(subscriber) }
        dds_delete(waitset)
        dds_delete(wakeUp)
    }

    var readers: [Reader] { state.withLock { $0.readers } }

    // MARK: Readers

    /// Adds a reader, also while the set is served. Returns its index.
    @discardableResult
    public func add(_ topic: SALTopic, partition: String, qos: DDSQoS) throws(EFDError) -> Int {
        try add(
            topic.definition, module: topic.component, topicName: topic.ddsTopicName, partition: partition, qos: qos)
    }

    @discardableResult
    public func add(_ definition: IDLStruct, module: String, topicName: String, partition: String, qos: DDSQoS)
        throws(EFDError) -> Int
    {
        let topic = try participant.topic(topicName, definition, module: module)
        let subscriber = try subscriber(partition)
        let made = qos.withHandle(for: .reader) { handle in
            if var mark { mark.withUTF8 { dds_qset_userdata(handle, $0.baseAddress, $0.count) } }
            return dds_create_reader(subscriber, topic, handle, nil)
        }
        let handle = try DDSFault.check(made ?? DDS_RETCODE_OUT_OF_RESOURCES, "creating a DDS reader of \(topicName)")
        let reader = Reader(
            handle: handle, topic: topicName, type: "\(module)::\(definition.name)", partition: partition, qos: qos)
        let index = state.withLock { state in
            state.readers.append(reader)
            return state.readers.count - 1
        }
        try DDSFault.check(
            dds_set_status_mask(handle, ddsshim_status_data_available()), "enabling the data status of \(topicName)")
        try DDSFault.check(
            dds_waitset_attach(waitset, handle, Mark(index, handle).word), "attaching \(topicName) to a DDS waitset")
        return index
    }

    private func subscriber(_ partition: String) throws(EFDError) -> dds_entity_t {
        let participant = participant.handle
        return try state.withLock { (state) throws(EFDError) in
            if let known = state.subscribers[partition] { return known }
            let made = DDSQoS().withHandle(for: .group, partition: partition) {
                dds_create_subscriber(participant, $0, nil)
            }
            let handle = try DDSFault.check(
                made ?? DDS_RETCODE_OUT_OF_RESOURCES, "creating a DDS subscriber in partition \(partition)")
            state.subscribers[partition] = handle
            return handle
        }
    }

    // MARK: Serving

    /// Serves the readers on this thread until `stop`; only one thread at a time may call it. The handler gets a
    /// reader's index and its samples.
    ///
    /// Returns after at most one more call of the handler; samples not taken by then stay in Cyclone's caches.
    public func run(until stop: StopToken, _ handler: (_ reader: Int, _ samples: borrowing SampleBatch) -> Void)
        throws(EFDError)
    {
        let wakeUp = self.wakeUp
        stop.onStop { dds_set_guardcondition(wakeUp, true) }
        let samples = UnsafeMutablePointer<ddsshim_sample>.allocate(capacity: Self.batchLimit)
        defer { samples.deallocate() }
        guard let scratch = ddsshim_scratch(UInt32(Self.batchLimit)) else {
            throw EFDError(.ddsCallFailed, "out of memory for DDS samples")
        }
        defer { ddsshim_scratch_free(scratch) }
        let triggered = UnsafeMutableBufferPointer<dds_attach_t>.allocate(capacity: 1024)
        defer { triggered.deallocate() }
        // Cyclone does not signal the samples that an earlier stop left in the caches.
        var unfinished = readers.enumerated().map { Mark($0, $1.handle) }
        var again: [Mark] = []
        while !stop.isStopped {
            let patience = unfinished.isEmpty ? ddsshim_infinity() : 0
            let found = dds_waitset_wait(waitset, triggered.baseAddress, triggered.count, patience)
            try DDSFault.check(Int32(truncatingIfNeeded: found), "waiting for DDS samples")
            swap(&unfinished, &again)
            for mark in again where !stop.isStopped {
                if try !drain(mark, samples, scratch, stop, handler) { unfinished.append(mark) }
            }
            again.removeAll(keepingCapacity: true)
            for word in triggered.prefix(Int(found)) where !stop.isStopped {
                let mark = Mark(word)
                if mark.isWakeUp {
                    // From an earlier stop, or from this one, which the loop checks itself.
                    var wasSet = false
                    dds_take_guardcondition(wakeUp, &wasSet)
                } else if try !drain(mark, samples, scratch, stop, handler) {
                    unfinished.append(mark)
                }
            }
        }
    }

    /// Takes a reader's samples. False if its turn ended first.
    private func drain(
        _ mark: Mark, _ samples: UnsafeMutablePointer<ddsshim_sample>, _ scratch: UnsafeMutableRawPointer,
        _ stop: StopToken,
        _ handler: (Int, borrowing SampleBatch) -> Void
    ) throws(EFDError) -> Bool {
        for _ in 0..<Self.turn where !stop.isStopped {
            let taken = ddsshim_take(mark.handle, samples, scratch, UInt32(Self.batchLimit))
            if taken == DDS_RETCODE_NO_DATA { return true }
            try DDSFault.check(taken, "taking DDS samples")
            if taken > 0 { handler(mark.index, SampleBatch(samples, count: Int(taken))) }
            if taken < Self.batchLimit { return true }
        }
        return false
    }
}
