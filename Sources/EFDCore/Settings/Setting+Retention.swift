/// How long a store keeps its data.
public enum Retention: Sendable, Equatable, CustomStringConvertible {
    case forever
    case seconds(Double)

    public var description: String {
        switch self {
        case .forever: "inf"
        case .seconds(let seconds): Self.text(seconds)
        }
    }

    private static func text(_ seconds: Double) -> String {
        for (unit, size) in [("w", 604_800.0), ("d", 86400), ("h", 3600), ("m", 60)]
        where seconds >= size && seconds.remainder(dividingBy: size) == 0 {
            return "\(Int(seconds / size))\(unit)"
        }
        return "\(seconds)s"
    }
}

extension Retention {
    /// `inf`, or a time of at least `low`; nil otherwise.
    fileprivate init?(_ text: String, from low: String) {
        if text == "inf" {
            self = .forever
        } else if let seconds = Units.seconds(text), seconds >= Units.seconds(low) ?? 0, seconds < 1e9 {
            self = .seconds(seconds)
        } else {
            return nil
        }
    }
}

extension Setting where Value == Retention {
    /// A time with its unit, at least `low`; or `inf` for no limit.
    public static func retention(_ name: String, default text: String, from low: String, help: String) -> Setting {
        Setting(name, .retention(from: low), "TIME|inf", default: text, help: help) { (text) throws(ValueRefusal) in
            guard let retention = Retention(text, from: low) else { throw ValueRefusal(value: text) }
            return retention
        }
    }
}

extension Setting where Value == Retention? {
    /// An optional retention.
    public static func optionalRetention(_ name: String, from low: String, help: String) -> Setting {
        Setting(name, .retention(from: low), "TIME|inf", default: nil, help: help) { (text) throws(ValueRefusal) in
            if text.isEmpty { return nil }
            guard let retention = Retention(text, from: low) else { throw ValueRefusal(value: text) }
            return retention
        }
    }
}
