import EFDCore
import EFDKafka

/// The embedded broker's control channel: one command per line, one line of answer, `ok` or `error: …`.
struct BrokerControl: Sendable {
    let cluster: MockCluster
    let stop: StopToken

    static let help = [
        "topic NAME PARTITIONS: create a topic",
        "err REQUEST CODE COUNT: the next COUNT requests fail: Produce, Fetch, … or a number; Kafka's code, -195 cuts "
            + "the connection",
        "clear REQUEST: stop these failures",
        "terr NAME CODE: a topic answers with CODE; 0 ends that",
        "down ID, up ID: a broker stops and starts",
        "rtt ID MILLISECONDS: round trip to a broker",
        "leader NAME PARTITION ID: move a partition's leadership",
        "coord group|transaction KEY ID: move a coordinator",
        "quit: end the broker",
    ]

    /// The answer to a line; empty for an empty line.
    func answer(_ line: String) -> String {
        let words = line.split(whereSeparator: \.isWhitespace).map { String($0) }
        guard let verb = words.first else { return "" }
        do throws(EFDError) {
            return try run(verb, Arguments(line: line, words: Array(words.dropFirst())))
        } catch {
            return "error: \(error.message)"
        }
    }

    private func run(_ verb: String, _ arguments: Arguments) throws(EFDError) -> String {
        switch (verb, arguments.words.count) {
        case ("topic", 2): try cluster.createTopic(arguments.words[0], partitions: try arguments.integer(1, 1...10000))
        case ("err", 3):
            cluster.fail(
                try arguments.request(0), code: try arguments.code(1), count: try arguments.integer(2, 1...1_000_000))
        case ("clear", 1): cluster.clearFailures(of: try arguments.request(0))
        case ("terr", 2): cluster.setTopic(arguments.words[0], code: try arguments.code(1))
        case ("down", 1), ("up", 1): try cluster.setBroker(try arguments.broker(0, of: cluster), up: verb == "up")
        case ("rtt", 2):
            try cluster.setRoundTrip(
                broker: try arguments.broker(0, of: cluster), milliseconds: try arguments.integer(1, 0...600_000))
        case ("leader", 3):
            let partition = TopicPartition(arguments.words[0], Int32(try arguments.integer(1, 0...10000)))
            try cluster.setLeader(partition, broker: try arguments.broker(2, of: cluster))
        case ("coord", 3):
            guard ["group", "transaction"].contains(arguments.words[0]) else {
                throw arguments.fault("the first word is group or transaction")
            }
            try cluster.setCoordinator(
                of: arguments.words[1], isGroup: arguments.words[0] == "group",
                broker: try arguments.broker(2, of: cluster))
        case ("quit", 0): stop.stop()
        case ("help", 0): return Self.help.joined(separator: "; ")
        default:
            let usage = Self.help.first { $0.split(separator: " ").first.map { String($0) } == verb }
            throw arguments.fault(usage.map { "write: \($0)" } ?? "unknown command; try help")
        }
        return "ok"
    }

    private struct Arguments {
        let line: String
        let words: [String]

        func fault(_ text: String) -> EFDError { EFDError(.brokerCommandRefused, "\"\(line)\": \(text)") }

        func integer(_ index: Int, _ range: ClosedRange<Int>) throws(EFDError) -> Int {
            guard let value = Int(words[index]), range.contains(value) else {
                throw fault("\(words[index]) is not a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }

        func code(_ index: Int) throws(EFDError) -> Int32 { Int32(try integer(index, -200...200)) }

        func broker(_ index: Int, of cluster: MockCluster) throws(EFDError) -> Int32 {
            Int32(try integer(index, 1...cluster.brokers))
        }

        func request(_ index: Int) throws(EFDError) -> MockCluster.Request {
            let word = words[index].lowercased()
            guard
                let found = MockCluster.Request.allCases.first(where: {
                    "\($0)".lowercased() == word || "\($0.rawValue)" == word
                })
            else {
                let known = MockCluster.Request.allCases.map { "\($0)" }.joined(separator: ", ")
                throw fault("\(words[index]) is not one of \(known)")
            }
            return found
        }
    }
}
