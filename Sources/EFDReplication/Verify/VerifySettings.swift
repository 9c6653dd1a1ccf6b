import EFDCore

/// The settings of `replicator verify` beside both clusters.
enum VerifySettings {
    static let topicRegex = Setting<NamePattern>.pattern(
        "topic-regex", default: #"lsst\.sal\..*"#, help: "Source topics to compare: must match the whole name."
    ).formerly("topics")
    static let since = Setting<String?>.optional(
        "since", "TIME",
        help:
            "Records of that time or later: a duration back from now (2h, 7d) or a UTC time (2026-11-24T06:00:00Z); "
            + "default: all."
    )
    static let wait = Setting<Double>.duration(
        "wait", default: "30s", from: "0s", to: "1d",
        help: "How long copies of records that the source had at the start may take to arrive.")
    static let threads = Setting<Int>.integer(
        "threads", default: 4, in: 1...64, help: "Number of partitions to compare at a time.")
    static let byPartition = Setting<Bool>.toggle(
        "by-partition", help: "Print a line per partition, with offset ranges and checksums, instead of per topic.")

    static let section = SettingsTable.Section(
        "Records to compare", [topicRegex.spec, since.spec, wait.spec, threads.spec, byPartition.spec])

    /// Minimum timestamp in milliseconds since 1970; nil: all records.
    static func since(_ settings: Settings, now: Double) throws(EFDError) -> Int64? {
        guard let text = settings[since] else { return nil }
        if let milliseconds = TimePoint.milliseconds(text, now: now) { return milliseconds }
        throw EFDError(
            .settingsValueRefused,
            "\(since.spec.flag): '\(text)' is neither a duration such as 2h or 7d nor a time such as "
                + "2026-11-24T06:00:00Z"
        )
    }
}
