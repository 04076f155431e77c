/*
 *     curleasy_start -> multi --socket callback--> watches in the loop
 *          ^              \--timer callback----> one timer in the loop
 *          |               \--info_read--------> over, from a task
 *     pool of handles <- curleasy_free
 *
 * libcurl forbids most of its functions inside its own callbacks. So callbacks store; the loop's
 * timer, watches and tasks act. What ends is taken out of the multi handle first and told to its
 * owner after that, when starting and stopping are allowed again.
 */
#include "connect/curlmulti.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "connect/curlcode.h"
#include "machine/process.h"

/* Idle easy handles kept for the next ones: about 6 KB each. */
#define POOL_MAX 64
/* libcurl's receive buffer, one for each open transfer and TLS connection. */
#define RECEIVE_BUFFER 4096L
/* Of connections that are ours to keep, libcurl is to judge neither. */
#define NEVER_S (10L * 365 * 86400)

static struct curleasy *easy_of(CURL *handle)
{
    char *owner = NULL;
    (void)curl_easy_getinfo(handle, CURLINFO_PRIVATE, &owner);
    return (struct curleasy *)(void *)owner;
}

static void take_out(struct curleasy *easy)
{
    struct curlmulti *multi = easy->multi;
    if (!easy->running)
        return;
    easy->running = false;
    loop_undefer(multi->loop, &easy->prod);
    (void)curl_multi_remove_handle(multi->handle, easy->handle);
    upstream_connections_leave(&multi->connections, easy->fd, easy);
    easy->fd = CURL_SOCKET_BAD;
}

void curleasy_fail(struct curleasy *easy, enum transport transport)
{
    easy->transport = transport;
    loop_defer(easy->multi->loop, &easy->ended);
}

void curleasy_start(struct curleasy *easy)
{
    assert(!easy->multi->inside);
    if (!easy->unfit && curl_multi_add_handle(easy->multi->handle, easy->handle) == CURLM_OK)
        easy->running = true;
    else
        curleasy_fail(easy, TRANSPORT_INTERNAL);
}

static void on_name(struct upstream_name *name, enum transport transport)
{
    struct curleasy *easy = OWNER(name, struct curleasy, name);
    if (transport == TRANSPORT_OK)
        curleasy_start(easy);
    else
        curleasy_fail(easy, transport);
}

static void on_ended(struct loop_task *task)
{
    const struct curleasy *easy = OWNER(task, struct curleasy, ended);
    easy->plan.over(easy->plan.arg, easy->transport);
}

static void note_end(struct curleasy *easy, CURLcode code)
{
    if (upstream_name_wanted(&easy->name)) {
        take_out(easy);
        upstream_name_look_up(&easy->name);
        return;
    }
    /* The file of certificates takes a descriptor, too, beside the socket; what cannot be read was
     * there when the settings were. */
    bool no_file = code == CURLE_SSL_CACERT_BADFILE && !process_has_descriptor();
    bool made = easy->plan.connects && code == CURLE_OK;
    struct curl_ending ending = {.code = code,
                                 .sent = easy->sends > 0,
                                 .answered = easy->answered || made,
                                 .connect_status = curleasy_proxy_status(easy),
                                 .by_proxy = easy->name.proxy != NULL,
                                 .head_refused = easy->head_refused,
                                 .no_descriptor = easy->no_descriptor || no_file};
    (void)curl_easy_getinfo(easy->handle, CURLINFO_OS_ERRNO, &ending.os_errno);
    enum transport transport = made ? TRANSPORT_OK : transport_of_curl(&ending);
    if (!made)
        take_out(easy);
    curleasy_fail(easy, transport);
}

static void collect_ended(struct curlmulti *multi)
{
    const CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi->handle, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        note_end(easy_of(message->easy_handle), code);
    }
}

static void act(struct curlmulti *multi, curl_socket_t fd, int what)
{
    int running;
    multi->inside = true;
    (void)curl_multi_socket_action(multi->handle, fd, what, &running);
    multi->inside = false;
    collect_ended(multi);
}

static void on_ready(struct upstream_sockets *sockets, curl_socket_t fd, int what)
{
    act(OWNER(sockets, struct curlmulti, sockets), fd, what);
}

static void on_wanted(struct upstream_sockets *sockets, CURL *handle, curl_socket_t fd)
{
    struct curleasy *easy = easy_of(handle);
    if (!easy || easy->fd == fd)
        return;
    easy->fd = fd;
    upstream_connections_use(&OWNER(sockets, struct curlmulti, sockets)->connections, fd, easy);
}

/*
 * libcurl 7.88 gives up an address that does not answer, takes the next one, and only opens its
 * socket when it is called for something else: often at the end of the time for connecting.
 */
static void on_dropped(struct upstream_sockets *sockets, CURL *handle)
{
    struct curleasy *easy = easy_of(handle);
    if (easy && easy->running && easy->sends == 0)
        loop_defer(sockets->loop, &easy->prod);
}

/* A change of what is paused is what makes it look. */
static void prod(struct loop_task *task)
{
    const struct curleasy *easy = OWNER(task, struct curleasy, prod);
    if (easy->sends > 0 || easy->ended.queued)
        return;
    (void)curl_easy_pause(easy->handle, CURLPAUSE_SEND);
    (void)curl_easy_pause(easy->handle, CURLPAUSE_CONT);
}

static void on_due(struct loop_timer *timer)
{
    act(OWNER(timer, struct curlmulti, timer), CURL_SOCKET_TIMEOUT, 0);
}

/* 0 means "at once" but not from in here: the loop's next turn. */
static int on_timeout(CURLM *handle, long timeout_ms, void *arg)
{
    struct curlmulti *multi = arg;
    (void)handle;
    if (timeout_ms < 0)
        loop_timer_cancel(multi->loop, &multi->timer);
    else
        loop_timer_set(multi->loop, &multi->timer, loop_now_ms(multi->loop) + timeout_ms);
    return 0;
}

/* Where a kept connection broke it would connect again, only to be told not to send once more. */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct curleasy *easy = arg;
    (void)purpose;
    if (easy->sends > 0)
        return CURL_SOCKET_BAD;
    curl_socket_t fd = upstream_connections_open(&easy->multi->connections,
                                                 upstream_origin(easy->plan.url), address);
    easy->no_descriptor = fd == CURL_SOCKET_BAD && process_wants_descriptors(errno);
    return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
    struct curlmulti *multi = arg;
    return upstream_connections_close(&multi->connections, fd);
}

/* Asked before a look-up; 1 ends the transfer. What was sent is not to be sent once more. */
static int on_resolve(void *resolver, void *reserved, void *arg)
{
    struct curleasy *easy = arg;
    (void)resolver, (void)reserved;
    return easy->sends > 0 || upstream_name_want(&easy->name) ? 1 : 0;
}

/* What all have in common. Certificates are always verified: that is libcurl's default. */
static void set_rules(struct curleasy *easy)
{
    CURL *handle = easy->handle;
    (void)curl_easy_setopt(handle, CURLOPT_PRIVATE, easy);
    (void)curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L); /* a hung resolver is not joined */
    (void)curl_easy_setopt(handle, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
    (void)curl_easy_setopt(handle, CURLOPT_RESOLVER_START_DATA, easy);
    (void)curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, easy->detail);
    (void)curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, on_open);
    (void)curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, easy);
    (void)curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    (void)curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, easy->multi);
    bool connects = easy->plan.connects;
    (void)curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, connects ? 1L : 0L);
    (void)curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN,
                           connects ? NEVER_S : (long)UPSTREAM_IDLE_MAX_S);
    (void)curl_easy_setopt(handle, CURLOPT_MAXLIFETIME_CONN,
                           connects ? 0L : (long)UPSTREAM_LIFE_MAX_S);
    (void)curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, connects ? 1L : 0L);
}

static void set_way(CURL *handle, const struct upstream_way *way)
{
    (void)curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, way->unix_socket);
    (void)curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)way->connect_timeout_ms);
    /* "" and not unset: unset would read http_proxy of the environment, which catches localhost. */
    (void)curl_easy_setopt(handle, CURLOPT_PROXY, way->proxy ? way->proxy : "");
    /* Unset would read no_proxy, and go past the proxy that the settings name. */
    (void)curl_easy_setopt(handle, CURLOPT_NOPROXY, "");
    /* What a proxy says before it lets us through is no part of the answer. */
    (void)curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    (void)curl_easy_setopt(handle, CURLOPT_HTTP_VERSION,
                           way->http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
}

static void set_name(struct curleasy *easy)
{
    const struct curlmulti *multi = easy->multi;
    int64_t now_ms = loop_now_ms(multi->loop);
    easy->name.over = on_name;
    easy->name.loop = multi->loop;
    easy->name.lookups = multi->lookups;
    easy->name.easy = easy->handle;
    easy->name.detail = easy->detail;
    easy->name.url = easy->plan.url;
    easy->name.proxy = easy->plan.way->proxy;
    easy->name.connect_timeout_ms = easy->plan.way->connect_timeout_ms;
    easy->name.begun_at_ms = now_ms;
    /* libcurl counts whole seconds; a name that is looked up for this call is kept, too
     * (upstream_name.c). */
    int64_t kept_s = (now_ms - multi->names_from_ms) / 1000;
    (void)curl_easy_setopt(easy->handle, CURLOPT_DNS_CACHE_TIMEOUT,
                           kept_s < NAMES_KEPT_S ? (long)kept_s : NAMES_KEPT_S);
}

/*
 * False: it still has a buffer, as after a transfer that was stopped before it had a connection. A
 * reset makes it forget that buffer's size, and libcurl would read past its end.
 */
static bool set_buffer(CURL *handle)
{
    return curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER) == CURLE_OK;
}

static struct curleasy *from_pool(struct curlmulti *multi)
{
    struct curleasy *easy = multi->pool;
    if (easy) {
        multi->pool = easy->next;
        multi->pooled--;
        return easy;
    }
    easy = xcalloc(1, sizeof(*easy));
    easy->handle = curl_easy_init();
    if (!easy->handle || !set_buffer(easy->handle))
        alloc_failed();
    return easy;
}

struct curleasy *curleasy_new(struct curlmulti *multi, const struct curleasy_plan *plan)
{
    assert(!multi->inside);
    struct curleasy *easy = from_pool(multi);
    *easy = (struct curleasy){.multi = multi,
                              .handle = easy->handle,
                              .plan = *plan,
                              .ended = {.run = on_ended},
                              .prod = {.run = prod},
                              .era = multi->era,
                              .fd = CURL_SOCKET_BAD};
    set_rules(easy);
    set_way(easy->handle, plan->way);
    set_name(easy);
    upstream_certificates_set(&multi->certificates, easy->handle, plan->way->ca_file,
                              loop_now_ms(multi->loop));
    easy->unfit = curl_easy_setopt(easy->handle, CURLOPT_URL, plan->url) != CURLE_OK;
    easy->plan.way = NULL;
    return easy;
}

void curleasy_stop(struct curleasy *easy)
{
    assert(!easy->multi->inside);
    take_out(easy);
    upstream_name_leave(&easy->name);
    loop_undefer(easy->multi->loop, &easy->ended);
}

static void discard(struct curleasy *easy)
{
    curl_easy_cleanup(easy->handle);
    free(easy);
}

void curleasy_free(struct curleasy *easy, bool again)
{
    if (!easy)
        return;
    struct curlmulti *multi = easy->multi;
    curleasy_stop(easy);
    upstream_name_done(&easy->name);
    (void)curl_easy_setopt(easy->handle, CURLOPT_SHARE, NULL);
    again = again && easy->era == multi->era && multi->pooled < POOL_MAX;
    if (again)
        curl_easy_reset(easy->handle);
    if (!again || !set_buffer(easy->handle)) {
        discard(easy);
        return;
    }
    easy->next = multi->pool;
    multi->pool = easy;
    multi->pooled++;
}

void curleasy_unpause(struct curleasy *easy)
{
    struct curlmulti *multi = easy->multi;
    assert(!multi->inside);
    if (!easy->running)
        return;
    multi->inside = true;
    (void)curl_easy_pause(easy->handle, CURLPAUSE_CONT);
    multi->inside = false;
    collect_ended(multi);
}

int curleasy_proxy_status(const struct curleasy *easy)
{
    long status = 0;
    (void)curl_easy_getinfo(easy->handle, CURLINFO_HTTP_CONNECTCODE, &status);
    return (int)status;
}

bool curlmulti_init(struct curlmulti *multi, struct loop *loop)
{
    *multi = (struct curlmulti){.loop = loop, .timer.due = on_due, .handle = curl_multi_init()};
    if (!multi->handle)
        return false;
    multi->lookups = lookups_new(loop);
    multi->names_from_ms = loop_now_ms(loop) - NAMES_KEPT_S * 1000;
    upstream_certificates_init(&multi->certificates, loop_now_ms(loop));
    multi->sockets.ready = on_ready;
    multi->sockets.wanted = on_wanted;
    multi->sockets.dropped = on_dropped;
    upstream_sockets_init(&multi->sockets, loop, multi->handle);
    (void)curl_multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, on_timeout);
    (void)curl_multi_setopt(multi->handle, CURLMOPT_TIMERDATA, multi);
    (void)curl_multi_setopt(multi->handle, CURLMOPT_MAXCONNECTS, (long)UPSTREAM_KEPT_MAX);
    /* One request at a time on a connection, of HTTP/2 too: what becomes of it concerns no other.
     */
    (void)curl_multi_setopt(multi->handle, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return true;
}

void curlmulti_forget(struct curlmulti *multi)
{
    multi->era++;
    multi->pooled = 0;
    while (multi->pool) {
        struct curleasy *easy = multi->pool;
        multi->pool = easy->next;
        discard(easy);
    }
}

void curlmulti_woke(struct curlmulti *multi)
{
    upstream_connections_drop(&multi->connections, (struct text){0});
    multi->names_from_ms = loop_now_ms(multi->loop);
    lookups_forget(multi->lookups);
}

void curlmulti_done(struct curlmulti *multi)
{
    curlmulti_forget(multi);
    lookups_free(multi->lookups);
    (void)curl_multi_cleanup(multi->handle);
    upstream_connections_done(&multi->connections);
    loop_timer_cancel(multi->loop, &multi->timer);
    upstream_sockets_done(&multi->sockets);
}
