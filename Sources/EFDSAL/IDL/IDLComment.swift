/// SAL's metadata in a comment: versions on the first line, units and descriptions after a field or a struct.
struct IDLComment {
    private let text: [UInt8]

    /// Older files have Latin-1 descriptions (`µm`, `°`), so bytes that are not UTF-8 are decoded as Latin-1.
    init(_ bytes: some Collection<UInt8>) {
        var text: [UInt8] = []
        SALText.append(bytes, to: &text)
        self.text = text
    }

    /// `SAL_VERSION=6.1.0 XML_VERSION=11.0.0`; nil if the comment has neither.
    var versions: (sal: String?, xml: String?)? {
        let sal = value(of: "SAL_VERSION=")
        let xml = value(of: "XML_VERSION=")
        return sal == nil && xml == nil ? nil : (sal, xml)
    }

    /// `@Metadata=(Units="…",Description="…")`, either part optional. A description may contain quotes and parentheses,
    /// so it extends to the last `")`.
    var metadata: (units: String?, description: String?) {
        guard let opening = text[...].firstRange(of: "@Metadata=("),
            let closing = text[opening.upperBound...].lastRange(of: "\")")
        else { return (nil, nil) }
        var rest = text[opening.upperBound..<closing.lowerBound]
        var units: String?
        if rest.removePrefix(Self.units) {
            guard let end = rest.firstRange(of: "\"," + Self.description) else {
                return (String(decoding: rest, as: UTF8.self), nil)
            }
            units = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            rest = rest[end.upperBound...]
        } else if !rest.removePrefix(Self.description) {
            return (nil, nil)
        }
        return (units, String(decoding: rest, as: UTF8.self))
    }

    private static let units = "Units=\""
    private static let description = "Description=\""

    private func value(of key: String) -> String? {
        guard let found = text[...].firstRange(of: key) else { return nil }
        let value = text[found.upperBound...].prefix { !$0.isBlank }
        return value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
    }
}

extension ArraySlice<UInt8> {
    fileprivate func firstRange(of pattern: String) -> Range<Int>? {
        indices.first { self[$0...].starts(with: pattern.utf8) }.map { $0..<$0 + pattern.utf8.count }
    }

    fileprivate func lastRange(of pattern: String) -> Range<Int>? {
        indices.last { self[$0...].starts(with: pattern.utf8) }.map { $0..<$0 + pattern.utf8.count }
    }

    fileprivate mutating func removePrefix(_ prefix: String) -> Bool {
        guard starts(with: prefix.utf8) else { return false }
        removeFirst(prefix.utf8.count)
        return true
    }
}
