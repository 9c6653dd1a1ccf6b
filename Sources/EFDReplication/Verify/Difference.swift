/// One way in which a copy is not its source.
struct Difference: Equatable, CustomStringConvertible {
    enum Kind: Equatable {
        /// The source has a record that the target has not.
        case missing
        /// The target has a record that the source has not.
        case extra
        /// Key, value, headers or timestamp are others.
        case changed([String])
        /// The record is there, but before or after others than at the source.
        case moved
        /// From here on nothing within reach is the same.
        case diverged
    }

    var kind: Kind
    /// Where it is seen: offsets of the records, or of those that stand there instead; nil behind the last.
    let source: Int64?
    let target: Int64?
    /// Milliseconds since 1970 of the record, -1 where it has none.
    let timestamp: Int64

    var description: String {
        let place =
            "source offset \(source.map(String.init) ?? "end"), target offset \(target.map(String.init) ?? "end"), "
            + "timestamp \(timestamp) ms"
        return switch kind {
        case .missing: "missing at the target: \(place)"
        case .extra: "only at the target: \(place)"
        case .changed(let parts): "another \(parts.joined(separator: ", ")): \(place)"
        case .moved: "in another order: \(place)"
        case .diverged: "from here on nothing is the same: \(place)"
        }
    }
}
