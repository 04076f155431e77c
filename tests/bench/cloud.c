/*
 * A pretended cloud provider that costs little: one thread, one epoll, answers from script.h in the
 * APIs of tongue.h.
 *
 *     cloud PORT        listens on 127.0.0.1 and prints the port that it got (0 = any)
 *
 * The first event of a stream comes at once: who waits for it can be told from who is open.
 * Streams that have more events to send wait in a wheel of one slot a millisecond, those without a
 * pace in one slot more, which is emptied each turn. A stream that is in a slot is freed from there
 * only: a hang-up marks it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"
#include "script.h"
#include "tongue.h"

#define WHEEL_SLOTS 1024 /* so no pace is slower than one event a second */
#define REQUEST_MAX 8192
#define BATCH       256
#define FILL_BYTES  (256 << 10) /* of a long answer, at a time */

struct client {
    int fd;
    struct client *next; /* in a slot */
    bool queued;
    bool gone;
    bool streaming;
    bool silent;
    const struct tongue *tongue;
    unsigned every_ms; /* 0: as fast as the socket takes them */
    uint64_t events;   /* in all */
    uint64_t sent;
    const char *text; /* of a long answer, in front of the fill */
    size_t text_left;
    size_t fill_left;
    const char *tail; /* what comes behind the fill, NULL = nothing */
    size_t drop_left; /* of a request that is longer than `in`, still to come */
    size_t in_len;
    size_t out_len; /* what the socket has not taken yet */
    char in[REQUEST_MAX];
    char out[TONGUE_PIECE_MAX];
};

static struct {
    int epoll_fd;
    struct client *slot[WHEEL_SLOTS];
    struct client *hasty; /* without a pace */
    int64_t turned_ms;    /* the slots up to this time were emptied */
    unsigned queued;      /* in the wheel */
    unsigned phase;       /* spreads the streams of one pace evenly over it */
    unsigned open_streams;
    bool ending; /* all streams come to their end with the next event */
    char fill[FILL_BYTES];
} cloud;

static int64_t now_ms(void)
{
    return net_now_us() / 1000;
}

static void queue(struct client *client, unsigned in_ms)
{
    bool hasty = client->every_ms == 0;
    struct client **slot =
        hasty ? &cloud.hasty : &cloud.slot[(size_t)(cloud.turned_ms + 1 + in_ms) % WHEEL_SLOTS];
    client->next = *slot;
    *slot = client;
    client->queued = true;
    cloud.queued += hasty ? 0 : 1;
}

static void stream_over(struct client *client)
{
    cloud.open_streams -= client->streaming ? 1 : 0;
    client->streaming = false;
}

static void hang_up(struct client *client)
{
    if (!client->gone)
        close(client->fd);
    stream_over(client);
    client->gone = true;
    if (!client->queued)
        free(client);
}

/* Sends, or keeps what the socket does not take: never more than one piece. */
static bool put(struct client *client, const char *bytes, size_t len)
{
    ssize_t n = send(client->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN)
        return false;
    size_t took = n > 0 ? (size_t)n : 0;
    if (len - took > sizeof(client->out))
        return false;
    memcpy(client->out, bytes + took, len - took);
    client->out_len = len - took;
    return true;
}

/* The text of a long answer and then its fill, as far as the socket takes them. */
static bool put_long_part(struct client *client)
{
    while (client->text_left > 0 || client->fill_left > 0) {
        bool text = client->text_left > 0;
        size_t *left = text ? &client->text_left : &client->fill_left;
        size_t len = text || *left < FILL_BYTES ? *left : FILL_BYTES;
        ssize_t n =
            send(client->fd, text ? client->text : cloud.fill, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
            return errno == EAGAIN;
        client->text += text ? n : 0;
        *left -= (size_t)n;
    }
    return true;
}

/* What is left of a piece, and then of a long answer. */
static bool put_rest(struct client *client)
{
    char rest[sizeof(client->out)];
    memcpy(rest, client->out, client->out_len);
    if (client->out_len > 0 && !put(client, rest, client->out_len))
        return false;
    if (client->out_len == 0 && !put_long_part(client))
        return false;
    if (client->out_len + client->text_left + client->fill_left > 0 || !client->tail)
        return true;
    const char *tail = client->tail;
    client->tail = NULL;
    return put(client, tail, strlen(tail));
}

/* The next event of a stream; while the socket is full there is none. */
static void go_on(struct client *client)
{
    char out[TONGUE_PIECE_MAX];
    bool well = put_rest(client);
    if (well && client->out_len == 0 && client->sent < client->events && !cloud.ending) {
        well = put(client, out, tongue_event(client->tongue, out, client->sent++));
    } else if (well && client->out_len == 0) {
        stream_over(client);
        well = put(client, out, tongue_end(client->tongue, out));
    }
    if (!well)
        hang_up(client);
    else if (client->streaming && client->every_ms > 0)
        queue(client, client->every_ms - 1);
    else if (client->streaming && client->out_len == 0)
        queue(client, 0);
}

static uint64_t number_after(const char *body, const char *name)
{
    const char *at = strstr(body, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static bool begin_stream(struct client *client, const char *target, const char *body)
{
    char out[TONGUE_PIECE_MAX];
    client->streaming = true;
    client->tongue = tongue_of(target);
    client->silent = strstr(body, SCRIPT_SILENT) != NULL;
    client->events = number_after(body, SCRIPT_EVENTS);
    client->every_ms = (unsigned)number_after(body, SCRIPT_EVERY_MS) % WHEEL_SLOTS;
    client->sent = 0;
    cloud.open_streams++;
    if (!put(client, out, tongue_begin(client->tongue, out)) || client->out_len > 0 ||
        !put(client, out, tongue_event(client->tongue, out, client->sent++)))
        return false;
    if (client->silent)
        return true;
    queue(client, client->every_ms > 0 ? cloud.phase++ * 7 % client->every_ms : 0);
    return true;
}

/* begin, so many bytes of fill, and then end, which has to outlive the client. */
static bool put_long(struct client *client, const char *begin, size_t fill, const char *end)
{
    char out[TONGUE_PIECE_MAX];
    size_t len = strlen(begin) + fill + strlen(end);
    int n = snprintf(out, sizeof(out),
                     "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nx-request-id: req_5f0c1b7a9d\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     *begin ? "application/json" : "application/octet-stream", len, begin);
    client->fill_left = fill;
    client->tail = end;
    return put(client, out, (size_t)n) && put_rest(client);
}

static bool put_whole(struct client *client, const char *type, const char *body)
{
    char out[TONGUE_PIECE_MAX];
    size_t len = strlen(body), room = sizeof(out) / 2;
    int n = snprintf(out, sizeof(out),
                     "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nx-request-id: req_5f0c1b7a9d\r\n"
                     "Content-Length: %zu\r\n\r\n%.*s",
                     type, len, (int)room, body);
    client->text = body + (len < room ? len : room);
    client->text_left = len - (len < room ? len : room);
    return put(client, out, (size_t)n) && (client->text_left == 0 || put_rest(client));
}

static bool put_open(struct client *client)
{
    static char count[16];
    (void)snprintf(count, sizeof(count), "%u", cloud.open_streams);
    return put_whole(client, "text/plain", count);
}

static bool answer(struct client *client, const char *head, const char *body)
{
    const char *target = strchr(head, ' ');
    target = target ? target + 1 : head;
    if (strncmp(target, "/open ", 6) == 0)
        return put_open(client);
    if (strncmp(target, "/end ", 5) == 0)
        cloud.ending = true;
    if (strncmp(target, "/v1/bytes/", 10) == 0)
        return put_long(client, "", strtoull(target + 10, NULL, 10), "");
    if (tongue_fixed(target))
        return put_whole(client, "application/json", tongue_fixed(target));
    if (strncmp(head, "POST ", 5) != 0)
        return put_whole(client, "application/json", "{\"object\":\"list\",\"data\":[]}");
    if (strstr(body, SCRIPT_EVENTS) || strstr(body, SCRIPT_SILENT))
        return begin_stream(client, target, body);
    if (strstr(body, SCRIPT_BYTES))
        return put_long(client, SCRIPT_WHOLE_BEGIN, number_after(body, SCRIPT_BYTES),
                        SCRIPT_WHOLE_END);
    return put_whole(client, "application/json", SCRIPT_WHOLE);
}

/*
 * Answers the request in the buffer once it has come; of one that is longer than the buffer the
 * beginning counts, and the rest is dropped. false = hang up.
 */
static bool take_request(struct client *client)
{
    client->in[client->in_len] = '\0';
    char *blank = strstr(client->in, "\r\n\r\n");
    if (!blank)
        return client->in_len < REQUEST_MAX - 1;
    const char *length = strcasestr(client->in, "\r\nContent-Length:");
    size_t head_len = (size_t)(blank + 4 - client->in);
    size_t body_len = length && length < blank ? strtoul(length + 17, NULL, 10) : 0;
    if (client->in_len < head_len + body_len && client->in_len < REQUEST_MAX - 1)
        return true;
    client->drop_left = head_len + body_len - client->in_len;
    if (client->drop_left > 0)
        return true;
    /* One at a time: none of the proxies sends a request before it has the last answer. */
    client->in_len = 0;
    blank[3] = '\0';
    return answer(client, client->in, client->in + head_len);
}

/* What is behind the beginning of a long request. */
static ssize_t drop_some(struct client *client)
{
    static char dropped[64 << 10];
    size_t room = client->drop_left < sizeof(dropped) ? client->drop_left : sizeof(dropped);
    ssize_t n = recv(client->fd, dropped, room, 0);
    client->drop_left -= n > 0 ? (size_t)n : 0;
    if (n <= 0 || client->drop_left > 0)
        return n;
    char *body = strstr(client->in, "\r\n\r\n");
    client->in_len = 0;
    return body && answer(client, client->in, body + 4) ? n : 0;
}

static ssize_t take_some(struct client *client)
{
    size_t room = REQUEST_MAX - 1 - client->in_len;
    ssize_t n = recv(client->fd, client->in + client->in_len, room, 0);
    client->in_len += n > 0 ? (size_t)n : 0;
    return n > 0 && !take_request(client) ? 0 : n;
}

/* All that has come; false = hang up. */
static bool take_bytes(struct client *client)
{
    for (;;) {
        ssize_t n = client->drop_left > 0 ? drop_some(client) : take_some(client);
        if (n <= 0)
            return n < 0 && errno == EAGAIN;
    }
}

static void on_client(struct client *client, uint32_t events)
{
    bool well = !client->gone && (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) == 0;
    if (well && events & EPOLLIN)
        well = take_bytes(client);
    if (well && !client->queued)
        well = put_rest(client);
    if (!well)
        hang_up(client);
    else if (client->streaming && !client->silent && !client->queued && client->out_len == 0)
        queue(client, 0);
}

static void accept_all(int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct client *client = calloc(1, sizeof(*client));
        if (!client)
            net_die("calloc");
        client->fd = fd;
        net_no_delay(fd);
        net_watch(cloud.epoll_fd, fd, client);
    }
}

static void empty_slot(struct client **slot)
{
    struct client *client = *slot;
    *slot = NULL;
    while (client) {
        struct client *next = client->next;
        client->queued = false;
        cloud.queued -= client->every_ms > 0 ? 1 : 0;
        if (client->gone)
            free(client);
        else
            go_on(client);
        client = next;
    }
}

static void turn_wheel(void)
{
    int64_t until_ms = now_ms();
    while (cloud.queued > 0 && cloud.turned_ms < until_ms)
        empty_slot(&cloud.slot[(size_t)++cloud.turned_ms % WHEEL_SLOTS]);
    if (cloud.queued == 0)
        cloud.turned_ms = until_ms;
    empty_slot(&cloud.hasty);
}

static void serve(int listener)
{
    struct epoll_event events[BATCH];
    for (;;) {
        int wait_ms = cloud.hasty ? 0 : cloud.queued > 0 ? 1 : -1;
        int n = epoll_wait(cloud.epoll_fd, events, BATCH, wait_ms);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr)
                on_client(events[i].data.ptr, events[i].events);
            else
                accept_all(listener);
        }
        turn_wheel();
    }
}

int main(int argc, char **argv)
{
    uint16_t port = argc == 2 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0;
    int listener = net_listen(NULL, port, &port);
    net_many_files();
    cloud.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    cloud.turned_ms = now_ms();
    memset(cloud.fill, SCRIPT_FILL, FILL_BYTES);
    net_watch(cloud.epoll_fd, listener, NULL);
    (void)printf("%u\n", port);
    (void)fflush(stdout);
    serve(listener);
}
