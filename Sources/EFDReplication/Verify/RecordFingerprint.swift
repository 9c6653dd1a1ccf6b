import EFDKafka

/// The compared contents of a record: checksums of its parts, so that both sides can be far apart in little memory.
struct RecordFingerprint: Equatable {
    var offset: Int64
    /// Milliseconds since 1970, or -1. Whether the record or the broker set it is a property of the topic, not compared
    /// here.
    var timestamp: Int64
    var key: UInt64
    var value: UInt64
    var headers: UInt64
    /// Bytes of key and value.
    var size: Int

    /// One number for everything that must be equal on both sides: all except the offset.
    var whole: UInt64 {
        var sum = Checksum()
        sum.add(key)
        sum.add(value)
        sum.add(headers)
        sum.add(UInt64(bitPattern: timestamp))
        return sum.value
    }

    /// The parts in which two records differ.
    func differences(from other: RecordFingerprint) -> [String] {
        var parts: [String] = []
        if key != other.key { parts.append("key") }
        if value != other.value { parts.append("value") }
        if headers != other.headers { parts.append("headers") }
        if timestamp != other.timestamp { parts.append("timestamp") }
        return parts
    }
}

extension RecordFingerprint {
    /// - Parameters:
    ///   - ignoring: a header that one side adds; ignored on both.
    ///   - mapped: the id that a copy has instead of the given one.
    init(
        _ message: KafkaMessage, ignoring header: String? = nil,
        mapped: ((_ id: Int32, _ part: RecordPart) -> Int32)? = nil
    ) {
        offset = message.offset
        timestamp = message.timestamp ?? -1
        key = Self.fingerprint(message.key, .key, message.headers?[RelayRoute.keySchemaHeader] == nil ? mapped : nil)
        value = Self.fingerprint(
            message.value, .value, message.headers?[RelayRoute.valueSchemaHeader] == nil ? mapped : nil)
        size = (message.key?.count ?? 0) + (message.value?.count ?? 0)
        var sum = Checksum()
        if let list = message.headers {
            for entry in list where entry.name != header {
                var name = entry.name
                name.withUTF8 { sum.add(UnsafeRawBufferPointer($0)) }
                sum.add(Checksum.of(entry.value))
            }
        }
        headers = sum.value
    }

    private static func fingerprint(
        _ bytes: UnsafeRawBufferPointer?, _ part: RecordPart, _ mapped: ((Int32, RecordPart) -> Int32)?
    ) -> UInt64 {
        guard let mapped, let bytes, bytes.count >= 5, bytes[0] == 0 else { return Checksum.of(bytes) }
        let id = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: Int32.self))
        var sum = Checksum()
        sum.add(UInt64(UInt32(bitPattern: mapped(id, part))))
        sum.add(UnsafeRawBufferPointer(rebasing: bytes[5...]))
        return sum.value
    }
}
