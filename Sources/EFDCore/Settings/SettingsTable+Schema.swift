extension SettingsTable {
    /// A JSON schema (draft 7, which Helm and editors read) of an object with the settings by their names, as in the
    /// file of `--config`. Unless a value is a word of a closed set, a text with a reference such as `${env:NAME}` is
    /// valid as well.
    public var jsonSchema: JSON {
        var properties = JSON.Members()
        var required: [JSON] = []
        for spec in settings where !CommonSettings.actions.contains(spec.name) {
            properties[spec.name] = spec.jsonSchema
            if spec.isRequired { required.append(.string(spec.name)) }
        }
        var schema: JSON.Members = [
            "$schema": "http://json-schema.org/draft-07/schema#", "title": .string(program),
            "description": .string(summary), "type": "object", "additionalProperties": false,
            "properties": .object(properties),
        ]
        if !required.isEmpty { schema["required"] = .array(required) }
        return .object(schema)
    }
}

extension SettingSpec {
    fileprivate var jsonSchema: JSON {
        var schema = JSON.Members([(key: "description", value: .string(help))] + kind.schema.entries)
        if let defaultText, !isSecret { schema["default"] = kind.json(defaultText) }
        // An empty text without a meaning is invalid; patterns exclude it already.
        if emptyMeaning == nil, schema["type"] == "string", schema["pattern"] == nil { schema["minLength"] = 1 }
        if isSecret { schema["writeOnly"] = true }
        return .object(schema)
    }
}

extension SettingKind {
    private static let reference = #"\$\{(env|file):[^}]+\}"#

    /// The schema of values, including references.
    fileprivate var schema: JSON.Members {
        switch self {
        case .toggle: ["type": "boolean"]
        case .integer(let range):
            [
                "type": ["integer", "string"], "minimum": .integer(Int64(range.lowerBound)),
                "maximum": .integer(Int64(range.upperBound)), "pattern": .string(Self.reference),
            ]
        case .number(let range):
            [
                "type": ["number", "string"], "minimum": .real(range.lowerBound), "maximum": .real(range.upperBound),
                "pattern": .string(Self.reference),
            ]
        case .duration: Self.texts(#"[0-9.]+ *(us|ms|s|m|h|d|w)"#)
        case .size: Self.texts(#"0|[0-9.]+ *([KMG]iB|[kKMG]?B)"#)
        case .retention: Self.texts(#"inf|[0-9.]+ *(us|ms|s|m|h|d|w)"#)
        case .choice(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
        case .url: Self.texts("https?://.+")
        case .address, .server: Self.texts(#".+"#)
        case .keyValue: Self.texts(#"[^=]+=.*"#)
        case .list(.keyValue): ["type": ["object", "array", "string"]]
        case .list(let element): ["type": ["array", "string"], "items": .object(element.schema)]
        case .text, .file, .pattern: ["type": "string"]
        }
    }

    /// Texts that match as a whole, or contain a reference.
    private static func texts(_ pattern: String) -> JSON.Members {
        ["type": "string", "pattern": .string("^(\(pattern))$|\(reference)")]
    }

    /// A default as written in a file.
    fileprivate func json(_ text: String) -> JSON {
        switch self {
        case .toggle: .bool(text == "true")
        case .integer: Int64(text).map { .integer($0) } ?? .string(text)
        case .number: Double(text).map { .real($0) } ?? .string(text)
        case .list: .array(text.split(separator: ",").map { .string(String($0)) })
        case .text, .file, .duration, .size, .retention, .choice, .pattern, .url, .address, .server, .keyValue:
            .string(text)
        }
    }
}
