// The kinds of settings. Each takes the name, the default, bounds where there are any, and one sentence of help.

extension Setting {
    fileprivate init(
        _ name: String, _ placeholder: String?, default text: String?, required: Bool = false, domain: String? = nil,
        help: String,
        convert: @escaping @Sendable (String) throws(EFDError) -> Value
    ) {
        var spec = SettingSpec(name, placeholder, default: text, required: required, help: help) {
            (texts) throws(EFDError) in
            try convert(texts.last ?? "")
        }
        spec.domain = domain
        self.init(spec)
    }
}

private func refused(_ message: String) -> EFDError { EFDError("settings.valueRefused", message) }

extension Setting where Value == String {
    /// Any text. Without a default it must be given.
    public static func text(_ name: String, _ placeholder: String = "TEXT", default text: String?, help: String)
        -> Setting
    {
        Setting(name, placeholder, default: text, required: text == nil, help: help) { text in text }
    }

    /// A regular expression; checked when read.
    public static func pattern(_ name: String, default text: String, help: String) -> Setting {
        Setting(name, "REGEX", default: text, help: help) { (text) throws(EFDError) in
            do { _ = try Regex(text) } catch { throw refused("'\(text)' is no regular expression") }
            return text
        }
    }

    /// `http://…` or `https://…` without a trailing slash.
    public static func url(_ name: String, default text: String?, help: String) -> Setting {
        Setting(name, "URL", default: text, required: text == nil, help: help) { (text) throws(EFDError) in
            guard text.hasPrefix("http://") || text.hasPrefix("https://"), !text.hasSuffix("://") else {
                throw refused("'\(text)' is no URL: it must begin with http:// or https://")
            }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }
}

extension Setting where Value == String? {
    /// Text that may be left out.
    public static func optional(_ name: String, _ placeholder: String = "TEXT", help: String) -> Setting {
        Setting(name, placeholder, default: nil, help: help) { text in text.isEmpty ? nil : text }
    }
}

extension Setting where Value == Int {
    public static func integer(
        _ name: String, _ placeholder: String = "N", default value: Int, in range: ClosedRange<Int>, help: String
    ) -> Setting {
        let domain = "\(range.lowerBound) to \(range.upperBound)"
        return Setting(name, placeholder, default: String(value), domain: domain, help: help) {
            (text) throws(EFDError) in
            guard let value = Int(text), range.contains(value) else {
                throw refused("'\(text)' is no whole number from \(domain)")
            }
            return value
        }
    }

    /// A size with its unit, in bytes once read: `500kB`, `64MiB`.
    public static func bytes(
        _ name: String, default text: String, from low: String = "0", to high: String = "1000GB", help: String
    ) -> Setting {
        let bounds = (Units.bytes(low) ?? 0)...(Units.bytes(high) ?? .max)
        return Setting(name, "SIZE", default: text, domain: "\(low) to \(high)", help: help) {
            (text) throws(EFDError) in
            guard let value = Units.bytes(text), bounds.contains(value) else {
                throw refused("'\(text)' is no size from \(low) to \(high), such as 500kB or 64MiB")
            }
            return value
        }
    }
}

extension Setting where Value == Double {
    /// A span of time with its unit, in seconds once read: `250ms`, `5s`, `2m`, `1h`, `30d`.
    public static func duration(
        _ name: String, default text: String, from low: String = "1ms", to high: String = "365d", help: String
    ) -> Setting {
        let bounds = (Units.seconds(low) ?? 0)...(Units.seconds(high) ?? .infinity)
        return Setting(name, "TIME", default: text, domain: "\(low) to \(high)", help: help) {
            (text) throws(EFDError) in
            guard let value = Units.seconds(text), bounds.contains(value) else {
                throw refused("'\(text)' is no time from \(low) to \(high), such as 250ms, 5s, 2m, 1h or 30d")
            }
            return value
        }
    }

    public static func number(
        _ name: String, _ placeholder: String = "X", default value: Double, in range: ClosedRange<Double>, help: String
    ) -> Setting {
        let domain = "\(range.lowerBound) to \(range.upperBound)"
        return Setting(name, placeholder, default: "\(value)", domain: domain, help: help) { (text) throws(EFDError) in
            guard let value = Double(text), range.contains(value) else {
                throw refused("'\(text)' is no number from \(domain)")
            }
            return value
        }
    }
}

extension Setting where Value == Bool {
    /// A switch: `--name`, `--no-name`; `true` or `false` elsewhere.
    public static func toggle(_ name: String, default value: Bool = false, help: String) -> Setting {
        Setting(name, nil, default: value ? "true" : "false", help: help) { (text) throws(EFDError) in
            switch text.lowercased() {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default: throw refused("'\(text)' is neither true nor false")
            }
        }
    }
}

extension Setting where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a closed set of words. `synonyms` are other spellings that are taken too.
    public static func choice(_ name: String, default value: Value, synonyms: [String: Value] = [:], help: String)
        -> Setting
    {
        let words = Value.allCases.map(\.rawValue)
        return Setting(
            name, words.joined(separator: "|"), default: value.rawValue, domain: words.joined(separator: " | "),
            help: help
        ) {
            (text) throws(EFDError) in
            guard let value = Value(rawValue: text) ?? synonyms[text] else {
                throw refused("'\(text)' is none of \(words.joined(separator: ", "))")
            }
            return value
        }
    }
}

extension Setting where Value == HostPort {
    public static func address(_ name: String, default text: String, help: String) -> Setting {
        Setting(name, "HOST:PORT", default: text, help: help) { (text) throws(EFDError) in
            guard let address = HostPort(text) else {
                throw refused("'\(text)' is no HOST:PORT with a port from 0 to 65535")
            }
            return address
        }
    }
}

extension Setting where Value == HostPort? {
    /// An address that may be left out.
    public static func address(_ name: String, help: String) -> Setting {
        Setting(name, "HOST:PORT", default: nil, help: help) { (text) throws(EFDError) in
            guard !text.isEmpty else { return nil }
            guard let address = HostPort(text) else {
                throw refused("'\(text)' is no HOST:PORT with a port from 0 to 65535")
            }
            return address
        }
    }
}

extension Setting where Value == [String] {
    /// Repeatable; one text may also hold several, separated by commas.
    public static func list(_ name: String, _ placeholder: String, default text: String? = nil, help: String) -> Setting
    {
        var spec = SettingSpec(name, placeholder, default: text, help: help) { texts in
            texts.flatMap { $0.split(separator: ",") }.map(\.trimmed).filter { !$0.isEmpty }
        }
        spec.isRepeatable = true
        return Setting(spec)
    }
}

extension Setting where Value == [KeyValue] {
    /// Repeatable `KEY=VALUE`; in the file a mapping; in the environment one a line, or separated by `;`.
    public static func pairs(_ name: String, help: String) -> Setting {
        var spec = SettingSpec(name, "KEY=VALUE", default: nil, help: help) { (texts) throws(EFDError) in
            var pairs: [KeyValue] = []
            for text in texts.flatMap({ $0.split(whereSeparator: { $0 == ";" || $0 == "\n" }) }) {
                guard let at = text.firstIndex(of: "="), at != text.startIndex else {
                    throw refused("'\(text)' is no KEY=VALUE")
                }
                pairs.append(KeyValue(key: text[..<at].trimmed, value: String(text[text.index(after: at)...])))
            }
            return pairs
        }
        spec.isRepeatable = true
        return Setting(spec)
    }
}
