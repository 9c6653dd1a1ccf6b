import EFDTestKit

/// Parquet files as pyarrow reads them.
enum Reader {
    /// All rows of a file, as `Cell.description` writes them, one line each; no line for a file without rows.
    static func rows(_ path: String) throws -> [String] {
        try Python.run(program, [path]).split(separator: "\n").map(String.init)
    }

    private static let program = """
        import sys
        import pyarrow as pa, pyarrow.parquet as pq

        WIDTHS = {1: pa.uint8(), 4: pa.int32(), 8: pa.int64()}

        def cells(array):
            kind = array.type
            if pa.types.is_list(kind):
                items = cells(array.values)
                ends = array.offsets.to_pylist()
                valid = array.is_valid().to_pylist()
                return ["[" + ",".join(items[ends[i]:ends[i + 1]]) + "]" if valid[i] else "-" for i in range(len(array))]
            if pa.types.is_string(kind):
                return ["-" if v is None else "x" + v.encode().hex() for v in array.to_pylist()]
            if pa.types.is_binary(kind):
                return ["-" if v is None else "x" + v.hex() for v in array.to_pylist()]
            if pa.types.is_boolean(kind):
                return ["-" if v is None else str(int(v)) for v in array.to_pylist()]
            bits = array.view(WIDTHS[kind.bit_width // 8]).to_pylist()
            mask = 2**32 - 1 if pa.types.is_float32(kind) else 2**64 - 1
            return ["-" if v is None else str(v & mask) for v in bits]

        table = pq.read_table(sys.argv[1], use_threads=False, partitioning=None).combine_chunks()
        columns = [cells(column.chunk(0)) if column.num_chunks else [] for column in table.columns]
        for row in zip(*columns):
            print(" ".join(row))
        """
}
