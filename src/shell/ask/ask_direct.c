/*
 * What a worker has but for its server, and a client (exchange/client.h) that reads at once what
 * there is. All that is done for the exchange is done from tasks of the loop, never inside its
 * words.
 */
#include "ask/ask_direct.h"

#include <string.h>

#include "base/owner.h"
#include "base/shared_config.h"
#include "exchange/exchange.h"
#include "provider/catalog.h"
#include "provider/health.h"
#include "provider/online.h"
#include "provider/places.h"
#include "provider/warmup.h"
#include "record/log.h"
#include "record/metrics.h"
#include "record/usage_file.h"

struct ask_client {
    struct asking *asking;
    struct shared_config *shared;
    struct exchanges exchanges;
    struct exchange *exchange;
    struct reply reply;
    bool has_head; /* reply is there */
    struct loop_task read;
    struct loop_task over;
};

static void on_head(void *arg, struct reply *reply)
{
    struct ask_client *client = arg;
    client->reply = *reply;
    reply_init(reply, 0);
    client->has_head = true;
    loop_defer(client->asking->loop, &client->read);
}

static void on_more(void *arg)
{
    struct ask_client *client = arg;
    loop_defer(client->asking->loop, &client->read);
}

static void take_head(struct ask_client *client)
{
    const struct buf *headers = &client->reply.headers;
    ask_answer_head(&client->asking->answer, client->reply.status);
    for (size_t at = 0; at < headers->len;) {
        struct text field = text_of(headers->data + at);
        size_t name = strcspn(field.at, ":");
        ask_answer_field(&client->asking->answer, text_make(field.at, name),
                         text_trim(text_skip(field, name + 1)));
        at += field.len + 1;
    }
}

/* The exchange is reaped by a task; the loop ends behind that one. */
static void end(struct ask_client *client, bool gone)
{
    if (gone)
        exchange_client_gone(client->exchange);
    else
        exchange_client_end(client->exchange);
    loop_defer(client->asking->loop, &client->over);
}

static void read_stream(struct ask_client *client)
{
    const struct reply *reply = &client->reply;
    for (;;) {
        struct text bytes = text_of("");
        enum reply_more more = reply->source->look(reply->arg, &bytes);
        if (more == REPLY_WAIT)
            return;
        if (more == REPLY_BROKEN)
            error_set(&client->asking->cut, ANSWER_CUT);
        bool gone = more == REPLY_BYTES && !asking_take(client->asking, bytes);
        if (more == REPLY_BYTES)
            reply->source->take(reply->arg, bytes.len);
        if (gone || more != REPLY_BYTES) {
            end(client, gone);
            return;
        }
    }
}

static void on_read(struct loop_task *task)
{
    struct ask_client *client = OWNER(task, struct ask_client, read);
    if (!client->has_head || client->over.queued)
        return;
    if (client->asking->answer.status == 0)
        take_head(client);
    if (client->reply.source) {
        read_stream(client);
        return;
    }
    (void)asking_take(client->asking, buf_text(&client->reply.body));
    end(client, false);
}

static void on_over(struct loop_task *task)
{
    asking_over(OWNER(task, struct ask_client, over)->asking);
}

static void on_went_offline(void *arg)
{
    struct ask_client *client = arg;
    exchange_notice_offline(&client->exchanges);
}

static void on_place_freed(void *arg)
{
    (void)arg; /* nobody else waits */
}

/* Nothing is told of it but by `ask` itself, unless all is to be seen. */
static void set_up(const struct config *config)
{
    if (config->log.level == LOG_LEVEL_DEBUG)
        log_setup(config->log.level, config->log.format);
    else
        log_silence();
    metrics_setup();
    usage_file_join(config->log.usage_file);
    health_configure(config);
    online_setup(config);
}

static void find_means(struct ask_client *client)
{
    struct means *means = &client->exchanges.means;
    struct upstream *upstream = client->asking->upstream;
    client->exchanges.shared = &client->shared;
    means->loop = client->asking->loop;
    means->upstream = upstream;
    means->catalog = catalog_new(upstream, &client->shared);
    means->online = online_new(upstream, &client->shared, on_went_offline, client);
    means->places = places_new(means->loop, on_place_freed, client);
    means->warmup = warmup_new(upstream, &client->shared, means->catalog);
}

static void ask_client_done(struct ask_client *client)
{
    const struct means *means = &client->exchanges.means;
    reply_done(&client->reply);
    warmup_free(means->warmup);
    places_free(means->places);
    online_free(means->online);
    catalog_free(means->catalog);
    shared_config_unref(client->shared);
    health_done();
    usage_file_done();
}

void ask_direct(struct asking *asking, struct config *config, struct buf *body)
{
    static const struct header_field json = {.name = {"content-type", 12},
                                             .value = {"application/json", 16}};
    struct ask_client me = {.asking = asking, .read.run = on_read, .over.run = on_over};
    const struct client client = {.head = on_head, .more = on_more, .arg = &me};
    struct client_request request = {.method = "POST",
                                     .path = text_of("/chat/completions"),
                                     .query = text_of(""),
                                     .app = {.fields = &json, .count = 1},
                                     .body = *body};
    buf_init(body, 0);
    config->server.heartbeat_ms =
        0; /* who answers is told in the head, which a comment takes away */
    set_up(config);
    me.shared = shared_config_new_take(config);
    reply_init(&me.reply, 0);
    find_means(&me);
    me.exchange = exchange_start(&me.exchanges, &client, &request);
    loop_run(asking->loop);
    ask_client_done(&me);
}
