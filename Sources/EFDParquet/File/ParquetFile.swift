import CParquetShim
import EFDArrow
import EFDAvro
import EFDCore
import Glibc

/// A Parquet file being written. Not thread-safe; owned by one thread. It is a Parquet file only once it is closed.
final class ParquetFile {
    /// nil: closed.
    private var writer: OpaquePointer?
    let path: String

    /// Creates the file. Throws `parquet.fileFailed`.
    init(_ path: String, columns: [Column], format: ParquetFormat) throws(EFDError) {
        self.path = path
        var schema = ArrowSchemaExport.make(columns)
        var fault = parquet_error()
        let opened = format.withOptions(columns) { parquet_writer_open(path, &schema, &$0, &fault) }
        guard let opened else { throw fault.error("creating", path) }
        writer = opened
    }

    deinit { if let writer { parquet_writer_abandon(writer) } }

    /// Adds rows of a batch without copying them: the batch must not change until they are written, by `endGroup` or
    /// `close`.
    func add(_ batch: ColumnBatch, rows: Range<Int>) throws(EFDError) {
        var array = ArrowArrayExport.make(batch, rows: rows)
        var fault = parquet_error()
        if parquet_writer_add(writer, &array, &fault) != 0 { throw fault.error("adding rows to", path) }
    }

    /// Writes the rows added so far as a row group.
    func endGroup() throws(EFDError) {
        var fault = parquet_error()
        if parquet_writer_end_group(writer, &fault) != 0 { throw fault.error("writing", path) }
    }

    /// Writes the footer with these pairs and syncs the file to disk. Returns its size in bytes. Call once; after an
    /// error the file is unusable.
    func close(_ metadata: [(key: String, value: String)]) throws(EFDError) -> Int {
        var fault = parquet_error()
        for (key, value) in metadata where parquet_writer_set_metadata(writer, key, value, &fault) != 0 {
            throw fault.error("writing the footer of", path)
        }
        let closing = writer.take()
        var bytes: Int64 = 0
        if parquet_writer_close(closing, &bytes, &fault) != 0 { throw fault.error("closing", path) }
        return Int(bytes)
    }
}

extension parquet_error {
    var text: String { withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) } }

    /// Retriable: disks fill up and mounts fail, and recover.
    func error(_ doing: String, _ path: String) -> EFDError {
        EFDError(
            .parquetFileFailed, "\(doing) \(path) failed: \(text)",
            remedy: "Check that the folder exists, is writable and is not full.", recovery: .retry)
    }
}
