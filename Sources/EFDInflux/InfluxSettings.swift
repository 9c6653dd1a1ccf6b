import EFDCore
import EFDSink

/// The settings of the InfluxDB writer.
public enum InfluxSettings {
    /// Behaviour for a schema without any of the timestamp fields.
    public enum TimestampFallback: String, CaseIterable, Sendable { case record, reject }
    /// The server interface for writes.
    public enum Interface: String, CaseIterable, Sendable {
        case v1 = "1"
        case v2 = "2"
    }

    public static let url = Setting<String>.url(
        "influxdb-url", default: "http://localhost:8086", help: "The InfluxDB server."
    )
    .aliases("influxdb_url", "i").importance(.high)
    public static let database = Setting<String>.text(
        "influxdb-database", "NAME", default: "efd", help: "Database (1.x) or bucket (2.x) of the points."
    )
    .aliases("database", "d").importance(.high)
    public static let user = Setting<String?>.optional(
        "influxdb-user", "NAME", help: "User with permission for the database; none: no authentication."
    )
    .aliases("username", "u")
    public static let password = Setting<String?>.optional("influxdb-password", help: "The user's password.").secret()
        .aliases("password", "p")
    public static let token = Setting<String?>.optional(
        "influxdb-token", help: "Token of InfluxDB 2.x, instead of user and password."
    ).secret()
    public static let interface = Setting<Interface>.choice(
        "influxdb-api", default: .v1,
        help: "1 writes to /write, which every 1.x and 2.x server accepts; 2 to /api/v2/write.")
    public static let organization = Setting<String?>.optional(
        "influxdb-org", "NAME", help: "Organization of the bucket, with --influxdb-api 2.")

    public static let retentionPolicy = Setting<String>.text(
        "retention-policy", "NAME", default: "autogen", help: "Retention policy of the points.")
    public static let retention = Setting<Retention>.retention(
        "retention", default: "inf", from: "1h",
        help: "Duration of a retention policy that is created at start.")
    public static let createDatabase = Setting<Bool>.toggle(
        "create-database", default: true,
        help: "Create the database and the retention policy at start if they are missing.")
    public static let alterRetention = Setting<Bool>.toggle(
        "alter-retention",
        help: "Change the duration of an existing retention policy to --retention; a shorter one deletes old points.")

    public static let timestampFallback = Setting<TimestampFallback>.choice(
        "timestamp-fallback", default: .record,
        help: "For topics without such a field: use the Kafka record's time, or reject the record.")
    public static let tagField = Setting<[String]>.list(
        "tag-field", "FIELD", help: "Fields to store as tags, in every topic that has them."
    ).aliases("tags")
    public static let removePrefix = Setting<String?>.optional(
        "remove-prefix", "PREFIX", help: "Prefix of topic names to remove from measurement names.")

    public static let requestSize = Setting<Int>.bytes(
        "request-size", default: "10MB", from: "64kB", to: "1GB",
        help: "Maximum body of one write; the server's max-body-size (25 MB in 1.x) must be larger.")
    public static let requestTimeout = Setting<Double>.duration(
        "request-timeout", default: "60s", from: "1s", to: "1h", help: "Maximum time for one write.")

    /// The settings of a program that only queries.
    public static let querySection = SettingsTable.Section(
        "InfluxDB", [url.spec, database.spec, retentionPolicy.spec, user.spec, password.spec, token.spec])

    /// The section of the settings table.
    public static let section = SettingsTable.Section(
        "InfluxDB",
        [
            url.spec, database.spec, user.spec, password.spec, token.spec, interface.spec, organization.spec,
            retentionPolicy.spec, retention.spec,
            createDatabase.spec, alterRetention.spec, EventTimeSettings.field.spec, EventTimeSettings.unit.spec,
            timestampFallback.spec, tagField.spec, removePrefix.spec, requestSize.spec, requestTimeout.spec,
        ])
}
