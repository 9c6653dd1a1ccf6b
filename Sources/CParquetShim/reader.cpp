#include "internal.h"

#include <arrow/chunked_array.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

parquet::ReaderProperties reader_properties() {
  parquet::ReaderProperties properties(heap());
  properties.set_page_checksum_verification(true);
  return properties;
}

int parquet_check_pages(const char *path, int64_t *rows, parquet_error *error) {
  return guard(error, [&]() -> arrow::Status {
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.OpenFile(path, false, reader_properties()));
    ARROW_ASSIGN_OR_RAISE(auto file, builder.Build());
    *rows = file->parquet_reader()->metadata()->num_rows();
    std::shared_ptr<arrow::Schema> schema;
    ARROW_RETURN_NOT_OK(file->GetSchema(&schema));
    // One column at a time: only checks that it can be read.
    for (int index = 0; index < schema->num_fields(); index++) {
      std::shared_ptr<arrow::ChunkedArray> column;
      ARROW_RETURN_NOT_OK(file->ReadColumn(index, &column));
      if (column->length() != *rows) {
        return arrow::Status::Invalid("the column ", schema->field(index)->name(), " has ", column->length(), " of ",
                                      *rows, " rows");
      }
      ARROW_RETURN_NOT_OK(column->ValidateFull());
    }
    return arrow::Status::OK();
  });
}

int parquet_footer_read(
    const void *bytes, int64_t count, int64_t *rows, void (*take)(void *context, const char *key, const char *value),
    void *context, parquet_error *error) {
  return guard(error, [&]() -> arrow::Status {
    auto footer = parquet::FileMetaData::Make(bytes, count);
    *rows = footer->num_rows();
    auto pairs = footer->key_value_metadata();
    for (int64_t index = 0; pairs && index < pairs->size(); index++) {
      take(context, pairs->key(index).c_str(), pairs->value(index).c_str());
    }
    return arrow::Status::OK();
  });
}
