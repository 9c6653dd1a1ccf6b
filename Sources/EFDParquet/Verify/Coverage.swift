/// Whether files cover the offsets of one partition without gap or overlap. Pure: out of names and footers alone.
struct Coverage {
    /// The offsets that a file set covers, from the first up to, but not including, the second.
    struct FileSetRange: Hashable, Sendable {
        let from: Int64
        let next: Int64
    }

    enum Fault: Equatable, CustomStringConvertible {
        case gap(Range<Int64>)
        case overlap(Range<Int64>)
        /// Fewer or more files than the file set was published with.
        case files(FileSetRange, found: Int, expected: Int)
        /// The rows of one published file are in two: itself, or those it was merged into.
        case twice(String)
        /// It ends before it begins: the topic's offsets started again.
        case backwards(FileSetRange)

        var description: String {
            switch self {
            case .gap(let range): "offsets \(range.lowerBound) to \(range.upperBound - 1) are in no file"
            case .overlap(let range):
                "offsets \(range.lowerBound) to \(range.upperBound - 1) are in files of two file sets"
            case .files(let fileSet, let found, let expected):
                "offsets \(fileSet.from) to \(fileSet.next - 1): \(found) of \(expected) files are there"
            case .twice(let path): "the rows of \(path) are in two files"
            case .backwards(let fileSet):
                "a file says that it covers offsets from \(fileSet.from) to \(fileSet.next - 1)"
            }
        }
    }

    let faults: [Fault]
    let fileCount: Int
    /// Of the offsets that are covered: files that are just appearing do not count.
    let rows: Int
    let bytes: Int
    /// Offsets covered, from the first to the one after the last.
    let range: Range<Int64>

    /// - Parameters:
    ///   - files: of one partition.
    ///   - claimed: the offset that files were published up to, by the newest claim, and after which they may just be
    ///     appearing; nil: no claim says.
    init(_ files: [FileRecord], claimed: Int64? = nil) {
        var faults: [Fault] = []
        let origins = files.flatMap(\.origins).filter { $0.fileSet.from < claimed ?? .max }
        var seen: Set<String> = []
        for origin in origins where !seen.insert(origin.path).inserted { faults.append(.twice(origin.path)) }
        let fileSets = Dictionary(grouping: Set(origins), by: \.fileSet)
        var end: Int64?
        for (fileSet, members) in fileSets.sorted(by: { ($0.key.from, $0.key.next) < ($1.key.from, $1.key.next) }) {
            if fileSet.from >= fileSet.next { faults.append(.backwards(fileSet)) }
            let expected = members.first?.filesOfSet ?? 0
            if members.count != expected { faults.append(.files(fileSet, found: members.count, expected: expected)) }
            if let end, fileSet.from > end { faults.append(.gap(end..<fileSet.from)) }
            if let end, fileSet.from < end { faults.append(.overlap(fileSet.from..<min(end, fileSet.next))) }
            end = max(end ?? fileSet.next, fileSet.next)
        }
        if let claimed, claimed > end ?? 0 { faults.append(.gap((end ?? 0)..<claimed)) }
        self.faults = faults
        fileCount = files.count
        rows = origins.reduce(0) { $0 + $1.rows }
        bytes = files.reduce(0) { $0 + $1.bytes }
        let first = fileSets.keys.map(\.from).min() ?? 0
        range = first..<max(first, end ?? first)
    }

    /// Offsets of the range that hold no row here: dead letters, records without value, Kafka's own marks, and what
    /// Kafka had lost.
    var withoutRow: Int { range.count - rows }
}
