import CParquetShim
import EFDAvro
import EFDCore
import Glibc

/// The format of files.
struct ParquetFormat: Sendable {
    var codec = ParquetCodec.zstd
    /// The level of zstd.
    var level = 3
    var reals = RealEncoding.byteStreamSplit
    var rowGroupRows = 1 << 20
    var pageBytes = 1 << 20

    init() {}

    init(_ settings: Settings) {
        codec = settings[ParquetSettings.codec]
        level = settings[ParquetSettings.zstdLevel]
        reals = settings[ParquetSettings.realEncoding]
    }

    /// Calls `body` with the options of Arrow's writer for these columns; they are valid within the call.
    func withOptions<Result>(_ columns: [Column], _ body: (inout parquet_options) -> Result) -> Result {
        let leaves = columns.map(ColumnEncoding(reals: reals).leaf)
        return CStrings.with(leaves.map(\.path)) { paths in
            leaves.map(\.encoding).withUnsafeBufferPointer { encodings in
                var options = parquet_options(
                    codec: codec.code, level: Int32(level), row_group_rows: Int64(rowGroupRows),
                    page_bytes: Int64(pageBytes), paths: paths,
                    encodings: encodings.baseAddress, columns: Int64(leaves.count))
                return body(&options)
            }
        }
    }
}

/// Lists of texts for C.
enum CStrings {
    static func with<Result>(_ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        let copies = texts.map { UnsafePointer(strdup($0)) }
        defer { for copy in copies { free(UnsafeMutablePointer(mutating: copy)) } }
        return copies.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
