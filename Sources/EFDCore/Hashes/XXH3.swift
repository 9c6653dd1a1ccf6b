import CXXHash

/// XXH3 with 64 bits, by libxxhash: for comparison and placement in memory. For stored formats use `CRC32C`.
///
/// Not resistant to crafted input.
public enum XXH3 {
    /// The hash of `bytes`, its length included.
    ///
    /// - Parameter seed: 0 gives the published hash. Pass the hash of the preceding part to hash a sequence of parts; a
    ///   change of their order or boundaries then changes the result.
    public static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        XXH3_64bits_withSeed(bytes.baseAddress, bytes.count, seed)
    }
}
