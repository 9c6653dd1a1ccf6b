import EFDCore
import EFDDDS
import EFDKafka

/// Updates gauges and readiness, and explains missing data. Runs on its own thread.
struct StatusMonitor: Sendable {
    let producer: KafkaProducer
    let readers: DDSReaderSet
    let metrics: ProducerMetrics
    let context: ProgramContext

    private static let interval = 1.0
    /// Interval between explanations of missing data, in seconds.
    private static let explainInterval = 30
    private static let explanationsAtOnce = 5
    /// Interval between looks for another producer, in seconds, and the looks that must see it: the readers of a
    /// killed process stay in discovery for ten seconds.
    private static let doubleInterval = 5
    private static let doubleLooks = 3

    func run() {
        var round = 0
        var doubled = DoubledTopics(looks: Self.doubleLooks)
        while !context.stop.wait(seconds: Self.interval) {
            round += 1
            metrics.inFlight.set(producer.inFlight)
            let matched = readers.matchedWriters()
            metrics.writers.set(matched.reduce(0, +))
            setKafka()
            if round % Self.explainInterval == 0 { explain(matched) }
            if round % Self.doubleInterval == 0, let topics = try? readers.topicsReadTwice() {
                report(doubled.saw(topics), topics)
                metrics.doubled.set(doubled.isCertain ? topics.count : 0)
            }
        }
    }

    private func setKafka() {
        producer.connection.report(to: context.health, "records are accepted")
        guard case .failed(let error) = producer.connection.status else { return }
        context.log.error("the Kafka client has a fatal error: stopping for a restart", error)
        context.stop.stop()
    }

    private func report(_ change: DoubledTopics.Change, _ topics: [String]) {
        switch change {
        case .none: break
        case .began:
            context.log.error(
                "another salkafka-producer forwards the same topics to the same Kafka: each sample is published twice; "
                    + "stop one of them",
                ["topics": .integer(topics.count), "first": .text(topics.first ?? "")])
        case .ended: context.log.info("no other salkafka-producer forwards these topics any longer")
        }
    }

    private func explain(_ matched: [Int]) {
        let silent = matched.filter { $0 == 0 }.count
        guard silent > 0 else { return }
        context.log.debug("topics without a writer", ["count": .integer(silent), "of": .integer(matched.count)])
        guard let reasons = try? readers.explainMissingMatches() else { return }
        for reason in reasons.prefix(Self.explanationsAtOnce) {
            context.log.warning("a DDS writer does not match", ["why": .text(reason)])
        }
    }
}

/// Topics that another producer reads, too, if several looks in a row have seen them.
struct DoubledTopics {
    enum Change: Equatable { case none, began, ended }

    let looks: Int
    private var seen = 0

    init(looks: Int) { self.looks = looks }

    var isCertain: Bool { seen >= looks }

    mutating func saw(_ topics: [String]) -> Change {
        let wasCertain = isCertain
        seen = topics.isEmpty ? 0 : seen + 1
        return isCertain == wasCertain ? .none : isCertain ? .began : .ended
    }
}
