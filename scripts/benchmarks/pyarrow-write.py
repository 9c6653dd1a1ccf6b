"""pyarrow's time to write ready columns: reads the files below a folder, writes them again with the
options of parquet-sink. Prints one line of JSON; the best of five rounds counts.
"""

import argparse
import glob
import io
import json
import time

import pyarrow as pa
import pyarrow.parquet as pq

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", metavar="FOLDER")
paths = [path for path in glob.glob(parser.parse_args().folder + "/**/*.parquet", recursive=True) if "/_" not in path]
tables = [pq.ParquetFile(path).read(use_threads=False) for path in paths]
records = sum(table.num_rows for table in tables)


def encoding(kind):
    if pa.types.is_integer(kind) or pa.types.is_timestamp(kind):
        return "DELTA_BINARY_PACKED"
    return "BYTE_STREAM_SPLIT" if pa.types.is_floating(kind) else "PLAIN"


def write(table):
    strings = [field.name for field in table.schema if pa.types.is_string(field.type)]
    others = {field.name: encoding(field.type) for field in table.schema if field.name not in strings}
    # To memory: the disk is the same for all.
    sink = io.BytesIO()
    pq.write_table(
        table, sink, compression="zstd", compression_level=3, use_dictionary=strings, column_encoding=others,
        write_page_index=True, write_page_checksum=True, row_group_size=1 << 20)
    return sink.tell()


best = None
for _ in range(5):
    start = time.process_time()
    size = sum(write(table) for table in tables)
    best = min(best or 1e9, time.process_time() - start)
print(json.dumps({"records": records, "bytes": size, "cpu_us_per_record": round(best / records * 1e6, 3)}))
