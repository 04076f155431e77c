/* Who listens on a port of this machine, as the kernel tells it in /proc. */
#ifndef UNDERSTUDY_PORTHOLDER_H
#define UNDERSTUDY_PORTHOLDER_H

#include <stddef.h>
#include <stdint.h>

/* "python3, process 1234"; where only root may see the process: "a program of user 1000"; "" when
 * nobody listens there. Cut to fit. */
void portholder_find(uint16_t port, char *ret, size_t size);

#endif
