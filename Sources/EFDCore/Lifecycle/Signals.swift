import Glibc

/// SIGTERM and SIGINT ask the process to stop; a second one, or a drain that takes too long, ends it.
public enum Signals {
    private static let stopping: [Int32] = [SIGTERM, SIGINT, SIGHUP]

    /// Blocks the signals in this thread and in those that it starts. Call it first in `main`, before any library
    /// starts a thread.
    public static func block() {
        var set = stopSet()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Stops `token` at the first signal. A dedicated thread waits; it ends with the process.
    public static func watch(_ token: StopToken, drainSeconds: Double, log: Log) {
        JoinableThread.detach("signals") {
            var set = stopSet()
            var number: Int32 = 0
            sigwait(&set, &number)
            log.info("stopping: flush and commit", ["signal": .text(name(number))])
            token.stop()
            JoinableThread.detach("drain-limit") {
                MonotonicClock.sleep(seconds: drainSeconds)
                log.error(
                    "shutdown timed out: uncommitted records will be read again",
                    ["seconds": .real(drainSeconds)])
                _exit(1)
            }
            sigwait(&set, &number)
            log.error(
                "second signal: exiting immediately, uncommitted records will be read again",
                ["signal": .text(name(number))])
            _exit(128 + number)
        }
    }

    private static func stopSet() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in stopping { sigaddset(&set, number) }
        return set
    }

    private static func name(_ number: Int32) -> String {
        switch number {
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        case SIGHUP: "SIGHUP"
        default: "\(number)"
        }
    }
}
