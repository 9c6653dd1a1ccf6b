import EFDCore
import EFDKafka

/// Which dead letters a command works on.
struct LetterFilter: Sendable {
    static let causes = Setting<NamePattern>.pattern(
        "cause", default: ".*",
        help: "Causes: the error code or exception class in the headers; the pattern must match it whole.")
    static let topics = Setting<NamePattern>.pattern(
        "topic-regex", default: ".*", help: "Source topics: the pattern must match the whole name.")
    static let since = Setting<String?>.optional(
        "since", "TIME",
        help: "Letters of that time or later: a duration back from now (2h, 7d) or a UTC time (2026-11-24T06:00:00Z).")
    static let until = Setting<String?>.optional("until", "TIME", help: "Letters before that time, as --since.")
    static let offsets = Setting<String?>.optional(
        "offsets", "RANGE", help: "Letters at these offsets: [PARTITION/]FIRST[-[LAST]], such as 12, 12-40 or 0/12-.")

    static let section = SettingsTable.Section(
        "Dead letters", [causes.spec, topics.spec, since.spec, until.spec, offsets.spec])

    private let causes: NamePattern
    private let topics: NamePattern
    private let since: Int64
    private let until: Int64
    private let offsets: OffsetRange?

    /// - Parameter now: seconds since 1970.
    init(_ settings: Settings, now: Double) throws(EFDError) {
        causes = settings[Self.causes]
        topics = settings[Self.topics]
        since = try Self.time(Self.since, settings, now) ?? .min
        until = try Self.time(Self.until, settings, now) ?? .max
        if let text = settings[Self.offsets] {
            guard let range = OffsetRange(text) else {
                throw EFDError(
                    .settingsValueRefused,
                    "\(Self.offsets.spec.flag): '\(text)' is not a range of offsets such as 12, 12-40, 12- or 0/12-40")
            }
            offsets = range
        } else {
            offsets = nil
        }
    }

    func takes(_ letter: LetterFacts) -> Bool {
        letter.time >= since && letter.time < until && causes.matches(letter.cause)
            && topics.matches(letter.source?.topic ?? "")
            && offsets?.contains(letter.partition.partition, letter.offset) ?? true
    }

    private static func time(_ setting: Setting<String?>, _ settings: Settings, _ now: Double) throws(EFDError)
        -> Int64?
    {
        guard let text = settings[setting] else { return nil }
        if let milliseconds = TimePoint.milliseconds(text, now: now) { return milliseconds }
        throw EFDError(
            .settingsValueRefused,
            "\(setting.spec.flag): '\(text)' is neither a duration such as 2h or 7d nor a time such as "
                + "2026-11-24T06:00:00Z")
    }
}

/// Offsets of one partition or of all: `[PARTITION/]FIRST[-[LAST]]`.
struct OffsetRange: Sendable, Equatable {
    /// nil: any.
    let partition: Int32?
    let offsets: ClosedRange<Int64>

    init?(_ text: String) {
        guard let match = text.wholeMatch(of: /(?:(\d{1,9})\/)?(\d{1,18})(?:(-)(\d{1,18})?)?/),
            let first = Int64(match.2)
        else { return nil }
        let last = match.4.flatMap { Int64($0) } ?? (match.3 == nil ? first : .max)
        guard first <= last else { return nil }
        partition = match.1.flatMap { Int32($0) }
        offsets = first...last
    }

    func contains(_ partition: Int32, _ offset: Int64) -> Bool {
        (self.partition == nil || self.partition == partition) && offsets.contains(offset)
    }
}
