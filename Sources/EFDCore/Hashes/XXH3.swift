import CXXHash

/// XXH3 with 64 bits, by libxxhash: compares and places data in memory. For stored formats use `CRC32C`.
///
/// It does not resist a forger who chooses the data.
public enum XXH3 {
    /// The hash of `bytes`, its length included.
    ///
    /// - Parameter seed: 0 gives the published hash. The hash of the parts before makes it one of a sequence of parts,
    ///   in which neither the order nor the boundaries can change unnoticed.
    public static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        XXH3_64bits_withSeed(bytes.baseAddress, bytes.count, seed)
    }
}
