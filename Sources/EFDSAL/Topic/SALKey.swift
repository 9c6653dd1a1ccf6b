/// The key of a topic's Kafka records: it keeps the records of one instance in one partition, and so in order.
///
/// | topic | key |
/// |---|---|
/// | indexed component | `<Component>:<index>`, e.g. `MTHexapod:1` |
/// | one instance; command, event, ackcmd | `<Component>` |
/// | one instance; telemetry | none: partitions share the load |
public struct SALKey: Sendable, Equatable {
    public enum Policy: String, Sendable, CaseIterable {
        case instance
        /// No key at all, as salkafka.
        case none
    }

    /// Nil: no key.
    private let prefix: [UInt8]?
    private let hasIndex: Bool

    public init(_ topic: SALTopic, policy: Policy = .instance) {
        hasIndex = topic.isIndexed
        let isKeyless = policy == .none || (!topic.isIndexed && topic.kind == .telemetry)
        prefix = isKeyless ? nil : Array((topic.component + (topic.isIndexed ? ":" : "")).utf8)
    }

    public var isKeyless: Bool { prefix == nil }

    /// Appends the key of instance `index`; appends nothing if the topic is keyless.
    public func append(index: Int32, to buffer: inout RecordBuffer) {
        guard let prefix else { return }
        prefix.withUnsafeBytes { buffer.append($0) }
        guard hasIndex else { return }
        let target = buffer.room(11)
        var digits = 1
        var rest = index.magnitude / 10
        while rest > 0 { (digits, rest) = (digits + 1, rest / 10) }
        let sign = index < 0 ? 1 : 0
        if sign == 1 { target[0] = UInt8(ascii: "-") }
        rest = index.magnitude
        for offset in stride(from: sign + digits - 1, through: sign, by: -1) {
            target[offset] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        buffer.commit(sign + digits)
    }
}
