import EFDCore

/// A file as the sink published it. A merged file lists in its footer the files whose rows it has, so that the offsets
/// that they covered stay provable.
struct Origin: Sendable, Hashable {
    /// Relative to the topic's folder.
    let path: String
    /// Its file set, and the number of files in that set.
    let fileSet: Coverage.FileSetRange
    let filesOfSet: Int
    let rows: Int

    /// `[["year=…/….parquet",from,next,files,rows], …]`
    static func text(_ origins: [Origin]) -> String {
        JSON.array(
            origins.map { origin in
                [
                    .string(origin.path), .integer(origin.fileSet.from), .integer(origin.fileSet.next),
                    .integer(Int64(origin.filesOfSet)),
                    .integer(Int64(origin.rows)),
                ]
            }
        ).text
    }

    /// nil: not a text of this program.
    static func parse(_ text: String) -> [Origin]? {
        guard let list = (try? JSON.parse(text))?.elements else { return nil }
        let origins = list.compactMap { entry -> Origin? in
            guard let parts = entry.elements, parts.count == 5, let path = parts[0].string, let from = parts[1].integer,
                let next = parts[2].integer,
                let files = parts[3].integer, let rows = parts[4].integer
            else { return nil }
            return Origin(
                path: path, fileSet: .init(from: from, next: next), filesOfSet: Int(files), rows: Int(rows))
        }
        return origins.count == list.count && !origins.isEmpty ? origins : nil
    }
}
