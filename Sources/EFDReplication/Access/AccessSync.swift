import EFDCore
import EFDKafka

/// The settings of access rules.
public enum AccessSettings {
    public static let sync = Setting<Bool>.toggle(
        "sync-topic-acls",
        help:
            "Carry access rules of copied topics over, without any right to write: READ and DESCRIBE rights, and what "
            + "is denied."
    )
    public static let interval = Setting<Double>.duration(
        "sync-topic-acls-interval", default: "10m", from: "1s", to: "1d",
        help: "Time between comparisons of access rules.")

    static let section = SettingsTable.Section("Access rules", [sync.spec, interval.spec])
}

/// Carries access rules from the source to the target, on an interval. Nothing is ever taken away at the target.
struct AccessSync {
    let source: KafkaAdmin
    let target: KafkaAdmin
    let naming: TopicNaming
    let context: ProgramContext
    let wants: @Sendable (_ topic: String) -> Bool

    func run() {
        let added = Self.added(context.metrics)
        repeat {
            do throws(EFDError) {
                let rules = try missing()
                try target.addAccessRules(rules)
                added.add(rules.count)
                if !rules.isEmpty {
                    context.log.info("access rules were added at the target", ["rules": .integer(rules.count)])
                }
            } catch {
                context.log.warning("access rules cannot be carried over now", error)
            }
        } while !context.stop.wait(seconds: context.settings[AccessSettings.interval])
    }

    static func added(_ metrics: Metrics) -> Counter {
        metrics.counter("efd_access_rules_added_total", "Access rules that were added at the target.")
    }

    func missing() throws(EFDError) -> [AccessRule] {
        let there = Set(try target.topicAccessRules())
        let here = try source.topicAccessRules()
        if here.isEmpty { return [] }
        let topics = try source.describeTopics().map(\.name).filter { wants($0) }
        let copies = here.flatMap { rule in
            topics.filter { rule.covers($0) }.compactMap { Self.copy(rule, of: $0, naming) }
        }
        return Set(copies).subtracting(there).sorted { $0.description < $1.description }
    }

    /// The rule as it is safe at the target, where the replicator alone writes; nil: none. One for many topics is made
    /// one for each that is copied: others of the target's may begin alike.
    static func copy(_ rule: AccessRule, of topic: String, _ naming: TopicNaming) -> AccessRule? {
        var copy = rule
        copy.topic = naming.target(topic)
        copy.isPrefix = false
        guard rule.allows else { return copy }
        switch rule.operation {
        case .all: copy.operation = .read
        case .read, .describe, .describeConfigs: break
        case .write, .create, .delete, .alter, .clusterAction, .alterConfigs, .idempotentWrite: return nil
        }
        return copy
    }
}
