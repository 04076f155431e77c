/* See doors.h. A spare descriptor is kept for the time when there is no other. */
#include "door/doors.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "base/owner.h"
#include "door/lastword.h"
#include "record/log.h"
#include "record/repeat.h"

/* How many are accepted in one turn: others have a right to the turn too. */
#define ACCEPT_BATCH 64
/* Out of descriptors: when to look again. */
#define ACCEPT_PAUSE_MS 100

struct door {
    struct loop_watch watch;
    struct doors *doors;
    int fd;
    bool tcp;
    bool ours; /* and not systemd's, which lets clients wait there for the next start */
};

struct doors {
    struct loop *loop;
    void (*admit)(void *arg, int fd, const struct sockaddr *address, socklen_t len);
    void *arg;
    struct loop_timer reopen; /* they were shut for want of descriptors */
    int spare;                /* a descriptor to give up where none is left; -1 = given up */
    bool closed;
    size_t count;
    struct door at[];
};

static void doors_open(struct doors *doors)
{
    for (size_t i = 0; i < doors->count; i++) {
        struct door *door = &doors->at[i];
        if (door->watch.fd < 0 &&
            loop_watch_add(doors->loop, &door->watch, door->fd, EPOLLIN | EPOLLEXCLUSIVE) < 0)
            log_error("accept", LOG_STR("message", "a listening socket cannot be watched"));
    }
}

static void doors_shut(struct doors *doors)
{
    for (size_t i = 0; i < doors->count; i++)
        loop_watch_remove(doors->loop, &doors->at[i].watch);
}

static void on_reopen(struct loop_timer *timer)
{
    doors_open(OWNER(timer, struct doors, reopen));
}

/*
 * No descriptor is left: the spare one is given up for the time that it takes to say so, else all
 * would hang in the queue. The kernel says so before it looks whether anybody stands there. 0, or
 * -errno: -EAGAIN when nobody does.
 */
static int turn_away(struct doors *doors, const struct door *door)
{
    char bytes[4096];
    if (doors->spare < 0)
        return -EMFILE;
    close(doors->spare);
    int fd = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    int r = fd < 0 ? -errno : 0;
    if (fd >= 0) {
        ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        int word = n > 0 ? lastword_for(bytes, (size_t)n, LASTWORD_NO_DESCRIPTORS) : -1;
        lastword_send(fd, word < 0 ? LASTWORD_NO_DESCRIPTORS : (enum lastword)word);
        (void)shutdown(fd, SHUT_WR);
        close(fd);
    }
    doors->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return r;
}

/* The doors are shut for a moment, so that the loop does not spin on them. */
static void doors_pause(struct doors *doors)
{
    int64_t now_ms = loop_now_ms(doors->loop);
    if (doors->spare < 0)
        doors->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    doors_shut(doors);
    if (!doors->closed)
        loop_timer_set(doors->loop, &doors->reopen, now_ms + ACCEPT_PAUSE_MS);
}

/* Lets one in. False: nobody else stands there, or none can be let in. */
static bool let_in(struct doors *doors, const struct door *door)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    int on = 1;
    int fd = accept4(door->fd, (struct sockaddr *)&address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)) {
        int r = turn_away(doors, door);
        if (r != -EAGAIN &&
            repeat_may_say(LOG_LEVEL_WARNING, "accept", "", loop_now_ms(doors->loop)))
            log_warning("accept", LOG_STR("message", "out of file descriptors, see LimitNOFILE"));
        if (r < 0 && r != -EAGAIN)
            doors_pause(doors);
        return r == 0;
    }
    if (fd < 0)
        return errno == ECONNABORTED || errno == EINTR;
    if (door->tcp)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    doors->admit(doors->arg, fd, (const struct sockaddr *)&address, len);
    return true;
}

static void on_knock(struct loop_watch *watch, uint32_t events)
{
    struct door *door = OWNER(watch, struct door, watch);
    (void)events;
    for (int i = 0; i < ACCEPT_BATCH && let_in(door->doors, door); i++)
        continue;
}

struct doors *doors_new(struct loop *loop, const struct listeners *sockets,
                        void (*admit)(void *arg, int fd, const struct sockaddr *address,
                                      socklen_t len),
                        void *arg)
{
    struct doors *doors = xcalloc(1, sizeof(*doors) + sockets->count * sizeof(doors->at[0]));
    doors->loop = loop;
    doors->admit = admit;
    doors->arg = arg;
    doors->reopen.due = on_reopen;
    doors->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    doors->count = sockets->count;
    for (size_t i = 0; i < sockets->count; i++) {
        doors->at[i] = (struct door){.watch = {.fd = -1, .ready = on_knock},
                                     .doors = doors,
                                     .fd = sockets->at[i].fd,
                                     .tcp = !sockets->at[i].unix_socket,
                                     .ours = !sockets->from_systemd};
    }
    doors_open(doors);
    return doors;
}

void doors_free(struct doors *doors)
{
    if (!doors)
        return;
    doors_shut(doors);
    loop_timer_cancel(doors->loop, &doors->reopen);
    if (doors->spare >= 0)
        close(doors->spare);
    free(doors);
}

/* shutdown() and not close(): other workers watch them, too. */
void doors_close(struct doors *doors)
{
    doors->closed = true;
    for (size_t i = 0; i < doors->count; i++) {
        if (!doors->at[i].ours)
            continue;
        while (let_in(doors, &doors->at[i]))
            continue;
        (void)shutdown(doors->at[i].fd, SHUT_RD);
    }
    doors_shut(doors);
    loop_timer_cancel(doors->loop, &doors->reopen);
}
