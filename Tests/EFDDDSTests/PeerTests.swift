import EFDCore
import EFDDDS
import EFDSAL
import EFDTestKit
import Testing

/// Samples of other hands, from other processes, over UDP on loopback.
@Suite(.serialized) struct PeerTests {
    private let domain = testDomain(3)
    private let xml = DDSConfiguration.loopback.xml
    private let partition = testPartition("Probe")
    private let participant: DDSParticipant

    init() throws { participant = try DDSParticipant(domainID: testDomain(3)) }

    private func readers(_ definition: IDLStruct, _ qos: DDSQoS = DDSQoS(historyDepth: 10_000)) throws -> DDSReaderSet {
        let readers = try DDSReaderSet(participant)
        try readers.add(
            definition, module: "Probe", topicName: "Probe_\(definition.name)", partition: partition, qos: qos)
        return readers
    }

    private func expect(
        _ received: [Received], of definition: IDLStruct, _ samples: [[SALValue]], _ version: CDREncoding.Version
    ) throws {
        let data = received.filter(\.hasData)
        #expect(data.count == samples.count)
        #expect(Set(data.map(\.timestamp)).count == samples.count)
        for sample in data {
            let number = Int(sample.timestamp - 1_000_000)
            #expect(sample.holds(try definition.cdr(samples[number], CDREncoding(version))), "sample \(number)")
        }
    }

    @Test(arguments: [[], ["salIndex", "name"]], CDREncoding.Version.allCases)
    func whatIDLCPublishesArrives(_ keys: [String], _ version: CDREncoding.Version) throws {
        let definition = EveryType.definition(
            "compiled\(keys.count)_\(version == .xcdr1 ? "00000001" : "00000002")", keys: keys)
        let samples = EveryType.samples(definition, count: 120, seed: 21)
        let publisher = try IDLCPublisher(definition, module: "Probe", samples)
        let readers = try readers(definition)
        let running = try publisher.start(domain: domain, xml, partition: partition, representation: version)
        let received = try collect(readers, count: samples.count)
        #expect(running.wait() == 0, "\(running.output)")
        try expect(received, of: definition, samples, version)
    }

    /// More than a UDP packet holds.
    @Test func samplesInFragmentsArrive() throws {
        let definition = IDLStruct(
            "wide_00000001", keys: ["salIndex"],
            [IDLField("salIndex", .int32), IDLField("column", .double, 14_486), IDLField("last", .float)])
        var random = SampleValues(seed: 22)
        let samples = (0..<2).map { number in
            [.integer(Int64(number)), random.value(of: definition.fields[1]), random.value(of: definition.fields[2])]
        }
        let publisher = try IDLCPublisher(definition, module: "Probe", samples)
        let readers = try readers(definition)
        let running = try publisher.start(domain: domain, xml, partition: partition)
        let received = try collect(readers, count: samples.count)
        #expect(running.wait() == 0, "\(running.output)")
        try expect(received, of: definition, samples, .xcdr1)
    }

    @Test(
        .enabled(if: PythonPeer.interpreter != nil, "no Python with cyclonedds: scripts/setup, or EFD_PYTHON"),
        arguments: CDREncoding.Version.allCases)
    func whatPythonPublishesArrives(_ version: CDREncoding.Version) throws {
        let definition = EveryType.definition(
            "python_\(version == .xcdr1 ? "00000001" : "00000002")", keys: ["salIndex"])
        let samples = EveryType.samples(definition, count: 120, seed: 23, isPlain: true)
        let peer = try PythonPeer(definition, module: "Probe", samples)
        let readers = try readers(definition)
        let running = try peer.start("publish", domain: domain, xml, partition: partition, representation: version)
        let received = try collect(readers, count: samples.count)
        #expect(running.wait() == 0, "\(running.output)")
        try expect(received, of: definition, samples, version)
    }

    @Test(.enabled(if: PythonPeer.interpreter != nil, "no Python with cyclonedds: scripts/setup, or EFD_PYTHON"))
    func pythonReadsWhatWeWrite() throws {
        let definition = EveryType.definition("written_00000001", keys: ["salIndex"])
        let samples = EveryType.samples(definition, count: 1500, seed: 24, isPlain: true)
        let peer = try PythonPeer(definition, module: "Probe", samples)
        // A history far shorter than the number of samples: unacknowledged ones must still be kept.
        let writer = try DDSWriter(
            participant, definition, module: "Probe", topicName: "Probe_written_00000001", partition: partition,
            qos: DDSQoS(historyDepth: 1))
        let running = try peer.start("subscribe", domain: domain, xml, partition: partition)
        #expect(eventually { writer.matchedReaders == 1 })
        for (number, values) in samples.enumerated() {
            try writer.write(try definition.cdr(values), timestamp: 1_000_000 + Int64(number))
        }
        #expect(writer.waitForAcknowledgements(seconds: 30))
        #expect(running.wait() == 0, "\(running.output)")
    }

    /// Cyclone drops samples that do not fit, and only its log reports them.
    @Test func samplesThatDoNotFitAreCounted() throws {
        let fields = { (bound: Int) in [IDLField("salIndex", .int32), IDLField("text", .string(bound: bound))] }
        let theirs = IDLStruct("misfit_00000001", keys: ["salIndex"], fields(64))
        let ours = IDLStruct("misfit_00000001", keys: ["salIndex"], fields(8))
        let samples: [[SALValue]] = (0..<20).map { [.integer(1), .text(String(repeating: "x", count: $0))] }
        let publisher = try IDLCPublisher(theirs, module: "Probe", samples)
        let log = DDSLog.install(.silent, dropped: Counter())
        let readers = try readers(ours)
        let running = try publisher.start(domain: domain, xml, partition: partition)
        let received = try collect(readers, count: 9)
        #expect(running.wait() == 0, "\(running.output)")
        #expect(received.filter(\.hasData).map(\.timestamp) == (0...8).map { 1_000_000 + $0 })
        #expect(eventually { log.droppedSamples()["Probe_misfit_00000001"] == 11 })
    }
}
