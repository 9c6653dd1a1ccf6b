#include "CRdKafkaForward.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static void append(rdkafka_offset_list_t *list, int64_t offset) {
    if (list->count) {
        rdkafka_offsets_t *last = &list->items[list->count - 1];
        if (last->first + last->count == offset) {
            last->count++;
            return;
        }
    }
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 4;
        list->items = realloc(list->items, list->room * sizeof(*list->items));
        if (!list->items) abort();  // as Swift does if memory is exhausted
    }
    list->items[list->count++] = (rdkafka_offsets_t){offset, 1};
}

void rdkafka_track_reset(rdkafka_track_t *track) {
    track->source.count = track->target.count = 0;
    track->queued = track->delivered = track->failed = 0;
    track->error = RD_KAFKA_RESP_ERR_NO_ERROR;
}

void rdkafka_track_free(rdkafka_track_t *track) {
    free(track->source.items);
    free(track->target.items);
    memset(track, 0, sizeof(*track));
}

void rdkafka_track_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    rdkafka_track_t *track = message->_private;
    if (!track) return;
    // Without an offset its storage is unconfirmed, even if librdkafka reports success: see DeliveryReport.
    if (message->err || message->offset < 0) {
        if (!track->failed++) {
            track->error = message->err ? message->err : RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
        }
        return;
    }
    track->delivered++;
    append(&track->target, message->offset);
}

/// The schema id after a first byte 0; -1: none.
static int32_t schema_id(const void *bytes, size_t size) {
    uint32_t id;
    if (!bytes || size < 5 || *(const char *)bytes != 0) return -1;
    memcpy(&id, (const char *)bytes + 1, 4);
    return (int32_t)ntohl(id);
}

static int has_header(const rd_kafka_message_t *message, const char *name) {
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;
    return !rd_kafka_message_headers(message, &headers) && !rd_kafka_header_get_last(headers, name, &value, &size);
}

static void write_schema_id(void *bytes, int32_t id) {
    uint32_t big = htonl((uint32_t)id);
    memcpy((char *)bytes + 1, &big, 4);
}

static int comes_from(const rd_kafka_headers_t *headers, const char *name, const char *value) {
    const void *found;
    size_t size;
    for (size_t i = 0; !rd_kafka_header_get(headers, i, name, &found, &size); i++)
        if (found && size == strlen(value) && !memcmp(found, value, size)) return 1;
    return 0;
}

static rd_kafka_resp_err_t produce(rd_kafka_t *client, const rdkafka_route_t *route, rd_kafka_message_t *message,
                                   rd_kafka_headers_t *headers) {
    rd_kafka_timestamp_type_t type;
    rd_kafka_vu_t arguments[8];
    size_t count = 0;

    arguments[count].vtype = RD_KAFKA_VTYPE_RKT;
    arguments[count++].u.rkt = route->topic;
    arguments[count].vtype = RD_KAFKA_VTYPE_PARTITION;
    arguments[count++].u.i32 = route->partition;
    arguments[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    arguments[count++].u.i = RD_KAFKA_MSG_F_COPY;
    arguments[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
    arguments[count++].u.ptr = route->track;
    arguments[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    arguments[count++].u.i64 = rd_kafka_message_timestamp(message, &type);
    if (message->payload) {
        arguments[count].vtype = RD_KAFKA_VTYPE_VALUE;
        arguments[count].u.mem.ptr = message->payload;
        arguments[count++].u.mem.size = message->len;
    }
    if (message->key) {
        arguments[count].vtype = RD_KAFKA_VTYPE_KEY;
        arguments[count].u.mem.ptr = message->key;
        arguments[count++].u.mem.size = message->key_len;
    }
    if (headers) {
        arguments[count].vtype = RD_KAFKA_VTYPE_HEADERS;
        arguments[count++].u.headers = headers;
    }
    rd_kafka_error_t *error = rd_kafka_produceva(client, arguments, count);
    if (!error) return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}

/// Moves the headers without a copy, and restores them if the record is rejected.
static rd_kafka_resp_err_t forward(rd_kafka_t *client, rdkafka_route_t *route, rd_kafka_message_t *message) {
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_message_detach_headers(message, &headers);
    if (!route->provenance_name) {
        rd_kafka_resp_err_t code = produce(client, route, message, headers);
        if (code && headers) rd_kafka_message_set_headers(message, headers);
        return code;
    }
    if (headers && comes_from(headers, route->provenance_name, route->refused)) {
        rd_kafka_headers_destroy(headers);
        route->skipped++;
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    rd_kafka_headers_t *marked = headers ? rd_kafka_headers_copy(headers) : rd_kafka_headers_new(1);
    rd_kafka_header_add(marked, route->provenance_name, -1, route->provenance, (ssize_t)strlen(route->provenance));
    rd_kafka_resp_err_t code = produce(client, route, message, marked);
    if (code) rd_kafka_headers_destroy(marked);
    if (code && headers) rd_kafka_message_set_headers(message, headers);
    if (!code && headers) rd_kafka_headers_destroy(headers);
    return code;
}

rdkafka_forward_end_t rdkafka_forward(rd_kafka_t *client, rdkafka_route_t *route, rd_kafka_message_t **messages,
                                      size_t count, size_t *taken, rd_kafka_resp_err_t *code) {
    *code = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (*taken = 0; *taken < count; (*taken)++) {
        rd_kafka_message_t *message = messages[*taken];
        int32_t key_id = route->looks_at_key ? schema_id(message->key, message->key_len) : -1;
        int32_t value_id = route->looks_at_value ? schema_id(message->payload, message->len) : -1;
        int is_key_new = key_id >= 0 && key_id != route->key_id;
        int is_value_new = value_id >= 0 && value_id != route->value_id;
        int rewrites_key = key_id >= 0 && route->key_id_written != key_id;
        int rewrites_value = value_id >= 0 && route->value_id_written != value_id;
        // Headers are parsed only if they matter.
        if ((is_key_new || rewrites_key) && has_header(message, RDKAFKA_KEY_SCHEMA_HEADER)) {
            is_key_new = rewrites_key = 0;
        }
        if ((is_value_new || rewrites_value) && has_header(message, RDKAFKA_VALUE_SCHEMA_HEADER)) {
            is_value_new = rewrites_value = 0;
        }
        if (is_key_new) return RDKAFKA_NEW_KEY_ID;
        if (is_value_new) return RDKAFKA_NEW_VALUE_ID;
        if (rewrites_key) write_schema_id(message->key, route->key_id_written);
        if (rewrites_value) write_schema_id(message->payload, route->value_id_written);
        size_t skipped = route->skipped;
        *code = forward(client, route, message);
        // The copy is queued; the original may be forwarded again, and its checksum identifies the topic.
        if (rewrites_key) write_schema_id(message->key, key_id);
        if (rewrites_value) write_schema_id(message->payload, value_id);
        if (*code) return *code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? RDKAFKA_FULL : RDKAFKA_REFUSED;
        if (route->skipped == skipped) {
            route->track->queued++;
            append(&route->track->source, message->offset);
        }
        route->bytes += message->key_len + message->len;
    }
    return RDKAFKA_FORWARDED;
}
