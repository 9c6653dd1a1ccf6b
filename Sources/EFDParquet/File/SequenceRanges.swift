import EFDAvro
import EFDCore
import EFDSink

/// The minimum and maximum `private_seqNum` of each instance: shows completeness without reading rows.
struct SequenceRanges {
    private var ranges: [Int64: ClosedRange<Int64>] = [:]

    init() {}

    init(_ parts: [FileSet.Part], topic: String) {
        for part in parts { add(part.chunk.rows, part.rows, topic) }
    }

    /// Parses `text`; anything else gives no ranges.
    init(parsing text: String) {
        guard let document = try? JSON.parse(text) else { return }
        for (instance, bounds) in document.members?.entries ?? [] {
            let numbers = bounds.elements?.compactMap(\.integer) ?? []
            if let instance = Int64(instance), numbers.count == 2, numbers[0] <= numbers[1] {
                note(numbers[0]...numbers[1], instance)
            }
        }
    }

    /// `{"1":[10,200]}` by instance, 0 where a topic has none; `{}` without numbers.
    var text: String {
        "{"
            + ranges.sorted { $0.key < $1.key }.map { "\"\($0.key)\":[\($0.value.lowerBound),\($0.value.upperBound)]" }
            .joined(separator: ",") + "}"
    }

    mutating func merge(_ others: SequenceRanges) { for (instance, range) in others.ranges { note(range, instance) } }

    private mutating func add(_ chunk: BufferedChunk, _ rows: Range<Int>, _ topic: String) {
        let columns = chunk.columns
        guard let numbers = Self.integers(columns, columns.index(of: "private_seqNum")) else { return }
        let instances = Self.integers(columns, columns.columns.firstIndex { Self.isIndex($0.name, topic) })
        var instance: Int64 = 0
        var range: ClosedRange<Int64>?
        for row in rows {
            guard let number = numbers(row) else { continue }
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
        ranges[instance] =
            ranges[instance].map { min($0.lowerBound, range.lowerBound)...max($0.upperBound, range.upperBound) }
            ?? range
    }

    /// SAL's names of the instance: `salIndex`, formerly `<Component>ID`.
    private static func isIndex(_ field: String, _ topic: String) -> Bool {
        field == "salIndex" || topic.split(separator: ".").contains { field == $0 + "ID" }
    }

    private static func integers(_ columns: ColumnBatch, _ index: Int?) -> ((Int) -> Int64?)? {
        guard let index else { return nil }
        let view = columns.view(index)
        switch columns.columns[index].kind {
        case .int32:
            let values = view.values(as: Int32.self)
            return { view.isValid($0) ? Int64(values[$0]) : nil }
        case .int64:
            let values = view.values(as: Int64.self)
            return { view.isValid($0) ? values[$0] : nil }
        default: return nil
        }
    }
}
