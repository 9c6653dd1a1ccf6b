/// A YAML document of settings: scalars, sequences and mappings, each with its position.
public indirect enum YAML: Sendable, Equatable {
    /// Where a node starts; line and column count from 1.
    public struct Mark: Sendable, Equatable, CustomStringConvertible {
        public let line: Int
        public let column: Int
        public var description: String { "line \(line), column \(column)" }
    }

    public struct Entry: Sendable, Equatable {
        public let key: String
        public let mark: Mark
        public let value: YAML
    }

    /// `isPlain` distinguishes `1` from `"1"`; an empty plain scalar or `~` is null.
    case scalar(String, isPlain: Bool, Mark)
    case sequence([YAML], Mark)
    case mapping([Entry], Mark)

    public var mark: Mark {
        switch self {
        case .scalar(_, _, let mark), .sequence(_, let mark), .mapping(_, let mark): mark
        }
    }

    public var text: String? { if case .scalar(let text, _, _) = self { text } else { nil } }
    public var elements: [YAML]? { if case .sequence(let elements, _) = self { elements } else { nil } }
    public var entries: [Entry]? { if case .mapping(let entries, _) = self { entries } else { nil } }
    public var isNull: Bool {
        if case .scalar(let text, true, _) = self { text.isEmpty || text == "~" || text == "null" } else { false }
    }
    public subscript(key: String) -> YAML? { entries?.first { $0.key == key }?.value }
}
