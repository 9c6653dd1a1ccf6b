import EFDSink

/// One thing that the runtime and a sink promise together.
struct Requirement: Sendable {
    /// What a sink must be able to do to be asked for it.
    struct Need: Sendable {
        let reason: String
        let isMet: @Sendable (SinkUnderTest, Conformance.Broker) -> Bool

        func isMet(by sink: SinkUnderTest, _ broker: Conformance.Broker) -> Bool { isMet(sink, broker) }

        static let nothing = Need("") { _, _ in true }
        static let buffers = Need("they buffer no rows") { sink, _ in sink.capabilities.buffersRows }
        static let fenced = Need("they cannot be fenced") { sink, _ in sink.capabilities.canBeFenced }
        static let rejects = Need("they reject no rows") { sink, _ in sink.capabilities.rejectsRows }
        static let offsets = Need("their destinations keep no offsets") { sink, _ in
            sink.capabilities.offsets == .destination
        }
        static let fencedByOffsets = Need("their destinations know no owner of a partition") { sink, _ in
            sink.capabilities.offsets == .destination && sink.capabilities.canBeFenced
        }
        static let breaksDown = Need("their destinations cannot be broken") { sink, _ in sink.canBreakDown }
        static let embedded = Need("only the embedded broker refuses dead letters") { _, broker in
            broker == .embedded
        }
        static let real = Need("the embedded broker deletes no topics") { _, broker in broker == .real }

        private init(_ reason: String, _ isMet: @escaping @Sendable (SinkUnderTest, Conformance.Broker) -> Bool) {
            (self.reason, self.isMet) = (reason, isMet)
        }
    }

    /// A capability on which the outcome of a requirement may depend.
    struct Capability: Sendable {
        let value: @Sendable (SinkCapabilities) -> String

        static let offsets = Capability { "\($0.offsets)" }
        static let buffers = Capability { "\($0.buffersRows)" }
        static let affinity = Capability { "\($0.affinity)" }
        static let rejects = Capability { "\($0.rejectsRows)" }
    }

    let name: String
    let need: Need
    /// Whether a sink can be fenced matters only where it is a need: the runtime does not ask.
    let capabilities: [Capability]
    /// What is done to its broker would hurt other runs.
    let hasOwnBroker: Bool
    let body: @Sendable (ConformanceRun) throws -> Void

    init(
        _ name: String, _ need: Need = .nothing, of capabilities: [Capability] = [.offsets, .buffers, .affinity],
        hasOwnBroker: Bool = false,
        _ body: @escaping @Sendable (ConformanceRun) throws -> Void
    ) {
        (self.name, self.need, self.capabilities) = (name, need, capabilities)
        (self.hasOwnBroker, self.body) = (hasOwnBroker, body)
    }

    /// Those that take longest first.
    static let all = slow + members + partitions + failures + storing + records
}
