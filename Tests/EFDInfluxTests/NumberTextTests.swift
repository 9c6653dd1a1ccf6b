import EFDTestKit
import Foundation
import Testing

@testable import EFDInflux

@Suite("Numbers as text")
struct NumberTextTests {
    private func text(_ value: Double) -> String { written { NumberText().write(value, to: $0) } }
    private func text(_ value: Float) -> String { written { NumberText().write(value, to: $0) } }
    private func text(_ value: Int64) -> String { written { NumberText().write(value, to: $0) } }

    /// The bytes behind the room must stay untouched.
    private func written(_ write: (UnsafeMutablePointer<UInt8>) -> Int) -> String {
        var bytes = [UInt8](repeating: 0x2A, count: NumberText.room + 8)
        let count = bytes.withUnsafeMutableBufferPointer { write($0.baseAddress!) }
        #expect(count <= NumberText.room && bytes[NumberText.room...].allSatisfy { $0 == 0x2A })
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    @Test(
        "Doubles print shortest, plain where short",
        arguments: [
            (0, "0"), (-0.0, "-0"), (1, "1"), (1.5, "1.5"), (-2.25, "-2.25"), (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"), (100, "100"),
            (123456.7891, "123456.7891"), (1_700_000_000.25, "1700000000.25"),
            (1_700_000_000.123456, "1700000000.123456"), (1e15, "1000000000000000"),
            (1e16, "10000000000000000"), (1e17, "1e17"), (1.25e22, "1.25e22"), (.leastNonzeroMagnitude, "5e-324"),
            (2.2250738585072014e-308, "2.2250738585072014e-308"),
            (1.7976931348623157e308, "1.7976931348623157e308"), (0.00001, "0.00001"), (0.000001234, "1.234e-6"),
            (1e-6, "1e-6"), (1e-7, "1e-7"),
            (1.0 / 3, "0.3333333333333333"), (9_007_199_254_740_992, "9007199254740992"),
            (9.5367431640625e-07, "9.5367431640625e-7"), (2e22, "2e22"),
            (99999.99995, "99999.99995"), (0.00005, "0.00005"), (999_999_999_999_999.9, "999999999999999.9"),
        ] as [(Double, String)])
    func doubles(value: Double, expected: String) { #expect(text(value) == expected) }

    @Test("Floats print the digits of the float, not of the double it widens to")
    func floats() {
        #expect(text(Float(0.1)) == "0.1")
        #expect(text(Float(-16_777_216)) == "-16777216")
        #expect(text(Float.greatestFiniteMagnitude) == "3.4028235e38")
        #expect(text(Float.leastNonzeroMagnitude) == "1e-45")
        #expect(text(Float(0)) == "0")
        #expect(text(-Float(0)) == "-0")
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<30_000 {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
            guard value.isFinite else { continue }
            #expect(Float(text(value)) == value)
            #expect(significantDigits(text(value)) == significantDigits("\(value)"), "\(value)")
        }
    }

    @Test("15,000 doubles of each of eight kinds read back the same, with as many digits as Swift's own text")
    func roundTrips() {
        var generator = SeededGenerator(seed: 7)
        for index in 0..<15_000 {
            let random = Double.random(in: -1e6...1e6, using: &generator)
            let kinds = [
                Double(bitPattern: generator.next()), random, (random * 100).rounded() / 100, random.rounded(),
                (random * 1e4).rounded() / 1e4,
                Double(sign: index & 1 == 0 ? .plus : .minus, exponent: index % 2046 - 1022, significand: 1),
                Double(index) * 1e-4, 1_700_000_000 + random,
            ]
            for value in kinds where value.isFinite {
                let text = text(value)
                if Double(text)?.bitPattern != value.bitPattern
                    || significantDigits(text) != significantDigits("\(value)")
                {
                    Issue.record("\(value) was written as \(text)")
                    return
                }
            }
        }
    }

    @Test("Integers at every power of ten and two, and at the ends")
    func integers() {
        var values: [Int64] = [.min, .max, 0, -1]
        for shift in 0..<63 { values += [1 << shift, (1 << shift) - 1, -(1 << shift)] }
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            values += [power, power - 1, -power, power + 1]
        }
        for value in values { #expect(text(value) == "\(value)") }
    }

    @Test("The table of powers holds the 128 leading bits, rounded up")
    func powers() {
        func power(_ k: Int) -> PowersOfTen.Power { PowersOfTen.table[k - PowersOfTen.lowest] }
        #expect(power(0) == .init(high: 1 << 63, low: 0))
        #expect(power(1) == .init(high: 0xA000_0000_0000_0000, low: 0))
        #expect(power(-1) == .init(high: 0xCCCC_CCCC_CCCC_CCCC, low: 0xCCCC_CCCC_CCCC_CCCD))
        #expect(power(-292) == .init(high: 0xFF77_B1FC_BEBC_DC4F, low: 0x25E8_E89C_13BB_0F7B))
        #expect(power(55) == .init(high: 0xD0CF_4B50_CFE2_0765, low: 0xFFF4_B4E3_F741_CF6D))
    }

    private func significantDigits(_ text: String) -> [Character] {
        var digits = Array(text.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" })
        while digits.last == "0" { digits.removeLast() }
        return digits
    }
}
