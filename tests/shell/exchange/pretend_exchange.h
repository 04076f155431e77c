/*
 * Whole exchanges without sockets: settings from a text, a client that notes what it is told and
 * reads, providers that are pretend.h's wire. A program includes it once.
 */
#ifndef UNDERSTUDY_TESTS_PRETEND_EXCHANGE_H
#define UNDERSTUDY_TESTS_PRETEND_EXCHANGE_H

#include <string.h>

#include "base/shared_config.h"
#include "config_case.h"
#include "exchange/exchange.h"
#include "pretend.h"
#include "provider/catalog.h"
#include "provider/health.h"
#include "provider/online.h"
#include "provider/places.h"
#include "provider/warmup.h"

/* ---- the machine's connectivity, in place of provider/online.c */

static bool offline;
static int online_answers, online_suspects; /* what it was told */

bool online_is_offline(struct online *online)
{
    (void)online;
    return offline;
}

void online_answered(struct online *online)
{
    (void)online;
    online_answers++;
}

void online_suspect(struct online *online)
{
    (void)online;
    online_suspects++;
}

/* ---- the client */

struct pretend_client {
    int heads, mores;
    struct reply reply;    /* the head that it got */
    enum reply_more state; /* of the last read */
    struct buf body;       /* what it has read */
};

static struct pretend_client client;

static void pretend_on_head(void *arg, struct reply *reply)
{
    struct pretend_client *me = arg;
    ck_assert_int_eq(me->heads++, 0);
    me->reply = *reply;
    reply_init(reply, 0);
    if (!me->reply.source)
        ck_assert_int_eq(buf_append_text(&me->body, buf_text(&me->reply.body)), 0);
}

static void pretend_on_more(void *arg)
{
    ((struct pretend_client *)arg)->mores++;
}

/* Takes all that there is now; tells how that ended, and has the text so far in client.body. */
__attribute__((unused)) static enum reply_more read_all(void)
{
    char bytes[4096];
    size_t len = 0;
    ck_assert_int_eq(client.heads, 1);
    ck_assert_ptr_nonnull(client.reply.source);
    for (;;) {
        client.state = reply_read(&client.reply, bytes, sizeof(bytes), &len);
        if (client.state != REPLY_BYTES)
            return client.state;
        ck_assert_int_eq(buf_append(&client.body, bytes, len), 0);
    }
}

/* The value of a field of its head; "" when there is none. */
__attribute__((unused)) static const char *field(const char *name)
{
    size_t len = strlen(name);
    const char *end = client.reply.headers.data + client.reply.headers.len;
    for (const char *line = client.reply.headers.data; line && line < end; line += strlen(line) + 1)
        if (strncasecmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 2;
    return "";
}

__attribute__((unused)) static bool body_has(const char *part)
{
    return client.body.len && memmem(client.body.data, client.body.len, part, strlen(part)) != NULL;
}

/* ---- the world */

static struct exchanges exchanges;
static struct shared_config *shared;
static struct exchange *exchange; /* the last one; NULL once its client has said end or gone */

static void pretend_on_freed(void *arg)
{
    (void)arg;
}

/* Two clouds and an Ollama, in that order; waits of 10 ms before each further try, no comments. */
#define PROVIDERS(priority, attempts)                                                              \
    "[server]\nheartbeat = 0\n"                                                                    \
    "[connectivity]\ncheck_url =\n"                                                                \
    "[route]\npriority = " priority "\ndeadline = 100s\n"                                          \
    "[retry]\nattempts = " attempts "\nmin_wait = 10ms\nmax_wait = 10ms\njitter = 0\nbudget = 0\n" \
    "[provider one]\ntype = openai\nbase_url = http://one.example/v1\napi_key = k1-secret-key\n"   \
    "[provider two]\ntype = openai\nbase_url = http://two.example/v1\napi_key = k2\n"              \
    "[provider ollama]\nbase_url = http://ollama.example\nmodel = auto\nkeep_alive = 5m\n"
#define TWO_CLOUDS PROVIDERS("one, two", "2")

static void world_begin(const char *ini)
{
    struct config_case loaded = config_case_load(ini, LIST("HOME=/"), NULL);
    ck_assert_msg(loaded.r == 0, "%s",
                  loaded.errors.errors.count ? loaded.errors.errors.at[0] : "settings");
    config_errors_done(&loaded.errors);
    offline = false;
    online_answers = online_suspects = 0;
    pretend_begin();
    settle();
    client = (struct pretend_client){0};
    reply_init(&client.reply, 0);
    buf_init(&client.body, 1 << 20);
    shared = shared_config_new_take(loaded.config);
    health_configure(shared->config);
    exchanges = (struct exchanges){.shared = &shared,
                                   .means = {.loop = &loop,
                                             .upstream = &wire,
                                             .catalog = catalog_new(&wire, &shared),
                                             .places = places_new(&loop, pretend_on_freed, NULL)}};
    exchanges.means.warmup = warmup_new(&wire, &shared, exchanges.means.catalog);
}

/* The client hangs up, or has all of its answer. */
static void say_end(bool gone)
{
    if (exchange && gone)
        exchange_client_gone(exchange);
    else if (exchange)
        exchange_client_end(exchange);
    exchange = NULL;
    settle();
}

/* Another one asks next. */
__attribute__((unused)) static void client_anew(void)
{
    reply_done(&client.reply);
    buf_reset(&client.body);
    client.heads = client.mores = 0;
}

static void world_end(void)
{
    say_end(true);
    ck_assert_ptr_null(exchanges.first);
    ck_assert_int_eq(exchanges.inflight, 0);
    reply_done(&client.reply);
    buf_done(&client.body);
    warmup_free(exchanges.means.warmup);
    catalog_free(exchanges.means.catalog);
    places_free(exchanges.means.places);
    health_done();
    shared_config_unref(shared);
    pretend_end();
}

/* fields: up to four, each {name, value}; body NULL: none. */
static struct client_request make_request(const char *path, const char *body,
                                          const struct header_field *fields, size_t count)
{
    struct client_request request = {.method = body ? "POST" : "GET",
                                     .path = text_of(path),
                                     .query = text_of(""),
                                     .app = {.fields = fields, .count = count},
                                     .no_body = !body};
    buf_init(&request.body, shared->config->server.max_body_bytes);
    if (body)
        ck_assert_int_eq(buf_append_string(&request.body, body), 0);
    return request;
}

__attribute__((unused)) static void ask_with(const char *path, const char *body,
                                             const struct header_field *fields, size_t count)
{
    const struct client me = {.head = pretend_on_head, .more = pretend_on_more, .arg = &client};
    struct client_request request = make_request(path, body, fields, count);
    exchange = exchange_start(&exchanges, &me, &request);
    ck_assert_uint_eq(request.body.len, 0);
    settle();
}

__attribute__((unused)) static void ask(const char *path, const char *body)
{
    ask_with(path, body, NULL, 0);
}

/* What the Ollama has: the list of its models, and what of them is loaded. */
__attribute__((unused)) static const char *ollama_tags =
    "{\"models\":[{\"name\":\"small\",\"digest\":\"d\",\"capabilities\":[\"completion\",\"tools\","
    "\"thinking\"],\"details\":{\"context_length\":16384}}]}";
__attribute__((unused)) static const char *ollama_loaded = "{\"models\":[]}";
__attribute__((unused)) static const char *ollama_show = "{}"; /* more of any of them */

/* It answers all that it is asked about that. */
__attribute__((unused)) static void serve_ollama(void)
{
    for (int i = 0; i < wire.started; i++) {
        struct upstream_call *call = wire.calls[i];
        const char *said = strstr(call->url, "/api/tags")   ? ollama_tags
                           : strstr(call->url, "/api/ps")   ? ollama_loaded
                           : strstr(call->url, "/api/show") ? ollama_show
                                                            : NULL;
        if (said && is_open(call))
            send_answer(call, 200, said);
    }
}

__attribute__((unused)) static void on_models_known(struct catalog_waiter *waiter)
{
    (void)waiter;
}

/* Its list is asked for again, and no model on it can chat. */
__attribute__((unused)) static void lose_models(void)
{
    struct catalog_waiter waiter = {.ready = on_models_known};
    ollama_tags = "{\"models\":[{\"name\":\"embed\",\"capabilities\":[\"embedding\"]}]}";
    catalog_wait(exchange->legs->plan.means->catalog, exchange->legs->provider, &waiter);
    serve_ollama();
}

#define CHAT  "/chat/completions"
#define WHOLE "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
#define STREAM                                                                                     \
    "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"

#define GOOD                                                                                       \
    "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":"                 \
    "\"assistant\",\"content\":\"x\"}}]}"
#define PIECE_OF(text)                                                                             \
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text "\"}}]}\n\n"
#define FINISH "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define DONE   "data: [DONE]\n\n"

/* The latest call's provider streams. */
__attribute__((unused)) static void send_stream(const char *bytes)
{
    if (call_now()->head.status == 0)
        send_head(call_now(), 200, EVENTS_TYPE);
    (void)send_bytes(call_now(), bytes);
    settle();
}

/* Did that call go to that provider? */
__attribute__((unused)) static bool went_to(int number, const char *name)
{
    char begin[64];
    (void)snprintf(begin, sizeof(begin), "http://%s.example/", name);
    ck_assert_int_lt(number, wire.started);
    return strncmp(wire.calls[number]->url, begin, strlen(begin)) == 0;
}

#endif
