#pragma once

#include <avro.h>

/* libavro reaches a value's methods by macros, which Swift cannot see. */

static inline void avroshim_release_interface(avro_value_iface_t *interface) { avro_value_iface_decref(interface); }
static inline void avroshim_release_schema(avro_schema_t schema) { avro_schema_decref(schema); }
static inline avro_type_t avroshim_type(const avro_value_t *value) { return avro_value_get_type(value); }
static inline avro_schema_t avroshim_schema(const avro_value_t *value) { return avro_value_get_schema(value); }

static inline int avroshim_get_boolean(const avro_value_t *value, int *out) {
    return avro_value_get_boolean(value, out);
}
static inline int avroshim_get_int(const avro_value_t *value, int32_t *out) { return avro_value_get_int(value, out); }
static inline int avroshim_get_long(const avro_value_t *value, int64_t *out) { return avro_value_get_long(value, out); }
static inline int avroshim_get_float(const avro_value_t *value, float *out) { return avro_value_get_float(value, out); }
static inline int avroshim_get_double(const avro_value_t *value, double *out) {
    return avro_value_get_double(value, out);
}
static inline int avroshim_get_bytes(const avro_value_t *value, const void **out, size_t *size) {
    return avro_value_get_bytes(value, out, size);
}
static inline int avroshim_get_fixed(const avro_value_t *value, const void **out, size_t *size) {
    return avro_value_get_fixed(value, out, size);
}
static inline int avroshim_get_enum(const avro_value_t *value, int *out) { return avro_value_get_enum(value, out); }
/* The size counts the final NUL. */
static inline int avroshim_get_string(const avro_value_t *value, const char **out, size_t *size) {
    return avro_value_get_string(value, out, size);
}
static inline int avroshim_get_size(const avro_value_t *value, size_t *out) { return avro_value_get_size(value, out); }
static inline int avroshim_get_by_index(const avro_value_t *value, size_t index, avro_value_t *child,
                                        const char **name) {
    return avro_value_get_by_index(value, index, child, name);
}
static inline int avroshim_get_discriminant(const avro_value_t *value, int *out) {
    return avro_value_get_discriminant(value, out);
}
static inline int avroshim_get_current_branch(const avro_value_t *value, avro_value_t *branch) {
    return avro_value_get_current_branch(value, branch);
}

static inline int avroshim_set_null(avro_value_t *value) { return avro_value_set_null(value); }
static inline int avroshim_set_boolean(avro_value_t *value, int set) { return avro_value_set_boolean(value, set); }
static inline int avroshim_set_int(avro_value_t *value, int32_t set) { return avro_value_set_int(value, set); }
static inline int avroshim_set_long(avro_value_t *value, int64_t set) { return avro_value_set_long(value, set); }
static inline int avroshim_set_float(avro_value_t *value, float set) { return avro_value_set_float(value, set); }
static inline int avroshim_set_double(avro_value_t *value, double set) { return avro_value_set_double(value, set); }
static inline int avroshim_set_bytes(avro_value_t *value, const void *bytes, size_t size) {
    return avro_value_set_bytes(value, (void *)bytes, size);
}
static inline int avroshim_set_fixed(avro_value_t *value, const void *bytes, size_t size) {
    return avro_value_set_fixed(value, (void *)bytes, size);
}
/* The size counts the final NUL. */
static inline int avroshim_set_string(avro_value_t *value, const char *text, size_t size) {
    return avro_value_set_string_len(value, (char *)text, size);
}
static inline int avroshim_set_enum(avro_value_t *value, int set) { return avro_value_set_enum(value, set); }
static inline int avroshim_append(avro_value_t *value, avro_value_t *child) {
    return avro_value_append(value, child, NULL);
}
static inline int avroshim_add(avro_value_t *value, const char *key, avro_value_t *child) {
    return avro_value_add(value, key, child, NULL, NULL);
}
static inline int avroshim_set_branch(avro_value_t *value, int index, avro_value_t *branch) {
    return avro_value_set_branch(value, index, branch);
}
