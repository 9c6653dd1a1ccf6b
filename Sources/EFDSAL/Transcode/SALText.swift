/// Converts DDS strings, which have no defined encoding, to the UTF-8 that Avro requires.
///
/// Well-formed UTF-8 is unchanged. Every byte that is not part of a well-formed sequence (Latin-1 text, or a character
/// cut by a bounded string) becomes the Latin-1 character of its number. So nothing is lost, Latin-1 reads as intended,
/// and the result counts the repaired bytes.
enum SALText {
    /// Copies `count` bytes to `target`, which has capacity for `2 * count`.
    @inline(__always)
    static func copy(_ source: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<UInt8>) -> (
        written: Int, repaired: Int
    ) {
        var at = 0
        let raw = UnsafeRawPointer(source)
        while at + 8 <= count, raw.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
            at += 8
        }
        while at < count, source[at] < 0x80 { at += 1 }
        target.update(from: source, count: at)
        return at == count ? (count, 0) : repair(source, count, from: at, to: target)
    }

    @inline(never)
    private static func repair(
        _ source: UnsafePointer<UInt8>, _ count: Int, from start: Int, to target: UnsafeMutablePointer<UInt8>
    ) -> (
        written: Int, repaired: Int
    ) {
        var (at, written, repaired) = (start, start, 0)
        while at < count {
            let length = sequenceLength(source + at, count - at)
            if length == 0 {
                target[written] = 0xC0 | source[at] >> 6
                target[written + 1] = 0x80 | source[at] & 0x3F
                at += 1
                written += 2
                repaired += 1
            } else {
                for offset in 0..<length { target[written + offset] = source[at + offset] }
                at += length
                written += length
            }
        }
        return (written, repaired)
    }

    /// Length of the well-formed sequence at `bytes`, 0 if there is none (Unicode 15, table 3-7).
    private static func sequenceLength(_ bytes: UnsafePointer<UInt8>, _ available: Int) -> Int {
        let first = bytes[0]
        if first < 0x80 { return 1 }
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard (0xC2...0xF4).contains(first), available >= length else { return 0 }
        let second: ClosedRange<UInt8> =
            switch first {
            case 0xE0: 0xA0...0xBF
            case 0xED: 0x80...0x9F
            case 0xF0: 0x90...0xBF
            case 0xF4: 0x80...0x8F
            default: 0x80...0xBF
            }
        guard second.contains(bytes[1]) else { return 0 }
        for offset in 2..<max(length, 2) where bytes[offset] & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// Appends `source` as well-formed UTF-8 and returns the number of repaired bytes.
    @discardableResult
    static func append(_ source: some Collection<UInt8>, to target: inout [UInt8]) -> Int {
        let bytes = Array(source)
        var repaired = 0
        target += [UInt8](unsafeUninitializedCapacity: 2 * bytes.count) { room, used in
            guard let to = room.baseAddress else { return }
            bytes.withUnsafeBufferPointer { from in (used, repaired) = copy(from.baseAddress!, from.count, to: to) }
        }
        return repaired
    }
}
