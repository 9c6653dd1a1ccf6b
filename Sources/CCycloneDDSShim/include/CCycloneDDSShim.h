#pragma once

#include <dds/dds.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Cyclone's internal headers change between releases; only shim.c includes them, and Swift sees only this header.

/// One sample of a take, as bytes of CDR with their four-byte header. Valid until ddsshim_release().
struct ddsshim_sample {
  const void *_Nullable cdr;
  size_t size;
  bool valid_data;
  uint32_t instance_state;
  int64_t source_timestamp;
  uint64_t instance;
  uint64_t publication;
  void *_Nullable serdata;
  void *_Nullable reference;
  size_t reference_size;
};

/// Takes at most `count` samples from a reader, in any state. Returns their number, or a DDS return code below 0.
/// `scratch` has capacity for at least `count`, from ddsshim_scratch().
int32_t ddsshim_take(dds_entity_t reader, struct ddsshim_sample *_Nonnull samples, void *_Nonnull scratch,
                     uint32_t count);
void ddsshim_release(struct ddsshim_sample *_Nonnull samples, int32_t count);

/// Memory for takes of up to `count` samples; NULL if memory is exhausted. One thread at a time may use it.
void *_Nullable ddsshim_scratch(uint32_t count);
void ddsshim_scratch_free(void *_Nullable scratch);

/// The operation of a writer on a sample.
enum ddsshim_kind { DDSSHIM_WRITE = 0, DDSSHIM_DISPOSE = 1, DDSSHIM_UNREGISTER = 2 };

/// Writes CDR bytes with their header, with a source timestamp in nanoseconds since 1970. For a dispose or unregister
/// the bytes are only the key. Cyclone checks the bytes against the writer's type: DDS_RETCODE_ERROR if they do not
/// fit.
int32_t ddsshim_write(dds_entity_t writer, const void *_Nonnull cdr, size_t size, int64_t timestamp,
                      enum ddsshim_kind kind);

/// The part of a topic descriptor that Cyclone copies. The caller keeps the arrays.
struct ddsshim_descriptor {
  uint32_t size, align, flags, key_count, op_count;
  const char *_Nonnull type_name;
  const char *_Nonnull const *_Nullable key_names;
  const uint32_t *_Nullable key_offsets;
  const uint32_t *_Nonnull ops;
};

dds_entity_t ddsshim_create_topic(dds_entity_t participant, const struct ddsshim_descriptor *_Nonnull descriptor,
                                  const char *_Nonnull name);

/// Macros that Swift does not import.
uint32_t ddsshim_status_data_available(void);
int64_t ddsshim_infinity(void);

/// The name of a QoS policy by its number in an incompatible-QoS status.
const char *_Nonnull ddsshim_policy_name(uint32_t policy);

/// One writer or reader that discovery found. Pointers are valid within the callback.
struct ddsshim_endpoint {
  const char *_Nonnull topic;
  const char *_Nonnull type;
  const char *_Nullable const *_Nullable partitions;
  uint32_t partition_count;
  int32_t reliability, durability, ownership;
  /// Whether it belongs to the participant that asks.
  bool is_own;
  /// The user data of its QoS.
  const void *_Nullable user_data;
  size_t user_data_size;
};

typedef void (*ddsshim_endpoint_found)(void *_Nullable context, const struct ddsshim_endpoint *_Nonnull found);

/// Reports every writer, or every reader, known to the participant. Returns their number, or a return code below 0.
int32_t ddsshim_endpoints(dds_entity_t participant, bool are_readers, ddsshim_endpoint_found _Nonnull report,
                          void *_Nullable context);

/// Sends every line of Cyclone's log to `sink` with a category: 1 fatal, 2 error, 4 warning.
typedef void (*ddsshim_log)(void *_Nullable context, uint32_t category, const char *_Nonnull message, size_t size);
void ddsshim_set_log(ddsshim_log _Nullable sink, void *_Nullable context);
