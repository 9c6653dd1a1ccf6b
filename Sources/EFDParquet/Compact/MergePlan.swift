import EFDCore

/// Which files of one folder become one. Pure: out of names and footers alone.
struct MergePlan {
    /// Files are merged until they have so many bytes; those of half of it and more stay as they are.
    let targetBytes: Int
    /// A merged file is one row group, and has at most so many rows.
    var rowLimit = 1 << 20

    /// Files of that size may still become larger.
    func isSmall(bytes: Int) -> Bool { bytes < targetBytes / 2 }

    /// Groups of two and more files, each of one partition and one schema, in the order of their offsets.
    func groups(_ files: [FileRecord]) -> [[FileRecord]] {
        struct Key: Hashable {
            let partition: Int32
            let schemaID: Int64
        }
        let kinds = Dictionary(grouping: files.filter { isSmall(bytes: $0.bytes) }) {
            Key(partition: $0.name.partition, schemaID: $0.schemaID)
        }
        var groups: [[FileRecord]] = []
        for (_, files) in kinds.sorted(by: { ($0.key.partition, $0.key.schemaID) < ($1.key.partition, $1.key.schemaID) }
        ) {
            var group: [FileRecord] = []
            var (bytes, rows) = (0, 0)
            for file in files.sorted(by: { $0.name.first < $1.name.first }) {
                if !group.isEmpty, bytes + file.bytes > targetBytes || rows + file.rows > rowLimit {
                    groups.append(group)
                    (group, bytes, rows) = ([], 0, 0)
                }
                group.append(file)
                bytes += file.bytes
                rows += file.rows
            }
            groups.append(group)
        }
        return groups.filter { $0.count > 1 }
    }
}
