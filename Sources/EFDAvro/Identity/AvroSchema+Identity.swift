import EFDCore

extension AvroSchema {
    /// The Parsing Canonical Form: only what affects reading data. Two schemas with the same form write the same bytes.
    public var canonicalForm: String { SchemaRewriter.rewrite(document, keepingAttributes: false).text }

    /// The normalized text that a registry compares: full names, attributes in a fixed order, repeated types by name.
    public var normalizedText: String { SchemaRewriter.rewrite(document, keepingAttributes: true).text }

    /// CRC-64-AVRO of the canonical form.
    public var fingerprint: UInt64 {
        var crc = SchemaFingerprint.empty
        for byte in canonicalForm.utf8 { crc = (crc >> 8) ^ SchemaFingerprint.table[Int((crc ^ UInt64(byte)) & 0xFF)] }
        return crc
    }
}

private enum SchemaFingerprint {
    static let empty: UInt64 = 0xC15D_213A_A4D7_A795
    static let table: [UInt64] = (0..<256).map { index in
        (0..<8).reduce(UInt64(index)) { crc, _ in (crc >> 1) ^ (crc & 1 == 1 ? empty : 0) }
    }
}

/// Rewrites a schema document in one of the orders that define identity. The document has been parsed: it is valid.
struct SchemaRewriter {
    let keepsAttributes: Bool
    private var defined: Set<String> = []

    static func rewrite(_ document: JSON, keepingAttributes: Bool) -> JSON {
        var rewriter = SchemaRewriter(keepsAttributes: keepingAttributes)
        return rewriter.type(document, "")
    }

    private init(keepsAttributes: Bool) { self.keepsAttributes = keepsAttributes }

    private mutating func type(_ node: JSON, _ namespace: String) -> JSON {
        switch node {
        case .string(let word): return .string(name(word, namespace))
        case .array(let branches): return .array(branches.map { type($0, namespace) })
        case .object(let members):
            guard let kind = members["type"] else { return node }
            guard case .string(let word) = kind else { return type(kind, namespace) }
            switch word {
            case "record", "error", "enum", "fixed": return named(word, members, namespace)
            case "array", "map": return container(word, members, namespace)
            default: return simple(word, members, namespace)
            }
        default: return node
        }
    }

    /// The parser's rule: first the enclosing namespace, then none.
    private func name(_ word: String, _ namespace: String) -> String {
        if AvroType.Primitive(rawValue: word) != nil || word.contains(".") { return word }
        let full = AvroName.join(namespace, word)
        return defined.contains(full) ? full : word
    }

    private func simple(_ word: String, _ members: JSON.Members, _ namespace: String) -> JSON {
        let plain = JSON.string(name(word, namespace))
        guard keepsAttributes, AvroType.Primitive(rawValue: word) != nil else { return plain }
        var made = JSON.Members()
        made["type"] = plain
        addAttributes(of: members, to: &made, otherThan: ["type"])
        return made.entries.count == 1 ? plain : .object(made)
    }

    private mutating func container(_ word: String, _ members: JSON.Members, _ namespace: String) -> JSON {
        let content = word == "array" ? "items" : "values"
        var made = JSON.Members()
        made["type"] = .string(word)
        made[content] = members[content].map { type($0, namespace) }
        addAttributes(of: members, to: &made, otherThan: ["type", content])
        return .object(made)
    }

    private mutating func named(_ word: String, _ members: JSON.Members, _ enclosing: String) -> JSON {
        let name = members["name"]?.string ?? ""
        let full = name.contains(".") ? name : AvroName.join(members["namespace"]?.string ?? enclosing, name)
        let namespace = AvroName.split(full).namespace
        defined.insert(full)
        var made = JSON.Members()
        made["name"] = .string(full)
        made["type"] = .string(word)
        made["fields"] = members["fields"]?.elements.map { .array($0.map { field($0, namespace) }) }
        made["symbols"] = members["symbols"]
        made["size"] = members["size"]
        let aliases = sortedAliases(members) { AvroName.full($0, within: namespace) }
        addAttributes(
            of: members, to: &made, otherThan: ["type", "name", "namespace", "fields", "symbols", "size"],
            aliases: aliases)
        return .object(made)
    }

    private mutating func field(_ node: JSON, _ namespace: String) -> JSON {
        guard let members = node.members else { return node }
        var made = JSON.Members()
        made["name"] = members["name"]
        made["type"] = members["type"].map { type($0, namespace) }
        guard keepsAttributes else { return .object(made) }
        // Ascending is the default.
        if let order = members["order"], order != "ascending" { made["order"] = order }
        made["doc"] = members["doc"]
        made["aliases"] = sortedAliases(members) { $0 }
        made["default"] = members["default"]
        addAttributes(of: members, to: &made, otherThan: ["name", "type", "order", "doc", "aliases", "default"])
        return .object(made)
    }

    private func sortedAliases(_ members: JSON.Members, _ full: (String) -> String) -> JSON? {
        guard let aliases = members["aliases"]?.elements, !aliases.isEmpty else { return nil }
        return .array(aliases.compactMap(\.string).map(full).sorted().map { .string($0) })
    }

    /// Logical type, doc, aliases and default first, then the attributes beyond Avro's own, by name.
    private func addAttributes(
        of members: JSON.Members, to made: inout JSON.Members, otherThan done: Set<String>, aliases: JSON? = nil
    ) {
        guard keepsAttributes else { return }
        let first = ["logicalType", "doc", "aliases", "default"].filter { !done.contains($0) }
        for key in first { made[key] = key == "aliases" ? aliases ?? members[key] : members[key] }
        let known = done.union(first)
        for entry in members.entries.filter({ !known.contains($0.key) }).sorted(by: { $0.key < $1.key }) {
            made[entry.key] = sorted(entry.value)
        }
    }

    private func sorted(_ value: JSON) -> JSON {
        switch value {
        case .array(let elements): .array(elements.map(sorted))
        case .object(let members):
            .object(JSON.Members(members.entries.sorted { $0.key < $1.key }.map { ($0.key, sorted($0.value)) }))
        default: value
        }
    }
}
