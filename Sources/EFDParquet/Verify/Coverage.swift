/// Whether files cover the offsets of one partition without gap or overlap. Pure: out of names and footers alone.
struct Coverage {
    struct Generation: Hashable, Sendable {
        let from: Int64
        let next: Int64
    }

    enum Fault: Equatable, CustomStringConvertible {
        case gap(Range<Int64>)
        case overlap(Range<Int64>)
        /// Fewer or more files than the generation was published with.
        case files(Generation, found: Int, expected: Int)
        /// The rows of one published file are in two: itself, or those it was merged into.
        case twice(String)
        /// It ends before it begins: its offsets began anew.
        case backwards(Generation)

        var description: String {
            switch self {
            case .gap(let range): "offsets \(range.lowerBound) to \(range.upperBound - 1) are in no file"
            case .overlap(let range): "offsets \(range.lowerBound) to \(range.upperBound - 1) are in files of two generations"
            case .files(let generation, let found, let expected):
                "offsets \(generation.from) to \(generation.next - 1): \(found) of \(expected) files are there"
            case .twice(let path): "the rows of \(path) are in two files"
            case .backwards(let generation): "a file says that it covers offsets from \(generation.from) to \(generation.next - 1)"
            }
        }
    }

    let faults: [Fault]
    let fileCount: Int
    /// Of the offsets that are covered: files that are just appearing do not count.
    let rows: Int
    let bytes: Int
    /// Offsets covered, from the first to the one behind the last.
    let range: Range<Int64>

    /// - Parameters:
    ///   - files: of one partition.
    ///   - claimed: the offset that files were published up to, by the newest claim, and behind which they may just be appearing; nil: no
    ///     claim says.
    init(_ files: [FileRecord], claimed: Int64? = nil) {
        var faults: [Fault] = []
        let origins = files.flatMap(\.origins).filter { $0.generation.from < claimed ?? .max }
        var seen: Set<String> = []
        for origin in origins where !seen.insert(origin.path).inserted { faults.append(.twice(origin.path)) }
        let generations = Dictionary(grouping: Set(origins), by: \.generation)
        var end: Int64?
        for (generation, members) in generations.sorted(by: { ($0.key.from, $0.key.next) < ($1.key.from, $1.key.next) }) {
            if generation.from >= generation.next { faults.append(.backwards(generation)) }
            let expected = members.first?.filesOfGeneration ?? 0
            if members.count != expected { faults.append(.files(generation, found: members.count, expected: expected)) }
            if let end, generation.from > end { faults.append(.gap(end..<generation.from)) }
            if let end, generation.from < end { faults.append(.overlap(generation.from..<min(end, generation.next))) }
            end = max(end ?? generation.next, generation.next)
        }
        if let claimed, claimed > end ?? 0 { faults.append(.gap((end ?? 0)..<claimed)) }
        self.faults = faults
        fileCount = files.count
        rows = origins.reduce(0) { $0 + $1.rows }
        bytes = files.reduce(0) { $0 + $1.bytes }
        let first = generations.keys.map(\.from).min() ?? 0
        range = first..<max(first, end ?? first)
    }

    /// Offsets of the range that hold no row here: dead letters, records without value, Kafka's own marks, and what Kafka had lost.
    var withoutRow: Int { range.count - rows }
}
