import CRdKafka
import CRdKafkaShim
import Glibc

/// The destination of one source partition's copies, and their outcome in the open transaction. Used with its producer,
/// on the same thread.
public final class RelayRoute {
    let raw: UnsafeMutablePointer<rdkafka_route_t>
    private let track: UnsafeMutablePointer<rdkafka_track_t>
    private let words: [UnsafeMutablePointer<CChar>]
    /// The target topic, and the compression of its records; nil: the client's.
    let topic: String
    let compression: String?

    /// A header to add to every record, whose values identify clusters.
    public struct Provenance: Sendable {
        public let header: String
        /// The value to add.
        public let value: String
        /// Records with this value of the header are excluded.
        public let refused: String

        public init(header: String, value: String, refused: String) {
            (self.header, self.value, self.refused) = (header, value, refused)
        }
    }

    init(to topic: String, _ partition: Int32, compression: String?, provenance: Provenance?) {
        (self.topic, self.compression) = (topic, compression)
        track = .allocate(capacity: 1)
        track.initialize(to: rdkafka_track_t())
        raw = .allocate(capacity: 1)
        raw.initialize(to: rdkafka_route_t())
        raw.pointee.partition = partition
        raw.pointee.track = track
        (raw.pointee.key_id, raw.pointee.value_id) = (-1, -1)
        words = provenance.map { [strdup($0.header), strdup($0.value), strdup($0.refused)] } ?? []
        guard words.count == 3 else { return }
        raw.pointee.provenance_name = UnsafePointer(words[0])
        raw.pointee.provenance = UnsafePointer(words[1])
        raw.pointee.refused = UnsafePointer(words[2])
    }

    deinit {
        rdkafka_track_free(track)
        track.deallocate()
        raw.deallocate()
        for word in words { free(word) }
    }

    /// Forwarding stops before a record whose key (value) begins with 0 and a schema id unknown to `pass`, unless a
    /// header contains its schema id.
    public var looksAtKeys: Bool {
        get { raw.pointee.looks_at_key != 0 }
        set { raw.pointee.looks_at_key = newValue ? 1 : 0 }
    }
    public var looksAtValues: Bool {
        get { raw.pointee.looks_at_value != 0 }
        set { raw.pointee.looks_at_value = newValue ? 1 : 0 }
    }

    /// Lets keys with the schema id pass, replaced by `written`.
    public func passKeys(_ id: Int32, as written: Int32) {
        (raw.pointee.key_id, raw.pointee.key_id_written) = (id, written)
    }
    public func passValues(_ id: Int32, as written: Int32) {
        (raw.pointee.value_id, raw.pointee.value_id_written) = (id, written)
    }

    /// A record with such a header has no id in its key (value): the header contains its schema id.
    public static let keySchemaHeader = RDKAFKA_KEY_SCHEMA_HEADER
    public static let valueSchemaHeader = RDKAFKA_VALUE_SCHEMA_HEADER

    // MARK: The open transaction

    /// Copies queued.
    public var queued: Int { track.pointee.queued }
    /// Number of failed copies, and why the first failed.
    public var failed: Int { track.pointee.failed }
    public var failure: KafkaErrorCode { KafkaErrorCode(track.pointee.error) }

    /// Runs of consecutive offsets: those of the records, and those of their copies so far.
    public var sourceOffsets: [Range<Int64>] { Self.ranges(track.pointee.source) }
    public var targetOffsets: [Range<Int64>] { Self.ranges(track.pointee.target) }

    /// Clears the open transaction.
    public func reset() { rdkafka_track_reset(track) }

    private static func ranges(_ list: rdkafka_offset_list_t) -> [Range<Int64>] {
        (0..<list.count).map { list.items[$0].first..<list.items[$0].first + list.items[$0].count }
    }
}
