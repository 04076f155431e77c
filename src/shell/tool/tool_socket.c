/*
 *     CLOSED --say--> OPENING --connected--> OPEN --EOF, fault, rest--> CLOSED
 *                        |  ^
 *                        \--/ the queue of those who connect is full: again in a moment
 *
 * What is said while it opens waits in `out`, as does what the server does not take at once. When
 * it ends, all who wait lose their answers.
 */
#include "tool/tool_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/dial.h"
#include "base/owner.h"
#include "http/ndjson.h"
#include "tool/tool_http.h"

/* In bytes, of what waits for the server to take it. */
#define OUT_MAX (4 * TOOL_MESSAGE_MAX)
/* Read at once, and in one turn: other connections want theirs. */
#define PIECE_BYTES   ((size_t)64 << 10)
#define PIECES_A_TURN 16
#define REST_MS       (5 * 60 * 1000)
#define AGAIN_MS      20

struct tool_socket {
    struct loop *loop;
    char *path;
    const struct tool_socket_events *events;
    void *arg;
    enum { CLOSED, OPENING, OPEN } state;
    unsigned connections; /* ever made: tells one from the next */
    struct loop_watch watch;
    struct loop_timer timer; /* while it opens: to try again; while it is open: its rest */
    struct loop_task failed; /* it could not be opened */
    int why;                 /* errno of that */
    struct buf out;
    struct ndjson in;
    struct tool_line *lines;
    struct tool_line *lost; /* that are to be told so */
    struct tool_answer end; /* and with what */
    struct loop_task tell;
};

/* One that is told may ask again, or take another one out. */
static void tell_lost(struct loop_task *task)
{
    struct tool_socket *socket = OWNER(task, struct tool_socket, tell);
    const struct tool_answer answer = socket->end;
    while (socket->lost) {
        struct tool_line *line = socket->lost;
        LIST_TAKE(line, among);
        line->waiting = false;
        line->done(line, &answer);
    }
}

static void socket_close(struct tool_socket *socket)
{
    int fd = socket->watch.fd;
    loop_timer_cancel(socket->loop, &socket->timer);
    loop_undefer(socket->loop, &socket->failed);
    if (fd >= 0) {
        loop_watch_remove(socket->loop, &socket->watch);
        close(fd);
    }
    socket->watch.fd = -1;
    socket->state = CLOSED;
    buf_done(&socket->out); /* `in` stays until there is another: a line of it may be looked at */
}

/* Those who wait are told by a task: whoever found out is not to hear of others in between. */
static void socket_end(struct tool_socket *socket, enum tool_end end, const char *why)
{
    socket->end = (struct tool_answer){.end = end, .lost = socket->state == OPEN};
    (void)snprintf(socket->end.why, sizeof(socket->end.why), "%s", why);
    socket_close(socket);
    while (socket->lines) {
        struct tool_line *line = socket->lines;
        LIST_TAKE(line, among);
        LIST_ADD(&socket->lost, line, among);
    }
    if (socket->lost)
        loop_defer(socket->loop, &socket->tell);
    socket->events->closed(socket->arg);
}

/* ---- what goes out */

/* Sends what it takes now, and asks to be told when it takes more. False: it has ended. */
static bool socket_flush(struct tool_socket *socket)
{
    struct buf *out = &socket->out;
    while (out->len > 0) {
        ssize_t n = send(socket->watch.fd, out->data, out->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            return false;
        buf_consume(out, (size_t)n);
    }
    uint32_t wanted = EPOLLIN | (out->len > 0 ? EPOLLOUT : 0);
    return loop_watch_modify(socket->loop, &socket->watch, wanted) == 0;
}

/* ---- opening */

static void socket_fail(struct tool_socket *socket, int why)
{
    socket->why = why;
    loop_defer(socket->loop, &socket->failed);
}

static void on_failed(struct loop_task *task)
{
    struct tool_socket *socket = OWNER(task, struct tool_socket, failed);
    char why[TOOL_WHY_MAX];
    (void)snprintf(why, sizeof(why), "was not reached: %s", strerror(socket->why));
    socket_end(socket, TOOL_NETWORK, why);
}

static int dial(const char *path)
{
    struct sockaddr_un address;
    int r = dial_unix_address(path, &address);
    if (r < 0)
        return r;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    r = -errno;
    close(fd);
    return r;
}

static void rest_begin(struct tool_socket *socket)
{
    if (socket->state == OPEN && !socket->lines)
        loop_timer_set(socket->loop, &socket->timer, loop_now_ms(socket->loop) + REST_MS);
}

/* A full socket waits for its watch; one that is broken ends there, too. */
static void socket_open(struct tool_socket *socket)
{
    socket->state = OPENING;
    int fd = dial(socket->path);
    if (fd == -EAGAIN) {
        loop_timer_set(socket->loop, &socket->timer, loop_now_ms(socket->loop) + AGAIN_MS);
        return;
    }
    int r = fd < 0 ? fd : loop_watch_add(socket->loop, &socket->watch, fd, EPOLLIN | EPOLLOUT);
    if (r < 0) {
        if (fd >= 0)
            close(fd);
        socket_fail(socket, -r);
        return;
    }
    socket->state = OPEN;
    socket->connections++;
    ndjson_done(&socket->in);
    ndjson_init(&socket->in, TOOL_MESSAGE_MAX);
    rest_begin(socket);
}

static void on_timer(struct loop_timer *timer)
{
    struct tool_socket *socket = OWNER(timer, struct tool_socket, timer);
    if (socket->state == OPENING)
        socket_open(socket);
    else
        socket_end(socket, TOOL_NETWORK, "was at rest");
}

/* ---- what comes in */

static struct tool_line *line_of(struct tool_socket *socket, const struct mcp_message *message)
{
    struct tool_line *line = socket->lines;
    if (message->kind != MCP_RESULT && message->kind != MCP_ERROR)
        return NULL;
    while (line && line->id != message->id)
        line = line->among.next;
    return line;
}

static void take_message(struct tool_socket *socket, struct text json)
{
    struct mcp_message message;
    mcp_message_read(json, &message);
    struct tool_line *line = line_of(socket, &message);
    if (!line) {
        socket->events->heard(socket->arg, &message);
        return;
    }
    LIST_TAKE(line, among);
    line->waiting = false;
    rest_begin(socket);
    line->done(line, &(struct tool_answer){.end = TOOL_OK, .json = json});
}

/* False: it is another connection by now, or none. */
static bool take_lines(struct tool_socket *socket)
{
    unsigned connection = socket->connections;
    struct text line;
    while (ndjson_next(&socket->in, &line)) {
        take_message(socket, line);
        if (socket->state != OPEN || socket->connections != connection)
            return false;
    }
    return true;
}

/* The last line may have come without its end. */
static void take_end(struct tool_socket *socket)
{
    unsigned connection = socket->connections;
    struct text rest = ndjson_rest(&socket->in);
    if (rest.len > 0)
        take_message(socket, rest);
    if (socket->state == OPEN && socket->connections == connection)
        socket_end(socket, TOOL_NETWORK, "ended the connection before it answered");
}

static void socket_read(struct tool_socket *socket)
{
    char piece[PIECE_BYTES];
    for (int i = 0; i < PIECES_A_TURN; i++) {
        ssize_t n = recv(socket->watch.fd, piece, sizeof(piece), MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            take_end(socket);
            return;
        }
        if (ndjson_push(&socket->in, text_make(piece, (size_t)n)) < 0) {
            socket_end(socket, TOOL_TOO_LARGE, "answered with more than 8 MB");
            return;
        }
        if (!take_lines(socket))
            return;
    }
}

static void on_ready(struct loop_watch *watch, uint32_t events)
{
    struct tool_socket *socket = OWNER(watch, struct tool_socket, watch);
    bool taken = !(events & EPOLLOUT) || socket_flush(socket);
    /* What it said before it went is still to be read. */
    unsigned connection = socket->connections;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) || !taken)
        socket_read(socket);
    if (!taken && socket->state == OPEN && socket->connections == connection)
        socket_end(socket, TOOL_NETWORK, "takes nothing any more");
}

/* ---- what its owner does */

bool tool_socket_is_open(struct tool_socket *socket)
{
    char byte;
    if (socket->state != OPEN)
        return false;
    ssize_t n = recv(socket->watch.fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    bool ended = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    if (ended)
        socket_end(socket, TOOL_NETWORK, "ended the connection before it answered");
    return !ended;
}

int tool_socket_say(struct tool_socket *socket, struct text message)
{
    size_t before = socket->out.len;
    if (message.len >= TOOL_MESSAGE_MAX)
        return -EMSGSIZE;
    if (socket->state == CLOSED) {
        buf_init(&socket->out, OUT_MAX);
        socket_open(socket);
        before = 0;
    }
    int r = buf_append_text(&socket->out, message);
    r = r < 0 ? r : buf_append(&socket->out, "\n", 1);
    if (r < 0) {
        buf_cut(&socket->out, before);
        return -EMSGSIZE;
    }
    /* What cannot be sent now is sent, or found broken, when the watch is ready. */
    if (socket->state == OPEN) {
        r = loop_watch_modify(socket->loop, &socket->watch, EPOLLIN | EPOLLOUT);
        if (r < 0)
            socket_fail(socket, -r);
    }
    return 0;
}

int tool_socket_ask(struct tool_socket *socket, struct tool_line *line, struct text message)
{
    int r = tool_socket_say(socket, message);
    if (r < 0)
        return r;
    line->waiting = true;
    LIST_ADD(&socket->lines, line, among);
    if (socket->state == OPEN)
        loop_timer_cancel(socket->loop, &socket->timer);
    return 0;
}

void tool_socket_leave(struct tool_socket *socket, struct tool_line *line)
{
    if (!line->waiting)
        return;
    LIST_TAKE(line, among);
    line->waiting = false;
    rest_begin(socket);
}

struct tool_socket *tool_socket_new(struct loop *loop, const char *path,
                                    const struct tool_socket_events *events, void *arg)
{
    struct tool_socket *socket = xcalloc(1, sizeof(*socket));
    socket->loop = loop;
    socket->path = xstrdup(path);
    socket->events = events;
    socket->arg = arg;
    socket->watch = (struct loop_watch){.fd = -1, .ready = on_ready};
    socket->timer.due = on_timer;
    socket->failed.run = on_failed;
    socket->tell.run = tell_lost;
    return socket;
}

void tool_socket_free(struct tool_socket *socket)
{
    if (!socket)
        return;
    socket_close(socket);
    loop_undefer(socket->loop, &socket->tell);
    ndjson_done(&socket->in);
    free(socket->path);
    free(socket);
}
