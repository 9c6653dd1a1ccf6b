/// The type of a setting's values. Help, the reference page, the error texts, Kafka Connect's validate answer and the
/// JSON schema are all derived from it.
public indirect enum SettingKind: Sendable, Equatable {
    case text
    /// A path of this machine.
    case file
    case toggle
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// A span of time with its unit; the bounds as people write them.
    case duration(from: String, to: String)
    /// A number of bytes with its unit; the bounds as people write them.
    case size(from: String, to: String)
    /// A span of time of at least `from`, or `inf`.
    case retention(from: String)
    /// One of these words.
    case choice([String])
    /// A `NamePattern`.
    case pattern
    case url
    /// An address to listen on: port 0 takes a free one.
    case address
    /// A server to connect to.
    case server
    case keyValue
    /// Several of one kind.
    case list(of: SettingKind)

    /// Completes "'x' is not …".
    var expected: String {
        switch self {
        case .text: "a text"
        case .file: "a path"
        case .toggle: "true or false"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .duration(let low, let high): "a time from \(low) to \(high), such as 250ms, 5s, 2m, 1h or 30d"
        case .size(let low, let high): "a size from \(low) to \(high), such as 500kB or 64MiB"
        case .retention(let low): "inf or a time of at least \(low), such as 30d or 12w"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .pattern: "a pattern of names"
        case .url: "a URL: it must begin with http:// or https://"
        case .address: "HOST:PORT with a port from 0 to 65535"
        case .server: "HOST:PORT with a port from 1 to 65535"
        case .keyValue: "KEY=VALUE"
        case .list(let element): element.expected
        }
    }

    /// The values for the reference page and help, if they say more than the placeholder: `1 to 64`.
    var domain: String? {
        switch self {
        case .toggle: "true | false"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .duration(let low, let high), .size(let low, let high): "\(low) to \(high)"
        case .retention(let low): "\(low) and more | inf"
        case .choice(let words): words.joined(separator: " | ")
        case .text, .file, .pattern, .url, .address, .server, .keyValue, .list: nil
        }
    }

    /// Only the bounds, for help, where the placeholder says the rest.
    var range: String? {
        switch self {
        case .integer, .number, .duration, .size, .retention: domain
        case .text, .file, .toggle, .choice, .pattern, .url, .address, .server, .keyValue, .list: nil
        }
    }
}
