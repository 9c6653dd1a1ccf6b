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
