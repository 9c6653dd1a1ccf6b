import EFDSAL
import EFDTestKit

/// A struct with every type as scalar and array, and texts of both kinds.
enum EveryType {
    static let component = "Probe"

    static func definition(_ name: String, keys: [String]) -> IDLStruct {
        let types: [(String, IDLType)] = [
            ("flag", .boolean), ("small", .octet), ("letter", .char), ("whole", .int16), ("bits", .uint16),
            ("count", .int32), ("mask", .uint32),
            ("large", .int64), ("huge", .uint64), ("single", .float), ("real", .double), ("word", .string(bound: 20)),
            ("words", .string(bound: nil)),
        ]
        let index = [IDLField("salIndex", .int32), IDLField("name", .string(bound: 40))]
        return IDLStruct(
            name, keys: keys,
            index + types.map { IDLField($0, $1) } + types.map { IDLField("\($0)Array", $1, 3) } + [
                IDLField("last", .double)
            ])
    }

    /// `isPlain`: characters below 128 only, as some publishers need them.
    static func samples(_ definition: IDLStruct, count: Int, seed: UInt64, isPlain: Bool = false) -> [[SALValue]] {
        var random = SampleValues(seed: seed)
        return (0..<count).map { number in
            definition.fields.map { field in
                switch (field.name, random.value(of: field)) {
                case ("salIndex", _): .integer(Int64(number % 3))
                case (_, .integer(let value)) where isPlain && field.type == .char: .integer(value & 127)
                case (_, .integers(let values)) where isPlain && field.type == .char: .integers(values.map { $0 & 127 })
                case (_, let value): value
                }
            }
        }
    }
}
