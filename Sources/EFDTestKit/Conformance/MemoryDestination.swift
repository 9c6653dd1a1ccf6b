import EFDCore
import EFDKafka
import EFDSink

/// Where scripted sinks store rows: in memory, beyond the life of any connector.
final class MemoryDestination: TestDestination {
    struct Row: Sendable {
        let offset: Int64
        let timestamp: Int64
    }

    enum Outcome {
        case stored
        case broken(EFDError)
        /// Another sink owns the partition.
        case foreign(EFDError)
    }

    private struct State {
        var rows: [(partition: TopicPartition, row: Row)] = []
        /// Where each partition resumes, with the timestamp of the record before.
        var ends: [TopicPartition: Row] = [:]
        var owners: [TopicPartition: Int] = [:]
        var lastOwner = 0
        var isBroken = false
    }

    private let state = Locked(State())
    private let capabilities: SinkCapabilities
    let settings: [String: String] = [:]

    init(_ capabilities: SinkCapabilities) { self.capabilities = capabilities }

    var plugin: SinkPlugin {
        SinkPlugin(
            name: "memory-sink", summary: "Stores offsets in memory.", sections: [], check: { _ in },
            make: { [self] _, _, _ in MemorySink(capabilities, self) })
    }

    var rejectsRows: Bool { capabilities.rejectsRows }

    // MARK: The sink's side

    var breakdown: EFDError? {
        state.withLock { $0.isBroken }
            ? EFDError("conform.destinationDown", "the destination does not answer", recovery: .retry) : nil
    }

    func newOwner() -> Int {
        state.withLock { state in
            state.lastOwner += 1
            return state.lastOwner
        }
    }

    /// The sink owns the partition from now on; says where it resumes.
    func own(_ partition: TopicPartition, _ owner: Int) throws(EFDError) -> SinkPosition? {
        if let breakdown { throw breakdown }
        return state.withLock { state in
            state.owners[partition] = owner
            return state.ends[partition].map { SinkPosition(offset: $0.offset, timestampBefore: $0.timestamp) }
        }
    }

    /// Stores all parts or none.
    func store(_ parts: [(partition: TopicPartition, rows: [Row])], _ owner: Int) -> Outcome {
        if let breakdown { return .broken(breakdown) }
        return state.withLock { state in
            if capabilities.canBeFenced, capabilities.offsets == .destination,
                let part = parts.first(where: { state.owners[$0.partition] != owner })
            {
                return .foreign(EFDError("conform.fenced", "\(part.partition) is another's"))
            }
            for part in parts {
                for row in part.rows { state.rows.append((part.partition, row)) }
                guard let last = part.rows.last else { continue }
                state.ends[part.partition] = Row(offset: last.offset + 1, timestamp: last.timestamp)
            }
            return .stored
        }
    }

    // MARK: The test's side

    func rows(of topics: [String]) -> [StoredRow] {
        state.withLock { state in
            state.rows.filter { topics.contains($0.partition.topic) }.map {
                StoredRow($0.partition.topic, $0.partition.partition, $0.row.offset)
            }
        }
    }

    func removeRows(of topic: String) {
        state.withLock { state in
            state.rows.removeAll { $0.partition.topic == topic }
            state.ends = state.ends.filter { $0.key.topic != topic }
        }
    }

    func breakDown() { state.withLock { $0.isBroken = true } }
    func repair() { state.withLock { $0.isBroken = false } }
}

extension SinkUnderTest {
    /// A scripted sink for each combination of capabilities.
    public static let scripted: [SinkUnderTest] = {
        var sinks: [SinkUnderTest] = []
        for offsets in [SinkCapabilities.Offsets.consumerGroup, .destination] {
            for affinity in [SinkCapabilities.Affinity.partition, .topic] {
                for flags in 0..<8 {
                    sinks.append(
                        scripted(
                            SinkCapabilities(
                                offsets: offsets, buffersRows: flags & 1 != 0, canBeFenced: flags & 2 != 0,
                                rejectsRows: flags & 4 != 0, affinity: affinity)))
                }
            }
        }
        return sinks
    }()

    private static func scripted(_ capabilities: SinkCapabilities) -> SinkUnderTest {
        let words = [
            capabilities.offsets == .destination ? "destination" : "group",
            capabilities.affinity == .topic ? "topics" : "partitions", capabilities.buffersRows ? "buffers" : nil,
            capabilities.canBeFenced ? "fenced" : nil, capabilities.rejectsRows ? "rejects" : nil,
        ]
        return SinkUnderTest(words.compactMap { $0 }.joined(separator: "+"), capabilities, canBreakDown: true) {
            MemoryDestination(capabilities)
        }
    }
}
