#pragma once

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one typed inline for each kind of
// value.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

typedef size_t (*curl_shim_receiver)(char *_Nullable, size_t, size_t, void *_Nullable);
typedef int (*curl_shim_progress)(void *_Nullable, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

static inline CURLcode curl_set_long(void *_Nonnull handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_offset(void *_Nonnull handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_text(void *_Nonnull handle, CURLoption option, const char *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_pointer(void *_Nonnull handle, CURLoption option, const void *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_receiver(void *_Nonnull handle, CURLoption option, curl_shim_receiver _Nonnull value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_progress(void *_Nonnull handle, curl_shim_progress _Nonnull value) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, value);
}
static inline long curl_get_long(void *_Nonnull handle, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(handle, info, &value);
  return value;
}
