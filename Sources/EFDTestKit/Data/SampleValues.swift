import EFDSAL

/// Random values of every kind that a sender may send, the awkward ones often.
public struct SampleValues {
    public var random: SeededGenerator

    public init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// One value for each field of the topic, with the time given.
    public mutating func sample(of topic: SALTopic, sndStamp: Double) -> [SALValue] {
        topic.fields.map { $0.index == topic.sndStampField ? .real(sndStamp) : value(of: $0.definition) }
    }

    public mutating func value(of field: IDLField) -> SALValue {
        guard let length = field.arrayLength else {
            switch field.type {
            case .boolean: return .boolean(.random(using: &random))
            case .float, .double: return .real(real(field.type))
            case .string(let bound): return .text(text(bound))
            default: return .integer(integer(field.type))
            }
        }
        let range = 0..<length
        switch field.type {
        case .boolean: return .booleans(range.map { _ in .random(using: &random) })
        case .float, .double: return .reals(range.map { _ in real(field.type) })
        case .string(let bound): return .texts(range.map { _ in text(bound) })
        default: return .integers(range.map { _ in integer(field.type) })
        }
    }

    private mutating func integer(_ type: IDLType) -> Int64 {
        func pick<Value: FixedWidthInteger>(_: Value.Type) -> Int64 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: Int64(truncatingIfNeeded: Value.max)
            case 1: Int64(truncatingIfNeeded: Value.min)
            case 2: Int64(Int8.random(in: 0...63, using: &random))
            default: Int64(truncatingIfNeeded: Value.random(in: .min ... .max, using: &random))
            }
        }
        switch type {
        case .octet, .char: return pick(UInt8.self)
        case .int16: return pick(Int16.self)
        case .uint16: return pick(UInt16.self)
        case .int32: return pick(Int32.self)
        case .uint32: return pick(UInt32.self)
        default: return pick(Int64.self)
        }
    }

    private mutating func real(_ type: IDLType) -> Double {
        let value =
            switch Int.random(in: 0..<6, using: &random) {
            case 0: [Double.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude].randomElement(using: &random)!
            case 1: 0.0
            default: Double.random(in: -1e6...1e6, using: &random)
            }
        return type == .float ? Double(Float(value)) : value
    }

    private mutating func text(_ bound: Int?) -> String {
        let words = [
            "", "a", "Full", "20 °C", "naïve", "温度", "🔭", "\u{1}\t\n",
            "long text that fills some more bytes than eight ",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let longer = text + words.randomElement(using: &random)!
            if longer.utf8.count <= bound ?? 400 { text = longer }
        }
        return text
    }
}
