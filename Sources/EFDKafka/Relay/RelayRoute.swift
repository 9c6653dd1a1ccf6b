import CRdKafka
import CRdKafkaShim
import Glibc

/// Where the copies of one source partition go, and what became of them in the transaction under way. Used with its
/// producer, on the same thread.
public final class RelayRoute {
    let raw: UnsafeMutablePointer<rdkafka_route_t>
    private let track: UnsafeMutablePointer<rdkafka_track_t>
    private let words: [UnsafeMutablePointer<CChar>]

    /// A header to add to every record, whose values name clusters.
    public struct Provenance: Sendable {
        public let header: String
        /// What is added.
        public let value: String
        /// Records that have the header with this value are left out.
        public let refused: String

        public init(header: String, value: String, refused: String) {
            (self.header, self.value, self.refused) = (header, value, refused)
        }
    }

    init(_ topic: OpaquePointer, _ partition: Int32, provenance: Provenance?) {
        track = .allocate(capacity: 1)
        track.initialize(to: rdkafka_track_t())
        raw = .allocate(capacity: 1)
        raw.initialize(to: rdkafka_route_t())
        raw.pointee.topic = topic
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

    /// Forwarding stops before a record whose key (value) begins with 0 and another schema id than `pass` said, unless
    /// a header names its schema.
    public var looksAtKeys: Bool {
        get { raw.pointee.looks_at_key != 0 }
        set { raw.pointee.looks_at_key = newValue ? 1 : 0 }
    }
    public var looksAtValues: Bool {
        get { raw.pointee.looks_at_value != 0 }
        set { raw.pointee.looks_at_value = newValue ? 1 : 0 }
    }

    /// Lets keys with the schema id pass, with `written` in its place.
    public func passKeys(_ id: Int32, as written: Int32) {
        (raw.pointee.key_id, raw.pointee.key_id_written) = (id, written)
    }
    public func passValues(_ id: Int32, as written: Int32) {
        (raw.pointee.value_id, raw.pointee.value_id_written) = (id, written)
    }

    /// A record with such a header has no id in its key (value): the header names its schema.
    public static let keySchemaHeader = RDKAFKA_KEY_SCHEMA_HEADER
    public static let valueSchemaHeader = RDKAFKA_VALUE_SCHEMA_HEADER

    // MARK: The transaction under way

    /// Copies queued.
    public var queued: Int { track.pointee.queued }
    /// Copies that failed, and why the first did.
    public var failed: Int { track.pointee.failed }
    public var failure: KafkaErrorCode { KafkaErrorCode(track.pointee.error) }

    /// Runs of offsets without a gap: those the records had, and those that their copies got so far.
    public var sourceOffsets: [Range<Int64>] { Self.ranges(track.pointee.source) }
    public var targetOffsets: [Range<Int64>] { Self.ranges(track.pointee.target) }

    /// Forgets the transaction under way.
    public func reset() { rdkafka_track_reset(track) }

    private static func ranges(_ list: rdkafka_offset_list_t) -> [Range<Int64>] {
        (0..<list.count).map { list.items[$0].first..<list.items[$0].first + list.items[$0].count }
    }
}
