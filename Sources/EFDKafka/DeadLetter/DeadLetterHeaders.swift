/// The names of a dead letter's headers: Kafka Connect's, and those of the suite where Connect has none.
public enum DeadLetterHeaders {
    /// Kafka Connect's lead; any header with it describes a failure.
    public static let connect = "__connect.errors."
    public static let topic = "\(connect)topic"
    public static let partition = "\(connect)partition"
    public static let offset = "\(connect)offset"
    public static let connector = "\(connect)connector.name"
    public static let task = "\(connect)task.id"
    public static let stage = "\(connect)stage"
    public static let program = "\(connect)class.name"
    /// The cause: the error's code, or the exception's class.
    public static let cause = "\(connect)exception.class.name"
    public static let message = "\(connect)exception.message"

    /// The suite's lead for what Connect does not have.
    public static let suite = "__efd.errors."
    /// The consumer group of the sink that rejected the record.
    public static let group = "\(suite)group"
    /// The destination of that sink, as it names it.
    public static let destination = "\(suite)destination"
    /// The timestamp of the source record, in milliseconds since 1970.
    public static let timestamp = "\(suite)timestamp"

    /// The lead of a replayed record's headers.
    public static let replay = "__efd.replay."
    /// The consumer group that a replayed record is meant for; sinks of other groups skip it.
    public static let replayGroup = "\(replay)group"
    /// How often the record was replayed.
    public static let replayCount = "\(replay)count"
    /// One header for each earlier failure, oldest first: JSON.
    public static let replayHistory = "\(replay)history"

    /// Whether a header describes a failure or a replay, rather than belonging to the source record.
    public static func isOwn(_ name: String) -> Bool {
        name.hasPrefix(connect) || name.hasPrefix(suite) || name.hasPrefix(replay)
    }
}
