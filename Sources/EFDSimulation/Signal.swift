import EFDSAL
import Glibc

/// Seeded random numbers (SplitMix64).
struct SignalGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
}

/// How one public field varies over time: a sine with noise for numbers, steps for states, phrases for texts.
struct Signal: Sendable {
    private let field: SALField
    private let nanFraction: Double
    private let offset: Double
    private let amplitude: Double
    private let hertz: Double
    private let phase: Double

    /// Texts that are difficult downstream: quotes, separators, other scripts.
    private static let phrases = [
        "ok", "moving to target", "limit \"soft\" reached", "a=1,b=2", "path\\to\\file", "größer als 5 µm", "見本", "",
        "two  blanks ", "end of list;",
    ]

    init(_ field: SALField, nanFraction: Double, generator: inout SignalGenerator) {
        self.field = field
        self.nanFraction = nanFraction
        offset = generator.unit() * 40 - 10
        amplitude = 1 + generator.unit() * 30
        hertz = 0.01 + generator.unit() * 0.5
        phase = generator.unit() * 2 * .pi
    }

    /// The value at `time`, in seconds since the start.
    func value(at time: Double, generator: inout SignalGenerator) -> SALValue {
        guard let length = field.definition.arrayLength else {
            switch field.definition.type {
            case .boolean: return .boolean(boolean(time, 0))
            case .float, .double: return .real(real(time, 0, &generator))
            case .string(let bound): return .text(text(time, 0, bound))
            default: return .integer(integer(time, 0, &generator))
            }
        }
        switch field.definition.type {
        case .boolean: return .booleans((0..<length).map { boolean(time, $0) })
        case .float, .double: return .reals((0..<length).map { real(time, $0, &generator) })
        case .string(let bound): return .texts((0..<length).map { text(time, $0, bound) })
        default: return .integers((0..<length).map { integer(time, $0, &generator) })
        }
    }

    private func wave(_ time: Double, _ element: Int) -> Double {
        sin(2 * .pi * hertz * time + phase + Double(element) * 0.3)
    }

    private func boolean(_ time: Double, _ element: Int) -> Bool { wave(time, element) > 0 }

    private func real(_ time: Double, _ element: Int, _ generator: inout SignalGenerator) -> Double {
        if nanFraction > 0, generator.unit() < nanFraction { return .nan }
        return offset + amplitude * wave(time, element) + amplitude * 0.01 * (generator.unit() - 0.5)
    }

    private func integer(_ time: Double, _ element: Int, _ generator: inout SignalGenerator) -> Int64 {
        if let items = field.enumeration?.items, !items.isEmpty {
            return clamped(Double(items[Int(time / 3 + phase) % items.count].value))
        }
        return clamped(offset + amplitude * wave(time, element))
    }

    private func clamped(_ value: Double) -> Int64 {
        switch field.definition.type {
        case .octet, .char: Int64(max(0, min(255, value)))
        case .int16: Int64(max(-32_768, min(32_767, value)))
        case .uint16: Int64(max(0, min(65_535, value)))
        case .int32: Int64(max(-2_147_483_648, min(2_147_483_647, value * 1000)))
        case .uint32, .uint64: Int64(max(0, min(4_294_967_295, value * 1000)))
        default: Int64(value * 1_000_000)
        }
    }

    private func text(_ time: Double, _ element: Int, _ bound: Int?) -> String {
        var text = Self.phrases[(Int(time * hertz + phase * 10) + element) % Self.phrases.count]
        while text.utf8.count > bound ?? .max { text.removeLast() }
        return text
    }
}
