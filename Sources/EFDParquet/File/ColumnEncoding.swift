import CParquetShim
import EFDAvro

/// The encoding of reals.
enum RealEncoding: String, CaseIterable, Sendable {
    case byteStreamSplit = "byte-stream-split"
    /// For readers that support no other, as Spark's vectorised one before version 4.
    case plain

    var code: parquet_encoding { self == .plain ? PARQUET_PLAIN : PARQUET_BYTE_STREAM_SPLIT }
}

/// The encoding of a column before compression, by its type.
///
/// Measured with pyarrow on random doubles, zstd 3: byte-stream-split 0.35 µs a record of 31 fields and 144 MB a
/// million, plain 0.4 and 164, a dictionary tried first 2.2 and 215. Integers of telemetry are counters, states and
/// timestamps: their differences are small or zero.
struct ColumnEncoding {
    let reals: RealEncoding

    private func of(_ kind: Column.Kind) -> parquet_encoding {
        switch kind {
        case .boolean, .list: PARQUET_PLAIN
        case .int32, .int64: PARQUET_DELTA_BINARY_PACKED
        case .float32, .float64: reals.code
        case .string: PARQUET_DICTIONARY
        case .binary: PARQUET_DELTA_LENGTH_BYTE_ARRAY
        }
    }

    /// A leaf column's path as Parquet writes it, and its encoding.
    func leaf(_ column: Column) -> (path: String, encoding: parquet_encoding) {
        if case .list(let item) = column.kind { return (column.name + ".list.element", of(item.kind)) }
        return (column.name, column.isJSONText ? PARQUET_DELTA_LENGTH_BYTE_ARRAY : of(column.kind))
    }
}
