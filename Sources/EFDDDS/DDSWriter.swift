import CCycloneDDS
import CCycloneDDSShim
import EFDCore
import EFDSAL

/// Writes samples of one topic as CDR bytes.
///
/// A reliable writer keeps unacknowledged samples, and `write` blocks when they reach the limit: nothing is
/// overwritten.
public final class DDSWriter: @unchecked Sendable {
    private let participant: DDSParticipant
    private let publisher: dds_entity_t
    private let handle: dds_entity_t
    public let topicName: String

    public convenience init(_ participant: DDSParticipant, _ topic: SALTopic, partition: String, qos: DDSQoS)
        throws(EFDError)
    {
        try self.init(
            participant, topic.definition, module: topic.component, topicName: topic.ddsTopicName, partition: partition,
            qos: qos)
    }

    public init(
        _ participant: DDSParticipant, _ definition: IDLStruct, module: String, topicName: String, partition: String,
        qos: DDSQoS
    ) throws(EFDError) {
        self.participant = participant
        self.topicName = topicName
        let topic = try participant.topic(topicName, definition, module: module)
        let parent = participant.handle
        let publisher = qos.withHandle(for: .group, partition: partition) { dds_create_publisher(parent, $0, nil) }
        self.publisher = try DDSFault.check(
            publisher ?? DDS_RETCODE_OUT_OF_RESOURCES, "creating a DDS publisher in partition \(partition)")
        let made = self.publisher
        let writer =
            qos.withHandle(for: .writer) { dds_create_writer(made, topic, $0, nil) } ?? DDS_RETCODE_OUT_OF_RESOURCES
        if writer < 0 { dds_delete(made) }
        handle = try DDSFault.check(writer, "creating a DDS writer of \(topicName)")
    }

    deinit {
        // Deleting a writer loses its unacknowledged samples.
        dds_wait_for_acks(handle, 2_000_000_000)
        dds_delete(handle)
        dds_delete(publisher)
    }

    /// Writes one sample: CDR with its four-byte header, of either byte order. `timestamp`: nanoseconds since 1970.
    ///
    /// - Throws: `dds.sampleRefused` if the bytes do not fit the topic's type, `dds.readerTooSlow` if readers
    ///   acknowledged nothing for 10 s.
    public func write(_ cdr: UnsafeRawBufferPointer, timestamp: Int64 = WallClock.nanoseconds()) throws(EFDError) {
        try send(cdr, timestamp, DDSSHIM_WRITE)
    }

    /// Disposes of an instance. `key`: CDR of only the key fields, with its header.
    public func dispose(key: UnsafeRawBufferPointer, timestamp: Int64 = WallClock.nanoseconds()) throws(EFDError) {
        try send(key, timestamp, DDSSHIM_DISPOSE)
    }

    /// Unregisters this writer from an instance. `key` as for `dispose`.
    public func unregister(key: UnsafeRawBufferPointer, timestamp: Int64 = WallClock.nanoseconds()) throws(EFDError) {
        try send(key, timestamp, DDSSHIM_UNREGISTER)
    }

    private func send(_ cdr: UnsafeRawBufferPointer, _ timestamp: Int64, _ kind: ddsshim_kind) throws(EFDError) {
        guard let bytes = cdr.baseAddress, cdr.count >= 4 else {
            throw EFDError(.ddsSampleRefused, "a sample of \(topicName) needs its CDR header", recovery: .reject)
        }
        let code = ddsshim_write(handle, bytes, cdr.count, timestamp, kind)
        if code == DDS_RETCODE_OK { return }
        if code == DDS_RETCODE_TIMEOUT {
            throw EFDError(
                .ddsReaderTooSlow, "a sample of \(topicName) was not acknowledged by its readers in time",
                recovery: .retry)
        }
        throw EFDError(
            .ddsSampleRefused, "a sample of \(topicName) does not fit its type: \(DDSFault.words(code))",
            recovery: .reject)
    }

    /// Waits until every reliable reader has acknowledged all samples, at most `seconds`. False if some has not.
    public func waitForAcknowledgements(seconds: Double) -> Bool {
        dds_wait_for_acks(handle, Int64(max(0, seconds) * 1e9)) == DDS_RETCODE_OK
    }

    /// Number of matching readers.
    public var matchedReaders: Int {
        var status = dds_publication_matched_status_t()
        return dds_get_publication_matched_status(handle, &status) == 0 ? Int(status.current_count) : 0
    }
}
