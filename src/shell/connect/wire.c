/*
 * libcurl finds the connection of an easy handle anew for each piece, by a walk over all that its
 * cache holds: so the cache is one of a few connections, in a share. Idle ones stand in a list, the
 * last used first: that one is taken, and those at the end grow old.
 */
#include "connect/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/owner.h"

#define IDLE_MAX_MS (INT64_C(1000) * UPSTREAM_IDLE_MAX_S)
#define LIFE_MAX_MS (INT64_C(1000) * UPSTREAM_LIFE_MAX_S)
/* TLS connections in one cache of libcurl. */
#define SHARED_BY 8

/*
 * A cache of libcurl. Whoever begins to connect has it closed there what is nobody's, and is closed
 * or has something to be read: which is so of one that is made and was not sent over yet, with its
 * tickets for a next session. So one at a time connects.
 */
struct share {
    struct share *next;
    CURLSH *handle;
    int users;
    const struct wire *connecting; /* NULL = none of them */
};

struct wire {
    struct wires *wires;
    struct curleasy *easy; /* while it connects, and of TLS for its whole life; else NULL */
    struct share *share;   /* of TLS */
    struct loop_watch watch;
    uint32_t events; /* that the watch waits for; 0: it is not in the loop */
    int fd;          /* -1 while it connects */
    bool tls, kept;
    int error;                      /* errno of its break; 0 = none is known */
    const struct wire_owner *owner; /* NULL: it is idle */
    void *arg;
    int64_t opened_at_ms, idle_at_ms;
    LIST_LINK(struct wire) in_idle;
    char *origin, *proxy, *ca_file, *unix_socket; /* NULL = as in upstream_way */
};

struct wires {
    struct curlmulti *multi;
    struct wire *idle;   /* the one that was used last */
    struct wire *oldest; /* the last of them; NULL = there is none */
    size_t idle_count;
    struct share *shares;
    struct loop_timer age; /* of the oldest idle one */
};

static struct loop *loop_of(const struct wire *wire)
{
    return wire->wires->multi->loop;
}

/* ---- caches */

static void share_take(struct wire *wire)
{
    struct wires *wires = wire->wires;
    struct share *share = wires->shares;
    while (share && (share->connecting || share->users == SHARED_BY))
        share = share->next;
    if (!share) {
        share = xcalloc(1, sizeof(*share));
        share->handle = curl_share_init();
        if (!share->handle ||
            curl_share_setopt(share->handle, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK)
            alloc_failed();
        share->next = wires->shares;
        wires->shares = share;
    }
    share->users++;
    share->connecting = wire;
    wire->share = share;
}

/* It is made, or will not be. */
static void share_connected(const struct wire *wire)
{
    if (wire->share && wire->share->connecting == wire)
        wire->share->connecting = NULL;
}

static void share_leave(const struct wire *wire)
{
    struct wires *wires = wire->wires;
    struct share *share = wire->share;
    share_connected(wire);
    if (!share || --share->users > 0)
        return;
    struct share **at = &wires->shares;
    while (*at != share)
        at = &(*at)->next;
    *at = share->next;
    (void)curl_share_cleanup(share->handle);
    free(share);
}

/* ---- one wire */

static void on_ready(struct loop_watch *watch, uint32_t events);

static char *copy(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

static struct wire *wire_new(struct wires *wires, const struct wire_plan *plan)
{
    struct wire *wire = xcalloc(1, sizeof(*wire));
    struct text origin = upstream_origin(plan->url);
    wire->wires = wires;
    wire->watch = (struct loop_watch){.fd = -1, .ready = on_ready};
    wire->fd = -1;
    wire->tls = upstream_is_tls(plan->url);
    wire->origin = xstrndup(origin.at, origin.len);
    wire->proxy = copy(plan->way->proxy);
    wire->ca_file = copy(plan->way->ca_file);
    wire->unix_socket = copy(plan->way->unix_socket);
    return wire;
}

static void wire_free(struct wire *wire)
{
    free(wire->origin);
    free(wire->proxy);
    free(wire->ca_file);
    free(wire->unix_socket);
    free(wire);
}

static void leave_idle(struct wire *wire)
{
    struct wires *wires = wire->wires;
    if (wires->oldest == wire)
        wires->oldest =
            wires->idle == wire ? NULL : OWNER(wire->in_idle.prev, struct wire, in_idle.next);
    LIST_TAKE(wire, in_idle);
    wires->idle_count--;
}

void wire_close(struct wire *wire)
{
    if (wire->in_idle.prev)
        leave_idle(wire);
    loop_watch_remove(loop_of(wire), &wire->watch);
    if (wire->easy)
        curleasy_free(wire->easy, wire->fd >= 0 && wire->error == 0);
    else if (wire->fd >= 0)
        close(wire->fd);
    share_leave(wire);
    wire_free(wire);
}

/* The socket is ours: libcurl forgets it, and its handle is free for another one. */
static void take_socket(struct wire *wire)
{
    upstream_connections_give_away(&wire->wires->multi->connections, wire->fd);
    curleasy_free(wire->easy, true);
    wire->easy = NULL;
}

static void on_over(void *arg, enum transport transport)
{
    struct wire *wire = arg;
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (transport == TRANSPORT_OK) {
        (void)curl_easy_getinfo(wire->easy->handle, CURLINFO_ACTIVESOCKET, &fd);
        if (fd == CURL_SOCKET_BAD) /* closed by the server as soon as it was made, and seen */
            transport = TRANSPORT_CONNECT;
    }
    if (transport == TRANSPORT_OK) {
        wire->fd = fd;
        wire->opened_at_ms = loop_now_ms(loop_of(wire));
        if (!wire->tls)
            take_socket(wire);
    }
    share_connected(wire);
    wire->owner->opened(wire->arg, transport);
}

/* Has the server of an idle one neither said anything nor closed? A ticket for another TLS session
 * is read here without being seen. Of TLS the socket does not tell all: within the TLS of a proxy
 * more may have come than was asked for. */
static bool is_silent(struct wire *wire)
{
    char unasked;
    if (wire->tls)
        return wire_receive(wire, &unasked, 1) == -EAGAIN;
    ssize_t n = recv(wire->fd, &unasked, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void on_ready(struct loop_watch *watch, uint32_t events)
{
    struct wire *wire = OWNER(watch, struct wire, watch);
    bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
    if (wire->owner) {
        wire->owner->ready(wire->arg, broken || (events & (EPOLLIN | EPOLLRDHUP)),
                           broken || (events & EPOLLOUT));
        return;
    }
    if (!is_silent(wire))
        wire_close(wire);
}

void wire_wait(struct wire *wire, bool receive, bool send)
{
    uint32_t events =
        (receive ? (uint32_t)(EPOLLIN | EPOLLRDHUP) : 0) | (send ? (uint32_t)EPOLLOUT : 0);
    struct loop *loop = loop_of(wire);
    if (events == wire->events)
        return;
    int r = 0;
    if (events == 0)
        loop_watch_remove(loop, &wire->watch);
    else if (wire->events == 0)
        r = loop_watch_add(loop, &wire->watch, wire->fd, events);
    else
        r = loop_watch_modify(loop, &wire->watch, events);
    wire->events = events;
    if (r < 0) /* no memory for it in the kernel: as if the server were silent */
        wire->events = 0;
}

bool wire_is_open(const struct wire *wire)
{
    return wire->fd >= 0;
}

bool wire_hides(const struct wire *wire)
{
    return wire->tls;
}

bool wire_was_kept(const struct wire *wire)
{
    return wire->kept;
}

struct text wire_origin(const struct wire *wire)
{
    return text_of(wire->origin);
}

int wire_proxy_status(const struct wire *wire)
{
    return wire->easy ? curleasy_proxy_status(wire->easy) : 0;
}

const char *wire_detail(const struct wire *wire)
{
    if (wire->easy && wire->easy->detail[0])
        return wire->easy->detail;
    return wire->error != 0 ? strerror(wire->error) : "";
}

/* What libcurl says of a piece, as an errno: its own is that of whatever failed last. */
static ssize_t outcome(struct wire *wire, CURLcode code, size_t n, int broken)
{
    if (code == CURLE_OK)
        return (ssize_t)n;
    if (code == CURLE_AGAIN)
        return -EAGAIN;
    wire->error = broken;
    return -broken;
}

ssize_t wire_send(struct wire *wire, const struct iovec *pieces, int count)
{
    if (wire->easy) {
        size_t n = 0;
        CURLcode code =
            curl_easy_send(wire->easy->handle, pieces[0].iov_base, pieces[0].iov_len, &n);
        return code == CURLE_OK && n == 0 ? -EAGAIN : outcome(wire, code, n, EPIPE);
    }
    const struct msghdr message = {.msg_iov = (struct iovec *)(void *)(uintptr_t)pieces,
                                   .msg_iovlen = (size_t)count};
    ssize_t n = sendmsg(wire->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0)
        return n;
    if (errno == EINTR || errno == EAGAIN || errno == ENOBUFS)
        return -EAGAIN;
    wire->error = errno;
    return -wire->error;
}

ssize_t wire_receive(struct wire *wire, char *bytes, size_t room)
{
    if (wire->easy) {
        size_t n = 0;
        CURLcode code = curl_easy_recv(wire->easy->handle, bytes, room, &n);
        return outcome(wire, code, n, ECONNRESET);
    }
    ssize_t n = recv(wire->fd, bytes, room, MSG_DONTWAIT);
    if (n >= 0)
        return n;
    if (errno == EINTR || errno == EAGAIN)
        return -EAGAIN;
    wire->error = errno;
    return -wire->error;
}

/* ---- idle ones */

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool suits(const struct wire *wire, struct text origin, const struct upstream_way *way)
{
    return text_equals(origin, wire->origin) && same(wire->proxy, way->proxy) &&
           same(wire->ca_file, way->ca_file) && same(wire->unix_socket, way->unix_socket);
}

static bool is_young(const struct wire *wire, int64_t now_ms)
{
    return now_ms - wire->idle_at_ms < IDLE_MAX_MS && now_ms - wire->opened_at_ms < LIFE_MAX_MS;
}

/* What its server did in this turn the loop has not told yet. */
static struct wire *take_idle(struct wires *wires, const struct wire_plan *plan)
{
    struct text origin = upstream_origin(plan->url);
    int64_t now_ms = loop_now_ms(wires->multi->loop);
    struct wire *next;
    for (struct wire *wire = wires->idle; wire; wire = next) {
        next = wire->in_idle.next;
        if (!suits(wire, origin, plan->way))
            continue;
        if (!is_young(wire, now_ms) || !is_silent(wire)) {
            wire_close(wire);
            continue;
        }
        leave_idle(wire);
        wire->kept = true;
        return wire;
    }
    return NULL;
}

bool wires_can(const char *url, const struct upstream_way *way)
{
    return !way->http2 && !upstream_way_asks_proxy(way, url);
}

struct wire *wires_get(struct wires *wires, const struct wire_plan *plan)
{
    struct wire *wire = plan->fresh ? NULL : take_idle(wires, plan);
    if (!wire) {
        wire = wire_new(wires, plan);
        const struct curleasy_plan connect = {
            .url = plan->url, .way = plan->way, .connects = true, .over = on_over, .arg = wire};
        wire->easy = curleasy_new(wires->multi, &connect);
        if (wire->tls) {
            share_take(wire);
            (void)curl_easy_setopt(wire->easy->handle, CURLOPT_SHARE, wire->share->handle);
        }
        curleasy_start(wire->easy);
    }
    wire->owner = plan->owner;
    wire->arg = plan->arg;
    return wire;
}

static void on_age(struct loop_timer *timer)
{
    struct wires *wires = OWNER(timer, struct wires, age);
    int64_t now_ms = loop_now_ms(wires->multi->loop);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): leave_idle has put the next one there */
    while (wires->oldest && now_ms - wires->oldest->idle_at_ms >= IDLE_MAX_MS)
        wire_close(wires->oldest);
    if (wires->oldest)
        loop_timer_set(wires->multi->loop, timer, wires->oldest->idle_at_ms + IDLE_MAX_MS);
}

void wire_keep(struct wire *wire)
{
    struct wires *wires = wire->wires;
    struct loop *loop = loop_of(wire);
    wire->owner = NULL;
    wire->idle_at_ms = loop_now_ms(loop);
    if (!is_young(wire, wire->idle_at_ms)) {
        wire_close(wire);
        return;
    }
    wire_wait(wire, true, false);
    if (wire->events == 0) {
        wire_close(wire);
        return;
    }
    LIST_ADD(&wires->idle, wire, in_idle);
    if (!wires->oldest)
        wires->oldest = wire;
    if (++wires->idle_count > UPSTREAM_KEPT_MAX)
        wire_close(wires->oldest);
    if (!loop_timer_is_set(&wires->age))
        loop_timer_set(loop, &wires->age, loop_now_ms(loop) + IDLE_MAX_MS);
}

void wires_drop(struct wires *wires, struct text origin)
{
    struct wire *next;
    for (struct wire *wire = wires->idle; wire; wire = next) {
        next = wire->in_idle.next;
        if (!origin.at || text_equals(origin, wire->origin))
            wire_close(wire);
    }
}

struct wires *wires_new(struct curlmulti *multi)
{
    struct wires *wires = xcalloc(1, sizeof(*wires));
    wires->multi = multi;
    wires->age.due = on_age;
    return wires;
}

void wires_free(struct wires *wires)
{
    if (!wires)
        return;
    wires_drop(wires, (struct text){0});
    loop_timer_cancel(wires->multi->loop, &wires->age);
    free(wires);
}
