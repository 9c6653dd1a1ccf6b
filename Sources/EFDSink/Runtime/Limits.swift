import EFDCore

/// The bounds of the runtime, in one place.
struct SinkLimits: Sendable {
    /// Messages taken from Kafka at a time.
    static let pollMessages = 2000
    /// What the client fetches ahead: enough for a local network. A queued message takes twice its bytes, so this queue
    /// weighs more than all writeBatches at its default.
    static let fetching = [("queued.max.messages.kbytes", "2048"), ("fetch.max.bytes", "2097152")]
    /// The same for sinks that hold rows for minutes: the broker gathers as well. An answer tells of every partition
    /// that was asked for, and librdkafka looks each one up among all topics: with thousands of them few large answers
    /// are far cheaper than many small ones.
    static let patientFetching = [("fetch.wait.max.ms", "500"), ("fetch.min.bytes", "262144")]
    /// Parcels that wait for one writer, beside the one that fills and the one being written: the reader is faster than
    /// any destination.
    static let queuedParcels = 1
    /// Milliseconds to wait for records: while rows wait in an open writeBatch or writeBatches are under way, and otherwise.
    static let busyWait = 5
    static let idleWait = 100
    /// While nothing can be taken in, the reader looks this often whether it can again, in seconds.
    static let stallLook = 0.1
    /// The reader waits this long for a busy destination before it pauses its partitions to go on serving its consumer
    /// group, in seconds.
    static let stallPatience = 5.0
    /// When partitions are revoked, what was read from them is stored and committed within this time, or left to their
    /// next owner, in seconds.
    static let revokePatience = 30.0
    /// Seconds between two times that a writer is asked to make due rows durable.
    static let flushInterval = 1.0
    /// Seconds for asking the destination where a partition goes on, when it comes to this process.
    static let positionPatience = 60.0
    /// Seconds between looks whether parked partitions can go on.
    static let parkedLook = 10.0
    /// Seconds between looks at the lag.
    static let measureInterval = 1.0
    /// Without going round its loop for this long a thread counts as dead, in seconds.
    static let heartbeat = 120.0

    let batchRows: Int
    let batchBytes: Int
    let batchTime: Double
    let linger: Double

    init(_ settings: Settings) {
        batchRows = settings[SinkSettings.batchSize]
        batchBytes = settings[SinkSettings.batchBytes]
        batchTime = settings[SinkSettings.batchTime]
        linger = settings[SinkSettings.linger]
    }
}
