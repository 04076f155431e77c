/* See upstream_socket.h. libcurl also has sockets that it opens itself, for its resolver: those are
 * let go of as soon as it says so. */
#include "upstream_socket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc.h"

struct upstream_socket {
    struct loop_watch watch;
    struct upstream_sockets *sockets;
    struct upstream_socket *next; /* in the list of spare ones */
    uint32_t events;              /* what it is watched for */
    bool idle;                    /* no transfer wants it now */
};

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Stands for: opened by us, and not watched. */
static struct upstream_socket unwatched;

static bool is_ours(const struct upstream_sockets *sockets, curl_socket_t fd)
{
    return (size_t)fd < sockets->kept_count && sockets->kept[fd] != NULL;
}

static void drop(struct upstream_socket *socket)
{
    struct upstream_sockets *sockets = socket->sockets;
    int fd = socket->watch.fd;
    if (fd >= 0 && is_ours(sockets, fd) && sockets->kept[fd] == socket)
        sockets->kept[fd] = &unwatched;
    loop_watch_remove(sockets->loop, &socket->watch);
    socket->next = sockets->spare;
    sockets->spare = socket;
}

static void on_ready(struct loop_watch *watch, uint32_t events)
{
    struct upstream_socket *socket = OWNER(watch, struct upstream_socket, watch);
    struct upstream_sockets *sockets = socket->sockets;
    if (socket->idle) { /* the other side has closed it: libcurl sees that before it uses it */
        drop(socket);
        return;
    }
    int what = (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP) ? CURL_CSELECT_IN : 0) |
               (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & EPOLLERR ? CURL_CSELECT_ERR : 0);
    sockets->ready(sockets, watch->fd, what);
}

static struct upstream_socket *new_one(struct upstream_sockets *sockets)
{
    struct upstream_socket *socket = sockets->spare;
    if (socket)
        sockets->spare = socket->next;
    else
        socket = xcalloc(1, sizeof(*socket));
    *socket = (struct upstream_socket){.watch = {.fd = -1, .ready = on_ready}, .sockets = sockets};
    return socket;
}

/* The one that is still watched, or a new one. */
static struct upstream_socket *find(struct upstream_sockets *sockets, curl_socket_t fd)
{
    bool ours = is_ours(sockets, fd);
    if (ours && sockets->kept[fd] != &unwatched)
        return sockets->kept[fd];
    struct upstream_socket *socket = new_one(sockets);
    if (ours)
        sockets->kept[fd] = socket;
    return socket;
}

/* Watches it, or changes what it is watched for. */
static int want(struct upstream_socket *socket, curl_socket_t fd, uint32_t events)
{
    struct loop *loop = socket->sockets->loop;
    bool watched = socket->watch.fd >= 0, same = watched && socket->events == events;
    socket->idle = false;
    socket->events = events;
    if (same)
        return 0;
    return watched ? loop_watch_modify(loop, &socket->watch, events)
                   : loop_watch_add(loop, &socket->watch, fd, events);
}

static void unwant(struct upstream_socket *socket, curl_socket_t fd)
{
    if (is_ours(socket->sockets, fd))
        socket->idle = true;
    else
        drop(socket);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct upstream_sockets *sockets = arg;
    struct upstream_socket *socket = known;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (socket)
            unwant(socket, fd);
        return 0;
    }
    if (!socket) {
        socket = find(sockets, fd);
        (void)curl_multi_assign(sockets->multi, fd, socket);
    }
    uint32_t events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                      (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    return want(socket, fd, events) < 0 ? -1 : 0;
}

static void make_room(struct upstream_sockets *sockets, size_t fd)
{
    if (fd < sockets->kept_count)
        return;
    size_t count = fd + 64;
    sockets->kept = xreallocarray(sockets->kept, count, sizeof(struct upstream_socket *));
    memset(sockets->kept + sockets->kept_count, 0,
           (count - sockets->kept_count) * sizeof(struct upstream_socket *));
    sockets->kept_count = count;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct upstream_sockets *sockets = arg;
    (void)purpose;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    make_room(sockets, (size_t)fd);
    sockets->kept[fd] = &unwatched;
    return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
    struct upstream_sockets *sockets = arg;
    if (is_ours(sockets, fd)) {
        if (sockets->kept[fd] != &unwatched)
            drop(sockets->kept[fd]);
        sockets->kept[fd] = NULL;
    }
    return close(fd);
}

void upstream_sockets_init(struct upstream_sockets *sockets, struct loop *loop, CURLM *multi)
{
    sockets->loop = loop;
    sockets->multi = multi;
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets);
}

void upstream_sockets_use(struct upstream_sockets *sockets, CURL *easy)
{
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, sockets);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sockets);
}

void upstream_sockets_done(struct upstream_sockets *sockets)
{
    while (sockets->spare) {
        struct upstream_socket *socket = sockets->spare;
        sockets->spare = socket->next;
        free(socket);
    }
    free(sockets->kept);
}
