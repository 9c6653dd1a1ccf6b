import EFDCore
import EFDHTTP
import Foundation

/// One of the suite's programs, or any other, run beside a test with its output in a file. It never outlives the test
/// process.
public final class TestProcess: Sendable {
    private let process: ChildProcess
    private let program: String
    public let log: URL

    private static let running = Locked<[TestProcess]>([])
    private static let cleanUp: Void = {
        atexit { for process in TestProcess.running.withLock({ $0 }) { process.kill() } }
    }()

    /// The folder that the package's programs are built into: where the test bundle is.
    public static let programs = URL(
        filePath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    ).deletingLastPathComponent()

    /// Starts a program by the name of its product, or by path.
    public init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        _ = Self.cleanUp
        log = FileManager.default.temporaryDirectory.appending(path: "efd-test-\(UUID().uuidString).log")
        self.program = program.contains("/") ? program : Self.programs.appending(path: program).path
        process = try ChildProcess(self.program, arguments, environment: environment, output: log.path)
        Self.running.withLock { $0.append(self) }
    }

    public var isRunning: Bool { process.isRunning }
    public var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Bytes of memory that were resident at most so far (VmHWM); nil when the process is gone.
    public var peakResidentBytes: Int? {
        let status = (try? String(contentsOfFile: "/proc/\(process.id)/status", encoding: .utf8)) ?? ""
        return status.firstMatch(of: /VmHWM:\s+(\d+) kB/).flatMap { Int($0.1) }.map { $0 * 1024 }
    }

    /// SIGTERM, then waits. Returns the exit code, nil when it did not end within `seconds`.
    @discardableResult
    public func stop(seconds: Double = 30) -> Int32? {
        process.signal(SIGTERM)
        return wait(seconds: seconds)
    }

    /// kill -9.
    public func kill() {
        process.signal(SIGKILL)
        _ = wait(seconds: 10)
    }

    /// The exit code; nil when the process has not ended within `seconds`.
    public func wait(seconds: Double) -> Int32? {
        guard let code = process.wait(seconds: seconds) else { return nil }
        Self.running.withLock { $0.removeAll { $0 === self } }
        return code
    }

    /// Where the program's pages are, from the line that tells it; waits for it.
    public func address(seconds: Double = 30) throws -> String {
        let found = try until(
            seconds: seconds, "\(program) printed no address:\n\(output)"
        ) {
            output.firstMatch(of: /"address":"(http:[^"]+)"/).map { String($0.1) }
        }
        return found
    }

    /// The program's metrics now.
    public func metrics() throws -> MetricsSnapshot {
        MetricsSnapshot(parsing: try HTTPClient().request(.get, try HTTPURL(try address()).appending("metrics")).text)
    }

    /// Waits until `/readyz` says yes.
    public func waitUntilReady(seconds: Double = 60) throws {
        let url = try HTTPURL(try address(seconds: seconds)).appending("readyz")
        _ = try until(seconds: seconds, "not ready:\n\(output)") {
            (try? HTTPClient().request(.get, url).status) == 200 ? true : nil
        }
    }
}

/// A wait that came to nothing.
public struct Overdue: Error, CustomStringConvertible {
    public let description: String
}

/// Asks until there is an answer; throws when there is none within `seconds`.
public func until<Answer>(seconds: Double, _ complaint: @autoclosure () -> String, _ ask: () throws -> Answer?) throws
    -> Answer
{
    let deadline = MonotonicClock.seconds() + seconds
    while true {
        if let answer = try ask() { return answer }
        if MonotonicClock.seconds() > deadline { throw Overdue(description: complaint()) }
        MonotonicClock.sleep(seconds: 0.1)
    }
}
