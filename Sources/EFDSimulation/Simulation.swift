import EFDCore
import EFDSAL

/// The streams of a simulation and their schedule.
struct Simulation {
    private struct Stream {
        var maker: SampleMaker
        /// Mean time between samples in seconds.
        let period: Double
        let isRegular: Bool
        /// Seconds since the start.
        var due: Double
    }

    private var streams: [Stream] = []
    private var lastStamps: [String: Double] = [:]
    private var generator: SignalGenerator
    private let settings: Settings
    /// Samples sent by Kafka topic.
    private(set) var sent: [String: Int] = [:]
    /// Their first and last UTC time in seconds since 1970; nil: none was sent.
    private(set) var times: ClosedRange<Double>?

    /// Minimum difference between timestamps of one topic, so that no two points have the same microsecond.
    private static let stampStep = 2e-6
    /// Interval at which the loop checks the clock.
    private static let tick = 0.001

    init(_ components: [SALComponent], _ settings: Settings) throws(EFDError) {
        self.settings = settings
        generator = SignalGenerator(seed: UInt64(settings[SimulateSettings.seed]))
        let wanted = TopicFilter(include: settings[SimulateSettings.topicRegex])
        for component in components {
            for topic in component.topics {
                let rate = Self.rate(of: topic, settings)
                guard rate > 0, wanted.takes(topic.kafkaTopicName) else { continue }
                let instances = topic.isIndexed ? Array(1...settings[SimulateSettings.instances]) : [0]
                for instance in instances {
                    let maker = SampleMaker(
                        topic, instance: instance, seed: UInt64(settings[SimulateSettings.seed]),
                        nanFraction: settings[SimulateSettings.nanFraction])
                    streams.append(
                        Stream(
                            maker: maker, period: 1 / rate, isRegular: topic.kind == .telemetry,
                            due: generator.unit() / rate))
                }
                sent[topic.kafkaTopicName] = 0
            }
        }
        if streams.isEmpty {
            throw EFDError(
                .simulateNothingToSend, "no topic is left to simulate", remedy: "Check the rates and --topic-regex.")
        }
    }

    var topics: [SALTopic] { streams.map(\.maker.topic) }
    var total: Int { sent.values.reduce(0, +) }

    private static func rate(of topic: SALTopic, _ settings: Settings) -> Double {
        let own = settings[SimulateSettings.topicRates].last {
            $0.key == topic.salName || $0.key == "\(topic.component).\(topic.salName)"
        }
        if let own, let rate = Double(own.value) { return rate }
        switch topic.kind {
        case .telemetry: return settings[SimulateSettings.rate]
        case .event: return settings[SimulateSettings.eventRate]
        case .command, .ackcmd: return settings[SimulateSettings.commandRate]
        }
    }

    /// Sends until time or count are reached, or the process stops.
    mutating func run(to sender: any SampleSender, stop: StopToken, progress: (Int) -> Void) throws(EFDError) {
        let seconds = settings[SimulateSettings.seconds]
        let limit =
            settings[SimulateSettings.count] == 0 ? Int32.max : Int32(clamping: settings[SimulateSettings.count])
        let start = MonotonicClock.seconds()
        var bytes: [UInt8] = []
        var reported = start
        while !stop.isStopped {
            let now = MonotonicClock.seconds()
            if seconds > 0 && now - start >= seconds { return }
            var open = 0
            var next = now - start + Self.tick
            for index in streams.indices where streams[index].maker.number < limit {
                open += 1
                while streams[index].due <= now - start, streams[index].maker.number < limit {
                    try send(index, &bytes, sender)
                }
                next = min(next, streams[index].due)
            }
            if open == 0 { return }
            if now - reported >= 1 {
                reported = now
                progress(total)
            }
            let wait = start + next - MonotonicClock.seconds()
            if wait > 0 { MonotonicClock.sleep(seconds: wait) }
        }
    }

    private mutating func send(_ index: Int, _ bytes: inout [UInt8], _ sender: any SampleSender) throws(EFDError) {
        let topic = streams[index].maker.topic
        let name = topic.kafkaTopicName
        let stamp = max(WallClock.seconds(), (lastStamps[name] ?? 0) + Self.stampStep)
        lastStamps[name] = stamp
        bytes.removeAll(keepingCapacity: true)
        let tai = (try? LeapSecondTable.builtIn.tai(fromUTC: stamp)) ?? stamp
        try streams[index].maker.append(time: streams[index].due, stamp: tai, to: &bytes)
        try bytes.withUnsafeBytes { raw in Result { () throws(EFDError) in try sender.send(index, raw, stamp: stamp) } }
            .get()
        sent[name, default: 0] += 1
        times = min(times?.lowerBound ?? stamp, stamp)...max(times?.upperBound ?? stamp, stamp)
        // Events come at random moments around their rate.
        streams[index].due +=
            streams[index].isRegular ? streams[index].period : streams[index].period * 2 * generator.unit()
    }
}
