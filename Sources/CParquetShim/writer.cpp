#include "internal.h"

#include <arrow/c/bridge.h>
#include <arrow/chunked_array.h>
#include <arrow/config.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <cstring>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

struct parquet_writer {
  std::shared_ptr<arrow::Schema> schema;
  std::shared_ptr<arrow::io::FileOutputStream> output;
  std::unique_ptr<parquet::arrow::FileWriter> file;
  std::vector<std::shared_ptr<arrow::RecordBatch>> rows;
  int64_t row_group_rows = 0;
};

namespace {

parquet::Compression::type codec(const parquet_options *options) {
  switch (options->codec) {
    case PARQUET_SNAPPY: return parquet::Compression::SNAPPY;
    case PARQUET_ZSTD: return parquet::Compression::ZSTD;
    default: return parquet::Compression::UNCOMPRESSED;
  }
}

arrow::Status end_group(parquet_writer *writer) {
  if (writer->rows.empty()) return arrow::Status::OK();
  // The batches become the chunks of a table without a copy, and columns are encoded one after the other, so that only
  // the pages of one column at a time are in memory besides.
  ARROW_ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches(writer->schema, std::move(writer->rows)));
  writer->rows.clear();
  return writer->file->WriteTable(*table, writer->row_group_rows);
}

}  // namespace

void tell(parquet_error *error, const char *text) {
  std::strncpy(error->message, text, sizeof error->message - 1);
  error->message[sizeof error->message - 1] = 0;
}

std::shared_ptr<parquet::WriterProperties> writer_properties(
    const parquet_options *options, std::vector<parquet::SortingColumn> sorting) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(heap());
  builder.version(parquet::ParquetVersion::PARQUET_2_6)->data_page_version(parquet::ParquetDataPageVersion::V1);
  builder.compression(codec(options));
  if (options->codec == PARQUET_ZSTD) builder.compression_level(options->level);
  builder.max_row_group_length(options->row_group_rows)->data_pagesize(options->page_bytes);
  builder.enable_statistics()->enable_write_page_index()->enable_page_checksum();
  builder.set_sorting_columns(std::move(sorting));
  builder.disable_dictionary();
  for (int64_t index = 0; index < options->columns; index++) {
    const std::string path = options->paths[index];
    switch (options->encodings[index]) {
      case PARQUET_PLAIN: builder.encoding(path, parquet::Encoding::PLAIN); break;
      case PARQUET_DICTIONARY: builder.enable_dictionary(path); break;
      case PARQUET_DELTA_BINARY_PACKED: builder.encoding(path, parquet::Encoding::DELTA_BINARY_PACKED); break;
      case PARQUET_BYTE_STREAM_SPLIT: builder.encoding(path, parquet::Encoding::BYTE_STREAM_SPLIT); break;
      case PARQUET_DELTA_LENGTH_BYTE_ARRAY: builder.encoding(path, parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY); break;
    }
  }
  return builder.build();
}

std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties() {
  return parquet::ArrowWriterProperties::Builder().store_schema()->build();
}

parquet_writer *parquet_writer_open(const char *path, struct ArrowSchema *schema, const parquet_options *options,
                                    parquet_error *error) {
  auto writer = std::make_unique<parquet_writer>();
  int code = guard(error, [&]() -> arrow::Status {
    writer->row_group_rows = options->row_group_rows;
    ARROW_ASSIGN_OR_RAISE(writer->schema, arrow::ImportSchema(schema));
    ARROW_ASSIGN_OR_RAISE(writer->output, arrow::io::FileOutputStream::Open(path));
    ARROW_ASSIGN_OR_RAISE(writer->file,
                          parquet::arrow::FileWriter::Open(*writer->schema, heap(), writer->output,
                                                           writer_properties(options), arrow_properties()));
    return arrow::Status::OK();
  });
  return code == 0 ? writer.release() : nullptr;
}

int parquet_writer_add(parquet_writer *writer, struct ArrowArray *rows, parquet_error *error) {
  return guard(error, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ImportRecordBatch(rows, writer->schema));
    ARROW_RETURN_NOT_OK(batch->Validate());
    writer->rows.push_back(std::move(batch));
    return arrow::Status::OK();
  });
}

int parquet_writer_end_group(parquet_writer *writer, parquet_error *error) {
  return guard(error, [&] { return end_group(writer); });
}

int parquet_writer_set_metadata(parquet_writer *writer, const char *key, const char *value, parquet_error *error) {
  return guard(error, [&] { return writer->file->AddKeyValueMetadata(arrow::key_value_metadata({key}, {value})); });
}

int parquet_writer_close(parquet_writer *writer, int64_t *bytes, parquet_error *error) {
  std::unique_ptr<parquet_writer> owned(writer);
  return guard(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(end_group(writer));
    ARROW_RETURN_NOT_OK(writer->file->Close());
    ARROW_ASSIGN_OR_RAISE(*bytes, writer->output->Tell());
    ARROW_RETURN_NOT_OK(writer->output->Flush());
    if (fsync(writer->output->file_descriptor()) != 0) return arrow::Status::IOError("fsync: ", std::strerror(errno));
    return writer->output->Close();
  });
}

void parquet_writer_abandon(parquet_writer *writer) {
  parquet_error ignored;
  std::unique_ptr<parquet_writer> owned(writer);
  guard(&ignored, [&]() -> arrow::Status {
    writer->rows.clear();
    return writer->output->Close();
  });
}

const char *parquet_library_version(void) {
  static const std::string version = arrow::GetBuildInfo().version_string;
  return version.c_str();
}
