/// Numbers as text, written straight into a buffer.
enum NumberText {
    /// No number's text is longer: sign, 17 digits, point, four zeros, exponent.
    static let longest = 32

    /// "00" to "99".
    nonisolated(unsafe) private static let pairs: UnsafePointer<UInt16> = {
        let table = UnsafeMutablePointer<UInt16>.allocate(capacity: 100)
        for value in 0..<100 {
            let (tens, ones) = (UInt16(0x30 + value / 10), UInt16(0x30 + value % 10))
            (table + value).initialize(to: (tens | ones << 8).littleEndian)
        }
        return UnsafePointer(table)
    }()

    // MARK: Integers

    /// Writes an integer at `out`, which has room for `longest` bytes; returns the number of bytes.
    @inline(__always)
    static func write(_ value: Int64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        guard value < 0 else { return write(UInt64(value), to: out) }
        out[0] = 0x2D
        return 1 + write(value.magnitude, to: out + 1)
    }

    @inline(__always)
    static func write(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        if value < 10 {
            out[0] = 0x30 &+ UInt8(truncatingIfNeeded: value)
            return 1
        }
        let length = digitCount(value)
        fill(value, length, out)
        return length
    }

    /// Writes exactly `length` digits, with zeros in front where the value has fewer.
    @inline(__always)
    private static func fill(_ value: UInt64, _ length: Int, _ out: UnsafeMutablePointer<UInt8>) {
        var rest = value
        var at = length
        while at >= 2 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            UnsafeMutableRawPointer(out + at - 2).storeBytes(of: pairs[Int(truncatingIfNeeded: pair)], as: UInt16.self)
            rest = quotient
            at -= 2
        }
        if at == 1 { out[0] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10) }
    }

    @inline(__always)
    static func digitCount(_ value: UInt64) -> Int {
        // 1233/4096 is just over log10(2).
        let guess = ((64 - (value | 1).leadingZeroBitCount) * 1233) >> 12
        return guess + (value >= tens[guess] ? 1 : 0)
    }

    nonisolated(unsafe) private static let tens: UnsafePointer<UInt64> = {
        let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 20)
        var power: UInt64 = 1
        for index in 0..<20 {
            (table + index).initialize(to: power)
            power = power &* 10
        }
        return UnsafePointer(table)
    }()

    // MARK: Floating point

    /// Writes the shortest text that reads back as `value`, which is finite; returns the number of bytes.
    @inline(__always)
    static func write(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var start = 0
        if value.sign == .minus {
            out[0] = 0x2D
            start = 1
        }
        let magnitude = value.magnitude
        // Most telemetry has at most four decimals: then these digits are the shortest, for numbers of 15 digits are told apart by a double.
        let scaled = (magnitude * 10_000).rounded()
        if scaled < 1e15 && scaled / 10_000 == magnitude { return start + writeTenThousandths(UInt64(scaled), out + start) }
        return start + write(ShortestDecimal.of(magnitude), out + start)
    }

    /// As for `Double`; the digits are those that tell it from other `Float`s.
    @inline(__always)
    static func write(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var start = 0
        if value.sign == .minus {
            out[0] = 0x2D
            start = 1
        }
        if value == 0 {
            out[start] = 0x30
            return start + 1
        }
        return start + write(ShortestDecimal.of(value.magnitude), out + start)
    }

    @inline(__always)
    private static func writeTenThousandths(_ scaled: UInt64, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: 10_000)
        let length = write(whole, to: out)
        if fraction == 0 { return length }
        out[length] = 0x2E
        fill(fraction, 4, out + length + 1)
        var end = length + 5
        while out[end - 1] == 0x30 { end -= 1 }
        return end
    }

    /// Plain where the point stands near the digits, else with an exponent: `1.5e-9`.
    @inline(never)
    private static func write(_ decimal: Decimal64, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        var (digits, exponent) = (decimal.digits, decimal.exponent)
        while digits % 10 == 0 {
            digits /= 10
            exponent += 1
        }
        let length = digitCount(digits)
        let point = length + exponent
        if exponent >= 0 && point <= 17 {
            fill(digits, length, out)
            (out + length).update(repeating: 0x30, count: exponent)
            return point
        }
        if point > 0 && point <= 17 {
            fill(digits, length, out + 1)
            out.update(from: out + 1, count: point)
            out[point] = 0x2E
            return length + 1
        }
        if point <= 0 && point > -5 {
            out.update(repeating: 0x30, count: 2 - point)
            out[1] = 0x2E
            fill(digits, length, out + 2 - point)
            return 2 - point + length
        }
        return writeScientific(digits, length, point - 1, out)
    }

    private static func writeScientific(_ digits: UInt64, _ length: Int, _ exponent: Int, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        fill(digits, length, out + 1)
        out[0] = out[1]
        var end = 1
        if length > 1 {
            out[1] = 0x2E
            end = length + 1
        }
        out[end] = 0x65
        return end + 1 + write(Int64(exponent), to: out + end + 1)
    }
}
