import CPosix
import EFDAvro
import EFDCore
import EFDInflux
import EFDSAL

/// `efd-bench hot-paths`: CPU nanoseconds per record of transcoding, decoding and line protocol, on this thread.
enum HotPathCommand {
    private static let idl = Setting<String>.text(
        "idl-dir", "DIR", default: "scripts/bench-idl", help: "Folder with the IDL of the component.")
    private static let component = Setting<String>.text(
        "component", "NAME", default: "Bench", help: "Component whose first topic is measured.")
    private static let rounds = Setting<Int>.integer(
        "rounds", default: 7, in: 1...1000, help: "Rounds; the fastest counts, since disturbances only slow them down.")

    static let table = SettingsTable.process(
        "efd-bench hot-paths", summary: "CPU nanoseconds per record of the hot paths.",
        sections: [.init("Measure", [idl.spec, component.spec, rounds.spec])],
        examples: ["efd-bench hot-paths --rounds 20"])

    static var command: Program.Command {
        Program.Command("hot-paths", summary: "Nanoseconds per record of transcoding, decoding and line protocol.") {
            arguments in
            Program.run(table, arguments: arguments, body: run)
        }
    }

    private static let records = 5000

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let component = try SALComponent.read(context.settings[component], from: context.settings[idl])
        let topic = component.topics[0]
        let samples = try samples(of: topic)
        let plan = try AvroPlan(try AvroSchema.parse(try AvroMapping.wide.schemaText(of: topic)))
        var values: [[UInt8]] = []
        var transcoder = CDRTranscoder(topic)
        var buffer = RecordBuffer()
        let batch = ColumnBatch(plan)
        let lines = LineText(topic: topic.kafkaTopicName, plan: plan)
        var best = (transcode: Double.infinity, decode: Double.infinity, lines: Double.infinity)
        var lineBytes = 0
        for _ in 0..<context.settings[rounds] {
            buffer.truncate()
            var ends: [Int] = []
            ends.reserveCapacity(records)
            best.transcode = min(
                best.transcode,
                try measure { () throws(EFDError) in
                    for sample in samples {
                        let outcome = sample.withUnsafeBytes { raw in
                            Result { () throws(CDRFault) in
                                _ = try transcoder.append(raw, received: 1e9, produced: 1e9, schemaID: 7, to: &buffer)
                            }
                        }
                        guard case .success = outcome else {
                            throw EFDError(.benchFailed, "a sample could not be transcoded")
                        }
                        ends.append(buffer.count)
                    }
                })
            if values.isEmpty {
                values = zip([0] + ends, ends).map { start, end in buffer.withBytes(start + 5..<end) { Array($0) } }
            }
            batch.removeAll()
            best.decode = min(
                best.decode,
                try measure { () throws(EFDError) in
                    for value in values {
                        let outcome = value.withUnsafeBytes { raw in
                            Result { () throws(AvroFault) in try plan.decode(raw, into: batch) }
                        }
                        guard case .success = outcome else {
                            throw EFDError(.benchFailed, "a record could not be decoded")
                        }
                    }
                })
            best.lines = min(best.lines, try measure { () throws(EFDError) in lineBytes = lines.lines(batch).count })
        }
        let size = values.reduce(0) { $0 + $1.count } / records
        Program.write(
            """
            {"fields": \(topic.fields.count + 2), "avro_bytes": \(size), "line_bytes": \(lineBytes / records), \
            "transcode_ns": \(Int(best.transcode)), "decode_ns": \(Int(best.decode)), "line_ns": \(Int(best.lines))}

            """)
    }

    /// CPU nanoseconds per record.
    private static func measure(_ body: () throws(EFDError) -> Void) throws(EFDError) -> Double {
        let start = posix_thread_cpu_nanoseconds()
        try body()
        return Double(posix_thread_cpu_nanoseconds() - start) / Double(records)
    }

    /// Samples whose numbers never repeat.
    private static func samples(of topic: SALTopic) throws(EFDError) -> [[UInt8]] {
        let writer = CDRWriter(topic.definition)
        var samples: [[UInt8]] = []
        for number in 0..<records {
            let values = topic.fields.map { field -> SALValue in
                switch field.definition.type {
                case .double, .float:
                    .real(
                        field.index == topic.sndStampField
                            ? 1_795_000_037 + Double(number) * 0.02 : Double(number * 31 + field.index) / 7)
                case .string: .text(field.name == "private_identity" ? "Bench" : "00c0ffee")
                case .boolean: .boolean(number % 2 == 0)
                default: .integer(Int64(number))
                }
            }
            var bytes: [UInt8] = []
            try writer.append(values, to: &bytes)
            samples.append(bytes)
        }
        return samples
    }
}
