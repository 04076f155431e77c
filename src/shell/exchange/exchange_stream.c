/*
 * What the client reads: our own events, then the bytes of the legs that it was given to, one after
 * the other. With [route] continue_stream a stream that broke after content is gone on with by the
 * next provider, in the same stream and from the same character: what has not been read yet of the
 * old leg comes first, the new one is read when that is used up.
 */
#include <stdlib.h>
#include <string.h>

#include "answer/resume.h"
#include "base/alloc.h"
#include "exchange/exchange.h"

/* An error that a provider made long is the largest of them. */
#define OWN_EVENTS_MAX (65u << 20)

void exchange_stream_init(struct exchange *exchange)
{
    exchange->stream.given_at_ms = loop_now_ms(exchange_loop(exchange));
    buf_init(&exchange->stream.own_events, OWN_EVENTS_MAX);
}

void exchange_stream_keep(struct exchange *exchange)
{
    const struct inquiry *inquiry = exchange->inquiry;
    const struct dialect *app = inquiry_dialect(inquiry);
    if (inquiry->mode != DELIVERY_STREAM || !app->app->said_read ||
        !inquiry_config(inquiry)->route.continue_stream || !resume_suits(&inquiry->facts))
        return;
    exchange->stream.resume = xcalloc(1, sizeof(*exchange->stream.resume));
    resume_init(exchange->stream.resume, app);
}

void exchange_stream_keep_not(struct exchange *exchange)
{
    if (exchange->stream.resume)
        exchange->stream.resume->impossible = true;
}

void exchange_stream_done(struct exchange *exchange)
{
    if (exchange->stream.resume)
        resume_done(exchange->stream.resume);
    free(exchange->stream.resume);
    exchange->stream.resume = NULL;
    buf_done(&exchange->stream.own_events);
}

/* A refusal is an answer: no other provider is a way around it. Some dialects tell a call only when
 * it is whole. */
bool exchange_stream_may_resume(struct exchange *exchange, struct leg *leg, int steps_left)
{
    if (!exchange->stream.resume || attempt_facts(leg->attempt)->tool_calls > 0 ||
        attempt_result(leg->attempt)->failure == FAILURE_POLICY)
        return false;
    resume_feed(exchange->stream.resume, attempt_pending(leg->attempt));
    return resume_possible(exchange->stream.resume) && steps_left > 0;
}

struct leg *exchange_stream_last(const struct exchange *exchange)
{
    struct leg *leg = exchange->legs;
    while (!leg->committed)
        leg = leg->older;
    return leg;
}

/* The next one whose bytes stand behind those of the one under way, once these are used up. */
static struct leg *next_to_read(const struct exchange *exchange)
{
    struct leg *next = NULL;
    for (struct leg *leg = exchange->legs; leg != exchange->stream.reading; leg = leg->older)
        if (leg->committed)
            next = leg;
    return next;
}

static enum reply_more look_at_legs(struct exchange *exchange, struct text *ret_bytes)
{
    struct exchange_stream *stream = &exchange->stream;
    for (;;) {
        enum reply_more more = attempt_look(stream->reading->attempt, ret_bytes);
        if (more != REPLY_BROKEN)
            return more;
        struct leg *next = next_to_read(exchange);
        if (!next)
            return exchange->state == EXCHANGE_RESUMING ? REPLY_WAIT : REPLY_BROKEN;
        stream->reading = next;
    }
}

static enum reply_more look_at_stream(void *arg, struct text *ret_bytes)
{
    struct exchange *exchange = arg;
    *ret_bytes = buf_text(&exchange->stream.own_events);
    if (ret_bytes->len > 0)
        return REPLY_BYTES;
    if (exchange_has_stream(exchange))
        return look_at_legs(exchange, ret_bytes);
    if (exchange->state != EXCHANGE_FAILING)
        return REPLY_WAIT;
    bool well = inquiry_dialect(exchange->inquiry)->app->breaks_well;
    return well && !exchange->stream.untold ? REPLY_END : REPLY_BROKEN;
}

static void take_of_stream(void *arg, size_t n)
{
    struct exchange *exchange = arg;
    struct exchange_stream *stream = &exchange->stream;
    stream->given_at_ms = loop_now_ms(exchange_loop(exchange));
    if (stream->own_events.len > 0) {
        buf_consume(&stream->own_events, n);
        return;
    }
    struct attempt *attempt = stream->reading->attempt;
    if (stream->resume && leg_is_answering(stream->reading))
        resume_feed(stream->resume, text_make(attempt_pending(attempt).at, n));
    attempt_take(attempt, n);
}

const struct reply_source exchange_stream_source = {.look = look_at_stream, .take = take_of_stream};

bool exchange_stream_all_given(const struct exchange *exchange)
{
    const struct exchange_stream *stream = &exchange->stream;
    if (stream->own_events.len)
        return false;
    if (exchange->state == EXCHANGE_FAILING)
        return true;
    return exchange->state == EXCHANGE_STREAMING && !next_to_read(exchange) &&
           attempt_phase(stream->reading->attempt) == ATTEMPT_ENDED &&
           attempt_pending(stream->reading->attempt).len == 0;
}

bool exchange_stream_beats(const struct exchange *exchange)
{
    const struct inquiry *inquiry = exchange->inquiry;
    return inquiry->mode == DELIVERY_STREAM && inquiry_dialect(inquiry)->app->heartbeat;
}

/*
 * [server] heartbeat: a client that gives up on silence gets what its dialect has for that. It may
 * only stand between two events: whole events are put out, so there is such a place whenever
 * nothing waits to be read. And [DONE] is the last thing that a client reads.
 */
bool exchange_stream_comment(struct exchange *exchange)
{
    struct exchange_stream *stream = &exchange->stream;
    struct attempt *attempt = stream->reading ? stream->reading->attempt : NULL;
    const char *heartbeat = inquiry_dialect(exchange->inquiry)->app->heartbeat;
    if (stream->own_events.len || (attempt && attempt_pending(attempt).len) ||
        (attempt && attempt_facts(attempt)->done))
        return false;
    (void)!buf_append_string(&stream->own_events, heartbeat);
    return true;
}

void exchange_stream_fail(struct exchange *exchange, struct reply *reply)
{
    const struct attempt *attempt = exchange->leg ? exchange->leg->attempt : NULL;
    struct buf *out = &exchange->stream.own_events;
    const char *message = attempt ? attempt_message(attempt) : "";
    const char *code = failure_word(attempt ? attempt_result(attempt)->failure : FAILURE_SKIPPED);
    const struct dialect_app *app = inquiry_dialect(exchange->inquiry)->app;
    exchange->stream.untold =
        app->late_error_write(buf_text(&reply->body), text_of(message), code, out) < 0;
    if (exchange->stream.untold)
        buf_reset(out);
    reply_done(reply);
}
