import CPosix
import EFDCore
import Synchronization

/// The memory for buffered rows of all sinks of the process: what its limit leaves after everything else. One per
/// process; each writer that buffers is a holder.
///
/// There are no fixed shares: a holder may use memory that the others do not need. If all rows together exceed the
/// allowance, the holder with the most flushes first, so that busy connectors pay and quiet ones keep their rows.
/// Holders act when they write and once a second; if the largest one cannot flush because its destination is down, the
/// others flush as soon as rows exceed the allowance by an eighth, down to their fair part of another eighth. So rows
/// stay under 1.25 times the allowance, plus one write of each holder.
///
/// Other memory is measured, not estimated, once for the process: Kafka's client alone uses 9 kB per topic.
public final class MemoryBudget: Sendable {
    private let limit: Int
    private let log: Log
    private let resident: @Sendable () -> Int
    private let buffered = Atomic<Int>(0)
    private let allowed: Atomic<Int>
    /// Time of the last measurement, on the monotonic clock in nanoseconds.
    private let measured = Atomic<Int64>(0)
    /// Time of the last warning that the limit is exceeded.
    private let warned = Atomic<Int64>(0)
    private let holders = Locked<[Account]>([])

    /// The memory of one holder.
    fileprivate final class Account: Sendable {
        let bytes = Atomic<Int>(0)
    }

    /// Shares of the limit: the maximum and minimum for rows, and the reserve for files and requests in construction.
    private static let (most, least, reserve) = (0.5, 0.0625, 0.25)
    /// Holders other than the largest flush if rows exceed the allowance by this fraction of it.
    private static let slack = 8
    /// Nanoseconds between two measurements.
    private static let interval: Int64 = 200_000_000
    /// Nanoseconds between two warnings.
    private static let warningInterval: Int64 = 600_000_000_000
    /// The heap keeps freed blocks of up to this many bytes, and as much in total: chunks of rows and pages are freed
    /// and allocated all the time.
    private static let keptHeap: Int32 = 1 << 20

    public static let setting = Setting<Int>.bytes(
        "memory-limit", default: "256MiB", from: "64MiB", to: "1TiB",
        help:
            "Memory limit of the process: rows are buffered in the memory that the rest leaves, then the largest "
            + "partitions are flushed."
    )

    /// - Parameters:
    ///   - limit: the process's memory limit in bytes.
    ///   - resident: resident bytes of the process; 0: unknown.
    public init(
        limit: Int, log: Log = .silent, resident: @escaping @Sendable () -> Int = { Int(posix_resident_bytes()) }
    ) {
        self.limit = limit
        self.log = log
        self.resident = resident
        allowed = Atomic(Int(Double(limit) * Self.most))
    }

    /// The budget of this process, from its settings. Also configures the heap for short-lived buffers: call it once.
    public static func ofProcess(_ settings: Settings, log: Log) -> MemoryBudget {
        posix_keep_heap(keptHeap)
        return MemoryBudget(limit: settings[setting], log: log)
    }

    /// Bytes of the rows of all holders.
    public var bytes: Int { buffered.load(ordering: .relaxed) }

    /// Bytes that rows may take now.
    public var allowance: Int { allowed.load(ordering: .relaxed) }

    /// Allowance for rows if the process has `resident` bytes, of which rows are `buffered`.
    func allowance(resident: Int, buffered: Int) -> Int {
        let limit = Double(limit)
        let rest = limit * (1 - Self.reserve) - Double(resident - buffered)
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
        buffered.add(bytes, ordering: .relaxed)
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
            // Pages that the heap keeps after free would count as memory in use.
            posix_trim_heap()
            resident = self.resident()
        }
        let allowance = allowance(resident: resident, buffered: bytes)
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

/// The share of a `MemoryBudget` of one writer's rows. Freeing it returns the share.
public final class MemoryHolder: Sendable {
    private let budget: MemoryBudget
    private let account = MemoryBudget.Account()

    public init(_ budget: MemoryBudget) {
        self.budget = budget
        budget.add(account)
    }

    deinit { budget.remove(account) }

    public var bytes: Int { account.bytes.load(ordering: .relaxed) }

    /// Whether this holder should flush now. Ask again after each flush.
    public var mustShrink: Bool { budget.mustShrink(account) }

    public func change(by bytes: Int) { budget.change(account, by: bytes) }
}
