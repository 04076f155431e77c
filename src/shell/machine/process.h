/* This process: its name on the wire, what others may see of it, what the kernel says about it. */
#ifndef UNDERSTUDY_PROCESS_H
#define UNDERSTUDY_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* In the Via header of what we send, to notice a request that comes back. Set before any is sent.
 */
#define PROCESS_ID_MAX 32
extern char process_id[PROCESS_ID_MAX];

/*
 * First thing in main, as the process holds keys: nobody but root may look into it, no core is
 * written, and one that root makes has none of its memory. Standard descriptors that are closed are
 * opened on /dev/null, standard output so that writing to it fails.
 */
void process_protect(void);

/* Bytes of memory that are really there; -1 when the kernel does not tell. */
int64_t process_resident_bytes(void);

/* Open file descriptors, and how many may be: -1 when the kernel does not tell. */
int64_t process_open_fds(void);
int64_t process_max_fds(void);

/* Time that its threads were on a processor; -1 when the kernel does not tell. */
int64_t process_cpu_ms(void);

/* Does that errno say that no descriptor was left? And is one there now? */
bool process_wants_descriptors(int error);
bool process_has_descriptor(void);

/* Is root here only root of a container? By the marks of Docker, Podman, systemd, Kubernetes. */
bool process_in_container(void);

#endif
