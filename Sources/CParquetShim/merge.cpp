#include "internal.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/chunked_array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/io/file.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <unistd.h>

namespace {

using Readers = std::vector<std::unique_ptr<parquet::arrow::FileReader>>;

// A column of all files together, in the order of the files.
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> column(Readers &readers, int index) {
  arrow::ArrayVector chunks;
  std::shared_ptr<arrow::DataType> type;
  for (auto &reader : readers) {
    std::shared_ptr<arrow::ChunkedArray> part;
    ARROW_RETURN_NOT_OK(reader->ReadColumn(index, &part));
    type = part->type();
    chunks.insert(chunks.end(), part->chunks().begin(), part->chunks().end());
  }
  return arrow::ChunkedArray::Make(std::move(chunks), type);
}

// The order that sorts rows by a column, stable, null and NaN last; empty if they are sorted already.
template <typename Array>
std::vector<int64_t> sorted(const arrow::ChunkedArray &column) {
  using Value = typename Array::value_type;
  struct Key {
    Value value;
    bool is_last;
  };
  std::vector<Key> keys;
  keys.reserve(column.length());
  for (auto &chunk : column.chunks()) {
    auto &array = static_cast<const Array &>(*chunk);
    for (int64_t row = 0; row < array.length(); row++) {
      Value value = array.Value(row);
      keys.push_back({value, array.IsNull(row) || value != value});
    }
  }
  auto precedes = [](const Key &one, const Key &other) {
    if (one.is_last || other.is_last) return !one.is_last && other.is_last;
    return one.value < other.value;
  };
  if (std::is_sorted(keys.begin(), keys.end(), precedes)) return {};
  std::vector<int64_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int64_t one, int64_t other) {
    if (precedes(keys[one], keys[other])) return true;
    return !precedes(keys[other], keys[one]) && one < other;
  });
  return order;
}

arrow::Result<std::vector<int64_t>> order(Readers &readers, int index) {
  ARROW_ASSIGN_OR_RAISE(auto times, column(readers, index));
  switch (times->type()->id()) {
    case arrow::Type::DOUBLE: return sorted<arrow::DoubleArray>(*times);
    case arrow::Type::INT64: return sorted<arrow::Int64Array>(*times);
    case arrow::Type::TIMESTAMP: return sorted<arrow::TimestampArray>(*times);
    default: return arrow::Status::Invalid("rows cannot be sorted by a column of type ", times->type()->ToString());
  }
}

arrow::Status merge(const parquet_merge_inputs *inputs, const char *output, const parquet_options *options,
                    int64_t *rows, int64_t *bytes) {
  Readers readers;
  std::shared_ptr<arrow::Schema> schema;
  for (int64_t index = 0; index < inputs->files; index++) {
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.OpenFile(inputs->paths[index], false, reader_properties()));
    ARROW_ASSIGN_OR_RAISE(auto reader, builder.Build());
    std::shared_ptr<arrow::Schema> own;
    ARROW_RETURN_NOT_OK(reader->GetSchema(&own));
    if (!schema) schema = own->RemoveMetadata();
    if (!schema->Equals(*own)) {
      return arrow::Status::Invalid(inputs->paths[index], " has other columns than ", inputs->paths[0]);
    }
    readers.push_back(std::move(reader));
  }
  if (!schema) return arrow::Status::Invalid("nothing to merge");

  std::vector<int64_t> permutation;
  std::vector<parquet::SortingColumn> sorting;
  if (inputs->sort_column) {
    int field = schema->GetFieldIndex(inputs->sort_column);
    int leaf = readers[0]->parquet_reader()->metadata()->schema()->ColumnIndex(std::string(inputs->sort_column));
    if (field < 0 || leaf < 0) return arrow::Status::Invalid("there is no column ", inputs->sort_column);
    ARROW_ASSIGN_OR_RAISE(permutation, order(readers, field));
    sorting.push_back({leaf, false, false});
  }
  auto indices = std::make_shared<arrow::Int64Array>(permutation.size(), arrow::Buffer::Wrap(permutation));

  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::FileOutputStream::Open(output));
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        parquet::arrow::FileWriter::Open(*schema, heap(), stream, writer_properties(options, sorting),
                                                         arrow_properties()));
  ARROW_RETURN_NOT_OK(writer->NewRowGroup());
  for (int index = 0; index < schema->num_fields(); index++) {
    // Only one column at a time is in memory.
    ARROW_ASSIGN_OR_RAISE(auto values, column(readers, index));
    *rows = values->length();
    if (!permutation.empty()) {
      ARROW_ASSIGN_OR_RAISE(auto whole, arrow::Concatenate(values->chunks()));
      values.reset();
      ARROW_ASSIGN_OR_RAISE(auto taken,
                            arrow::compute::Take(*whole, *indices, arrow::compute::TakeOptions::NoBoundsCheck()));
      values = std::make_shared<arrow::ChunkedArray>(std::move(taken));
    }
    ARROW_RETURN_NOT_OK(writer->WriteColumnChunk(values));
  }
  for (int64_t index = 0; index < inputs->pairs; index++) {
    ARROW_RETURN_NOT_OK(writer->AddKeyValueMetadata(
        arrow::key_value_metadata({inputs->keys[index]}, {inputs->values[index]})));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  ARROW_ASSIGN_OR_RAISE(*bytes, stream->Tell());
  ARROW_RETURN_NOT_OK(stream->Flush());
  if (fsync(stream->file_descriptor()) != 0) return arrow::Status::IOError("fsync: ", std::strerror(errno));
  return stream->Close();
}

}  // namespace

int parquet_merge(
    const parquet_merge_inputs *inputs, const char *output, const parquet_options *options, int64_t *rows,
    int64_t *bytes, parquet_error *error) {
  return guard(error, [&] { return merge(inputs, output, options, rows, bytes); });
}
