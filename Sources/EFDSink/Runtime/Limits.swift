import EFDCore

/// The bounds of the runtime, in one place.
struct SinkLimits: Sendable {
    /// Messages taken from Kafka at a time.
    static let pollMessages = 2000
    /// Messages that wait for full writers before reading waits as well.
    static let deferredMessages = 4000
    /// Bytes that the client fetches ahead: enough for a local network. A queued message takes twice its bytes, so this
    /// queue weighs more than all write batches at their default.
    static let fetching = [("queued.max.messages.kbytes", "2048"), ("fetch.max.bytes", "2097152")]
    /// The same for sinks that buffer rows for minutes: the broker gathers as well. An answer names every partition
    /// asked for, and librdkafka looks each one up among all topics: with thousands of them few large answers are far
    /// cheaper than many small ones.
    static let patientFetching = [("fetch.wait.max.ms", "500"), ("fetch.min.bytes", "262144")]
    /// Write batches that wait for one writer, beside the one that fills and the one being written: the reader is
    /// faster than any destination.
    static let queuedBatches = 1
    /// Milliseconds to wait for records: while rows wait in an open batch or batches are under way, and otherwise.
    static let busyWait = 5
    static let idleWait = 100
    /// While its records find no writer with room, the reader looks for one this often, in seconds.
    static let stallLook = 0.1
    /// A writer that is full for this long gets its partitions paused, in seconds: those of others go on.
    static let stallPatience = 1.0
    /// Seconds between two times that schemas are asked for which partitions wait for.
    static let schemaLook = 0.5
    /// Seconds between two times that quarantined partitions are tried again.
    static let quarantineLook = 10.0
    /// When partitions are revoked, what was read from them is stored and committed within this time, or left to their
    /// next owner, in seconds.
    static let revokePatience = 30.0
    /// Seconds between two times that a writer is asked to make due rows durable.
    static let flushInterval = 1.0
    /// A destination that asks for a longer pause is tried again after this many seconds all the same.
    static let longestRetryAfter = 60.0
    /// Seconds that faults of the dead-letter topic which may pass are waited out before their partitions are paused.
    static let deadLetterPatience = 30.0
    /// How long reading waits for the registry's answer to a schema id that is new, in seconds.
    static let schemaWait = 0.25
    /// Seconds after which the registry is asked again for a schema that it did not have.
    static let missingSchema = 1.0
    /// Seconds for asking the destination where a partition resumes, when it is assigned.
    static let positionPatience = 60.0
    /// Seconds between looks whether a hosted connector failed.
    static let connectorLook = 1.0
    /// Seconds from the start to the first look at the members of the consumer group, and between looks later; each
    /// wait is twice the one before it.
    static let firstGroupLook = 5.0
    static let groupLook = 60.0
    /// The same while a member stores elsewhere.
    static let sharedGroupLook = 10.0
    /// Seconds for the answer about the group's members.
    static let groupPatience = 5.0
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
