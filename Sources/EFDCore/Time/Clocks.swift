import Glibc

/// Elapsed time that never jumps: for durations, deadlines and backoff.
public enum MonotonicClock {
    public static func nanoseconds() -> Int64 {
        var now = Glibc.timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    public static func seconds() -> Double { Double(nanoseconds()) / 1e9 }

    public static func sleep(seconds: Double) {
        guard seconds > 0 else { return }
        var deadline = timespec(after: seconds)
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nil) == EINTR {}
    }

    static func timespec(after seconds: Double) -> Glibc.timespec {
        let at = nanoseconds() + Int64(max(0, min(seconds, 1e9)) * 1e9)
        return Glibc.timespec(tv_sec: Int(at / 1_000_000_000), tv_nsec: Int(at % 1_000_000_000))
    }
}

/// UTC time since 1970: for timestamps that leave the process.
public enum WallClock {
    public static func nanoseconds() -> Int64 {
        var now = Glibc.timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    public static func seconds() -> Double { Double(nanoseconds()) / 1e9 }
}
