#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "CRdKafkaForward.h"

/// Queues one record with rd_kafka_produceva(), whose arguments are a C union, copying key and value.
///
/// A NULL key or value pointer is Kafka's null. `timestamp` is in milliseconds since 1970, 0 for now.
/// `headers` (or NULL) stays the caller's: the client gets a copy.
rd_kafka_resp_err_t rdkafka_produce_record(rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition,
                                           const void *key, size_t key_size, const void *value, size_t value_size,
                                           int64_t timestamp, const rd_kafka_headers_t *headers, void *opaque);

/// Wakes the client's broker threads. librdkafka before 2.2 checks a full fetch queue again only after a second, and
/// has no call for this: setting the credentials wakes the threads, so the current ones are set again.
void rdkafka_wake_brokers(rd_kafka_t *client);

/// Sets `fetch.wait.max.ms` of a running client; false: the client does not accept it. librdkafka documents properties
/// as fixed once a client runs, but reads this one, an int, for each fetch request.
int rdkafka_set_fetch_wait(rd_kafka_t *client, int milliseconds);

/// rd_kafka_mock_push_request_errors() is variadic: pushes `code` `count` times.
void rdkafka_mock_push_error(rd_kafka_mock_cluster_t *cluster, int16_t api_key, rd_kafka_resp_err_t code, size_t count);
