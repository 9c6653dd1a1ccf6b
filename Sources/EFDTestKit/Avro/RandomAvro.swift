import EFDAvro
import EFDCore

/// Schemas and values from a seed: every type, nullable both ways, records within records and within themselves.
public struct RandomAvro {
    private var random: SeededGenerator
    private var nameCount = 0
    /// Named types that a later field may mention.
    private var reusable: [String] = []

    public init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    // MARK: Schemas

    public mutating func record(fields: Int = 8) -> String {
        let name = newName("R")
        let nodes = (0..<Int.random(in: 0...fields, using: &random)).map {
            #"{"name":"f\#($0)","type":\#(type(depth: 0, within: name))}"#
        }
        return
            #"{"type":"record","name":"\#(name)","namespace":"test.avro","fields":[\#(nodes.joined(separator: ","))]}"#
    }

    private mutating func newName(_ prefix: String) -> String {
        nameCount += 1
        return "\(prefix)\(nameCount)"
    }

    private mutating func type(depth: Int, within record: String, inUnion: Bool = false) -> String {
        switch Int.random(in: 0..<(depth < 3 ? 16 : 10), using: &random) {
        case 0..<8:
            return ["boolean", "int", "long", "float", "double", "string", "bytes", "string"].map { "\"\($0)\"" }
                .randomElement(using: &random)!
        case 8:
            let name = newName("E")
            reusable.append(name)
            let symbols = (0..<Int.random(in: 1...5, using: &random)).map { "\"S\($0)_\(name)\"" }
            return #"{"type":"enum","name":"\#(name)","symbols":[\#(symbols.joined(separator: ","))]}"#
        case 9:
            let name = newName("F")
            reusable.append(name)
            return #"{"type":"fixed","name":"\#(name)","size":\#(Int.random(in: 1...9, using: &random))}"#
        case 10: return #"{"type":"array","items":\#(type(depth: depth + 1, within: record))}"#
        case 11: return #"{"type":"map","values":\#(type(depth: depth + 1, within: record))}"#
        case 12:
            let name = newName("R")
            let nodes = (0..<Int.random(in: 1...4, using: &random)).map {
                #"{"name":"g\#($0)","type":\#(type(depth: depth + 1, within: name))}"#
            }
            reusable.append(name)
            return #"{"type":"record","name":"\#(name)","fields":[\#(nodes.joined(separator: ","))]}"#
        case 13 where !inUnion: return nullable(type(depth: depth + 1, within: record, inUnion: true))
        case 14 where !inUnion:
            return Bool.random(using: &random)
                ? #"["null","int","string",{"type":"array","items":"long"}]"#
                : #"["double",{"type":"map","values":"boolean"},"null"]"#
        case 15 where !inUnion:
            return Bool.random(using: &random)
                ? nullable("\"\(record)\"") : reusable.randomElement(using: &random).map { "\"\($0)\"" } ?? "\"int\""
        default: return "\"double\""
        }
    }

    private mutating func nullable(_ inner: String) -> String {
        Bool.random(using: &random) ? #"["null",\#(inner)]"# : #"[\#(inner),"null"]"#
    }

    // MARK: Values

    public mutating func value(of schema: AvroSchema) -> AvroValue { value(schema.type, schema, 0) }

    private mutating func value(_ type: AvroType, _ schema: AvroSchema, _ depth: Int) -> AvroValue {
        switch type {
        case .primitive(let primitive, _): return value(primitive)
        case .enumeration(let enumeration): return .enumeration(enumeration.symbols.randomElement(using: &random)!)
        case .fixed(let fixed): return .fixed(bytes(fixed.size))
        case .array(let items): return .array((0..<count(depth)).map { _ in value(items, schema, depth + 1) })
        case .map(let values):
            return .map((0..<count(depth)).map { .init("k\($0) \(text())", value(values, schema, depth + 1)) })
        case .union(let branches):
            // Records within themselves end.
            let null = branches.firstIndex(where: \.isNull)
            let index = depth > 5 ? null ?? 0 : Int.random(in: branches.indices, using: &random)
            return .union(index, value(branches[index], schema, depth + 1))
        case .record(let record): return .record(record.fields.map { value($0.type, schema, depth + 1) })
        case .reference(let name): return value(schema.definition(name)!, schema, depth + 1)
        }
    }

    private mutating func value(_ primitive: AvroType.Primitive) -> AvroValue {
        switch primitive {
        case .null: .null
        case .boolean: .boolean(Bool.random(using: &random))
        case .int: .int(Int32(truncatingIfNeeded: number()))
        case .long: .long(number())
        case .float: .float(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))
        case .double: .double(Bool.random(using: &random) ? Double(number()) / 8 : Double(bitPattern: random.next()))
        case .bytes: .bytes(bytes(Int.random(in: 0...20, using: &random)))
        case .string: .string(text())
        }
    }

    /// Numbers of every length that a varint can have.
    private mutating func number() -> Int64 {
        Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)
    }
    private mutating func count(_ depth: Int) -> Int {
        depth > 5 ? 0 : [0, 1, 2, 3, 9, 70].prefix(depth < 2 ? 6 : 4).randomElement(using: &random)!
    }
    private mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
    private mutating func text() -> String {
        [
            "", "a", "ok", "Summit", "telescope", "exactly sixteen.", "seventeen letters", "µm", "€ 5", "😀",
            "naïve text that is longer than a line",
            "\"\\\n\u{1}",
        ]
        .randomElement(using: &random)!
    }
}
