#pragma once

#include <pthread.h>

/// Names the calling thread, as `top -H` and core files show it. The kernel takes 15 bytes; what is over is cut.
void posix_name_thread(const char *name);

/// The thread's own CPU time in nanoseconds (CLOCK_THREAD_CPUTIME_ID).
long long posix_thread_cpu_nanoseconds(void);

/// Keeps the heap near what is in use: two arenas instead of eight a core, and large blocks go back to the kernel when
/// freed.
void posix_bound_heap(void);

/// Blocks of up to so many bytes stay in the heap when freed, and so much of it is kept: for programs that take and
/// free large buffers all the time, which the kernel would otherwise clear anew each time.
void posix_keep_heap(int bytes);

/// Exchanges two files or folders of one file system in one step. 0, or -1 and errno: EINVAL where the file system
/// cannot.
int posix_exchange(const char *one, const char *other);

/// Bytes of the process that are in memory; 0 where that is not told.
long long posix_resident_bytes(void);

/// Gives free pages of the heap back to the kernel.
void posix_trim_heap(void);
