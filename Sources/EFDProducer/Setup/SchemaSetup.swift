import EFDCore
import EFDRegistry
import EFDSAL

/// Registers the schema of every topic, and waits for a registry that is not there yet.
struct SchemaSetup {
    let registry: RegistryClient
    let context: ProgramContext

    /// The schema ids in the order of the topics; nil when the process stops before all are known.
    ///
    /// - Throws: what a person must mend: an incompatible schema, credentials.
    func register(_ topics: [CatalogueTopic]) throws(EFDError) -> [Int32]? {
        var backoff = Backoff(base: 0.2, cap: 15)
        var ids: [Int32] = []
        while ids.count < topics.count {
            let topic = topics[ids.count]
            do throws(EFDError) {
                ids.append(try registry.register(topic.schemaText, subject: topic.topic.subject))
                backoff.reset()
            } catch {
                guard error.isRetriable else {
                    throw error.during("registering the schema of \(topic.topic.kafkaTopicName)")
                }
                context.health.set("registry", isMet: false, error.description)
                context.log.warning("the schema registry does not answer, trying again", error)
                if context.stop.wait(seconds: backoff.next()) { return nil }
            }
        }
        context.health.set("registry", isMet: true, "\(ids.count) schemas registered")
        context.log.info("schemas registered", ["count": .integer(ids.count)])
        return ids
    }
}
