import EFDCore
import EFDKafka

extension ProgressRecord {
    /// The identity of the last copied source record: another record at its offset means that the topic was deleted and
    /// created again.
    public struct Anchor: Sendable, Equatable {
        public let offset: Int64
        /// Milliseconds since 1970 as in the record; -1 if it has none.
        public let timestamp: Int64
        public let checksum: Checksum

        /// A checksum of key and value. Its name in the stored record tells its kind.
        public enum Checksum: Sendable, Equatable {
            /// `"crc32c"`: CRC-32C over the key and then the value, each after its length as a big-endian 32-bit
            /// integer, which is -1 for null.
            case crc32c(UInt32)
            /// `"checksum"`: in records from before `crc32c`. Only read, never written.
            case folded(UInt32)
        }

        public init(offset: Int64, timestamp: Int64, checksum: Checksum) {
            (self.offset, self.timestamp, self.checksum) = (offset, timestamp, checksum)
        }
    }
}

extension ProgressRecord.Anchor {
    init(_ message: KafkaMessage) {
        self.init(
            offset: message.offset, timestamp: message.timestamp ?? -1,
            checksum: .crc32c(Self.crc32c(message.key, message.value)))
    }

    /// Whether this can be the record, by the stored checksum of either kind.
    func matches(_ message: KafkaMessage) -> Bool {
        guard message.offset == offset, message.timestamp ?? -1 == timestamp else { return false }
        return switch checksum {
        case .crc32c(let stored): stored == Self.crc32c(message.key, message.value)
        case .folded(let stored): stored == Self.folded(message.key, message.value)
        }
    }

    static func crc32c(_ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?) -> UInt32 {
        [key, value].reduce(0) { crc, bytes in
            let length = Int32(truncatingIfNeeded: bytes?.count ?? -1).bigEndian
            let prefixed = withUnsafeBytes(of: length) { CRC32C.checksum($0, after: crc) }
            return bytes.map { CRC32C.checksum($0, after: prefixed) } ?? prefixed
        }
    }

    // MARK: In the progress record

    var json: JSON {
        var members: JSON.Members = ["offset": .integer(offset), "timestamp": .integer(timestamp)]
        switch checksum {
        case .crc32c(let value): members["crc32c"] = .integer(Int64(value))
        case .folded(let value): members["checksum"] = .integer(Int64(value))
        }
        return .object(members)
    }

    /// nil if offset, timestamp or a known checksum is missing.
    init?(_ json: JSON) {
        guard let offset = json["offset"]?.integer, let timestamp = json["timestamp"]?.integer else { return nil }
        if let crc = json["crc32c"]?.integer.flatMap({ UInt32(exactly: $0) }) {
            self.init(offset: offset, timestamp: timestamp, checksum: .crc32c(crc))
        } else if let folded = json["checksum"]?.integer.flatMap({ UInt32(exactly: $0) }) {
            self.init(offset: offset, timestamp: timestamp, checksum: .folded(folded))
        } else {
            return nil
        }
    }
}

// MARK: The checksum of earlier records

extension ProgressRecord.Anchor {
    /// A multiply-xor hash in the manner of FNV over eight bytes at a time, folded to 32 bits; null differs from empty.
    static func folded(_ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?) -> UInt32 {
        fold(value, fold(key, 0x811c_9dc5))
    }

    private static func fold(_ bytes: UnsafeRawBufferPointer?, _ start: UInt32) -> UInt32 {
        guard let bytes else { return start ^ 1 }
        var hash = UInt64(start) ^ (UInt64(bytes.count) << 32) ^ FNV1a.offsetBasis
        var offset = 0
        while offset + 8 <= bytes.count {
            hash =
                (hash ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                &* 0x100_0000_01b3
            offset += 8
        }
        hash = FNV1a.hash(bytes[offset...], basis: hash)
        return UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
    }
}
