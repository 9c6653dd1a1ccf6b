/// FNV-1a with 64 bits, of Fowler, Noll and Vo: for short names whose hash decides permanently where data lies. For
/// anything longer use `XXH3`.
public enum FNV1a {
    /// The published offset basis.
    public static let offsetBasis: UInt64 = 0xcbf2_9ce4_8422_2325

    /// - Parameter basis: another offset basis gives another family of hashes.
    public static func hash(_ bytes: some Sequence<UInt8>, basis: UInt64 = offsetBasis) -> UInt64 {
        bytes.reduce(basis) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
