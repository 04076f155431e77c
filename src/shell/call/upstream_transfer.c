/*
 * A call as libcurl's own transfer. What it needs beyond a connection is set here, and what it
 * must not do by itself is stopped: it would send a request again where a kept connection broke.
 */
#include <string.h>

#include "base/alloc.h"
#include "call/upstream_impl.h"

/* libcurl 8.1.1 forgets the fields of the answer before: its "headers: clear (possibly) lingering
 * pointer in init". */
#define HEADS_LEFT_BEFORE 0x080101u

/* Asked before the request goes onto a connection; a second time means libcurl sends it again. */
static int on_send(void *arg, char *peer, char *local, int peer_port, int local_port)
{
    struct upstream_call *call = arg;
    (void)peer, (void)local, (void)peer_port, (void)local_port;
    call->sent = true;
    return call->easy->sends++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static bool take_head(struct upstream_call *call, struct text piece)
{
    long status = 0;
    (void)curl_easy_getinfo(call->easy->handle, CURLINFO_RESPONSE_CODE, &status);
    switch (upstream_head_add(&call->head, piece, status)) {
    case UPSTREAM_HEAD_MORE:
        return true;
    case UPSTREAM_HEAD_WHOLE:
        call->easy->answered = true;
        call->events.head(call->arg);
        return true;
    case UPSTREAM_HEAD_REFUSED:
        break;
    }
    call->easy->head_refused = true;
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

static void on_over(void *arg, enum transport transport)
{
    struct upstream_call *call = arg;
    call->proxy_status = curleasy_proxy_status(call->easy);
    if (!call->left && (transport == TRANSPORT_RESET || transport == TRANSPORT_SEND))
        upstream_transfer_doubt(call);
    upstream_call_end(call, transport, call->easy->detail);
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
    CURL *handle = call->easy->handle;
    (void)curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(handle, CURLOPT_WRITEDATA, call);
    if (call->upstream->heads_first) {
        (void)curl_easy_setopt(handle, CURLOPT_HEADER, 1L);
        return;
    }
    (void)curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_head);
    (void)curl_easy_setopt(handle, CURLOPT_HEADERDATA, call);
}

static void set_body(CURL *handle, const struct upstream_request *request)
{
    if (strcmp(request->method, "HEAD") == 0) {
        (void)curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
        return;
    }
    if (request->body.at) {
        (void)curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        (void)curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request->body.at);
    }
    (void)curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
}

static void add_header(struct curl_slist **headers, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*headers, line);
    if (!longer)
        alloc_failed();
    *headers = longer;
}

static struct curl_slist *list_of(const struct buf *headers)
{
    static const char no_expect[] = "Expect:"; /* else bodies over 1 MiB wait a second for a 100 */
    struct curl_slist *list = NULL;
    add_header(&list, no_expect);
    const char *end = headers->data + headers->len;
    for (const char *line = headers->data; line && line < end; line += strlen(line) + 1)
        add_header(&list, line);
    return list;
}

/* libcurl since 8.8 leaves out a '?' with nothing behind it; a target that ends so is given as it
 * is. */
static void set_target(CURL *handle, const struct upstream_request *request)
{
    const char *url = request->url, *authority = strstr(url, "://");
    const char *path = authority ? strchr(authority + 3, '/') : NULL;
    /* On the way to an HTTP proxy the request line holds the whole address. */
    const char *target = upstream_way_asks_proxy(&request->way, url) ? url : path;
    bool ends_so = path && path[strlen(path) - 1] == '?';
    (void)curl_easy_setopt(handle, CURLOPT_REQUEST_TARGET, ends_so ? target : NULL);
}

void upstream_transfer_start(struct upstream_call *call, const struct upstream_request *request)
{
    const struct curleasy_plan plan = {
        .url = request->url, .way = &request->way, .over = on_over, .arg = call};
    call->easy = curleasy_new(&call->upstream->multi, &plan);
    CURL *handle = call->easy->handle;
    call->headers = list_of(request->headers);
    call->body_bytes = request->body.at ? request->body.len : 0;
    (void)curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, on_send);
    (void)curl_easy_setopt(handle, CURLOPT_PREREQDATA, call);
    (void)curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, request->own_connection ? 1L : 0L);
    (void)curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, request->own_connection ? 1L : 0L);
    (void)curl_easy_setopt(handle, CURLOPT_HTTPHEADER, call->headers);
    set_body(handle, request);
    set_target(handle, request);
    set_answer(call);
    curleasy_start(call->easy);
}

/* What a fresh connection does says nothing about those that are kept. */
void upstream_transfer_doubt(struct upstream_call *call)
{
    long fresh = 0;
    (void)curl_easy_getinfo(call->easy->handle, CURLINFO_NUM_CONNECTS, &fresh);
    if (call->sent && fresh == 0)
        upstream_connections_drop(&call->upstream->multi.connections,
                                  upstream_origin(call->easy->plan.url));
}

bool upstream_transfer_is_sent(const struct upstream_call *call)
{
    curl_off_t sent = 0;
    (void)curl_easy_getinfo(call->easy->handle, CURLINFO_SIZE_UPLOAD_T, &sent);
    return call->sent && sent >= (curl_off_t)call->body_bytes;
}

/* Of a stream of HTTP/2 that is cancelled, 7.88 tells nobody before it has more to send. */
void upstream_transfer_stop(struct upstream_call *call)
{
    if (call->running)
        (void)curl_easy_setopt(call->easy->handle, CURLOPT_FORBID_REUSE, 1L);
    curleasy_stop(call->easy);
}

/* A handle remembers the errno of a failure, and would tell it of the next one too. */
void upstream_transfer_done(struct upstream_call *call)
{
    curleasy_free(call->easy, call->transport == TRANSPORT_OK);
    call->easy = NULL;
    curl_slist_free_all(call->headers);
    call->headers = NULL;
}

bool upstream_transfer_heads_first(void)
{
    return curl_version_info(CURLVERSION_NOW)->version_num < HEADS_LEFT_BEFORE;
}
