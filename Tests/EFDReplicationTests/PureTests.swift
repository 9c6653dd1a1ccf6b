import EFDCore
import EFDKafka
import EFDTestKit
import Testing

@testable import EFDReplication

/// What needs no cluster.
@Suite struct PureTests {
    @Test func spansMatchTheNthOffsetWithTheNth() {
        #expect(
            CopiedSpan.match([10..<13, 20..<22], [100..<104, 110..<111]) == [
                CopiedSpan(source: 10, target: 100, count: 3), CopiedSpan(source: 20, target: 103, count: 1),
                CopiedSpan(source: 21, target: 110, count: 1),
            ])
        #expect(CopiedSpan.match([], []).isEmpty)
    }

    @Test func theAgeOfATopicIsThatOfThePartitionMostBehind() {
        var lag = TopicLag()
        lag.add(records: 0, lastCopied: 1000)
        #expect(lag.age(now: 100) == 0, "nothing is behind")
        lag.add(records: 3, lastCopied: 95_000)
        lag.add(records: 2, lastCopied: 90_500)
        lag.add(records: 1, lastCopied: nil)
        var all = TopicLag()
        all.add(lag)
        all.add(TopicLag(records: 4, oldest: 99_000))
        #expect(all.records == 10 && all.age(now: 100) == 9.5)
        #expect(all.age(now: 80) == 0, "clocks differ")
    }

    /// These numbers determine where progress is stored, so they never change.
    @Test func lanesAreAFunctionOfNames() {
        #expect(
            (0..<8).map { LanePartitioner.lane(of: "lsst.sal.MTM1M3.forceActuatorData", $0, among: 8) } == [
                4, 5, 6, 7, 0, 1, 2, 3,
            ])
        #expect(Set((0..<300).map { LanePartitioner.lane(of: "lsst.sal.Topic\($0)", 0, among: 8) }).count == 8)
    }

    private func naming(_ arguments: String...) throws -> TopicNaming {
        try TopicNaming(try Settings.parse(ReplicatorService.table, arguments: arguments, environment: [:]) { _ in [] })
    }

    @Test func namesAreKeptPrefixedOrRewritten() throws {
        #expect(try naming().target("a.b") == "a.b")
        #expect(try naming().isIdentity)
        #expect(try naming("--rename-format", "summit.${topic}").target("a.b") == "summit.a.b")
        let rewritten = try naming("--rename-regex", #"lsst\.(\w+)\.(.*)"#, "--rename-to", "$2.at.$1")
        #expect(rewritten.target("lsst.sal.X.y") == "X.y.at.sal")
        #expect(rewritten.target("other.lsst.sal.X.y") == "other.lsst.sal.X.y")
        #expect(throws: EFDError.self) { try naming("--rename-format", "all") }
        #expect(throws: EFDError.self) { try naming("--rename-regex", "a") }
    }

    @Test func topicsAreChosenByWholeNames() throws {
        func choice(_ arguments: String...) throws -> TopicFilter {
            ReplicatorSettings.topicFilter(
                try Settings.parse(ReplicatorService.table, arguments: arguments, environment: [:]) { _ in [] })
        }
        let usual = try choice()
        #expect(
            usual.takes("lsst.sal.X.y") && !usual.takes("other.lsst.sal.X.y")
                && !usual.takes("lsst.sal.X-internal"))
        #expect(try choice("--topic-regex", ".*").takes("__consumer_offsets") == false)
        let some = try choice("--topic-regex", "a.*", "--exclude-regex", "ab|.*z")
        #expect(some.takes("a") && some.takes("abc") && !some.takes("ab") && !some.takes("az"))
        // Never its own topics, for any pattern.
        let all = try choice("--topic-regex", ".*", "--exclude-regex", "", "--group-id", "g")
        #expect(
            !all.takes("g.progress.internal") && !all.takes("g.offsets.internal")
                && all.takes("h.progress.internal"))
    }

    /// The former name is served for one version.
    @Test func stalledPartitionsAreCountedUnderBothNames() {
        let metrics = Metrics()
        let stalls = StalledPartitions(health: Health(), metrics: ReplicatorMetrics(metrics, byTopic: false))
        let error = EFDError("test.lasting", "a person has to act")
        stalls.report("t[0]", error)
        stalls.report("lane 3", error)
        stalls.report("t[0]", error)
        for name in ["efd_partitions_stalled", "efd_held_up"] {
            #expect(MetricsSnapshot(parsing: metrics.text).sum(name) == 2, "\(name)")
        }
        stalls.clear("t[0]")
        stalls.clear("lane 3")
        for name in ["efd_partitions_stalled", "efd_held_up"] {
            #expect(MetricsSnapshot(parsing: metrics.text).sum(name) == 0, "\(name)")
        }
    }

    private func look(_ threads: Int, busy: Double, lag: Double, rate: Double = 10_000) -> ScalingPolicy.Look {
        ScalingPolicy.Look(threads: threads, busy: busy, lag: lag, rate: rate)
    }

    @Test func threadsComeWithTheLoadAndGoWithIt() {
        var plan = ScalingPolicy(1...4)
        var threads = 1
        for step in 0..<30 {
            threads = plan.threads(
                look(threads, busy: Double(threads), lag: 1e6, rate: 10_000 * Double(threads) + Double(step)))
        }
        #expect(threads == 4)
        for _ in 0..<100 { threads = plan.threads(look(threads, busy: 0.1, lag: 0, rate: 100)) }
        #expect(threads == 1)
    }

    @Test func aThreadThatBringsNothingGoesAgain() {
        var plan = ScalingPolicy(1...4)
        var threads = 1
        var most = 1
        for _ in 0..<60 {
            threads = plan.threads(look(threads, busy: 1, lag: 1e6))
            most = max(most, threads)
        }
        #expect(most == 2)
        #expect(threads == 1)
    }
}
