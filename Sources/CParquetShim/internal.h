#pragma once

// Shared by the parts of the shim.

#include "CParquetShim.h"

#include <arrow/memory_pool.h>
#include <arrow/status.h>
#include <parquet/properties.h>

#include <exception>
#include <memory>
#include <vector>

// Pages are allocated in the process's own heap, so that its memory settings apply to them: Arrow's default allocator
// keeps tens of megabytes of freed memory.
inline arrow::MemoryPool *heap() { return arrow::system_memory_pool(); }

void tell(parquet_error *error, const char *text);

// Runs `body`, which returns a Status, and passes only its text on.
template <typename Body>
int guard(parquet_error *error, Body body) {
  error->message[0] = 0;
  try {
    arrow::Status status = body();
    if (status.ok()) return 0;
    tell(error, status.ToString().c_str());
  } catch (const std::exception &exception) {
    tell(error, exception.what());
  } catch (...) {
    tell(error, "unknown exception");
  }
  return -1;
}

std::shared_ptr<parquet::WriterProperties> writer_properties(
    const parquet_options *options, std::vector<parquet::SortingColumn> sorting = {});
std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties();

// For readers: pages are verified against their checksums.
parquet::ReaderProperties reader_properties();
