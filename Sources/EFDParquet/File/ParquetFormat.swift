/// How files are written.
struct ParquetFormat: Sendable {
    var codec = ParquetCodec.zstd
    /// Of zstd.
    var level = 3
    var rowGroupRows = 1 << 20
    var pageBytes = 1 << 20
}
