import EFDCore
import EFDTestKit
import Testing

private enum Shape: String, CaseIterable, Sendable { case round, square }

private let group = Setting<String?>.optional("group-id", "GROUP", help: "Group.")
private let topics = Setting<NamePattern>.pattern("topic-regex", default: ".*", help: "Topics.").aliases("topics.regex")
private let excluded = Setting<NamePattern?>.exclusion("exclude-regex", default: "__.*", help: "Others.")
private let writers = Setting<Int>.integer("writers", default: 2, in: 1...64, help: "Threads.").aliases(
    "tasks-max", "t")
private let password = Setting<String?>.optional("sink-password", help: "Password.").secret()
private let servers = Setting<[String]>.servers("bootstrap-servers", default: "127.0.0.1:9092", help: "Brokers.")
private let properties = Setting<[KeyValue]>.pairs("kafka-property", help: "Properties.")
private let gzip = Setting<Bool>.toggle("gzip", help: "Compress.")
private let fields = Setting<[String]>.list("field", "NAME", default: "a", help: "Fields.").empty(means: "none")
    .aliases("columns").formerly("old-field")
private let token = Setting<String?>.optional("sink-token", help: "Token.").secret().formerly("token")

/// A connector's table: it has no settings of the process.
private let table = SettingsTable(
    program: "probe", summary: "Tests layers.",
    sections: [
        .init(
            "All",
            [
                group.spec, topics.spec, excluded.spec, writers.spec, password.spec, servers.spec, properties.spec,
                gzip.spec, fields.spec, token.spec,
            ])
    ])

private let process = SettingsTable.process("probe", summary: "Tests layers.", sections: table.sections)

private func resources(_ environment: [String: String] = [:], _ files: [String: String] = [:]) -> SettingsResources {
    SettingsResources(environment: environment) { (path) throws(EFDError) in
        guard let text = files[path] else { throw EFDError("files.unreadable", "cannot open \(path)") }
        return Array(text.utf8)
    }
}

private func parse(
    _ layers: SettingsLayer..., table: SettingsTable = table, from resources: SettingsResources = resources()
) throws(SettingsErrors) -> Settings {
    try Settings.parse(table, layers: layers, resources: resources)
}

private func complaint(
    _ layers: SettingsLayer..., table: SettingsTable = table, from resources: SettingsResources = resources()
) -> String {
    do {
        _ = try Settings.parse(table, layers: layers, resources: resources)
        return ""
    } catch { return error.description }
}

@Suite struct LayerTests {
    @Test func theFirstLayerThatNamesASettingGivesIt() throws {
        let settings = try parse(
            .connector(["writers": "3"], source: "connector a"), .environment,
            .connector(["writers": "5", "gzip": "true"], source: "defaults"),
            from: resources(["EFD_WRITERS": "4", "EFD_GROUP_ID": "g"]))
        #expect(settings[writers] == 3 && settings[group] == "g" && settings[gzip])
        #expect(settings.source(of: writers).description == "connector a, writers")
        #expect(settings.source(of: gzip).description == "defaults, gzip")
    }

    @Test(arguments: [
        ["topic.regex": "a.*"], ["topic-regex": "a.*"], ["topic_regex": "a.*"], ["topics.regex": "a.*"],
    ])
    func dotsAndDashesAreTheSameInAConnector(config: [String: String]) throws {
        #expect(try parse(.connector(JSON.Members(config), source: "c"))[topics].description == "a.*")
    }

    @Test func kafkaConnectsOwnKeysAreKnown() throws {
        let config: JSON.Members = [
            "name": "x", "connector.class": "probe", "tasks.max": "7", "tasks.max.enforce": "true",
            "config.action.reload": "none", "value.converter": "io.confluent.connect.avro.AvroConverter",
            "value.converter.schema.registry.url": "http://r:8081",
        ]
        #expect(try parse(.connector(config, source: "c"))[writers] == 7)
        #expect(complaint(.connector(["transforms": "a"], source: "c")).contains("'transforms' is unknown"))
        #expect(complaint(.connector(["writer": "1"], source: "c")).contains("Did you mean writers"))
        // One letter is only a short flag.
        #expect(complaint(.connector(["t": "1"], source: "c")).contains("'t' is unknown"))
        let twice = complaint(.connector(["tasks.max": "1", "writers": "2"], source: "c"))
        #expect(twice.contains("another name of writers"))
    }

    @Test func aConnectorsJSONIsAFile() throws {
        let files = [
            "c.json": """
            {"name": "x", "config": {"tasks.max": 3, "gzip": true, "kafka-property": {"linger.ms": 5},
             "bootstrap.servers": ["a:1", "b:2"], "group.id": null}}
            """,
            "d": #"  {"writers": "9"}"#,
            "e": #"{"writers": [1]}"#, "f": "{",
        ]
        let settings = try parse(
            .arguments(["--config", "c.json"]), .configFile, table: process, from: resources([:], files))
        #expect(settings[writers] == 3 && settings[gzip] && settings[group] == nil)
        #expect(settings[properties] == [KeyValue(key: "linger.ms", value: "5")])
        #expect(settings[servers] == ["a:1", "b:2"])
        #expect(settings.source(of: writers).description == "file c.json, tasks.max")
        func of(_ path: String) -> [SettingsLayer] { SettingsLayer.program(["--config", path]) }
        #expect(try Settings.parse(process, layers: of("d"), resources: resources([:], files))[writers] == 9)
        #expect(throws: SettingsErrors.self) {
            _ = try Settings.parse(process, layers: of("e"), resources: resources([:], files))
        }
        let broken = complaint(.arguments(["--config", "f"]), .configFile, table: process, from: resources([:], files))
        #expect(broken.contains("configuration file f: JSON is malformed at line 1"))
    }

    @Test(arguments: [
        (["group-id": ""], "--group-id (c, group-id): the value is empty"),
        (["topic-regex": " "], "--topic-regex (c, topic-regex): the value is empty"),
        (["kafka-property": ""], "the value is empty"), (["bootstrap-servers": ","], "the value is empty"),
    ])
    func anEmptyValueIsRefusedWhereItHasNoMeaning(config: [String: String], expected: String) {
        #expect(complaint(.connector(JSON.Members(config), source: "c")).contains(expected))
    }

    @Test func anEmptyValueMeansNoneWhereThatIsSaid() throws {
        let settings = try parse(.connector(["exclude-regex": "", "field": ""], source: "c"))
        #expect(settings[excluded] == nil && settings[fields] == [])
        #expect(try parse()[excluded]?.description == "__.*")
    }

    @Test(arguments: [
        ("http://kafka:9092", "brokers do not speak http"), ("kafka:99999", "is not HOST:PORT"),
        ("kafka:0", "is not HOST:PORT"), ("kafka:", "is not HOST:PORT"), (":9092", "is not HOST:PORT"),
        ("a b:1", "is not HOST:PORT"), ("a:1,b:x", "'b:x' is not HOST:PORT"),
    ])
    func aServerIsHostAndPort(text: String, expected: String) {
        #expect(complaint(.connector(["bootstrap.servers": .string(text)], source: "c")).contains(expected))
    }

    @Test(arguments: ["kafka", "kafka:9092", "[::1]:9092", "[::1]", "SASL_SSL://kafka:9092", "a:1, b:2"])
    func usualServersAreTaken(text: String) throws {
        #expect(try !parse(.connector(["bootstrap.servers": .string(text)], source: "c"))[servers].isEmpty)
    }

    @Test func aCommaInAnExclusionIsRefusedWithItsPlace() {
        let text = complaint(.connector(["exclude-regex": "a{1,2}"], source: "c"))
        #expect(text.contains("'a{1,2}' is not a pattern of names: at character 4, a comma separates"))
    }

    // MARK: The environment

    @Test(arguments: [
        ("EFD_GRUOP_ID", "EFD_GROUP_ID"), ("EFD_BOOTSTRAP_SERVER", "EFD_BOOTSTRAP_SERVERS"),
        ("EFD_SINK_PASSWORD_FIEL", "EFD_SINK_PASSWORD_FILE"),
    ])
    func aMisspeltVariableIsReported(name: String, near: String) throws {
        let settings = try parse(.environment, from: resources([name: "x"]))
        #expect(settings.misspeltVariables.map(\.name) == [name] && settings.misspeltVariables.map(\.near) == [near])
    }

    @Test(arguments: [
        [SettingsLayer.arguments(["--old-field", "x"])], [.environment], [.connector(["old.field": "x"], source: "c")],
        [.arguments(["--config", "f"]), .configFile],
    ])
    func aFormerNameIsTakenInEveryLayer(layers: [SettingsLayer]) throws {
        let resources = resources(["EFD_OLD_FIELD": "x"], ["f": "old-field: x\n"])
        let settings = try Settings.parse(process, layers: layers, resources: resources)
        #expect(settings[fields] == ["x"] && settings.misspeltVariables == [])
    }

    @Test func thePresentNameInTheEnvironmentBeatsTheFormer() throws {
        let both = resources(["EFD_OLD_FIELD": "old", "EFD_FIELD": "new", "EFD_TOKEN": "a", "EFD_SINK_TOKEN": "b"])
        let settings = try parse(.environment, from: both)
        #expect(settings[fields] == ["new"] && settings[token] == "b")
        #expect(try parse(.environment, from: resources(["EFD_TOKEN_FILE": "t"], ["t": "hush\n"]))[token] == "hush")
        // Names of predecessors and Kafka Connect are not variables: programs share an environment.
        #expect(try parse(.environment, from: resources(["EFD_COLUMNS": "x"]))[fields] == ["a"])
    }

    @Test(arguments: ["EFD_TEST_BROKER", "EFD_SHARED", "EFD_PROOF_TOPICS", "EFD_INFLUXDB_URL", "GROUP_ID", "EFD_GZIP"])
    func otherVariablesAreNot(name: String) throws {
        #expect(try parse(.environment, from: resources([name: "true"])).misspeltVariables == [])
    }
}
