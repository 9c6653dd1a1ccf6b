import CCycloneDDS
import CCycloneDDSShim
import EFDCore
import Glibc

/// A writer somewhere in the domain, as discovery tells of it.
public struct DDSPublication: Sendable, Equatable {
    public let topic: String
    public let type: String
    /// Empty: the partition without a name.
    public let partitions: [String]
    /// Its history is not part of what discovery tells.
    public let qos: DDSQoS
    /// Whether the participant that asked has it itself.
    public let isOwn: Bool

    public init(topic: String, type: String, partitions: [String], qos: DDSQoS, isOwn: Bool = false) {
        self.topic = topic
        self.type = type
        self.partitions = partitions
        self.qos = qos
        self.isOwn = isOwn
    }

    fileprivate init(_ raw: ddsshim_publication) {
        topic = String(cString: raw.topic)
        type = String(cString: raw.type)
        partitions = (0..<Int(raw.partition_count)).compactMap { index in
            raw.partitions?[index].map { String(cString: $0) }
        }
        qos = DDSQoS(
            reliability: raw.reliability == Int32(DDS_RELIABILITY_RELIABLE.rawValue) ? .reliable : .bestEffort,
            durability: raw.durability == Int32(DDS_DURABILITY_VOLATILE.rawValue)
                ? .volatile
                : raw.durability == Int32(DDS_DURABILITY_TRANSIENT_LOCAL.rawValue) ? .transientLocal : .transient,
            ownership: raw.ownership == Int32(DDS_OWNERSHIP_SHARED.rawValue) ? .shared : .exclusive)
        isOwn = raw.is_own
    }

    /// Why a reader that asks for these does not get this writer's samples; nil: nothing that discovery tells stands
    /// against it.
    public func mismatch(type wantedType: String, partition wanted: String, _ asked: DDSQoS) -> String? {
        let offered = partitions.isEmpty ? [""] : partitions
        if !offered.contains(where: { Self.meet($0, wanted) }) {
            return "its partition is \(offered.map { "'\($0)'" }.joined(separator: ", ")), not '\(wanted)'"
        }
        if type != wantedType { return "its type is \(type), not \(wantedType)" }
        if asked.reliability == .reliable && qos.reliability == .bestEffort {
            return "it is best-effort, reliable is asked for"
        }
        let order: [DDSQoS.Durability] = [.volatile, .transientLocal, .transient]
        if let offered = order.firstIndex(of: qos.durability), let needed = order.firstIndex(of: asked.durability),
            offered < needed
        {
            return "its durability is \(qos.durability.rawValue), \(asked.durability.rawValue) is asked for"
        }
        if qos.ownership != asked.ownership {
            return "its ownership is \(qos.ownership.rawValue), \(asked.ownership.rawValue) is asked for"
        }
        return nil
    }

    /// Partitions are patterns of file names on either side, but a pattern never meets another.
    private static func meet(_ one: String, _ other: String) -> Bool {
        one == other || !isPattern(other) && fnmatch(one, other, 0) == 0
            || !isPattern(one) && fnmatch(other, one, 0) == 0
    }

    private static func isPattern(_ text: String) -> Bool { text.contains { $0 == "*" || $0 == "?" || $0 == "[" } }
}

extension DDSParticipant {
    /// The writers that discovery has found, whether or not they match a reader of ours.
    public func publications() throws(EFDError) -> [DDSPublication] {
        var found: [DDSPublication] = []
        let code = withUnsafeMutablePointer(to: &found) { found in
            ddsshim_publications(
                handle,
                { context, raw in
                    context?.assumingMemoryBound(to: [DDSPublication].self).pointee.append(DDSPublication(raw.pointee))
                }, found)
        }
        try DDSFault.check(code, "listing writers in DDS domain \(domainID)")
        return found
    }
}
