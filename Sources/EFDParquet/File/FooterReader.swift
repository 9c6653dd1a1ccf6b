import CParquetShim
import EFDCore

/// A published file's footer, read through its store: only the end of the file is needed.
struct FooterReader {
    /// Rows that the file has.
    let rows: Int
    let pairs: [String: String]

    /// Bytes of the first read: nearly all footers are smaller.
    private static let guess = 64 << 10
    /// The footer's length and Parquet's magic number, which end every file.
    /// Source: https://parquet.apache.org/docs/file-format/
    private static let tail = 8
    private static let mark = Array("PAR1".utf8)

    /// Throws `parquet.footerBroken`, or the store's error.
    init(_ file: StoredFile, in store: any FileStore) throws(EFDError) {
        let (tail, broken) = (Self.tail, Self.broken)
        guard file.size >= tail else { throw broken(file, "it is too short") }
        var bytes = try store.read(file.path, max(0, file.size - Self.guess)..<file.size)
        guard bytes.suffix(Self.mark.count).elementsEqual(Self.mark) else {
            throw broken(file, "its last bytes are not Parquet's")
        }
        let length = bytes.suffix(tail).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length + tail <= file.size else { throw broken(file, "its footer would be longer than the file") }
        if length + tail > bytes.count { bytes = try store.read(file.path, file.size - tail - length..<file.size) }
        (rows, pairs) = try Self.parse(bytes.suffix(length + tail).dropLast(tail), of: file)
    }

    private static func parse(_ footer: ArraySlice<UInt8>, of file: StoredFile) throws(EFDError) -> (
        Int, [String: String]
    ) {
        final class Pairs { var all: [String: String] = [:] }
        let pairs = Pairs()
        var rows: Int64 = 0
        var fault = parquet_error()
        let code = footer.withUnsafeBytes { bytes in
            parquet_footer_read(
                bytes.baseAddress, Int64(bytes.count), &rows,
                { context, key, value in
                    guard let context, let key, let value else { return }
                    Unmanaged<Pairs>.fromOpaque(context).takeUnretainedValue().all[String(cString: key)] = String(
                        cString: value)
                }, Unmanaged.passUnretained(pairs).toOpaque(), &fault)
        }
        guard code == 0 else { throw broken(file, fault.text) }
        return (Int(rows), pairs.all)
    }

    private static func broken(_ file: StoredFile, _ why: String) -> EFDError {
        EFDError(.parquetFooterBroken, "\(file.path) is not a complete Parquet file: \(why)")
    }
}
