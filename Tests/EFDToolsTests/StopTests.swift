import EFDCore
import EFDTestKit
import Foundation
import Testing

/// How programs end when they are signalled.
@Suite struct StopTests {
    /// A running program; `signal` sends any signal.
    private func start(_ program: String, _ arguments: [String]) throws -> (process: ChildProcess, log: String) {
        let log = FileManager.default.temporaryDirectory.appending(path: "efd-stop-\(UUID().uuidString).log").path
        let path = TestProcess.programs.appending(path: program).path
        return (try ChildProcess(path, arguments, output: log), log)
    }

    private func text(_ log: String) -> String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// No broker listens on port 1.
    private static let brokers = ["--bootstrap-servers", "127.0.0.1:1"]
    private static let away = brokers + ["--registry-url", "http://127.0.0.1:1"]
    private static let sideBrokers = [
        "--source-bootstrap-servers", "127.0.0.1:1", "--target-bootstrap-servers", "127.0.0.1:1",
    ]
    private static let sidesAway =
        sideBrokers + [
            "--source-registry-url", "http://127.0.0.1:1", "--target-registry-url", "http://127.0.0.1:1",
        ]
    private static let page = ["--http-listen", "127.0.0.1:0"]
    private static let idl = [
        "DemoMount", "--idl-dir",
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/scripts/demo-idl",
    ]

    private static let programs: [(String, [String], Int32)] = [
        ("salkafka-producer", idl + away + page, 0), ("replicator", sidesAway + page, 0),
        ("influx-sink", away + page, 0), ("efd", ["registry"] + page + brokers, 0),
        ("salkafka-producer", idl + away + ["--dry-run"], 1), ("replicator", ["verify"] + sidesAway, 1),
        ("replicator", ["status"] + sideBrokers, 1),
        ("efd", ["simulate"] + idl + away + ["--to", "kafka"], 1),
    ]

    @Test(arguments: programs)
    func aStopWhileKafkaIsAwayTakesNoLongerThanASecondOrTwo(
        program: String, arguments: [String], code: Int32
    ) throws {
        let (process, log) = try start(program, arguments)
        MonotonicClock.sleep(seconds: 1.5)
        #expect(process.isRunning, "\(text(log))")
        process.signal(SIGTERM)
        #expect(process.wait(seconds: 3) == code, "\(text(log))")
    }

    /// `timeout` and other wrappers signal a process and its group.
    @Test func twoSignalsAtOnceAreOne() throws {
        let (process, log) = try start("influx-sink", Self.away + Self.page)
        _ = try until(seconds: 10, "not started: \(text(log))") { text(log).contains("operations pages") ? true : nil }
        process.signal(SIGTERM)
        MonotonicClock.sleep(seconds: 0.001)
        process.signal(SIGTERM)
        #expect(process.wait(seconds: 5) == 0, "\(text(log))")
    }

    @Test(arguments: [SIGHUP, SIGUSR1, SIGUSR2])
    func aServiceIgnoresASignalWithoutMeaning(signal: Int32) throws {
        let (process, log) = try start("efd", ["broker", "--kafka-listen", "127.0.0.1:0"])
        _ = try until(seconds: 10, "not started") { text(log).contains("EFD_BOOTSTRAP_SERVERS") ? true : nil }
        process.signal(signal)
        _ = try until(seconds: 5, "nothing is logged: \(text(log))") {
            text(log).contains("the signal is ignored") ? true : nil
        }
        #expect(process.isRunning)
        process.signal(SIGTERM)
        #expect(process.wait(seconds: 5) == 0, "\(text(log))")
    }
}
