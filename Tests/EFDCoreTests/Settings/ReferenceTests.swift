import EFDCore
import EFDTestKit
import Testing

private let url = Setting<String>.url("sink-url", default: "http://a", help: "Where.")
private let size = Setting<Int>.integer("batch-size", default: 5, in: 1...9, help: "Rows.")
private let format = Setting<String>.text("rename-format", default: "${topic}", help: "Name.")
private let password = Setting<String?>.optional("sink-password", help: "Password.").secret()
private let properties = Setting<[KeyValue]>.pairs("kafka-property", help: "Properties.")

private let table = SettingsTable.process(
    "probe", summary: "Tests references.",
    sections: [.init("All", [url.spec, size.spec, format.spec, password.spec, properties.spec])])

private let environment = ["HOST": "influx", "SIZE": "7", "BIG": "4711", "NONE": "", "PROPERTIES": "a=1;b=2"]
private let files = [
    "/run/db": "user = me\npassword=top;secret=1 \n# password=no\n! x=1\nempty=\n",
    "/run/db.yaml": "password: hush\nport: 1\n", "/run/whole": "whole\n", "/run/bad.yaml": "a: b: c\n",
]

private func parse(_ arguments: [String], _ more: [String: String] = [:], file: String = "")
    throws(SettingsErrors) -> Settings
{
    let all = files.merging(["f": file]) { one, _ in one }
    return try Settings.parse(
        table, arguments: arguments, environment: environment.merging(more) { one, _ in one }
    ) { (path) throws(EFDError) in
        guard let text = all[path] else { throw EFDError("files.unreadable", "cannot open \(path)") }
        return Array(text.utf8)
    }
}

@Suite struct SettingReferenceTests {
    @Test func referencesAreReplacedInEveryLayer() throws {
        let flags = try parse([
            "--sink-url", "http://${env:HOST}:${env:SIZE}/", "--sink-password", "${file:/run/db:password}",
        ])
        #expect(flags[url] == "http://influx:7")
        #expect(flags[password] == "top;secret=1")
        #expect(try parse([], ["EFD_BATCH_SIZE": "${env:SIZE}"])[size] == 7)
        #expect(
            try parse(["--config", "f"], file: "sink-password: ${file:/run/db.yaml:password}\n")[password] == "hush")
        #expect(try parse(["--sink-password", "${file:/run/whole}"])[password] == "whole")
        #expect(try parse(["--config", "f"], file: #"{"batch.size": "${env:SIZE}"}"#)[size] == 7)
        let config: JSON.Members = ["batch.size": "${env:SIZE}"]
        let resources = SettingsResources(environment: environment) { _ in [] }
        #expect(
            try Settings.parse(table, layers: [.connector(config, source: "c")], resources: resources)[size] == 7)
    }

    /// A value of a pair may contain the separator of pairs.
    @Test func aReferenceWithinAPairIsItsValue() throws {
        let settings = try parse(["--kafka-property", "x=y;sasl.password=${file:/run/db:password}"])
        #expect(
            settings[properties] == [
                KeyValue(key: "x", value: "y"), KeyValue(key: "sasl.password", value: "top;secret=1"),
            ])
        #expect(try parse(["--kafka-property", "${env:PROPERTIES}"])[properties].map(\.key) == ["a", "b"])
    }

    @Test func otherTextInBracesStandsForItself() throws {
        #expect(try parse([])[format] == "${topic}")
        #expect(try parse(["--rename-format", "$x.${topic}.${}"])[format] == "$x.${topic}.${}")
    }

    @Test func printedIsTheReferenceAndReadsBack() throws {
        let given = try parse([
            "--sink-url", "http://me:${file:/run/db:password}@h", "--sink-password-file", "/run/whole", "--batch-size",
            "${env:SIZE}", "--kafka-property", "sasl.password=${file:/run/db.yaml:password}",
        ])
        for secret in ["top;", "whole\"", "hush", "\"7\""] { #expect(!given.yaml.contains(secret)) }
        #expect(given.yaml.contains(#"sink-password: "${file:/run/whole}""#))
        let again = try parse(["--config", "f"], file: given.yaml)
        #expect(again[password] == "whole" && again[size] == 7 && again[properties] == given[properties])
        #expect(again[url] == given[url])
    }

    @Test(arguments: [
        (
            ["--batch-size", "${env:NOSUCH}"],
            "--batch-size (flag --batch-size): the environment has no variable NOSUCH"
        ),
        (["--sink-password", "${file:/run/db:nosuch}"], "(flag --sink-password): /run/db has no key nosuch"),
        (["--sink-password", "${file:/run/db.yaml:nosuch}"], "/run/db.yaml has no key nosuch"),
        (["--sink-password", "${file:/nosuch:a}"], "--sink-password (flag --sink-password): cannot open /nosuch"),
        (["--sink-password", "${file:/run/bad.yaml:a}"], "/run/bad.yaml"),
        (["--sink-password-file", "/nosuch"], "(flag --sink-password-file): cannot open /nosuch"),
        (["--sink-password", "${vault:a/b}"], "'vault' is not a provider of values"),
        (["--sink-url", "http://${env:HOST"], "has no } at its end"),
        (["--rename-format", "${env:NONE}"], "the value is empty"),
    ])
    func whatIsMissingIsNamed(arguments: [String], expected: String) {
        let error = #expect(throws: SettingsErrors.self) { _ = try parse(arguments) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test func aReferencedValueIsNotShownInAFault() {
        let error = #expect(throws: SettingsErrors.self) { _ = try parse(["--batch-size", "${env:BIG}"]) }
        #expect(error?.description.contains("the value is not a whole number from 1 to 9") == true)
        #expect(error?.description.contains("4711") == false)
    }
}
