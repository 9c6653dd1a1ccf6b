/// Whether files cover the offsets of one partition without gap or overlap. Pure: out of names and footers alone.
struct Coverage {
    struct Generation: Hashable {
        let from: Int64
        let next: Int64
    }

    enum Fault: Equatable, CustomStringConvertible {
        case gap(Range<Int64>)
        case overlap(Range<Int64>)
        /// Fewer or more files than the generation was published with.
        case files(Generation, found: Int, expected: Int)

        var description: String {
            switch self {
            case .gap(let range): "offsets \(range.lowerBound) to \(range.upperBound - 1) are in no file"
            case .overlap(let range): "offsets \(range.lowerBound) to \(range.upperBound - 1) are in files of two generations"
            case .files(let generation, let found, let expected):
                "offsets \(generation.from) to \(generation.next - 1): \(found) of \(expected) files are there"
            }
        }
    }

    let faults: [Fault]
    let fileCount: Int
    let rows: Int
    let bytes: Int
    /// Offsets covered, from the first to the one behind the last.
    let range: Range<Int64>

    /// - Parameter files: of one partition, at least one.
    init(_ files: [FileRecord]) {
        var faults: [Fault] = []
        let generations = Dictionary(grouping: files) { Generation(from: $0.from, next: $0.next) }
        var end: Int64?
        for (generation, members) in generations.sorted(by: { ($0.key.from, $0.key.next) < ($1.key.from, $1.key.next) }) {
            let expected = members.first?.filesOfGeneration ?? 0
            if Set(members.map(\.path)).count != expected { faults.append(.files(generation, found: members.count, expected: expected)) }
            if let end, generation.from > end { faults.append(.gap(end..<generation.from)) }
            if let end, generation.from < end { faults.append(.overlap(generation.from..<min(end, generation.next))) }
            end = max(end ?? generation.next, generation.next)
        }
        self.faults = faults
        fileCount = files.count
        rows = files.reduce(0) { $0 + $1.rows }
        bytes = files.reduce(0) { $0 + $1.bytes }
        let first = generations.keys.map(\.from).min() ?? 0
        range = first..<max(first, end ?? first)
    }

    /// Offsets of the range that hold no row here: dead letters, records without value, Kafka's own marks, and what Kafka had lost.
    var withoutRow: Int { range.count - rows }
}
