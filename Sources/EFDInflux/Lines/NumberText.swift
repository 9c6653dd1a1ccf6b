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

/// The decimal number `digits * 10^exponent`.
struct Decimal64: Equatable {
    var digits: UInt64
    var exponent: Int
}

/// The shortest decimal that reads back as the same binary number, nearest to it if several are equally short.
///
/// Raffaello Giulietti's algorithm ("The Schubfach way to render doubles", 2020) in the form of Alexander Bolz'
/// Drachennest. Formatting is nine tenths of the cost of a line, and this is a quarter faster than libstdc++'s
/// `to_chars`, three times faster than `Double.description`, which also returns a `String`: hence own code.
enum ShortestDecimal {
    /// Requires a finite number other than zero; ignores the sign. `powers`: `PowersOfTen.table`.
    @inline(__always)
    static func of(_ value: Double, _ powers: UnsafePointer<PowersOfTen.Power>) -> Decimal64 {
        let fraction = value.significandBitPattern
        let biased = Int(truncatingIfNeeded: value.exponentBitPattern)
        return biased == 0
            ? of(fraction, -1074, false, powers)
            : of(fraction | 1 << 52, biased &- 1075, fraction == 0 && biased > 1, powers)
    }

    /// Requires a finite number other than zero; ignores the sign. The digits distinguish it only from other `Float`s:
    /// 0.1, not 0.10000000149011612.
    @inline(__always)
    static func of(_ value: Float, _ powers: UnsafePointer<PowersOfTen.Power>) -> Decimal64 {
        let fraction = UInt64(value.significandBitPattern)
        let biased = Int(truncatingIfNeeded: value.exponentBitPattern)
        return biased == 0
            ? of(fraction, -149, false, powers)
            : of(fraction | 1 << 23, biased &- 150, fraction == 0 && biased > 1, powers)
    }

    /// The decimal of `c * 2^q`, whose lower neighbour is half as far as the upper if `isPowerOf2`.
    ///
    /// No sum or product here can overflow: `c` has 53 bits, `q` lies between -1074 and 971.
    @inline(__always)
    private static func of(_ c: UInt64, _ q: Int, _ isPowerOf2: Bool, _ powers: UnsafePointer<PowersOfTen.Power>)
        -> Decimal64
    {
        if q <= 0 && q > -53 && c & (1 &<< UInt64(truncatingIfNeeded: 0 &- q) &- 1) == 0 {
            return Decimal64(digits: c &>> UInt64(truncatingIfNeeded: 0 &- q), exponent: 0)
        }
        // floor(log10(2^q)), or of 3/4 of it; then floor(log2(10^-k)).
        let k = (q &* 1_262_611 &- (isPowerOf2 ? 524_031 : 0)) &>> 22
        let h = UInt64(truncatingIfNeeded: q &+ (0 &- k &* 1_741_647) &>> 19 &+ 1)
        let power = powers[0 &- k &- PowersOfTen.lowest]
        let below = roundedToOdd(power, (4 &* c &- (isPowerOf2 ? 1 : 2)) &<< h)
        let here = roundedToOdd(power, (4 &* c) &<< h)
        let above = roundedToOdd(power, (4 &* c &+ 2) &<< h)
        // The ends of the interval read back as this number only if its last bit is even.
        let lower = below &+ (c & 1)
        let upper = above &- (c & 1)
        let s = here / 4
        if s >= 10 {
            let tens = s / 10
            let downFits = lower <= 40 &* tens
            let upFits = 40 &* tens &+ 40 <= upper
            if downFits != upFits { return Decimal64(digits: tens &+ (upFits ? 1 : 0), exponent: k &+ 1) }
        }
        let downFits = lower <= 4 &* s
        let upFits = 4 &* s &+ 4 <= upper
        if downFits != upFits { return Decimal64(digits: s &+ (upFits ? 1 : 0), exponent: k) }
        let middle = 4 &* s &+ 2
        let roundsUp = here > middle || (here == middle && s & 1 == 1)
        return Decimal64(digits: s &+ (roundsUp ? 1 : 0), exponent: k)
    }

    /// The upper 64 bits of `power * factor / 2^64`, with the last bit set if any lower bit is.
    @inline(__always)
    private static func roundedToOdd(_ power: PowersOfTen.Power, _ factor: UInt64) -> UInt64 {
        let low = power.low.multipliedFullWidth(by: factor)
        let high = power.high.multipliedFullWidth(by: factor)
        let (middle, carry) = high.low.addingReportingOverflow(low.high)
        return (high.high &+ (carry ? 1 : 0)) | (middle > 1 ? 1 : 0)
    }
}
