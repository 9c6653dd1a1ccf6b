import EFDCore

/// The configuration of Cyclone DDS. It is always complete, so that no environment variable can move a process to
/// another network.
public struct DDSConfiguration: Sendable, Equatable {
    public let xml: String

    /// Any configuration, from a site's file.
    public init(xml: String) { self.xml = xml }

    /// One network interface, by address or name. Without multicast, discovery contacts the given peers and the
    /// interface's own address.
    public init(interface: String, multicast: Bool, peers: [String] = [], participants: Int = 100) {
        let isAddress = Self.isAddress(interface)
        let attribute = isAddress ? "address" : "name"
        let asked = multicast ? peers : (isAddress ? [interface] : []) + peers.filter { $0 != interface }
        let list = asked.map { "<Peer address=\"\(Self.escaped($0))\"/>" }.joined()
        xml = """
            <CycloneDDS><Domain id="any">\
            <General><Interfaces><NetworkInterface \(attribute)="\(Self.escaped(interface))"/></Interfaces>\
            <AllowMulticast>\(multicast)</AllowMulticast></General>\
            <Discovery><ParticipantIndex>auto</ParticipantIndex>\
            <MaxAutoParticipantIndex>\(participants)</MaxAutoParticipantIndex>\
            \(list.isEmpty ? "" : "<Peers>\(list)</Peers>")</Discovery></Domain></CycloneDDS>
            """
    }

    /// This machine only.
    public static let loopback = DDSConfiguration(interface: "127.0.0.1", multicast: false)

    /// Whether an interface is given by its address, not by name.
    static func isAddress(_ interface: String) -> Bool {
        interface.contains { $0 == "." || $0 == ":" }
            && interface.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { out, character in
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case "\"": out += "&quot;"
            default: out.append(character)
            }
        }
    }
}
