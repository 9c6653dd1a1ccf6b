/// Whether files cover the offsets of one partition without gap or overlap. Pure: derived from names and footers only.
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
        /// The rows of one published file occur twice: in it and in a merged file, or in two merged files.
        case twice(String)
        /// It ends before it begins: the topic's offsets restarted.
        case backwards(FileSetRange)

        var description: String {
            switch self {
            case .gap(let range): "offsets \(range.lowerBound) to \(range.upperBound - 1) are in no file"
            case .overlap(let range):
                "offsets \(range.lowerBound) to \(range.upperBound - 1) are in files of two file sets"
            case .files(let fileSet, let found, let expected):
                "offsets \(fileSet.from) to \(fileSet.next - 1): \(found) of \(expected) files exist"
            case .twice(let path): "the rows of \(path) are in two files"
            case .backwards(let fileSet):
                "a file claims to cover offsets from \(fileSet.from) to \(fileSet.next - 1)"
            }
        }
    }

    let faults: [Fault]
    let fileCount: Int
    /// Only of covered offsets: files in publication do not count.
    let rows: Int
    let bytes: Int
    /// Covered offsets.
    let range: Range<Int64>

    /// - Parameters:
    ///   - claimed: the offset up to which files are published, by the newest claim; later files may be in publication;
    /// nil: no claim exists.
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

    /// Offsets of the range without a row: dead letters, records without value, Kafka's control records, and records
    /// that Kafka had lost.
    var withoutRow: Int { range.count - rows }
}
