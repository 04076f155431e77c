/*
 * Loopback sockets and the clock, for the two programs of the benchmark. What fails here ends the
 * program with a message: there is nothing to measure then.
 */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <stdint.h>

/*
 * A non-blocking listening socket; port 0 lets the system choose. Sets *ret_port. address is that
 * of a machine as in "127.0.0.1", NULL for that one.
 */
int net_listen(const char *address, uint16_t port, uint16_t *ret_port);

/* A non-blocking socket whose connect to 127.0.0.1 is under way. */
int net_connect(uint16_t port);

/* Small writes are to leave at once, in both directions of the chain. */
void net_no_delay(int fd);

/* Puts a socket into an epoll, edge-triggered for everything, with its owner. */
void net_watch(int epoll_fd, int fd, void *owner);

/* CLOCK_MONOTONIC in microseconds: the same for all processes of one machine. */
int64_t net_now_us(void);

/* Thousands of sockets: raises the soft limit of descriptors to the hard one. */
void net_many_files(void);

/* Says what failed, with errno's text, and exits with 2. */
_Noreturn void net_die(const char *what);

#endif
