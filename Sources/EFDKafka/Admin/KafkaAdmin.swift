import CRdKafka
import EFDCore

/// Creates, describes and deletes topics. Every call waits for the cluster's answer; thread-safe.
public final class KafkaAdmin: Sendable {
    let handle: ClientHandle
    let timeoutMilliseconds: Int32
    private let properties: KafkaProperties
    private let offsetReader = Locked<ClientHandle?>(nil)

    /// - Parameter timeout: seconds that each call waits for an answer.
    public init(_ properties: KafkaProperties, timeout: Double = 30, hooks: KafkaHooks = KafkaHooks()) throws(EFDError)
    {
        handle = try ClientHandle(.admin, properties, hooks: hooks)
        self.properties = properties
        timeoutMilliseconds = Int32(clamping: Int(timeout * 1000))
    }

    public var connection: KafkaConnection { handle.observer.connection }

    /// The client that reads committed offsets, made when it is first needed.
    ///
    /// When a coordinator answers that it no longer is one, librdkafka refreshes the coordinator of the client's own
    /// group, and a client without a group crashes there (issue 5040; seen in 2.0.2, open in 2.10). So this one names
    /// a group, which it never joins: the first that is asked for, since those rights are there.
    func offsetReader(of group: String) throws(EFDError) -> ClientHandle {
        try offsetReader.withLock { (known) throws(EFDError) in
            if let known { return known }
            let made = try ClientHandle(
                .offsetReader, properties, fixed: [("group.id", group)], observer: handle.observer)
            known = made
            return made
        }
    }

    /// Whether this is librdkafka's mock cluster, which does not support requests to create topics or to describe
    /// configurations.
    ///
    /// Also false while no broker has answered.
    public var isMockCluster: Bool { clusterID?.hasPrefix("mockCluster") ?? false }

    /// The cluster's id; nil while no broker has answered.
    public var clusterID: String? {
        guard let id = rd_kafka_clusterid(handle.raw, timeoutMilliseconds) else { return nil }
        defer { rd_kafka_mem_free(handle.raw, id) }
        return String(cString: id)
    }

    /// Creates topics in one request. The answers are in the given order. Brokers learn of a new topic a moment later;
    /// producers wait for it.
    ///
    /// - Throws: if the cluster gave no answer; the error of one topic is that topic's result.
    public func createTopics(_ topics: [NewTopic]) throws(EFDError) -> [(name: String, result: TopicCreation)] {
        guard !topics.isEmpty else { return [] }
        let attempt = topics.count == 1 ? "creating topic \(topics[0].name)" : "creating \(topics.count) topics"
        guard let clusterID else { throw KafkaErrorCode.timedOut.error(attempting: attempt, on: handle.servers) }
        if clusterID.hasPrefix("mockCluster") { return try ask(for: topics) }
        var made: [OpaquePointer?] = []
        defer { for topic in made { rd_kafka_NewTopic_destroy(topic) } }
        for topic in topics { made.append(try newTopic(topic)) }
        let answer = try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, attempt) { options, answers in
            rd_kafka_CreateTopics(handle.raw, &made, made.count, options, answers)
        }
        var results: [String: TopicCreation] = [:]
        for (name, code, detail) in topicResults(
            rd_kafka_event_CreateTopics_result(answer.raw), rd_kafka_CreateTopics_result_topics)
        {
            switch code {
            case .none: results[name] = .created
            case .topicAlreadyExists: results[name] = .alreadyExists
            default:
                results[name] = .failed(
                    code.error(attempting: "creating topic \(name)", on: handle.servers, detail: detail))
            }
        }
        return topics.map { topic in
            let missing = EFDError(
                .kafkaRequestFailed,
                "Kafka at \(handle.servers): creating topic \(topic.name): the answer leaves it out", recovery: .retry)
            return (topic.name, results[topic.name] ?? .failed(missing))
        }
    }

    /// A mock cluster creates a topic, with four partitions, when it is requested.
    private func ask(for topics: [NewTopic]) throws(EFDError) -> [(name: String, result: TopicCreation)] {
        var results: [(name: String, result: TopicCreation)] = []
        for topic in topics {
            _ = try describe(topic: topic.name)
            results.append((topic.name, .created))
        }
        return results
    }

    /// Deletes topics. Succeeds for a topic that does not exist.
    public func deleteTopics(_ names: [String]) throws(EFDError) {
        guard !names.isEmpty else { return }
        var made: [OpaquePointer?] = names.map { rd_kafka_DeleteTopic_new($0) }
        defer { for topic in made { rd_kafka_DeleteTopic_destroy(topic) } }
        let answer = try request(RD_KAFKA_ADMIN_OP_DELETETOPICS, "deleting \(names.joined(separator: ", "))") {
            options, answers in
            rd_kafka_DeleteTopics(handle.raw, &made, made.count, options, answers)
        }
        for (name, code, detail) in topicResults(
            rd_kafka_event_DeleteTopics_result(answer.raw), rd_kafka_DeleteTopics_result_topics)
        where code.isError && code != .unknownTopic {
            throw code.error(attempting: "deleting topic \(name)", on: handle.servers, detail: detail)
        }
    }

    /// Permanently deletes the records before these offsets.
    public func deleteRecords(before offsets: [PartitionOffset]) throws(EFDError) {
        let attempt = "deleting records of \(offsets.map(\.partition.description).joined(separator: ", "))"
        let list = PartitionList(offsets)
        var made: OpaquePointer? = list.with { rd_kafka_DeleteRecords_new($0) }
        defer { rd_kafka_DeleteRecords_destroy(made) }
        let answer = try request(RD_KAFKA_ADMIN_OP_DELETERECORDS, attempt) { options, answers in
            rd_kafka_DeleteRecords(handle.raw, &made, 1, options, answers)
        }
        guard let results = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(answer.raw))
        else { return }
        for index in 0..<Int(results.pointee.cnt) {
            let code = KafkaErrorCode(results.pointee.elems[index].err)
            if code.isError { throw code.error(attempting: attempt, on: handle.servers) }
        }
    }

    /// The effective properties of a topic; omits values that the broker keeps secret.
    public func describeConfiguration(ofTopic name: String) throws(EFDError) -> [String: String] {
        var resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)
        defer { rd_kafka_ConfigResource_destroy(resource) }
        let attempt = "describing the configuration of topic \(name)"
        let answer = try request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, attempt) { options, answers in
            rd_kafka_DescribeConfigs(handle.raw, &resource, 1, options, answers)
        }
        var count = 0
        guard
            let resources = rd_kafka_DescribeConfigs_result_resources(
                rd_kafka_event_DescribeConfigs_result(answer.raw), &count), count == 1
        else {
            return [:]
        }
        let code = KafkaErrorCode(rd_kafka_ConfigResource_error(resources[0]))
        if code.isError { throw code.error(attempting: attempt, on: handle.servers) }
        guard let entries = rd_kafka_ConfigResource_configs(resources[0], &count) else { return [:] }
        var configuration: [String: String] = [:]
        for index in 0..<count {
            guard let name = rd_kafka_ConfigEntry_name(entries[index]),
                let value = rd_kafka_ConfigEntry_value(entries[index])
            else { continue }
            configuration[String(cString: name)] = String(cString: value)
        }
        return configuration
    }

    /// The description of a topic; nil if it does not exist.
    public func describe(topic name: String) throws(EFDError) -> TopicDescription? { try metadata(of: name).first }
    /// Every topic of the cluster.
    public func describeTopics() throws(EFDError) -> [TopicDescription] { try metadata(of: nil) }

    /// The oldest offset and the one after the newest.
    public func watermarks(_ partition: TopicPartition) throws(EFDError) -> Range<Int64> {
        var low: Int64 = 0
        var high: Int64 = 0
        let deadline = MonotonicClock.seconds() + Double(timeoutMilliseconds) / 1000
        while true {
            let code = KafkaErrorCode(
                rd_kafka_query_watermark_offsets(
                    handle.raw, partition.topic, partition.partition, &low, &high, timeoutMilliseconds))
            if !code.isError { return low..<max(low, high) }
            let error = code.error(attempting: "requesting the offsets of \(partition)", on: handle.servers)
            // A new topic may have no leader for a moment.
            guard error.isRetriable, MonotonicClock.seconds() < deadline else { throw error }
            MonotonicClock.sleep(seconds: 0.1)
        }
    }

    private func metadata(of name: String?) throws(EFDError) -> [TopicDescription] {
        let topic = name.flatMap { rd_kafka_topic_new(handle.raw, $0, nil) }
        defer { if let topic { rd_kafka_topic_destroy(topic) } }
        var found: UnsafePointer<rd_kafka_metadata>?
        let code = KafkaErrorCode(
            rd_kafka_metadata(handle.raw, topic == nil ? 1 : 0, topic, &found, timeoutMilliseconds))
        guard !code.isError, let found else {
            throw code.error(attempting: name.map { "describing topic \($0)" } ?? "listing topics", on: handle.servers)
        }
        defer { rd_kafka_metadata_destroy(found) }
        var topics: [TopicDescription] = []
        for index in 0..<Int(found.pointee.topic_cnt) {
            let entry = found.pointee.topics[index]
            let code = KafkaErrorCode(entry.err)
            if code == .unknownTopic { continue }
            let topic = String(cString: entry.topic)
            if code.isError && name != nil {
                throw code.error(attempting: "describing topic \(topic)", on: handle.servers)
            }
            topics.append(
                TopicDescription(
                    name: topic, partitions: (0..<Int(entry.partition_cnt)).map { partition(entry.partitions[$0]) }))
        }
        return topics
    }

    private func partition(_ entry: rd_kafka_metadata_partition) -> TopicDescription.Partition {
        TopicDescription.Partition(
            id: entry.id, leader: entry.leader, replicas: (0..<Int(entry.replica_cnt)).map { entry.replicas[$0] },
            inSyncReplicas: (0..<Int(entry.isr_cnt)).map { entry.isrs[$0] })
    }
}
