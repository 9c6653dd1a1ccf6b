#include "CRdKafkaShim.h"

#include <stdint.h>
#include <stdio.h>

rd_kafka_resp_err_t rdkafka_produce_record(rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition,
                                           const void *key, size_t key_size, const void *value, size_t value_size,
                                           int64_t timestamp, const rd_kafka_headers_t *headers, void *opaque) {
    rd_kafka_vu_t arguments[8];
    size_t count = 0;

    arguments[count].vtype = RD_KAFKA_VTYPE_RKT;
    arguments[count++].u.rkt = topic;
    arguments[count].vtype = RD_KAFKA_VTYPE_PARTITION;
    arguments[count++].u.i32 = partition;
    arguments[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    arguments[count++].u.i = RD_KAFKA_MSG_F_COPY;
    arguments[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
    arguments[count++].u.ptr = opaque;
    arguments[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    arguments[count++].u.i64 = timestamp;
    if (value) {
        arguments[count].vtype = RD_KAFKA_VTYPE_VALUE;
        arguments[count].u.mem.ptr = (void *)value;
        arguments[count++].u.mem.size = value_size;
    }
    if (key) {
        arguments[count].vtype = RD_KAFKA_VTYPE_KEY;
        arguments[count].u.mem.ptr = (void *)key;
        arguments[count++].u.mem.size = key_size;
    }
    rd_kafka_headers_t *copy = NULL;
    if (headers) {
        copy = rd_kafka_headers_copy(headers);
        arguments[count].vtype = RD_KAFKA_VTYPE_HEADERS;
        arguments[count++].u.headers = copy;
    }

    rd_kafka_error_t *error = rd_kafka_produceva(client, arguments, count);
    if (!error) return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (copy) rd_kafka_headers_destroy(copy);  // librdkafka takes ownership only if it accepts the record
    return code;
}

void rdkafka_wake_brokers(rd_kafka_t *client) {
    char user[1024] = "", password[4096] = "";
    size_t user_size = sizeof user, password_size = sizeof password;
    const rd_kafka_conf_t *configuration = rd_kafka_conf(client);
    rd_kafka_conf_get(configuration, "sasl.username", user, &user_size);
    rd_kafka_conf_get(configuration, "sasl.password", password, &password_size);
    if (user_size > sizeof user || password_size > sizeof password) return;  // truncated they would differ
    rd_kafka_error_t *error = rd_kafka_sasl_set_credentials(client, user, password);
    if (error) rd_kafka_error_destroy(error);
}

int rdkafka_set_fetch_wait(rd_kafka_t *client, int milliseconds) {
    char text[16], words[256];
    snprintf(text, sizeof text, "%d", milliseconds);
    rd_kafka_conf_t *configuration = (rd_kafka_conf_t *)(uintptr_t)rd_kafka_conf(client);
    return rd_kafka_conf_set(configuration, "fetch.wait.max.ms", text, words, sizeof words) == RD_KAFKA_CONF_OK;
}

void rdkafka_mock_push_error(rd_kafka_mock_cluster_t *cluster, int16_t api_key, rd_kafka_resp_err_t code,
                             size_t count) {
    for (size_t i = 0; i < count; i++) rd_kafka_mock_push_request_errors_array(cluster, api_key, 1, &code);
}
