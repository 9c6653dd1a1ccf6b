import EFDCore

/// The published files of topics, with their metadata.
struct FileWalk {
    let store: any FileStore
    /// The folder to fetch files to, to read their pages; nil: footers are enough.
    let staging: Staging?

    /// Files may be merged while they are read: then their topic is listed again, at most so many times.
    private static let patience = 20

    /// Reports unreadable files to `complain` and skips them. Throws `parquet.topicBusy` if files keep changing.
    ///
    /// - Parameter stray: receives the paths of files that are no Parquet files.
    func records(of topic: String, stray: (String) -> Void = { _ in }, _ complain: (EFDError) -> Void)
        throws(EFDError) -> [FileRecord]
    {
        var left = Self.patience
        while true {
            var found: [FileRecord] = []
            var others: [String] = []
            var complaints: [EFDError] = []
            var hasVanished = false
            for file in try store.files(below: topic) {
                if !file.name.hasSuffix(".parquet") {
                    others.append(file.path)
                    continue
                }
                do throws(EFDError) { found.append(try record(file, of: topic)) } catch {
                    if try store.exists(file.path) { complaints.append(error) } else { hasVanished = true }
                }
            }
            guard hasVanished else {
                for complaint in complaints { complain(complaint) }
                for path in others { stray(path) }
                return found
            }
            left -= 1
            if left == 0 { throw Self.busy(topic) }
        }
    }

    static func busy(_ folder: String) -> EFDError {
        EFDError(
            .parquetTopicBusy, "files of \(folder) keep changing", remedy: "Run this again later.",
            recovery: .retry)
    }

    private func record(_ file: StoredFile, of topic: String) throws(EFDError) -> FileRecord {
        guard let name = FileName(file.name), name.topic == topic else {
            throw EFDError(
                .parquetFileUnknown, "\(file.path) is not a file of this topic", remedy: "Move it elsewhere.")
        }
        let record = try FileRecord(file, name: name, in: store)
        if let staging {
            let copy = try store.fetch(file.path, into: staging)
            let rows = try withExtendedLifetime(copy) { () throws(EFDError) in try PageCheck.run(copy.path) }
            guard rows == record.rows else {
                throw EFDError(.parquetRowsWrong, "\(file.path) has \(rows) rows, and its footer says \(record.rows)")
            }
        }
        return record
    }
}
