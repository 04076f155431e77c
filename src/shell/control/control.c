/*
 * A peer sends a line and gets a line. What it does not take at once it does not get: it is closed,
 * as is whoever is silent for too long or sends more than a line can hold. When descriptors run out
 * the socket rests for a second, as it would else be ready all the time.
 *
 * For those that watch a timer looks a few times a second: what has happened since is written once
 * and copied to each. It only runs while there are any.
 */
#include "control/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/owner.h"
#include "control/control_line.h"
#include "control/control_path.h"
#include "door/unixsocket.h"
#include "ledger/recent.h"
#include "provider/local_switch.h"
#include "record/log.h"

#define SOCKET_MODE 0600
/* Those that watch, and those that have something to say: neither takes the other's place, as one
 * that watches may be stopped and stay. */
#define WATCHING_MAX 32
#define SPEAKING_MAX 32
#define ACCEPTS_MAX  16 /* in one turn */
#define SILENCE_MS   10000
#define REST_MS      1000
#define ANSWER_MAX   8192
#define LOOK_MS      250
/* What waits for one that watches; who does not take so much gets no more until it has. */
#define WAITING_MAX (256u << 10)
#define NEWS_MAX    ((RECENT_MAX + 1) * EXCHANGE_RECORD_JSON_MAX)

struct peer {
    struct loop_watch watch;
    struct loop_timer silence;
    LIST_LINK(struct peer) among;
    struct control *control;
    char line[CONTROL_LINE_MAX];
    size_t len;
    bool watches;
    bool deaf;          /* it says no more */
    struct buf waiting; /* what it has not taken, where it watches */
    uint64_t lost;      /* exchanges that it was not told of */
};

struct control {
    struct loop *loop;
    struct loop_watch watch;
    struct loop_timer rest;
    struct unixsocket file;
    struct peer *peers;
    int count;
    struct control_owner owner;
    struct loop_timer look;
    int watching;                    /* of the peers */
    uint64_t next;                   /* number of the first exchange that was not told */
    char standing[CONTROL_LINE_MAX]; /* as it was told last */
};

static void close_peer(struct peer *peer)
{
    struct control *control = peer->control;
    int fd = peer->watch.fd;
    loop_timer_cancel(control->loop, &peer->silence);
    loop_watch_remove(control->loop, &peer->watch);
    close(fd);
    LIST_TAKE(peer, among);
    control->count--;
    if (peer->watches && --control->watching == 0)
        loop_timer_cancel(control->loop, &control->look);
    buf_done(&peer->waiting);
    free(peer);
}

/* False: it did not take all of it. */
static bool send_all(const struct peer *peer, struct text text)
{
    return send(peer->watch.fd, text.at, text.len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
           (ssize_t)text.len;
}

/* Sends what it takes now, and asks to be told when it takes more. False: it is gone. */
static bool flush(struct peer *peer)
{
    struct buf *waiting = &peer->waiting;
    while (waiting->len > 0) {
        ssize_t n = send(peer->watch.fd, waiting->data, waiting->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            return false;
        if (n < 0)
            break;
        buf_consume(waiting, (size_t)n);
    }
    uint32_t wanted = (peer->deaf ? 0 : EPOLLIN) | (waiting->len > 0 ? EPOLLOUT : 0);
    return loop_watch_modify(peer->control->loop, &peer->watch, wanted) == 0;
}

/* wrong NULL: its wish is done. */
static bool answer(struct peer *peer, const char *wrong)
{
    struct buf out;
    buf_init(&out, ANSWER_MAX);
    int r = wrong ? control_error_write(wrong, &out)
                  : control_answer_write(local_switch_is_on(), peer->control->owner.address, &out);
    if (r == 0 && peer->watches) /* behind the lines that it has not taken */
        r = buf_append_text(&peer->waiting, buf_text(&out));
    bool sent = r == 0 && (peer->watches ? flush(peer) : send_all(peer, buf_text(&out)));
    buf_done(&out);
    return sent;
}

/* ---- those that watch */

static void look(struct control *control)
{
    const char *standing = control->owner.standing(control->owner.arg);
    uint64_t end = recent_count(), from = control->next;
    struct buf news;
    buf_init(&news, NEWS_MAX);
    if (strcmp(standing, control->standing) != 0) {
        (void)snprintf(control->standing, sizeof(control->standing), "%s", standing);
        alloc_must(control_standing_write(standing, &news));
    }
    uint64_t lost = recent_write(from, end, RECENT_MAX, control_exchange_write, &news);
    control->next = end;
    for (struct peer *peer = control->peers, *next; news.len > 0 && peer; peer = next) {
        next = peer->among.next;
        if (!peer->watches)
            continue;
        peer->lost += lost;
        if (peer->waiting.len > 0 && peer->waiting.len + news.len > WAITING_MAX) {
            peer->lost += end - from - lost;
            continue;
        }
        if (peer->lost > 0)
            alloc_must(control_lost_write(peer->lost, &peer->waiting));
        peer->lost = 0;
        alloc_must(buf_append_text(&peer->waiting, buf_text(&news)));
        if (!flush(peer))
            close_peer(peer);
    }
    buf_done(&news);
}

static void on_look(struct loop_timer *timer)
{
    struct control *control = OWNER(timer, struct control, look);
    loop_timer_set(control->loop, timer, loop_now_ms(control->loop) + LOOK_MS);
    look(control);
}

/* False: it is done. From now on it may be silent. */
static bool begin_to_watch(struct peer *peer)
{
    struct control *control = peer->control;
    bool full = !peer->watches && control->watching >= WATCHING_MAX;
    if (!answer(peer, full ? "too many watch already: end one of them" : NULL))
        return false;
    if (peer->watches || full)
        return true;
    if (control->watching++ == 0) { /* nobody has looked meanwhile */
        control->next = recent_count();
        (void)snprintf(control->standing, sizeof(control->standing), "%s",
                       control->owner.standing(control->owner.arg));
        loop_timer_set(control->loop, &control->look, loop_now_ms(control->loop) + LOOK_MS);
    }
    peer->watches = true;
    buf_init(&peer->waiting, 2 * NEWS_MAX);
    if (control->standing[0])
        alloc_must(control_standing_write(control->standing, &peer->waiting));
    return flush(peer);
}

/* ---- what a peer says */

static bool take_line(struct peer *peer, struct text line)
{
    const struct control *control = peer->control;
    struct control_request request;
    struct error why = ERROR_NONE;
    if (control_request_read(line, &request, &why) < 0)
        return answer(peer, why.text);
    if (request.watches)
        return begin_to_watch(peer);
    bool on = request.word == CONTROL_ON;
    if (request.word != CONTROL_STATUS && on != local_switch_is_on())
        control->owner.set_local(control->owner.arg, on);
    return answer(peer, NULL);
}

/* Each whole line. False: the peer is done. */
static bool take_lines(struct peer *peer)
{
    char *end;
    while ((end = memchr(peer->line, '\n', peer->len))) {
        size_t len = (size_t)(end - peer->line);
        if (!take_line(peer, text_make(peer->line, len)))
            return false;
        peer->len -= len + 1;
        memmove(peer->line, end + 1, peer->len);
    }
    if (peer->len < sizeof(peer->line))
        return true;
    (void)answer(peer, "the line is too long");
    return false;
}

/* One piece a turn: a peer that never stops sending has no more of the loop than others. One that
 * watches may have said all that it has to say (shutdown), and still reads. */
static void on_peer(struct loop_watch *watch, uint32_t events)
{
    struct peer *peer = OWNER(watch, struct peer, watch);
    struct loop *loop = peer->control->loop;
    bool gone = (events & (EPOLLHUP | EPOLLERR)) && !(events & EPOLLIN);
    if (gone || ((events & EPOLLOUT) && !flush(peer))) {
        close_peer(peer);
        return;
    }
    if (!(events & EPOLLIN))
        return;
    ssize_t n =
        recv(watch->fd, peer->line + peer->len, sizeof(peer->line) - peer->len, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    peer->len += n > 0 ? (size_t)n : 0;
    peer->deaf = n == 0;
    if (n < 0 || (n == 0 && !(peer->watches && flush(peer))) || (n > 0 && !take_lines(peer)))
        close_peer(peer);
    else if (peer->watches)
        loop_timer_cancel(loop, &peer->silence);
    else
        loop_timer_set(loop, &peer->silence, loop_now_ms(loop) + SILENCE_MS);
}

static void on_silence(struct loop_timer *timer)
{
    close_peer(OWNER(timer, struct peer, silence));
}

static bool may_speak(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static void add_peer(struct control *control, int fd)
{
    struct peer *peer = NULL;
    if (may_speak(fd) && control->count - control->watching < SPEAKING_MAX)
        peer = xcalloc(1, sizeof(*peer));
    if (!peer) {
        close(fd);
        return;
    }
    peer->control = control;
    peer->watch.ready = on_peer;
    peer->silence.due = on_silence;
    if (loop_watch_add(control->loop, &peer->watch, fd, EPOLLIN) < 0) {
        close(fd);
        free(peer);
        return;
    }
    LIST_ADD(&control->peers, peer, among);
    control->count++;
    loop_timer_set(control->loop, &peer->silence, loop_now_ms(control->loop) + SILENCE_MS);
}

static void on_accept(struct loop_watch *watch, uint32_t events)
{
    struct control *control = OWNER(watch, struct control, watch);
    (void)events;
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            add_peer(control, fd);
            continue;
        }
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
            return;
        (void)!loop_watch_modify(control->loop, watch, 0);
        loop_timer_set(control->loop, &control->rest, loop_now_ms(control->loop) + REST_MS);
        return;
    }
}

static void on_rested(struct loop_timer *timer)
{
    struct control *control = OWNER(timer, struct control, rest);
    (void)!loop_watch_modify(control->loop, &control->watch, EPOLLIN);
}

static int open_socket(const char *path, struct unixsocket *file)
{
    struct error why = ERROR_NONE, told = ERROR_NONE;
    if (!path && log_is_for_people())
        return -ENOENT; /* the lines at the start are for what matters there */
    if (!path) {
        log_info("control",
                 LOG_STR("message", "neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set: there "
                                    "is no control socket for `understudy local` and `watch`; "
                                    "" CONTROL_PATH_ADVICE));
        return -ENOENT;
    }
    int fd = unixsocket_open(path, SOCKET_MODE, file, &why);
    if (fd == -EADDRINUSE)
        error_set(&told,
                  "%s is another daemon's: `understudy local` and `watch` speak to that one, "
                  "and never to this one; to reach this one start it, and them, with "
                  "RUNTIME_DIRECTORY set to a folder of its own",
                  path);
    else if (fd < 0)
        error_set(&told, "there is no control socket for `understudy local` and `watch`: %s",
                  why.text);
    if (fd < 0)
        log_warning("control", LOG_STR("message", told.text));
    return fd;
}

struct control *control_new(struct loop *loop, const struct control_owner *owner)
{
    struct control *control = xcalloc(1, sizeof(*control));
    char *path = control_path_to_serve();
    *control = (struct control){.loop = loop, .owner = *owner};
    control->watch.ready = on_accept;
    control->rest.due = on_rested;
    control->look.due = on_look;
    int fd = open_socket(path, &control->file);
    free(path);
    if (fd >= 0 && loop_watch_add(loop, &control->watch, fd, EPOLLIN) == 0)
        return control;
    if (fd >= 0)
        close(fd);
    unixsocket_remove(&control->file);
    free(control);
    return NULL;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    int fd = control->watch.fd;
    if (control->watching > 0) /* what has ended since the last look */
        look(control);
    while (
        control->peers) /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): whoever look closes is out */
        close_peer(control->peers);
    loop_timer_cancel(control->loop, &control->rest);
    loop_watch_remove(control->loop, &control->watch);
    close(fd);
    unixsocket_remove(&control->file);
    free(control);
}
