/*
 * A server in the test's own loop, and clients with raw sockets: what the library does is real,
 * what answers is the test's. Included once in a test.
 */
#ifndef UNDERSTUDY_SERVED_H
#define UNDERSTUDY_SERVED_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/shared_config.h"
#include "door/listeners.h"
#include "record/log.h"
#include "record/metrics.h"
#include "serve/inbound.h"
#include "serve/server.h"
#include "unit.h"

#define PATIENCE_MS 10000

/* Turns until that is so, or for as long as nothing should take. */
#define UNTIL(condition)                                                                           \
    for (int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;                                      \
         !(condition) && clock_monotonic_ms() < end_ms;)                                           \
    turn()

static struct loop loop;
static struct config config;
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect = &shared;
static struct config_listen place;
static struct listeners served_at;
static struct server *server;

/* Requests that were handed over, the latest last; a job that is over has no inbound. */
static struct served {
    struct inbound *inbound;
    int closed; /* how often it was told so */
    bool client_gone;
} served[16];
static int served_count;
static bool waits; /* the next ones are not answered at once */

static inline void served_closed(void *arg, bool client_gone)
{
    struct served *request = arg;
    request->closed++;
    request->client_gone = client_gone;
    request->inbound = NULL;
}

static const struct inbound_job served_job = {.closed = served_closed};

static inline void serve_answer(struct served *request, const char *json)
{
    struct reply reply;
    reply_json(&reply, 200, text_of(json));
    inbound_reply_take(request->inbound, &reply);
}

static inline void serve_dispatch(void *arg, struct inbound *inbound)
{
    ck_assert_ptr_eq(arg, &loop);
    struct served *request = &served[served_count++];
    request->inbound = inbound;
    inbound_set_job(inbound, &served_job, request);
    if (!waits)
        serve_answer(request, "{\"here\":1}");
}

/* One turn, which waits for 5 ms at most. */
static inline int64_t serve_stop(struct loop_hook *hook)
{
    (void)hook;
    loop_stop(&loop);
    return 5;
}

static struct loop_hook serve_once = {.turn = serve_stop};

static inline void turn(void)
{
    loop.stopped = false;
    loop_run(&loop);
}

static inline void serve(void)
{
    static char host[] = "127.0.0.1", name[] = "localhost";
    static char *names[] = {name, NULL};
    struct error why = ERROR_NONE;
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    metrics_setup();
    place = (struct config_listen){.host = host};
    config.server = (struct config_server){.listen = &place,
                                           .listen_count = 1,
                                           .max_body_bytes = 1000,
                                           .max_body_total_bytes = 5000,
                                           .max_connections = 16,
                                           .header_timeout_ms = 50000,
                                           .body_timeout_ms = 50000,
                                           .drain_timeout_ms = 50000};
    config.server.allowed_hosts.at = names;
    config.server.allowed_hosts.count = 1;
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &serve_once);
    ck_assert_int_eq(listeners_open(&config.server, &served_at, &why), 0);
    const struct server_plan plan = {
        .loop = &loop, .shared = &in_effect, .dispatch = serve_dispatch, .arg = &loop};
    server = server_new(&plan, &served_at, &why);
    ck_assert_msg(server != NULL, "%s", why.text);
}

static inline void serve_no_more(void)
{
    server_shut(server);
    UNTIL(server_idle(server));
    ck_assert(server_idle(server));
    for (int i = 0; i < served_count; i++)
        ck_assert_int_eq(served[i].closed, 1);
    server_free(server);
    listeners_close(&served_at);
    loop_done(&loop);
}

static inline int client_open(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(served_at.at[0].port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)(void *)&address, sizeof(address)), 0);
    return fd;
}

static inline void client_say(int fd, const char *text)
{
    ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What has come since, once it holds that text or the connection is over; NULL = until that. */
static inline const char *client_hear(int fd, const char *until)
{
    static char heard[16384];
    size_t len = 0;
    ssize_t n = -1;
    heard[0] = '\0';
    for (int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS; clock_monotonic_ms() < end_ms;) {
        n = recv(fd, heard + len, sizeof(heard) - 1 - len, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return heard;
        len += n > 0 ? (size_t)n : 0;
        heard[len] = '\0';
        if (until && strstr(heard, until))
            return heard;
        turn();
    }
    ck_abort_msg("%s: %s", until ? until : "it stays open", heard);
    return heard;
}

static inline void until_served(int count)
{
    UNTIL(served_count >= count);
    ck_assert_int_eq(served_count, count);
}

/* For what must not happen, and would soon. */
static inline void turn_for_a_while(void)
{
    for (int64_t end_ms = clock_monotonic_ms() + 50; clock_monotonic_ms() < end_ms;)
        turn();
}

/* Has the server closed it? What was said before that is thrown away. */
static inline bool client_is_closed(int fd)
{
    char bytes[1024];
    ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    while (n > 0)
        n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    return n == 0 || errno != EAGAIN;
}

#define HOST         "Host: localhost\r\n"
#define GET(path)    "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define CHAT(fields) "POST /v1/chat/completions HTTP/1.1\r\n" HOST fields "\r\n"

/* ---- the fixture: a server, and a client that is there */

static int client;

static void setup(void)
{
    serve();
    client = client_open();
}

static void teardown(void)
{
    close(client);
    serve_no_more();
}

#endif
