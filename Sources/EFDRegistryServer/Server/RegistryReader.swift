import EFDCore
import EFDKafka

/// Reads the schema topic from its beginning, and goes on reading: another registry may write to it.
struct RegistryReader {
    let options: RegistryServerOptions
    let store: RegistryStore
    let hooks: KafkaHooks
    let health: Health
    let stop: StopToken

    private var topic: TopicPartition { TopicPartition(options.topic, 0) }

    /// Returns when told to stop. Throws what a person must mend.
    func run() throws(EFDError) {
        var backoff = Backoff(base: 0.2, cap: 5)
        while !stop.isStopped {
            do throws(EFDError) {
                try prepareTopic()
                try follow { backoff.reset() }
            } catch {
                guard error.isRetriable || error.code == "kafka.offsetLost" else { throw error }
                hooks.log.warning("the schema topic cannot be read", error)
                health.set("schema topic", isMet: false, error.description)
                stop.wait(seconds: backoff.next())
            }
        }
    }

    private func follow(_ reading: () -> Void) throws(EFDError) {
        store.restart()
        var properties = options.kafka
        try properties.set("enable.partition.eof", "true")
        try properties.set("auto.offset.reset", "error")
        let consumer = try KafkaConsumer(properties, group: "efd-registry", hooks: hooks)
        defer { consumer.close() }
        // The end is told before the records that came with it are handed out.
        var end: Int64?
        consumer.onPartitionEnd = { _, offset in end = offset }
        try consumer.assign([PartitionOffset(topic, PartitionOffset.beginning)])
        var status = consumer.connection.status
        while !stop.isStopped {
            let batch = try consumer.poll(maxMessages: 500, waitMilliseconds: 100)
            if consumer.connection.status != status {
                status = consumer.connection.status
                tell(status)
            }
            for index in 0..<batch.count {
                let message = batch[index]
                store.take(message.offset, key: message.key.map { Array($0) }, value: message.value.map { Array($0) })
            }
            if let offset = end.take() { reachedEnd(offset) }
            if batch.count > 0 || store.isCurrent { reading() }
        }
    }

    private func reachedEnd(_ offset: Int64) {
        let isFirst = !store.isCurrent
        store.reachedEnd(offset)
        guard isFirst else { return }
        let (subjects, ids) = store.counts
        hooks.log.info(
            "the schema topic is read",
            ["topic": .text(options.topic), "subjects": .integer(subjects), "schemas": .integer(ids)])
        health.set("schema topic", isMet: true, "\(options.topic) is read to its end")
    }

    private func tell(_ status: KafkaConnection.Status) {
        switch status {
        case .connecting: break
        case .up: if store.isCurrent { health.set("schema topic", isMet: true, "\(options.topic) is read to its end") }
        case .down(let error), .refused(let error), .failed(let error):
            health.set("schema topic", isMet: false, error.description)
        }
    }

    /// The topic with one partition that keeps its records for ever, created where it is missing.
    private func prepareTopic() throws(EFDError) {
        let admin = try KafkaAdmin(options.kafka, timeout: 5, hooks: hooks)
        let description = try find(admin)
        // The embedded broker gives every topic four partitions, of which only the first is used, and never deletes by
        // age.
        guard !admin.isMockCluster else { return }
        guard description.partitions.count == 1 else {
            throw EFDError(
                "registry.topicUnfit",
                "the schema topic \(options.topic) has \(description.partitions.count) partitions: it must have one",
                remedy: "Name another topic with --topic; the order of schemas needs a single partition.")
        }
        // Without the right to ask, an operator's word must do.
        guard let policy = (try? admin.describeConfiguration(ofTopic: options.topic))?["cleanup.policy"] else { return }
        guard policy == "compact" else {
            throw EFDError(
                "registry.topicUnfit",
                "the schema topic \(options.topic) has cleanup.policy=\(policy): its schemas would be deleted by age",
                remedy:
                    "Run kafka-configs.sh --alter --entity-type topics --entity-name \(options.topic) --add-config "
                    + "cleanup.policy=compact."
            )
        }
    }

    private func find(_ admin: KafkaAdmin) throws(EFDError) -> TopicDescription {
        // To ask for one topic may create it with the broker's defaults; to list all does not.
        if let found = try admin.describeTopics().first(where: { $0.name == options.topic }) { return found }
        if !admin.isMockCluster {
            let wanted = NewTopic(
                options.topic, partitions: 1, replication: options.replication,
                configuration: ["cleanup.policy": "compact"])
            if case .failed(let error) = try admin.createTopics([wanted])[0].result { throw error }
        }
        for _ in 0..<20 {
            if let found = try admin.describe(topic: options.topic), found.partitions.allSatisfy({ $0.leader >= 0 }) {
                return found
            }
            if stop.wait(seconds: 0.1) { break }
        }
        throw EFDError(
            "kafka.topicMissing", "the schema topic \(options.topic) was created and is not there yet", recovery: .retry
        )
    }
}
