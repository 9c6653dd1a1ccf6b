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

    func run() {
        var round = 0
        while !context.stop.wait(seconds: Self.interval) {
            round += 1
            metrics.inFlight.set(producer.inFlight)
            let matched = readers.matchedWriters()
            metrics.writers.set(matched.reduce(0, +))
            setKafka()
            if round % Self.explainInterval == 0 { explain(matched) }
        }
    }

    private func setKafka() {
        producer.connection.report(to: context.health, "records are accepted")
        guard case .failed(let error) = producer.connection.status else { return }
        context.log.error("the Kafka client has a fatal error: stopping for a restart", error)
        context.stop.stop()
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
