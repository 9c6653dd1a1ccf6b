import EFDCore

/// Avro schemas.
extension EFDError.Code {
    /// The default of a field or enum is not a value of its type.
    /// Action: Correct the schema before registering it.
    static let avroDefaultInvalid = Self("avro.defaultInvalid")

    /// A topic's schema is not a record, so it has no columns.
    /// Action: Exclude the topic, or register a record.
    static let avroRecordExpected = Self("avro.recordExpected")

    /// A text is not a valid Avro schema.
    /// Action: Correct the schema at the path in the message.
    static let avroSchemaInvalid = Self("avro.schemaInvalid")

    /// A record schema flattens to more columns than the program supports.
    /// Action: Exclude the topic, or split the record.
    static let avroTooManyColumns = Self("avro.tooManyColumns")
}
