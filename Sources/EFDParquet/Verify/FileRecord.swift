import EFDCore

/// What a published file says of itself, by its name and footer.
struct FileRecord: Sendable {
    let path: String
    let name: FileName
    let from: Int64
    let next: Int64
    let filesOfGeneration: Int
    let rows: Int
    let bytes: Int

    /// Throws `parquet.fileFailed` when it cannot be read, `parquet.footerMissing` when it is not of this program.
    init(_ path: String, name: FileName, bytes: Int) throws(EFDError) {
        func number(_ key: String) throws(EFDError) -> Int64 {
            guard let text = try ParquetFile.metadata(key, of: path), let number = Int64(text) else {
                throw EFDError("parquet.footerMissing", "\(path) says nothing of \(key)", remedy: "Only files that parquet-sink wrote can be verified.")
            }
            return number
        }
        self.path = path
        self.name = name
        self.bytes = bytes
        from = try number(FileFooter.from)
        next = try number(FileFooter.next)
        filesOfGeneration = Int(try number(FileFooter.fileCount))
        rows = Int(try number(FileFooter.rows))
        guard try number(FileFooter.first) == name.first, try number(FileFooter.last) == name.last else {
            throw EFDError("parquet.nameWrong", "\(path) has another range of offsets in its footer than in its name")
        }
    }
}
