/* See lastword.h. One row an answer. */
#include "door/lastword.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "text/count.h"

static const struct {
    const char *status;
    const char *fields;
    const char *body;
} rows[] = {
#define X(id, status, fields, body) {status, fields, body},
    LASTWORD_TABLE(X)
#undef X
};

void lastword_send(int fd, enum lastword what)
{
    char head[320], answer[1024];
    const char *body = rows[what].body ? rows[what].body : "";
    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                   "X-Content-Type-Options: nosniff\r\nConnection: close\r\n%s",
                   rows[what].status, rows[what].fields);
    int len = rows[what].body ? snprintf(answer, sizeof(answer), "%sContent-Length: %zu\r\n\r\n%s",
                                         head, strlen(body), body)
                              : snprintf(answer, sizeof(answer), "%s\r\n", head);
    (void)send(fd, answer, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* How much of line the bytes begin with: all of it, or all bytes that there are, or less. */
static size_t common(const char *bytes, size_t len, const char *line)
{
    size_t n = 0;
    while (n < len && line[n] && bytes[n] == line[n])
        n++;
    return n;
}

int lastword_for(const char *bytes, size_t len, enum lastword otherwise)
{
    static const struct {
        const char *line;
        enum lastword word;
    } probes[] = {{"GET /healthz", LASTWORD_HEALTHY}, {"HEAD /healthz", LASTWORD_HEALTHY_HEAD}};
    for (size_t i = 0; i < COUNT(probes); i++) {
        size_t whole = strlen(probes[i].line), same = common(bytes, len, probes[i].line);
        if (same == len)
            return -1;
        if (same == whole)
            return strchr(" ?/", bytes[whole]) && bytes[whole] ? (int)probes[i].word
                                                               : (int)otherwise;
    }
    return (int)otherwise;
}
