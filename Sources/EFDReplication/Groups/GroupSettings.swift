import EFDCore

/// The settings of consumer groups.
public enum GroupSettings {
    public static let regex = Setting<NamePattern>.pattern(
        "group-regex", default: ".*",
        help: "Consumer groups of the source to sync: the pattern must match the whole name.")
    public static let excludeRegex = Setting<NamePattern?>.optionalPattern(
        "group-exclude-regex", default: "console-consumer-.*|connect-.*|efd\\.replicator.*|__.*",
        help: "Consumer groups to exclude: the pattern must match the whole name.")
    public static let interval = Setting<Double>.duration(
        "sync-group-offsets-interval", default: "1m", from: "1s", to: "1d",
        help: "Time between syncs of the groups' offsets.")

    static let section = SettingsTable.Section(
        "Consumer groups", [ReplicatorSettings.syncGroupOffsets.spec, regex.spec, excludeRegex.spec, interval.spec])
}
