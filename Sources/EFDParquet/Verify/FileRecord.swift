import EFDCore

/// What a published file says of itself, by its name and footer.
struct FileRecord: Sendable {
    /// From the root of the output.
    let path: String
    let name: FileName
    let from: Int64
    let next: Int64
    let filesOfGeneration: Int
    let rows: Int
    let bytes: Int

    /// Reads the footer. Throws `parquet.footerBroken` when there is none, `parquet.footerMissing` when it is not of this program.
    init(_ file: StoredFile, name: FileName, in store: any FileStore) throws(EFDError) {
        let pairs = try FooterReader(file, in: store).pairs
        let path = file.path
        func number(_ key: String) throws(EFDError) -> Int64 {
            guard let number = pairs[key].flatMap({ Int64($0) }) else {
                throw EFDError("parquet.footerMissing", "\(path) says nothing of \(key)", remedy: "Only files that parquet-sink wrote can be verified.")
            }
            return number
        }
        self.path = path
        self.name = name
        bytes = file.size
        from = try number(FileFooter.from)
        next = try number(FileFooter.next)
        filesOfGeneration = Int(try number(FileFooter.fileCount))
        rows = Int(try number(FileFooter.rows))
        guard try number(FileFooter.first) == name.first, try number(FileFooter.last) == name.last else {
            throw EFDError("parquet.nameWrong", "\(path) has another range of offsets in its footer than in its name")
        }
    }
}
