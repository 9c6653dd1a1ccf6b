import EFDCore

/// Marks a consumer's client id with its destination: `influx-sink.to-1f3a5c7e`.
///
/// Members of one consumer group share its partitions. If their marks differ, each destination gets only part of the
/// records.
struct DestinationMark: Equatable, Sendable {
    /// Eight hexadecimal digits; the same for the same destination.
    let digits: String

    private static let lead = ".to-"

    /// nil: the sink does not name its destination.
    init?(_ sink: any Sink) {
        guard let destination = sink.destination else { return nil }
        var text = "\(sink.name)\n\(destination)"
        let hash = text.withUTF8 { XXH3.hash(UnsafeRawBufferPointer($0)) }
        let hexadecimal = String(UInt32(truncatingIfNeeded: hash), radix: 16)
        digits = String(repeating: "0", count: 8 - hexadecimal.count) + hexadecimal
    }

    /// The mark in a client id; nil: none, so it is of another program, or a user set the id.
    init?(clientID: String) {
        let digits = clientID.suffix(8)
        guard clientID.dropLast(8).hasSuffix(Self.lead), digits.count == 8, digits.allSatisfy(\.isHexDigit) else {
            return nil
        }
        self.digits = String(digits)
    }

    func clientID(_ name: String) -> String { name + Self.lead + digits }
}
