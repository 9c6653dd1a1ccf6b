import EFDCore
import EFDKafka
import EFDSink

/// A kind of sink as the conformance suite runs it. See docs/adding-a-sink.md.
public struct SinkUnderTest: Sendable, CustomStringConvertible {
    public let name: String
    /// What the sink says of itself: decides which requirements it is asked to meet.
    public let capabilities: SinkCapabilities
    /// A row that the sink rejects; matters to sinks that reject rows.
    public let rejectedRow: RejectedRow
    /// Whether its destinations implement `breakDown`.
    public let canBreakDown: Bool
    /// A destination of its own for each requirement, empty.
    let makeDestination: @Sendable () throws -> any TestDestination

    public init(
        _ name: String, _ capabilities: SinkCapabilities, rejectedRow: RejectedRow = .withoutValues,
        canBreakDown: Bool = false, makeDestination: @escaping @Sendable () throws -> any TestDestination
    ) {
        self.name = name
        self.capabilities = capabilities
        self.rejectedRow = rejectedRow
        self.canBreakDown = canBreakDown
        self.makeDestination = makeDestination
    }

    public var description: String { name }
}

/// Where a sink under test stores rows. It outlives every connector of a test, as a server does.
public protocol TestDestination: Sendable {
    var plugin: SinkPlugin { get }
    /// Settings of a connector that stores here, in Kafka Connect's names. Buffered rows are flushed after about a
    /// second.
    var settings: [String: String] { get }

    /// All that is stored now of these topics, in the order it came where the destination keeps one; a row that is
    /// stored twice is there twice. Records say which row they are in the fields `p` (partition) and `n` (offset).
    func rows(of topics: [String]) throws -> [StoredRow]

    /// Takes away all that is stored of a topic, as a person would who moves it to another place. Needed of sinks whose
    /// destination keeps the offsets.
    func removeRows(of topic: String) throws

    /// Nothing can be stored until `repair`.
    func breakDown() throws
    func repair() throws
}

extension TestDestination {
    public func removeRows(of topic: String) throws { throw Missing.implementation("removeRows") }
    public func breakDown() throws { throw Missing.implementation("breakDown") }
    public func repair() throws { throw Missing.implementation("repair") }
}

private enum Missing {
    static func implementation(_ name: String) -> EFDError {
        EFDError("testkit.notImplemented", "the destination of a sink with these capabilities must implement \(name)")
    }
}

/// One stored record.
public struct StoredRow: Hashable, Sendable, Comparable {
    public let topic: String
    public let partition: Int32
    public let offset: Int64

    public init(_ topic: String, _ partition: Int32, _ offset: Int64) {
        (self.topic, self.partition, self.offset) = (topic, partition, offset)
    }

    public static func < (left: StoredRow, right: StoredRow) -> Bool {
        (left.topic, left.partition, left.offset) < (right.topic, right.partition, right.offset)
    }
}
