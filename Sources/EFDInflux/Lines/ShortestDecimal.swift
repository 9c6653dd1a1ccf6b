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

/// 10^k for k from -292 to 324, each as the 128 leading bits of the exact value, rounded up.
enum PowersOfTen {
    struct Power: Equatable {
        let high: UInt64
        let low: UInt64
    }

    static let lowest = -292
    static let highest = 324

    /// Computed once, in some tens of microseconds, by exact arithmetic: nobody could review 617 pairs of constants in
    /// the source.
    nonisolated(unsafe) static let table: UnsafePointer<Power> = {
        let table = UnsafeMutablePointer<Power>.allocate(capacity: highest - lowest + 1)
        // Limbs from the least significant one. 10^324 has 1077 bits; 2^1280 / 10^292 still has 310.
        var power: [UInt64] = [1] + Array(repeating: 0, count: 17)
        for k in 0...highest {
            (table + k - lowest).initialize(to: leading(power, isCut: false))
            multiplyByTen(&power)
        }
        var inverse: [UInt64] = Array(repeating: 0, count: 20) + [1]
        for k in 1 ... -lowest {
            divideByTen(&inverse)
            (table + -k - lowest).initialize(to: leading(inverse, isCut: true))
        }
        return UnsafePointer(table)
    }()

    private static func multiplyByTen(_ limbs: inout [UInt64]) {
        var carry: UInt64 = 0
        for index in limbs.indices {
            let product = limbs[index].multipliedFullWidth(by: 10)
            let (sum, overflow) = product.low.addingReportingOverflow(carry)
            limbs[index] = sum
            carry = product.high + (overflow ? 1 : 0)
        }
    }

    private static func divideByTen(_ limbs: inout [UInt64]) {
        var rest: UInt64 = 0
        for index in limbs.indices.reversed() {
            (limbs[index], rest) = UInt64(10).dividingFullWidth((rest, limbs[index]))
        }
    }

    /// The 128 leading bits, rounded up if bits follow or the number `isCut` already.
    private static func leading(_ limbs: [UInt64], isCut: Bool) -> Power {
        let top = limbs.lastIndex { $0 != 0 } ?? 0
        func limb(_ index: Int) -> UInt64 { index >= 0 ? limbs[index] : 0 }
        let shift = UInt64(limbs[top].leadingZeroBitCount)
        func shifted(_ index: Int) -> UInt64 {
            shift == 0 ? limb(index) : limb(index) << shift | limb(index - 1) >> (64 - shift)
        }
        let (high, low) = (shifted(top), shifted(top - 1))
        let rest = shifted(top - 2) != 0 || (top >= 3 && limbs[..<(top - 2)].contains { $0 != 0 })
        guard isCut || rest else { return Power(high: high, low: low) }
        let (rounded, overflow) = low.addingReportingOverflow(1)
        return Power(high: high + (overflow ? 1 : 0), low: rounded)
    }
}
