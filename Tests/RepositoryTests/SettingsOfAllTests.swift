import EFDCore
import EFDSink
import Foundation
import Testing

@testable import EFDInflux
@testable import EFDParquet
@testable import EFDReplication
@testable import EFDTools

/// What holds for the settings of all programs together.
@Suite struct SettingsOfAllTests {
    private static let required = ["output": "/tmp", "sent": "/tmp/report"]

    private func parse(_ table: SettingsTable, _ arguments: [String], environment: [String: String] = [:])
        throws(SettingsErrors) -> Settings
    {
        let needed = table.settings.filter(\.isRequired).map { "--\($0.name)=\(Self.required[$0.name] ?? "")" }
        return try Settings.parse(table, arguments: needed + arguments, environment: environment) { _ in [] }
    }

    @Test(arguments: [
        #"lsst\.sal\.("#, #"lsst\b.*"#, "a*?", #"(?=a)b"#, "*",
    ])
    func aWrongPatternIsRefusedByEveryProgramInTheSameWords(pattern: String) {
        for flag in ["topic-regex", "exclude-regex"] {
            var words: Set<String> = []
            var count = 0
            for table in ReferenceTests.tables where table.settings.contains(where: { $0.name == flag }) {
                count += 1
                let error = #expect(throws: SettingsErrors.self) { _ = try parse(table, ["--\(flag)", pattern]) }
                words.insert("\(error.map(\.description) ?? "")")
            }
            #expect(count >= (flag == "topic-regex" ? 8 : 4))
            #expect(words.count == 1 && words.first?.contains("is not a pattern of names: at character") == true)
        }
    }

    @Test func aPatternIsTakenByEveryProgramAlike() throws {
        for table in ReferenceTests.tables {
            for spec in table.settings where spec.name == "topic-regex" {
                #expect(spec.kind == .pattern, "\(table.program)")
                _ = try parse(table, ["--topic-regex", #"lsst\.sal\.(?:A|B)\w+\.\d*"#])
            }
        }
    }

    /// Programs share an environment: other programs' settings, and variables of tests and scripts, are not misspelt
    /// ones.
    @Test func variablesOfOthersAreNotTakenForMistakes() throws {
        var names = Set(ReferenceTests.tables.flatMap { $0.settings.map(\.environmentName) })
        for folder in ["scripts", "Tests", "Sources"] {
            for path in Repository.files(under: folder, ending: [""]) {
                guard !path.contains("EFDCoreTests"), let text = try? Repository.text(path) else { continue }
                for found in text.matches(of: /EFD_(?:TEST|PROOF|LONG|SHARED|PYTHON|UPDATE)\w*/) {
                    names.insert(String(found.output))
                }
            }
        }
        #expect(names.count > 150)
        for table in ReferenceTests.tables {
            let own = Set(table.settings.map(\.environmentName))
            for name in names.subtracting(own) {
                let near = try parse(table, [], environment: [name: "x"]).misspeltVariables
                #expect(near.isEmpty, "\(table.program) takes \(name) for \(near.first?.near ?? "")")
            }
        }
    }

    @Test func aMisspeltVariableOfEveryProgramIsReported() throws {
        for table in ReferenceTests.tables {
            let name = "EFD_SHUTDOWN_TIMEUOT"
            #expect(try parse(table, [], environment: [name: "x"]).misspeltVariables.map(\.name) == [name])
        }
    }

    /// Each printed default is a value that the program accepts.
    @Test func everyDefaultIsTakenWhenGiven() throws {
        for table in ReferenceTests.tables {
            for spec in table.settings {
                guard let text = spec.defaultText, !text.isEmpty || spec.emptyMeaning != nil else { continue }
                _ = try parse(table, ["--\(spec.name)=\(text)"])
            }
        }
    }

    @Test func everySchemaHasEverySettingAndNoSecretsDefault() {
        for table in ReferenceTests.tables {
            let properties = table.jsonSchema["properties"]?.members
            #expect((properties?.entries.count ?? 0) >= table.settings.count - 6, "\(table.program)")
            for spec in table.settings where spec.isSecret {
                #expect(properties?[spec.name]?["writeOnly"] == true)
            }
        }
    }

    @Test func theFormerNameOfCompactsAgeIsTaken() throws {
        for arguments in [["--settled-age", "3h"], ["--min-age", "3h"]] {
            #expect(try parse(CompactCommand.table, arguments)[CompactCommand.minimumAge] == 3 * 3600)
        }
        let settings = try parse(CompactCommand.table, [], environment: ["EFD_SETTLED_AGE": "3h"])
        #expect(settings[CompactCommand.minimumAge] == 3 * 3600)
    }

    /// Each as a flag, in the environment and in a connector's JSON, by every program that has the setting.
    @Test(arguments: ["time-field", "topics"])
    func aFormerNameIsTaken(name: String) throws {
        let variable = "EFD_" + name.uppercased().replacingOccurrences(of: "-", with: "_")
        let tables = ReferenceTests.tables.filter { $0.settings.contains { $0.formerNames == [name] } }
        #expect(!tables.isEmpty)
        for table in tables {
            let required = table.settings.filter(\.isRequired).map { ($0.name, Self.required[$0.name] ?? "") }
            let config = [name.replacingOccurrences(of: "-", with: "."): "a.*"].merging(required) { $1 }
            let connector = SettingsLayer.connector(JSON.Members(config), source: "c")
            for settings in [
                try parse(table, ["--\(name)", "a.*"]), try parse(table, [], environment: [variable: "a.*"]),
                try Settings.parse(table, layers: [connector], resources: .process),
            ] {
                let value =
                    name == "topics"
                    ? settings[VerifySettings.topicRegex].description
                    : settings[EventTimeSettings.field].joined(separator: ",")
                #expect(value == "a.*", "\(table.program)")
                #expect(settings.misspeltVariables == [])
            }
        }
    }
}

/// `--check-config` finds faults that a start would find without a network, in every program with the setting.
@Suite struct CheckTests {
    private static let programs: [(SettingsTable, [String], @Sendable (Settings) throws(EFDError) -> Void)] = [
        (
            InfluxService.plugin.table, [],
            { (settings) throws(EFDError) in try InfluxService.plugin.checkAll(settings) }
        ),
        (
            ParquetService.plugin.table, ["--output", "/tmp/efd-check"],
            { (settings) throws(EFDError) in try ParquetService.plugin.checkAll(settings) }
        ),
        (ReplicatorService.table, [], { (settings) throws(EFDError) in try ReplicatorService.check(settings) }),
        (
            EFDReplication.VerifyCommand.table, [],
            { (settings) throws(EFDError) in try EFDReplication.VerifyCommand.check(settings) }
        ),
    ]

    private func complaint(_ table: SettingsTable, _ arguments: [String], _ check: (Settings) throws(EFDError) -> Void)
        -> String
    {
        do {
            try check(try Settings.parse(table, arguments: arguments, environment: [:]) { _ in [] })
            return ""
        } catch { return "\(error)" }
    }

    @Test(arguments: [
        (["bootstrap-servers", "http://kafka:9092"], "brokers do not speak http"),
        (["kafka-property", "foo.bar=1"], "foo.bar"),
        (["kafka-property", "enable.auto.commit=false"], "enable.auto.commit"),
        (["kafka-property", "ssl.ca.location=/nosuch"], "cannot open /nosuch"),
        (["kafka-property", "session.timeout.ms=600000"], "creating a consumer"),
        (["kafka-user", "me"], "without"), (["registry-password", "p"], "without"),
        (["registry-ca-file", "/nosuch"], "cannot open /nosuch"), (["registry-ca-file", "/tmp"], "/tmp is a folder"),
        (["registry-url", "a:8081"], "is not a URL"),
    ])
    func theSameFaultIsFoundByAll(setting: [String], expected: String) {
        for (table, needed, check) in Self.programs {
            #expect(complaint(table, needed, check) == "", "\(table.program)")
            for prefix in ["", "source-", "target-"] {
                let name = prefix + setting[0]
                guard table.settings.contains(where: { $0.name == name }) else { continue }
                let text = complaint(table, needed + ["--\(name)", setting[1]], check)
                #expect(text.contains(expected), "\(table.program) --\(name): \(text)")
            }
        }
    }
}
