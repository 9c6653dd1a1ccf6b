import EFDTestKit
import Foundation
import Testing

/// Scripts explain themselves and stay readable.
@Suite struct ScriptTests {
    /// Text files below scripts, IDL aside.
    private static let scripts = (Repository.files(under: "scripts", ending: [""]) + [".ci/run"]).filter { path in
        !path.hasSuffix(".idl") && (try? Repository.text(path)) != nil
    }

    /// Those that people run: executable, in a shell.
    private static let commands = scripts.filter { path in
        FileManager.default.isExecutableFile(atPath: Repository.root.appending(path: path).path)
            && (try? Repository.text(path).hasPrefix("#!/usr/bin/env bash")) == true
    }

    private func run(_ command: String, _ option: String) throws -> (code: Int32?, output: String) {
        let process = try TestProcess(Repository.root.appending(path: command).path, [option])
        defer { process.kill() }
        return (process.wait(seconds: 30), process.output)
    }

    @Test func scriptsAreFound() {
        #expect(Self.commands.count >= 10)
        #expect(Self.commands.contains("scripts/test"))
        #expect(Self.scripts.contains("scripts/benchmarks/common.sh"))
    }

    @Test(arguments: commands, ["--help", "-h"])
    func helpIsPrinted(command: String, option: String) throws {
        let (code, output) = try run(command, option)
        #expect(code == 0, "\(command) \(option) does not end at once with exit code 0:\n\(output)")
        let name = command == ".ci/run" ? "scripts/test" : command
        let hasUsage = output.split(separator: "\n").contains { $0.drop { $0 == " " }.hasPrefix(name) }
        #expect(hasUsage, "\(command) \(option) shows no usage:\n\(output)")
    }

    @Test(arguments: commands)
    func unknownOptionsAreRefused(command: String) throws {
        let (code, output) = try run(command, "--no-such-option")
        #expect(code == 2, "\(command) takes any option:\n\(output)")
    }

    @Test func linesOfScriptsHaveAtMost120Columns() throws {
        for path in Self.scripts {
            for (number, line) in try Repository.lines(path).enumerated() {
                #expect(line.count <= 120, "\(path):\(number + 1) has \(line.count) columns")
            }
        }
    }
}
