import EFDCore
import EFDKafka

/// The settings of ACLs.
public enum AccessSettings {
    public static let sync = Setting<Bool>.toggle(
        "sync-topic-acls",
        help:
            "Replicate ACLs of copied topics, without write permissions: those that allow READ and DESCRIBE, and all "
            + "that deny."
    )
    public static let interval = Setting<Double>.duration(
        "sync-topic-acls-interval", default: "10m", from: "1s", to: "1d",
        help: "Time between comparisons of ACLs.")

    static let section = SettingsTable.Section("ACLs", [sync.spec, interval.spec])
}

/// Replicates ACLs from the source to the target, on an interval. Never removes any at the target.
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
                    context.log.info("ACLs added at the target", ["rules": .integer(rules.count)])
                }
            } catch {
                context.log.warning("ACLs cannot be replicated now", error)
            }
        } while !context.stop.wait(seconds: context.settings[AccessSettings.interval])
    }

    static func added(_ metrics: Metrics) -> Counter {
        metrics.counter("efd_access_rules_added_total", "ACLs added at the target.")
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

    /// The ACL as it is safe at the target, where only the replicator writes; nil: none. A prefixed ACL becomes one for
    /// each copied topic: other topics of the target may have the same prefix.
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
