import EFDAvro
import EFDCore
import EFDInflux
import EFDKafka
import EFDRegistry
import EFDTestKit
import Foundation
import Testing

extension RealParts {
    /// Records that cannot be stored go byte for byte to the dead-letter topic; all others are stored.
    @Suite(.serialized) struct BadRecordTests {
        private static let schema =
            #"{"type":"record","name":"lsst.sal.Bad.level","fields":[{"name":"private_efdStamp","type":"double"},{"name":"private_sndStamp","type":"double"},{"name":"value","type":"double"},{"name":"text","type":"string"}]}"#
        private static let empty = #"{"type":"record","name":"lsst.sal.Bad.empty","fields":[]}"#
        private static let doubles =
            #"{"type":"record","name":"lsst.sal.Bad.doubles","fields":[{"name":"a","type":"double"},{"name":"b","type":["null","double"]}]}"#
        private static let integers =
            #"{"type":"record","name":"lsst.sal.Bad.level","fields":[{"name":"private_efdStamp","type":"double"},{"name":"private_sndStamp","type":"double"},{"name":"value","type":"long"},{"name":"text","type":"string"}]}"#

        private func frame(_ id: Int32, _ body: [UInt8]) -> [UInt8] { ConfluentFrame.header(schemaID: id) + body }
        private func double(_ value: Double) -> [UInt8] {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        }
        private func text(_ value: String) -> [UInt8] { [UInt8(value.utf8.count * 2)] + Array(value.utf8) }

        @Test func eachIsKeptAsItCame() throws {
            let flow = try Flow()
            let broker = try TestBroker.shared()
            let name = "Bad" + flow.database
            let topic = "lsst.sal.\(name).level"
            let (emptyTopic, doublesTopic) = ("lsst.sal.\(name).empty", "lsst.sal.\(name).doubles")
            for each in [topic, emptyTopic, doublesTopic] { try broker.createTopic(each) }
            let client = try TestRegistry.shared().client()
            let id = try client.register(Self.schema, subject: topic + "-value")
            let emptyID = try client.register(Self.empty, subject: emptyTopic + "-value")
            let doublesID = try client.register(Self.doubles, subject: doublesTopic + "-value")
            let integersID = try client.register(Self.integers, subject: topic + "-conflict-value")

            let now = WallClock.seconds()
            func good(_ number: Int) -> [UInt8] {
                frame(
                    id,
                    double(now + Double(number)) + double(now + 37 + Double(number)) + double(Double(number) / 3)
                        + text("a,b=\"ü\" \\ c"))
            }
            let old = frame(id, double(now - 400 * 86_400) + double(now) + double(1) + text("old"))
            let conflict = frame(integersID, double(now + 500) + double(now) + [10] + text("whole"))
            let bad: [(topic: String, value: [UInt8]?, code: String)] = [
                (topic, Array("no magic byte".utf8), "sink.recordMalformed"), (topic, [], "sink.recordMalformed"),
                (topic, nil, "sink.valueMissing"),
                (topic, frame(2_000_000_000, [1, 2, 3]), "sink.schemaUnknown"),
                (topic, Array(good(1).dropLast(3)), "sink.recordMalformed"),
                (topic, good(1) + [0], "sink.recordMalformed"), (topic, old, "influx"), (topic, conflict, "influx"),
                (emptyTopic, frame(emptyID, []), "influx.pointEmpty"),
                (doublesTopic, frame(doublesID, double(.nan) + [0]), "influx.pointEmpty"),
            ]
            try produce(
                flow.broker, [(topic, good(0))] + bad.map { ($0.topic, $0.value) } + (1..<50).map { (topic, good($0)) })

            let sink = try flow.sink(
                #"lsst\.sal\.\#(name)\..*"#, ["--retention", "30d", "--unknown-schema-wait", "1s"])
            let letters = try until(seconds: 60, "dead letters did not come:\n\(sink.output)") {
                () -> [StoredRecord]? in
                let found = try flow.records(of: "dead-\(flow.database)", atLeast: bad.count)
                return found.count >= bad.count ? found : nil
            }
            #expect(letters.count == bad.count)
            for (place, value, code) in bad {
                let letter = letters.first { $0.value == value && $0.headers["__connect.errors.topic"] == place }
                #expect(letter != nil, "no dead letter for \(code)")
                #expect(
                    letter?.headers["__connect.errors.exception.class.name"]?.hasPrefix(code) == true,
                    "\(letter?.headers ?? [:])")
                #expect(letter?.headers["__connect.errors.partition"] == "0")
                #expect(Int(letter?.headers["__connect.errors.offset"] ?? "") != nil)
                #expect(letter?.key == Array("key".utf8))
            }
            #expect(flow.waitForAll([topic: 50]) == [topic: 50])
            let texts =
                try flow.query.run("SELECT text FROM \"\(topic)\"", database: flow.database).first?["text"] ?? []
            #expect(texts.count == 50 && texts.allSatisfy { $0.string == "a,b=\"ü\" \\ c" })
            let metrics = try sink.metrics()
            #expect(metrics.sum("efd_records_rejected_total") == Double(bad.count))
            #expect(metrics.sum("efd_records_stored_total") == 50)
            #expect(sink.stop() == 0)
        }

        private func produce(_ broker: String, _ records: [(topic: String, value: [UInt8]?)]) throws {
            let failed = Counter()
            let producer = try KafkaProducer(try KafkaProperties(bootstrapServers: broker)) { reports in
                for report in reports where report.error.isError { failed.add() }
            }
            let key = Array("key".utf8)
            for record in records {
                let handle = try producer.topic(record.topic)
                let outcome = key.withUnsafeBytes { key in
                    guard let value = record.value else {
                        return producer.produce(handle, KafkaRecord(key: key, value: nil, partition: 0))
                    }
                    return value.withUnsafeBytes {
                        producer.produce(handle, KafkaRecord(key: key, value: $0, partition: 0))
                    }
                }
                #expect(outcome == .queued)
            }
            #expect(producer.close(flushSeconds: 20) == 0)
            #expect(failed.value == 0)
        }
    }
}
