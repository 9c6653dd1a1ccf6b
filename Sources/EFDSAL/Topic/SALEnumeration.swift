/// An enumeration of SAL, from the constants that encode it in IDL.
public struct SALEnumeration: Sendable, Equatable {
    /// The scope of its constants.
    public enum Scope: Sendable, Equatable {
        /// One topic, by its name without `logevent_` or `command_`.
        case topic(String)
        /// The whole component.
        case shared
        /// Names of the component's indices.
        case index
    }

    public struct Item: Sendable, Equatable {
        public let name: String
        public let value: Int64
    }

    public let name: String
    public let scope: Scope
    /// In the order of the file.
    public internal(set) var items: [Item]
}

extension SALEnumeration {
    /// Parses `<scope>_<Enum>_<Item>` from each constant. The scope is the longest known one: a topic, the component
    /// itself (with or without `_shared`), `indexEnumeration`; else the part before the first underscore. Other names
    /// are not enumerations.
    static func collect(_ constants: [IDLConstant], component: String, topics: [String]) -> [SALEnumeration] {
        var prefixes: [(text: String, scope: Scope)] = [
            ("\(component)_shared_", .shared), ("\(component)_", .shared), ("indexEnumeration_", .index),
        ]
        for topic in topics {
            let plain = plainName(topic)
            prefixes.append(("\(plain)_", .topic(plain)))
            if topic != plain { prefixes.append(("\(topic)_", .topic(plain))) }
        }
        prefixes.sort { $0.text.utf8.count > $1.text.utf8.count }

        var found: [SALEnumeration] = []
        for constant in constants {
            let known = prefixes.first { constant.name.hasPrefix($0.text) }
            let words = constant.name.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
            guard let scope = known?.scope ?? words.first.map({ .topic(String($0)) }) else { continue }
            let rest = known.map { constant.name.dropFirst($0.text.count) } ?? words.last ?? ""
            guard let split = rest.firstIndex(of: "_"), split > rest.startIndex,
                rest.index(after: split) < rest.endIndex
            else { continue }
            let name = String(rest[..<split])
            let item = Item(name: String(rest[rest.index(after: split)...]), value: constant.value)
            if let index = found.lastIndex(where: { $0.name == name && $0.scope == scope }) {
                if !found[index].items.contains(where: { $0.name == item.name }) { found[index].items.append(item) }
            } else {
                found.append(SALEnumeration(name: name, scope: scope, items: [item]))
            }
        }
        return found
    }

    /// The enumeration of a field's values, if the file allows it to be found: its description contains the name of the
    /// enumeration as a word, or the field has the enumeration's name. The topic's own enumerations have priority over
    /// those of the component.
    static func of(_ field: IDLField, topic: String, among enumerations: [SALEnumeration]) -> SALEnumeration? {
        switch field.type {
        case .octet, .int16, .uint16, .int32, .uint32, .int64, .uint64: break
        case .boolean, .char, .float, .double, .string: return nil
        }
        if field.name == "salIndex" { return enumerations.first { $0.scope == .index } }
        let own = enumerations.filter { $0.scope == .topic(plainName(topic)) }
        let shared = enumerations.filter { $0.scope == .shared }
        let words = Set((field.description ?? "").split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
        return own.first { words.contains($0.name) } ?? shared.first { words.contains($0.name) }
            ?? (own + shared).first { $0.name.lowercased() == field.name.lowercased() }
    }

    static func plainName(_ topic: String) -> String {
        for prefix in ["logevent_", "command_"] where topic.hasPrefix(prefix) {
            return String(topic.dropFirst(prefix.count))
        }
        return topic
    }
}
