@testable import EFDParquet

extension FileRecord {
    /// As a footer would tell it, for rules that look at nothing else.
    init(name: FileName, rows: Int, bytes: Int, schemaID: Int64, origins: [Origin] = []) {
        self.init(
            path: "t/folder/\(name.text)", name: name, rows: rows, bytes: bytes, schemaID: schemaID, begin: 0,
            end: 3600, origins: origins)
    }
}
