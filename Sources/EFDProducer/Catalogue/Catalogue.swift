import EFDCore
import EFDSAL

/// A topic to forward, with the settings of its Kafka topic.
struct CatalogueTopic: Sendable {
    let topic: SALTopic
    let schemaText: String
    let partitions: Int
    /// Samples kept per instance in DDS; nil: the general setting applies.
    let historyDepth: Int?
}

/// The topics of the requested components, read from their IDL. Touches files, never the network.
struct Catalogue: Sendable {
    let components: [SALComponent]
    let topics: [CatalogueTopic]

    init(_ settings: Settings) throws(EFDError) {
        let sets = try TopicSets.read(settings)
        let names = settings.positional.isEmpty ? sets.map { [$0.component] } ?? [] : settings.positional
        try Self.checkNames(names, sets, settings)
        let folder = settings[ProducerSettings.idlDirectory]
        var components: [SALComponent] = []
        for name in names { components.append(try SALComponent.read(name, from: folder)) }
        try sets?.check(against: components[0])
        self.components = components
        topics = try Self.topics(of: components, sets, settings)
        if topics.isEmpty {
            throw EFDError(
                .producerNothingToForward, "no topic is left to forward",
                remedy: "Check --topic-regex and --exclude-regex.")
        }
    }

    /// The topic with a SAL name, an attribute name or a Kafka name.
    func topic(named name: String) throws(EFDError) -> CatalogueTopic {
        if let exact = topics.first(where: { $0.topic.kafkaTopicName == name }) { return exact }
        for component in components {
            if let found = component.topic(named: name),
                let known = topics.first(where: { $0.topic.kafkaTopicName == found.kafkaTopicName })
            {
                return known
            }
        }
        let hint = NearestNames.hint(name, among: topics.map(\.topic.salName))
        throw EFDError(
            .producerTopicUnknown,
            "no topic of \(components.map(\.name).joined(separator: ", ")) is called '\(name)'",
            remedy: hint.isEmpty ? "--dry-run lists the topics." : hint)
    }

    private static func checkNames(_ names: [String], _ sets: TopicSets?, _ settings: Settings) throws(EFDError) {
        if sets != nil && !settings.positional.isEmpty {
            throw EFDError(
                .producerSettingsContradict, "component names and --file exclude each other",
                remedy: "Give one of them."
            )
        }
        if names.isEmpty {
            throw EFDError(
                .producerNothingToForward, "no component is given", remedy: "Name components, or give --file.")
        }
        if let twice = Dictionary(grouping: names, by: \.self).first(where: { $0.value.count > 1 }) {
            throw EFDError(.producerSettingsContradict, "the component \(twice.key) is given twice")
        }
    }

    private static func topics(of components: [SALComponent], _ sets: TopicSets?, _ settings: Settings) throws(EFDError)
        -> [CatalogueTopic]
    {
        let filter = TopicFilter(
            include: settings[ProducerSettings.topicRegex], exclude: settings[ProducerSettings.excludeRegex])
        var topics: [CatalogueTopic] = []
        for topic in components.flatMap(\.topics) where filter.takes(topic.kafkaTopicName) {
            topics.append(
                CatalogueTopic(
                    topic: topic, schemaText: try settings[ProducerSettings.mapping].schemaText(of: topic),
                    partitions: sets?.partitions(of: topic) ?? settings[ProducerSettings.partitions],
                    historyDepth: sets?.queueLength))
        }
        return topics
    }
}
