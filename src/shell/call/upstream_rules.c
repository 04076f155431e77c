/* What libcurl is told for every call, and what it asks while one is under way. */
#include <errno.h>

#include "call/upstream_impl.h"
#include "machine/process.h"

/* An idle connection older than this is not used again: providers close theirs after 30 s and more.
 */
#define IDLE_MAX_S 25L
#define LIFE_MAX_S 300L
/* libcurl 8.1.1 forgets the fields of the answer before: its "headers: clear (possibly) lingering
 * pointer in init". */
#define HEADS_LEFT_BEFORE 0x080101u

/* Asked before the request goes onto a connection; a second time means libcurl sends it again. */
static int on_send(void *arg, char *peer, char *local, int peer_port, int local_port)
{
    struct upstream_call *call = arg;
    (void)peer, (void)local, (void)peer_port, (void)local_port;
    return call->sends++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* Where a kept connection broke it would connect again, only to be told not to send once more. */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct upstream_call *call = arg;
    (void)purpose;
    if (call->sends > 0)
        return CURL_SOCKET_BAD;
    curl_socket_t fd = upstream_connections_open(&call->upstream->connections,
                                                 upstream_origin(call->name.url), address);
    call->no_descriptor = fd == CURL_SOCKET_BAD && process_wants_descriptors(errno);
    return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
    struct upstream *upstream = arg;
    return upstream_connections_close(&upstream->connections, fd);
}

/* Asked before a look-up; 1 ends the transfer. What was sent is not to be sent once more. */
static int on_resolve(void *resolver, void *reserved, void *arg)
{
    struct upstream_call *call = arg;
    (void)resolver, (void)reserved;
    return call->sends > 0 || upstream_name_want(&call->name) ? 1 : 0;
}

static bool take_head(struct upstream_call *call, struct text piece)
{
    long status = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    switch (upstream_head_add(&call->head, piece, status)) {
    case UPSTREAM_HEAD_MORE:
        return true;
    case UPSTREAM_HEAD_WHOLE:
        call->events.head(call->arg);
        return true;
    case UPSTREAM_HEAD_REFUSED:
        break;
    }
    call->head_refused = true;
    return false;
}

static size_t on_head(char *bytes, size_t size, size_t count, void *arg)
{
    struct upstream_call *call = arg;
    size_t len = size * count;
    if (call->head.status != 0) /* a trailer field: it has no place to go */
        return len;
    return take_head(call, text_make(bytes, len)) ? len : 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct upstream_call *call = arg;
    size_t len = size * count;
    if (call->left)
        return len;
    if (call->upstream->heads_first && call->head.status == 0)
        return take_head(call, text_make(bytes, len)) ? len : 0;
    switch (call->events.body(call->arg, text_make(bytes, len))) {
    case UPSTREAM_TAKEN:
        return len;
    case UPSTREAM_PAUSE:
        return CURL_WRITEFUNC_PAUSE;
    case UPSTREAM_STOP:
        break;
    }
    return len == 0 ? 1 : 0;
}

/*
 * Up to 8.1.0 libcurl keeps a pointer to the last field of the answer before when a handle is used
 * again, and a folded line in front of the first field is put behind that: into memory that is
 * free. So each line has to be seen before libcurl looks at it. Of all callbacks only the body's
 * comes so early, and has the head's lines too where that is asked for; what it refuses is read no
 * further.
 */
static void set_answer(struct upstream_call *call)
{
    CURL *easy = call->easy;
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    if (call->upstream->heads_first) {
        (void)curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
        return;
    }
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
}

/* What every request has in common. Certificates are always verified: that is libcurl's default. */
void upstream_rules_set(struct upstream_call *call)
{
    CURL *easy = call->easy;
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a hung resolver must not be joined */
    (void)curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
    (void)curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
    (void)curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, LIFE_MAX_S);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->detail);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, call->upstream);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    /* What a proxy says before it lets us through is no part of the answer. */
    (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set_answer(call);
}

bool upstream_rules_heads_first(void)
{
    return curl_version_info(CURLVERSION_NOW)->version_num < HEADS_LEFT_BEFORE;
}
