import EFDCore

/// The settings of the topics that the replicator creates and updates at the target.
public enum TopicSettings {
    public static let renameFormat = Setting<String>.text(
        "rename-format", "FORMAT", default: "${topic}",
        help: "Name at the target; ${topic} stands for the source's: summit.${topic}.")
    public static let renameRegex = Setting<NamePattern?>.optionalPattern(
        "rename-regex",
        help: "Topics to rename by --rename-to before --rename-format: the pattern must match the whole name.")
    public static let renameTo = Setting<String>.text(
        "rename-to", "TEXT", default: "", help: "New name for --rename-regex; $1 to $9 stand for its groups.")
    public static let create = Setting<Bool>.toggle(
        "create-topics", default: true, help: "Create missing topics at the target.")
    public static let replication = Setting<Int>.integer(
        "replication-factor", default: -1, in: -1...15,
        help: "Replication factor of created topics; -1: the target's default.")
    public static let refreshInterval = Setting<Double>.duration(
        "refresh-interval", default: "10s", from: "100ms", to: "30s",
        help: "Time between checks for new topics and partitions.")
    public static let syncConfiguration = Setting<Bool>.toggle(
        "sync-topic-configs", default: true,
        help: "Sync the properties of topics at the target with the source.")
    public static let syncInterval = Setting<Double>.duration(
        "sync-topic-configs-interval", default: "1m", from: "1s", to: "1d",
        help: "Time between comparisons of topics' properties.")
    public static let excludedProperties = Setting<[String]>.list(
        "config-exclude", "PROPERTY",
        default: """
            follower.replication.throttled.replicas,leader.replication.throttled.replicas,\
            message.timestamp.difference.max.ms,\
            message.timestamp.before.max.ms,message.timestamp.after.max.ms,message.timestamp.type,\
            unclean.leader.election.enable,min.insync.replicas
            """, help: "Properties that stay the target's own."
    ).empty(means: "none")
    public static let retention = Setting<Retention?>.optionalRetention(
        "target-retention", from: "1m", help: "Retention of topics at the target; none: the source's.")

    static let section = SettingsTable.Section(
        "Topics at the target",
        [
            renameFormat.spec, renameRegex.spec, renameTo.spec, create.spec, replication.spec, refreshInterval.spec,
            syncConfiguration.spec,
            syncInterval.spec, excludedProperties.spec, retention.spec,
        ])
}
