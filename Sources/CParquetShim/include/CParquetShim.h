#pragma once

// Apache Arrow's Parquet writer as C: columns come in by the Arrow C Data Interface, errors go out as text, no
// exception crosses.

#include <stdint.h>

#include "CArrowData.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What went wrong, for people. `message` is empty after success.
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
  /// Of zstd; others have none.
  int32_t level;
  int64_t row_group_rows;
  int64_t page_bytes;
  /// For each leaf column, in order: its path as Parquet writes it and how it is encoded.
  const char *const *paths;
  const parquet_encoding *encodings;
  int64_t columns;
} parquet_options;

typedef struct parquet_writer parquet_writer;

/// Creates `path` and takes `schema`, also on failure. NULL on failure.
parquet_writer *parquet_writer_open(const char *path, struct ArrowSchema *schema, const parquet_options *options,
                                    parquet_error *error);

/// Appends rows, and takes them, also on failure. Rows of all batches since the last group end one row group, column
/// after column. 0 or -1.
int parquet_writer_add(parquet_writer *writer, struct ArrowArray *rows, parquet_error *error);

/// Writes all rows added so far and gives their memory back.
int parquet_writer_end_group(parquet_writer *writer, parquet_error *error);

/// A key and value of the footer.
int parquet_writer_set_metadata(parquet_writer *writer, const char *key, const char *value, parquet_error *error);

/// Ends the file and sees it on disk; `bytes` gets its size. The writer is freed, also on failure.
int parquet_writer_close(parquet_writer *writer, int64_t *bytes, parquet_error *error);

/// Gives the file up and frees the writer. The file is left as it is.
void parquet_writer_abandon(parquet_writer *writer);

/// The version of the library, as 26.0.1.
const char *parquet_library_version(void);

/// Gives each key and value of a footer to `take`, and the file's rows to `rows`. `bytes` is the footer without the
/// length and mark behind it. 0 or -1.
int parquet_footer_read(
    const void *bytes, int64_t count, int64_t *rows, void (*take)(void *context, const char *key, const char *value),
    void *context, parquet_error *error);

/// Reads all pages: each must have its checksum and all columns the rows that the footer tells, which `rows` gets. 0 or
/// -1.
int parquet_check_pages(const char *path, int64_t *rows, parquet_error *error);

typedef struct {
  const char *const *paths;
  int64_t files;
  /// The column that rows are sorted by, equal ones as they came, null and NaN last; NULL: all as they came.
  const char *sort_column;
  /// What the footer is to say.
  const char *const *keys;
  const char *const *values;
  int64_t pairs;
} parquet_merge_inputs;

/// Writes the rows of files with equal columns to one file of one row group, and sees it on disk. Holds one column of
/// all files at a time. 0 or -1; then what stands at `output` is no file.
int parquet_merge(
    const parquet_merge_inputs *inputs, const char *output, const parquet_options *options, int64_t *rows,
    int64_t *bytes, parquet_error *error);

#ifdef __cplusplus
}
#endif
