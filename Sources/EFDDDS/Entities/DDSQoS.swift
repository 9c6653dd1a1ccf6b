import CCycloneDDS

/// The QoS policies that decide whether a reader and a writer match, and the history of a slow reader.
public struct DDSQoS: Sendable, Equatable {
    public enum Durability: String, Sendable, CaseIterable {
        case volatile
        case transientLocal = "transient-local"
        case transient
    }

    public enum Ownership: String, Sendable, CaseIterable { case shared, exclusive }
    public enum Reliability: String, Sendable, CaseIterable {
        case bestEffort = "best-effort"
        case reliable
    }

    public var reliability: Reliability
    public var durability: Durability
    public var ownership: Ownership
    /// Samples kept per instance until they are read.
    public var historyDepth: Int

    public init(
        reliability: Reliability = .reliable, durability: Durability = .volatile, ownership: Ownership = .shared,
        historyDepth: Int = 1000
    ) {
        self.reliability = reliability
        self.durability = durability
        self.ownership = ownership
        self.historyDepth = historyDepth
    }

    /// The side of a QoS. A reader keeps the history depth per instance; a writer keeps all unacknowledged samples,
    /// since the oldest would be lost otherwise, and its history depth for late-joining readers.
    enum Side { case reader, writer, group }

    /// Runs `body` with the QoS as Cyclone's object.
    func withHandle<Result>(for side: Side, partition: String? = nil, _ body: (OpaquePointer) -> Result) -> Result? {
        guard let handle = dds_create_qos() else { return nil }
        defer { dds_delete_qos(handle) }
        // Maximum time that a reliable writer blocks for a slow reader before it drops a sample.
        dds_qset_reliability(
            handle, reliability == .reliable ? DDS_RELIABILITY_RELIABLE : DDS_RELIABILITY_BEST_EFFORT, 10_000_000_000)
        switch durability {
        case .volatile: dds_qset_durability(handle, DDS_DURABILITY_VOLATILE)
        case .transientLocal: dds_qset_durability(handle, DDS_DURABILITY_TRANSIENT_LOCAL)
        case .transient: dds_qset_durability(handle, DDS_DURABILITY_TRANSIENT)
        }
        dds_qset_ownership(handle, ownership == .shared ? DDS_OWNERSHIP_SHARED : DDS_OWNERSHIP_EXCLUSIVE)
        if side == .writer && reliability == .reliable {
            dds_qset_history(handle, DDS_HISTORY_KEEP_ALL, 0)
        } else {
            dds_qset_history(handle, DDS_HISTORY_KEEP_LAST, Int32(clamping: historyDepth))
        }
        // The samples for a late-joining reader of a transient-local writer.
        dds_qset_durability_service(handle, 0, DDS_HISTORY_KEEP_LAST, Int32(clamping: historyDepth), -1, -1, -1)
        if let partition { dds_qset_partition1(handle, partition) }
        return body(handle)
    }
}
