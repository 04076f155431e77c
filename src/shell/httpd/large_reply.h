/*
 * A large body in pieces: sent at once, 60 MB are one system call of 17 ms, and given back at once
 * another 6 ms, for which all streams wait.
 */
#ifndef UNDERSTUDY_LARGE_REPLY_H
#define UNDERSTUDY_LARGE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

struct MHD_Response;

/* Is it so long that it would hold up the others? The price is one more copy: 31 % of the CPU time
 * of an answer of 10 MB. */
bool large_reply_is_due(size_t len);

/* A response with that body, malloc'ed, which it takes.
 * NULL: memory is out, and the body is still the caller's. */
struct MHD_Response *large_reply_new(char *bytes, size_t len);

#endif
