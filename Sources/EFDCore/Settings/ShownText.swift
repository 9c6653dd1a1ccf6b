/// A value in printable form: references as they are, secrets as stars.
struct ShownText: Equatable {
    let text: String
    /// Whether a part is hidden, so that the text is not the value.
    let isHidden: Bool

    private static let stars = "********"

    static func of(_ texts: [String], _ spec: SettingSpec) -> [ShownText] {
        if spec.isSecret { return texts.map(secret) }
        return (spec.kind == .list(of: .keyValue) ? texts.flatMap(KeyValue.separated) : texts).map(plain)
    }

    private static func secret(_ text: String) -> ShownText {
        isOneReference(text) ? ShownText(text: text, isHidden: false) : ShownText(text: stars, isHidden: true)
    }

    /// A free `KEY=VALUE` may contain a secret too: `sasl.password=…`, and so may a URL: `http://user:password@host`.
    private static func plain(_ text: String) -> ShownText {
        if let scheme = text.firstRange(of: "://"), let at = text[scheme.upperBound...].lastIndex(of: "@") {
            let user = text[scheme.upperBound..<at].split(separator: ":", maxSplits: 1)
            if user.count == 2, isOneReference(String(user[1])) { return ShownText(text: text, isHidden: false) }
            return ShownText(text: "\(text[..<scheme.upperBound])\(stars)\(text[at...])", isHidden: true)
        }
        guard let at = text.firstIndex(of: "="), isSecretKey(text[..<at].lowercased()),
            !isOneReference(String(text[text.index(after: at)...]))
        else { return ShownText(text: text, isHidden: false) }
        return ShownText(text: "\(text[..<at])=\(stars)", isHidden: true)
    }

    private static func isSecretKey(_ key: String) -> Bool {
        ["password", "secret", "token", "key.pem", "jaas"].contains { key.contains($0) }
    }

    /// Exactly one reference such as `${env:NAME}`.
    private static func isOneReference(_ text: String) -> Bool {
        text.hasPrefix("${") && text.firstIndex(of: "}") == text.indices.last && ReferenceResolver.isReference(text)
    }
}
