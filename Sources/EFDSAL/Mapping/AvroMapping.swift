import EFDCore

/// The mapping from IDL types to Avro types.
public enum AvroMapping: String, Sendable, CaseIterable {
    /// As salkafka: every integer is a `long`, every real number a `double`. The default, since data and queries exist.
    case wide
    /// As SAL 8: integers of up to 32 signed bits are `int`, IDL's `float` is `float`.
    case narrow

    /// Name of the Avro type of a scalar, or of an array's items.
    public func avroType(_ type: IDLType) -> String {
        switch type {
        case .boolean: "boolean"
        case .octet, .char, .int16, .uint16, .int32: self == .wide ? "long" : "int"
        case .uint32, .int64, .uint64: "long"
        case .float: self == .wide ? "double" : "float"
        case .double: "double"
        case .string: "string"
        }
    }

    private func zero(_ type: IDLType) -> JSON {
        switch type {
        case .boolean: .bool(false)
        case .float, .double: .real(0)
        case .string: .string("")
        default: .integer(0)
        }
    }
}

extension AvroMapping {
    /// The record schema of a topic: its two timestamps first, then the fields of IDL in their order, each with a
    /// default, units and description. `array_length`, `string_length` and the enumeration are attributes that Avro's
    /// readers ignore.
    /// - Throws: `sal.nameNotAvro` for a name that Avro does not allow; names from an IDL file never are.
    public func schema(of topic: SALTopic) throws(EFDError) -> JSON {
        let component = topic.component
        for name in [component, topic.salName] + topic.fields.map(\.name) where !Self.isAvroName(name) {
            throw EFDError(
                .salNameNotAvro,
                "topic \(topic.kafkaTopicName) cannot have an Avro schema: “\(name.prefix(80))” is not an Avro name",
                remedy: "Use a letter or underscore, then letters, digits and underscores.")
        }
        var record = JSON.Members([("name", .string(topic.kafkaTopicName)), ("type", "record")])
        if let version = topic.salVersion { record["sal_version"] = .string(version) }
        if let version = topic.xmlVersion { record["xml_version"] = .string(version) }
        if let description = topic.description { record["description"] = .string(description) }
        record["fields"] = .array(AddedStamp.allCases.map(field) + topic.fields.map(field))
        return .object(record)
    }

    /// Compact text of the schema, as registered.
    public func schemaText(of topic: SALTopic) throws(EFDError) -> String { try schema(of: topic).text }

    private func field(_ stamp: AddedStamp) -> JSON {
        .object([
            "name": .string(stamp.rawValue), "type": "double", "units": .string(stamp.units), "default": .real(0),
            "description": .string(stamp.description),
        ])
    }

    private func field(_ field: SALField) -> JSON {
        let definition = field.definition
        let item = JSON.string(avroType(definition.type))
        var members = JSON.Members([("name", .string(definition.name))])
        members["type"] = definition.arrayLength == nil ? item : .object(["type": "array", "items": item])
        if let units = definition.units { members["units"] = .string(units) }
        members["default"] =
            definition.arrayLength.map { .array(Array(repeating: zero(definition.type), count: $0)) }
            ?? zero(definition.type)
        if let description = definition.description { members["description"] = .string(description) }
        if let length = definition.arrayLength { members["array_length"] = .integer(Int64(length)) }
        if case .string(let bound?) = definition.type { members["string_length"] = .integer(Int64(bound)) }
        if let enumeration = field.enumeration {
            members["enumeration"] = .string(enumeration.name)
            members["enumeration_items"] = .object(
                JSON.Members(enumeration.items.map { ($0.name, .integer($0.value)) }))
        }
        return .object(members)
    }

    static func isAvroName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first.isWordStart else { return false }
        return name.utf8.allSatisfy { $0.isWordStart || $0.isDigit }
    }
}
