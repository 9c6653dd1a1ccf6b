import CCycloneDDS
import CCycloneDDSShim

/// A writer somewhere in the domain, as discovery tells of it.
public struct DDSPublication: Sendable, Equatable {
    public let topic: String
    public let type: String
    public let partition: String
    public let qos: DDSQoS

    init(_ raw: ddsshim_publication) {
        topic = Self.text(raw.topic)
        type = Self.text(raw.type)
        partition = Self.text(raw.partition)
        qos = DDSQoS(
            reliability: raw.reliability == Int32(DDS_RELIABILITY_RELIABLE.rawValue) ? .reliable : .bestEffort,
            durability: raw.durability == Int32(DDS_DURABILITY_VOLATILE.rawValue)
                ? .volatile : raw.durability == Int32(DDS_DURABILITY_TRANSIENT_LOCAL.rawValue) ? .transientLocal : .transient,
            ownership: raw.ownership == Int32(DDS_OWNERSHIP_SHARED.rawValue) ? .shared : .exclusive)
    }

    private static func text<Tuple>(_ tuple: Tuple) -> String {
        withUnsafeBytes(of: tuple) { raw in String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Why a reader that asks for these does not get this writer's samples; nil: it does.
    func mismatch(partition wanted: String, _ asked: DDSQoS) -> String? {
        if partition != wanted { return "its partition is '\(partition)', not '\(wanted)'" }
        if asked.reliability == .reliable && qos.reliability == .bestEffort { return "it is best-effort, reliable is asked for" }
        let order: [DDSQoS.Durability] = [.volatile, .transientLocal, .transient]
        if let offered = order.firstIndex(of: qos.durability), let needed = order.firstIndex(of: asked.durability), offered < needed {
            return "its durability is \(qos.durability.rawValue), \(asked.durability.rawValue) is asked for"
        }
        if qos.ownership != asked.ownership { return "its ownership is \(qos.ownership.rawValue), \(asked.ownership.rawValue) is asked for" }
        return nil
    }
}
