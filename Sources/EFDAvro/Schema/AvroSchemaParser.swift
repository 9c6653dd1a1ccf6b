import EFDCore

/// Parses a schema document top down, and keeps the names that it has defined.
struct AvroSchemaParser {
    private(set) var definitions: [String: AvroType] = [:]
    /// Names whose definition is being parsed: a reference to one of these is a recursive record.
    private var unfinished: Set<String> = []

    init() {}

    mutating func type(_ node: JSON, namespace: String, path: String, depth: Int) throws(EFDError) -> AvroType {
        guard depth <= AvroSchema.depthLimit else {
            throw fault(path, "the schema is nested deeper than \(AvroSchema.depthLimit)")
        }
        switch node {
        case .string(let word): return try named(word, namespace, path)
        case .array(let branches): return try union(branches, namespace, path, depth)
        case .object(let members): return try complex(members, namespace, path, depth)
        default: throw fault(path, "a type must be a word, a list or an object, not \(node.text.prefix(40))")
        }
    }

    private func named(_ word: String, _ namespace: String, _ path: String) throws(EFDError) -> AvroType {
        if let primitive = AvroType.Primitive(rawValue: word) { return .primitive(primitive, logical: nil) }
        for name in word.contains(".") ? [word] : [AvroName.join(namespace, word), word] {
            if unfinished.contains(name) { return .reference(name) }
            if let known = definitions[name] { return known }
        }
        throw fault(path, "the type '\(word)' is unknown")
    }

    private mutating func union(_ nodes: [JSON], _ namespace: String, _ path: String, _ depth: Int) throws(EFDError)
        -> AvroType
    {
        guard !nodes.isEmpty else { throw fault(path, "a union needs a branch") }
        var branches: [AvroType] = []
        var words: Set<String> = []
        for (index, node) in nodes.enumerated() {
            let branch = try type(node, namespace: namespace, path: "\(path)[\(index)]", depth: depth + 1)
            if case .union = branch { throw fault(path, "a union cannot contain a union directly") }
            guard words.insert(branch.word).inserted else {
                throw fault(path, "the union has two branches of type \(branch.word)")
            }
            branches.append(branch)
        }
        return .union(branches)
    }

    private mutating func complex(_ members: JSON.Members, _ namespace: String, _ path: String, _ depth: Int)
        throws(EFDError) -> AvroType
    {
        guard let kind = members["type"] else { throw fault(path, "the type is missing") }
        guard case .string(let word) = kind else {
            return try type(kind, namespace: namespace, path: path + ".type", depth: depth + 1)
        }
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
            if case .primitive(let primitive, _) = plain {
                return .primitive(primitive, logical: members["logicalType"]?.string)
            }
            return plain
        }
    }

    // MARK: Named types

    private mutating func record(_ members: JSON.Members, _ namespace: String, _ path: String, _ depth: Int)
        throws(EFDError) -> AvroType
    {
        let name = try name(members, namespace, path)
        guard let nodes = members["fields"]?.elements else {
            throw fault(path, "the record \(name.full) needs a list of 'fields'")
        }
        unfinished.insert(name.full)
        var fields: [AvroField] = []
        var seen: Set<String> = []
        for (index, node) in nodes.enumerated() {
            let field = try field(node, name.namespace, "\(path).fields[\(index)]", depth)
            guard seen.insert(field.name).inserted else {
                throw fault(path, "the record \(name.full) has two fields named '\(field.name)'")
            }
            fields.append(field)
        }
        unfinished.remove(name.full)
        let record = AvroRecord(
            fullName: name.full, aliases: aliases(members), doc: members["doc"]?.string, fields: fields,
            attributes: others(members, than: ["type", "name", "namespace", "fields", "doc", "aliases"]))
        // References can nest deeper than the document does.
        guard record.depth <= AvroSchema.depthLimit else {
            throw fault(path, "the record \(name.full) is nested deeper than \(AvroSchema.depthLimit)")
        }
        let type = AvroType.record(record)
        definitions[name.full] = type
        return type
    }

    private mutating func field(_ node: JSON, _ namespace: String, _ path: String, _ depth: Int) throws(EFDError)
        -> AvroField
    {
        guard let members = node.members else { throw fault(path, "a field must be an object") }
        guard let name = members["name"]?.string, AvroName.isName(name) else {
            throw fault(path, "the field's name is missing or not an Avro name")
        }
        guard let typeNode = members["type"] else { throw fault(path, "the field '\(name)' has no type") }
        return AvroField(
            name: name, type: try type(typeNode, namespace: namespace, path: "\(path)(\(name))", depth: depth + 1),
            defaultValue: members["default"],
            aliases: aliases(members), doc: members["doc"]?.string,
            attributes: others(members, than: ["name", "type", "default", "doc", "aliases", "order"]))
    }

    private mutating func enumeration(_ members: JSON.Members, _ namespace: String, _ path: String) throws(EFDError)
        -> AvroType
    {
        let name = try name(members, namespace, path)
        let symbols = members["symbols"]?.elements?.compactMap(\.string) ?? []
        guard !symbols.isEmpty, symbols.count == members["symbols"]?.elements?.count,
            symbols.allSatisfy({ AvroName.isName($0) }),
            Set(symbols).count == symbols.count
        else {
            throw fault(path, "the enum \(name.full) needs a list of different symbols that are Avro names")
        }
        let type = AvroType.enumeration(
            AvroEnumeration(
                fullName: name.full, aliases: aliases(members), symbols: symbols,
                defaultSymbol: members["default"]?.string))
        definitions[name.full] = type
        return type
    }

    private mutating func fixed(_ members: JSON.Members, _ namespace: String, _ path: String) throws(EFDError)
        -> AvroType
    {
        let name = try name(members, namespace, path)
        guard let size = members["size"]?.integer, size >= 0, size <= 1 << 24 else {
            throw fault(path, "the fixed \(name.full) needs a size from 0 to 16 MiB")
        }
        let type = AvroType.fixed(
            AvroFixed(
                fullName: name.full, aliases: aliases(members), size: Int(size), logical: members["logicalType"]?.string
            ))
        definitions[name.full] = type
        return type
    }

    /// The full name, and the namespace for nested names.
    private func name(_ members: JSON.Members, _ enclosing: String, _ path: String) throws(EFDError) -> (
        full: String, namespace: String
    ) {
        guard let name = members["name"]?.string else { throw fault(path, "the name is missing") }
        let full = name.contains(".") ? name : AvroName.join(members["namespace"]?.string ?? enclosing, name)
        guard AvroName.isFullName(full), AvroType.Primitive(rawValue: full) == nil else {
            throw fault(path, "'\(full)' is not an Avro name for a type")
        }
        guard definitions[full] == nil, !unfinished.contains(full) else {
            throw fault(path, "the name \(full) is defined twice")
        }
        return (full, AvroName.split(full).namespace)
    }

    private func aliases(_ members: JSON.Members) -> [String] {
        members["aliases"]?.elements?.compactMap(\.string) ?? []
    }

    private func others(_ members: JSON.Members, than known: Set<String>) -> JSON.Members {
        JSON.Members(members.entries.filter { !known.contains($0.key) })
    }

    private func fault(_ path: String, _ problem: String) -> EFDError {
        EFDError(.avroSchemaInvalid, "the Avro schema is invalid at \(path): \(problem)", recovery: .reject)
    }
}
