import EFDTestKit

/// Reads the stored files with pyarrow and with DuckDB, and compares every bit with the rule of `ProofTopics`.
enum ProofReader {
    /// Throws the differences; returns the number of compared rows, all topics and both readers together.
    static func check(_ root: String, _ topics: ProofTopics, records: Int, seconds: Double) throws -> Int {
        let text = try Python.run(program, [root, topics.prefix, "\(topics.count)", "\(records)"], seconds: seconds)
        return Int(text.split(separator: "\n").last ?? "") ?? -1
    }

    private static let program = #"""
        import sys
        import duckdb, numpy as np, pyarrow as pa, pyarrow.compute as pc, pyarrow.dataset as ds

        root, prefix, count, records = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
        N = np.arange(records, dtype=np.uint64)

        def bits(topic, field, n=N):
            with np.errstate(over="ignore"):
                z = np.uint64(topic << 40) + n * np.uint64(64) + np.uint64(field) + np.uint64(0x9E3779B97F4A7C15)
                z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
                z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
                return z ^ z >> np.uint64(31)

        def expected(topic):
            u = np.uint64
            b = lambda field: bits(topic, field)
            stamp = 1790000000 + N.astype(np.float64) * 0.36 + (b(0) % u(1000)).astype(np.float64) / 1000 - np.where(N % u(97) == u(96), 3600.0, 0.0)
            lengths = (b(9) % u(4)).astype(np.int32)
            offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
            owner = np.repeat(np.arange(records), lengths)
            place = (np.arange(offsets[-1]) - offsets[owner]).astype(np.uint64)
            items = np.zeros(offsets[-1], dtype=np.uint64)
            for j in range(4): items[place == j] = bits(topic, 20 + j, N[owner[place == j]])
            x = [(int(v) & (2**(8 * (int(v) % 5)) - 1)).to_bytes(int(v) % 5, "little") for v in b(11)]
            return {
                "private_efdStamp": stamp.view(np.uint64), "private_seqNum": N.astype(np.int32), "n": N.astype(np.int64), "d": b(1),
                "dn": [None if v % 3 == 0 else (v % 1000) / 8 for v in b(2).tolist()], "f": b(3).astype(np.uint32), "i": b(4).astype(np.uint32).view(np.int32),
                "b": (b(5) % u(2)).astype(bool), "s": [f"µ\0{v}" for v in (b(6) % u(100)).tolist()],
                "sn": [None if v % 4 == 0 else f"state {v % 7}" for v in b(7).tolist()], "e": np.array(["IDLE", "MOVING", "FAULT"], dtype=object)[b(8) % u(3)].tolist(),
                "t": 1790000000000 + (b(10) % u(1000000000)).astype(np.int64), "a": (offsets, items), "x": x,
            }

        def same(name, array, want):
            array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
            if isinstance(array, pa.ChunkedArray): array = array.chunk(0)
            if name == "a":
                flat = array.flatten()
                lengths = pc.list_value_length(array).to_numpy()
                return (lengths == np.diff(want[0])).all() and (flat.to_numpy().view(np.uint64) == want[1]).all()
            if name == "t":
                return (array.cast(pa.timestamp("ms", "UTC")).cast(pa.int64()).to_numpy() == want).all()
            if isinstance(want, list): return array.to_pylist() == want
            values = array.to_numpy(zero_copy_only=False)
            if want.dtype == np.uint64: values = values.view(np.uint64)
            if want.dtype == np.uint32: values = values.view(np.uint32)
            return array.null_count == 0 and values.dtype == want.dtype and (values == want).all()

        compared = 0
        for topic in range(count):
            folder = f"{root}/lsst.sal.{prefix}.t{topic}"
            want = expected(topic)
            dataset = ds.dataset(folder, format="parquet", partitioning="hive")
            for path in dataset.files:
                order = ds.dataset(path, format="parquet").to_table(columns=["n"])["n"].to_numpy()
                assert (np.diff(order) > 0).all(), f"{path} is not in the order of offsets"
            duck = duckdb.sql(f"select * from read_parquet('{folder}/**/*.parquet', hive_partitioning = true, union_by_name = true) order by n")
            for reader, table in (("pyarrow", dataset.to_table().sort_by("n")), ("duckdb", duck.fetch_arrow_table())):
                assert table.num_rows == records, f"{reader}: topic {topic} has {table.num_rows} rows, not {records}"
                for name, values in want.items():
                    assert same(name, table[name], values), f"{reader}: topic {topic}, column {name} differs"
                hours = np.floor(table["private_efdStamp"].to_numpy() / 3600) % 24
                assert (table["hour"].to_numpy() == hours).all(), f"{reader}: topic {topic} has rows in the wrong hour"
                compared += table.num_rows
        print(compared)
        """#
}
