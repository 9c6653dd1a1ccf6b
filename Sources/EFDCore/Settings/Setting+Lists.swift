// Settings of several values. Repeatable; one text may also have several, separated by commas.

extension Setting where Value == [String] {
    public static func list(_ name: String, _ placeholder: String, default text: String? = nil, help: String) -> Setting
    {
        of(.text, name, placeholder, default: text, help: help) { _ in nil }
    }

    /// `http://…` or `https://…` each.
    public static func urls(_ name: String, default text: String? = nil, help: String) -> Setting {
        of(.url, name, "URL[,…]", default: text, help: help) { text in
            text.hasPrefix("http://") || text.hasPrefix("https://") ? nil : ValueRefusal(value: text)
        }
    }

    /// Servers to connect to: `HOST:PORT`, `HOST` alone, or with Kafka's protocol before it (`SSL://HOST:PORT`).
    public static func servers(_ name: String, default text: String? = nil, help: String) -> Setting {
        of(.server, name, "HOST:PORT[,…]", default: text, help: help, refusal: serverRefusal)
    }

    private static func of(
        _ kind: SettingKind, _ name: String, _ placeholder: String, default text: String?, help: String,
        refusal: @escaping @Sendable (String) -> ValueRefusal?
    ) -> Setting {
        let spec = SettingSpec(name, .list(of: kind), placeholder, default: text, help: help) {
            (texts) throws(ValueRefusal) in
            let values = texts.flatMap { $0.split(separator: ",") }.map(\.trimmed).filter { !$0.isEmpty }
            for value in values { if let refusal = refusal(value) { throw refusal } }
            return values
        }
        return Setting(spec)
    }
}

/// Kafka's names of security protocols, which may precede a server.
private let protocols: Set<String> = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]

@Sendable
private func serverRefusal(_ text: String) -> ValueRefusal? {
    var rest = text[...]
    if let mark = text.firstRange(of: "://") {
        let scheme = String(text[..<mark.lowerBound])
        guard protocols.contains(scheme.uppercased()) else {
            return ValueRefusal(value: text, detail: "brokers do not speak \(scheme)")
        }
        rest = text[mark.upperBound...]
    }
    let isV6 = rest.hasPrefix("[")
    let hasPort = isV6 ? !rest.hasSuffix("]") : rest.contains(":")
    guard let server = HostPort(hasPort ? String(rest) : "\(rest):9092"), server.port > 0, !server.host.isEmpty,
        !server.host.contains(where: { $0.isWhitespace || "/@".contains($0) })
    else { return ValueRefusal(value: text) }
    return nil
}

extension Setting where Value == [KeyValue] {
    /// Repeatable `KEY=VALUE`; in the file a mapping; one text may have several, one per line or separated by `;`.
    public static func pairs(_ name: String, help: String) -> Setting {
        let spec = SettingSpec(name, .list(of: .keyValue), "KEY=VALUE", default: nil, help: help) {
            (texts) throws(ValueRefusal) in
            var pairs: [KeyValue] = []
            for text in texts {
                guard let at = text.firstIndex(of: "="), at != text.startIndex else { throw ValueRefusal(value: text) }
                pairs.append(KeyValue(key: text[..<at].trimmed, value: String(text[text.index(after: at)...])))
            }
            return pairs
        }
        return Setting(spec)
    }
}
