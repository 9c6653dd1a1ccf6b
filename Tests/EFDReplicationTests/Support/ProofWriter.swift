import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit
import Testing

/// A topic of the proof: numbered records, whose schema changes over time.
struct ProofTopic: Sendable {
    let name: String
    let partitions: Int
    let records: Int
    static let versions = 4

    /// The n-th topic has a share of 1/n: a few hold most, as at the observatory.
    static func some(_ count: Int, _ prefix: String, records: Int) -> [ProofTopic] {
        let shares = (1...count).map { 1 / Double($0) }
        let whole = shares.reduce(0, +)
        return shares.enumerated().map { index, share in
            ProofTopic(
                name: "\(prefix).t\(index)", partitions: 1 + index % 4,
                records: max(1, Int(Double(records) * share / whole)))
        }
    }

    func version(of number: Int) -> Int { number * Self.versions / records }

    func isTombstone(_ number: Int) -> Bool { number % 50 == 49 }

    /// What a reader decodes of a partition.
    func numbers(of partition: Int) -> [Int64] {
        (0..<records).filter { $0 % partitions == partition && !isTombstone($0) }.map { Int64($0) }
    }

    func schema(_ version: Int) -> String {
        let more = (0..<version).map { #",{"name":"more\#($0)","type":"string","default":""}"# }.joined()
        let type = name.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
        return
            #"{"type":"record","name":"\#(type)","namespace":"lsst.sal","fields":[{"name":"number","type":"long"},{"name":"payload","type":"bytes"}\#(more)]}"#
    }
}

/// Writes the records of all topics, evenly in time, and no faster than things are killed: some are under way at each
/// kill.
final class ProofWriter: Sendable {
    private let topics: [ProofTopic]
    private let servers: String
    private let registry: String
    private let kills: Int
    private let state = Locked((killed: 0, isStopped: false))
    private static let codecs = ["lz4", "zstd", "gzip"]
    private static let steps = 1000

    init(_ topics: [ProofTopic], source: String, registry: String, kills: Int) {
        (self.topics, servers, self.registry, self.kills) = (topics, source, registry, kills)
    }

    /// Something was killed: the next share of the records may go.
    func allowMore() { state.withLock { $0.killed += 1 } }
    func stop() { state.withLock { $0.isStopped = true } }

    func run() throws {
        let registry = RegistryClient(try RegistryOptions([self.registry]))
        let writers = try Self.codecs.map {
            try Writer(servers, "compression.codec=\($0)", "linger.ms=20", "delivery.timeout.ms=600000")
        }
        var generator = SeededGenerator(seed: 4711)
        var ids: [(version: Int, id: Int32, schema: AvroSchema)?] = topics.map { _ in nil }
        for step in 0..<Self.steps {
            while step * (kills + 1) >= state.withLock({ $0.killed + 1 }) * Self.steps {
                if state.withLock({ $0.isStopped }) { return }
                MonotonicClock.sleep(seconds: 0.01)
            }
            for (index, topic) in topics.enumerated() {
                for number in topic.records * step / Self.steps..<topic.records * (step + 1) / Self.steps {
                    let version = topic.version(of: number)
                    if ids[index]?.version != version {
                        let text = topic.schema(version)
                        let id = try until(seconds: 60, "the source's registry does not come back") {
                            try? registry.register(text, subject: topic.name + "-value")
                        }
                        ids[index] = (version, id, try AvroSchema.parse(text))
                    }
                    let (_, id, schema) = try #require(ids[index])
                    let payload = (0..<Int.random(in: 10...400, using: &generator)).map { _ in
                        UInt8.random(in: 0...255, using: &generator)
                    }
                    let record = AvroValue.record(
                        [.long(Int64(number)), .bytes(payload)] + (0..<version).map { .string("\($0)") })
                    let value = ConfluentFrame.header(schemaID: id) + (try AvroEncoder(schema).encode(record))
                    let key: [UInt8]? = number % 4 == 0 ? nil : Array("k\(number % 7)".utf8)
                    let headers: [(String, [UInt8]?)]? =
                        number % 3 == 0 ? [("a", Array("\(number)".utf8)), ("null", nil), ("empty", [])] : nil
                    try writers[index % writers.count].write(
                        topic.name, Int32(number % topic.partitions), key: key,
                        value: topic.isTombstone(number) ? nil : value,
                        timestamp: Sites.recently + Int64(number), headers: headers)
                }
            }
        }
        for writer in writers { try writer.finish() }
    }
}
