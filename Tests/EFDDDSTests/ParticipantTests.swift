import EFDCore
import EFDDDS
import EFDSAL
import EFDTestKit
import Testing

@Suite(.serialized) struct ParticipantTests {
    private let domain = testDomain(5)
    private let definition = IDLStruct("shared_00000001", keys: ["salIndex"], [IDLField("salIndex", .int32)])

    private func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return (error as? EFDError)?.code.description }
        return nil
    }

    /// Closing a domain closes all its entities, so the first participant must not close it.
    @Test func participantsShareADomainUntilTheLast() throws {
        var first: DDSParticipant? = try DDSParticipant(domainID: domain)
        let second = try DDSParticipant(domainID: domain)
        #expect(first?.domainID == second.domainID)
        first = nil
        let readers = try DDSReaderSet(second)
        try readers.add(
            definition, module: "Probe", topicName: "Probe_shared", partition: testPartition("Probe"), qos: DDSQoS())
        let writer = try DDSWriter(
            second, definition, module: "Probe", topicName: "Probe_shared", partition: testPartition("Probe"),
            qos: DDSQoS())
        let received = try collect(readers, count: 1) { try writer.write(try definition.cdr([.integer(1)])) }
        #expect(received.count == 1)
    }

    @Test func aDomainHasOneConfiguration() throws {
        let other = DDSConfiguration(interface: "127.0.0.1", multicast: false, participants: 50)
        do {
            let participant = try DDSParticipant(domainID: domain)
            #expect(code { _ = try DDSParticipant(domainID: participant.domainID, other) } == "dds.domainConfigured")
        }
        // Closed by now, it may be opened again.
        #expect(try DDSParticipant(domainID: domain, other).domainID == domain)
    }

    @Test(arguments: [
        (DDSConfiguration(xml: "<CycloneDDS><Domain><NoSuchThing/></Domain></CycloneDDS>"), "NoSuchThing"),
        (DDSConfiguration(xml: "<CycloneDDS"), "line 1"),
        (DDSConfiguration(interface: "203.0.113.7", multicast: false), "203.0.113.7"),
        (DDSConfiguration(interface: "no-such-interface", multicast: false, peers: ["127.0.0.1"]), "no-such-interface"),
    ]) func badConfigurationsAreRefusedByName(_ wrong: DDSConfiguration, _ says: String) throws {
        let error = #expect(throws: EFDError.self) { _ = try DDSParticipant(domainID: domain, wrong) }
        #expect(
            error?.code == "dds.callFailed" && error?.message.contains(says) == true, "\(String(describing: error))")
        // A refused one leaves nothing behind.
        #expect(code { _ = try DDSParticipant(domainID: domain) } == nil)
    }

    @Test func aNameStandsForOneType() throws {
        let participant = try DDSParticipant(domainID: domain)
        let other = IDLStruct(
            "shared_00000001", keys: ["salIndex"], [IDLField("salIndex", .int32), IDLField("more", .double)])
        let writer = try DDSWriter(
            participant, definition, module: "Probe", topicName: "Probe_ackcmd", partition: "p", qos: DDSQoS())
        #expect(
            code {
                _ = try DDSWriter(
                    participant, other, module: "Probe", topicName: "Probe_ackcmd", partition: "p", qos: DDSQoS())
            } == "dds.topicRedefined")
        #expect(writer.matchedReaders == 0)
        let again = try DDSWriter(
            participant, definition, module: "Probe", topicName: "Probe_ackcmd", partition: "q", qos: DDSQoS())
        #expect(again.topicName == "Probe_ackcmd")
    }
}
