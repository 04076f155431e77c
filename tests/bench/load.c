/*
 * A load generator that costs little: one thread, one epoll; checks every byte (see answer.h).
 *
 *     load PORT whole CLIENTS REQUESTS [asking=N]
 *         keep-alive clients, each asks again when it is answered; with asking= so many of them at
 * a time, in turns; times are those of answers load PORT stream STREAMS EVENTS EVERY so many
 * streams at once, an event each EVERY ms; times are those of events on their way load PORT gaps
 * STREAMS EVENTS EVERY the same; times are what the way has added to the gaps between events load
 * PORT endless STREAMS EVERY the same, until the cloud is told to end them (script.h), and without
 * times load PORT hold STREAMS opens silent streams, says "open", and goes, hanging up on all of
 * them, when standard input ends
 *
 * And for each of them: route=NAME asks for that provider, body=BYTES has so many more in the
 * request, answer=BYTES asks for a text of that length in a whole answer.
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

#define BATCH     256
#define HEAD_MAX  512
#define BODY_MAX  1024 /* without what body= adds */
#define WORDS_MAX 160
/* Connections that are being opened at a time: a proxy's backlog is not what is measured. */
#define OPENING_MAX 64
/* Longer without any event means that somebody has stopped. */
#define PATIENCE_MS 10000

struct client {
    int fd;
    bool asked;
    bool opening; /* without an answer, or a stream without content, yet */
    size_t sent;  /* of the request */
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
    uint64_t asking;   /* whole: at a time; 0 = all */
    size_t body, answer;
    const char *route;
    unsigned opening;
    const char *why;
    size_t request_len;
    char *request;
    struct client *clients;
    size_t client_count, ready, next; /* of those that wait for their turn */
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

/* A request of about the size that a short conversation has, or longer by load.body. */
static void make_request(const char *words)
{
    char body[BODY_MAX];
    int len = snprintf(
        body, sizeof(body),
        "{\"model\":\"gpt-4\",%s\"temperature\":0.7,\"max_tokens\":256,\"messages\":["
        "{\"role\":\"system\",\"content\":\"You are a careful assistant. Answer in one "
        "sentence.\"},{\"role\":\"user\",\"content\":\"What is a proxy, in the language of "
        "networks, "
        "and what is it in the language of lawyers? %s\"}]}",
        load.stream ? SCRIPT_STREAM ",\"stream_options\":{\"include_usage\":true}," : "", words);
    load.request = malloc(HEAD_MAX + (size_t)len + load.body);
    if (!load.request)
        net_die("malloc");
    int n =
        snprintf(load.request, HEAD_MAX,
                 "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                 "Content-Type: application/json\r\nAccept: application/json\r\n"
                 "User-Agent: bench/1\r\nAuthorization: Bearer x\r\n%s%s%s"
                 "Content-Length: %zu\r\n\r\n",
                 load.port, load.route ? "x-understudy-route: " : "", load.route ? load.route : "",
                 load.route ? "\r\n" : "", (size_t)len + load.body);
    size_t tail = strlen("\"}]}"), front = (size_t)len - tail;
    char *at = load.request + n;
    memcpy(at, body, front);
    memset(at + front, SCRIPT_FILL, load.body);
    memcpy(at + front + load.body, body + front, tail);
    load.request_len = (size_t)n + (size_t)len + load.body;
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

static void send_request(struct client *client)
{
    while (client->sent < load.request_len) {
        ssize_t n = send(client->fd, load.request + client->sent, load.request_len - client->sent,
                         MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            give_up(client, "the request could not be sent");
            return;
        }
        client->sent += (size_t)n;
    }
}

static void ask(struct client *client)
{
    client->asked = true;
    client->asked_us = net_now_us();
    client->sent = 0;
    answer_reset(&client->answer, load.stream, load.expected);
    client->answer.fill = load.answer;
    send_request(client);
}

static void begin(struct client *client)
{
    *client = (struct client){.fd = net_connect(load.port), .opening = true};
    client->answer.delay = load.stream && !load.gaps ? note_time : NULL;
    client->answer.gap = load.gaps ? note_time : NULL;
    load.opening++;
    load.begun += load.asking == 0 ? 1 : 0;
    net_watch(load.epoll_fd, client->fd, client);
}

static void opened(struct client *client)
{
    load.opening -= client->opening ? 1 : 0;
    client->opening = false;
}

/* With asking=: the next one of all clients, in a ring, that is not asked already. */
static void ask_next(void)
{
    while (load.begun < load.target) {
        struct client *client = &load.clients[load.next];
        load.next = load.next + 1 < load.client_count ? load.next + 1 : 0;
        if (client->asked || client->fd < 0)
            continue;
        load.begun++;
        ask(client);
        return;
    }
}

/* All are connected: the first ones begin. */
static void begin_ring(void)
{
    for (uint64_t i = 0; i < load.asking; i++)
        ask_next();
}

static void on_answer(struct client *client)
{
    if (!load.stream)
        note_time(net_now_us() - client->asked_us);
    load.ended++;
    load.events += client->answer.events;
    if (load.asking > 0) {
        client->asked = false;
        ask_next();
        return;
    }
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
    if (client->answer.events > 0 || client->answer.place == ANSWER_END)
        opened(client);
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
    if (client->fd >= 0 && events & EPOLLOUT && client->asked)
        send_request(client);
    else if (client->fd >= 0 && events & EPOLLOUT && load.asking == 0)
        ask(client);
    else if (client->fd >= 0 && events & EPOLLOUT && client->opening) {
        opened(client);
        if (++load.ready == load.client_count)
            begin_ring();
    }
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

static void turn(void)
{
    struct epoll_event events[BATCH];
    static size_t made;
    size_t count = load.client_count;
    while (made < count && load.opening < OPENING_MAX)
        begin(&load.clients[made++]);
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
    char *end = NULL;
    uint64_t n = at < argc ? strtoull(argv[at], &end, 10) : 0;
    if (end && end != argv[at] && *end == '\0')
        return n;
    (void)fprintf(stderr, "usage: load PORT whole CLIENTS REQUESTS [asking=N]"
                          " | stream STREAMS EVENTS EVERY_MS | gaps STREAMS EVENTS EVERY_MS"
                          " | endless STREAMS EVERY_MS | hold STREAMS"
                          "  [route=NAME] [body=BYTES] [answer=BYTES]\n");
    exit(2);
}

/* Takes the words that have a name out of the command line. */
static int take_options(int argc, char **argv)
{
    int left = 0;
    for (int i = 0; i < argc; i++) {
        const char *equals = i > 0 ? strchr(argv[i], '=') : NULL;
        uint64_t n = equals ? strtoull(equals + 1, NULL, 10) : 0;
        if (!equals)
            argv[left++] = argv[i];
        else if (strncmp(argv[i], "route=", 6) == 0)
            load.route = equals + 1;
        else if (strncmp(argv[i], "body=", 5) == 0)
            load.body = n;
        else if (strncmp(argv[i], "answer=", 7) == 0)
            load.answer = n;
        else if (strncmp(argv[i], "asking=", 7) == 0)
            load.asking = n;
    }
    return left;
}

/* Words that ask for so many events, one each every_ms. */
static void ask_for_stream(char words[static WORDS_MAX], uint64_t events, uint64_t every_ms)
{
    (void)snprintf(words, WORDS_MAX, SCRIPT_EVENTS "%" PRIu64 " " SCRIPT_EVERY_MS "%" PRIu64 " ",
                   events, every_ms);
}

/* Sets the load up from the command line. */
static void configure(int argc, char **argv)
{
    char words[WORDS_MAX] = "";
    argc = take_options(argc, argv);
    load.client_count = (size_t)number(argv, argc, 3);
    bool endless = strcmp(argv[2], "endless") == 0;
    load.port = (uint16_t)number(argv, argc, 1);
    load.stream = strcmp(argv[2], "whole") != 0;
    load.hold = strcmp(argv[2], "hold") == 0;
    load.gaps = strcmp(argv[2], "gaps") == 0;
    load.target = load.stream ? load.client_count : number(argv, argc, 4);
    if (load.hold) {
        (void)snprintf(words, sizeof(words), SCRIPT_SILENT " ");
    } else if (endless) {
        ask_for_stream(words, INT64_MAX, number(argv, argc, 4));
    } else if (load.stream) {
        load.expected = number(argv, argc, 4);
        ask_for_stream(words, load.expected, number(argv, argc, 5));
    } else if (load.answer > 0) {
        (void)snprintf(words, sizeof(words), SCRIPT_BYTES "%zu ", load.answer);
    }
    make_times(load.hold || endless ? 0
               : load.stream        ? load.client_count * load.expected
                                    : load.target);
    make_request(words);
}

int main(int argc, char **argv)
{
    net_many_files();
    configure(argc, argv);
    load.clients = calloc(load.client_count + 1, sizeof(*load.clients));
    load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!load.clients || load.epoll_fd < 0)
        net_die("set-up");
    int64_t begun_us = net_now_us();
    while (load.ended < load.target)
        turn();
    report(net_now_us() - begun_us);
    free(load.times_us);
    free(load.clients);
    free(load.request);
    return load.bad > 0 ? 1 : 0;
}
