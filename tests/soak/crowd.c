/*
 * Clients that make exchanges of every kind, check each answer, and cost little: one thread, one
 * epoll.
 *
 *     crowd PORT CLIENTS COUNT ROUNDS THINK_MS SEED [KIND...]
 *
 * So many clients at a time; each makes an exchange of a random kind (of those named, else of all
 * in kinds.h), thinks for up to THINK_MS and goes on, on the same connection or another one. A
 * round is COUNT exchanges. At its end all connections are closed, "round N" is printed, and the
 * next one begins with a line on standard input. SIGINT lets what runs end, and nothing more begin.
 *
 * Prints one JSON object at the end. Like any HTTP client it looks whether a kept connection was
 * closed before it asks on it (`reopened`); a request that meets a closed door (`refused`) or gets
 * not one byte of an answer (`lost`) is bad. Exits with 0, or 1 if anything was bad.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../bench/net.h"
#include "judge.h"

#define BATCH       256
#define CLIENTS_MAX 4096
#define ANSWER_MAX  (512 << 10)
#define FILLER_MAX  4000
/* Longer without a byte for anybody means that somebody has stopped. */
#define PATIENCE_MS 30000

enum state { RESTING, CONNECTING, ASKED };

struct client {
    int fd; /* -1 = none */
    enum state state;
    bool kept; /* it has been asked on before */
    const struct kind *kind;
    unsigned number; /* of the request, which its answer begins with */
    int64_t due_us;  /* RESTING: when to go on; LEAVES_SOON: when to go */
    char *bytes;     /* of the answer */
    size_t len;
};

static struct {
    int epoll_fd;
    uint16_t port;
    uint64_t begun, ended, round_end;
    uint64_t good, bad, refused, lost, reopened, left;
    int64_t think_us;
    uint64_t random;
    size_t picked[KIND_COUNT];
    size_t picked_count;
    uint64_t by_kind[KIND_COUNT];
    char why[512];
    char body[ANSWER_MAX + 1];
    char filler[FILLER_MAX + 1];
} crowd;

static volatile sig_atomic_t stopping;

static void on_interrupt(int number)
{
    (void)number;
    stopping = 1;
}

/* xorshift64*: the same for the same seed. */
static uint64_t pick(uint64_t below)
{
    crowd.random ^= crowd.random >> 12;
    crowd.random ^= crowd.random << 25;
    crowd.random ^= crowd.random >> 27;
    return (crowd.random * UINT64_C(0x2545F4914F6CDD1D) >> 33) % below;
}

static void disconnect(struct client *client, bool reset)
{
    struct linger linger = {.l_onoff = 1};
    if (client->fd < 0)
        return;
    if (reset)
        (void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(client->fd);
    client->fd = -1;
    client->kept = false;
}

static void rest(struct client *client)
{
    crowd.ended++;
    client->state = RESTING;
    client->kind = NULL;
    client->len = 0;
    client->due_us =
        crowd.think_us > 0 ? net_now_us() + (int64_t)pick((uint64_t)crowd.think_us) : 0;
}

static void give_up(struct client *client, const char *why)
{
    crowd.bad++;
    if (crowd.why[0] == '\0') {
        int n = snprintf(crowd.why, sizeof(crowd.why), "%s: %s; it has ", client->kind->name, why);
        for (size_t i = 0; n > 0 && (size_t)n < sizeof(crowd.why) - 1 && i < client->len; i++)
            if (client->bytes[i] >= ' ' && client->bytes[i] != '"' && client->bytes[i] != '\\')
                crowd.why[n++] = client->bytes[i];
    }
    disconnect(client, false);
    rest(client);
}

static void leave(struct client *client)
{
    crowd.left++;
    disconnect(client, pick(2) == 0);
    rest(client);
}

static void ask(struct client *client)
{
    static char request[FILLER_MAX + 4096], body[FILLER_MAX + 1024];
    const struct kind *kind = client->kind;
    bool get = !kind->before;
    int len = 0, n;
    if (!get)
        len = snprintf(body, sizeof(body), "%s" ACT_MARK "%d %d %u %.*s%s", kind->before,
                       (int)kind->cloud, (int)kind->local, client->number, (int)pick(FILLER_MAX),
                       crowd.filler, kind->after);
    n = snprintf(
        request, sizeof(request),
        "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/json\r\n"
        "User-Agent: soak/1\r\nAuthorization: Bearer x\r\n%s%sContent-Length: %d\r\n\r\n%s",
        get ? "GET" : "POST", kind->path, crowd.port, kind->field ? kind->field : "",
        pick(4) == 0 ? "Connection: close\r\n" : "", len, get ? "" : body);
    client->state = ASKED;
    client->len = 0;
    client->due_us = net_now_us() + (int64_t)pick(5000);
    if (send(client->fd, request, (size_t)n, MSG_NOSIGNAL) != n) {
        crowd.lost++;
        give_up(client, "the request could not be sent");
    } else if (kind->leaving == LEAVES_AT_ONCE) {
        leave(client);
    }
}

/* Whether the kept connection can be asked on; as any client looks before it sends. */
static bool is_open(struct client *client)
{
    char byte;
    ssize_t n = recv(client->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return true;
    crowd.reopened++;
    disconnect(client, false);
    return false;
}

static void begin(struct client *client)
{
    size_t number = crowd.picked[pick(crowd.picked_count)];
    client->kind = &kinds[number];
    client->number = (unsigned)++crowd.begun;
    crowd.by_kind[number]++;
    if (client->fd >= 0 && is_open(client)) {
        ask(client);
        return;
    }
    client->fd = net_connect(crowd.port);
    client->state = CONNECTING;
    client->kept = false;
    net_watch(crowd.epoll_fd, client->fd, client);
}

/* Bytes have come, or the end has. */
static void look(struct client *client, bool at_end)
{
    struct reading reading = judge_read(client->bytes, client->len, crowd.body);
    bool broken = at_end && client->kind->expect == BROKEN && reading.status == 200;
    if (client->kind->leaving == LEAVES_IN_MID_STREAM && strstr(crowd.body, ACT_WORD)) {
        leave(client);
        return;
    }
    if (!reading.whole && !at_end)
        return;
    const char *why = judge_answer(client->kind, client->number, &reading, crowd.body);
    if (at_end && client->len == 0) {
        crowd.lost++;
        why = client->kept ? "a kept connection ended without an answer" : "no byte of an answer";
    } else if (reading.whole && reading.used != client->len) {
        why = "bytes behind the end of the answer";
    } else if (reading.whole && client->kind->expect == BROKEN) {
        why = "a broken stream has a good end";
    }
    if (why) {
        give_up(client, why);
        return;
    }
    crowd.good++;
    client->kept = true;
    if (broken || at_end || reading.close || pick(8) == 0)
        disconnect(client, false);
    rest(client);
}

static void read_all(struct client *client)
{
    for (;;) {
        size_t room = ANSWER_MAX - client->len;
        ssize_t n = recv(client->fd, client->bytes + client->len, room, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        if (client->state ==
            RESTING) { /* what nobody waits for is looked at before it is asked on */
            return;
        }
        if (n == (ssize_t)room) {
            give_up(client, "the answer is too long");
            return;
        }
        client->len += n > 0 ? (size_t)n : 0;
        look(client, n <= 0);
        if (client->state != ASKED)
            return;
    }
}

static void on_client(struct client *client, uint32_t events)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (client->fd < 0 || client->state == RESTING)
        return;
    if (client->state == CONNECTING) {
        if (getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0) {
            crowd.refused++;
            give_up(client, strerror(error));
            return;
        }
        if (events & EPOLLOUT)
            ask(client);
    }
    if (client->state == ASKED && events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP))
        read_all(client);
}

/* Begins what is due; returns how long to wait for events at most, in ms. */
static int go_on(struct client *clients, size_t count)
{
    int64_t now_us = net_now_us();
    bool soon = false;
    for (size_t i = 0; i < count; i++) {
        struct client *client = &clients[i];
        bool more = !stopping && crowd.begun < crowd.round_end;
        if (client->state == RESTING && more && client->due_us <= now_us)
            begin(client);
        if (client->state == ASKED && client->kind->leaving == LEAVES_SOON &&
            client->due_us <= now_us)
            leave(client);
        soon = soon || (client->state == RESTING && more) ||
               (client->state == ASKED && client->kind->leaving == LEAVES_SOON);
    }
    return soon ? 1 : PATIENCE_MS;
}

static void run_round(struct client *clients, size_t count, uint64_t exchanges)
{
    struct epoll_event events[BATCH];
    crowd.round_end += exchanges;
    for (;;) {
        int wait_ms = go_on(clients, count);
        if (crowd.ended == crowd.begun && (stopping || crowd.begun >= crowd.round_end))
            break;
        int n = epoll_wait(crowd.epoll_fd, events, BATCH, wait_ms);
        for (int i = 0; i < n; i++)
            on_client(events[i].data.ptr, events[i].events);
        if (n == 0 && wait_ms == PATIENCE_MS)
            for (size_t i = 0; i < count; i++)
                if (clients[i].state != RESTING)
                    give_up(&clients[i], "nothing came for 30 seconds");
    }
    for (size_t i = 0; i < count; i++)
        disconnect(&clients[i], false);
}

static void report(void)
{
    (void)printf("{\"exchanges\":%" PRIu64 ",\"good\":%" PRIu64 ",\"left\":%" PRIu64
                 ",\"bad\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"lost\":%" PRIu64
                 ",\"reopened\":%" PRIu64 ",\"why\":\"%s\",\"kinds\":{",
                 crowd.ended, crowd.good, crowd.left, crowd.bad, crowd.refused, crowd.lost,
                 crowd.reopened, crowd.why);
    for (size_t i = 0; i < KIND_COUNT; i++)
        (void)printf("%s\"%s\":%" PRIu64, i ? "," : "", kinds[i].name, crowd.by_kind[i]);
    (void)printf("}}\n");
}

/* Whether a kind is among the words from the seventh on; none means all. */
static bool is_wanted(const struct kind *kind, int argc, char **argv)
{
    for (int i = 7; i < argc; i++)
        if (strcmp(argv[i], kind->name) == 0)
            return true;
    return argc <= 7;
}

static struct client *make_clients(size_t count)
{
    struct client *clients = calloc(count, sizeof(*clients));
    for (size_t i = 0; clients && i < count; i++) {
        clients[i].fd = -1;
        clients[i].bytes = malloc(ANSWER_MAX + 1);
        if (!clients[i].bytes)
            net_die("malloc");
    }
    if (!clients)
        net_die("calloc");
    return clients;
}

/* Takes the command line; returns how many clients there are to be. */
static size_t configure(int argc, char **argv)
{
    size_t count = argc > 6 ? strtoul(argv[2], NULL, 10) : 0;
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (is_wanted(&kinds[i], argc, argv))
            crowd.picked[crowd.picked_count++] = i;
    if (count < 1 || count > CLIENTS_MAX || crowd.picked_count == 0) {
        (void)fprintf(stderr,
                      "usage: crowd PORT CLIENTS COUNT ROUNDS THINK_MS SEED [KIND...], kinds.h\n");
        exit(2);
    }
    crowd.port = (uint16_t)strtoul(argv[1], NULL, 10);
    crowd.think_us = strtol(argv[5], NULL, 10) * 1000;
    crowd.random = strtoull(argv[6], NULL, 10) | 1U << 20;
    crowd.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (crowd.epoll_fd < 0)
        net_die("epoll_create1");
    memset(crowd.filler, 'x', FILLER_MAX);
    return count;
}

int main(int argc, char **argv)
{
    size_t count = configure(argc, argv);
    struct client *clients = make_clients(count);
    uint64_t exchanges = strtoull(argv[3], NULL, 10), rounds = strtoull(argv[4], NULL, 10);
    net_many_files();
    (void)signal(SIGINT, on_interrupt);
    for (uint64_t round = 1; round <= rounds && !stopping; round++) {
        run_round(clients, count, exchanges);
        (void)printf("round %" PRIu64 "\n", round);
        (void)fflush(stdout);
        if (round < rounds && getchar() == EOF)
            break;
    }
    report();
    for (size_t i = 0; i < count; i++)
        free(clients[i].bytes);
    free(clients);
    return crowd.bad > 0 ? 1 : 0;
}
