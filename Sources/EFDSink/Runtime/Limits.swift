import EFDCore

/// The bounds of the runtime, in one place.
struct SinkLimits: Sendable {
    /// Maximum messages per poll.
    static let pollMessages = 2000
    /// Messages that wait for full writers before reading pauses as well.
    static let deferredMessages = 4000
    /// Bytes that the client prefetches: enough for a local network. A queued message uses twice its bytes, so this
    /// queue is larger than all write batches at their default.
    /// Several connectors of a process share twice as much.
    static func fetching(connectors: Int) -> [(String, String)] {
        let kilobytes = min(2048, max(256, 4096 / connectors))
        return [("queued.max.messages.kbytes", "\(kilobytes)"), ("fetch.max.bytes", "\(kilobytes << 10)")]
    }
    /// The same for sinks that buffer rows for minutes: the broker may wait as well. An answer contains every requested
    /// partition, and librdkafka looks each one up among all topics: with thousands of them, few large answers are far
    /// cheaper than many small ones.
    static let patientFetching = [("fetch.wait.max.ms", "500"), ("fetch.min.bytes", "262144")]
    /// Seconds between two returns of freed pages to the kernel, in a process with several connectors: with thousands
    /// of topics each of them frees megabytes after every look at the cluster's topics.
    static let trimInterval = 15.0
    /// Write batches that wait for one writer, beside the open one and the one being written: the reader is faster than
    /// any destination.
    static let queuedBatches = 1
    /// Milliseconds to wait for records: with rows in an open batch or batches in flight, and otherwise.
    static let busyWait = 5
    static let idleWait = 100
    /// Interval in seconds at which the reader checks for a writer with room, while its records find none.
    static let stallLook = 0.1
    /// Seconds after which the partitions of a full writer are paused: those of others continue.
    static let stallPatience = 1.0
    /// Seconds between requests for schemas that partitions wait for.
    static let schemaLook = 0.5
    /// Seconds between retries of quarantined partitions.
    static let quarantineLook = 10.0
    /// Seconds to store and commit the records of revoked partitions; the next owner reads the rest.
    static let revokePatience = 30.0
    /// Seconds to commit a lower offset, before reading continues and it is tried again.
    static let rewindPatience = 2.0
    /// Seconds between flushes of a writer's rows by the flush policy.
    static let flushInterval = 1.0
    /// Maximum seconds of a delay that a destination asks for.
    static let longestRetryAfter = 60.0
    /// Seconds of retries after retriable faults of the dead-letter topic, before their partitions are paused.
    static let deadLetterPatience = 30.0
    /// Maximum seconds that reading waits for the registry's answer to a new schema id.
    static let schemaWait = 0.25
    /// Seconds after which the registry is asked again for a missing schema.
    static let missingSchema = 1.0
    /// Maximum seconds to request the resume position of an assigned partition from the destination.
    static let positionPatience = 60.0
    /// Seconds between checks whether a hosted connector failed.
    static let connectorLook = 1.0
    /// Seconds from the start to the first check of the members of the consumer group, and between later checks; each
    /// delay is twice the previous one.
    static let firstGroupLook = 5.0
    static let groupLook = 60.0
    /// The same while a member stores elsewhere.
    static let sharedGroupLook = 10.0
    /// Maximum seconds for the answer with the group's members.
    static let groupPatience = 5.0
    /// Seconds between measurements of the lag.
    static let measureInterval = 1.0
    /// Seconds without a heartbeat after which a thread counts as dead.
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
