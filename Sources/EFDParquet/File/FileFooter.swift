import EFDAvro
import EFDCore

/// What a file's footer says of it beside its columns: keys `efd.…`, values as text.
enum FileFooter {
    static let schema = "efd.avro.schema"
    static let schemaID = "efd.avro.schema.id"
    static let topic = "efd.topic"
    static let partition = "efd.partition"
    static let first = "efd.offset.first"
    static let last = "efd.offset.last"
    static let from = "efd.generation.from"
    static let next = "efd.generation.next"
    static let fileCount = "efd.generation.files"
    static let rows = "efd.records"
    static let firstTime = "efd.event.first"
    static let lastTime = "efd.event.last"
    static let sequences = "efd.seqnum"
    static let program = "efd.program"

    static func make(_ file: Generation.File, _ claim: Claim) -> [(key: String, value: String)] {
        let chunks = file.parts.map(\.chunk)
        let rowCount = file.parts.reduce(0) { $0 + $1.rows.count }
        let firstTime = chunks.map(\.firstTime).min() ?? 0
        let lastTime = chunks.map(\.lastTime).max() ?? 0
        return [
            (schema, chunks.first?.plan.schema.text ?? ""), (schemaID, String(chunks.first?.schemaID ?? 0)), (topic, claim.topic),
            (partition, String(claim.partition)), (first, String(file.name.first)), (last, String(file.name.last)), (from, String(claim.from)),
            (next, String(claim.next)), (fileCount, String(claim.files.count)), (rows, String(rowCount)),
            (self.firstTime, text(firstTime)), (self.lastTime, text(lastTime)),
            (sequences, SequenceRanges(file.parts, topic: claim.topic).text), (program, "parquet-sink \(BuildInfo.version)"),
        ]
    }

    /// Times behind 2262 are beyond nanoseconds of 64 bits.
    private static func text(_ seconds: Double) -> String { Timestamp.text(nanoseconds: Int64(min(seconds, 9.2e9) * 1e9)) }
}

/// The least and greatest `private_seqNum` of each instance: completeness can be seen without reading rows.
struct SequenceRanges {
    private var ranges: [Int64: ClosedRange<Int64>] = [:]

    init(_ parts: [Generation.Part], topic: String) {
        for part in parts { add(part.chunk, part.rows, topic) }
    }

    /// `{"1":[10,200]}` by instance, 0 where a topic has none; `{}` without numbers.
    var text: String {
        "{" + ranges.sorted { $0.key < $1.key }.map { "\"\($0.key)\":[\($0.value.lowerBound),\($0.value.upperBound)]" }.joined(separator: ",") + "}"
    }

    private mutating func add(_ chunk: HeldChunk, _ rows: Range<Int>, _ topic: String) {
        let columns = chunk.columns
        guard let numbers = Self.integers(columns, columns.index(of: "private_seqNum")) else { return }
        let instances = Self.integers(columns, columns.columns.firstIndex { Self.isIndex($0.name, topic) })
        var instance: Int64 = 0
        var range: ClosedRange<Int64>?
        for row in rows {
            let number = numbers(row)
            let owner = instances?(row) ?? 0
            if owner != instance, let known = range {
                note(known, instance)
                range = nil
            }
            instance = owner
            range = range.map { min($0.lowerBound, number)...max($0.upperBound, number) } ?? number...number
        }
        if let range { note(range, instance) }
    }

    private mutating func note(_ range: ClosedRange<Int64>, _ instance: Int64) {
        ranges[instance] = ranges[instance].map { min($0.lowerBound, range.lowerBound)...max($0.upperBound, range.upperBound) } ?? range
    }

    /// SAL's names of the instance: `salIndex`, or of old `<Component>ID`.
    private static func isIndex(_ field: String, _ topic: String) -> Bool {
        field == "salIndex" || topic.split(separator: ".").contains { field == $0 + "ID" }
    }

    private static func integers(_ columns: ColumnBatch, _ index: Int?) -> ((Int) -> Int64)? {
        guard let index else { return nil }
        let view = columns.view(index)
        switch columns.columns[index].kind {
        case .int32:
            let values = view.values(as: Int32.self)
            return { Int64(values[$0]) }
        case .int64:
            let values = view.values(as: Int64.self)
            return { values[$0] }
        default: return nil
        }
    }
}
