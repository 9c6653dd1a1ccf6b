import EFDCore
import EFDKafka
import EFDTestKit
import Foundation
import Testing

@testable import EFDReplication

extension TwoSites {
    /// kill -9 at random moments: readers of the target see each record of the source once, in order.
    @Suite struct KillTests {
        /// EFD_TEST_KILLS=30 is the long form, which kills brokers too.
        private static let wish = ProcessInfo.processInfo.environment["EFD_TEST_KILLS"].flatMap { Int($0) }

        @Test func killedAtRandomMomentsItCopiesEachRecordOnce() throws {
            let (source, target) = (try RealBroker(), try RealBroker())
            defer {
                source.remove()
                target.remove()
            }
            let sites = Sites(source: source.bootstrapServers, target: target.bootstrapServers)
            let topics = try (0..<2).map { try sites.makeTopic("killed.\($0)", partitions: 3) }
            let feed = Feed(sites.source, topics, partitions: 3)
            let start = {
                try sites.replicator("killed\\..*", group: "killed", "--lanes", "4", "--commit-interval", "20ms")
            }
            var replicator = try start()
            var generator = SystemRandomNumberGenerator()
            for number in 0..<(Self.wish ?? 5) {
                MonotonicClock.sleep(seconds: Double.random(in: 0.2...2.5, using: &generator))
                switch Self.wish == nil ? 0 : number % 5 {
                case 3:
                    try source.kill()
                    try source.start()
                case 4:
                    try target.kill()
                    try target.start()
                default:
                    replicator.kill()
                    replicator = try start()
                }
            }
            let written = feed.end()
            #expect(written > 1000)
            for topic in topics {
                try Reader.expectEqual(sites, topic, partitions: 3, replicator.output.suffix(5000).description)
            }
            #expect(replicator.stop() == 0)
        }

        /// Lanes move to the surviving replicators, which share them.
        @Test func severalReplicatorsShareTheLanes() throws {
            let sites = try Sites.shared()
            let topic = try sites.makeTopic("shared", partitions: 8)
            let feed = Feed(sites.source, [topic], partitions: 8)
            var replicators = try (0..<3).map { _ in try sites.replicator(topic, group: topic, "--lanes", "6") }
            for replicator in replicators {
                _ = try until(seconds: 60, "no lanes came:\n\(replicator.output)") {
                    try replicator.metrics().sum("efd_lanes") == 2 ? true : nil
                }
            }
            replicators.removeFirst().kill()
            #expect(replicators.removeFirst().stop() == 0)
            let last = replicators[0]
            _ = try until(seconds: 60, "lanes did not come over:\n\(last.output)") {
                try last.metrics().sum("efd_lanes") == 6 ? true : nil
            }
            _ = feed.end()
            try Reader.expectEqual(sites, topic, partitions: 8, last.output)
            #expect(last.stop() == 0)
        }
    }
}

/// Numbered records, written without a pause until the end.
final class Feed: Sendable {
    private let stop = StopToken()
    private let worker: Locked<JoinableThread?>
    private let written = Locked(0)

    init(_ servers: String, _ topics: [String], partitions: Int32) {
        let (stop, written) = (stop, written)
        worker = Locked(nil)
        worker.withLock { worker in
            worker = JoinableThread("feed") {
                do {
                    let writer = try Writer(servers, "linger.ms=5", "delivery.timeout.ms=120000")
                    var number = 0
                    while !stop.isStopped {
                        for topic in topics {
                            try writer.write(topic, Int32(number) % partitions, value: Array("\(topic) \(number)".utf8))
                        }
                        number += 1
                        if number % 50 == 0 { MonotonicClock.sleep(seconds: 0.01) }
                    }
                    try writer.finish()
                    let count = number * topics.count
                    written.withLock { $0 = count }
                } catch {
                    Issue.record(error)
                }
            }
        }
    }

    /// Returns how many records were written.
    func end() -> Int {
        stop.stop()
        if let worker = worker.withLock({ $0.take() }) { worker.join() }
        return written.withLock { $0 }
    }
}
