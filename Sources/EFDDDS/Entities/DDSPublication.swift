import CCycloneDDS
import CCycloneDDSShim
import EFDCore
import Glibc

/// A writer in the domain, as discovery reports it.
public struct DDSPublication: Sendable, Equatable {
    public let topic: String
    public let type: String
    /// Empty: the partition without a name.
    public let partitions: [String]
    /// Discovery does not report its history.
    public let qos: DDSQoS
    /// Whether it belongs to the participant itself.
    public let isOwn: Bool

    public init(topic: String, type: String, partitions: [String], qos: DDSQoS, isOwn: Bool = false) {
        self.topic = topic
        self.type = type
        self.partitions = partitions
        self.qos = qos
        self.isOwn = isOwn
    }

    fileprivate init(_ raw: ddsshim_endpoint) {
        topic = String(cString: raw.topic)
        type = String(cString: raw.type)
        partitions = raw.partitionNames
        qos = DDSQoS(
            reliability: raw.reliability == Int32(DDS_RELIABILITY_RELIABLE.rawValue) ? .reliable : .bestEffort,
            durability: raw.durability == Int32(DDS_DURABILITY_VOLATILE.rawValue)
                ? .volatile
                : raw.durability == Int32(DDS_DURABILITY_TRANSIENT_LOCAL.rawValue) ? .transientLocal : .transient,
            ownership: raw.ownership == Int32(DDS_OWNERSHIP_SHARED.rawValue) ? .shared : .exclusive)
        isOwn = raw.is_own
    }

    /// Why a reader with these qualities does not match this writer; nil: no reason that discovery reports.
    public func mismatch(type wantedType: String, partition wanted: String, _ asked: DDSQoS) -> String? {
        let offered = partitions.isEmpty ? [""] : partitions
        if !offered.contains(where: { DDSPartition.meet($0, wanted) }) {
            return "its partition is \(offered.map { "'\($0)'" }.joined(separator: ", ")), not '\(wanted)'"
        }
        if type != wantedType { return "its type is \(type), not \(wantedType)" }
        if asked.reliability == .reliable && qos.reliability == .bestEffort {
            return "it is best-effort, reliable is requested"
        }
        let order: [DDSQoS.Durability] = [.volatile, .transientLocal, .transient]
        if let offered = order.firstIndex(of: qos.durability), let needed = order.firstIndex(of: asked.durability),
            offered < needed
        {
            return "its durability is \(qos.durability.rawValue), \(asked.durability.rawValue) is requested"
        }
        if qos.ownership != asked.ownership {
            return "its ownership is \(qos.ownership.rawValue), \(asked.ownership.rawValue) is requested"
        }
        return nil
    }
}

extension ddsshim_endpoint {
    /// Valid within the callback.
    var partitionNames: [String] {
        (0..<Int(partition_count)).compactMap { index in partitions?[index].map { String(cString: $0) } }
    }
}

enum DDSPartition {
    /// Partitions of either side may be file name patterns, but two patterns never match.
    static func meet(_ one: String, _ other: String) -> Bool {
        one == other || !isPattern(other) && fnmatch(one, other, 0) == 0
            || !isPattern(one) && fnmatch(other, one, 0) == 0
    }

    private static func isPattern(_ text: String) -> Bool { text.contains { $0 == "*" || $0 == "?" || $0 == "[" } }
}

extension DDSParticipant {
    /// The discovered writers, whether or not they match one of our readers.
    public func publications() throws(EFDError) -> [DDSPublication] {
        var found: [DDSPublication] = []
        let code = withUnsafeMutablePointer(to: &found) { found in
            ddsshim_endpoints(
                handle, false,
                { context, raw in
                    context?.assumingMemoryBound(to: [DDSPublication].self).pointee.append(DDSPublication(raw.pointee))
                }, found)
        }
        try DDSFault.check(code, "listing writers in DDS domain \(domainID)")
        return found
    }
}
