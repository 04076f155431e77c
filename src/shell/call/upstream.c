/*
 *     upstream_start -> easy handle -> multi --socket callback--> watches in the loop
 *          ^                              \--timer callback----> one timer in the loop
 *          |                               \--info_read--------> end, from a task
 *     pool of idle calls <--- upstream_release <-- left calls, when they end
 *
 * libcurl forbids most of its functions inside its own callbacks. So callbacks store; the loop's
 * timer, watches and tasks act. A call that ends is taken out of the multi handle first and told to
 * its owner after that, when starting and cancelling are allowed again.
 */
#include "call/upstream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "call/upstream_impl.h"
#include "call/upstream_options.h"
#include "connect/curlcode.h"
#include "machine/process.h"

/* Idle easy handles kept for the next call: about 6 KB each. */
#define POOL_MAX 64
/* A response head larger than this is broken: libcurl itself stops at 300 KB. */
#define HEAD_MAX (256u << 10)
/* libcurl's receive buffer, one for each open transfer: small, there are thousands of streams. */
#define RECEIVE_BUFFER   4096L
#define CONNECTIONS_KEPT 256L
/* A call that is given up without an answer after so long makes its connection doubtful. */
#define SILENT_MS 1000

static void collect_ended(struct upstream *upstream);
static void on_left_too_long(struct loop_timer *timer);

static void act(struct upstream *upstream, curl_socket_t fd, int what)
{
    int running;
    upstream->inside = true;
    (void)curl_multi_socket_action(upstream->multi, fd, what, &running);
    upstream->inside = false;
    collect_ended(upstream);
}

static void on_ready(struct upstream_sockets *sockets, curl_socket_t fd, int what)
{
    act(OWNER(sockets, struct upstream, sockets), fd, what);
}

static struct upstream_call *call_of(CURL *easy)
{
    char *owner = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    return (struct upstream_call *)(void *)owner;
}

static void on_wanted(struct upstream_sockets *sockets, CURL *easy, curl_socket_t fd)
{
    struct upstream_call *call = call_of(easy);
    if (!call || call->fd == fd)
        return;
    call->fd = fd;
    upstream_connections_use(&OWNER(sockets, struct upstream, sockets)->connections, fd, call);
}

/*
 * libcurl 7.88 gives up an address that does not answer, takes the next one, and only opens its
 * socket when it is called for something else: often at the end of the time for connecting.
 */
static void on_dropped(struct upstream_sockets *sockets, CURL *easy)
{
    struct upstream_call *call = call_of(easy);
    if (call && call->running && call->sends == 0)
        loop_defer(sockets->loop, &call->prod);
}

/* A change of what is paused is what makes it look. */
static void prod(struct loop_task *task)
{
    const struct upstream_call *call = OWNER(task, struct upstream_call, prod);
    if (call->sends > 0)
        return;
    (void)curl_easy_pause(call->easy, CURLPAUSE_SEND);
    (void)curl_easy_pause(call->easy, CURLPAUSE_CONT);
}

static void on_due(struct loop_timer *timer)
{
    act(OWNER(timer, struct upstream, timer), CURL_SOCKET_TIMEOUT, 0);
}

/* 0 means "at once" but not from in here: the loop's next turn. */
static int on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
    struct upstream *upstream = arg;
    (void)multi;
    if (timeout_ms < 0)
        loop_timer_cancel(upstream->loop, &upstream->timer);
    else
        loop_timer_set(upstream->loop, &upstream->timer, loop_now_ms(upstream->loop) + timeout_ms);
    return 0;
}

static void take_out(struct upstream_call *call)
{
    if (!call->running)
        return;
    call->running = false;
    loop_undefer(call->upstream->loop, &call->prod);
    (void)curl_multi_remove_handle(call->upstream->multi, call->easy);
    upstream_connections_leave(&call->upstream->connections, call->fd, call);
    call->fd = CURL_SOCKET_BAD;
}

static void end(struct upstream_call *call, enum transport transport)
{
    call->transport = transport;
    loop_defer(call->upstream->loop, &call->over);
}

static void put_in(struct upstream_call *call)
{
    if (curl_multi_add_handle(call->upstream->multi, call->easy) == CURLM_OK)
        call->running = true;
    else
        end(call, TRANSPORT_INTERNAL);
}

static void on_name(struct upstream_name *name, enum transport transport)
{
    struct upstream_call *call = OWNER(name, struct upstream_call, name);
    if (transport == TRANSPORT_OK)
        put_in(call);
    else
        end(call, transport);
}

/* What a fresh connection does says nothing about those that are kept. */
void upstream_doubt(struct upstream_call *call)
{
    long fresh = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_NUM_CONNECTS, &fresh);
    if (call->sends > 0 && fresh == 0)
        upstream_connections_drop(&call->upstream->connections, upstream_origin(call->name.url));
}

static void note_end(struct upstream_call *call, CURLcode code)
{
    if (upstream_name_wanted(&call->name)) {
        take_out(call);
        upstream_name_look_up(&call->name);
        return;
    }
    /* The file of certificates takes a descriptor, too, beside the socket; what cannot be read was
     * there when the settings were. */
    bool no_file = code == CURLE_SSL_CACERT_BADFILE && !process_has_descriptor();
    struct curl_ending ending = {.code = code,
                                 .sent = call->sends > 0,
                                 .answered = call->head.status != 0,
                                 .connect_status = upstream_call_proxy_status(call),
                                 .by_proxy = call->name.proxy != NULL,
                                 .head_refused = call->head_refused,
                                 .no_descriptor = call->no_descriptor || no_file};
    (void)curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &ending.os_errno);
    enum transport transport = transport_of_curl(&ending);
    /* One that was left had its answer, and may have outlived its owner's url. */
    if (!call->left && (transport == TRANSPORT_RESET || transport == TRANSPORT_SEND))
        upstream_doubt(call);
    take_out(call);
    end(call, transport);
}

static void collect_ended(struct upstream *upstream)
{
    const CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(upstream->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        note_end(call_of(message->easy_handle), code);
    }
}

static void end_left(struct upstream_call *call)
{
    call->left = false;
    loop_timer_cancel(call->upstream->loop, &call->limit);
    LIST_TAKE(call, in_left);
    if (call->released)
        upstream_release(call);
}

static void tell_end(struct loop_task *task)
{
    struct upstream_call *call = OWNER(task, struct upstream_call, over);
    if (call->left)
        end_left(call);
    else
        call->events.end(call->arg, call->transport);
}

/*
 * False: it still has a buffer, as after a transfer that was stopped before it had a connection. A
 * reset makes it forget that buffer's size, and libcurl would read past its end.
 */
static bool set_buffer(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER) == CURLE_OK;
}

static struct upstream_call *call_new(struct upstream *upstream)
{
    struct upstream_call *call = upstream->pool;
    if (call) {
        upstream->pool = call->next;
        upstream->pooled--;
    } else {
        call = xcalloc(1, sizeof(*call));
        call->easy = curl_easy_init();
        buf_init_secret(&call->head.lines, HEAD_MAX);
        if (!call->easy || !set_buffer(call->easy))
            alloc_failed();
    }
    call->upstream = upstream;
    call->era = upstream->era;
    call->released = false;
    call->fd = CURL_SOCKET_BAD;
    call->limit.due = on_left_too_long;
    call->over.run = tell_end;
    call->prod.run = prod;
    return call;
}

static void call_free(struct upstream_call *call)
{
    curl_easy_cleanup(call->easy);
    buf_done(&call->head.lines);
    free(call);
}

void upstream_release(struct upstream_call *call)
{
    struct upstream *upstream = call->upstream;
    call->released = true;
    if (call->left)
        return;
    assert(!call->running);
    curl_slist_free_all(call->headers);
    call->headers = NULL;
    upstream_name_done(&call->name);
    /* A handle remembers the errno of a failure, and would tell it of the next one too. */
    bool again = call->transport == TRANSPORT_OK && call->era == upstream->era &&
                 upstream->pooled < POOL_MAX;
    if (again)
        curl_easy_reset(call->easy);
    if (!again || !set_buffer(call->easy)) {
        call_free(call);
        return;
    }
    buf_reset(&call->head.lines);
    call->head.status = 0;
    call->head_refused = false;
    call->no_descriptor = false;
    call->sends = 0;
    call->detail[0] = '\0';
    call->next = upstream->pool;
    upstream->pool = call;
    upstream->pooled++;
}

static void cut(struct upstream_call *call)
{
    int64_t age_ms = loop_now_ms(call->upstream->loop) - call->name.begun_at_ms;
    assert(!call->upstream->inside);
    /* Nobody waits for it any more, and no byte has come: it may be the path. */
    if (call->running && call->head.status == 0 && age_ms >= SILENT_MS)
        upstream_doubt(call);
    /* Of a stream of HTTP/2 that is cancelled, 7.88 tells nobody before it has more to send. */
    if (call->running)
        (void)curl_easy_setopt(call->easy, CURLOPT_FORBID_REUSE, 1L);
    take_out(call);
    upstream_name_leave(&call->name);
    loop_undefer(call->upstream->loop, &call->over);
}

void upstream_stop(struct upstream_call *call)
{
    if (!call->left)
        cut(call);
}

static void on_left_too_long(struct loop_timer *timer)
{
    struct upstream_call *call = OWNER(timer, struct upstream_call, limit);
    cut(call);
    end_left(call);
}

void upstream_leave(struct upstream_call *call, int64_t within_ms)
{
    struct upstream *upstream = call->upstream;
    curl_off_t sent = 0;
    if (call->left)
        return;
    (void)curl_easy_getinfo(call->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    /* The body is the owner's: what is still to be sent of it would be read after it is gone. */
    if (!call->running || call->sends == 0 || sent < (curl_off_t)call->body_bytes) {
        cut(call);
        return;
    }
    call->left = true;
    LIST_ADD(&upstream->left, call, in_left);
    loop_timer_set(upstream->loop, &call->limit, loop_now_ms(upstream->loop) + within_ms);
}

void upstream_unpause(struct upstream_call *call)
{
    struct upstream *upstream = call->upstream;
    assert(!upstream->inside);
    if (!call->running)
        return;
    upstream->inside = true;
    (void)curl_easy_pause(call->easy, CURLPAUSE_CONT);
    upstream->inside = false;
    collect_ended(upstream);
}

struct upstream_call *upstream_start(struct upstream *upstream,
                                     const struct upstream_request *request)
{
    assert(!upstream->inside);
    int64_t now_ms = loop_now_ms(upstream->loop);
    struct upstream_call *call = call_new(upstream);
    call->events = *request->events;
    call->arg = request->arg;
    call->body_bytes = request->body.at ? request->body.len : 0;
    upstream_rules_set(call);
    call->name.over = on_name;
    call->name.loop = upstream->loop;
    call->name.lookups = upstream->lookups;
    call->name.easy = call->easy;
    call->name.detail = call->detail;
    call->name.url = request->url;
    call->name.proxy = request->way.proxy;
    call->name.connect_timeout_ms = request->way.connect_timeout_ms;
    call->name.begun_at_ms = now_ms;
    /* libcurl counts whole seconds; a name that is looked up for this call is kept, too
     * (upstream_name.c). */
    int64_t kept_s = (now_ms - upstream->names_from_ms) / 1000;
    (void)curl_easy_setopt(call->easy, CURLOPT_DNS_CACHE_TIMEOUT,
                           kept_s < NAMES_KEPT_S ? (long)kept_s : NAMES_KEPT_S);
    upstream_certificates_set(&upstream->certificates, call->easy, request->way.ca_file, now_ms);
    /* With libcurl only from here on: what goes wrong is told as any end, never from in here. */
    if (upstream_options_set(request, call->easy, &call->headers))
        put_in(call);
    else
        end(call, TRANSPORT_INTERNAL);
    return call;
}

void upstream_woke(struct upstream *upstream)
{
    upstream_connections_drop(&upstream->connections, (struct text){0});
    upstream->names_from_ms = loop_now_ms(upstream->loop);
    lookups_forget(upstream->lookups);
}

void upstream_read_certificates_anew(struct upstream *upstream)
{
    upstream_certificates_renew(&upstream->certificates, loop_now_ms(upstream->loop));
}

const struct upstream_head *upstream_call_head(const struct upstream_call *call)
{
    return &call->head;
}

const char *upstream_call_detail(const struct upstream_call *call)
{
    return call->detail;
}

int upstream_call_proxy_status(const struct upstream_call *call)
{
    long status = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return (int)status;
}

bool upstream_call_sent(const struct upstream_call *call)
{
    return call->sends > 0;
}

struct upstream *upstream_new(struct loop *loop)
{
    struct upstream *upstream = xcalloc(1, sizeof(*upstream));
    upstream->loop = loop;
    upstream->timer.due = on_due;
    upstream->heads_first = upstream_rules_heads_first();
    upstream->multi = curl_multi_init();
    if (!upstream->multi) {
        free(upstream);
        return NULL;
    }
    upstream->lookups = lookups_new(loop);
    upstream->names_from_ms = loop_now_ms(loop) - NAMES_KEPT_S * 1000;
    upstream_certificates_init(&upstream->certificates, loop_now_ms(loop));
    upstream->sockets.ready = on_ready;
    upstream->sockets.wanted = on_wanted;
    upstream->sockets.dropped = on_dropped;
    upstream_sockets_init(&upstream->sockets, loop, upstream->multi);
    (void)curl_multi_setopt(upstream->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    (void)curl_multi_setopt(upstream->multi, CURLMOPT_TIMERDATA, upstream);
    (void)curl_multi_setopt(upstream->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
    /* One request at a time on a connection, of HTTP/2 too: what becomes of it concerns no other.
     */
    (void)curl_multi_setopt(upstream->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return upstream;
}

struct loop *upstream_loop(const struct upstream *upstream)
{
    return upstream->loop;
}

void upstream_forget(struct upstream *upstream)
{
    upstream->era++;
    upstream->pooled = 0;
    while (upstream->pool) {
        struct upstream_call *call = upstream->pool;
        upstream->pool = call->next;
        call_free(call);
    }
}

void upstream_free(struct upstream *upstream)
{
    if (!upstream)
        return;
    while (upstream->left) {
        struct upstream_call *call = upstream->left;
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): end_left took the one before out */
        call->released = true;
        cut(call);
        end_left(call);
    }
    upstream_forget(upstream);
    lookups_free(upstream->lookups);
    (void)curl_multi_cleanup(upstream->multi);
    upstream_connections_done(&upstream->connections);
    loop_timer_cancel(upstream->loop, &upstream->timer);
    upstream_sockets_done(&upstream->sockets);
    free(upstream);
}
