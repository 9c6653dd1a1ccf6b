#pragma once

// Apache Arrow's Parquet writer as a C API: columns arrive by the Arrow C Data Interface, errors are texts, exceptions
// never cross it.

#include <stdint.h>

#include "CArrowData.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The error for people. `message` is empty after success.
typedef struct {
  char message[1020];
} parquet_error;

typedef enum { PARQUET_UNCOMPRESSED = 0, PARQUET_SNAPPY = 1, PARQUET_ZSTD = 2 } parquet_codec;

typedef enum {
  PARQUET_PLAIN = 0,
  PARQUET_DICTIONARY = 1,
  PARQUET_DELTA_BINARY_PACKED = 2,
  PARQUET_BYTE_STREAM_SPLIT = 3,
  PARQUET_DELTA_LENGTH_BYTE_ARRAY = 4,
} parquet_encoding;

typedef struct {
  parquet_codec codec;
  /// Only for zstd.
  int32_t level;
  int64_t row_group_rows;
  int64_t page_bytes;
  /// For each leaf column, in order: its path in Parquet and its encoding.
  const char *const *paths;
  const parquet_encoding *encodings;
  int64_t columns;
} parquet_options;

typedef struct parquet_writer parquet_writer;

/// Creates `path` and takes ownership of `schema`, also on failure. NULL on failure.
parquet_writer *parquet_writer_open(const char *path, struct ArrowSchema *schema, const parquet_options *options,
                                    parquet_error *error);

/// Appends rows, and takes ownership of them, also on failure. Rows of all batches since the last group form one row
/// group, column after column. 0 or -1.
int parquet_writer_add(parquet_writer *writer, struct ArrowArray *rows, parquet_error *error);

/// Writes all rows added so far and frees their memory.
int parquet_writer_end_group(parquet_writer *writer, parquet_error *error);

/// A key and value of the footer.
int parquet_writer_set_metadata(parquet_writer *writer, const char *key, const char *value, parquet_error *error);

/// Writes the footer and syncs the file to disk; `bytes` gets its size. Frees the writer, also on failure.
int parquet_writer_close(parquet_writer *writer, int64_t *bytes, parquet_error *error);

/// Abandons the file and frees the writer. The file is left as it is.
void parquet_writer_abandon(parquet_writer *writer);

/// The version of the library, such as 26.0.1.
const char *parquet_library_version(void);

/// Passes each key and value of a footer to `take`, and sets `rows`. `bytes` is the footer without the length and magic
/// number after it. 0 or -1.
int parquet_footer_read(
    const void *bytes, int64_t count, int64_t *rows, void (*take)(void *context, const char *key, const char *value),
    void *context, parquet_error *error);

/// Reads all pages: verifies that each has its checksum and all columns have the footer's number of rows, which `rows`
/// gets. 0 or -1.
int parquet_check_pages(const char *path, int64_t *rows, parquet_error *error);

typedef struct {
  const char *const *paths;
  int64_t files;
  /// The column to sort rows by, stable, null and NaN last; NULL: unsorted.
  const char *sort_column;
  /// The footer's pairs.
  const char *const *keys;
  const char *const *values;
  int64_t pairs;
} parquet_merge_inputs;

/// Writes the rows of files with equal columns to one file of one row group, and syncs it to disk. Needs memory for one
/// column of all files at a time. 0 or -1; then `output` is not a valid file.
int parquet_merge(
    const parquet_merge_inputs *inputs, const char *output, const parquet_options *options, int64_t *rows,
    int64_t *bytes, parquet_error *error);

#ifdef __cplusplus
}
#endif
