import EFDCore

/// Which files of one folder to merge into one. Pure: derived from names and footers only.
struct MergePlan {
    /// Target size of merged files in bytes; files of at least half this size are left alone.
    let targetBytes: Int
    /// Maximum rows of a merged file, which is one row group.
    var rowLimit = 1 << 20

    /// Files below this size may still grow.
    func isSmall(bytes: Int) -> Bool { bytes < targetBytes / 2 }

    /// Groups of two or more files, each of one partition and one schema, in the order of their offsets.
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
