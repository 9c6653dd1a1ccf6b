import CParquetShim
import EFDAvro
import EFDCore

/// Merges several files of equal columns into one with a single row group.
enum ParquetMerge {
    /// - Parameters:
    ///   - paths: in the order of their rows.
    ///   - sortColumn: rows are sorted by it, stable, null and NaN last; nil: rows keep their order.
    /// - Returns: rows and bytes of the file, which is synced to disk.
    /// - Throws: `parquet.fileFailed`.
    static func merge(
        _ paths: [String], to output: String, columns: [Column], sortedBy sortColumn: String?, format: ParquetFormat,
        footer: [(key: String, value: String)]
    ) throws(EFDError) -> (rows: Int, bytes: Int) {
        var fault = parquet_error()
        var (rows, bytes): (Int64, Int64) = (0, 0)
        let sort = sortColumn.map { [$0] } ?? []
        let code = CStrings.with(paths) { files in
            CStrings.with(sort) { sort in
                CStrings.with(footer.map(\.key)) { keys in
                    CStrings.with(footer.map(\.value)) { values in
                        var inputs = parquet_merge_inputs(
                            paths: files, files: Int64(paths.count), sort_column: sortColumn == nil ? nil : sort?[0],
                            keys: keys, values: values,
                            pairs: Int64(footer.count))
                        return format.withOptions(columns) {
                            parquet_merge(&inputs, output, &$0, &rows, &bytes, &fault)
                        }
                    }
                }
            }
        }
        if code != 0 { throw fault.error("merging \(paths.count) files to", output) }
        return (Int(rows), Int(bytes))
    }
}

/// Checks that a file can be read to its last page.
enum PageCheck {
    /// Reads every page, verifies its checksum, and counts rows. Throws `parquet.fileFailed`.
    /// - Returns: the file's rows.
    static func run(_ path: String) throws(EFDError) -> Int {
        var fault = parquet_error()
        var rows: Int64 = 0
        if parquet_check_pages(path, &rows, &fault) != 0 { throw fault.error("reading the pages of", path) }
        return Int(rows)
    }
}
