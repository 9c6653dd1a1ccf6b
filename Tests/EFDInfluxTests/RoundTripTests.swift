import EFDAvro
import EFDCore
import EFDHTTP
import EFDSink
import EFDTestKit
import Testing

@testable import EFDInflux

/// Encoded, written to a real server and queried: the result must equal the input.
@Suite("Round trip through a server", .serialized)
struct RoundTripTests {
    let server: TestInflux
    init() throws { server = try TestInflux.shared.get() }

    private func target(_ database: String) throws -> InfluxTarget {
        let target = InfluxTarget(url: try HTTPURL(server.url), database: database)
        _ = try DatabaseSetup(target: target, desired: .init(), log: .silent).run()
        return target
    }

    private func writer(_ target: InfluxTarget, _ options: LineOptions = LineOptions()) -> InfluxWriter {
        InfluxWriter(
            target, options, requestSize: 100_000, retention: nil, metrics: InfluxMetrics(Metrics()), log: .silent)
    }

    private func text(_ generator: inout SeededGenerator, from alphabet: [Character]) -> String {
        String((0..<Int.random(in: 0...12, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! })
    }

    private static let nasty: [Character] = [
        "a", "B", "0", "\"", "\\", ",", "=", " ", "\n", "\r", "\t", "é", "☃", "🔭", "#", "'", "{", "\u{1}", "i", "t",
    ]

    @Test("Values of every type, at random")
    func values() throws {
        let target = try target("values")
        let rows = try Rows([
            "private_efdStamp": "double", "d": "double", "n": ["null", "double"], "f": "float", "l": "long", "i": "int",
            "b": "boolean", "s": "string",
            "a": ["type": "array", "items": "double"], "g": ["type": "array", "items": "string"],
        ])
        var generator = SeededGenerator(seed: 5)
        var written: [[JSON]] = []
        for index in 0..<400 {
            func real() -> JSON { .real(Double(bitPattern: generator.next())) }
            var values: [JSON] = [
                .real(1_700_000_000 + Double(index) / 1024), real(), Bool.random(using: &generator) ? nil : real(),
            ]
            values.append(.real(Double(Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())))))
            values.append(.integer(Int64(bitPattern: generator.next())))
            values.append(.integer(Int64(Int32(truncatingIfNeeded: generator.next()))))
            values.append(.bool(Bool.random(using: &generator)))
            values.append(.string(text(&generator, from: Self.nasty)))
            values.append(.array((0..<Int.random(in: 0...5, using: &generator)).map { _ in real() }))
            values.append(
                .array(
                    (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                        .string(text(&generator, from: Self.nasty))
                    }))
            written.append(values)
        }
        let batch = try rows.batch(written.map { $0.map(Self.avro) }, topic: "lsst.sal.Values.all")
        guard case .written(let rejections) = writer(target).write([batch]) else {
            Issue.record("nothing was stored")
            return
        }
        #expect(rejections.isEmpty)
        let series = try #require(
            try target.query.run(#"SELECT * FROM "lsst.sal.Values.all""#, database: "values").first)
        #expect(series.rows.count == 400)
        for (row, values) in written.enumerated() {
            func stored(_ column: String) -> JSON { series[column]?[row] ?? .null }
            #expect(stored("time").integer == Int64((values[0].number! * 1e6).rounded()) * 1000)
            #expect(stored("d").number == finite(values[1]), "\(values[1])")
            #expect(stored("n").number == finite(values[2]))
            #expect(stored("f").number.map { Float($0) } == finite(values[3]).map { Float($0) })
            #expect(stored("l") == values[4])
            #expect(stored("i") == values[5])
            #expect(stored("b") == values[6])
            #expect(stored("s") == values[7])
            for (name, value) in [("a", values[8]), ("g", values[9])] {
                for index in 0..<6 {
                    let item = index < value.elements!.count ? value.elements![index] : .null
                    if name == "a" {
                        #expect(stored("a\(index)").number == finite(item))
                    } else {
                        #expect(stored("g\(index)") == item)
                    }
                }
            }
        }
    }

    /// InfluxDB's value of a number: NaN and the infinities are omitted.
    private func finite(_ value: JSON) -> Double? { value.number.flatMap { $0.isFinite ? $0 : nil } }

    /// JSON has no NaN: `Rows` uses its text.
    private static func avro(_ value: JSON) -> JSON {
        switch value {
        case .real(let real) where !real.isFinite: .string(real.isNaN ? "nan" : real > 0 ? "inf" : "-inf")
        case .array(let items): .array(items.map(avro))
        default: value
        }
    }

    @Test("Names and tag values of any letters are stored as they are, or as their documented replacement")
    func names() throws {
        let target = try target("names")
        let query = target.query
        var generator = SeededGenerator(seed: 9)
        for round in 0..<60 {
            let names = (0..<3).map { _ in "x" + text(&generator, from: Self.nasty) }
            let value = text(&generator, from: Self.nasty)
            let measurement = "m\(round)" + names[0]
            var line = LineBuffer(capacity: 100)
            line.append(NameText.measurement(measurement))
            line.append([UInt8(ascii: ",")] + NameText.key(names[1] + "t") + [UInt8(ascii: "=")])
            Array((value + "v").utf8).withUnsafeBufferPointer { line.appendTagValue($0) }
            line.append([UInt8(ascii: " ")] + NameText.key(names[2] + "f") + Array("=1i 5\n".utf8))
            let body = Array(line.bytes)
            let answer = try HTTPClient().request(.post, target.writeURL, body: body)
            #expect(answer.status == 204, "\(String(decoding: body, as: UTF8.self)): \(answer.text)")
            let series = try #require(
                try query.run("SELECT * FROM \(InfluxQuery.quoted(standIn(measurement))) GROUP BY *", database: "names")
                    .first)
            #expect(series.tags == [standIn(names[1] + "t"): standIn(value + "v")])
            #expect(series.columns == ["time", standIn(names[2] + "f")])
        }
    }

    /// What NameText's own rule says is stored: no backslash before a special character or the end, no line ends.
    private func standIn(_ name: String) -> String {
        let characters = Array(name.unicodeScalars)
        var out = String.UnicodeScalarView()
        for (index, scalar) in characters.enumerated() {
            let next = characters[index...].first { $0 != "\\" }
            switch scalar {
            case "\\": out.append(next == nil || ",= \"".unicodeScalars.contains(next!) ? "/" : "\\")
            case "\n": out += "\\n".unicodeScalars
            case "\r": out += "\\r".unicodeScalars
            default: out.append(scalar)
            }
        }
        return String(out)
    }

    @Test("Tags of a record and the point they make")
    func tags() throws {
        let target = try target("tags")
        var options = LineOptions()
        options.tagFields = ["Agent", "n"]
        let rows = try Rows(["timestamp": "long", "Agent": "string", "n": "int", "v": "double"])
        let batch = try rows.batch(
            [[1_700_000_000_123, "ccs, one=1", 3, 2.5], [1_700_000_000_123, "", 3, 3.5]], topic: "camera")
        guard case .written(let rejections) = writer(target, options).write([batch]) else { return }
        #expect(rejections.isEmpty)
        let series = try target.query.run("SELECT * FROM camera GROUP BY *", database: "tags")
        #expect(series.map(\.tags) == [["Agent": "", "n": "3"], ["Agent": "ccs, one=1", "n": "3"]])
        #expect(series.map { $0["v"] } == [[3.5], [2.5]])
        #expect(series.map { $0["time"] } == [[1_700_000_000_123_000_000], [1_700_000_000_123_000_000]])
    }

    @Test("Points are counted within times and in a policy")
    func counts() throws {
        let target = try target("counted")
        let stamps = [1_790_000_000_000_000_000, 1_790_000_001_000_000_000, 1_790_000_002_000_000_000] as [Int64]
        let lines = stamps.map { "m n=1 \($0)" }.joined(separator: "\n")
        let answer = try HTTPClient().request(.post, target.writeURL, body: Array(lines.utf8))
        #expect(answer.status == 204, "\(answer.text)")
        func count(_ times: ClosedRange<Int64>?, _ policy: String? = nil) throws -> Int {
            try target.query.count("n", in: "m", database: target.database, policy: policy, times: times)
        }
        #expect(try count(nil) == 3 && count(nil, "autogen") == 3)
        #expect(try count(stamps[1]...stamps[2]) == 2 && count(0...stamps[0] - 1) == 0)
        #expect(try count(stamps[0]...stamps[0], "autogen") == 1)
    }
}
