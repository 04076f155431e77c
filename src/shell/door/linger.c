/* See linger.h. Time limits only: what comes costs nothing but reading it. */
#include "door/linger.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/owner.h"

/* nginx's lingering_timeout and lingering_time. */
#define SILENCE_MS 5000
#define MOST_MS    30000
#define COUNT_MAX  256
/* Read in one go; the rest waits for the next turn, so that others have theirs. */
#define PIECE (64u << 10)

struct linger_socket {
    struct linger_set *set;
    LIST_LINK(struct linger_socket) in_set;
    struct loop_watch watch;
    struct loop_timer limit;
    int64_t end_at_ms;
};

static void end(struct linger_socket *linger)
{
    struct linger_set *set = linger->set;
    int fd = linger->watch.fd;
    loop_watch_remove(set->loop, &linger->watch);
    loop_timer_cancel(set->loop, &linger->limit);
    close(fd);
    LIST_TAKE(linger, in_set);
    set->count--;
    free(linger);
}

static void wait_on(struct linger_socket *linger)
{
    int64_t at_ms = loop_now_ms(linger->set->loop) + SILENCE_MS;
    loop_timer_set(linger->set->loop, &linger->limit,
                   at_ms < linger->end_at_ms ? at_ms : linger->end_at_ms);
}

static void on_bytes(struct loop_watch *watch, uint32_t events)
{
    struct linger_socket *linger = OWNER(watch, struct linger_socket, watch);
    char piece[PIECE];
    ssize_t n = recv(watch->fd, piece, sizeof(piece), MSG_DONTWAIT);
    (void)events;
    if (n > 0)
        wait_on(linger);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        end(linger);
}

static void on_limit(struct loop_timer *timer)
{
    end(OWNER(timer, struct linger_socket, limit));
}

void linger_set_init(struct linger_set *set, struct loop *loop)
{
    *set = (struct linger_set){.loop = loop};
}

void linger_set_done(struct linger_set *set)
{
    struct linger_socket *next;
    for (struct linger_socket *linger = set->first; linger; linger = next) {
        next = linger->in_set.next;
        end(linger);
    }
}

void linger_take(struct linger_set *set, int fd)
{
    struct linger_socket *linger = xcalloc(1, sizeof(*linger));
    linger->watch = (struct loop_watch){.fd = -1, .ready = on_bytes};
    if (set->count >= COUNT_MAX || loop_watch_add(set->loop, &linger->watch, fd, EPOLLIN) < 0) {
        close(fd);
        free(linger);
        return;
    }
    (void)shutdown(fd, SHUT_WR);
    linger->set = set;
    linger->limit.due = on_limit;
    linger->end_at_ms = loop_now_ms(set->loop) + MOST_MS;
    LIST_ADD(&set->first, linger, in_set);
    set->count++;
    wait_on(linger);
}
