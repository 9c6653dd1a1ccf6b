/// Validates UTF-8.
enum UTF8Check {
    /// Nearly all text is ASCII: eight bytes per step; the last step overlaps if the length is not a multiple of eight.
    @inline(__always)
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        let count = bytes.count
        var high: UInt64 = 0
        if count >= 8 {
            var index = 0
            while index &+ 8 < count {
                high |= (start + index).loadUnaligned(as: UInt64.self)
                index &+= 8
            }
            high |= (start + (count &- 8)).loadUnaligned(as: UInt64.self)
        } else if count >= 4 {
            high = UInt64(start.loadUnaligned(as: UInt32.self) | (start + (count &- 4)).loadUnaligned(as: UInt32.self))
        } else {
            for index in 0..<count { high |= UInt64((start + index).load(as: UInt8.self)) }
        }
        return high & 0x8080_8080_8080_8080 == 0 || isValidSlow(bytes)
    }

    @inline(never)
    private static func isValidSlow(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)) != nil
    }
}
