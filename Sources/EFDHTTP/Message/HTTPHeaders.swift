/// Header fields in their order of arrival. Names are case-insensitive.
public struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public private(set) var entries: [(name: String, value: String)] = []

    public init() {}
    public init(_ entries: [(name: String, value: String)]) { self.entries = entries }
    public init(dictionaryLiteral elements: (String, String)...) { entries = elements.map { ($0, $1) } }

    /// The first value of `name`; setting it replaces every one.
    public subscript(name: String) -> String? {
        get { entries.first { Self.same($0.name, name) }?.value }
        set {
            entries.removeAll { Self.same($0.name, name) }
            if let newValue { entries.append((name, newValue)) }
        }
    }

    public mutating func add(_ name: String, _ value: String) { entries.append((name, value)) }

    public static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        left.entries.elementsEqual(right.entries, by: ==)
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 32 : byte }
}
