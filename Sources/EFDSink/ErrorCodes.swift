import EFDCore

/// Every sink.
extension EFDError.Code {
    /// A connector of that name runs already.
    /// Action: Choose another name, or stop the running connector.
    static let sinkConnectorExists = Self("sink.connectorExists")

    /// A connector's file is not a Kafka Connect configuration.
    /// Action: Write it as `{"name": "…", "config": {"setting": "value"}}`.
    static let sinkConnectorInvalid = Self("sink.connectorInvalid")

    /// No connector is given.
    /// Action: Name one or more files.
    static let sinkConnectorMissing = Self("sink.connectorMissing")

    /// No connector has that name.
    /// Action: Check the name.
    static let sinkConnectorUnknown = Self("sink.connectorUnknown")

    /// Members of the consumer group store in different destinations.
    /// Action: Give each destination its own `--group-id`, or stop the other members.
    static let sinkGroupShared = Self("sink.groupShared")

    /// A record's value is not Confluent-framed Avro of its schema.
    /// Action: See the record in the dead-letter topic; correct its producer.
    static let sinkRecordMalformed = Self("sink.recordMalformed")

    /// The record's schema is of type JSON or PROTOBUF.
    /// Action: Exclude the topic with `--exclude-regex`, or store it with a tool that reads this type.
    static let sinkSchemaNotAvro = Self("sink.schemaNotAvro")

    /// The schema registry has not answered yet.
    /// Action: None: the partition waits. If it persists, check the registry.
    static let sinkSchemaPending = Self("sink.schemaPending")

    /// The registry has no schema with the record's id.
    /// Action: Check `--registry-url`; register the schema, then replay the record from the dead-letter topic.
    static let sinkSchemaUnknown = Self("sink.schemaUnknown")

    /// A topic was deleted and created again, or lost its latest records.
    /// Action: Move the topic's stored data to another output; the sink then stores what Kafka has.
    static let sinkTopicRecreated = Self("sink.topicRecreated")

    /// A record has no value (a tombstone).
    /// Action: Exclude the topic if it is compacted.
    static let sinkValueMissing = Self("sink.valueMissing")
}
