import EFDCore

/// influx-sink.
extension EFDError.Code {
    /// A password is set without a user, or version 2 of the interface without a token.
    /// Action: Set the missing setting.
    static let influxCredentialsIncomplete = Self("influx.credentialsIncomplete")

    /// InfluxDB rejected the credentials (401).
    /// Action: Set `--influxdb-user` and `--influxdb-password`, or `--influxdb-token`.
    static let influxCredentialsRefused = Self("influx.credentialsRefused")

    /// A token and a user are both set.
    /// Action: Set one of them.
    static let influxCredentialsTwice = Self("influx.credentialsTwice")

    /// The database, bucket or retention policy does not exist.
    /// Action: Create it, or correct `--influxdb-database` and `--retention-policy`.
    static let influxDatabaseMissing = Self("influx.databaseMissing")

    /// A field has another type in InfluxDB than in the record.
    /// Action: Write to another measurement or database, or drop the old field's data.
    static let influxFieldTypeConflict = Self("influx.fieldTypeConflict")

    /// InfluxDB could not parse a line.
    /// Action: See the record in the dead-letter topic and report the message.
    static let influxLineUnreadable = Self("influx.lineUnreadable")

    /// The user lacks a permission (403).
    /// Action: Run `GRANT WRITE ON "database" TO "user"`, or use a token that may write the bucket.
    static let influxNotAllowed = Self("influx.notAllowed")

    /// The server at the URL does not answer as InfluxDB does.
    /// Action: Check `--influxdb-url`.
    static let influxNotInfluxDB = Self("influx.notInfluxDB")

    /// Every field of a record is null, NaN or infinite.
    /// Action: None: InfluxDB cannot store a point without fields.
    static let influxPointEmpty = Self("influx.pointEmpty")

    /// A record is older than the retention policy.
    /// Action: None, or write to a longer retention policy.
    static let influxPointExpired = Self("influx.pointExpired")

    /// InfluxDB rejected a point for another reason.
    /// Action: See InfluxDB's text in the message.
    static let influxPointRefused = Self("influx.pointRefused")

    /// The retention policy does not exist and cannot be created.
    /// Action: Run the statement in the message as administrator.
    static let influxPolicyMissing = Self("influx.policyMissing")

    /// InfluxDB rejected a statement.
    /// Action: See InfluxDB's text in the message.
    static let influxQueryRefused = Self("influx.queryRefused")

    /// InfluxDB rejected a write for another reason.
    /// Action: Check that `--influxdb-url` names InfluxDB.
    static let influxRequestRefused = Self("influx.requestRefused")

    /// A write exceeds the server's size limit (413).
    /// Action: Lower `--request-size`, or raise max-body-size of the server.
    static let influxRequestTooLarge = Self("influx.requestTooLarge")

    /// InfluxDB cannot take a request now.
    /// Action: None: the sink retries. If it persists, check InfluxDB's load.
    static let influxServerBusy = Self("influx.serverBusy")

    /// The name of a tag field is reserved.
    /// Action: Leave it out of `--tag-field`.
    static let influxTagRefused = Self("influx.tagRefused")

    /// A string exceeds InfluxDB's limit.
    /// Action: Shorten the field, or exclude the topic.
    static let influxTextTooLong = Self("influx.textTooLong")

    /// A record has no time for its point.
    /// Action: Set `--time-field` to a field that every record has.
    static let influxTimestampMissing = Self("influx.timestampMissing")

    /// The time of a record is not between the years 1677 and 2262.
    /// Action: Correct the producer's clock or field.
    static let influxTimestampRefused = Self("influx.timestampRefused")
}
