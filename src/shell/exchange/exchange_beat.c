/*
 * [server] heartbeat: a client that gives up on silence gets an SSE comment instead. The first one
 * brings the 200 with it, so whatever fails after that can only be told as an event.
 *
 * A comment may only stand between two events. Whole events are put out, so there is such a place
 * whenever nothing waits to be read.
 */
#include "daemon/worker.h"
#include "exchange/exchange_impl.h"

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* With one line end: an empty line behind it would make an event of nothing in decoders that have
 * seen an id (WHATWG HTML, 9.2.6, as openai-python reads it). */
static const char comment[] = ": understudy is waiting for the answer\n";

static void set(struct exchange *exchange, int64_t from_ms)
{
    int64_t interval_ms = exchange_config(exchange)->server.heartbeat_ms;
    loop_timer_set(&exchange->worker->loop, &exchange->beat, from_ms + interval_ms);
}

static bool is_between_events(const struct exchange *exchange)
{
    return exchange->own_events.len == 0 &&
           (!exchange->reading || attempt_pending(exchange->reading->attempt).len == 0);
}

/* [DONE] is the last thing that a client reads. */
static bool is_done(const struct exchange *exchange)
{
    return exchange->reading && attempt_facts(exchange->reading->attempt)->done;
}

static void beat(struct exchange *exchange)
{
    if (exchange->state == EXCHANGE_RUNNING)
        exchange_reply_early(exchange);
    if (!is_between_events(exchange) || is_done(exchange))
        return;
    (void)!buf_append(&exchange->own_events, comment, sizeof(comment) - 1);
    inbound_wake(exchange->inbound);
}

static void on_beat(struct loop_timer *timer)
{
    struct exchange *exchange = OWNER(timer, struct exchange, beat);
    int64_t now_ms = loop_now_ms(&exchange->worker->loop);
    bool lives = exchange_is_open(exchange) || exchange_has_stream(exchange);
    bool silent = now_ms - exchange->given_at_ms >= exchange_config(exchange)->server.heartbeat_ms;
    if (!lives)
        return;
    if (silent)
        beat(exchange);
    set(exchange, silent ? now_ms : exchange->given_at_ms);
}

void exchange_beat_init(struct exchange *exchange)
{
    exchange->beat.due = on_beat;
}

void exchange_beat_begin(struct exchange *exchange)
{
    exchange->given_at_ms = exchange->begun_at_ms;
    if (exchange->mode == ATTEMPT_CHAT_STREAM && exchange_config(exchange)->server.heartbeat_ms > 0)
        set(exchange, exchange->begun_at_ms);
}
