import CCycloneDDS
import CCycloneDDSShim
import EFDCore

/// A reader in the domain, as discovery reports it.
struct DDSSubscription: Sendable, Equatable {
    let topic: String
    /// Empty: the partition without a name.
    let partitions: [String]
    /// The user data of its QoS; empty if it has none.
    let mark: String
    /// Whether it belongs to the participant itself.
    let isOwn: Bool

    fileprivate init(_ raw: ddsshim_endpoint) {
        topic = String(cString: raw.topic)
        partitions = raw.partitionNames
        mark = String(decoding: UnsafeRawBufferPointer(start: raw.user_data, count: raw.user_data_size), as: UTF8.self)
        isOwn = raw.is_own
    }
}

extension DDSParticipant {
    /// The discovered readers.
    func subscriptions() throws(EFDError) -> [DDSSubscription] {
        var found: [DDSSubscription] = []
        let code = withUnsafeMutablePointer(to: &found) { found in
            ddsshim_endpoints(
                handle, true,
                { context, raw in
                    let found = context?.assumingMemoryBound(to: [DDSSubscription].self)
                    found?.pointee.append(DDSSubscription(raw.pointee))
                }, found)
        }
        try DDSFault.check(code, "listing readers in DDS domain \(domainID)")
        return found
    }
}

extension DDSReaderSet {
    /// The topics that a reader of another process with the same mark reads in the same partition; empty if this set
    /// has no mark.
    public func topicsReadTwice() throws(EFDError) -> [String] {
        guard let mark else { return [] }
        let others = Dictionary(
            grouping: try participant.subscriptions().filter { !$0.isOwn && $0.mark == mark }, by: \.topic)
        if others.isEmpty { return [] }
        return readers.filter { reader in
            (others[reader.topic] ?? []).contains { other in
                (other.partitions.isEmpty ? [""] : other.partitions).contains {
                    DDSPartition.meet($0, reader.partition)
                }
            }
        }.map(\.topic).sorted()
    }
}
