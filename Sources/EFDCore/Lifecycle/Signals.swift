import Glibc

/// SIGTERM and SIGINT ask the process to stop; a later second one, or a drain that takes too long, ends it.
///
/// A signal within a second of the first is a copy of it: `timeout` and wrappers signal a process and its group. SIGHUP
/// stops a process that a terminal started, as its end does; to others it means nothing, as SIGUSR1 and SIGUSR2 do:
/// settings are read once.
public enum Signals {
    private static let watched: [Int32: String] = [
        SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGHUP: "SIGHUP", SIGUSR1: "SIGUSR1", SIGUSR2: "SIGUSR2",
    ]

    /// Seconds within which a further signal counts as a copy of the first.
    private static let copyWindow = 1.0
    /// Seconds that a process without anything to flush has to end by itself.
    private static let idlePatience = 1.0

    /// Blocks the signals in this thread and in those that it starts. Call it first in `main`, before any library
    /// starts a thread.
    public static func block() {
        var set = watchedSet()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Stops `token` at the first signal. A dedicated thread waits; it ends with the process.
    static func watch(
        _ token: StopToken, shutdown: Shutdown, drainSeconds: Double, program: Program.Kind, log: Log
    ) {
        let hasTerminal = isatty(0) == 1
        JoinableThread.detach("signals") {
            let first = nextStop(hasTerminal: hasTerminal, program, log)
            let start = MonotonicClock.seconds()
            if program == .service { log.info("stopping: flush and commit", ["signal": .text(name(first))]) }
            token.stop()
            JoinableThread.detach("drain-limit") { limit(shutdown, drainSeconds, log) }
            var further = nextStop(hasTerminal: hasTerminal, program, log)
            while MonotonicClock.seconds() - start < copyWindow {
                further = nextStop(hasTerminal: hasTerminal, program, log)
            }
            log.error(
                "second signal: exiting immediately, uncommitted records will be read again",
                ["signal": .text(name(further))])
            _exit(128 + further)
        }
    }

    /// Waits for a signal that stops the process.
    private static func nextStop(hasTerminal: Bool, _ program: Program.Kind, _ log: Log) -> Int32 {
        var set = watchedSet()
        var number: Int32 = 0
        while true {
            sigwait(&set, &number)
            if stops(number, hasTerminal: hasTerminal, program) { return number }
            log.info("the signal is ignored: settings are read at the start", ["signal": .text(name(number))])
        }
    }

    static func stops(_ number: Int32, hasTerminal: Bool, _ program: Program.Kind) -> Bool {
        switch number {
        case SIGHUP: hasTerminal || program == .command
        case SIGUSR1, SIGUSR2: false
        default: true
        }
    }

    /// Ends the process if it does not end by itself in time.
    private static func limit(_ shutdown: Shutdown, _ drainSeconds: Double, _ log: Log) {
        let deadline = MonotonicClock.seconds() + drainSeconds
        var drained = MonotonicClock.seconds()
        while MonotonicClock.seconds() < deadline {
            MonotonicClock.sleep(seconds: 0.05)
            let plan = shutdown.plan
            if plan == .drain { drained = MonotonicClock.seconds() }
            guard MonotonicClock.seconds() - drained >= idlePatience else { continue }
            if plan == .abandon {
                log.error("stopped before the end")
                Program.leave(1)
            }
            log.info("stopped: nothing to flush, or no cluster to commit to")
            Program.leave(0)
        }
        log.error(
            "shutdown timed out: uncommitted records will be read again", ["seconds": .real(drainSeconds)])
        _exit(1)
    }

    private static func watchedSet() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in watched.keys { sigaddset(&set, number) }
        return set
    }

    private static func name(_ number: Int32) -> String { watched[number] ?? "\(number)" }
}
