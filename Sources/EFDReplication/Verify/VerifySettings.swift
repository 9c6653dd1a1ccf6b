import EFDCore

/// What `replicator verify` can be told beside both clusters.
enum VerifySettings {
    static let topicRegex = Setting<NamePattern>.pattern(
        "topic-regex", default: #"lsst\.sal\..*"#, help: "Topics of the source to compare: whole names that match."
    ).formerly("topics")
    static let since = Setting<String?>.optional(
        "since", "TIME",
        help:
            "Records of that time or later: a span back from now (2h, 7d) or a moment of UTC (2026-11-24T06:00:00Z); "
            + "without it, all."
    )
    static let wait = Setting<Double>.duration(
        "wait", default: "30s", from: "0s", to: "1d",
        help: "How long copies of what the source had at the start may take to arrive.")
    static let threads = Setting<Int>.integer(
        "threads", default: 4, in: 1...64, help: "Partitions that are compared at a time.")
    static let byPartition = Setting<Bool>.toggle(
        "by-partition", help: "A line for each partition, with offset ranges and checksums, instead of each topic.")

    static let section = SettingsTable.Section(
        "What to compare", [topicRegex.spec, since.spec, wait.spec, threads.spec, byPartition.spec])

    /// Milliseconds since 1970 from which on records matter; nil: all do.
    static func since(_ settings: Settings, now: Double) throws(EFDError) -> Int64? {
        guard let text = settings[since] else { return nil }
        if let seconds = Units.seconds(text) { return Int64((now - seconds) * 1000) }
        if let nanoseconds = Timestamp.nanoseconds(text) { return nanoseconds / 1_000_000 }
        throw EFDError(
            "settings.valueRefused",
            "\(since.spec.flag): '\(text)' is neither a span of time such as 2h or 7d nor a moment such as "
                + "2026-11-24T06:00:00Z"
        )
    }
}
