/*
 * Plain sockets in a thread that has nothing else to do meanwhile. Each step waits until end_ms of
 * the monotonic clock and is -ETIMEDOUT then; but for names, which the C library looks up for as
 * long as it likes.
 */
#ifndef UNDERSTUDY_DIAL_H
#define UNDERSTUDY_DIAL_H

#include <stdint.h>
#include <sys/un.h>

#include "text/buf.h"

/* 0, or -ENAMETOOLONG. */
int dial_unix_address(const char *path, struct sockaddr_un *ret)
    __attribute__((warn_unused_result));

/* A connected socket that does not block, or -errno. One who accepts too slowly is waited for. */
int dial_unix(const char *path, int64_t end_ms) __attribute__((warn_unused_result));

/* The same; of the addresses of a name the first that can be connected to. */
int dial_tcp(const char *host, uint16_t port, int64_t end_ms) __attribute__((warn_unused_result));

/* 0 or -errno. */
int dial_send(int fd, struct text bytes, int64_t end_ms) __attribute__((warn_unused_result));

/* Until the other's end, or until answer is full. What came before a fault is an answer, too: 0. */
int dial_read(int fd, struct buf *answer, int64_t end_ms) __attribute__((warn_unused_result));

#endif
