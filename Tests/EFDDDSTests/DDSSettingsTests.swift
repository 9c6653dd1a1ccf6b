import EFDCore
import EFDDDS
import EFDSAL
import EFDTestKit
import Foundation
import Testing

@Suite struct DDSSettingsTests {
    private func settings(_ arguments: String...) throws -> Settings { try settings(arguments) }

    private func settings(_ arguments: [String]) throws -> Settings {
        let table = SettingsTable(program: "probe", summary: "Probe.", sections: [DDSSettings.section])
        return try Settings.parse(table, arguments: arguments, environment: [:]) { path throws(EFDError) in
            throw EFDError("test.noFile", path)
        }
    }

    @Test func theDefaultIsThisMachineAlone() throws {
        let settings = try settings()
        #expect(try DDSSettings.configuration(settings) == .loopback)
        #expect(settings[DDSSettings.domain] == 0)
        #expect(try DDSSettings.configuration(settings).xml.contains(#"<NetworkInterface address="127.0.0.1"/>"#))
    }

    @Test(arguments: [
        (["--dds-interface", "10.1.2.3"], #"address="10.1.2.3""#, #"<Peers><Peer address="10.1.2.3"/></Peers>"#),
        (["--dds-interface", "eth0", "--dds-multicast"], #"name="eth0""#, "<AllowMulticast>true</AllowMulticast>"),
        (["--dds-interface", "beef", "--dds-multicast"], #"name="beef""#, "<AllowMulticast>true"),
        (
            ["--dds-interface", "fe80::1", "--dds-peer", "fe80::2"], #"address="fe80::1""#,
            #"<Peer address="fe80::2"/>"#
        ),
        (
            ["--dds-interface", "a\"<&b", "--dds-peer", "x"], #"name="a&quot;&lt;&amp;b""#,
            #"<Peers><Peer address="x"/></Peers>"#
        ),
        (["--dds-participants", "7"], "<MaxAutoParticipantIndex>7<", "<AllowMulticast>false"),
    ])
    func settingsBecomeAConfiguration(_ arguments: [String], _ one: String, _ other: String) throws {
        let xml = try DDSSettings.configuration(try settings(arguments)).xml
        #expect(xml.contains(one) && xml.contains(other), "\(xml)")
    }

    /// A name gives no address for discovery, and without multicast discovery would find nobody.
    @Test func anInterfaceThatCannotFindAnybodyIsRefused() throws {
        let lonely = try settings("--dds-interface", "eth0")
        #expect { try DDSSettings.configuration(lonely) } throws: { ($0 as? EFDError)?.code == "dds.nobodyToFind" }
    }

    @Test func aFileStandsForTheWholeConfiguration() throws {
        let path = NSTemporaryDirectory() + "efd-dds-\(getpid())-\(UInt32.random(in: 0 ... .max)).xml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try DDSConfiguration.loopback.xml.write(toFile: path, atomically: false, encoding: .utf8)
        #expect(try DDSSettings.configuration(try settings("--dds-config", path)) == .loopback)
        #expect(throws: EFDError.self) {
            try DDSSettings.configuration(try settings("--dds-config", path + ".missing"))
        }
    }

    @Test func qualitiesByTopicClass() throws {
        let standard = try settings()
        #expect(DDSSettings.qos(for: .telemetry, standard) == DDSQoS(ownership: .exclusive))
        #expect(DDSSettings.qos(for: .event, standard) == DDSQoS(durability: .transientLocal, ownership: .exclusive))
        #expect(DDSSettings.qos(for: .command, standard) == DDSQoS(ownership: .shared))
        #expect(DDSSettings.qos(for: .ackcmd, standard) == DDSQoS(ownership: .exclusive))
        let other = try settings(
            "--dds-telemetry-reliability", "best-effort", "--dds-data-ownership", "shared", "--dds-command-ownership",
            "exclusive", "--dds-event-durability",
            "transient", "--dds-command-durability", "transient-local", "--dds-telemetry-durability", "transient-local",
            "--dds-history-depth", "5")
        #expect(
            DDSSettings.qos(for: .telemetry, other)
                == DDSQoS(reliability: .bestEffort, durability: .transientLocal, historyDepth: 5))
        #expect(DDSSettings.qos(for: .event, other) == DDSQoS(durability: .transient, historyDepth: 5))
        #expect(
            DDSSettings.qos(for: .command, other)
                == DDSQoS(durability: .transientLocal, ownership: .exclusive, historyDepth: 5))
        #expect(DDSSettings.qos(for: .ackcmd, other) == DDSQoS(durability: .transientLocal, historyDepth: 5))
    }
}
