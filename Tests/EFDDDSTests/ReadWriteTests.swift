import EFDCore
import EFDDDS
import EFDSAL
import EFDTestKit
import Testing

/// What is written arrives, byte for byte.
@Suite(.serialized) struct ReadWriteTests {
    private let participant: DDSParticipant
    private let partition = testPartition("Probe")

    init() throws { participant = try DDSParticipant(domainID: testDomain(0)) }

    private func readers(_ definition: IDLStruct, _ qos: DDSQoS) throws -> DDSReaderSet {
        let readers = try DDSReaderSet(participant)
        try readers.add(
            definition, module: "Probe", topicName: "Probe_\(definition.name)", partition: partition, qos: qos)
        return readers
    }

    private func writer(_ definition: IDLStruct, _ qos: DDSQoS) throws -> DDSWriter {
        try DDSWriter(
            participant, definition, module: "Probe", topicName: "Probe_\(definition.name)", partition: partition,
            qos: qos)
    }

    @Test(arguments: [[], ["salIndex"], ["salIndex", "name"]], CDREncoding.all)
    func everyValueArrives(_ keys: [String], _ encoding: CDREncoding) throws {
        let definition = EveryType.definition(
            "every\(keys.count)_0000000\(encoding.version == .xcdr1 ? 1 : 2)", keys: keys)
        let qos = DDSQoS(historyDepth: 1000)
        let readers = try readers(definition, qos)
        let writer = try writer(definition, qos)
        let samples = EveryType.samples(definition, count: 300, seed: 7)
        let received = try collect(readers, count: samples.count) {
            for (number, values) in samples.enumerated() {
                try writer.write(try definition.cdr(values, encoding), timestamp: 1_000_000 + Int64(number))
            }
        }
        #expect(received.count == samples.count)
        // With any byte order of the sender, received samples have this machine's.
        let native = CDREncoding(encoding.version)
        for sample in received {
            let number = Int(sample.timestamp - 1_000_000)
            #expect(sample.hasData && sample.state == .alive && sample.reader == 0)
            #expect(sample.holds(try definition.cdr(samples[number], native)), "sample \(number)")
        }
        #expect(Set(received.map(\.timestamp)).count == samples.count)
        if keys.isEmpty {
            #expect(
                received.map(\.timestamp) == received.map(\.timestamp).sorted(), "without keys, in the order of sending"
            )
        }
        #expect(Set(received.map(\.publication)).count == 1)
    }

    @Test func instancesAreDistinguishedAndKeepTheirOrder() throws {
        let definition = EveryType.definition("ordered_00000001", keys: ["salIndex"])
        let readers = try readers(definition, DDSQoS())
        let writers = try (0..<2).map { _ in try writer(definition, DDSQoS()) }
        let samples = EveryType.samples(definition, count: 600, seed: 8)
        let received = try collect(readers, count: samples.count) {
            for (number, values) in samples.enumerated() {
                try writers[number % 2].write(try definition.cdr(values), timestamp: Int64(number + 1))
            }
        }
        #expect(Set(received.map(\.instance)).count == 3)
        #expect(Set(received.map(\.publication)).count == 2)
        for (_, one) in Dictionary(grouping: received, by: \.instance) {
            #expect(one.map(\.timestamp) == one.map(\.timestamp).sorted())
        }
    }

    @Test func theWidestStructArrives() throws {
        let fields =
            [IDLField("salIndex", .int32)]
            + (0..<2000).map { IDLField("column\($0)", $0 % 2 == 0 ? .double : .float, 1 + $0 % 14) }
        let definition = IDLStruct("wide_00000001", keys: ["salIndex"], fields)
        #expect(definition.fields.reduce(0) { $0 + ($1.arrayLength ?? 1) } > 14_486)
        let readers = try readers(definition, DDSQoS())
        let writer = try writer(definition, DDSQoS())
        var random = SampleValues(seed: 9)
        let samples = (0..<3).map { _ in definition.fields.map { random.value(of: $0) } }
        let received = try collect(readers, count: 3) {
            for (number, values) in samples.enumerated() {
                try writer.write(try definition.cdr(values), timestamp: Int64(number))
            }
        }
        for sample in received { #expect(sample.holds(try definition.cdr(samples[Int(sample.timestamp)]))) }
        #expect(received.count == 3)
    }

    @Test func theEndOfAnInstanceIsNoData() throws {
        let definition = EveryType.definition("ending_00000001", keys: ["salIndex"])
        let readers = try readers(definition, DDSQoS())
        let writer = try writer(definition, DDSQoS())
        let samples = EveryType.samples(definition, count: 3, seed: 10)
        let received = try collect(
            readers, until: { $0.filter { !$0.hasData }.count >= 3 },
            meanwhile: {
                for values in samples { try writer.write(try definition.cdr(values)) }
                // A dispose during unread data has no sample of its own: take the data first.
                MonotonicClock.sleep(seconds: 0.3)
                try definition.keyCDR(samples[0]).withUnsafeBytes { try writer.dispose(key: $0) }
                try definition.keyCDR(samples[1]).withUnsafeBytes { try writer.unregister(key: $0) }
                try definition.keyCDR(samples[2]).withUnsafeBytes { try writer.dispose(key: $0) }
            })
        let (data, news) = (received.filter(\.hasData), received.filter { !$0.hasData })
        #expect(data.count == 3)
        #expect(Set(news.map(\.instance)) == Set(data.map(\.instance)))
        #expect(news.allSatisfy { $0.state != .alive && $0.cdr.count < 16 })
    }

    @Test func aWriterThatGoesEndsItsInstances() throws {
        let definition = EveryType.definition("leaving_00000001", keys: ["salIndex"])
        let readers = try readers(definition, DDSQoS())
        let sample = EveryType.samples(definition, count: 1, seed: 11)[0]
        let received = try collect(
            readers, until: { $0.contains { $0.state != .alive } },
            meanwhile: {
                let writer = try writer(definition, DDSQoS())
                try writer.write(try definition.cdr(sample))
            })
        #expect(received.filter(\.hasData).count == 1)
        #expect(received.last?.state == .disposed)
    }

    @Test func samplesThatDoNotFitAreRefused() throws {
        let definition = EveryType.definition("strict_00000001", keys: ["salIndex"])
        let writer = try writer(definition, DDSQoS())
        let good = try definition.cdr(EveryType.samples(definition, count: 1, seed: 12)[0])
        try writer.write(good)
        var random = SeededGenerator(seed: 13)
        let cut = (0..<60).map { _ in Array(good.prefix(Int.random(in: 0..<good.count - 12, using: &random))) }
        var flag = good
        flag[4 + 4 + 4 + Int(good[8]) + 0] = 2  // the boolean after salIndex and name
        for bad in cut + [flag, [0, 9] + good.dropFirst(2), [0, 3] + good.dropFirst(2), []] {
            #expect("\(bad.prefix(8)), \(bad.count) bytes") { try writer.write(bad) } throws: { error in
                (error as? EFDError)?.code == "dds.sampleRefused" && (error as? EFDError)?.recovery == .reject
            }
        }
        #expect {
            try definition.keyCDR([.integer(1)] + Array(repeating: .boolean(true), count: 27)).prefix(5).withUnsafeBytes
            { try writer.dispose(key: $0) }
        } throws: {
            ($0 as? EFDError)?.code == "dds.sampleRefused"
        }
    }

    /// Random bytes never trap.
    @Test func randomBytesAreRefusedOrTaken() throws {
        let definition = EveryType.definition("fuzzed_00000001", keys: ["salIndex"])
        let readers = try readers(definition, DDSQoS(historyDepth: 10_000))
        let writer = try writer(definition, DDSQoS())
        let good = try definition.cdr(EveryType.samples(definition, count: 1, seed: 14)[0])
        var random = SeededGenerator(seed: 15)
        var taken = 0
        for _ in 0..<5000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if (try? writer.write(bytes)) != nil { taken += 1 }
        }
        #expect((1..<5000).contains(taken))
        #expect(try collect(readers, count: taken).filter(\.hasData).count == taken)
    }
}
