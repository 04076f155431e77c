/* See upstream_socket.h. */
#include "connect/upstream_socket.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/owner.h"

struct upstream_socket {
    struct loop_watch watch;
    struct upstream_sockets *sockets;
    struct upstream_socket *next; /* in the list of spare ones */
};

static void on_ready(struct loop_watch *watch, uint32_t events)
{
    const struct upstream_socket *socket = OWNER(watch, struct upstream_socket, watch);
    int what = (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP) ? CURL_CSELECT_IN : 0) |
               (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & EPOLLERR ? CURL_CSELECT_ERR : 0);
    socket->sockets->ready(socket->sockets, watch->fd, what);
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

static void drop(struct upstream_socket *socket)
{
    struct upstream_sockets *sockets = socket->sockets;
    loop_watch_remove(sockets->loop, &socket->watch);
    socket->next = sockets->spare;
    sockets->spare = socket;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct upstream_sockets *sockets = arg;
    struct upstream_socket *socket = known;
    if (what == CURL_POLL_REMOVE) {
        if (socket)
            drop(socket);
        sockets->dropped(sockets, easy);
        return 0;
    }
    sockets->wanted(sockets, easy, fd);
    uint32_t events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                      (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    if (socket)
        return loop_watch_modify(sockets->loop, &socket->watch, events) < 0 ? -1 : 0;
    socket = new_one(sockets);
    (void)curl_multi_assign(sockets->multi, fd, socket);
    return loop_watch_add(sockets->loop, &socket->watch, fd, events) < 0 ? -1 : 0;
}

void upstream_sockets_init(struct upstream_sockets *sockets, struct loop *loop, CURLM *multi)
{
    sockets->loop = loop;
    sockets->multi = multi;
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets);
}

void upstream_sockets_done(struct upstream_sockets *sockets)
{
    while (sockets->spare) {
        struct upstream_socket *socket = sockets->spare;
        sockets->spare = socket->next;
        free(socket);
    }
}
