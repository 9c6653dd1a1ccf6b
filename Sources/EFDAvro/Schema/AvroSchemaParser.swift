import EFDCore

/// Reads a schema document, top down, keeping the names it has met.
struct AvroSchemaParser {
    private(set) var definitions: [String: AvroType] = [:]
    /// Names whose definition is being read: a mention of one of these is a record within itself.
    private var unfinished: Set<String> = []

    init() {}

    mutating func type(_ node: JSON, namespace: String, path: String, depth: Int) throws(EFDError) -> AvroType {
        guard depth <= AvroSchema.depthLimit else { throw fault(path, "the schema is nested deeper than \(AvroSchema.depthLimit)") }
        switch node {
        case .string(let word): return try named(word, namespace, path)
        case .array(let branches): return try union(branches, namespace, path, depth)
        case .object(let members): return try complex(members, namespace, path, depth)
        default: throw fault(path, "a type must be a word, a list or an object, not \(node.text.prefix(40))")
        }
    }

    private func named(_ word: String, _ namespace: String, _ path: String) throws(EFDError) -> AvroType {
        if let primitive = AvroType.Primitive(rawValue: word) { return .primitive(primitive, logical: nil) }
        for name in word.contains(".") ? [word] : [Self.join(namespace, word), word] {
            if unfinished.contains(name) { return .reference(name) }
            if let known = definitions[name] { return known }
        }
        throw fault(path, "the type '\(word)' is unknown")
    }

    private mutating func union(_ nodes: [JSON], _ namespace: String, _ path: String, _ depth: Int) throws(EFDError) -> AvroType {
        guard !nodes.isEmpty else { throw fault(path, "a union needs a branch") }
        var branches: [AvroType] = []
        for (index, node) in nodes.enumerated() {
            let branch = try type(node, namespace: namespace, path: "\(path)[\(index)]", depth: depth + 1)
            if case .union = branch { throw fault(path, "a union cannot hold a union directly") }
            guard !branches.contains(where: { $0.word == branch.word }) else { throw fault(path, "the union has two branches of type \(branch.word)") }
            branches.append(branch)
        }
        return .union(branches)
    }

    private mutating func complex(_ members: JSON.Members, _ namespace: String, _ path: String, _ depth: Int) throws(EFDError) -> AvroType {
        guard let kind = members["type"] else { throw fault(path, "the type is missing") }
        guard case .string(let word) = kind else { return try type(kind, namespace: namespace, path: path + ".type", depth: depth + 1) }
        switch word {
        case "record", "error": return try record(members, namespace, path, depth)
        case "enum": return try enumeration(members, namespace, path)
        case "fixed": return try fixed(members, namespace, path)
        case "array":
            guard let items = members["items"] else { throw fault(path, "an array needs 'items'") }
            return .array(try type(items, namespace: namespace, path: path + ".items", depth: depth + 1))
        case "map":
            guard let values = members["values"] else { throw fault(path, "a map needs 'values'") }
            return .map(try type(values, namespace: namespace, path: path + ".values", depth: depth + 1))
        default:
            let plain = try named(word, namespace, path)
            if case .primitive(let primitive, _) = plain { return .primitive(primitive, logical: members["logicalType"]?.string) }
            return plain
        }
    }

    // MARK: Named types

    private mutating func record(_ members: JSON.Members, _ namespace: String, _ path: String, _ depth: Int) throws(EFDError) -> AvroType {
        let name = try name(members, namespace, path)
        guard let nodes = members["fields"]?.elements else { throw fault(path, "the record \(name.full) needs a list of 'fields'") }
        unfinished.insert(name.full)
        var fields: [AvroField] = []
        var seen: Set<String> = []
        for (index, node) in nodes.enumerated() {
            let field = try field(node, name.namespace, "\(path).fields[\(index)]", depth)
            guard seen.insert(field.name).inserted else { throw fault(path, "the record \(name.full) has two fields named '\(field.name)'") }
            fields.append(field)
        }
        unfinished.remove(name.full)
        let type = AvroType.record(
            AvroRecord(
                fullName: name.full, aliases: aliases(members), doc: members["doc"]?.string, fields: fields,
                attributes: others(members, than: ["type", "name", "namespace", "fields", "doc", "aliases"])))
        definitions[name.full] = type
        return type
    }

    private mutating func field(_ node: JSON, _ namespace: String, _ path: String, _ depth: Int) throws(EFDError) -> AvroField {
        guard let members = node.members else { throw fault(path, "a field must be an object") }
        guard let name = members["name"]?.string, Self.isName(name) else { throw fault(path, "the field's name is missing or no Avro name") }
        guard let typeNode = members["type"] else { throw fault(path, "the field '\(name)' has no type") }
        return AvroField(
            name: name, type: try type(typeNode, namespace: namespace, path: "\(path)(\(name))", depth: depth + 1), defaultValue: members["default"],
            aliases: aliases(members), doc: members["doc"]?.string, attributes: others(members, than: ["name", "type", "default", "doc", "aliases", "order"]))
    }

    private mutating func enumeration(_ members: JSON.Members, _ namespace: String, _ path: String) throws(EFDError) -> AvroType {
        let name = try name(members, namespace, path)
        let symbols = members["symbols"]?.elements?.compactMap(\.string) ?? []
        guard !symbols.isEmpty, symbols.count == members["symbols"]?.elements?.count, symbols.allSatisfy(Self.isName), Set(symbols).count == symbols.count
        else {
            throw fault(path, "the enum \(name.full) needs a list of different symbols that are Avro names")
        }
        let type = AvroType.enumeration(
            AvroEnumeration(fullName: name.full, aliases: aliases(members), symbols: symbols, defaultSymbol: members["default"]?.string))
        definitions[name.full] = type
        return type
    }

    private mutating func fixed(_ members: JSON.Members, _ namespace: String, _ path: String) throws(EFDError) -> AvroType {
        let name = try name(members, namespace, path)
        guard let size = members["size"]?.integer, size >= 0, size <= 1 << 24 else { throw fault(path, "the fixed \(name.full) needs a size from 0 to 16 MiB") }
        let type = AvroType.fixed(
            AvroFixed(fullName: name.full, aliases: aliases(members), size: Int(size), logical: members["logicalType"]?.string))
        definitions[name.full] = type
        return type
    }

    /// The full name, and the namespace for names within.
    private func name(_ members: JSON.Members, _ enclosing: String, _ path: String) throws(EFDError) -> (full: String, namespace: String) {
        guard let name = members["name"]?.string, name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ Self.isName(String($0)) }) else {
            throw fault(path, "the name is missing or no Avro name")
        }
        let full = name.contains(".") ? name : Self.join(members["namespace"]?.string ?? enclosing, name)
        guard definitions[full] == nil, !unfinished.contains(full) else { throw fault(path, "the name \(full) is defined twice") }
        return (full, full.lastIndex(of: ".").map { String(full[..<$0]) } ?? "")
    }

    private func aliases(_ members: JSON.Members) -> [String] { members["aliases"]?.elements?.compactMap(\.string) ?? [] }

    private func others(_ members: JSON.Members, than known: Set<String>) -> JSON.Members { JSON.Members(members.entries.filter { !known.contains($0.key) }) }

    private func fault(_ path: String, _ problem: String) -> EFDError {
        EFDError("avro.schemaInvalid", "the Avro schema is wrong at \(path): \(problem)", recovery: .reject)
    }

    static func join(_ namespace: String, _ name: String) -> String { namespace.isEmpty ? name : "\(namespace).\(name)" }

    /// A letter or underscore, then letters, digits and underscores (Avro 1.11, Names).
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first == 0x5F || isLetter(first) else { return false }
        return text.utf8.allSatisfy { $0 == 0x5F || isLetter($0) || (0x30...0x39).contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
}
