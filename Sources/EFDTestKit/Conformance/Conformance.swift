import EFDCore
import EFDSink
import Glibc

/// What every sink must do, whatever it stores into: one list of requirements.
///
///     @Suite struct OracleConformanceTests {
///         @Test(arguments: Conformance.cases(of: [.oracle]))
///         func meets(_ item: ConformanceCase) async throws { try await item.run() }
///     }
public enum Conformance {
    public enum Broker: String, Sendable {
        case embedded
        /// Of tests for which `TestBroker.isRealWanted`.
        case real
    }

    /// For work on some requirements: `EFD_TEST_CONFORMANCE` lists parts of their names.
    private static let wanted = getenv("EFD_TEST_CONFORMANCE").map {
        String(cString: $0).split(separator: ",").map(String.init)
    }

    /// Whether real sinks meet the requirements over a real Kafka as well.
    public static let isRealWanted = TestBroker.isRealWanted

    /// Each requirement with the sinks that it applies to: of those that cannot differ for it, one. Requirements that a
    /// sink's capabilities exclude are printed.
    public static func cases(of sinks: [SinkUnderTest], on broker: Broker = .embedded) -> [ConformanceCase] {
        Requirement.all.enumerated().filter { isWanted($1) }.flatMap { index, requirement in
            let asked = sinks.filter { requirement.need.isMet(by: $0, broker) }
            let count = sinks.count - asked.count
            if count > 0 {
                print("skipped: \(requirement.name) by \(count) of \(sinks.count) sinks: \(requirement.need.reason)")
            }
            let chosen = wanted == nil ? different(asked, for: requirement, index) : asked
            return chosen.map { ConformanceCase(requirement: requirement, sink: $0, broker: broker) }
        }
    }

    private static func isWanted(_ requirement: Requirement) -> Bool {
        wanted?.contains { requirement.name.contains($0) } ?? true
    }

    /// One sink of each group whose capabilities are equal as far as the requirement depends on them. Every requirement
    /// takes others of a group, so that the whole list covers all combinations.
    private static func different(_ sinks: [SinkUnderTest], for requirement: Requirement, _ index: Int)
        -> [SinkUnderTest]
    {
        var groups: [(key: String, sinks: [SinkUnderTest])] = []
        for sink in sinks {
            let key = requirement.capabilities.map { $0.value(sink.capabilities) }.joined(separator: " ")
            if let known = groups.firstIndex(where: { $0.key == key }) {
                groups[known].sinks.append(sink)
            } else {
                groups.append((key, [sink]))
            }
        }
        return groups.enumerated().map { $1.sinks[(index + $0) % $1.sinks.count] }
    }
}

/// A requirement to be met by a sink.
public struct ConformanceCase: Sendable, CustomStringConvertible {
    let requirement: Requirement
    let sink: SinkUnderTest
    let broker: Conformance.Broker

    public var description: String { "\(requirement.name) \(sink)" }

    /// Many run at the same time: they mostly wait.
    public func run() async throws {
        try await CasePool.run {
            let shared = try broker == .real ? ConformanceBroker.real.get() : ConformanceBroker.embedded(of: sink).get()
            let run = try ConformanceRun(sink, requirement.hasOwnBroker ? try shared.separate() : shared)
            do {
                try requirement.body(run)
            } catch {
                run.endAll()
                throw error
            }
            try run.finish()
        }
    }
}

/// Threads for cases, which block.
private enum CasePool {
    typealias Job = @Sendable () -> Void
    private static let limit = 48
    private static let state = Locked<(waiting: [Job], running: Int)>(([], 0))

    static func run(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            add { continuation.resume(with: Result { try body() }) }
        }
    }

    private static func add(_ job: @escaping Job) {
        let mustStart = state.withLock { state in
            state.waiting.append(job)
            guard state.running < limit else { return false }
            state.running += 1
            return true
        }
        if mustStart { JoinableThread.detach("conformance") { work() } }
    }

    private static func work() {
        while let job = state.withLock({ state -> Job? in
            if state.waiting.isEmpty {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }) { job() }
    }
}
