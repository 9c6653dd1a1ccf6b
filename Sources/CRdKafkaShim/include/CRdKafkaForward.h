#pragma once

#include <librdkafka/rdkafka.h>

/// Consecutive offsets: `first`, `first + 1`, … `first + count - 1`.
typedef struct {
    int64_t first;
    int64_t count;
} rdkafka_offsets_t;

/// A growing list of runs.
typedef struct {
    rdkafka_offsets_t *items;
    size_t count;
    size_t room;
} rdkafka_offset_list_t;

/// The copies of one partition in the open transaction: the offsets of the records and, as acknowledgements arrive,
/// those of the copies.
typedef struct {
    rdkafka_offset_list_t source;
    rdkafka_offset_list_t target;
    size_t queued;
    size_t delivered;
    /// Number of undelivered copies, and the error of the first.
    size_t failed;
    rd_kafka_resp_err_t error;
} rdkafka_track_t;

void rdkafka_track_reset(rdkafka_track_t *track);
void rdkafka_track_free(rdkafka_track_t *track);

/// The delivery callback of a forwarding producer: the opaque of each message is its track, or NULL.
void rdkafka_track_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque);

/// Headers with the schema of a record's key or value (Confluent's serializers since 8.0): its bytes then do not begin
/// with an id.
#define RDKAFKA_KEY_SCHEMA_HEADER "__key_schema_id"
#define RDKAFKA_VALUE_SCHEMA_HEADER "__value_schema_id"

/// The destination of copies, and its known schema ids.
typedef struct {
    rd_kafka_topic_t *topic;
    int32_t partition;
    rdkafka_track_t *track;
    /// Whether the half may begin with 0 and a schema id.
    int looks_at_key;
    int looks_at_value;
    /// The id that may pass (-1: none), and its replacement.
    int32_t key_id;
    int32_t key_id_written;
    int32_t value_id;
    int32_t value_id_written;
    /// A header to add to each record, or NULL; records that have it with the value `refused` are excluded.
    const char *provenance_name;
    const char *provenance;
    const char *refused;
    /// Counts of the call: excluded records, bytes of keys and values.
    size_t skipped;
    size_t bytes;
} rdkafka_route_t;

typedef enum {
    RDKAFKA_FORWARDED,     ///< every message is queued or excluded
    RDKAFKA_FULL,          ///< the producer's queue is full
    RDKAFKA_NEW_KEY_ID,    ///< the next message's key has an id that may not pass
    RDKAFKA_NEW_VALUE_ID,  ///< the same for its value
    RDKAFKA_REFUSED,       ///< the client rejects the next message: `*code`
} rdkafka_forward_end_t;

/// Queues copies of messages, in order, with unchanged key, value, headers and timestamp. `*taken` counts queued and
/// excluded ones.
rdkafka_forward_end_t rdkafka_forward(rd_kafka_t *client, rdkafka_route_t *route, rd_kafka_message_t **messages,
                                      size_t count, size_t *taken, rd_kafka_resp_err_t *code);
