import EFDCore

/// A 64-bit checksum over a sequence of numbers and bytes: each part's XXH3 with the previous sum as its seed.
struct Checksum {
    private(set) var value: UInt64 = 0

    mutating func add(_ word: UInt64) { withUnsafeBytes(of: word.littleEndian) { add($0) } }

    /// Includes the number of bytes: a shifted boundary changes the sum.
    mutating func add(_ bytes: UnsafeRawBufferPointer) { value = XXH3.hash(bytes, seed: value) }

    /// Kafka's null, which is not an empty value, has its own sum.
    static func of(_ bytes: UnsafeRawBufferPointer?) -> UInt64 { bytes.map { XXH3.hash($0) } ?? 0 }
}
