/* See lobby.h. A guest's bytes are only looked at: linger.h reads them, so that no reset follows.
 */
#include "door/lobby.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/owner.h"
#include "door/lastword.h"

#define GUESTS_MAX  256
#define PATIENCE_MS 1000

struct guest {
    struct lobby *lobby;
    LIST_LINK(struct guest) in_lobby;
    struct loop_watch watch;
    struct loop_timer limit;
};

/* Out of the lobby; its socket is the caller's. */
static int guest_free(struct guest *guest)
{
    struct lobby *lobby = guest->lobby;
    int fd = guest->watch.fd;
    loop_watch_remove(lobby->loop, &guest->watch);
    loop_timer_cancel(lobby->loop, &guest->limit);
    if (!guest->in_lobby.next)
        lobby->end = guest->in_lobby.prev;
    LIST_TAKE(guest, in_lobby);
    lobby->count--;
    free(guest);
    return fd;
}

static void guest_answer(struct guest *guest, enum lastword word)
{
    struct linger_set *lingering = guest->lobby->lingering;
    int fd = guest_free(guest);
    lastword_send(fd, word);
    linger_take(lingering, fd);
}

static void guest_hear(struct guest *guest)
{
    char bytes[64];
    ssize_t n = recv(guest->watch.fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        close(guest_free(guest));
        return;
    }
    int word = lastword_for(bytes, (size_t)n, LASTWORD_CROWD);
    if (word >= 0)
        guest_answer(guest, (enum lastword)word);
}

static void on_bytes(struct loop_watch *watch, uint32_t events)
{
    struct guest *guest = OWNER(watch, struct guest, watch);
    if (events & (EPOLLHUP | EPOLLERR))
        close(guest_free(guest));
    else
        guest_hear(guest);
}

static void on_limit(struct loop_timer *timer)
{
    guest_answer(OWNER(timer, struct guest, limit), LASTWORD_CROWD);
}

void lobby_init(struct lobby *lobby, struct loop *loop, struct linger_set *lingering)
{
    *lobby = (struct lobby){.loop = loop, .lingering = lingering};
    lobby->end = &lobby->first;
}

void lobby_done(struct lobby *lobby)
{
    while (lobby->first)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it takes itself out of the list */
        close(guest_free(lobby->first));
}

void lobby_take(struct lobby *lobby, int fd)
{
    struct guest *guest = xcalloc(1, sizeof(*guest));
    guest->watch = (struct loop_watch){.fd = -1, .ready = on_bytes};
    /* By edges: bytes that do not tell yet stay where they are. */
    if (loop_watch_add(lobby->loop, &guest->watch, fd, EPOLLIN | EPOLLRDHUP | EPOLLET) < 0) {
        close(fd);
        free(guest);
        return;
    }
    if (lobby->count >= GUESTS_MAX)
        guest_answer(lobby->first, LASTWORD_CROWD);
    guest->lobby = lobby;
    guest->limit.due = on_limit;
    LIST_ADD(lobby->end, guest, in_lobby);
    lobby->end = &guest->in_lobby.next;
    lobby->count++;
    loop_timer_set(lobby->loop, &guest->limit, loop_now_ms(lobby->loop) + PATIENCE_MS);
}
