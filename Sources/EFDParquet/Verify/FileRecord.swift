import EFDCore

/// The metadata of a published file, from its name and footer.
struct FileRecord: Sendable {
    /// Relative to the root of the output.
    let path: String
    let name: FileName
    let rows: Int
    let bytes: Int
    let schemaID: Int64
    /// The range of the time partition in seconds since 1970.
    let begin: Int64
    let end: Int64
    /// Itself, or the files that it was merged from.
    let origins: [Origin]

    /// The path of the folder, from the root.
    var folder: Substring { path[..<(path.lastIndex(of: "/") ?? path.startIndex)] }
}

extension FileRecord {
    /// Reads the footer. Throws `parquet.footerBroken` if there is none, `parquet.footerMissing` if it is not of this
    /// program, `parquet.nameWrong` if name, footer and rows contradict each other.
    init(_ file: StoredFile, name: FileName, in store: any FileStore) throws(EFDError) {
        let footer = try FooterReader(file, in: store)
        let path = file.path
        func number(_ key: String) throws(EFDError) -> Int64 {
            guard let number = footer.pairs[key].flatMap({ Int64($0) }) else {
                throw EFDError(
                    .parquetFooterMissing, "\(path) lacks \(key) in its footer",
                    remedy: "Only files that parquet-sink wrote can be verified.")
            }
            return number
        }
        self.path = path
        self.name = name
        bytes = file.size
        rows = Int(try number(FileFooter.rows))
        schemaID = try number(FileFooter.schemaID)
        begin = try number(FileFooter.begin)
        end = try number(FileFooter.end)
        if let merged = footer.pairs[FileFooter.merged] {
            guard let origins = Origin.parse(merged) else {
                throw EFDError(.parquetFooterMissing, "\(path) lacks the list of files that it was merged from")
            }
            self.origins = origins
        } else {
            let fileSet = Coverage.FileSetRange(from: try number(FileFooter.from), next: try number(FileFooter.next))
            let below = path.hasPrefix(name.topic + "/") ? String(path.dropFirst(name.topic.count + 1)) : path
            origins = [
                Origin(
                    path: below, fileSet: fileSet, filesOfSet: Int(try number(FileFooter.fileCount)),
                    rows: rows)
            ]
        }
        let offsets = (first: try number(FileFooter.first), last: try number(FileFooter.last))
        guard offsets == (name.first, name.last), footer.pairs[FileFooter.topic] == name.topic,
            try number(FileFooter.partition) == name.partition
        else {
            throw EFDError(
                .parquetNameWrong,
                "\(path) has another topic, partition or offset range in its footer than in its name")
        }
        guard footer.rows == rows, origins.reduce(0, { $0 + $1.rows }) == rows else {
            throw EFDError(.parquetNameWrong, "\(path) has \(footer.rows) rows, and its footer says \(rows)")
        }
    }
}
