/*
 * A large body in pieces: sent at once, 60 MB are one system call of 17 ms, and given back at once
 * another 6 ms, for which all streams wait.
 */
#ifndef UNDERSTUDY_LARGE_REPLY_H
#define UNDERSTUDY_LARGE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

struct MHD_Response;

/* Is it worth it? One more copy, which costs less than the sending. */
bool large_reply_is(size_t len);

/* A response with that body, malloc'ed, which it takes.
 * NULL: memory is out, and the body is still the caller's. */
struct MHD_Response *large_reply_new(char *bytes, size_t len);

#endif
