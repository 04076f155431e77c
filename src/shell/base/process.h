/* What the kernel lets others see of this process, and says about it (/metrics, /status). */
#ifndef UNDERSTUDY_PROCESS_H
#define UNDERSTUDY_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * First thing in main, as the process holds keys: nobody but root may look into it, and no core is
 * written. Standard descriptors that are closed are opened on /dev/null.
 */
void process_protect(void);

/* Bytes of memory that are really there; -1 when the kernel does not tell. */
int64_t process_resident_bytes(void);

/* Open file descriptors; -1 when the kernel does not tell. */
int64_t process_open_fds(void);

/* Is root here only root of a container? By the marks of Docker, Podman, systemd, Kubernetes. */
bool process_in_container(void);

#endif
