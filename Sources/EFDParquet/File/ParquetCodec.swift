import CParquetShim

/// The compression of pages.
enum ParquetCodec: String, CaseIterable, Sendable {
    case zstd, snappy, none

    var code: parquet_codec {
        switch self {
        case .zstd: PARQUET_ZSTD
        case .snappy: PARQUET_SNAPPY
        case .none: PARQUET_UNCOMPRESSED
        }
    }
}
