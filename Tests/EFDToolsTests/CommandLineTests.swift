import EFDCore
import EFDTestKit
import Foundation
import Testing

/// What people type, and what programs answer on standard output and standard error.
@Suite struct CommandLineTests {
    private func run(_ line: String, _ arguments: String...) throws -> (code: Int32?, output: String) {
        let words = line.split(separator: " ").map(String.init)
        let process = try TestProcess(words[0], Array(words.dropFirst()) + arguments)
        return (process.wait(seconds: 30), process.output)
    }

    @Test(arguments: [
        ("efd audit --sent /nosuch/report", "efd audit: cannot open /nosuch/report: No such file or directory"),
        ("parquet-sink verify --output /nosuch", "parquet-sink verify: the folder /nosuch does not exist"),
        ("parquet-sink compact --output /nosuch", "parquet-sink compact: the folder /nosuch does not exist"),
        ("efd top --metrics http://127.0.0.1:1 --seconds 1", "efd top: no service answered at 127.0.0.1:1"),
    ])
    func aCommandSaysInPlainTextWhatFailed(line: String, expected: String) throws {
        let (code, output) = try run(line)
        #expect(code != 0 && output.contains(expected), "\(output)")
        #expect(!output.contains("{\""), "\(output)")
    }

    @Test func aCommandWritesItsFailureAsJSONOnRequest() throws {
        let (code, output) = try run("parquet-sink verify --output /nosuch --log-format json")
        #expect(code == 1 && output.contains(#""code":"parquet.outputMissing""#), "\(output)")
    }

    @Test(arguments: [
        ("parquet-sink verfy", "Did you mean parquet-sink verify?"),
        ("parquet-sink comapct --output /x", "Did you mean parquet-sink compact?"),
        ("replicator stauts", "Did you mean replicator status?"),
        ("influx-sink hots a.json", "Did you mean influx-sink host?"), ("efd Tpo", "Did you mean efd top?"),
        ("efd simulat", "Did you mean efd simulate?"),
        ("efd --sent x audit", "Write the command first: efd audit"),
        ("parquet-sink --output /x verify", "'verify' must come first"),
        ("parquet-sink --output /x verfy", "not expected after flags"),
        ("json-sink --group-idd x", "Did you mean group-id"), ("efd xyz", "Commands:"), ("parquet-sink -Q", "--help"),
    ])
    func aMisspeltWordNamesTheNearOne(line: String, expected: String) throws {
        let (code, output) = try run(line)
        #expect(code == 2 && output.contains(expected), "\(output)")
        #expect(!output.contains("Did you mean d, e"), "\(output)")
    }

    @Test(arguments: [
        ("efd help", "Commands:"), ("efd help top", "efd top:"), ("efd top help", "efd top:"),
        ("parquet-sink help", "Usage: parquet-sink"), ("parquet-sink help verify", "parquet-sink verify:"),
        ("replicator -h", "Usage: replicator"), ("salkafka-producer help", "Usage: salkafka-producer"),
        ("efd version", BuildInfo.version), ("efd -V", BuildInfo.version), ("efd top -V", BuildInfo.version),
        ("parquet-sink -V", BuildInfo.version), ("json-sink version", BuildInfo.version),
        ("parquet-sink verify --version", BuildInfo.version),
    ])
    func theUsualWordsAreUnderstood(line: String, expected: String) throws {
        let (code, output) = try run(line)
        #expect(code == 0 && output.contains(expected), "\(output)")
    }

    /// Also with a closed standard output, whose number the next file would get.
    @Test(arguments: [
        ("efd --help", "> /dev/full"), ("efd top --help", "> /dev/full"), ("json-sink --version", "> /dev/full"),
        ("influx-sink --print-config", "> /dev/full"), ("influx-sink --check-config", "> /dev/full"),
        ("influx-sink --check-config --log-format json", "> /dev/full"),
        ("influx-sink --print-config-schema", "> /dev/full"),
        ("salkafka-producer --show-schema", "> /dev/full"), ("efd --help", ">&-"),
    ])
    func lostOutputIsAFailure(line: String, redirection: String) throws {
        let process = try TestProcess(
            "/bin/sh", ["-c", "\(TestProcess.programs.path)/\(line) \(redirection)"])
        #expect(process.wait(seconds: 30) == 1)
        #expect(process.output.contains("cannot write the output: "), "\(process.output)")
    }
}
