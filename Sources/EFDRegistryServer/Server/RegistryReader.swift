import EFDCore
import EFDKafka

/// Reads the schema topic from its beginning, and follows it: another registry may write to it.
struct RegistryReader {
    let options: RegistryServerOptions
    let store: RegistryStore
    let hooks: KafkaHooks
    let health: Health
    let stop: StopToken

    private var partition: TopicPartition { TopicPartition(options.topic, 0) }

    /// Returns when `stop` stops.
    ///
    /// - Throws: faults that only a person can resolve.
    func run() throws(EFDError) {
        var backoff = Backoff(base: 0.2, cap: 5)
        while !stop.isStopped {
            do throws(EFDError) {
                try ensureTopic()
                try follow { backoff.reset() }
            } catch {
                guard error.isRetriable || error.code == .kafkaOffsetLost else { throw error }
                hooks.log.warning("the schema topic cannot be read", error)
                health.set("schema topic", isMet: false, error.description)
                stop.wait(seconds: backoff.next())
            }
        }
    }

    private func follow(_ onProgress: () -> Void) throws(EFDError) {
        store.restart()
        let reader = try TopicReader(
            options.kafka, group: "efd-registry", from: [PartitionOffset(partition, PartitionOffset.beginning)],
            seconds: 5, hooks: hooks)
        defer { reader.close() }
        var status = reader.connection.status
        while !stop.isStopped {
            let batch = try reader.poll(maxMessages: 500)
            if reader.connection.status != status {
                status = reader.connection.status
                report(status)
            }
            for index in 0..<batch.count {
                let message = batch[index]
                store.take(message.offset, key: message.key.map { Array($0) }, value: message.value.map { Array($0) })
            }
            if reader.isAtEnd { reachedEnd(reader.position(of: partition)) }
            if batch.count > 0 || store.isCurrent { onProgress() }
        }
    }

    private func reachedEnd(_ offset: Int64) {
        let isFirst = !store.isCurrent
        store.reachedEnd(offset)
        guard isFirst else { return }
        let (subjects, ids) = store.counts
        hooks.log.info(
            "the schema topic is loaded",
            ["topic": .text(options.topic), "subjects": .integer(subjects), "schemas": .integer(ids)])
        health.set("schema topic", isMet: true, "\(options.topic) is read to its end")
    }

    private func report(_ status: KafkaConnection.Status) {
        switch status {
        case .connecting: break
        case .up: if store.isCurrent { health.set("schema topic", isMet: true, "\(options.topic) is read to its end") }
        case .down(let error), .refused(let error), .failed(let error):
            health.set("schema topic", isMet: false, error.description)
        }
    }

    /// Checks that the topic has one partition and is compacted; creates it if it is missing.
    private func ensureTopic() throws(EFDError) {
        let admin = try KafkaAdmin(options.kafka, timeout: 5, hooks: hooks)
        let wanted = NewTopic(
            options.topic, partitions: 1, replication: options.replication,
            configuration: ["cleanup.policy": "compact"])
        let partitions = try admin.ensureTopics([wanted]).topics[options.topic]?.partitions.count ?? 0
        // The embedded broker gives every topic four partitions, of which only the first is used, and never deletes by
        // age.
        guard !admin.isMockCluster else { return }
        guard partitions == 1 else {
            throw EFDError(
                .registryTopicUnfit,
                "the schema topic \(options.topic) has \(partitions) partitions: it must have one",
                remedy: "Name another topic with --topic; the order of schemas needs a single partition.")
        }
        // Without permission to describe it, trust the operator.
        guard let policy = (try? admin.describeConfiguration(ofTopic: options.topic))?["cleanup.policy"] else { return }
        guard policy == "compact" else {
            throw EFDError(
                .registryTopicUnfit,
                "the schema topic \(options.topic) has cleanup.policy=\(policy): its schemas would be deleted by age",
                remedy:
                    "Run kafka-configs.sh --alter --entity-type topics --entity-name \(options.topic) --add-config "
                    + "cleanup.policy=compact."
            )
        }
    }
}
