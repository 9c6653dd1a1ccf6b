import CCycloneDDS

/// The qualities of service that decide whether a reader and a writer meet, and what is kept for a slow reader.
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
    /// Samples kept per instance until they are taken.
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

    /// Which side a set of qualities is for. A reader keeps so many samples per instance; a writer keeps all that is
    /// not acknowledged, since the oldest would be lost otherwise, and as many more as its history says for readers
    /// that come late.
    enum Side { case reader, writer, group }

    /// Runs `body` with Cyclone's form of these qualities.
    func withHandle<Result>(for side: Side, partition: String? = nil, _ body: (OpaquePointer) -> Result) -> Result? {
        guard let handle = dds_create_qos() else { return nil }
        defer { dds_delete_qos(handle) }
        // A reliable writer may wait for a slow reader for so long before it gives up on a sample.
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
        // What a late reader of a transient-local writer gets.
        dds_qset_durability_service(handle, 0, DDS_HISTORY_KEEP_LAST, Int32(clamping: historyDepth), -1, -1, -1)
        if let partition { dds_qset_partition1(handle, partition) }
        return body(handle)
    }
}
