import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit
import Foundation
import Testing

/// The two topics that the examples of docs/services/parquet-sink.md read: an axis that moves, by a schema that gets a
/// field more at 22:00, and the states of its component.
private struct PageTopics {
    static let axis = "lsst.sal.MTMount.elevation"
    static let state = "lsst.sal.MTMount.logevent_summaryState"
    static let count = 242

    /// 2026-11-24 21:59:00 UTC, in seconds since 1970.
    private static let start = 1_795_557_540.0
    private static let head =
        #"{"name":"private_efdStamp","type":"double","units":"s"},{"name":"private_seqNum","type":"long"},{"name":"salIndex","type":"long"}"#
    private static let angle =
        #"{"name":"actualPosition","type":"double","units":"deg","description":"Measured angle"}"#
    private static let torque = #"{"name":"actualTorque","type":["null","double"],"default":null,"units":"N m"}"#

    /// Registers the schemas, creates the topics and fills them.
    static func produce(_ registry: RegistryClient, _ broker: TestBroker) throws {
        let producer = try KafkaProducer(broker.properties()) { _ in }
        func send(
            _ topic: String, _ fields: String, _ rows: Range<Int>,
            _ values: (Int) -> (time: Double, values: [AvroValue])
        ) throws {
            let text = #"{"type":"record","name":"\#(topic)","fields":[\#(head),\#(fields)]}"#
            let frame =
                [0]
                + withUnsafeBytes(of: try registry.register(text, subject: "\(topic)-value").bigEndian) { Array($0) }
            let encoder = AvroEncoder(try AvroSchema.parse(text))
            let handle = try producer.topic(topic)
            for row in rows {
                let (time, values) = values(row)
                let bytes =
                    frame
                    + (try encoder.encode(.record([.double(start + time), .long(Int64(row) + 1), .long(1)] + values)))
                let answer = bytes.withUnsafeBytes { producer.produce(handle, KafkaRecord(value: $0, partition: 0)) }
                guard answer == .queued else { throw EFDError("test.notProduced", "\(answer)") }
            }
        }
        for topic in [axis, state] { try broker.createTopic(topic) }
        try send(axis, angle, 0..<120) { (Double($0) / 2, [.double(45 + Double($0) / 8)]) }
        try send(axis, "\(angle),\(torque)", 120..<240) {
            (Double($0) / 2, [.double(45 + Double($0) / 8), .union(1, .double(Double($0) / 4))])
        }
        try send(state, #"{"name":"summaryState","type":"long"}"#, 0..<2) {
            (Double($0) * 40 - 10, [.long(Int64($0) + 1)])
        }
        guard producer.flush(seconds: 60) else { throw EFDError("test.notProduced", "records were not delivered") }
    }
}

extension RealParts {
    /// The page's examples read the program's files, and print the page's output.
    @Suite(.enabled(if: Python.interpreter != nil, "needs scripts/setup")) struct ReadingTests {
        /// Fenced blocks that are each followed by one of kind `text` with their output.
        private func examples(_ kind: String) throws -> [(code: String, output: String)] {
            let page = URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "../../../docs/services/parquet-sink.md")
            let blocks = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```").enumerated()
                .filter { $0.offset % 2 == 1 }.map(\.element)
            return zip(blocks, blocks.dropFirst()).filter { $0.0.hasPrefix(kind + "\n") && $0.1.hasPrefix("text\n") }
                .map { (String($0.0.dropFirst(kind.count + 1)), String($0.1.dropFirst("text\n".count))) }
        }

        private func store(_ flow: ParquetFlow) throws {
            let sink = try flow.sink("(\(PageTopics.axis)|\(PageTopics.state))")
            _ = try until(seconds: 60, "not all read:\n\(sink.output)") {
                try sink.metrics().sum("efd_records_received_total") ?? 0 >= Double(PageTopics.count) ? true : nil
            }
            guard sink.stop() == 0 else { throw EFDError("test.notStopped", sink.output) }
        }

        @Test func theExamplesOfThePagePrintWhatItSays() throws {
            let flow = try ParquetFlow()
            try PageTopics.produce(flow.registry.client(), flow.broker)
            try store(flow)
            let examples = try examples("python")
            #expect(examples.count == 8)
            for (code, output) in examples where !code.contains("S3FileSystem") {
                let printed = try Python.run(code.replacing("/efd/", with: "\(flow.output)/"))
                #expect(printed == output, "\(code)")
            }
            let commands = try self.examples("sh")
            #expect(commands.map(\.code) == ["parquet-sink verify --output /efd\n"])
            for (command, output) in commands {
                let printed = try flow.verify()
                #expect(printed == output, "\(command)")
            }

            guard TestObjectStore.isAvailable else {
                return print("skipped: examples with an object store need the shared part s3")
            }
            let objects = try TestObjectStore.shared.get()
            let bucket = try ParquetFlow(objects: objects, endpoint: objects.url)
            try store(bucket)
            for (code, output) in examples where code.contains("S3FileSystem") {
                let here = code.replacing(
                    #""minio:9000", scheme="https""#,
                    with: #""\#(objects.url.dropFirst("http://".count))", scheme="http""#
                )
                .replacing("efd/parquet/", with: bucket.output.dropFirst("s3://".count) + "/")
                let printed = try Python.run(here, environment: TestObjectStore.environment)
                #expect(printed == output, "\(code)")
            }
        }
    }
}
