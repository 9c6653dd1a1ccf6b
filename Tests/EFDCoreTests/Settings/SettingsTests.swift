import EFDCore
import EFDTestKit
import Testing

private enum Shape: String, CaseIterable, Sendable { case round, square }

private let url = Setting<String>.url("sink-url", default: nil, help: "Where to write.").aliases("url")
private let password = Setting<String?>.optional("sink-password", help: "Password.").secret()
private let size = Setting<Int>.integer("batch-size", default: 5000, in: 1...100_000, help: "Rows in a batch.")
private let linger = Setting<Double>.duration("batch-time", default: "1s", from: "1ms", to: "1h", help: "Longest wait.")
private let memory = Setting<Int>.bytes("memory-limit", default: "256MiB", from: "1MiB", help: "Bound.")
private let shape = Setting<Shape>.choice("shape", default: .round, help: "Form.")
private let topics = Setting<[String]>.list("topic", "NAME", help: "Topics.")
private let properties = Setting<[KeyValue]>.pairs("kafka-property", help: "Properties.")
private let gzip = Setting<Bool>.toggle("gzip", default: true, help: "Compress.")
private let listen = Setting<HostPort>.address("http-listen", default: "127.0.0.1:9100", help: "Address.")

private let table = SettingsTable.process(
    "probe", summary: "Tests the table.", positional: .init("[NAME …]", help: "Names."),
    sections: [
        .init(
            "All",
            [
                url.spec, password.spec, size.spec, linger.spec, memory.spec, shape.spec, topics.spec, properties.spec,
                gzip.spec, listen.spec,
            ])
    ])

private func parse(_ arguments: [String], environment: [String: String] = [:], files: [String: String] = [:])
    throws(SettingsErrors) -> Settings
{
    try Settings.parse(table, arguments: arguments, environment: environment) { (path) throws(EFDError) in
        guard let text = files[path] else { throw EFDError("files.unreadable", "cannot open \(path)") }
        return Array(text.utf8)
    }
}

/// The text of rejected settings.
private func complaint(_ arguments: [String], environment: [String: String] = [:], files: [String: String] = [:])
    -> String
{
    do {
        _ = try parse(arguments, environment: environment, files: files)
        return ""
    } catch { return error.description }
}

@Suite struct SettingsTests {
    @Test func defaultsAreReadLikeAnyOtherValue() throws {
        let settings = try parse(["--sink-url", "http://a:1/"])
        #expect(settings[url] == "http://a:1")
        #expect(settings[password] == nil)
        #expect(settings[size] == 5000)
        #expect(settings[linger] == 1)
        #expect(settings[memory] == 268_435_456)
        #expect(settings[shape] == .round)
        #expect(settings[topics] == [])
        #expect(settings[gzip])
        #expect(settings[listen] == HostPort(host: "127.0.0.1", port: 9100))
        #expect(settings.source(of: size) == .defaultValue)
    }

    @Test func flagBeatsEnvironmentBeatsFileBeatsDefault() throws {
        let file = "sink-url: http://file\nbatch-size: 3\nbatch-time: 3s\nshape: square\n"
        let settings = try parse(
            ["--config=f.yaml", "--batch-size=1", "one", "--no-gzip", "--", "--two"],
            environment: ["EFD_BATCH_SIZE": "2", "EFD_BATCH_TIME": "2s", "EFD_TOPIC": "a, b"], files: ["f.yaml": file])
        #expect(settings[size] == 1)
        #expect(settings[linger] == 2)
        #expect(settings[shape] == .square)
        #expect(settings[url] == "http://file")
        #expect(settings[topics] == ["a", "b"])
        #expect(!settings[gzip])
        #expect(settings.positional == ["one", "--two"])
        #expect(settings.source(of: shape) == .file("f.yaml", line: 4))
        #expect(settings.source(of: linger) == .environment("EFD_BATCH_TIME"))
    }

    @Test func repeatableValuesGatherFromEachForm() throws {
        let flags = try parse([
            "--url", "http://a", "--topic", "a,b", "--topic", "c", "--kafka-property", "a.b=c=d", "--kafka-property=e=",
        ])
        #expect(flags[topics] == ["a", "b", "c"])
        #expect(flags[properties] == [KeyValue(key: "a.b", value: "c=d"), KeyValue(key: "e", value: "")])
        let file = try parse(
            ["--config", "f"], files: ["f": "url: http://a\ntopic: [x, y]\nkafka-property:\n  a.b: 1\n  c: d\n"])
        #expect(file[topics] == ["x", "y"])
        #expect(file[properties] == [KeyValue(key: "a.b", value: "1"), KeyValue(key: "c", value: "d")])
    }

    @Test func secretsComeFromFilesAndAreNeverShown() throws {
        let settings = try parse(
            ["--sink-url", "http://a", "--kafka-property", "sasl.password=hush"],
            environment: ["EFD_SINK_PASSWORD_FILE": "/s"], files: ["/s": "top secret\n"])
        #expect(settings[password] == "top secret")
        #expect(!settings.yaml.contains("top secret"))
        #expect(!settings.yaml.contains("hush"))
        #expect(
            try parse(["--sink-url", "http://a", "--sink-password-file", "/s"], files: ["/s": "x"])[password] == "x")
    }

    @Test func printedConfigurationReadsBackTheSame() throws {
        let first = try parse([
            "--sink-url", "http://a", "--topic", "x", "--batch-time", "5m", "--shape", "square", "--no-gzip",
        ])
        let second = try parse(["--config", "f"], files: ["f": first.yaml])
        #expect(second[topics] == first[topics])
        #expect(second[linger] == 300)
        #expect(second[shape] == .square)
        #expect(!second[gzip])
    }

    @Test(arguments: [
        (["--sink-url", "ftp://a"], "'ftp://a' is not a URL"),
        (["--sink-url", "http://a", "--batch-sise", "1"], "Did you mean batch-size"),
        (["--sink-url", "http://a", "--batch-size", "0"], "from 1 to 100000"),
        (["--sink-url", "http://a", "--batch-time", "5"], "'5' is not a time"),
        (["--sink-url", "http://a", "--memory-limit", "1kB"], "'1kB' is not a size"),
        (["--sink-url", "http://a", "--shape", "oval"], "'oval' is not one of round, square"),
        (["--sink-url", "http://a", "--http-listen", "host"], "'host' is not HOST:PORT"),
        (["--sink-url", "http://a", "--kafka-property", "x"], "'x' is not KEY=VALUE"),
        (["--sink-url", "http://a", "--batch-size"], "needs a value"),
        (["--sink-url", "http://a", "--batch-size", "--no-gzip"], "--batch-size needs a value"),
        (["--sink-url", "http://a", "--batch-size", "-x"], "-x is a flag"),
        (["--sink-url", ""], "the value is empty"),
        (["--sink-url", "http://a", "--topic", " , "], "the value is empty"),
        (["--sink-url", "http://a", "--gzip="], "the value is empty"),
        ([], "--sink-url is required"),
        (["--sink-url", "http://a", "--config", "missing"], "cannot open missing"),
    ])
    func faultsSayWhatAndWhere(arguments: [String], expected: String) {
        #expect(complaint(arguments).contains(expected))
    }

    @Test func allFaultsAreReportedTogether() {
        let text = complaint(["--batch-size", "x", "--nonsense"], environment: ["EFD_SHAPE": "oval"])
        for part in [
            "--batch-size (flag --batch-size)", "--nonsense is unknown", "environment EFD_SHAPE",
            "--sink-url is required",
        ] {
            #expect(text.contains(part))
        }
    }

    @Test func fileFaultsNameTheLine() {
        #expect(
            complaint(["--config", "f"], files: ["f": "sink-url: http://a\nbatch_size: 3\n"]).contains(
                "f, line 2, column 1: the setting 'batch_size' is unknown"))
        #expect(complaint(["--config", "f"], files: ["f": "sink-url: [1]\n"]).contains("takes one value"))
        #expect(complaint(["--config", "f"], files: ["f": "a: b: c\n"]).contains("line 1"))
    }

    @Test func aSecretIsNotRepeatedInAFault() {
        let secretSize = Setting<Int>.integer("pin", default: 1, in: 1...9, help: "x").secret()
        let table = SettingsTable(program: "p", summary: "s", sections: [.init("a", [secretSize.spec])])
        do {
            _ = try Settings.parse(table, arguments: ["--pin", "4711"], environment: [:]) { _ in [] }
            Issue.record("a pin out of range was taken")
        } catch {
            #expect(!error.description.contains("4711"))
        }
    }

    /// A dash begins a flag, unless it is a number's or follows `=`.
    @Test func aValueMayBeginWithADash() throws {
        let shift = Setting<Int>.integer("shift", default: 0, in: -9...9, help: "x")
        let name = Setting<String>.text("name", default: "a", help: "x")
        let table = SettingsTable(program: "p", summary: "s", sections: [.init("a", [shift.spec, name.spec])])
        let settings = try Settings.parse(table, arguments: ["--shift", "-3", "--name=--x"], environment: [:]) { _ in []
        }
        #expect(settings[shift] == -3 && settings[name] == "--x")
    }

    @Test func whatIsPrintedOfASecretIsNoSetting() throws {
        let given = try parse([
            "--sink-url", "http://a", "--sink-password", "hush", "--kafka-property", "sasl.password=hush;a=b",
        ])
        let again = try parse(["--config", "f"], files: ["f": given.yaml])
        #expect(again[password] == nil)
        #expect(again[properties] == [KeyValue(key: "a", value: "b")])
        #expect(given.yaml.contains("# sink-password:"))
    }

    @Test func helpAndReferenceShowEverySetting() {
        for spec in table.settings {
            #expect(table.help.contains("--\(spec.name)"))
            #expect(table.markdown.contains("`\(spec.environmentName)`"))
        }
    }
}

@Suite struct UnitsTests {
    @Test(arguments: [
        ("250ms", 0.25), ("5s", 5), ("1.5m", 90), ("2h", 7200), ("30d", 2_592_000), ("1w", 604_800), ("10us", 0.00001),
    ])
    func durations(text: String, seconds: Double) { #expect(abs((Units.seconds(text) ?? -1) - seconds) < 1e-9) }

    @Test(arguments: ["", "5", "s", "5 parsecs", "-1s", "1e3s", "5sm"])
    func refusedDurations(text: String) { #expect(Units.seconds(text) == nil) }

    @Test(arguments: [
        ("0", 0), ("500B", 500), ("1kB", 1000), ("64MiB", 67_108_864), ("2GB", 2_000_000_000), ("1.5KiB", 1536),
    ])
    func sizes(text: String, bytes: Int) { #expect(Units.bytes(text) == bytes) }

    @Test(arguments: ["", "5", "MB", "5mb", "-1B"])
    func refusedSizes(text: String) { #expect(Units.bytes(text) == nil) }

    @Test(arguments: [("a:1", "a", 1), ("127.0.0.1:65535", "127.0.0.1", 65535), ("[::1]:80", "::1", 80)])
    func addresses(text: String, host: String, port: Int) {
        #expect(HostPort(text) == HostPort(host: host, port: UInt16(port)))
        #expect(HostPort(text)?.description == text)
    }

    @Test(arguments: ["a", ":1", "a:b", "a:70000", "::1:80"])
    func refusedAddresses(text: String) { #expect(HostPort(text) == nil) }

    @Test func nearNamesAreFound() {
        let names = ["ATDome", "MTDome", "MTMount", "Script", "ScriptQueue"]
        #expect(NearestNames.of("ATdmoe", among: names).first == "ATDome")
        #expect(NearestNames.of("Scr", among: names) == ["Script", "ScriptQueue"])
        #expect(NearestNames.of("Kitchen", among: names) == [])
    }
}
