/*
 * All providers of a soak in one cheap program: OpenAI's chat, completions and Responses,
 * Anthropic's Messages, and Ollama, told apart by the path. One thread, one epoll.
 *
 *     provider PORT [ADDRESS]     listens on 127.0.0.1, or there, and prints the port that it got
 *                                 (0 = any)
 *
 * What a request's text says is done: "soak CLOUD LOCAL NUMBER", an act for the clouds and one for
 * Ollama (see acts.h), so it does not matter through how many translations it went. An answer's
 * text is "answer-to NUMBER word 0 word 1 ... ", streamed in two pieces, with a turn of the loop
 * between them.
 *
 * POST /hush closes all connections but its own, so that none that idles is left. GET /counts
 * tells, of all connections but those that these two came on: how many there were and are, how
 * often they were asked, clouds and Ollama, how long one idled at most before it was asked again,
 * how old one was at most when it was asked, and how often one was asked on which an answer was
 * still due.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../bench/net.h"
#include "acts.h"
#include "forms.h"

#define REQUEST_MAX (32 << 10)
#define BATCH       256
#define TEXT_MAX    32
/* Of the words in the first piece of a stream. */
#define FIRST_WORDS 2

struct client {
    int fd;
    bool gone;
    bool close_after; /* what is to be sent: FIN instead of the end that was promised */
    char *rest;       /* the second piece of a stream, NULL = none */
    size_t rest_len;
    struct client *next, *prev; /* of all */
    struct client *pending;     /* of those that have a second piece, or are gone */
    bool is_pending;
    bool ours;                  /* of who tests: not counted */
    bool due;                   /* an answer was begun, or kept back, and has not ended */
    int64_t begun_us, ended_us; /* the connection, its last answer */
    size_t in_len;
    char in[REQUEST_MAX];
};

static struct {
    int epoll_fd;
    struct client *clients;
    struct client *pending;
    struct {
        unsigned connections, open, cloud, local, dirty;
        int64_t idle_us, age_us;
    } counts;
    char answer_for[TEXT_MAX]; /* ACT_FOR and the number of the request that is answered */
} provider;

static void make_pending(struct client *client)
{
    if (client->is_pending)
        return;
    client->is_pending = true;
    client->pending = provider.pending;
    provider.pending = client;
}

/* It is freed at the end of the turn: the same batch may hold an event of it. */
static void hang_up(struct client *client, bool reset)
{
    struct linger linger = {.l_onoff = 1};
    if (client->gone)
        return;
    if (reset)
        (void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(client->fd);
    client->gone = true;
    provider.counts.open -= client->ours ? 0 : 1;
    make_pending(client);
}

static void put(struct client *client, const char *bytes, size_t len)
{
    if (send(client->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
        hang_up(client, false);
}

static void put_whole(struct client *client, const char *status, const char *type, const char *body)
{
    char *out = NULL;
    size_t len = 0;
    FILE *text = open_memstream(&out, &len);
    if (!text)
        net_die("open_memstream");
    (void)fprintf(text,
                  "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                  "x-request-id: req_soak\r\n\r\n%s",
                  status, type, strlen(body), body);
    (void)fclose(text);
    put(client, out, len);
    free(out);
}

static void put_words(FILE *text, int from, int to)
{
    (void)fputs(from == 0 ? provider.answer_for : "", text);
    for (int i = from; i < to; i++)
        (void)fprintf(text, ACT_WORD "%d ", i);
}

/* An answer that is not streamed; cut = its end is missing. */
static void put_answer(struct client *client, const struct form *form, bool cut)
{
    char *body = NULL;
    size_t len = 0;
    FILE *text = open_memstream(&body, &len);
    if (!text)
        net_die("open_memstream");
    (void)fputs(form->whole[0], text);
    put_words(text, 0, ACT_WORDS);
    (void)fputs(form->whole[1], text);
    (void)fclose(text);
    if (!cut) {
        put_whole(client, "200 OK", "application/json", body);
    } else {
        static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                   "Content-Length: 90000\r\n\r\n";
        put(client, head, sizeof(head) - 1);
        put(client, body, len);
        hang_up(client, false);
    }
    free(body);
}

/* One piece of a stream, as one chunk. */
static char *make_piece(const struct form *form, bool first, size_t *ret_len)
{
    char *body = NULL, *out = NULL;
    size_t len = 0;
    FILE *text = open_memstream(&body, &len), *piece = open_memstream(&out, ret_len);
    if (!text || !piece)
        net_die("open_memstream");
    if (first)
        (void)fputs(form->begin, text);
    for (int i = first ? 0 : FIRST_WORDS; i < (first ? FIRST_WORDS : ACT_WORDS); i++)
        (void)fprintf(text, "%s%s" ACT_WORD "%d %s", form->event[0],
                      i == 0 ? provider.answer_for : "", i, form->event[1]);
    if (!first) {
        (void)fputs(form->end[0], text);
        if (form->end[1]) {
            put_words(text, 0, ACT_WORDS);
            (void)fputs(form->end[1], text);
        }
    }
    (void)fclose(text);
    if (first)
        (void)fprintf(piece,
                      "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n",
                      form->type);
    (void)fprintf(piece, "%zx\r\n%s\r\n%s", len, body, first ? "" : "0\r\n\r\n");
    (void)fclose(piece);
    free(body);
    return out;
}

static void put_stream(struct client *client, const struct form *form, enum act act)
{
    size_t len = 0;
    char *first = make_piece(form, true, &len);
    put(client, first, len);
    free(first);
    client->due = true;
    if (client->gone || act == ACT_HANG)
        return;
    client->close_after = act == ACT_CUT;
    if (!client->close_after)
        client->rest = make_piece(form, false, &client->rest_len);
    make_pending(client);
}

static void play(struct client *client, const struct form *form, enum act act, bool streamed)
{
    switch (act) {
    case ACT_OK:
    case ACT_CUT:
    case ACT_HANG:
        client->due = act != ACT_OK;
        if (streamed)
            put_stream(client, form, act);
        else if (act != ACT_HANG)
            put_answer(client, form, act == ACT_CUT);
        break;
    case ACT_503:
        put_whole(client, "503 Service Unavailable", "application/json", form->error);
        break;
    case ACT_429:
        put_whole(client, "429 Too Many Requests", "application/json", form->error);
        break;
    case ACT_400:
        put_whole(client, "400 Bad Request", "application/json", form->error);
        break;
    case ACT_401:
        put_whole(client, "401 Unauthorized", "application/json", form->error);
        break;
    case ACT_HTML:
        put_whole(client, "200 OK", "text/html", "<html><body>Please log in</body></html>");
        break;
    case ACT_RESET:
        hang_up(client, true);
        break;
    }
}

static enum act act_of(const char *body, bool local)
{
    const char *at = strstr(body, ACT_MARK);
    unsigned cloud = 0, ollama = 0, number = 0;
    provider.answer_for[0] = '\0';
    if (!at || sscanf(at + strlen(ACT_MARK), "%u %u %u", &cloud, &ollama, &number) != 3)
        return ACT_OK;
    (void)snprintf(provider.answer_for, TEXT_MAX, ACT_FOR "%u ", number);
    return (enum act)(local ? ollama : cloud);
}

static void hush(struct client *mine)
{
    for (struct client *client = provider.clients; client; client = client->next)
        if (client != mine)
            hang_up(client, false);
    put_whole(mine, "200 OK", "text/plain", "quiet");
}

/* Who tests is not counted. */
static void disown(struct client *client)
{
    provider.counts.connections -= client->ours ? 0 : 1;
    provider.counts.open -= client->ours ? 0 : 1;
    client->ours = true;
}

static void put_counts(struct client *client)
{
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "{\"connections\":%u,\"open\":%u,\"cloud\":%u,\"local\":%u,\"dirty\":%u,"
                   "\"idle_s\":%.1f,\"age_s\":%.1f}",
                   provider.counts.connections, provider.counts.open, provider.counts.cloud,
                   provider.counts.local, provider.counts.dirty,
                   (double)provider.counts.idle_us / 1e6, (double)provider.counts.age_us / 1e6);
    put_whole(client, "200 OK", "application/json", text);
}

static void count(struct client *client, bool local)
{
    int64_t now_us = net_now_us();
    int64_t idle_us = client->ended_us > 0 ? now_us - client->ended_us : 0;
    provider.counts.cloud += local ? 0 : 1;
    provider.counts.local += local ? 1 : 0;
    provider.counts.dirty += client->due ? 1 : 0;
    if (idle_us > provider.counts.idle_us)
        provider.counts.idle_us = idle_us;
    if (now_us - client->begun_us > provider.counts.age_us)
        provider.counts.age_us = now_us - client->begun_us;
}

static void answer(struct client *client, const char *head, const char *body)
{
    const char *path = strchr(head, ' ');
    path = path ? path + 1 : head;
    size_t len = strcspn(path, " ?");
    if (strncmp(path, "/hush ", 6) == 0 || strncmp(path, "/counts ", 8) == 0) {
        disown(client);
        (path[1] == 'h' ? hush : put_counts)(client);
        return;
    }
    count(client, strncmp(path, "/api/", 5) == 0);
    for (const struct form *form = forms; form->path; form++)
        if (strlen(form->path) == len && strncmp(form->path, path, len) == 0) {
            bool streamed = form->local ? !strstr(body, "\"stream\":false")
                                        : strstr(body, "\"stream\":true") != NULL;
            play(client, form, act_of(body, form->local), streamed);
            return;
        }
    for (const struct fixed *fixed = fixed_answers; fixed->path; fixed++)
        if (strlen(fixed->path) == len && strncmp(fixed->path, path, len) == 0) {
            put_whole(client, "200 OK", "application/json", fixed->body);
            return;
        }
    put_whole(client, "404 Not Found", "application/json", "{\"error\":\"no such path\"}");
}

/* Answers the request in the buffer once it is whole; false = it is too large. */
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
    client->in_len = 0;
    blank[3] = '\0';
    answer(client, client->in, client->in + head_len);
    client->ended_us = net_now_us();
    return true;
}

static void on_client(struct client *client)
{
    while (!client->gone) {
        ssize_t n = recv(client->fd, client->in + client->in_len, REQUEST_MAX - 1 - client->in_len,
                         MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            hang_up(client, false);
            return;
        }
        client->in_len += (size_t)n;
        if (!take_request(client))
            hang_up(client, false);
    }
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
        client->next = provider.clients;
        if (client->next)
            client->next->prev = client;
        provider.clients = client;
        provider.counts.connections++;
        provider.counts.open++;
        client->begun_us = net_now_us();
        net_no_delay(fd);
        net_watch(provider.epoll_fd, fd, client);
    }
}

static void forget(struct client *client)
{
    if (client->next)
        client->next->prev = client->prev;
    if (client->prev)
        client->prev->next = client->next;
    else
        provider.clients = client->next;
    free(client->rest);
    free(client);
}

static void go_on(void)
{
    struct client *client = provider.pending, *next;
    provider.pending = NULL;
    for (; client; client = next) {
        next = client->pending;
        client->is_pending = false;
        if (client->gone) {
            forget(client);
            continue;
        }
        if (client->rest) {
            put(client, client->rest, client->rest_len);
            client->due = false;
            client->ended_us = net_now_us();
        }
        free(client->rest);
        client->rest = NULL;
        if (client->close_after)
            hang_up(client, false);
        client->close_after = false;
    }
}

int main(int argc, char **argv)
{
    struct epoll_event events[BATCH];
    uint16_t port = argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0;
    int listener = net_listen(argc > 2 ? argv[2] : NULL, port, &port);
    net_many_files();
    provider.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    net_watch(provider.epoll_fd, listener, NULL);
    (void)printf("%u\n", port);
    (void)fflush(stdout);
    for (;;) {
        int n = epoll_wait(provider.epoll_fd, events, BATCH, provider.pending ? 1 : -1);
        go_on();
        for (int i = 0; i < n; i++) {
            struct client *client = events[i].data.ptr;
            if (client)
                on_client(client);
            else
                accept_all(listener);
        }
    }
}
