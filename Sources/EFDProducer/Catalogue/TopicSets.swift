import EFDCore
import EFDSAL

/// salkafka's file that splits a component over several processes. Here one process forwards them all, so only a set's
/// number of partitions, the component and the length of its DDS queue matter.
struct TopicSets: Sendable {
    let component: String
    let queueLength: Int?
    private let sets: [Set]

    private struct Set: Sendable {
        /// SAL names.
        let topics: [String]
        let partitions: Int?
    }

    /// nil: no file is given.
    static func read(_ settings: Settings) throws(EFDError) -> TopicSets? {
        guard let path = settings[ProducerSettings.topicSets] else { return nil }
        do throws(EFDError) {
            return try TopicSets(try YAML.parse(try Files.read(path)))
        } catch {
            throw error.during("topic sets file \(path)")
        }
    }

    init(_ root: YAML) throws(EFDError) {
        try Self.allow(["component", "queue_len", "topic_sets"], in: root)
        guard let component = root["component"]?.text, !component.isEmpty else {
            throw Self.fault(root.mark, "'component' is missing")
        }
        guard let list = root["topic_sets"]?.elements else {
            throw Self.fault(root.mark, "'topic_sets' must be a list")
        }
        self.component = component
        queueLength = try root["queue_len"].map { node throws(EFDError) in
            guard let length = node.text.flatMap({ Int($0) }), length > 100 else {
                throw Self.fault(node.mark, "'queue_len' must be a number above 100")
            }
            return length
        }
        sets = try list.map { node throws(EFDError) in try Self.set(node) }
        var seen: [String: Int] = [:]
        for name in sets.flatMap(\.topics) { seen[name, default: 0] += 1 }
        if let twice = seen.first(where: { $0.value > 1 }) {
            throw Self.fault(root.mark, "the topic \(twice.key) is listed twice")
        }
    }

    /// Validates that every name is a topic of the component.
    func check(against component: SALComponent) throws(EFDError) {
        let known = component.topics.map(\.salName)
        for name in sets.flatMap(\.topics) where !known.contains(name) {
            throw EFDError(
                .producerTopicUnknown, "the topic sets name \(name), which \(component.name) does not have",
                remedy: NearestNames.hint(name, among: known))
        }
    }

    func partitions(of topic: SALTopic) -> Int? { sets.first { $0.topics.contains(topic.salName) }?.partitions }

    private static func set(_ node: YAML) throws(EFDError) -> Set {
        try allow(["add_ackcmd", "commands", "events", "telemetry", "partitions"], in: node)
        var topics: [String] = []
        for (key, prefix) in [("commands", "command_"), ("events", "logevent_"), ("telemetry", "")] {
            guard let list = node[key] else { continue }
            guard let names = list.elements?.map(\.text), !names.contains(nil) else {
                throw fault(list.mark, "'\(key)' must be a list of names")
            }
            topics += names.compactMap { $0.map { prefix + $0 } }
        }
        if let add = node["add_ackcmd"]?.text, ["true", "yes", "on"].contains(add.lowercased()) {
            topics.append("ackcmd")
        }
        let partitions = try node["partitions"].map { value throws(EFDError) in
            guard let count = value.text.flatMap({ Int($0) }), count >= 1 else {
                throw fault(value.mark, "'partitions' must be 1 or more")
            }
            return count
        }
        return Set(topics: topics, partitions: partitions)
    }

    private static func allow(_ keys: [String], in node: YAML) throws(EFDError) {
        guard let entries = node.entries else { throw fault(node.mark, "expected 'name: value' lines") }
        for entry in entries where !keys.contains(entry.key) {
            throw EFDError(
                .producerTopicSetsMalformed, "\(entry.mark): the key '\(entry.key)' is unknown",
                remedy: "Known keys: \(keys.joined(separator: ", ")).")
        }
    }

    private static func fault(_ mark: YAML.Mark, _ problem: String) -> EFDError {
        EFDError(.producerTopicSetsMalformed, "\(mark): \(problem)")
    }

    /// The JSON schema of the file.
    static let schema: JSON = [
        "$schema": "http://json-schema.org/draft-07/schema#", "title": "Topic sets of one SAL component",
        "type": "object",
        "properties": [
            "component": ["type": "string", "description": "Name of the component."],
            "queue_len": [
                "type": "integer", "exclusiveMinimum": 100, "description": "Samples kept per instance in DDS.",
            ],
            "topic_sets": [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": [
                        "add_ackcmd": ["type": "boolean"], "commands": ["type": "array", "items": ["type": "string"]],
                        "events": ["type": "array", "items": ["type": "string"]],
                        "telemetry": ["type": "array", "items": ["type": "string"]],
                        "partitions": ["type": "integer", "minimum": 1],
                    ], "additionalProperties": false,
                ],
            ],
        ], "required": ["component", "topic_sets"], "additionalProperties": false,
    ]
}
