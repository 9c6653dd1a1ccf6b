// The kinds of settings. Each takes the name, the default, bounds if it has any, and one sentence of help.

extension Setting {
    /// A setting of one value: the last one given.
    init(
        _ name: String, _ kind: SettingKind, _ placeholder: String?, default text: String?, required: Bool = false,
        help: String,
        convert: @escaping @Sendable (String) throws(ValueRefusal) -> Value
    ) {
        let spec = SettingSpec(name, kind, placeholder, default: text, required: required, help: help) {
            (texts) throws(ValueRefusal) in
            try convert(texts.last ?? "")
        }
        self.init(spec)
    }
}

extension Setting where Value == String {
    /// Any text. Required if it has no default.
    public static func text(_ name: String, _ placeholder: String = "TEXT", default text: String?, help: String)
        -> Setting
    {
        Setting(name, .text, placeholder, default: text, required: text == nil, help: help) { text in text }
    }

    /// A path of this machine. Required if it has no default.
    public static func file(_ name: String, _ placeholder: String = "FILE", default text: String?, help: String)
        -> Setting
    {
        Setting(name, .file, placeholder, default: text, required: text == nil, help: help) { text in text }
    }

    /// `http://…` or `https://…` without a trailing slash.
    public static func url(_ name: String, default text: String?, help: String) -> Setting {
        Setting(name, .url, "URL", default: text, required: text == nil, help: help) {
            (text) throws(ValueRefusal) in
            guard isURL(text) else { throw ValueRefusal(value: text) }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }
}

private func isURL(_ text: String) -> Bool {
    (text.hasPrefix("http://") || text.hasPrefix("https://")) && !text.hasSuffix("://")
}

extension Setting where Value == String? {
    /// Optional text.
    public static func optional(_ name: String, _ placeholder: String = "TEXT", help: String) -> Setting {
        Setting(name, .text, placeholder, default: nil, help: help) { text in text.isEmpty ? nil : text }
    }

    /// An optional path.
    public static func optionalFile(_ name: String, _ placeholder: String = "FILE", help: String) -> Setting {
        Setting(name, .file, placeholder, default: nil, help: help) { text in text.isEmpty ? nil : text }
    }
}

extension Setting where Value == Int {
    public static func integer(
        _ name: String, _ placeholder: String = "N", default value: Int, in range: ClosedRange<Int>, help: String
    ) -> Setting {
        Setting(name, .integer(range), placeholder, default: String(value), help: help) {
            (text) throws(ValueRefusal) in
            guard let value = Int(text), range.contains(value) else { throw ValueRefusal(value: text) }
            return value
        }
    }

    /// A size with its unit, in bytes once read: `500kB`, `64MiB`.
    public static func bytes(
        _ name: String, default text: String, from low: String = "0", to high: String = "1000GB", help: String
    ) -> Setting {
        let bounds = (Units.bytes(low) ?? 0)...(Units.bytes(high) ?? .max)
        return Setting(name, .size(from: low, to: high), "SIZE", default: text, help: help) {
            (text) throws(ValueRefusal) in
            guard let value = Units.bytes(text), bounds.contains(value) else { throw ValueRefusal(value: text) }
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
        return Setting(name, .duration(from: low, to: high), "TIME", default: text, help: help) {
            (text) throws(ValueRefusal) in
            guard let value = Units.seconds(text), bounds.contains(value) else { throw ValueRefusal(value: text) }
            return value
        }
    }

    public static func number(
        _ name: String, _ placeholder: String = "X", default value: Double, in range: ClosedRange<Double>, help: String
    ) -> Setting {
        Setting(name, .number(range), placeholder, default: "\(value)", help: help) { (text) throws(ValueRefusal) in
            guard let value = Double(text), range.contains(value) else { throw ValueRefusal(value: text) }
            return value
        }
    }
}

extension Setting where Value == Bool {
    /// A switch: `--name`, `--no-name`; `true` or `false` elsewhere.
    public static func toggle(_ name: String, default value: Bool = false, help: String) -> Setting {
        Setting(name, .toggle, nil, default: value ? "true" : "false", help: help) { (text) throws(ValueRefusal) in
            switch text.lowercased() {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default: throw ValueRefusal(value: text)
            }
        }
    }
}

extension Setting where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a closed set of words. `synonyms` are accepted spellings of them.
    public static func choice(_ name: String, default value: Value, synonyms: [String: Value] = [:], help: String)
        -> Setting
    {
        let words = Value.allCases.map(\.rawValue)
        return Setting(
            name, .choice(words), words.joined(separator: "|"), default: value.rawValue, help: help
        ) { (text) throws(ValueRefusal) in
            guard let value = Value(rawValue: text) ?? synonyms[text] else { throw ValueRefusal(value: text) }
            return value
        }
    }
}

extension Setting where Value == HostPort {
    public static func address(_ name: String, default text: String, help: String) -> Setting {
        Setting(name, .address, "HOST:PORT", default: text, help: help) { (text) throws(ValueRefusal) in
            guard let address = HostPort(text) else { throw ValueRefusal(value: text) }
            return address
        }
    }
}

extension Setting where Value == HostPort? {
    /// An optional address.
    public static func address(_ name: String, help: String) -> Setting {
        Setting(name, .address, "HOST:PORT", default: nil, help: help) { (text) throws(ValueRefusal) in
            guard !text.isEmpty else { return nil }
            guard let address = HostPort(text) else { throw ValueRefusal(value: text) }
            return address
        }
    }
}
