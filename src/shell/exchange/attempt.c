/*
 * Two limits of silence: until the first content, then between bytes. The timer is not moved for
 * every byte: when it is due, the time of the last byte says whether there was silence.
 *
 * A stream is over with the event that says so: apps close on it. What can come behind it is the
 * body's last chunk, which only keeps the connection for a next request; nobody waits for that.
 */
#include "exchange/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/object.h"
#include "base/owner.h"
#include "call/upstream.h"

/* A provider is paused when this much waits for a slow reader, and goes on when half is left. */
#define BACKLOG_MAX (64u << 10)
/* How long a call of which all was heard may take to end by itself. */
#define LAST_CHUNK_MS 1000

struct attempt {
    struct loop *loop;
    void (*tell)(void *owner);
    void *owner;
    struct upstream_call *call;
    struct delivery delivery;
    enum attempt_phase phase;
    bool committed; /* the client has the head */
    bool paused;
    int64_t begun_at_ms;
    int64_t heard_at_ms; /* when a byte came last; until then as begun */
    struct loop_timer silence;
    struct loop_task changed;
    struct loop_task complete;
    struct loop_task unpause;
};

/* The owner hears of it by a task: this may run inside of libcurl. */
static void attempt_tell(struct attempt *attempt)
{
    loop_defer(attempt->loop, &attempt->changed);
}

static void on_changed(struct loop_task *task)
{
    struct attempt *attempt = OWNER(task, struct attempt, changed);
    attempt->tell(attempt->owner);
}

/* Off the wire first, so that nothing more comes; then judged; then told. */
static void attempt_end(struct attempt *attempt, enum transport transport)
{
    char detail[256] = "";
    if (transport != TRANSPORT_OK)
        (void)snprintf(detail, sizeof(detail), "%s", upstream_call_detail(attempt->call));
    if (transport_failure(transport) == FAILURE_TIMEOUT)
        upstream_doubt(attempt->call);
    if (transport == TRANSPORT_OK && delivery_is_done(&attempt->delivery))
        upstream_leave(attempt->call, LAST_CHUNK_MS);
    else
        upstream_stop(attempt->call);
    loop_timer_cancel(attempt->loop, &attempt->silence);
    loop_undefer(attempt->loop, &attempt->complete);
    delivery_end(&attempt->delivery, transport, detail);
    attempt->phase = ATTEMPT_ENDED;
    attempt_tell(attempt);
}

static void on_complete(struct loop_task *task)
{
    attempt_end(OWNER(task, struct attempt, complete), TRANSPORT_OK);
}

/* ---- what upstream tells */

/* A body that is not worth reading ends the call at once, though not from inside of libcurl. */
static void on_head(void *arg)
{
    struct attempt *attempt = arg;
    attempt->heard_at_ms = loop_now_ms(attempt->loop);
    delivery_head(&attempt->delivery, upstream_call_head(attempt->call));
    if (attempt->delivery.unfit)
        loop_timer_set(attempt->loop, &attempt->silence, attempt->heard_at_ms);
}

static enum upstream_take on_body(void *arg, struct text bytes)
{
    struct attempt *attempt = arg;
    struct delivery *delivery = &attempt->delivery;
    attempt->heard_at_ms = loop_now_ms(attempt->loop);
    if (attempt->phase == ATTEMPT_READY && delivery_out(delivery)->len > BACKLOG_MAX) {
        attempt->paused = true;
        return UPSTREAM_PAUSE;
    }
    bool heard = delivery->heard, done = delivery_is_done(delivery);
    bool more = delivery_bytes(delivery, bytes);
    if (delivery->heard && !heard) /* the first content: from now on the other limit counts */
        loop_timer_set(attempt->loop, &attempt->silence,
                       attempt->heard_at_ms + delivery->plan.provider->idle_timeout_ms);
    if (delivery->ready) {
        attempt->phase = ATTEMPT_READY;
        attempt_tell(attempt);
    }
    if (delivery_is_done(delivery) && !done)
        loop_defer(attempt->loop, &attempt->complete);
    return more ? UPSTREAM_TAKEN : UPSTREAM_STOP;
}

static void on_end(void *arg, enum transport transport)
{
    attempt_end(arg, transport);
}

static const struct upstream_events events = {.head = on_head, .body = on_body, .end = on_end};

static void on_silence(struct loop_timer *timer)
{
    struct attempt *attempt = OWNER(timer, struct attempt, silence);
    int64_t now_ms = loop_now_ms(attempt->loop);
    if (attempt->delivery.unfit) {
        attempt_end(attempt, TRANSPORT_TOO_LARGE);
        return;
    }
    if (!attempt->delivery.heard) {
        bool connecting = !upstream_call_sent(attempt->call);
        attempt_end(attempt, connecting ? TRANSPORT_CONNECT_TIMEOUT : TRANSPORT_FIRST_BYTE_TIMEOUT);
        return;
    }
    if (attempt->paused) /* it is the reader that is slow */
        attempt->heard_at_ms = now_ms;
    int64_t silent_until_ms =
        attempt->heard_at_ms + attempt->delivery.plan.provider->idle_timeout_ms;
    if (silent_until_ms > now_ms)
        loop_timer_set(attempt->loop, timer, silent_until_ms);
    else
        attempt_end(attempt, TRANSPORT_IDLE_TIMEOUT);
}

static void on_unpause(struct loop_task *task)
{
    struct attempt *attempt = OWNER(task, struct attempt, unpause);
    if (!attempt->paused || attempt->phase == ATTEMPT_ENDED)
        return;
    attempt->paused = false;
    attempt->heard_at_ms = loop_now_ms(attempt->loop);
    upstream_unpause(attempt->call);
}

/* ---- what the owner does */

_Static_assert(sizeof(struct attempt) <= OBJECT_MAX, "object.h");

struct attempt *attempt_start(const struct attempt_plan *plan)
{
    struct attempt *attempt = object_new(sizeof(*attempt));
    struct loop *loop = plan->means->loop;
    attempt->loop = loop;
    attempt->tell = plan->changed;
    attempt->owner = plan->arg;
    attempt->silence.due = on_silence;
    attempt->changed.run = on_changed;
    attempt->complete.run = on_complete;
    attempt->unpause.run = on_unpause;
    attempt->begun_at_ms = attempt->heard_at_ms = loop_now_ms(loop);
    delivery_init(&attempt->delivery, &plan->delivery);
    struct upstream_request request = {
        .method = plan->method,
        .url = plan->url,
        .body = plan->body,
        .headers = plan->headers,
        .way = upstream_way_of(plan->delivery.provider),
        .events = &events,
        .arg = attempt,
    };
    attempt->call = upstream_start(plan->means->upstream, &request);
    loop_timer_set(loop, &attempt->silence, attempt->begun_at_ms + plan->first_limit_ms);
    return attempt;
}

void attempt_free(struct attempt *attempt)
{
    if (!attempt)
        return;
    struct loop *loop = attempt->loop;
    upstream_stop(attempt->call);
    delivery_done(&attempt->delivery);
    upstream_release(attempt->call);
    loop_timer_cancel(loop, &attempt->silence);
    loop_undefer(loop, &attempt->changed);
    loop_undefer(loop, &attempt->complete);
    loop_undefer(loop, &attempt->unpause);
    object_free(attempt, sizeof(*attempt));
}

void attempt_abort(struct attempt *attempt, enum transport transport)
{
    if (attempt->phase != ATTEMPT_ENDED)
        attempt_end(attempt, transport);
}

void attempt_outrun(struct attempt *attempt)
{
    if (attempt->phase == ATTEMPT_RUNNING && attempt->delivery.status == 0)
        upstream_doubt(attempt->call);
    attempt_cancel(attempt);
}

void attempt_cancel(struct attempt *attempt)
{
    if (attempt->phase == ATTEMPT_ENDED)
        return;
    if (attempt->committed && delivery_is_done(&attempt->delivery)) {
        attempt_end(attempt, TRANSPORT_OK); /* in the turn in which it became complete */
        return;
    }
    upstream_stop(attempt->call);
    loop_timer_cancel(attempt->loop, &attempt->silence);
    loop_undefer(attempt->loop, &attempt->complete);
    attempt->delivery.result.failure = FAILURE_CANCELLED;
    attempt->phase = ATTEMPT_ENDED;
}

void attempt_commit(struct attempt *attempt)
{
    attempt->committed = true;
}

void attempt_break(struct attempt *attempt)
{
    if (attempt->delivery.relay)
        relay_break(attempt->delivery.relay);
}

enum reply_more attempt_look(struct attempt *attempt, struct text *ret_bytes)
{
    *ret_bytes = attempt_pending(attempt);
    if (ret_bytes->len > 0)
        return REPLY_BYTES;
    if (attempt->phase != ATTEMPT_ENDED)
        return REPLY_WAIT;
    return delivery_ends_well(&attempt->delivery) ? REPLY_END : REPLY_BROKEN;
}

void attempt_take(struct attempt *attempt, size_t n)
{
    struct buf *from = delivery_out(&attempt->delivery);
    buf_drain(from, n);
    if (attempt->paused && from->len <= BACKLOG_MAX / 2)
        loop_defer(attempt->loop, &attempt->unpause);
}

/* ---- what the owner sees */

enum attempt_phase attempt_phase(const struct attempt *attempt)
{
    return attempt->phase;
}

int64_t attempt_begun_ms(const struct attempt *attempt)
{
    return attempt->begun_at_ms;
}

const struct attempt_result *attempt_result(const struct attempt *attempt)
{
    return &attempt->delivery.result;
}

enum failure attempt_class(const struct attempt *attempt)
{
    enum failure failure = attempt->delivery.result.failure;
    return failure == FAILURE_NONE && attempt_facts(attempt)->policy ? FAILURE_POLICY : failure;
}

const char *attempt_message(const struct attempt *attempt)
{
    return attempt->delivery.told ? attempt->delivery.told->message : "";
}

const struct provider_error *attempt_error(const struct attempt *attempt)
{
    static const struct provider_error none;
    return attempt->delivery.told ? &attempt->delivery.told->error : &none;
}

const struct answer_facts *attempt_facts(const struct attempt *attempt)
{
    return delivery_facts(&attempt->delivery);
}

const struct upstream_head *attempt_head(const struct attempt *attempt)
{
    return upstream_call_head(attempt->call);
}

bool attempt_is_unpacked(const struct attempt *attempt)
{
    return delivery_is_unpacked(&attempt->delivery);
}

struct text attempt_pending(struct attempt *attempt)
{
    return buf_text(delivery_out(&attempt->delivery));
}

struct buf *attempt_body(struct attempt *attempt)
{
    return delivery_out(&attempt->delivery);
}
