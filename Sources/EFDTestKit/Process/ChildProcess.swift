import EFDCore
import Foundation

/// A running program whose output goes to a file.
///
/// Foundation's `Process` watches its children with `select`, which ends the whole test process once a descriptor
/// is 1024 or above; a test run has more. The child inherits no descriptors and default signal handling.
public final class ChildProcess: Sendable {
    public let id: pid_t
    /// The status that `waitpid` told; nil: not ended.
    private let status = Locked<Int32?>(nil)

    /// - Parameters:
    ///   - program: A path, or a name to look up in `PATH`.
    ///   - environment: In addition to this process's.
    ///   - folder: The working folder; this process's without it.
    ///   - input: A file to read; empty without it.
    ///   - output: The file that standard output and standard error are appended to; discarded without it.
    /// - Throws: `testkit.notStarted` with the system's reason.
    public init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], folder: String? = nil,
        input: String? = nil, output: String? = nil
    ) throws(EFDError) {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // glibc's own change of folder is hidden from Swift.
        let command = (folder.map { ["/usr/bin/env", "--chdir=\($0)"] } ?? []) + [program] + arguments
        var strings = command.map { strdup($0) } + [nil]
        var pairs = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for string in strings + pairs { free(string) } }
        var id: pid_t = 0
        let code = posix_spawnp(&id, command[0], &actions, &attributes, &strings, &pairs)
        if code != 0 { throw EFDError("testkit.notStarted", "\(program): \(String(cString: strerror(code)))") }
        self.id = id
    }

    deinit { kill() }

    public var isRunning: Bool { exitCode == nil }

    /// nil: not ended. 128 and the signal's number added when a signal ended it, as a shell says it.
    public var exitCode: Int32? {
        let status = status.withLock { status in
            var now: Int32 = 0
            if status == nil, waitpid(id, &now, WNOHANG) == id { status = now }
            return status
        }
        return status.map { $0 & 0x7f == 0 ? $0 >> 8 & 0xff : 128 + $0 & 0x7f }
    }

    /// Sends a signal, unless it has ended.
    public func signal(_ signal: Int32) {
        status.withLock { if $0 == nil { _ = Foundation.kill(id, signal) } }
    }

    /// kill -9, and waits for its end.
    public func kill() {
        signal(SIGKILL)
        _ = wait(seconds: 10)
    }

    /// The exit code; nil when it has not ended within `seconds`.
    public func wait(seconds: Double) -> Int32? {
        let deadline = MonotonicClock.seconds() + seconds
        while true {
            if let exitCode { return exitCode }
            if MonotonicClock.seconds() > deadline { return nil }
            MonotonicClock.sleep(seconds: 0.005)
        }
    }
}

extension ChildProcess {
    /// Runs a program to its end and returns what it printed.
    ///
    /// - Throws: `testkit.programFailed` with what it printed if it does not end with 0 within `seconds`.
    public static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], seconds: Double = 120
    ) throws(EFDError) -> String {
        // A file, not a pipe: what the program leaves running would keep a pipe open.
        let file = "/tmp/efd-test-output.\(getpid()).\(UInt64.random(in: 0 ... .max))"
        defer { unlink(file) }
        let process = try ChildProcess(program, arguments, environment: environment, output: file)
        let code = process.wait(seconds: seconds)
        let text = String(decoding: try Files.read(file), as: UTF8.self)
        guard code == 0 else {
            let end = code.map { "ended with \($0)" } ?? "did not end within \(seconds) s"
            throw EFDError(
                "testkit.programFailed", "\(program) \(arguments.joined(separator: " ")) \(end): \(text.trimmed)")
        }
        return text
    }
}
