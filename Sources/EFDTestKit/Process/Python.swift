import EFDCore
import Foundation

/// The Python of the environment that scripts/setup made, with the readers of others that tests compare with.
public enum Python {
    public static let interpreter: String? = {
        let package = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let candidates = [
            ProcessInfo.processInfo.environment["EFD_PYTHON"], "\(package)/.build-tools/venv/bin/python3",
        ].compactMap { $0 }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Runs a program text and returns what it printed. Throws what it complained of.
    public static func run(
        _ text: String, _ arguments: [String] = [], environment: [String: String] = [:], seconds: Double = 120
    ) throws -> String {
        guard let interpreter else {
            throw EFDError("testkit.pythonMissing", "no Python environment: run scripts/setup")
        }
        let process = try TestProcess(interpreter, ["-c", text] + arguments, environment: environment)
        guard process.wait(seconds: seconds) == 0 else { throw EFDError("testkit.pythonFailed", process.output) }
        return process.output
    }
}
