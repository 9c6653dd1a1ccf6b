#pragma once

#include <pthread.h>

/// Names the calling thread, as `top -H` and core files show it. The kernel truncates the name to 15 bytes.
void posix_name_thread(const char *name);

/// The thread's own CPU time in nanoseconds (CLOCK_THREAD_CPUTIME_ID).
long long posix_thread_cpu_nanoseconds(void);

/// Keeps the heap small: two arenas instead of eight per core, and freed large blocks return to the kernel.
void posix_bound_heap(void);

/// Freed blocks of up to this many bytes stay in the heap, and as much in total: for programs that allocate and free
/// large buffers all the time, which the kernel would otherwise clear each time.
void posix_keep_heap(int bytes);

/// Exchanges two files or folders of one file system atomically. 0, or -1 and errno: EINVAL if the file system does not
/// support it.
int posix_exchange(const char *one, const char *other);

/// Resident bytes of the process; 0 if unknown.
long long posix_resident_bytes(void);

/// Returns free pages of the heap to the kernel.
void posix_trim_heap(void);
