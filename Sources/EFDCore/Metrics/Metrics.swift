import Synchronization

/// A number that only grows: records, bytes, errors.
public final class Counter: Sendable {
    private let cell = Atomic<Int>(0)
    public init() {}
    public func add(_ amount: Int = 1) { cell.wrappingAdd(amount, ordering: .relaxed) }
    public var value: Int { cell.load(ordering: .relaxed) }
}

/// A number that goes up and down: lag, in flight, buffered bytes.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)
    public init() {}
    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    public func set(_ value: Int) { set(Double(value)) }
    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// Counts of observations at or under each bound, as Prometheus defines a histogram.
public final class Histogram: Sendable {
    /// Upper bounds in seconds, for latencies from a fraction of a millisecond to minutes.
    public static let secondsBounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ]

    private struct State {
        var counts: [Int]
        var sum = 0.0
    }
    public let bounds: [Double]
    private let state: Locked<State>

    public init(bounds: [Double] = Histogram.secondsBounds) {
        precondition(bounds == bounds.sorted() && !bounds.isEmpty, "bounds must rise")
        self.bounds = bounds
        state = Locked(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    public func observe(_ value: Double, count: Int = 1) {
        let bucket = self.bucket(of: value)
        state.withLock { state in
            state.counts[bucket] += count
            state.sum += value * Double(count)
        }
    }

    /// Adds a whole batch under one lock.
    public func observe(_ values: some Sequence<Double>) {
        state.withLock { state in
            for value in values {
                state.counts[bucket(of: value)] += 1
                state.sum += value
            }
        }
    }

    /// Counts per bucket (not cumulative; the last is over every bound) and the sum of all values.
    public var snapshot: (counts: [Int], sum: Double) { state.withLock { ($0.counts, $0.sum) } }

    /// The value under which `fraction` of the observations lie, interpolated within its bucket; nil when there are
    /// none.
    public func quantile(_ fraction: Double) -> Double? {
        let (counts, _) = snapshot
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        var seen = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            let need = fraction * Double(total) - seen
            if need <= Double(count) {
                guard index < bounds.count else { return bounds[bounds.count - 1] }
                let low = index == 0 ? 0 : bounds[index - 1]
                return low + (bounds[index] - low) * need / Double(count)
            }
            seen += Double(count)
        }
        return bounds[bounds.count - 1]
    }

    private func bucket(of value: Double) -> Int {
        var index = 0
        while index < bounds.count && value > bounds[index] { index += 1 }
        return index
    }
}

/// The metrics of a process, or of one part of it: a `child` adds its labels to every series that it creates, and
/// removes these series when it ends.
///
/// Create handles once at start and keep them: looking one up takes a lock. Names follow
/// `efd_<noun>_<base unit>[_total]`; labels come from closed sets, from topics or from connectors.
public final class Metrics: Sendable {
    enum Cell: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)

        var kind: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    struct Series: Sendable {
        let labels: [(name: String, value: String)]
        let cell: Cell
        /// The part of the process that created it.
        let owner: ObjectIdentifier
    }

    struct Family: Sendable {
        let help: String
        let kind: String
        var series: [Series] = []
    }

    private struct State {
        var families: [String: Family] = [:]
        var scrapers: [(owner: ObjectIdentifier, run: @Sendable () -> Void)] = []
    }

    /// Shared by all parts of the process.
    private let state: Locked<State>
    private let base: [(name: String, value: String)]

    public convenience init() { self.init(Locked(State()), []) }

    private init(_ state: Locked<State>, _ base: [(name: String, value: String)]) {
        self.state = state
        self.base = base
    }

    /// The same pages; every series of the child has these labels before its own.
    public func child(_ labels: KeyValuePairs<String, String>) -> Metrics {
        Metrics(state, base + labels.map { (name: $0.key, value: $0.value) })
    }

    /// Removes the series of this part. Handles stay usable and no longer appear.
    public func removeAll() {
        let owner = ObjectIdentifier(self)
        state.withLock { state in
            state.scrapers.removeAll { $0.owner == owner }
            for name in state.families.keys { state.families[name]?.series.removeAll { $0.owner == owner } }
            state.families = state.families.filter { !$0.value.series.isEmpty }
        }
    }

    /// - Parameter formerly: the name before it was changed, which shows the same number for one more version.
    public func counter(
        _ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:], formerly: String? = nil
    ) -> Counter {
        guard case .counter(let counter) = cell(name, help, labels, formerly, { .counter(Counter()) }) else {
            preconditionFailure("\(name) is not a counter")
        }
        return counter
    }

    /// - Parameter formerly: the name before it was changed, which shows the same number for one more version.
    public func gauge(
        _ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:], formerly: String? = nil
    ) -> Gauge {
        guard case .gauge(let gauge) = cell(name, help, labels, formerly, { .gauge(Gauge()) }) else {
            preconditionFailure("\(name) is not a gauge")
        }
        return gauge
    }

    public func histogram(
        _ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:],
        bounds: [Double] = Histogram.secondsBounds
    ) -> Histogram {
        guard case .histogram(let histogram) = cell(name, help, labels, nil, { .histogram(Histogram(bounds: bounds)) })
        else { preconditionFailure("\(name) is not a histogram") }
        return histogram
    }

    /// Runs before each scrape: for gauges whose value is read from another place.
    public func onScrape(_ update: @escaping @Sendable () -> Void) {
        let owner = ObjectIdentifier(self)
        state.withLock { $0.scrapers.append((owner, update)) }
    }

    /// Families by name, after the scrape callbacks ran.
    func families() -> [(name: String, family: Family)] {
        for scraper in state.withLock({ $0.scrapers }) { scraper.run() }
        return state.withLock { $0.families.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    private func cell(
        _ name: String, _ help: String, _ labels: KeyValuePairs<String, String>, _ formerly: String?, _ make: () -> Cell
    ) -> Cell {
        let wanted = base + labels.map { (name: $0.key, value: $0.value) }
        let owner = ObjectIdentifier(self)
        return state.withLock { state in
            if let known = state.families[name]?.series.first(where: { $0.labels.elementsEqual(wanted, by: ==) }) {
                return known.cell
            }
            let series = Series(labels: wanted, cell: make(), owner: owner)
            state.families[name, default: Family(help: help, kind: series.cell.kind)].series.append(series)
            if let formerly {
                let family = Family(help: "Former name of \(name), until the next version.", kind: series.cell.kind)
                state.families[formerly, default: family].series.append(series)
            }
            return series.cell
        }
    }
}
