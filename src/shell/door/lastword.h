/*
 * Answers that are written past the HTTP library: to connections that it never gets, and to those
 * whose request it is still waiting for. Each ends its connection.
 */
#ifndef UNDERSTUDY_LASTWORD_H
#define UNDERSTUDY_LASTWORD_H

#include <stddef.h>

/* Said by a whole reply, too, where the library still takes one. */
#define LASTWORD_CROWD_MESSAGE                                                                     \
    "too many connections; try again in a second (see server.max_connections)"
#define LASTWORD_NO_ROOM_MESSAGE                                                                   \
    "no memory is left for request bodies; try again in a second (see server.max_body_total)"

#define LASTWORD_ERROR(message, type, code)                                                        \
    "{\"error\":{\"message\":\"" message "\",\"type\":\"" type                                     \
    "\",\"param\":null,\"code\":\"" code "\"}}"

/* id, status, further fields, body; NULL = the answer to a HEAD. */
#define LASTWORD_TABLE(X)                                                                          \
    X(TOO_SLOW, "408 Request Timeout", "x-should-retry: false\r\n",                                \
      LASTWORD_ERROR("the request did not come in time (see server.header_timeout, "               \
                     "body_timeout)",                                                              \
                     "timeout", "timeout"))                                                        \
    X(STOPPING, "503 Service Unavailable", "Retry-After: 1\r\nx-should-retry: false\r\n",          \
      LASTWORD_ERROR("the daemon is stopping; try again in a moment", "shutting_down",             \
                     "shutting_down"))                                                             \
    X(CROWD, "503 Service Unavailable", "Retry-After: 1\r\nx-should-retry: false\r\n",             \
      LASTWORD_ERROR(LASTWORD_CROWD_MESSAGE, "overloaded", "max_connections"))                     \
    X(NO_DESCRIPTORS, "503 Service Unavailable", "Retry-After: 1\r\nx-should-retry: false\r\n",    \
      LASTWORD_ERROR("out of file descriptors; try again in a second (see LimitNOFILE)",           \
                     "overloaded", "max_descriptors"))                                             \
    X(NO_ROOM, "503 Service Unavailable", "Retry-After: 1\r\nx-should-retry: false\r\n",           \
      LASTWORD_ERROR(LASTWORD_NO_ROOM_MESSAGE, "overloaded", "max_body_total"))                    \
    X(NO_MEMORY, "503 Service Unavailable", "Retry-After: 1\r\nx-should-retry: false\r\n",         \
      LASTWORD_ERROR("no memory is left for the answer; try again in a second", "overloaded",      \
                     "out_of_memory"))                                                             \
    X(LARGE_HEAD, "431 Request Header Fields Too Large", "x-should-retry: false\r\n",              \
      LASTWORD_ERROR("the request's line and header fields are larger than 16384 bytes together, " \
                     "or too many to be answered",                                                 \
                     "invalid_request_error", "headers_too_large"))                                \
    X(HEALTHY, "200 OK", "Cache-Control: no-store\r\n", "{\"status\":\"ok\"}")                     \
    X(HEALTHY_HEAD, "200 OK", "Cache-Control: no-store\r\n", NULL)

enum lastword {
#define X(id, status, fields, body) LASTWORD_##id,
    LASTWORD_TABLE(X)
#undef X
};

/* Sends it without waiting; what the socket does not take is lost. */
void lastword_send(int fd, enum lastword what);

/*
 * For who is one too many: /healthz is answered, all else gets otherwise. -1: what has come so far
 * does not tell. Only the request line is looked at.
 */
int lastword_for(const char *bytes, size_t len, enum lastword otherwise);

#endif
