/// A difference between a copy and its source.
struct Difference: Equatable, CustomStringConvertible {
    enum Kind: Equatable {
        /// The source has a record that the target lacks.
        case missing
        /// The target has a record that the source lacks.
        case extra
        /// Key, value, headers or timestamp differ.
        case changed([String])
        /// The record exists, but in another order than at the source.
        case moved
        /// From here on nothing within the window is equal.
        case diverged
    }

    var kind: Kind
    /// Its position: offsets of the records, or of those in their position; nil after the last.
    let source: Int64?
    let target: Int64?
    /// Milliseconds since 1970 of the record, -1 if it has none.
    let timestamp: Int64

    var description: String {
        let position =
            "source offset \(source.map(String.init) ?? "end"), target offset \(target.map(String.init) ?? "end"), "
            + "timestamp \(timestamp) ms"
        return switch kind {
        case .missing: "missing at the target: \(position)"
        case .extra: "only at the target: \(position)"
        case .changed(let parts): "different \(parts.joined(separator: ", ")): \(position)"
        case .moved: "in another order: \(position)"
        case .diverged: "from here on nothing is equal: \(position)"
        }
    }
}
