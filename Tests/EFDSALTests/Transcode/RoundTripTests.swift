import EFDAvro
import EFDCore
import EFDSAL
import EFDTestKit
import Testing

/// Values → CDR → Avro → values, for every topic at hand, mapping and encoding.
@Suite struct RoundTripTests {
    private static func components() throws -> [SALComponent] {
        var components = [DemoIDL.text, DemoIDL.text2019].map { Array($0.utf8) }
        components += try SharedData.idlFiles().map { try Files.read($0) }
        return try components.map { try SALComponent(parsing: $0, file: "idl") }
    }

    @Test(arguments: AvroMapping.allCases, CDREncoding.all)
    func everyValueArrives(mapping: AvroMapping, encoding: CDREncoding) throws {
        var values = SampleValues(seed: 42)
        for topic in try Self.components().flatMap(\.topics) {
            let schema = try mapping.schema(of: topic)
            let writer = CDRWriter(topic.definition, encoding: encoding)
            for _ in 0..<4 {
                let sent = values.sample(of: topic, sndStamp: Transcoding.sndStamp)
                var sample: [UInt8] = []
                try writer.append(sent, to: &sample)
                #expect(sample.count % 4 == 0)
                let (record, facts) = try Transcoding.record(sample, topic, mapping)
                #expect(record.starts(with: [0, 1, 2, 3, 4]))
                let read = try PlainAvro.read(record[5...], schema: schema)
                #expect(read[0] == .real(Transcoding.sndStamp - 37) && read[1] == .real(Transcoding.produced))
                for (field, value) in zip(topic.fields, sent) {
                    let expected =
                        field.index == topic.rcvStampField ? .real(Transcoding.received) : Self.expected(value)
                    #expect(read[field.index + 2] == expected, "\(topic.ddsTypeName) \(field.name)")
                }
                try Self.check(facts, of: topic, sent)
            }
        }
    }

    /// The same through the decoder that the sinks use: many records in one batch of columns.
    @Test(arguments: AvroMapping.allCases)
    func sinksReadWhatWasSent(mapping: AvroMapping) throws {
        var values = SampleValues(seed: 4711)
        for topic in try Self.components().flatMap(\.topics) {
            let schema = try AvroSchema.parse(mapping.schemaText(of: topic))
            #expect(try schema.document == mapping.schema(of: topic))
            #expect(schema.record?.fullName == topic.kafkaTopicName)
            let plan = try AvroPlan(schema)
            #expect(plan.columns.map(\.name) == AddedStamp.allCases.map(\.rawValue) + topic.fields.map(\.name))
            #expect(plan.columns.dropFirst(2).map(\.units) == topic.fields.map(\.definition.units))

            let batch = ColumnBatch(plan)
            var rows: [[SALValue]] = []
            for _ in 0..<5 {
                rows.append(values.sample(of: topic, sndStamp: Transcoding.sndStamp))
                var sample: [UInt8] = []
                try CDRWriter(topic.definition).append(rows[rows.count - 1], to: &sample)
                try Transcoding.record(sample, topic, mapping).bytes.withUnsafeBytes { value in
                    let frame = try ConfluentFrame.parse(value)
                    #expect(frame.schemaID == 0x0102_0304)
                    try plan.decode(frame.payload, into: batch)
                }
            }
            for (row, sent) in rows.enumerated() {
                var expected = sent.map(Self.expected)
                if let received = topic.rcvStampField { expected[received] = .real(Transcoding.received) }
                #expect(
                    batch.plainRow(row) == [.real(Transcoding.sndStamp - 37), .real(Transcoding.produced)] + expected)
            }
        }
    }

    private static func check(_ facts: SampleFacts, of topic: SALTopic, _ sent: [SALValue]) throws {
        func integer(_ field: Int?) -> Int64 {
            if let field, case .integer(let value) = sent[field] { value } else { 0 }
        }
        #expect(Int64(facts.seqNum) == integer(topic.seqNumField))
        #expect(Int64(facts.index) == integer(topic.indexField))
        #expect(Int64(facts.origin) == integer(topic.originField))
        #expect(facts.repairedBytes == 0 && !facts.hasSubstituteTime)
        #expect((facts.identityHash == 0) == (topic.identityField == nil))
    }

    private static func expected(_ value: SALValue) -> PlainAvro.Value {
        switch value {
        case .boolean(let value): .boolean(value)
        case .integer(let value): .integer(value)
        case .real(let value): .real(value)
        case .text(let text): .text(text)
        case .bytes(let bytes): .text(String(decoding: bytes, as: UTF8.self))
        case .booleans(let values): .list(values.map { .boolean($0) })
        case .integers(let values): .list(values.map { .integer($0) })
        case .reals(let values): .list(values.map { .real($0) })
        case .texts(let texts): .list(texts.map { .text($0) })
        }
    }

    /// Damaged samples end in a fault or in a record that can be read, never in a trap or in half a record.
    @Test func damagedSamplesNeverTrap() throws {
        var values = SampleValues(seed: 7)
        var faults = 0
        for topic in try Self.components().flatMap(\.topics) {
            let schema = try AvroMapping.wide.schema(of: topic)
            for encoding in CDREncoding.all {
                var whole: [UInt8] = []
                try CDRWriter(topic.definition, encoding: encoding).append(
                    values.sample(of: topic, sndStamp: Transcoding.sndStamp), to: &whole)
                for _ in 0..<6 {
                    var sample = whole
                    switch Int.random(in: 0..<3, using: &values.random) {
                    case 0: sample.removeLast(Int.random(in: 0...sample.count, using: &values.random))
                    case 1:
                        sample[.random(in: 0..<sample.count, using: &values.random)] = .random(
                            in: 0...255, using: &values.random)
                    default:
                        for _ in 0..<8 {
                            sample[.random(in: 4..<sample.count, using: &values.random)] = [0, 0x7F, 0x80, 0xFF]
                                .randomElement(using: &values.random)!
                        }
                    }
                    do throws(CDRFault) {
                        let record = try Transcoding.record(sample, topic).bytes
                        #expect(throws: Never.self) { try PlainAvro.read(record[5...], schema: schema) }
                    } catch {
                        faults += 1
                        #expect(error.offset <= sample.count + 8 && error.field < topic.fields.count)
                    }
                }
            }
        }
        #expect(faults > 50)
    }

    @Test func randomBytesNeverTrap() throws {
        var random = SeededGenerator(seed: 99)
        let topics = try Self.components().flatMap(\.topics)
        for round in 0..<4000 {
            var sample = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if sample.count >= 4 {
                sample.replaceSubrange(0..<2, with: [0, [0, 1, 6, 7].randomElement(using: &random)!])
            }
            _ = try? Transcoding.record(sample, topics[round % topics.count])
        }
    }
}
