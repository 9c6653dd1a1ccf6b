import EFDKafka
import EFDTestKit
import Testing

@testable import EFDCore
@testable import EFDReplication

@Suite(.serialized) struct AccessTests {
    private static func naming(_ format: String) throws -> TopicNaming {
        try TopicNaming(
            try Settings.parse(ReplicatorService.table, arguments: ["--rename-format", format], environment: [:]) {
                _ throws(EFDError) in []
            })
    }

    @Test func nobodyGetsARightToWrite() throws {
        let naming = try Self.naming("summit.${topic}")
        for operation in AccessRule.Operation.allCases {
            let rule = AccessRule(topic: "t", principal: "User:a", host: "10.0.0.1", operation: operation)
            let copy = AccessSync.copy(rule, of: "t", naming)
            let expected: AccessRule.Operation? =
                switch operation {
                case .all, .read: .read
                case .describe, .describeConfigs: operation
                default: nil
                }
            #expect(copy?.operation == expected, "\(operation)")
            #expect(
                copy.map { $0.topic == "summit.t" && $0.principal == "User:a" && $0.host == "10.0.0.1" && $0.allows }
                    ?? true)
            var denied = rule
            denied.allows = false
            let kept = AccessSync.copy(denied, of: "t", naming)
            #expect(kept?.operation == operation && kept?.allows == false, "what is denied stays denied")
        }
    }

    @Test(.enabled(if: RealBroker.isAvailable)) func rulesOfCopiedTopicsFollow() throws {
        let broker = try RealBroker(properties: [
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS",
        ])
        defer { broker.remove() }
        let admin = try KafkaAdmin(try TestBroker.properties(broker.bootstrapServers))
        _ = try admin.createTopics(["a", "ab", "other"].map { NewTopic($0) })
        var prefixed = AccessRule(topic: "a", principal: "User:group", operation: .read)
        prefixed.isPrefix = true
        try admin.addAccessRules([
            prefixed,
            AccessRule(topic: "a", principal: "User:reader", operation: .read),
            AccessRule(topic: "a", principal: "User:owner", operation: .all),
            AccessRule(topic: "a", principal: "User:writer", operation: .write),
            AccessRule(topic: "other", principal: "User:reader", operation: .read),
            AccessRule(topic: "a", principal: "User:evil", operation: .all, allows: false),
            AccessRule(topic: "*", principal: "User:all", operation: .all),
        ])
        // A broker learns of its controller's changes a moment later.
        _ = try until(seconds: 20, "the rules are not there") { try admin.topicAccessRules().count == 7 ? true : nil }
        let context = ProgramContext(
            settings: try Settings.parse(ReplicatorService.table, arguments: [], environment: [:]) {
                _ throws(EFDError) in []
            }, scope: Scope(program: "replicator"))
        let sync = AccessSync(source: admin, target: admin, naming: try Self.naming("copy.${topic}"), context: context)
        { $0.hasPrefix("a") }
        let missing = try sync.missing()
        #expect(
            Set(missing) == [
                AccessRule(topic: "copy.a", principal: "User:reader", operation: .read),
                AccessRule(topic: "copy.a", principal: "User:owner", operation: .read),
                AccessRule(topic: "copy.a", principal: "User:evil", operation: .all, allows: false),
                AccessRule(topic: "copy.a", principal: "User:group", operation: .read),
                AccessRule(topic: "copy.ab", principal: "User:group", operation: .read),
                AccessRule(topic: "copy.a", principal: "User:all", operation: .read),
                AccessRule(topic: "copy.ab", principal: "User:all", operation: .read),
            ])
        try admin.addAccessRules(missing)
        _ = try until(seconds: 20, "the rules do not stay") { try sync.missing().isEmpty ? true : nil }
    }

    @Test(.enabled(if: TestBroker.isRealWanted)) func aClusterWithoutRulesIsReported() throws {
        let admin = try KafkaAdmin(try TestBroker.shared().properties())
        let error = #expect(throws: EFDError.self) {
            try admin.addAccessRules([AccessRule(topic: "t", principal: "User:a", operation: .read)])
        }
        #expect(error?.code == "kafka.authorizerMissing")
    }
}
