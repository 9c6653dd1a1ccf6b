import EFDCore
import EFDKafka
import EFDRegistry
import EFDSAL

/// Prints what a start would register and create, and changes nothing.
struct DryRun {
    let catalogue: Catalogue
    let registry: RegistryClient
    let admin: KafkaAdmin

    func table() throws(EFDError) -> String {
        let missing = Set(try admin.missingTopics(of: catalogue.topics.map(\.topic.kafkaTopicName)))
        var table = TextTable(["KAFKA TOPIC", "TOPIC", "SCHEMA"], left: [1, 2])
        var counts: [String: Int] = [:]
        for topic in catalogue.topics {
            let name = topic.topic.kafkaTopicName
            let kafka = missing.contains(name) ? "would be created" : "exists"
            let schema = try schemaState(topic)
            table.add([name, kafka, schema])
            counts[kafka, default: 0] += 1
            counts[String(schema.prefix { $0 != ":" }), default: 0] += 1
        }
        let summary = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return table.text + "\n\(catalogue.topics.count) topics: \(summary)\n"
    }

    private func schemaState(_ topic: CatalogueTopic) throws(EFDError) -> String {
        let subject = topic.topic.subject
        if try registry.lookup(topic.schemaText, subject: subject) != nil { return "registered" }
        guard try registry.latest(subject) != nil else { return "would be registered" }
        let (isCompatible, messages) = try registry.compatible(topic.schemaText, subject: subject)
        return isCompatible
            ? "would be a new version" : "incompatible: \(messages.first ?? "the registry gives no reason")"
    }
}
