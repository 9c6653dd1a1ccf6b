import CRdKafka
import EFDCore

/// One property of a topic with its effective value.
public struct TopicProperty: Sendable, Equatable {
    public let name: String
    public let value: String
    /// Set for this topic, not a default of the broker or of Kafka.
    public let isOwn: Bool
}

extension KafkaAdmin {
    /// The properties of topics, in one request; omits topics that cannot be described, and secret values.
    public func describeConfigurations(ofTopics names: [String]) throws(EFDError) -> [String: [TopicProperty]] {
        guard !names.isEmpty else { return [:] }
        var resources: [OpaquePointer?] = names.map { rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0) }
        defer { for resource in resources { rd_kafka_ConfigResource_destroy(resource) } }
        let answer = try request(
            RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "describing the configuration of \(names.count) topics"
        ) { options, answers in
            rd_kafka_DescribeConfigs(handle.raw, &resources, resources.count, options, answers)
        }
        var count = 0
        var found: [String: [TopicProperty]] = [:]
        guard
            let results = rd_kafka_DescribeConfigs_result_resources(
                rd_kafka_event_DescribeConfigs_result(answer.raw), &count)
        else { return [:] }
        for index in 0..<count where rd_kafka_ConfigResource_error(results[index]) == RD_KAFKA_RESP_ERR_NO_ERROR {
            found[String(cString: rd_kafka_ConfigResource_name(results[index]))] = Self.properties(results[index])
        }
        return found
    }

    private static func properties(_ resource: OpaquePointer?) -> [TopicProperty] {
        var count = 0
        guard let entries = rd_kafka_ConfigResource_configs(resource, &count) else { return [] }
        return (0..<count).compactMap { index in
            guard let name = rd_kafka_ConfigEntry_name(entries[index]),
                let value = rd_kafka_ConfigEntry_value(entries[index])
            else { return nil }
            let isOwn = rd_kafka_ConfigEntry_source(entries[index]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG
            return TopicProperty(name: String(cString: name), value: String(cString: value), isOwn: isOwn)
        }
    }

    /// Replaces the topic's own properties by `properties`; all others get their defaults.
    public func setConfiguration(ofTopic name: String, _ properties: [String: String]) throws(EFDError) {
        var resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)
        defer { rd_kafka_ConfigResource_destroy(resource) }
        for (key, value) in properties { rd_kafka_ConfigResource_set_config(resource, key, value) }
        let attempt = "changing the configuration of topic \(name)"
        let answer = try request(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, attempt) { options, answers in
            rd_kafka_AlterConfigs(handle.raw, &resource, 1, options, answers)
        }
        var count = 0
        guard
            let results = rd_kafka_AlterConfigs_result_resources(
                rd_kafka_event_AlterConfigs_result(answer.raw), &count), count == 1
        else { return }
        let code = KafkaErrorCode(rd_kafka_ConfigResource_error(results[0]))
        let detail = rd_kafka_ConfigResource_error_string(results[0]).map { String(cString: $0) } ?? ""
        if code.isError { throw code.error(attempting: attempt, on: handle.servers, detail: detail) }
    }

    /// Increases a topic's partitions to `total`.
    public func createPartitions(ofTopic name: String, total: Int) throws(EFDError) {
        var words = [CChar](repeating: 0, count: 256)
        guard var made = rd_kafka_NewPartitions_new(name, total, &words, words.count) else {
            throw EFDError(.kafkaTopicInvalid, "topic \(name) cannot have \(total) partitions")
        }
        defer { rd_kafka_NewPartitions_destroy(made) }
        let attempt = "adding partitions to topic \(name)"
        let answer = try withUnsafeMutablePointer(to: &made) { (made) throws(EFDError) in
            try made.withMemoryRebound(to: OpaquePointer?.self, capacity: 1) { (made) throws(EFDError) in
                try request(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, attempt) { options, answers in
                    rd_kafka_CreatePartitions(handle.raw, made, 1, options, answers)
                }
            }
        }
        for (_, code, detail) in topicResults(
            rd_kafka_event_CreatePartitions_result(answer.raw), rd_kafka_CreatePartitions_result_topics)
        where code.isError {
            throw code.error(attempting: attempt, on: handle.servers, detail: detail)
        }
    }
}
