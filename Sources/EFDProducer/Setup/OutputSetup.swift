import EFDCore
import EFDKafka
import EFDRegistry
import EFDSAL

/// Registers the schemas and creates the topics of the samples, before the first sample.
struct OutputSetup {
    let registry: RegistryClient
    let admin: KafkaAdmin
    let context: ProgramContext

    /// The schema ids in the order of the topics. nil: the process stopped first.
    ///
    /// - Throws: errors that only a person can resolve: an incompatible schema, wrong credentials.
    func run(_ topics: [CatalogueTopic]) throws(EFDError) -> [Int32]? {
        let schemas = topics.map { SubjectSchema(subject: $0.topic.subject, text: $0.schemaText) }
        let ids = try registry.register(schemas, retrying: context.stop) { error in
            context.health.set("registry", isMet: false, error.description)
            context.log.warning("the schema registry does not answer, retrying", error)
        }
        guard let ids else { return nil }
        context.health.set("registry", isMet: true, "\(ids.count) schemas registered")
        context.log.info("schemas registered", ["count": .integer(ids.count)])
        guard context.settings[ProducerSettings.createTopics] else { return ids }
        let ensured = try admin.ensureTopics(topics.map(newTopic), retrying: context.stop) { error in
            context.health.set("topics", isMet: false, error.description)
            context.log.warning("topics cannot be created yet, retrying", error)
        }
        guard let created = ensured?.created.count else { return nil }
        context.health.set("topics", isMet: true, "\(topics.count) topics, \(created) of them created")
        context.log.info("Kafka topics exist", ["count": .integer(topics.count), "created": .integer(created)])
        return ids
    }

    private func newTopic(_ topic: CatalogueTopic) -> NewTopic {
        let milliseconds = Int(context.settings[ProducerSettings.retention] * 1000)
        return NewTopic(
            topic.topic.kafkaTopicName, partitions: topic.partitions,
            replication: context.settings[ProducerSettings.replication],
            configuration: ["retention.ms": String(milliseconds)])
    }
}
