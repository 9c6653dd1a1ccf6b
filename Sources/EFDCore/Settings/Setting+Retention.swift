/// How long a store keeps what it is given.
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
    /// `inf`, or a time of at least `low`.
    fileprivate static func parse(_ text: String, from low: String) throws(EFDError) -> Retention {
        if text == "inf" { return .forever }
        guard let seconds = Units.seconds(text), seconds >= Units.seconds(low) ?? 0, seconds < 1e9 else {
            throw EFDError(
                "settings.valueRefused", "'\(text)' is neither inf nor a time of at least \(low), such as 30d or 12w")
        }
        return .seconds(seconds)
    }
}

extension Setting where Value == Retention {
    /// A span of time with its unit, at least `low`; or `inf` for as long as there is room.
    public static func retention(_ name: String, default text: String, from low: String, help: String) -> Setting {
        var spec = SettingSpec(name, "TIME|inf", default: text, help: help) { (texts) throws(EFDError) in
            try Retention.parse(texts.last ?? "", from: low)
        }
        spec.domain = "\(low) and more | inf"
        return Setting(spec)
    }
}

extension Setting where Value == Retention? {
    /// One that may be left out.
    public static func optionalRetention(_ name: String, from low: String, help: String) -> Setting {
        var spec = SettingSpec(name, "TIME|inf", default: nil, help: help) { (texts) throws(EFDError) -> Retention? in
            guard let text = texts.last, !text.isEmpty else { return nil }
            return try Retention.parse(text, from: low)
        }
        spec.domain = "\(low) and more | inf"
        return Setting(spec)
    }
}
