import EFDCore
import EFDKafka
import EFDSAL

/// Creates the Kafka topics that are missing, and waits for a cluster that is not there yet. Topics that exist are
/// never altered.
struct TopicSetup {
    let admin: KafkaAdmin
    let context: ProgramContext
    /// Topics in one request: brokers answer when all of them have a leader.
    private static let topicsPerRequest = 200

    /// False when the process stops before all topics are there.
    func create(_ topics: [CatalogueTopic]) throws(EFDError) -> Bool {
        var backoff = Backoff(base: 0.2, cap: 15)
        while true {
            do throws(EFDError) {
                let missing = try missing(of: topics)
                for start in stride(from: 0, to: missing.count, by: Self.topicsPerRequest) {
                    try request(missing[start..<min(start + Self.topicsPerRequest, missing.count)].map(newTopic))
                }
                context.health.set("topics", isMet: true, "\(topics.count) topics, \(missing.count) of them created")
                context.log.info(
                    "Kafka topics are there", ["count": .integer(topics.count), "created": .integer(missing.count)])
                return true
            } catch {
                guard error.isRetriable else { throw error }
                context.health.set("topics", isMet: false, error.description)
                context.log.warning("topics cannot be created yet, trying again", error)
                if context.stop.wait(seconds: backoff.next()) { return false }
            }
        }
    }

    func missing(of topics: [CatalogueTopic]) throws(EFDError) -> [CatalogueTopic] {
        let known = Set(try admin.describeTopics().map(\.name))
        return topics.filter { !known.contains($0.topic.kafkaTopicName) }
    }

    private func request(_ topics: [NewTopic]) throws(EFDError) {
        for (name, result) in try admin.createTopics(topics) {
            if case .failed(let error) = result { throw error.during("creating the topic \(name)") }
        }
    }

    private func newTopic(_ topic: CatalogueTopic) -> NewTopic {
        let milliseconds = Int(context.settings[ProducerSettings.retention] * 1000)
        return NewTopic(
            topic.topic.kafkaTopicName, partitions: topic.partitions,
            replication: context.settings[ProducerSettings.replication],
            configuration: ["retention.ms": String(milliseconds)])
    }
}
