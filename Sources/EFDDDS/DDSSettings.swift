import EFDCore
import EFDSAL

/// The DDS settings, the same for processes that read and those that write.
public enum DDSSettings {
    public static let domain = Setting<Int>.integer(
        "dds-domain", default: 0, in: DDSParticipant.domainIDs, help: "DDS domain.")
    public static let partitionPrefix = Setting<String>.text(
        "dds-partition-prefix", "TEXT", default: "test",
        help: "First part of the DDS partitions, SAL's LSST_DDS_PARTITION_PREFIX: PREFIX.Component.data.")
    public static let interface = Setting<String>.text(
        "dds-interface", "ADDRESS|NAME", default: "127.0.0.1",
        help: "Network interface for DDS; the default is only this machine.")
    public static let multicast = Setting<Bool>.toggle(
        "dds-multicast", help: "Discover participants by multicast; without it by --dds-peer.")
    public static let peers = Setting<[String]>.list(
        "dds-peer", "ADDRESS", help: "Hosts for discovery without multicast.")
    public static let configurationFile = Setting<String?>.optionalFile(
        "dds-config",
        help: "A complete configuration of Cyclone DDS (XML) instead of interface, multicast and peers.")
    public static let participants = Setting<Int>.integer(
        "dds-participants", default: 100, in: 1...120, help: "Maximum DDS processes on one host.")
    public static let historyDepth = Setting<Int>.integer(
        "dds-history-depth", "SAMPLES", default: 1000, in: 1...1_000_000,
        help: "History depth per instance: samples kept for a slow reader before the oldest is overwritten.")
    public static let eventDurability = Setting<DDSQoS.Durability>.choice(
        "dds-event-durability", default: .transientLocal,
        help: "Durability for events: which earlier samples a late-joining reader gets.")
    public static let telemetryDurability = Setting<DDSQoS.Durability>.choice(
        "dds-telemetry-durability", default: .volatile, help: "Durability for telemetry.")
    public static let commandDurability = Setting<DDSQoS.Durability>.choice(
        "dds-command-durability", default: .volatile, help: "Durability for commands and their acknowledgements.")
    public static let dataOwnership = Setting<DDSQoS.Ownership>.choice(
        "dds-data-ownership", default: .exclusive,
        help: "Ownership for events, telemetry and acknowledgements; must be that of the writers.")
    public static let commandOwnership = Setting<DDSQoS.Ownership>.choice(
        "dds-command-ownership", default: .shared, help: "Ownership for commands; must be that of the writers.")
    public static let telemetryReliability = Setting<DDSQoS.Reliability>.choice(
        "dds-telemetry-reliability", default: .reliable,
        help: "Reliability for telemetry; best-effort also matches best-effort writers.")

    public static let section = SettingsTable.Section(
        "DDS",
        [
            domain.spec, partitionPrefix.spec, interface.spec, multicast.spec, peers.spec, configurationFile.spec,
            participants.spec, historyDepth.spec,
            eventDurability.spec, telemetryDurability.spec, commandDurability.spec, dataOwnership.spec,
            commandOwnership.spec, telemetryReliability.spec,
        ])

    /// Reads the site's file if there is one; touches no network.
    ///
    /// - Throws: `dds.nobodyToFind` if discovery could not contact any host.
    public static func configuration(_ settings: Settings) throws(EFDError) -> DDSConfiguration {
        if let path = settings[configurationFile] {
            return DDSConfiguration(xml: String(decoding: try Files.read(path), as: UTF8.self))
        }
        let isFindable =
            settings[multicast] || !settings[peers].isEmpty || DDSConfiguration.isAddress(settings[interface])
        guard isFindable else {
            throw EFDError(
                .ddsNobodyToFind,
                "--dds-interface \(settings[interface]) has no address for discovery, and multicast is off",
                remedy: "Add --dds-multicast, name hosts with --dds-peer, or give the interface by its address.")
        }
        return DDSConfiguration(
            interface: settings[interface], multicast: settings[multicast], peers: settings[peers],
            participants: settings[participants])
    }

    public static func participant(_ settings: Settings) throws(EFDError) -> DDSParticipant {
        try DDSParticipant(domainID: settings[domain], try configuration(settings))
    }

    /// The QoS of a topic class; readers and writers with these settings match.
    public static func qos(for kind: SALTopicKind, _ settings: Settings) -> DDSQoS {
        let depth = settings[historyDepth]
        switch kind {
        case .telemetry:
            return DDSQoS(
                reliability: settings[telemetryReliability], durability: settings[telemetryDurability],
                ownership: settings[dataOwnership], historyDepth: depth)
        case .event:
            return DDSQoS(
                durability: settings[eventDurability], ownership: settings[dataOwnership], historyDepth: depth)
        case .command:
            return DDSQoS(
                durability: settings[commandDurability], ownership: settings[commandOwnership], historyDepth: depth)
        case .ackcmd:
            return DDSQoS(
                durability: settings[commandDurability], ownership: settings[dataOwnership], historyDepth: depth)
        }
    }
}
