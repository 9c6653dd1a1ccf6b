/// Avro's rules of schema resolution: whether data written with one schema can be read with another.
///
/// Documentation, order, namespaces and logical types do not matter.
public enum AvroCompatibility {
    /// What keeps `reader` from reading what `writer` wrote, in the order of the reader's schema; empty: nothing.
    public static func incompatibilities(reader: AvroSchema, writer: AvroSchema) -> [AvroIncompatibility] {
        var comparison = Comparison(reader: reader, writer: writer)
        comparison.compare(reader.type, writer.type, "")
        return comparison.found
    }
}

private struct Comparison {
    struct Pair: Hashable {
        let reader: String
        let writer: String
    }

    let reader: AvroSchema
    let writer: AvroSchema
    var found: [AvroIncompatibility] = []
    /// Records that are being or were compared: one within itself is compared once.
    var seen: Set<Pair> = []

    mutating func compare(_ reading: AvroType, _ writing: AvroType, _ path: String) {
        let (read, written) = (resolved(reading, in: reader), resolved(writing, in: writer))
        switch (read, written) {
        case (_, .union(let branches)):
            for branch in branches { compareBranch(read, branch, path) }
        case (.union(let branches), _):
            if !branches.contains(where: { canRead($0, written) }) {
                add(.missingUnionBranch, path, "the reader's union lacks the writer's type \(written.word)")
            }
        case (.record(let read), .record(let written)): compareRecords(read, written, path)
        case (.enumeration(let read), .enumeration(let written)):
            guard compareNames(read.fullName, read.aliases, written.fullName, path), read.defaultSymbol == nil else { return }
            let missing = written.symbols.filter { !read.symbols.contains($0) }
            if !missing.isEmpty { add(.missingEnumSymbols, "\(path)/symbols", "the reader's enum lacks \(missing.joined(separator: ", "))") }
        case (.fixed(let read), .fixed(let written)):
            guard compareNames(read.fullName, read.aliases, written.fullName, path), read.size != written.size else { return }
            add(.fixedSizeMismatch, "\(path)/size", "the reader has \(read.size) bytes, the writer \(written.size)")
        case (.array(let read), .array(let written)): compare(read, written, "\(path)/items")
        case (.map(let read), .map(let written)): compare(read, written, "\(path)/values")
        case (.primitive(let read, _), .primitive(let written, _)) where read == written || Self.promotions[read]?.contains(written) == true: break
        default: add(.typeMismatch, path, "the reader's type \(read.word) cannot read the writer's type \(written.word)")
        }
    }

    /// A branch of the writer's union: every one may occur.
    private mutating func compareBranch(_ read: AvroType, _ branch: AvroType, _ path: String) {
        if case .union(let branches) = read {
            if branches.contains(where: { canRead($0, branch) }) { return }
            add(.missingUnionBranch, path, "the reader's union lacks the writer's type \(resolved(branch, in: writer).word)")
        } else {
            compare(read, branch, path)
        }
    }

    private mutating func compareRecords(_ read: AvroRecord, _ written: AvroRecord, _ path: String) {
        guard seen.insert(Pair(reader: read.fullName, writer: written.fullName)).inserted else { return }
        guard compareNames(read.fullName, read.aliases, written.fullName, path) else { return }
        for (index, field) in read.fields.enumerated() {
            let place = "\(path)/fields/\(index)"
            let names = [field.name] + field.aliases
            if let match = names.lazy.compactMap({ name in written.fields.first { $0.name == name } }).first {
                compare(field.type, match.type, "\(place)/type")
            } else if field.defaultValue == nil {
                add(.readerFieldMissingDefaultValue, place, "the reader's field \(field.name) has no default, and the writer has no such field")
            }
        }
    }

    /// Unqualified names must be equal, or an alias of the reader's must name the writer's type.
    private mutating func compareNames(_ read: String, _ aliases: [String], _ written: String, _ path: String) -> Bool {
        if Self.simpleName(read) == Self.simpleName(written) { return true }
        // An alias without a namespace has the reader's.
        let namespace = read.lastIndex(of: ".").map { read[...$0] } ?? ""
        if aliases.contains(where: { ($0.contains(".") ? $0 : namespace + $0) == written }) { return true }
        add(.nameMismatch, "\(path)/name", "the reader's type is called \(read), the writer's \(written)")
        return false
    }

    private func canRead(_ reading: AvroType, _ writing: AvroType) -> Bool {
        var trial = self
        trial.found = []
        trial.compare(reading, writing, "")
        return trial.found.isEmpty
    }

    private func resolved(_ type: AvroType, in schema: AvroSchema) -> AvroType {
        guard case .reference(let name) = type, let definition = schema.definition(name) else { return type }
        return definition
    }

    private mutating func add(_ kind: AvroIncompatibility.Kind, _ path: String, _ detail: String) {
        found.append(AvroIncompatibility(kind: kind, path: path, detail: detail))
    }

    private static func simpleName(_ fullName: String) -> Substring { fullName.split(separator: ".").last ?? "" }

    private static let promotions: [AvroType.Primitive: Set<AvroType.Primitive>] = [
        .long: [.int], .float: [.int, .long], .double: [.int, .long, .float], .string: [.bytes], .bytes: [.string],
    ]
}
