import EFDCore
import Testing

/// Published values: stored formats and placements depend on these functions.
@Suite struct HashTests {
    private func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.checksum($0) } }

    /// The check value of the CRC catalogue, and the examples of RFC 3720, B.4.
    @Test func crc32cHasTheValuesOfRFC3720() {
        #expect(crc(Array("123456789".utf8)) == 0xE306_9283)
        #expect(crc([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(crc([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(crc(Array(0..<32)) == 0x46DD_794E)
        #expect(crc((0..<32).reversed()) == 0x113F_DB5C)
        #expect(crc([]) == 0)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 16, 31]) func crc32cContinuesAfterAnyPart(_ count: Int) {
        let bytes = Array("a checksum is the same in one go or in two".utf8)
        bytes.withUnsafeBytes { raw in
            let first = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[..<count]))
            let both = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[count...]), after: first)
            #expect(both == crc(bytes))
        }
    }

    /// Landon Curt Noll's test vectors.
    @Test(arguments: [
        ("", 0xcbf2_9ce4_8422_2325 as UInt64), ("a", 0xaf63_dc4c_8601_ec8c), ("b", 0xaf63_df4c_8601_f1a5),
        ("foobar", 0x8594_4171_f739_67e8),
    ]) func fnv1aHasNollsValues(_ text: String, _ hash: UInt64) {
        #expect(FNV1a.hash(text.utf8) == hash)
    }

    /// Values of xxHash's own sanity check (xxhsum.c): lengths of each code path over its generated buffer.
    @Test(arguments: [
        (0, 0 as UInt64, 0x2D06_8005_38D3_94C2 as UInt64), (0, 0x9E37_79B1_85EB_CA8D, 0xA8A6_B918_B2F0_364A),
        (1, 0, 0xC44B_DFF4_074E_ECDB), (6, 0, 0x27B5_6A84_CD2D_7325), (12, 0, 0xA713_DAF0_DFBB_77E7),
        (24, 0, 0xA3FE_70BF_9D35_10EB), (48, 0, 0x397D_A259_ECBA_1F11), (80, 0, 0xBCDE_FBBB_2C47_C90A),
        (195, 0, 0xCD94_217E_E362_EC3A), (403, 0, 0xCDEB_804D_65C6_DEA4), (512, 0, 0x617E_4959_9013_CB6B),
    ]) func xxh3HasTheValuesOfItsSanityCheck(_ count: Int, _ seed: UInt64, _ hash: UInt64) {
        var state: UInt64 = 2_654_435_761
        let buffer = (0..<count).map { _ -> UInt8 in
            defer { state &*= 11_400_714_785_074_694_797 }
            return UInt8(state >> 56)
        }
        #expect(buffer.withUnsafeBytes { XXH3.hash($0, seed: seed) } == hash)
    }
}
