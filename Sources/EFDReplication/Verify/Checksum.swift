/// A 64-bit checksum over a sequence of numbers and bytes. Not secure against a forger, whom nobody expects between two
/// sites.
///
/// Eight bytes a step are multiplied with an odd constant to 128 bits and folded: every bit of the input reaches every
/// bit of the sum.
struct Checksum {
    private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func add(_ word: UInt64) {
        let product = (value ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        // The word again, so that a factor of 0 does not wipe out what was before.
        value = (product.high ^ product.low) &+ word.byteSwapped &+ 0xA076_1D64_78BD_642F
    }

    /// The number of bytes counts too: neighbours cannot run into each other.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        add(UInt64(truncatingIfNeeded: bytes.count))
        var index = 0
        while index + 8 <= bytes.count {
            add(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        guard index < bytes.count else { return }
        var rest: UInt64 = 0
        while index < bytes.count {
            rest = rest << 8 | UInt64(bytes[index])
            index += 1
        }
        add(rest)
    }

    /// Kafka's null, which is not an empty value, has a sum of its own.
    static func of(_ bytes: UnsafeRawBufferPointer?) -> UInt64 {
        guard let bytes else { return 0 }
        var sum = Checksum()
        sum.add(bytes)
        return sum.value
    }
}
