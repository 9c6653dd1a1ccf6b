#pragma once

// MHD_start_daemon and the info functions are variadic, which Swift cannot call.
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>

/// `options` ends with MHD_OPTION_END. They come first because an external logger must precede every other option.
static inline struct MHD_Daemon *_Nullable mhd_start(
    unsigned flags, MHD_AccessHandlerCallback _Nonnull handle, MHD_RequestCompletedCallback _Nonnull completed,
    void *_Nonnull context, const struct MHD_OptionItem *_Nonnull options) {
  return MHD_start_daemon(
      flags, 0, NULL, NULL, handle, context, MHD_OPTION_ARRAY, options, MHD_OPTION_NOTIFY_COMPLETED, completed,
      context, MHD_OPTION_END);
}

/// The port that the daemon listens on: the given one, or the free one that the system chose for port 0.
static inline uint16_t mhd_port(struct MHD_Daemon *_Nonnull daemon) {
    return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static inline void mhd_format(char *_Nonnull text, size_t size, const char *_Nonnull format, va_list arguments) {
    vsnprintf(text, size, format, arguments);
}
