import EFDCore
import EFDDDS
import EFDKafka

/// Keeps gauges and readiness up to date, and says why no data comes. Runs on a thread of its own.
struct StatusMonitor: Sendable {
    let producer: KafkaProducer
    let readers: DDSReaderSet
    let metrics: ProducerMetrics
    let context: ProgramContext

    private static let interval = 1.0
    /// Silence is explained this often, in seconds.
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
        producer.connection.report(to: context.health, "records are taken")
        guard case .failed(let error) = producer.connection.status else { return }
        context.log.error("the Kafka client is of no more use: stopping, to be started anew", error)
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
