/// A JSON document of another system (schemas, registry answers, connector configurations), or one to send.
///
/// Members keep their order, since schema texts are compared and shown as their authors wrote them.
public indirect enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case real(Double)
    case string(String)
    case array([JSON])
    case object(Members)

    /// The members of an object in order. Lookups are linear: these objects are small.
    public struct Members: Sendable, Equatable, ExpressibleByDictionaryLiteral {
        public private(set) var entries: [(key: String, value: JSON)] = []

        public init() {}
        public init(_ entries: [(key: String, value: JSON)]) { self.entries = entries }
        /// Texts by key, in the order of the keys.
        public init(_ texts: [String: String]) {
            entries = texts.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }
        }
        public init(dictionaryLiteral elements: (String, JSON)...) { entries = elements.map { ($0, $1) } }

        public subscript(key: String) -> JSON? {
            get { entries.first { $0.key == key }?.value }
            set {
                let index = entries.firstIndex { $0.key == key }
                switch (index, newValue) {
                case (let index?, let value?): entries[index].value = value
                case (let index?, nil): entries.remove(at: index)
                case (nil, let value?): entries.append((key, value))
                case (nil, nil): break
                }
            }
        }

        public var isEmpty: Bool { entries.isEmpty }
        public var keys: [String] { entries.map(\.key) }

        public static func == (left: Members, right: Members) -> Bool {
            left.entries.count == right.entries.count
                && zip(left.entries, right.entries).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        }
    }

    public subscript(key: String) -> JSON? { members?[key] }

    public var members: Members? { if case .object(let members) = self { members } else { nil } }
    public var elements: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var isNull: Bool { self == .null }
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        default: nil
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .real(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(Members(elements.map { ($0, $1) })) }
    public init(nilLiteral: ()) { self = .null }
}
