import EFDAvro
import EFDCore
import EFDHTTP
import EFDSink
import EFDTestKit
import Testing

@testable import EFDInflux

@Suite("Settings of influx-sink")
struct InfluxSettingsTests {
    private func parse(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Settings {
        try Settings.parse(InfluxService.plugin.table, arguments: arguments, environment: environment) {
            path throws(EFDError) in
            throw EFDError("test.noFile", path)
        }
    }

    @Test("The predecessors' names mean the same")
    func predecessors() throws {
        let settings = try parse([
            "--influxdb_url", "http://h:1/", "-d", "db", "-u", "me", "-p", "pw", "--timestamp", "stamp", "--tags",
            "a,b", "--remove-prefix", "lsst.sal.",
        ])
        let target = try InfluxTarget(settings)
        #expect(target.url.description == "http://h:1/" && target.database == "db")
        #expect(target.credentials == .basic(user: "me", password: "pw"))
        var options = LineOptions()
        options.timestampFields = ["stamp"]
        options.tagFields = ["a", "b"]
        options.removePrefix = "lsst.sal."
        #expect(try LineOptions(settings) == options)
    }

    @Test("The time field has one name in all sinks, and each sink's old one works too")
    func timeFieldAliases() throws {
        for flag in ["--timestamp-field", "--timestamp", "--timestamp.field", "--time-field"] {
            let options = try LineOptions(parse([flag, "a,b", "--timestamp-unit", "us"]))
            #expect(options.timestampFields == ["a", "b"] && options.timestampUnit == .us, "\(flag)")
        }
    }

    @Test("By default: the EFD's mapping, the database efd, its policy autogen, no login")
    func defaults() throws {
        let settings = try parse([])
        #expect(try LineOptions(settings) == LineOptions())
        let target = try InfluxTarget(settings)
        #expect(target.writeURL.description == "http://localhost:8086/write?db=efd&rp=autogen")
        #expect(target.credentials == nil)
    }

    @Test("A token works with either interface; the bucket of the second may name a policy")
    func token() throws {
        var target = try InfluxTarget(
            parse(["--influxdb-api", "2", "--influxdb-org", "my org"], ["EFD_INFLUXDB_TOKEN": "T"]))
        #expect(target.credentials == .token("T"))
        #expect(
            target.writeURL.description == "http://localhost:8086/api/v2/write?bucket=efd&precision=ns&org=my%20org")
        target.retentionPolicy = "month"
        #expect(target.writeURL.description.contains("bucket=efd%2Fmonth"))
    }

    @Test(
        "What cannot be is refused before anything runs, and no secret is shown",
        arguments: [
            (["--influxdb-token", "pssst", "--influxdb-user", "u"], "--influxdb-user"),
            (["--tag-field", "time"], "--tag-field"), (["--influxdb-api", "2"], "--influxdb-token"),
            (["--influxdb-password", "pssst"], "--influxdb-user"),
            (["--retention", "30"], "--retention"), (["--retention", "5m"], "--retention"),
            (["--influxdb-url", "h:8086"], "--influxdb-url"),
            (["--request-size", "10"], "--request-size"), (["--influxdb-api", "3"], "--influxdb-api"),
        ])
    func refused(arguments: [String], names: String) throws {
        do {
            try InfluxService.plugin.checkAll(try parse(arguments))
            Issue.record("\(arguments) passed")
        } catch {
            #expect("\(error)".contains(names) && !"\(error)".contains("pssst"))
        }
    }

    @Test(
        "Retention in the units people use",
        arguments: [("inf", nil), ("30d", 2_592_000), ("12w", 7_257_600), ("1h", 3600)] as [(String, Double?)])
    func retention(text: String, seconds: Double?) throws {
        let value = try parse(["--retention", text])[InfluxSettings.retention]
        #expect(value == seconds.map { .seconds($0) } ?? .forever)
        #expect(value.description == text)
    }

    @Test("Reals that look like integers too large stay reals; texts and true integers stay as they are")
    func reals() throws {
        func marked(_ text: String) -> String {
            String(decoding: InfluxQuery.withRealsMarked(Array(text.utf8)), as: UTF8.self)
        }
        #expect(
            marked("[100000000000000000000,-100000000000000000000]")
                == "[100000000000000000000.0,-100000000000000000000.0]")
        for same in [
            "[9223372036854775807,-9223372036854775808,1,1e30,12345678901234567890.5]",
            #"["100000000000000000000","a\"100000000000000000000,"]"#,
            #"{"a\\":[1],"time":1700000000000000000}"#,
        ] {
            #expect(marked(same) == same)
        }
    }
}
