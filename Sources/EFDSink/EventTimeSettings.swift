import EFDAvro
import EFDCore

/// The settings of the event time: the same in every sink.
public enum EventTimeSettings {
    /// `--time-field` was parquet-sink's name until 0.1.
    public static let field = Setting<[String]>.list(
        "timestamp-field", "FIELD", default: "private_efdStamp,timestamp,time",
        help: "Field with an event's time; of several, the first that is a time in a topic's schema."
    ).aliases("timestamp", "timestamp.field").formerly("time-field")
    public static let unit = Setting<EventTime.Unit>.choice(
        "timestamp-unit", default: .auto,
        help: "Unit of that field if it has no logical type; auto: seconds if it is real, milliseconds if it is whole.")
}
