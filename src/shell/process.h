/* What the kernel says about this process, for /metrics and /status. */
#ifndef UNDERSTUDY_PROCESS_H
#define UNDERSTUDY_PROCESS_H

#include <stdint.h>

/* Bytes of memory that are really there; -1 when the kernel does not tell. */
int64_t process_resident_bytes(void);

/* Open file descriptors; -1 when the kernel does not tell. */
int64_t process_open_fds(void);

#endif
