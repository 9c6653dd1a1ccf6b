import EFDCore

/// The settings of schemas.
public enum SchemaSettings {
    public static let mode = Setting<SchemaMode>.choice(
        "schema-mode", default: .preserve,
        help: """
            preserve: same ids, by the target registry's mode IMPORT; translate: the target's own ids, \
            rewritten in the records; \
            mirror: wait for a registry that reads the copied topic; none.
            """)
    public static let avroTopics = Setting<NamePattern>.pattern(
        "avro-topic-regex", default: ".*",
        help:
            "Topics whose keys and values may begin with a schema id: whole names that match; others pass unlooked at.")
    public static let syncInterval = Setting<Double>.duration(
        "schema-sync-interval", default: "5m", from: "1s", to: "1d",
        help: "Time between looks for later versions and changed compatibility levels of the copied topics' subjects.")
    public static let unknownWait = Setting<Double>.duration(
        "unknown-schema-wait", default: "1m", from: "0s", to: "365d",
        help:
            "How long a partition waits for a schema that its topic's registry does not know (yet); then the record is "
            + "passed on as it is and counted."
    )

    static let section = SettingsTable.Section(
        "Schemas", [mode.spec, avroTopics.spec, syncInterval.spec, unknownWait.spec])
}
