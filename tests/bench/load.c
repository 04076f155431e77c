/*
 * A load generator that costs little: one thread, one epoll; checks every byte (see answer.h).
 *
 *     load PORT whole CLIENTS REQUESTS
 *         keep-alive clients, each asks again when it is answered; times are those of answers
 *     load PORT stream STREAMS EVENTS EVERY
 *         so many streams at once, an event each EVERY ms; times are those of events on their way
 *     load PORT gaps STREAMS EVENTS EVERY
 *         the same; times are what the way has added to the gaps between events
 *     load PORT endless STREAMS EVERY
 *         the same, until the cloud is told to end them (script.h), and without times
 *     load PORT hold STREAMS
 *         opens silent streams, says "open", and goes, hanging up on all of them, when standard
 *         input ends
 *
 * Prints one JSON object. Exits with 0, or 1 if an answer was bad or nothing came any more.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "net.h"
#include "script.h"

#define BATCH       256
#define REQUEST_MAX 2048
#define MEMBERS_MAX 160
/* Streams that are being opened at a time: a proxy's backlog is not what is measured. */
#define OPENING_MAX 64
/* Longer without any event means that somebody has stopped. */
#define PATIENCE_MS 10000

struct client {
    int fd;
    bool asked;
    bool opening; /* a stream without content yet */
    int64_t asked_us;
    struct answer answer;
};

static struct {
    int epoll_fd;
    uint16_t port;
    bool stream;
    bool hold;
    bool gaps;
    uint64_t target; /* requests or streams */
    uint64_t begun;
    uint64_t ended;
    uint64_t bad;
    uint64_t events;
    uint64_t expected; /* content events of a stream */
    unsigned opening;
    const char *why;
    size_t request_len;
    char request[REQUEST_MAX];
    uint32_t *times_us;
    size_t time_count;
    size_t time_cap;
} load;

static void note_time(int64_t us)
{
    if (load.time_count < load.time_cap)
        load.times_us[load.time_count++] = us > 0 ? (uint32_t)us : 0;
}

static void make_times(size_t count)
{
    load.time_cap = count;
    load.times_us = calloc(count + 1, sizeof(*load.times_us));
    if (!load.times_us)
        net_die("calloc");
}

/* A request of about the size that a short conversation has. */
static void make_request(const char *members)
{
    char body[REQUEST_MAX / 2];
    int len = snprintf(
        body, sizeof(body),
        "{\"model\":\"gpt-4\",\"messages\":[{\"role\":\"system\",\"content\":\"You are a careful "
        "assistant. Answer in one sentence.\"},{\"role\":\"user\",\"content\":\"What is a proxy, "
        "in the language of networks, and what is it in the language of lawyers?\"}],"
        "\"temperature\":0.7,\"max_tokens\":256%s}",
        members);
    int n = snprintf(load.request, sizeof(load.request),
                     "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                     "Content-Type: application/json\r\nAccept: application/json\r\n"
                     "User-Agent: bench/1\r\nAuthorization: Bearer x\r\nContent-Length: %d\r\n\r\n"
                     "%s",
                     load.port, len, body);
    load.request_len = (size_t)n;
}

static void give_up(struct client *client, const char *why)
{
    load.bad++;
    load.ended++;
    load.opening -= client->opening ? 1 : 0;
    load.why = load.why ? load.why : why;
    close(client->fd);
    client->fd = -1;
}

static void ask(struct client *client)
{
    client->asked = true;
    client->asked_us = net_now_us();
    answer_reset(&client->answer, load.stream, load.expected);
    ssize_t n = send(client->fd, load.request, load.request_len, MSG_NOSIGNAL);
    if (n != (ssize_t)load.request_len)
        give_up(client, "the request could not be sent");
}

static void begin(struct client *client)
{
    *client = (struct client){.fd = net_connect(load.port), .opening = load.stream};
    client->answer.delay = load.stream && !load.gaps ? note_time : NULL;
    client->answer.gap = load.gaps ? note_time : NULL;
    load.opening += load.stream ? 1 : 0;
    load.begun++;
    net_watch(load.epoll_fd, client->fd, client);
}

static void on_answer(struct client *client)
{
    if (!load.stream)
        note_time(net_now_us() - client->asked_us);
    load.ended++;
    load.events += client->answer.events;
    if (load.stream || load.begun >= load.target) {
        close(client->fd);
        client->fd = -1;
        return;
    }
    load.begun++;
    ask(client);
}

static void take(struct client *client, const char *bytes, size_t len)
{
    answer_feed(&client->answer, bytes, len, net_now_us());
    if (client->opening && client->answer.events > 0) {
        client->opening = false;
        load.opening--;
    }
    if (client->answer.bad)
        give_up(client, client->answer.bad);
    else if (client->answer.place == ANSWER_END)
        on_answer(client);
}

static void read_all(struct client *client)
{
    static char bytes[64 << 10];
    for (;;) {
        ssize_t n = recv(client->fd, bytes, sizeof(bytes), 0);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            give_up(client, n == 0 ? "the connection was closed early" : strerror(errno));
            return;
        }
        take(client, bytes, (size_t)n);
        if (client->fd < 0 || (size_t)n < sizeof(bytes))
            return;
    }
}

static void on_client(struct client *client, uint32_t events)
{
    if (client->fd >= 0 && events & EPOLLOUT && !client->asked)
        ask(client);
    if (client->fd >= 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP))
        read_all(client);
}

/* All streams are open: says so, and waits for standard input to end. */
static void hold(void)
{
    char byte;
    (void)printf("open\n");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    load.ended = load.target;
}

static void turn(struct client *clients, size_t count)
{
    struct epoll_event events[BATCH];
    static size_t made;
    while (made < count && load.opening < OPENING_MAX)
        begin(&clients[made++]);
    int n = epoll_wait(load.epoll_fd, events, BATCH, PATIENCE_MS);
    if (n == 0) {
        load.why = load.why ? load.why : "nothing came for 10 seconds";
        load.bad += load.target - load.ended;
        load.ended = load.target;
    }
    for (int i = 0; i < n; i++)
        on_client(events[i].data.ptr, events[i].events);
    if (load.hold && made == count && load.opening == 0 && load.ended < load.target)
        hold();
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static uint32_t quantile(double part)
{
    if (load.time_count == 0)
        return 0;
    return load.times_us[(size_t)(part * (double)(load.time_count - 1))];
}

static void report(int64_t wall_us)
{
    qsort(load.times_us, load.time_count, sizeof(*load.times_us), compare);
    (void)printf("{\"answers\":%" PRIu64 ",\"bad\":%" PRIu64 ",\"events\":%" PRIu64
                 ",\"wall_us\":%" PRId64 ",\"p50_us\":%" PRIu32 ",\"p99_us\":%" PRIu32
                 ",\"p999_us\":%" PRIu32 ",\"max_us\":%" PRIu32 ",\"why\":\"%s\"}\n",
                 load.ended - load.bad, load.bad, load.events, wall_us, quantile(0.5),
                 quantile(0.99), quantile(0.999), quantile(1), load.why ? load.why : "");
}

static uint64_t number(char **argv, int argc, int at)
{
    uint64_t n = at < argc ? strtoull(argv[at], NULL, 10) : 0;
    if (n > 0)
        return n;
    (void)fprintf(stderr, "usage: load PORT whole CLIENTS REQUESTS"
                          " | stream STREAMS EVENTS EVERY_MS | gaps STREAMS EVENTS EVERY_MS"
                          " | endless STREAMS EVERY_MS | hold STREAMS\n");
    exit(2);
}

/* Members that ask for so many events, one each every_ms. */
static void ask_for_stream(char members[static MEMBERS_MAX], uint64_t events, uint64_t every_ms)
{
    (void)snprintf(members, MEMBERS_MAX,
                   "," SCRIPT_STREAM ",\"stream_options\":{\"include_usage\":true}," SCRIPT_EVENTS
                   "%" PRIu64 "," SCRIPT_EVERY_MS "%" PRIu64,
                   events, every_ms);
}

/* Sets the load up from the command line; returns how many clients it has. */
static size_t configure(int argc, char **argv)
{
    char members[MEMBERS_MAX] = "";
    size_t clients = (size_t)number(argv, argc, 3);
    bool endless = strcmp(argv[2], "endless") == 0;
    load.port = (uint16_t)number(argv, argc, 1);
    load.stream = strcmp(argv[2], "whole") != 0;
    load.hold = strcmp(argv[2], "hold") == 0;
    load.gaps = strcmp(argv[2], "gaps") == 0;
    load.target = load.stream ? clients : number(argv, argc, 4);
    if (load.hold) {
        (void)snprintf(members, sizeof(members), "," SCRIPT_STREAM "," SCRIPT_SILENT);
    } else if (endless) {
        ask_for_stream(members, INT64_MAX, number(argv, argc, 4));
    } else if (load.stream) {
        load.expected = number(argv, argc, 4);
        ask_for_stream(members, load.expected, number(argv, argc, 5));
    }
    make_times(load.hold || endless ? 0 : load.stream ? clients * load.expected : load.target);
    make_request(members);
    return clients;
}

int main(int argc, char **argv)
{
    net_many_files();
    size_t count = configure(argc, argv);
    struct client *clients = calloc(count, sizeof(*clients));
    load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || load.epoll_fd < 0)
        net_die("set-up");
    int64_t begun_us = net_now_us();
    while (load.ended < load.target)
        turn(clients, count);
    report(net_now_us() - begun_us);
    free(load.times_us);
    free(clients);
    return load.bad > 0 ? 1 : 0;
}
