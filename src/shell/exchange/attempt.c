/*
 * Success is judged by content: the head's blank line, a status, and a body that is what was asked
 * for (relay.h). libcurl's own OK only says that a connection ended in order.
 *
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

#include "base/alloc.h"
#include "base/clock.h"
#include "exchange/attempt_impl.h"
#include "failure/failure_words.h"
#include "http/headers.h"
#include "rules/backoff.h"
#include "rules/mask.h"
#include "rules/not_running.h"

/* A whole answer larger than this is refused. */
#define WHOLE_MAX (64u << 20)
/* On other paths an answer is held back up to here, so that a broken one can still be retried. */
#define PASS_HOLD (1u << 20)
/* How long the call may then take to end by itself. */
#define LAST_CHUNK_MS 1000
/* So much of a packed body is unpacked at a time. */
#define PACKED_STEP ((size_t)512)

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static void tell(struct attempt *attempt)
{
    loop_defer(attempt_loop(attempt), &attempt->changed);
}

static void on_changed(struct loop_task *task)
{
    struct attempt *attempt = OWNER(task, struct attempt, changed);
    attempt->plan.changed(attempt->plan.arg);
}

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

static bool is_chat(const struct attempt *attempt)
{
    return attempt->plan.mode != ATTEMPT_PASS;
}

static struct text head_value(const struct attempt *attempt, const char *name)
{
    struct text value = {0};
    const struct upstream_head *head = attempt_head(attempt);
    return upstream_head_get(head, name, &value) ? value : (struct text){0};
}

/* The first content: from now on the other limit counts. */
static void hear(struct attempt *attempt)
{
    if (attempt->heard)
        return;
    attempt->heard = true;
    loop_timer_set(attempt_loop(attempt), &attempt->silence,
                   attempt->heard_at_ms + attempt->plan.provider->idle_timeout_ms);
}

static bool is_done(const struct attempt *attempt)
{
    return attempt->relay && relay_facts(attempt->relay)->done;
}

static void become_ready(struct attempt *attempt)
{
    if (attempt->phase == ATTEMPT_RUNNING)
        attempt->phase = ATTEMPT_READY;
    tell(attempt);
}

/* Are its events looked at on their way through? */
static bool is_relayed(const struct attempt *attempt)
{
    bool events = answer_head_is_event_stream(&attempt->head) && !attempt->head.codings.unknown;
    return is_success(attempt->status) &&
           (attempt->plan.mode == ATTEMPT_CHAT_STREAM || (attempt->plan.relay.responses && events));
}

static void read_head(struct attempt *attempt)
{
    const struct upstream_head *head = attempt_head(attempt);
    struct text name, value;
    size_t position = 0;
    attempt->status = attempt->head.status = head->status;
    attempt->head.content_type = head_value(attempt, "content-type");
    while (upstream_head_next(head, &position, &name, &value))
        if (header_name_is(name, "content-encoding"))
            codings_read(&attempt->head.codings, value);
}

/* A body that is not worth reading ends the call at once, though not from inside of libcurl. */
static void on_head(void *arg)
{
    struct attempt *attempt = arg;
    attempt->heard_at_ms = loop_now_ms(attempt_loop(attempt));
    read_head(attempt);
    if (is_chat(attempt) && is_success(attempt->status))
        attempt->unfit =
            answer_head_unfit(&attempt->head, attempt->plan.mode == ATTEMPT_CHAT_STREAM);
    if (attempt->unfit) {
        loop_timer_set(attempt_loop(attempt), &attempt->silence, attempt->heard_at_ms);
        return;
    }
    bool relayed = is_relayed(attempt);
    if (relayed)
        attempt->relay = relay_new(&attempt->plan.relay);
    if (relayed || is_chat(attempt) || !is_success(attempt->status))
        unpack_begin(&attempt->unpack, &attempt->head.codings);
}

static enum upstream_take take_event_bytes(struct attempt *attempt, struct text bytes)
{
    bool was_done = is_done(attempt);
    relay_feed(attempt->relay, bytes);
    const struct answer_facts *facts = relay_facts(attempt->relay);
    if (facts->failure != FAILURE_NONE)
        return UPSTREAM_STOP;
    if (facts->content || facts->underway)
        hear(attempt);
    if (facts->content)
        become_ready(attempt);
    if (facts->done && !was_done)
        loop_defer(attempt_loop(attempt), &attempt->complete);
    return UPSTREAM_TAKEN;
}

static enum upstream_take take_bytes(struct attempt *attempt, struct text bytes)
{
    hear(attempt);
    if (buf_append_text(&attempt->body, bytes) < 0)
        return UPSTREAM_STOP;
    bool passes = !is_chat(attempt) && is_success(attempt->status) &&
                  (answer_head_is_event_stream(&attempt->head) || attempt->body.len >= PASS_HOLD);
    if (passes || attempt->phase == ATTEMPT_READY)
        become_ready(attempt);
    return UPSTREAM_TAKEN;
}

static enum upstream_take take(struct attempt *attempt, struct text bytes)
{
    return attempt->relay ? take_event_bytes(attempt, bytes) : take_bytes(attempt, bytes);
}

/* A bomb is known by its first byte: what is neither JSON nor events (nor a page that may hold an
 * error) is not unpacked to the end. The text of a refusal may be in any words. */
static bool begins_as_nothing(const struct attempt *attempt, struct text bytes)
{
    static const char beginnings[] = "{[<:deir \t\r\n\xef";
    return is_success(attempt->status) && attempt->body.len == 0 && !attempt->relay &&
           bytes.len > 0 && memchr(beginnings, bytes.at[0], sizeof(beginnings) - 1) == NULL;
}

/* In small steps: each may become a thousand times as much. */
static enum upstream_take take_packed(struct attempt *attempt, struct text bytes)
{
    enum upstream_take taken = UPSTREAM_TAKEN;
    while (bytes.len > 0 && taken == UPSTREAM_TAKEN) {
        struct text part = {bytes.at, bytes.len < PACKED_STEP ? bytes.len : PACKED_STEP};
        bytes = text_skip(bytes, part.len);
        if (!unpack_take(&attempt->unpack, &part) || begins_as_nothing(attempt, part))
            return UPSTREAM_STOP;
        if (part.len > 0)
            taken = take(attempt, part);
    }
    return taken;
}

static enum upstream_take on_body(void *arg, struct text bytes)
{
    struct attempt *attempt = arg;
    attempt->heard_at_ms = loop_now_ms(attempt_loop(attempt));
    if (attempt->phase == ATTEMPT_READY && attempt_outgoing(attempt)->len > ATTEMPT_BACKLOG_MAX) {
        attempt->paused = true;
        return UPSTREAM_PAUSE;
    }
    if (attempt->unfit)
        return UPSTREAM_STOP;
    return attempt->unpack.decoder ? take_packed(attempt, bytes) : take(attempt, bytes);
}

static void say(struct attempt *attempt, const char *sentence, const char *detail)
{
    const char *open = detail[0] ? " (" : "", *shut = detail[0] ? ")" : "";
    if (attempt->status != 0 && !is_success(attempt->status))
        (void)snprintf(attempt->message, sizeof(attempt->message), "HTTP %d: %s%s%s%s",
                       attempt->status, sentence, open, detail, shut);
    else
        (void)snprintf(attempt->message, sizeof(attempt->message), "%s%s%s%s", sentence, open,
                       detail, shut);
    mask_provider_string(attempt->plan.provider, attempt->message);
}

static void fail_by_transport(struct attempt *attempt, enum transport transport, const char *detail)
{
    attempt->result.transport = transport;
    attempt->result.failure = transport_failure(transport);
    attempt->result.processed = transport_processed(transport);
    const struct config_provider *provider = attempt->plan.provider;
    struct error why = ERROR_NONE;
    if (not_running(provider, transport, &why)) {
        attempt->result.not_running = config_provider_is_own(provider);
        say(attempt, why.text, "");
        return;
    }
    say(attempt, transport_sentence(transport), detail);
}

static void fail_by_content(struct attempt *attempt, const struct answer_facts *facts)
{
    attempt->result.failure = facts->failure;
    attempt->result.repeats = facts->repeats;
    attempt->result.processed = failure_status_processed(attempt->status);
    attempt->error = facts->error;
    mask_provider_string(attempt->plan.provider, attempt->error.message);
    say(attempt, facts->error.message[0] ? facts->error.message : failure_sentence(facts->failure),
        "");
}

/* The server does not know the path; if it knew the path and not the model, it would say so. */
static bool is_absent(const struct attempt *attempt, bool told)
{
    return attempt->plan.absent && !told && (attempt->status == 404 || attempt->status == 405);
}

static void judge_error_status(struct attempt *attempt)
{
    struct buf *body = &attempt->body;
    body->len = mask_provider(attempt->plan.provider, body->data, body->len);
    bool told = provider_error_read(buf_text(&attempt->body), &attempt->error);
    attempt->result.failure =
        failure_of_answer(attempt->plan.provider->kind, attempt->status, &attempt->error);
    if (is_absent(attempt, told)) {
        attempt->result.failure = FAILURE_MODEL;
        (void)snprintf(attempt->error.message, sizeof(attempt->error.message), "%s",
                       attempt->plan.absent);
    }
    attempt->result.processed = failure_status_processed(attempt->status);
    attempt->result.repeats =
        failure_words_repeat(attempt->plan.provider->kind, attempt->status, &attempt->error);
    attempt->result.retry_after_ms =
        retry_after_parse(head_value(attempt, "retry-after-ms"), head_value(attempt, "retry-after"),
                          clock_wall_ms() / 1000);
    say(attempt,
        attempt->error.message[0] ? attempt->error.message
                                  : failure_sentence(attempt->result.failure),
        "");
}

static void judge_whole(struct attempt *attempt)
{
    struct buf out;
    buf_init(&out, WHOLE_MAX);
    relay_whole(&attempt->plan.relay, head_value(attempt, "content-type"), buf_text(&attempt->body),
                &out, &attempt->facts);
    if (attempt->facts.failure != FAILURE_NONE) {
        fail_by_content(attempt, &attempt->facts);
        buf_done(&out);
        return;
    }
    buf_done(&attempt->body);
    attempt->body = out;
}

static void judge_stream(struct attempt *attempt, enum transport transport, const char *detail)
{
    relay_end(attempt->relay, transport);
    attempt->facts = *relay_facts(attempt->relay);
    if (attempt->facts.failure == FAILURE_NONE)
        return;
    /* TOO_LARGE is our own stop, after the content was found unfit. */
    if (transport != TRANSPORT_OK && transport != TRANSPORT_TOO_LARGE)
        fail_by_transport(attempt, transport, detail);
    else
        fail_by_content(attempt, &attempt->facts);
}

/* How the body has ended, its codings included. */
static enum transport true_transport(const struct attempt *attempt, enum transport transport)
{
    if (attempt->unpack.spoilt && !is_done(attempt))
        return TRANSPORT_MALFORMED;
    bool cut = transport == TRANSPORT_OK && !is_done(attempt) && !unpack_is_whole(&attempt->unpack);
    return cut ? TRANSPORT_TRUNCATED : transport;
}

static void judge(struct attempt *attempt, enum transport transport, const char *detail)
{
    attempt->result = (struct attempt_result){
        .transport = TRANSPORT_OK, .status = attempt->status, .retry_after_ms = -1};
    transport = true_transport(attempt, transport);
    if (attempt->unpack.spoilt)
        detail = "its Content-Encoding";
    if (attempt->unfit) {
        fail_by_transport(attempt, TRANSPORT_MALFORMED, attempt->unfit);
    } else if (attempt->relay) {
        judge_stream(attempt, transport, detail);
    } else if (transport != TRANSPORT_OK) {
        fail_by_transport(attempt, transport, detail);
    } else if (attempt->status == 407 && attempt->plan.provider->proxy) {
        fail_by_transport(attempt, TRANSPORT_PROXY_AUTH, ""); /* it is not the provider's word */
    } else if (!is_success(attempt->status)) {
        judge_error_status(attempt);
    } else if (is_chat(attempt)) {
        judge_whole(attempt);
    }
    /* Whoever packs what nobody asked to have packed does so again. */
    if (attempt->result.failure == FAILURE_PROTOCOL &&
        (attempt->head.codings.unknown || attempt->unpack.spoilt))
        attempt->result.repeats = true;
}

static void finish(struct attempt *attempt, enum transport transport)
{
    char detail[256] = "";
    if (transport != TRANSPORT_OK)
        (void)snprintf(detail, sizeof(detail), "%s", upstream_call_detail(attempt->call));
    if (transport_failure(transport) == FAILURE_TIMEOUT)
        upstream_doubt(attempt->call);
    if (transport == TRANSPORT_OK && is_done(attempt))
        upstream_leave(attempt->call, LAST_CHUNK_MS);
    else
        upstream_stop(attempt->call);
    loop_timer_cancel(attempt_loop(attempt), &attempt->silence);
    loop_undefer(attempt_loop(attempt), &attempt->complete);
    judge(attempt, transport, detail);
    attempt->phase = ATTEMPT_ENDED;
    tell(attempt);
}

static void on_end(void *arg, enum transport transport)
{
    finish(arg, transport);
}

static void on_complete(struct loop_task *task)
{
    finish(OWNER(task, struct attempt, complete), TRANSPORT_OK);
}

static void on_silence(struct loop_timer *timer)
{
    struct attempt *attempt = OWNER(timer, struct attempt, silence);
    int64_t now_ms = loop_now_ms(attempt_loop(attempt));
    if (attempt->unfit) {
        finish(attempt, TRANSPORT_TOO_LARGE);
        return;
    }
    if (!attempt->heard) {
        bool connecting = !upstream_call_sent(attempt->call);
        finish(attempt, connecting ? TRANSPORT_CONNECT_TIMEOUT : TRANSPORT_FIRST_BYTE_TIMEOUT);
        return;
    }
    if (attempt->paused) /* it is the reader that is slow */
        attempt->heard_at_ms = now_ms;
    int64_t silent_until = attempt->heard_at_ms + attempt->plan.provider->idle_timeout_ms;
    if (silent_until > now_ms)
        loop_timer_set(attempt_loop(attempt), timer, silent_until);
    else
        finish(attempt, TRANSPORT_IDLE_TIMEOUT);
}

static void on_unpause(struct loop_task *task)
{
    struct attempt *attempt = OWNER(task, struct attempt, unpause);
    if (!attempt->paused || attempt->phase == ATTEMPT_ENDED)
        return;
    attempt->paused = false;
    attempt->heard_at_ms = loop_now_ms(attempt_loop(attempt));
    upstream_unpause(attempt->call);
}

static const struct upstream_events events = {.head = on_head, .body = on_body, .end = on_end};

struct attempt *attempt_start(const struct attempt_plan *plan)
{
    struct attempt *attempt = xcalloc(1, sizeof(*attempt));
    struct loop *loop = plan->means->loop;
    attempt->plan = *plan;
    attempt->facts = answer_facts_none();
    attempt->silence.due = on_silence;
    attempt->changed.run = on_changed;
    attempt->complete.run = on_complete;
    attempt->unpause.run = on_unpause;
    attempt->begun_at_ms = attempt->heard_at_ms = loop_now_ms(loop);
    buf_init(&attempt->body, WHOLE_MAX);
    unpack_init(&attempt->unpack);
    struct upstream_request request = {
        .method = plan->method,
        .url = plan->url,
        .body = plan->body,
        .headers = plan->headers,
        .way = upstream_way_of(plan->provider),
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
    struct loop *loop = attempt_loop(attempt);
    upstream_stop(attempt->call);
    upstream_release(attempt->call);
    loop_timer_cancel(loop, &attempt->silence);
    loop_undefer(loop, &attempt->changed);
    loop_undefer(loop, &attempt->complete);
    loop_undefer(loop, &attempt->unpause);
    relay_free(attempt->relay);
    unpack_done(&attempt->unpack);
    buf_done(&attempt->body);
    free(attempt);
}

void attempt_abort(struct attempt *attempt, enum transport transport)
{
    if (attempt->phase != ATTEMPT_ENDED)
        finish(attempt, transport);
}

void attempt_outrun(struct attempt *attempt)
{
    if (attempt->phase == ATTEMPT_RUNNING && attempt->status == 0)
        upstream_doubt(attempt->call);
    attempt_cancel(attempt);
}

void attempt_cancel(struct attempt *attempt)
{
    if (attempt->phase == ATTEMPT_ENDED)
        return;
    if (attempt->committed && is_done(attempt)) { /* in the turn in which it became complete */
        finish(attempt, TRANSPORT_OK);
        return;
    }
    upstream_stop(attempt->call);
    loop_timer_cancel(attempt_loop(attempt), &attempt->silence);
    loop_undefer(attempt_loop(attempt), &attempt->complete);
    attempt->result.failure = FAILURE_CANCELLED;
    attempt->phase = ATTEMPT_ENDED;
}
