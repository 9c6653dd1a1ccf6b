#pragma once

// What the parts of the shim share.

#include "CParquetShim.h"

#include <arrow/memory_pool.h>
#include <arrow/status.h>
#include <parquet/properties.h>

#include <exception>
#include <memory>
#include <vector>

// Pages are built in the process's own heap, so that what the process does to bound its memory holds for them: Arrow's
// default allocator keeps tens of megabytes of what was freed.
inline arrow::MemoryPool *heap() { return arrow::system_memory_pool(); }

void tell(parquet_error *error, const char *text);

// Runs `body`, which answers with a Status, and lets nothing but its text out.
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

// Of readers: pages are checked against their checksums.
parquet::ReaderProperties reader_properties();
