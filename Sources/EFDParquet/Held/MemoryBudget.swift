import CPosix
import EFDCore
import Synchronization

/// The memory that the rows of all writers together may take: what the process's limit leaves beside all else.
///
/// A writer must publish when all of them hold too much and it holds more than its share: some writer always does then.
/// What else takes memory is measured, not guessed: Kafka's client alone takes 24 kB a topic.
final class MemoryBudget: Sendable {
    private let processLimit: Int
    private let writers: Int
    private let log: Log
    private let held = Atomic<Int>(0)
    private let allowed: Atomic<Int>
    /// When memory was measured last, on the monotonic clock in nanoseconds.
    private let measured = Atomic<Int64>(0)
    /// When it was told last that the limit does not hold.
    private let told = Atomic<Int64>(0)

    /// Of the limit: what rows get at most, what they get at least, and what is left free for files that are being
    /// written.
    private static let (most, least, reserve) = (0.5, 0.0625, 0.25)
    /// Nanoseconds between two measurements.
    private static let interval: Int64 = 200_000_000
    /// Nanoseconds between two warnings.
    private static let warningInterval: Int64 = 600_000_000_000

    /// - Parameter processLimit: bytes that the process should stay under.
    init(processLimit: Int, writers: Int, log: Log = .silent) {
        self.processLimit = processLimit
        self.writers = writers
        self.log = log
        allowed = Atomic(Int(Double(processLimit) * Self.most))
    }

    /// Bytes that all writers hold.
    var bytes: Int { held.load(ordering: .relaxed) }

    func change(by bytes: Int) { held.add(bytes, ordering: .relaxed) }

    /// - Parameter own: bytes that the writer holds who asks.
    func isExceeded(own: Int) -> Bool {
        measure()
        let limit = allowed.load(ordering: .relaxed)
        return own > limit / writers && bytes > limit
    }

    /// What rows may take when the process has `resident` bytes in memory and rows take `held` of them.
    func allowance(resident: Int, held: Int) -> Int {
        let limit = Double(processLimit)
        let rest = limit * (1 - Self.reserve) - Double(resident - held)
        return Int(min(limit * Self.most, max(limit * Self.least, rest)))
    }

    private func warn(_ resident: Int, _ now: Int64) {
        let last = told.load(ordering: .relaxed)
        guard last == 0 || now - last >= Self.warningInterval,
            told.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
        else { return }
        log.warning(
            "the process takes more memory than --memory-limit, though rows get little: so many topics need a higher "
                + "limit, or several processes",
            [
                "resident_mib": .integer(resident >> 20), "limit_mib": .integer(processLimit >> 20),
                "rows_mib": .integer(bytes >> 20),
            ])
    }

    private func measure() {
        let (now, last) = (MonotonicClock.nanoseconds(), measured.load(ordering: .relaxed))
        guard now - last >= Self.interval,
            measured.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
        else { return }
        var resident = Int(posix_resident_bytes())
        guard resident > 0 else { return }
        if Double(resident) > Double(processLimit) * (1 - Self.reserve) {
            // What was freed and not given back would be taken for memory in use.
            posix_trim_heap()
            resident = Int(posix_resident_bytes())
        }
        if resident > processLimit { warn(resident, now) }
        allowed.store(allowance(resident: resident, held: bytes), ordering: .relaxed)
    }
}
