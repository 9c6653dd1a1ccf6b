import EFDCore

/// The settings of consumer groups.
public enum GroupSettings {
    public static let regex = Setting<NamePattern>.pattern(
        "group-regex", default: ".*",
        help: "Consumer groups of the source whose offsets are carried over: whole names that match.")
    public static let excludeRegex = Setting<NamePattern?>.optionalPattern(
        "group-exclude-regex", default: "console-consumer-.*|connect-.*|efd\\.replicator.*|__.*",
        help: "Groups to leave out of those: whole names that match.")
    public static let interval = Setting<Double>.duration(
        "sync-group-offsets-interval", default: "1m", from: "1s", to: "1d",
        help: "Time between looks at the groups' offsets.")

    static let section = SettingsTable.Section(
        "Consumer groups", [ReplicatorSettings.syncGroupOffsets.spec, regex.spec, excludeRegex.spec, interval.spec])
}
