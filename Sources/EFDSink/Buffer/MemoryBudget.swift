import CPosix
import EFDCore
import Synchronization

/// The memory that the buffered rows of all sinks of the process may take together: what the process's limit leaves
/// after everything else. One per process; each writer that buffers is a holder.
///
/// There are no fixed shares: a holder may take whatever the others do not need. When all rows together exceed the
/// allowance, the holder with the most flushes first, so that busy connectors pay and quiet ones keep their rows.
/// Holders act when they write and once a second; should the largest one be stuck, its destination broken, the others
/// flush as well as soon as rows are an eighth over, all but what is less than a fair part of another eighth. So rows
/// stay under 1.25 times the allowance, plus what one write of each holder brings.
///
/// All else that takes memory is measured, not guessed, once for the process: Kafka's client alone takes 9 kB a topic.
public final class MemoryBudget: Sendable {
    private let limit: Int
    private let log: Log
    private let resident: @Sendable () -> Int
    private let held = Atomic<Int>(0)
    private let allowed: Atomic<Int>
    /// When memory was last measured, on the monotonic clock in nanoseconds.
    private let measured = Atomic<Int64>(0)
    /// When a limit that does not hold was last reported.
    private let warned = Atomic<Int64>(0)
    private let holders = Locked<[Account]>([])

    /// What one holder has.
    fileprivate final class Account: Sendable {
        let bytes = Atomic<Int>(0)
    }

    /// Shares of the limit: the most that rows get, the least, and what stays free for files and requests being made.
    private static let (most, least, reserve) = (0.5, 0.0625, 0.25)
    /// Holders other than the largest flush when rows exceed the allowance by this part of it.
    private static let slack = 8
    /// Nanoseconds between two measurements.
    private static let interval: Int64 = 200_000_000
    /// Nanoseconds between two warnings.
    private static let warningInterval: Int64 = 600_000_000_000
    /// Freed blocks of up to this many bytes stay in the heap, and as much of it: chunks of rows and pages come and go
    /// all the time.
    private static let keptHeap: Int32 = 1 << 20

    public static let setting = Setting<Int>.bytes(
        "memory-limit", default: "256MiB", from: "64MiB", to: "1TiB",
        help:
            "Memory that the process stays under: rows are buffered in what the rest leaves, then the largest "
            + "partitions are flushed."
    )

    /// - Parameters:
    ///   - limit: bytes that the process should stay under.
    ///   - resident: bytes of the process that are in memory; 0: not known.
    public init(
        limit: Int, log: Log = .silent, resident: @escaping @Sendable () -> Int = { Int(posix_resident_bytes()) }
    ) {
        self.limit = limit
        self.log = log
        self.resident = resident
        allowed = Atomic(Int(Double(limit) * Self.most))
    }

    /// The budget of this process, by its settings. Also sets up the heap for buffers that come and go: call it once.
    public static func ofProcess(_ settings: Settings, log: Log) -> MemoryBudget {
        posix_keep_heap(keptHeap)
        return MemoryBudget(limit: settings[setting], log: log)
    }

    /// Bytes that the rows of all holders take.
    public var bytes: Int { held.load(ordering: .relaxed) }

    /// Bytes that rows may take now.
    public var allowance: Int { allowed.load(ordering: .relaxed) }

    /// What rows may take when the process has `resident` bytes in memory and rows take `held` of them.
    func allowance(resident: Int, held: Int) -> Int {
        let limit = Double(limit)
        let rest = limit * (1 - Self.reserve) - Double(resident - held)
        return Int(min(limit * Self.most, max(limit * Self.least, rest)))
    }

    fileprivate func mustShrink(_ account: Account) -> Bool {
        measure()
        let (own, all, allowance) = (account.bytes.load(ordering: .relaxed), bytes, allowance)
        guard all > allowance, own > 0 else { return false }
        let (largest, count) = holders.withLock { holders in
            (holders.reduce(0) { max($0, $1.bytes.load(ordering: .relaxed)) }, holders.count)
        }
        let slack = allowance / Self.slack
        return own >= largest || (all > allowance + slack && own > slack / max(1, count))
    }

    fileprivate func change(_ account: Account, by bytes: Int) {
        account.bytes.add(bytes, ordering: .relaxed)
        held.add(bytes, ordering: .relaxed)
    }

    fileprivate func add(_ account: Account) { holders.withLock { $0.append(account) } }

    fileprivate func remove(_ account: Account) {
        holders.withLock { $0.removeAll { $0 === account } }
        change(account, by: -account.bytes.load(ordering: .relaxed))
    }

    // MARK: Measuring

    private func measure() {
        let (now, last) = (MonotonicClock.nanoseconds(), measured.load(ordering: .relaxed))
        guard now - last >= Self.interval,
            measured.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
        else { return }
        var resident = resident()
        guard resident > 0 else { return }
        if Double(resident) > Double(limit) * (1 - Self.reserve) {
            // Freed pages that the heap still keeps would count as memory in use.
            posix_trim_heap()
            resident = self.resident()
        }
        let allowance = allowance(resident: resident, held: bytes)
        if resident > limit, allowance == Int(Double(limit) * Self.least) { warn(resident, now) }
        allowed.store(allowance, ordering: .relaxed)
    }

    private func warn(_ resident: Int, _ now: Int64) {
        let last = warned.load(ordering: .relaxed)
        guard last == 0 || now - last >= Self.warningInterval,
            warned.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
        else { return }
        log.warning(
            "memory use exceeds --memory-limit although few rows are buffered: raise the limit or split the topics "
                + "over several processes",
            [
                "resident_mib": .integer(resident >> 20), "limit_mib": .integer(limit >> 20),
                "rows_mib": .integer(bytes >> 20),
            ])
    }
}

/// The part of a `MemoryBudget` that one writer's rows take. Freed, it gives its part back.
public final class MemoryHolder: Sendable {
    private let budget: MemoryBudget
    private let account = MemoryBudget.Account()

    public init(_ budget: MemoryBudget) {
        self.budget = budget
        budget.add(account)
    }

    deinit { budget.remove(account) }

    public var bytes: Int { account.bytes.load(ordering: .relaxed) }

    /// Whether this holder is to flush now. Ask again after each flush.
    public var mustShrink: Bool { budget.mustShrink(account) }

    public func change(by bytes: Int) { budget.change(account, by: bytes) }
}
