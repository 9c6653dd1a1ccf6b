import EFDCore
import EFDTestKit
import Testing

private enum Shape: String, CaseIterable, Sendable { case round, square }

private let url = Setting<String>.url("sink-url", default: nil, help: "Where.")
private let size = Setting<Int>.integer("batch-size", default: 5, in: 1...9, help: "Rows.")
private let seed = Setting<Int>.integer("seed", default: 1, in: 0...Int.max, help: "Seed.")
private let share = Setting<Double>.number("share", default: 0.5, in: 0...1, help: "Share.")
private let linger = Setting<Double>.duration("linger", default: "50ms", from: "0s", to: "1m", help: "Wait.")
private let limit = Setting<Int>.bytes("limit", default: "4MiB", help: "Bytes.")
private let shape = Setting<Shape>.choice("shape", default: .round, help: "Form.").importance(.low)
private let gzip = Setting<Bool>.toggle("gzip", default: true, help: "Compress.")
private let password = Setting<String?>.optional("password", help: "Password.").secret()
private let fields = Setting<[String]>.list("field", "NAME", default: "a,b", help: "Fields.")
private let topics = Setting<NamePattern>.pattern("topic-regex", default: ".*", help: "Topics.").importance(.high)
private let keep = Setting<Retention?>.optionalRetention("keep", from: "1h", help: "How long.")

private let table = SettingsTable(
    program: "probe", summary: "Tests definitions.",
    sections: [
        .init("One", [url.spec, size.spec, seed.spec, share.spec, linger.spec, limit.spec]),
        .init("Two", [shape.spec, gzip.spec, password.spec, fields.spec, topics.spec, keep.spec]),
    ])

private func answer(
    _ config: [String: String], check: (Settings) throws(EFDError) -> Void = { _ in }
) -> JSON {
    table.validate(config, resources: SettingsResources(environment: ["P": "hush"]) { _ in [] }, check: check)
}

private func entry(_ name: String, of answer: JSON) -> JSON? {
    answer["configs"]?.elements?.first { $0["value"]?["name"]?.string == name }
}

private func errors(_ name: String, of answer: JSON) -> [String] {
    entry(name, of: answer)?["value"]?["errors"]?.elements?.compactMap(\.string) ?? []
}

@Suite struct ConnectAnswerTests {
    @Test func aGoodConfigurationHasNoErrors() {
        let answer = answer(["sink.url": "http://a", "name": "c", "connector.class": "probe"])
        #expect(answer["name"] == "probe" && answer["error_count"] == 0)
        #expect(answer["groups"] == ["One", "Two"])
        #expect(answer["configs"]?.elements?.count == 12)
        #expect(entry("sink-url", of: answer)?["value"]?["value"] == "http://a")
    }

    @Test func definitionsHaveAllThatKafkaConnectsClientsRead() {
        let answer = answer([:])
        #expect(
            entry("shape", of: answer)?["definition"] == [
                "name": "shape", "type": "STRING", "required": false, "default_value": "round", "importance": "LOW",
                "documentation": "Form.", "group": "Two", "width": "MEDIUM", "display_name": "Shape",
                "dependents": [], "order": 1,
            ])
        #expect(entry("shape", of: answer)?["value"]?["recommended_values"] == ["round", "square"])
        #expect(entry("topic-regex", of: answer)?["definition"]?["display_name"] == "Topic regex")
        let types = [
            "sink-url": "STRING", "batch-size": "INT", "seed": "LONG", "share": "DOUBLE", "linger": "STRING",
            "limit": "STRING", "gzip": "BOOLEAN", "password": "PASSWORD", "field": "LIST", "keep": "STRING",
        ]
        for (name, type) in types {
            #expect(entry(name, of: answer)?["definition"]?["type"] == .string(type), "\(name)")
        }
        #expect(entry("sink-url", of: answer)?["definition"]?["importance"] == "HIGH")
        #expect(entry("sink-url", of: answer)?["definition"]?["default_value"] == .null)
    }

    @Test func faultsStandWithTheirSettings() {
        let answer = answer(["batch.size": "10", "topic.regex": "(", "nosuch": "1"])
        #expect(answer["error_count"] == 4)
        #expect(errors("batch-size", of: answer).first?.contains("from 1 to 9") == true)
        #expect(errors("topic-regex", of: answer).first?.contains("( is never closed") == true)
        #expect(errors("sink-url", of: answer).first?.contains("is required") == true)
        #expect(errors("nosuch", of: answer).first?.contains("unknown") == true)
        #expect(entry("nosuch", of: answer)?["definition"] == .null)
    }

    @Test func aFaultOfSettingsTogetherStandsWithTheFirstItNames() {
        let answer = answer(["sink.url": "http://a"]) { _ throws(EFDError) in
            throw EFDError("probe.contradiction", "--linger and --share exclude each other", remedy: "Give one")
        }
        #expect(answer["error_count"] == 1)
        #expect(errors("linger", of: answer) == ["--linger and --share exclude each other. Give one"])
    }

    @Test func secretsAreHiddenAndReferencesShown() {
        let literal = answer(["sink.url": "http://a", "password": "hush"])
        #expect(!literal.text.contains("hush"))
        let reference = answer(["sink.url": "http://a", "password": "${env:P}"])
        #expect(entry("password", of: reference)?["value"]?["value"] == "${env:P}")
        #expect(reference["error_count"] == 0 && !reference.text.contains("hush"))
    }
}

@Suite struct ValuesSchemaTests {
    private func property(_ name: String) -> JSON? { table.jsonSchema["properties"]?[name] }

    @Test func eachKindHasItsConstraints() {
        #expect(property("batch-size")?["minimum"] == 1 && property("batch-size")?["maximum"] == 9)
        #expect(property("batch-size")?["default"] == 5)
        #expect(property("share")?["maximum"] == 1.0 && property("share")?["default"] == 0.5)
        #expect(property("shape")?["enum"] == ["round", "square"])
        #expect(property("gzip")?["type"] == "boolean" && property("gzip")?["default"] == true)
        #expect(property("field")?["default"] == ["a", "b"])
        #expect(property("password")?["writeOnly"] == true && property("gzip")?["writeOnly"] == nil)
        #expect(property("sink-url")?["description"] == "Where.")
        #expect(table.jsonSchema["required"] == ["sink-url"])
        #expect(table.jsonSchema["additionalProperties"] == false)
    }

    /// The schema's expressions accept the program's values, references included, and nothing else.
    @Test(arguments: [
        ("linger", ["50ms", "1.5s", "${env:X}", "1h"], ["5", "s", "5 parsecs"]),
        ("limit", ["0", "4MiB", "10kB", "${file:/a:b}", "3B"], ["5", "MB", "5mb"]),
        ("sink-url", ["http://a", "https://b:1/c", "http://${env:H}"], ["ftp://a", "a:1"]),
        ("keep", ["inf", "30d"], ["30", "never"]),
    ])
    func patternsTakeWhatTheProgramTakes(name: String, taken: [String], left: [String]) throws {
        let expression = try Regex(try #require(property(name)?["pattern"]?.string))
        for text in taken { #expect(text.contains(expression), "\(name) must take \(text)") }
        for text in left { #expect(!text.contains(expression), "\(name) must leave \(text)") }
    }

    @Test func actionsAreNoPartOfAConfiguration() {
        let process = SettingsTable.process("p", summary: "s", sections: table.sections)
        let names = process.jsonSchema["properties"]?.members?.keys ?? []
        #expect(names.contains("log-level") && names.contains("shutdown-timeout"))
        for action in ["help", "version", "config", "check-config", "print-config", "print-config-schema"] {
            #expect(!names.contains(action))
        }
    }
}
