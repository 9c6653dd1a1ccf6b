/// Avro's rules of schema resolution: whether data written with one schema can be read with another.
///
/// Documentation, order, namespaces and logical types do not matter.
public enum AvroCompatibility {
    /// The reasons why `reader` cannot read the data of `writer`, in the order of the reader's schema; empty: it can.
    public static func incompatibilities(reader: AvroSchema, writer: AvroSchema) -> [AvroIncompatibility] {
        var comparison = Comparison(reader: reader, writer: writer)
        return comparison.compare(reader.type, writer.type, "")
    }
}

/// Schemas are untrusted: a pair of records is compared once, however often it occurs, since occurrences can double at
/// every level.
private struct Comparison {
    struct Pair: Hashable {
        let reader: String
        let writer: String
    }

    let reader: AvroSchema
    let writer: AvroSchema
    private var verdicts: [Pair: [AvroIncompatibility]] = [:]
    private var depth = 0

    /// Recursive records can pair up in more ways than a thread's stack has frames for.
    private static let depthLimit = 4 * AvroSchema.depthLimit

    init(reader: AvroSchema, writer: AvroSchema) { (self.reader, self.writer) = (reader, writer) }

    mutating func compare(_ reading: AvroType, _ writing: AvroType, _ path: String) -> [AvroIncompatibility] {
        let (read, written) = (reader.resolved(reading), writer.resolved(writing))
        guard depth < Self.depthLimit else { return [typeMismatch(read, written, path)] }
        depth += 1
        defer { depth -= 1 }
        switch (read, written) {
        // Every branch of the writer's union may occur.
        case (_, .union(let branches)): return branches.flatMap { compare(read, $0, path) }
        case (.union(let branches), _):
            for branch in branches where compare(branch, written, path).isEmpty { return [] }
            return [
                AvroIncompatibility(
                    kind: .missingUnionBranch, path: path,
                    detail: "the reader's union lacks the writer's type \(written.word)")
            ]
        case (.record(let read), .record(let written)): return compareRecords(read, written, path)
        case (.enumeration(let read), .enumeration(let written)): return compareEnumerations(read, written, path)
        case (.fixed(let read), .fixed(let written)):
            let names = compareNames(read.fullName, read.aliases, written.fullName, path)
            guard names.isEmpty, read.size != written.size else { return names }
            let detail = "the reader has \(read.size) bytes, the writer \(written.size)"
            return [AvroIncompatibility(kind: .fixedSizeMismatch, path: "\(path)/size", detail: detail)]
        case (.array(let read), .array(let written)): return compare(read, written, "\(path)/items")
        case (.map(let read), .map(let written)): return compare(read, written, "\(path)/values")
        case (.primitive(let read, _), .primitive(let written, _))
        where read == written || Self.promotions[read]?.contains(written) == true: return []
        default: return [typeMismatch(read, written, path)]
        }
    }

    private mutating func compareRecords(_ read: AvroRecord, _ written: AvroRecord, _ path: String)
        -> [AvroIncompatibility]
    {
        let pair = Pair(reader: read.fullName, writer: written.fullName)
        // A recursive pair counts as compatible. A pair that occurs again needs no second reason.
        if let known = verdicts[pair] { return Array(known.prefix(1)) }
        verdicts[pair] = []
        var found = compareNames(read.fullName, read.aliases, written.fullName, path)
        if found.isEmpty {
            let writtenFields = Dictionary(written.fields.map { ($0.name, $0.type) }) { first, _ in first }
            for (index, field) in read.fields.enumerated() {
                let fieldPath = "\(path)/fields/\(index)"
                if let match = ([field.name] + field.aliases).lazy.compactMap({ writtenFields[$0] }).first {
                    found += compare(field.type, match, "\(fieldPath)/type")
                } else if field.defaultValue == nil {
                    let detail = "the reader's field \(field.name) has no default, and the writer has no such field"
                    found.append(
                        AvroIncompatibility(kind: .readerFieldMissingDefaultValue, path: fieldPath, detail: detail))
                }
            }
        }
        verdicts[pair] = found
        return found
    }

    private func compareEnumerations(_ read: AvroEnumeration, _ written: AvroEnumeration, _ path: String)
        -> [AvroIncompatibility]
    {
        let names = compareNames(read.fullName, read.aliases, written.fullName, path)
        guard names.isEmpty, read.defaultSymbol == nil else { return names }
        let known = Set(read.symbols)
        let missing = written.symbols.filter { !known.contains($0) }
        if missing.isEmpty { return [] }
        return [
            AvroIncompatibility(
                kind: .missingEnumSymbols, path: "\(path)/symbols",
                detail: "the reader's enum lacks \(missing.joined(separator: ", "))")
        ]
    }

    /// Unqualified names must be equal, or an alias of the reader's must be the name of the writer's type.
    private func compareNames(_ read: String, _ aliases: [String], _ written: String, _ path: String)
        -> [AvroIncompatibility]
    {
        let (namespace, name) = AvroName.split(read)
        if name == AvroName.split(written).name
            || aliases.contains(where: { AvroName.full($0, within: namespace) == written })
        {
            return []
        }
        return [
            AvroIncompatibility(
                kind: .nameMismatch, path: "\(path)/name",
                detail: "the reader's type is called \(read), the writer's \(written)")
        ]
    }

    private func typeMismatch(_ read: AvroType, _ written: AvroType, _ path: String) -> AvroIncompatibility {
        AvroIncompatibility(
            kind: .typeMismatch, path: path,
            detail: "the reader's type \(read.word) cannot read the writer's type \(written.word)")
    }

    private static let promotions: [AvroType.Primitive: Set<AvroType.Primitive>] = [
        .long: [.int], .float: [.int, .long], .double: [.int, .long, .float], .string: [.bytes], .bytes: [.string],
    ]
}
