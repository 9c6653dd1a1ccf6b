/// Values with units, as people write them.
public enum Units {
    /// `250ms`, `5s`, `2m`, `1h`, `30d`, `1w` in seconds; nil if the unit is missing or unknown.
    public static func seconds(_ text: String) -> Double? {
        scaled(text, [("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("w", 604_800)])
    }

    /// `0`, `500B`, `500kB`, `64MiB`, `2GB` in bytes; nil if the unit is missing or unknown.
    public static func bytes(_ text: String) -> Int? {
        if text == "0" { return 0 }
        let units: [(String, Double)] = [
            ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("kB", 1000), ("KB", 1000), ("MB", 1_000_000),
            ("GB", 1_000_000_000), ("B", 1),
        ]
        return scaled(text, units).flatMap { $0 < 9e18 ? Int($0) : nil }
    }

    private static func scaled(_ text: String, _ units: [(String, Double)]) -> Double? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(digits.count).trimmed
        guard let factor = units.first(where: { $0.0 == unit })?.1, let value = Double(digits) else { return nil }
        return value * factor
    }
}

/// An address to listen on or connect to. IPv6 addresses have brackets: `[::1]:80`.
public struct HostPort: Sendable, Equatable, CustomStringConvertible {
    public let host: String
    public let port: UInt16

    public init(host: String, port: UInt16) { (self.host, self.port) = (host, port) }

    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        let name = text[..<colon]
        guard !name.contains(":") || (name.hasPrefix("[") && name.hasSuffix("]")) else { return nil }
        host = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : String(name)
        self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

public struct KeyValue: Sendable, Equatable {
    public let key: String
    public let value: String
    public init(key: String, value: String) { (self.key, self.value) = (key, value) }

    /// The pairs of one text, one per line or separated by `;`.
    static func separated(_ text: String) -> [String] {
        text.split { $0 == ";" || $0 == "\n" }.map(\.trimmed).filter { !$0.isEmpty }
    }
}

extension StringProtocol {
    /// Without white space at either end.
    public var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
