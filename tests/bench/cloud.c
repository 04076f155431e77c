/*
 * A pretended cloud provider that costs little: one thread, one epoll, answers from script.h.
 *
 *     cloud PORT        listens on 127.0.0.1 and prints the port that it got (0 = any)
 *
 * Streams that have events to send wait in a wheel of one slot a millisecond. A stream that is in
 * the wheel is freed by the wheel only: a hang-up marks it.
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

#define WHEEL_SLOTS 1024 /* so no pace is slower than one event a second */
#define REQUEST_MAX 8192
#define EVENT_MAX   512
#define BATCH       256

struct client {
    int fd;
    struct client *next; /* in a slot of the wheel */
    bool queued;
    bool gone;
    bool streaming;
    bool silent;
    unsigned every_ms;
    uint64_t events; /* in all */
    uint64_t sent;
    size_t in_len;
    size_t out_len; /* what the socket has not taken yet */
    char in[REQUEST_MAX];
    char out[4 * EVENT_MAX];
};

static struct {
    int epoll_fd;
    struct client *slot[WHEEL_SLOTS];
    int64_t turned_ms; /* the slots up to this time were emptied */
    unsigned queued;
    unsigned phase; /* spreads the streams of one pace evenly over it */
    unsigned open_streams;
    bool ending; /* all streams come to their end with the next event */
} cloud;

static int64_t now_ms(void)
{
    return net_now_us() / 1000;
}

static void queue(struct client *client, unsigned in_ms)
{
    size_t at = (size_t)(cloud.turned_ms + 1 + in_ms) % WHEEL_SLOTS;
    client->next = cloud.slot[at];
    cloud.slot[at] = client;
    client->queued = true;
    cloud.queued++;
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

/* Sends, or keeps what the socket does not take: never more than one event's worth. */
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

static bool put_rest(struct client *client)
{
    if (client->out_len == 0)
        return true;
    char rest[sizeof(client->out)];
    memcpy(rest, client->out, client->out_len);
    return put(client, rest, client->out_len);
}

/* Appends one HTTP chunk of one event; `tail` is what comes after the common beginning. */
static size_t add_event(char *out, size_t at, size_t max, const char *tail)
{
    size_t len = strlen(SCRIPT_CHUNK) + strlen(tail) + 2;
    int n = snprintf(out + at, max - at, "%zx\r\n%s%s\n\n\r\n", len, SCRIPT_CHUNK, tail);
    return at + (size_t)n;
}

static size_t add_content(char *out, size_t at, size_t max, uint64_t number)
{
    char tail[160];
    (void)snprintf(tail, sizeof(tail),
                   "\"choices\":[{\"index\":0,\"delta\":{" SCRIPT_CONTENT "%" PRIu64 " %" PRId64
                   " \"},\"logprobs\":null,\"finish_reason\":null}]}",
                   number, net_now_us());
    return add_event(out, at, max, tail);
}

static bool put_begin(struct client *client)
{
    char out[3 * EVENT_MAX];
    int n = snprintf(out, sizeof(out),
                     "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                     "x-request-id: req_5f0c1b7a9d\r\nTransfer-Encoding: chunked\r\n\r\n");
    size_t len =
        add_event(out, (size_t)n, sizeof(out),
                  "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"," SCRIPT_CONTENT
                  "\"},\"logprobs\":null,\"finish_reason\":null}]}");
    if (client->silent)
        len = add_content(out, len, sizeof(out), client->sent++);
    return put(client, out, len);
}

static bool put_end(struct client *client)
{
    static const char last[] = "e\r\n" SCRIPT_DONE "\n\n\r\n0\r\n\r\n";
    char out[4 * EVENT_MAX], usage[160];
    size_t len =
        add_event(out, 0, sizeof(out),
                  "\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null," SCRIPT_FINISH "}]}");
    (void)snprintf(usage, sizeof(usage),
                   "\"choices\":[]," SCRIPT_USAGE
                   "\"prompt_tokens\":19,\"completion_tokens\":%" PRIu64
                   ",\"total_tokens\":%" PRIu64 "}}",
                   client->events, client->events + 19);
    len = add_event(out, len, sizeof(out), usage);
    memcpy(out + len, last, sizeof(last) - 1);
    stream_over(client);
    return put(client, out, len + sizeof(last) - 1);
}

/* The next event of a stream; while the socket is full there is none. */
static void go_on(struct client *client)
{
    char out[EVENT_MAX];
    bool well = put_rest(client);
    if (well && client->out_len == 0)
        well = client->sent < client->events && !cloud.ending
                   ? put(client, out, add_content(out, 0, sizeof(out), client->sent++))
                   : put_end(client);
    if (!well)
        hang_up(client);
    else if (client->streaming)
        queue(client, client->every_ms - 1);
}

static uint64_t number_after(const char *body, const char *name)
{
    const char *at = strstr(body, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static bool begin_stream(struct client *client, const char *body)
{
    client->streaming = true;
    client->silent = strstr(body, SCRIPT_SILENT) != NULL;
    client->events = number_after(body, SCRIPT_EVENTS);
    client->every_ms = (unsigned)number_after(body, SCRIPT_EVERY_MS) % WHEEL_SLOTS;
    client->every_ms = client->every_ms > 0 ? client->every_ms : 1;
    client->sent = 0;
    cloud.open_streams++;
    if (!put_begin(client))
        return false;
    if (!client->silent)
        queue(client, cloud.phase++ * 7 % client->every_ms);
    return true;
}

static bool put_whole(struct client *client, const char *type, const char *body)
{
    char out[2 * EVENT_MAX];
    int n = snprintf(out, sizeof(out),
                     "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nx-request-id: req_5f0c1b7a9d\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     type, strlen(body), body);
    return put(client, out, (size_t)n);
}

static bool put_open(struct client *client)
{
    char count[16];
    (void)snprintf(count, sizeof(count), "%u", cloud.open_streams);
    return put_whole(client, "text/plain", count);
}

static bool answer(struct client *client, const char *head, const char *body)
{
    if (strncmp(head, "GET /open ", 10) == 0)
        return put_open(client);
    if (strncmp(head, "GET /end ", 9) == 0)
        cloud.ending = true;
    if (strncmp(head, "POST ", 5) != 0)
        return put_whole(client, "application/json", "{\"object\":\"list\",\"data\":[]}");
    if (strstr(body, SCRIPT_STREAM))
        return begin_stream(client, body);
    return put_whole(client, "application/json", SCRIPT_WHOLE);
}

/* Answers the request in the buffer once it is whole; false = hang up. */
static bool take_request(struct client *client)
{
    client->in[client->in_len] = '\0';
    char *blank = strstr(client->in, "\r\n\r\n");
    if (!blank)
        return client->in_len < REQUEST_MAX - 1;
    const char *length = strcasestr(client->in, "\r\nContent-Length:");
    size_t head_len = (size_t)(blank + 4 - client->in);
    size_t body_len = length && length < blank ? strtoul(length + 17, NULL, 10) : 0;
    if (client->in_len < head_len + body_len)
        return head_len + body_len < REQUEST_MAX;
    /* One at a time: none of the proxies sends a request before it has the last answer. */
    client->in_len = 0;
    blank[3] = '\0';
    return answer(client, client->in, client->in + head_len);
}

static bool take_bytes(struct client *client)
{
    for (;;) {
        size_t room = REQUEST_MAX - 1 - client->in_len;
        ssize_t n = recv(client->fd, client->in + client->in_len, room, 0);
        if (n < 0)
            return errno == EAGAIN;
        if (n == 0)
            return false;
        client->in_len += (size_t)n;
        if (!take_request(client))
            return false;
        if ((size_t)n < room)
            return true;
    }
}

static void on_client(struct client *client, uint32_t events)
{
    bool well = !client->gone && (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) == 0;
    if (well && events & EPOLLIN)
        well = take_bytes(client);
    if (well && !client->streaming)
        well = put_rest(client);
    if (!well)
        hang_up(client);
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

static void empty_slot(size_t at)
{
    struct client *client = cloud.slot[at];
    cloud.slot[at] = NULL;
    while (client) {
        struct client *next = client->next;
        client->queued = false;
        cloud.queued--;
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
        empty_slot((size_t)++cloud.turned_ms % WHEEL_SLOTS);
    if (cloud.queued == 0)
        cloud.turned_ms = until_ms;
}

static void serve(int listener)
{
    struct epoll_event events[BATCH];
    for (;;) {
        int n = epoll_wait(cloud.epoll_fd, events, BATCH, cloud.queued > 0 ? 1 : -1);
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
    int listener = net_listen(port, &port);
    net_many_files();
    cloud.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    cloud.turned_ms = now_ms();
    net_watch(cloud.epoll_fd, listener, NULL);
    (void)printf("%u\n", port);
    (void)fflush(stdout);
    serve(listener);
}
