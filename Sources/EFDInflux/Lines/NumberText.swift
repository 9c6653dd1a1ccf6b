/// Formats numbers straight into a buffer. Created once per batch with its tables, so that no number checks for their
/// lazy initialization.
struct NumberText {
    /// Bytes that every writer needs reserved; it may write beyond the length that it returns.
    static let room = 64

    private let pairs: UnsafePointer<UInt16>
    private let tens: UnsafePointer<UInt64>
    private let powers: UnsafePointer<PowersOfTen.Power>

    init() {
        pairs = Self.allPairs
        tens = Self.allTens
        powers = PowersOfTen.table
    }

    /// "00" to "99".
    nonisolated(unsafe) private static let allPairs: UnsafePointer<UInt16> = {
        let table = UnsafeMutablePointer<UInt16>.allocate(capacity: 100)
        for value in 0..<100 {
            let (tens, ones) = (UInt16(0x30 + value / 10), UInt16(0x30 + value % 10))
            (table + value).initialize(to: (tens | ones << 8).littleEndian)
        }
        return UnsafePointer(table)
    }()

    /// 10^0 to 10^19.
    nonisolated(unsafe) private static let allTens: UnsafePointer<UInt64> = {
        let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 20)
        var power: UInt64 = 1
        for index in 0..<20 {
            (table + index).initialize(to: power)
            power = power &* 10
        }
        return UnsafePointer(table)
    }()

    // MARK: Integers

    /// Writes an integer at `out`, which has `room`; returns the number of bytes.
    @inline(__always)
    func write(_ value: Int64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        guard value < 0 else { return write(UInt64(bitPattern: value), to: out) }
        out[0] = 0x2D
        return 1 + write(value.magnitude, to: out + 1)
    }

    @inline(__always)
    func write(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        if value < 10 {
            out[0] = 0x30 &+ UInt8(truncatingIfNeeded: value)
            return 1
        }
        let length = digitCount(value)
        fill(value, length, out)
        return length
    }

    /// Writes exactly `length` digits, with leading zeros.
    @inline(__always)
    private func fill(_ value: UInt64, _ length: Int, _ out: UnsafeMutablePointer<UInt8>) {
        var rest = value
        var at = length
        // Eight digits at a time in four independent chains.
        while at >= 8 {
            let upper = rest / 100_000_000
            fill8(UInt32(truncatingIfNeeded: rest &- upper &* 100_000_000), out + (at &- 8))
            rest = upper
            at &-= 8
        }
        var few = UInt32(truncatingIfNeeded: rest)
        while at >= 2 {
            let upper = few / 100
            store(few &- upper &* 100, out + (at &- 2))
            few = upper
            at &-= 2
        }
        if at == 1 { out[0] = 0x30 &+ UInt8(truncatingIfNeeded: few) }
    }

    @inline(__always)
    private func fill8(_ value: UInt32, _ out: UnsafeMutablePointer<UInt8>) {
        let upper = value / 10_000
        let lower = value &- upper &* 10_000
        let (first, third) = (upper / 100, lower / 100)
        store(first, out)
        store(upper &- first &* 100, out + 2)
        store(third, out + 4)
        store(lower &- third &* 100, out + 6)
    }

    @inline(__always)
    private func store(_ pair: UInt32, _ out: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(out).storeBytes(of: pairs[Int(truncatingIfNeeded: pair)], as: UInt16.self)
    }

    @inline(__always)
    private func digitCount(_ value: UInt64) -> Int {
        // 1233/4096 is just over log10(2).
        let guess = ((64 &- (value | 1).leadingZeroBitCount) &* 1233) &>> 12
        return guess &+ (value >= tens[guess] ? 1 : 0)
    }

    // MARK: Floating point

    /// Writes the shortest text that reads back as `value`, which is finite; returns the number of bytes. Requires
    /// `room`.
    @inline(__always)
    func write(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let start = writeSign(value.sign, out)
        let magnitude = value.magnitude
        // Most telemetry has at most four decimals: then these digits are the shortest, since a double distinguishes
        // numbers of 15 digits. The first comparison spares most others the division.
        let scaled = magnitude * 10_000
        if scaled < 1e15 {
            let nearest = UInt64(scaled + 0.5)
            let whole = Double(nearest)
            if (scaled - whole).magnitude <= scaled * 0x1p-50 && whole / 10_000 == magnitude {
                return start &+ writeTenThousandths(nearest, out + start)
            }
        }
        return start &+ write(ShortestDecimal.of(magnitude, powers), out + start)
    }

    /// As for `Double`; the digits distinguish it from other `Float`s.
    @inline(__always)
    func write(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let start = writeSign(value.sign, out)
        if value == 0 {
            out[start] = 0x30
            return start &+ 1
        }
        return start &+ write(ShortestDecimal.of(value.magnitude, powers), out + start)
    }

    @inline(__always)
    private func writeSign(_ sign: FloatingPointSign, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        out[0] = 0x2D
        return sign == .minus ? 1 : 0
    }

    @inline(__always)
    private func writeTenThousandths(_ scaled: UInt64, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        let whole = scaled / 10_000
        let fraction = UInt32(truncatingIfNeeded: scaled &- whole &* 10_000)
        let length = write(whole, to: out)
        if fraction == 0 { return length }
        out[length] = 0x2E
        let first = fraction / 100
        store(first, out + (length &+ 1))
        store(fraction &- first &* 100, out + (length &+ 3))
        var end = length &+ 5
        while out[end &- 1] == 0x30 { end &-= 1 }
        return end
    }

    /// Plain notation if the point is near the digits, else with an exponent: `1.5e-9`.
    @inline(__always)
    private func write(_ decimal: Decimal64, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        var (digits, exponent) = (decimal.digits, decimal.exponent)
        while true {
            let tenth = digits / 10
            if tenth &* 10 != digits { break }
            digits = tenth
            exponent &+= 1
        }
        let length = digitCount(digits)
        let point = length &+ exponent
        if exponent < 0 && point > 0 {
            // Makes a gap for the point: shifts the possible following digits by one.
            fill(digits, length, out)
            let fraction = UnsafeMutableRawPointer(out + point)
            let (low, high) = (
                fraction.loadUnaligned(as: SIMD16<UInt8>.self),
                fraction.loadUnaligned(fromByteOffset: 16, as: UInt8.self)
            )
            (fraction + 1).storeBytes(of: low, as: SIMD16<UInt8>.self)
            (fraction + 17).storeBytes(of: high, as: UInt8.self)
            out[point] = 0x2E
            return length &+ 1
        }
        return writeFar(digits, length, exponent, out)
    }

    /// Numbers whose point is outside their digits.
    @inline(never)
    private func writeFar(_ digits: UInt64, _ length: Int, _ exponent: Int, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        let point = length + exponent
        if exponent >= 0 && point <= 17 {
            fill(digits, length, out)
            (out + length).update(repeating: 0x30, count: exponent)
            return point
        }
        if point <= 0 && point > -5 {
            out.update(repeating: 0x30, count: 2 - point)
            out[1] = 0x2E
            fill(digits, length, out + 2 - point)
            return 2 - point + length
        }
        fill(digits, length, out + 1)
        out[0] = out[1]
        var end = 1
        if length > 1 {
            out[1] = 0x2E
            end = length + 1
        }
        out[end] = 0x65
        return end + 1 + write(Int64(point - 1), to: out + end + 1)
    }
}
