/*
 * Which legs there are, and what becomes of what they bring. Events: a leg answers, a leg is over,
 * the time to hedge has come, the client has all or is gone.
 */
#include "exchange/exchange.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "daemon/worker.h"
#include "exchange/exchange_impl.h"
#include "provider/health.h"
#include "provider/online.h"
#include "record/log.h"
#include "record/metrics.h"
#include "rules/latency.h"

/* An error that a provider made long is the largest of them. */
#define OWN_EVENTS_MAX (65u << 20)

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define E(id) (1u << EXCHANGE_##id)
static const struct {
    const char *word;
    unsigned next;
} states[] = {
#define X(id, meaning, next) [EXCHANGE_##id] = {#id, (next) | E(CLOSED)},
    EXCHANGE_STATES(X)
#undef X
};

static struct loop *loop_of(const struct exchange *exchange)
{
    return &exchange->worker->loop;
}

void exchange_goto(struct exchange *exchange, enum exchange_state state)
{
    assert(states[exchange->state].next & (1u << state));
    log_debug("state", LOG_STR("id", exchange->id), LOG_STR("from", states[exchange->state].word),
              LOG_STR("to", states[state].word));
    exchange->state = state;
}

/* ---- the steps of the route */

static enum route_skip reason_to_skip(const struct exchange *exchange, size_t index)
{
    const struct route_step *step = &exchange->route.step[index];
    if (step->skip != ROUTE_SKIP_NONE)
        return step->skip;
    if (!step->provider->local && online_is_offline(exchange->worker->online))
        return ROUTE_SKIP_OFFLINE;
    if (health_retry_in_ms(step->provider, loop_now_ms(loop_of(exchange))) > 0)
        return ROUTE_SKIP_BREAKER;
    return ROUTE_SKIP_NONE;
}

int exchange_steps_left(const struct exchange *exchange)
{
    int count = 0;
    for (size_t i = exchange->next_step; i < exchange->route.count; i++)
        if (exchange->route.step[i].skip == ROUTE_SKIP_NONE)
            count++;
    return count;
}

bool exchange_has_other_leg(const struct exchange *exchange, const struct leg *leg)
{
    for (const struct leg *other = exchange->legs; other; other = other->older)
        if (other != leg && leg_is_running(other))
            return true;
    return false;
}

static void note_skip(struct exchange *exchange, size_t index, enum route_skip why)
{
    const struct route_step *step = &exchange->route.step[index];
    struct history_entry entry = {.provider = step->provider,
                                  .model = step->from_preference ? NULL : step->model,
                                  .failure = FAILURE_SKIPPED,
                                  .skip = why,
                                  .message = (char *)(uintptr_t)route_skip_sentence(why)};
    alloc_must(history_add(&exchange->history, &entry));
}

/* After so long without content the next provider may start too; -1 = never. */
static int64_t hedge_ms(const struct exchange *exchange)
{
    if (!exchange_is_judged(exchange) || !exchange_is_open(exchange) ||
        exchange->next_step >= exchange->route.count)
        return -1;
    const struct route_step *silent = &exchange->route.step[exchange->next_step - 1];
    const char *model = silent->model ? silent->model : exchange->facts.model;
    const struct latency_hedge hedge = {
        .setting_ms =
            latency_hedge_setting(exchange_config(exchange), text_of(exchange->facts.model)),
        .stream = exchange->facts.stream,
        .reasoning = exchange->facts.reasoning,
        .usual_ms = health_usual_ms(silent->provider, model ? model : "",
                                    exchange->facts.stream ? HEALTH_STREAM : HEALTH_WHOLE)};
    return latency_hedge_ms(&hedge);
}

static void set_hedge(struct exchange *exchange)
{
    int64_t after_ms = hedge_ms(exchange);
    if (after_ms < 0)
        loop_timer_cancel(loop_of(exchange), &exchange->hedge);
    else
        loop_timer_set(loop_of(exchange), &exchange->hedge,
                       loop_now_ms(loop_of(exchange)) + after_ms);
}

static void start_step(struct exchange *exchange)
{
    size_t step = exchange->next_step++;
    set_hedge(exchange);
    leg_start(exchange, step);
}

/* The next provider that can be tried; false when there is none. */
static bool start_next(struct exchange *exchange)
{
    for (; exchange->next_step < exchange->route.count; exchange->next_step++) {
        enum route_skip why = reason_to_skip(exchange, exchange->next_step);
        if (why == ROUTE_SKIP_NONE) {
            start_step(exchange);
            return true;
        }
        note_skip(exchange, exchange->next_step, why);
    }
    return false;
}

/* The next provider, or the end of the exchange. */
static void choose(struct exchange *exchange)
{
    if (start_next(exchange))
        return;
    if (exchange->state == EXCHANGE_RESUMING)
        exchange_resume_fail(exchange);
    else
        exchange_reply_failed(exchange);
}

bool exchange_can_try_another(const struct exchange *exchange)
{
    for (size_t i = exchange->next_step; i < exchange->route.count; i++)
        if (reason_to_skip(exchange, i) == ROUTE_SKIP_NONE)
            return true;
    return false;
}

/* Where nobody can be tried now, somebody may be when the silent one has failed. */
static void on_hedge(struct loop_timer *timer)
{
    struct exchange *exchange = OWNER(timer, struct exchange, hedge);
    if (exchange_is_open(exchange) && exchange_can_try_another(exchange))
        (void)start_next(exchange);
}

/* ---- what the legs bring */

static void cancel_others(struct exchange *exchange, const struct leg *winner)
{
    loop_timer_cancel(loop_of(exchange), &exchange->hedge);
    for (struct leg *leg = exchange->legs; leg; leg = leg->older)
        if (leg != winner)
            leg_cancel(leg);
}

const char *exchange_model(const struct exchange *exchange)
{
    if (exchange->leg)
        return leg_model(exchange->leg);
    return exchange->facts.model ? exchange->facts.model : "";
}

/* What failed before it is why it is its turn. */
static void note_move(struct leg *leg)
{
    const struct history_entry *from = history_last_failed(&leg->exchange->history);
    if (leg->moved_from || !from)
        return;
    leg->moved_from = from->provider;
    leg->moved_by = history_word(from);
    leg->moved_because = history_reason(from);
    exchange_report_move(leg);
}

/* The one that was silent for too long has lost without having failed. */
static void note_hedge_won(struct leg *leg)
{
    if (leg->moved_from || !leg->older)
        return;
    leg->moved_from = leg->older->provider;
    leg->moved_by = failure_word(FAILURE_TIMEOUT);
    leg->moved_because = "hedge";
    exchange_report_move(leg);
}

/* The one that it was started beside; NULL when that is over, or there was none. */
static const struct leg *running_before(const struct leg *leg)
{
    const struct leg *older = leg->older;
    while (older && !leg_is_running(older))
        older = older->older;
    return older;
}

/* The first may begin after the one beside it: when it had to wait for a place. */
void exchange_leg_begins(struct leg *leg)
{
    struct exchange *exchange = leg->exchange;
    const struct leg *silent = running_before(leg);
    if (silent)
        exchange_report_hedge(leg, silent->provider);
    else if (!exchange_has_other_leg(exchange, leg))
        note_move(leg);
    if (!silent || !exchange->leg)
        exchange->leg = leg;
}

static void begin_stream(struct leg *leg)
{
    struct exchange *exchange = leg->exchange;
    attempt_commit(leg->attempt);
    leg->committed = true;
    exchange->reading = leg;
    metrics_gauge_add(METRIC_OPEN_STREAMS, NULL, 1);
    exchange_reply_stream(exchange);
}

/* Behind the stream that broke. */
static void go_on(struct leg *leg)
{
    struct exchange *exchange = leg->exchange;
    exchange->leg = leg;
    attempt_commit(leg->attempt);
    leg->committed = true;
    exchange_report_continued(leg);
    exchange_goto(exchange, EXCHANGE_STREAMING);
    if (attempt_phase(leg->attempt) == ATTEMPT_ENDED)
        leg_answered(leg);
    inbound_wake(exchange->inbound);
}

void exchange_leg_answers(struct leg *leg)
{
    struct exchange *exchange = leg->exchange;
    if (leg->resumes) {
        go_on(leg);
        return;
    }
    bool whole = exchange->mode == ATTEMPT_CHAT_WHOLE ||
                 (exchange->mode == ATTEMPT_PASS && attempt_phase(leg->attempt) == ATTEMPT_ENDED);
    exchange->leg = leg;
    exchange->first_at_ms = loop_now_ms(loop_of(exchange));
    note_hedge_won(leg);
    cancel_others(exchange, leg);
    if (attempt_phase(leg->attempt) == ATTEMPT_ENDED)
        leg_answered(leg);
    if (whole) {
        exchange_reply_whole(exchange);
        return;
    }
    begin_stream(leg);
}

/* After content: only continue_stream can still make it whole. */
static void on_broken(struct leg *leg)
{
    struct exchange *exchange = leg->exchange;
    alloc_must(history_note_break(&exchange->history, leg->provider,
                                  attempt_result(leg->attempt)->failure,
                                  attempt_message(leg->attempt)));
    exchange_report_break(leg);
    bool resumes = exchange_resume_begin(exchange, leg);
    leg_answered(leg);
    if (resumes)
        choose(exchange);
    else
        attempt_break(leg->attempt);
}

void exchange_leg_more(struct leg *leg)
{
    struct exchange *exchange = leg->exchange;
    if (attempt_phase(leg->attempt) == ATTEMPT_ENDED) {
        if (attempt_result(leg->attempt)->failure != FAILURE_NONE)
            on_broken(leg);
        else
            leg_answered(leg);
    }
    if (exchange_has_stream(exchange))
        inbound_wake(exchange->inbound);
}

/* The one that was started beside the one that is over is on its own now, or the next after it. */
static void pass_on(struct leg *over)
{
    struct exchange *exchange = over->exchange;
    struct leg *first = NULL;
    if (running_before(over))
        return;
    for (struct leg *leg = exchange->legs; leg != over; leg = leg->older)
        if (leg->tries > 0 && leg_is_running(leg))
            first = leg;
    if (!first)
        return;
    note_move(first);
    exchange->leg = first;
}

/*
 * After a fallback an invalid request, as the last one calls it, must not hide why the ones before
 * it failed: it may only be invalid there, and the app cannot know of them otherwise.
 */
static bool would_hide_others(const struct leg *leg)
{
    return leg->moved_from && attempt_result(leg->attempt)->failure == FAILURE_REQUEST;
}

void exchange_leg_over(struct leg *leg, enum retry_verdict verdict)
{
    struct exchange *exchange = leg->exchange;
    /* One that was only asked beside another has no last word while that may still answer. */
    if (verdict == RETRY_RELAY && !running_before(leg) && !leg->resumes) {
        exchange->leg = leg;
        cancel_others(exchange, leg);
        if (would_hide_others(leg))
            exchange_reply_failed(exchange);
        else
            exchange_reply_relayed(exchange);
    } else if (exchange_has_other_leg(exchange, leg)) {
        pass_on(leg);
    } else {
        choose(exchange);
    }
}

void exchange_notice_offline(struct worker *worker)
{
    struct exchange *next;
    for (struct exchange *exchange = worker->exchanges; exchange; exchange = next) {
        next = exchange->next;
        struct leg *older;
        for (struct leg *leg = exchange->legs; leg; leg = older) {
            older = leg->older;
            leg_notice_offline(leg);
        }
    }
}

/* ---- the end */

static void end_stream(struct exchange *exchange)
{
    exchange_resume_stop(exchange);
    if (exchange->state == EXCHANGE_RESUMING) {
        cancel_others(exchange, NULL);
        exchange_resume_fail(exchange);
    } else if (attempt_phase(exchange->leg->attempt) != ATTEMPT_ENDED) {
        attempt_abort(exchange->leg->attempt, TRANSPORT_DEADLINE);
    }
}

void exchange_end_all(struct worker *worker)
{
    static const struct reply_error error = {503, "shutting_down", "shutting_down",
                                             "the daemon is stopping; try again in a moment"};
    struct exchange *next;
    for (struct exchange *exchange = worker->exchanges; exchange; exchange = next) {
        next = exchange->next;
        if (exchange_has_stream(exchange))
            end_stream(exchange);
        if (!exchange_is_open(exchange))
            continue;
        cancel_others(exchange, NULL);
        struct reply reply;
        reply_from_error(&reply, &error);
        reply_header(&reply, "Retry-After", "1");
        exchange_reply_take(exchange, &reply);
    }
}

static void on_reap(struct loop_task *task)
{
    struct exchange *exchange = OWNER(task, struct exchange, reap);
    while (exchange->legs) {
        struct leg *leg = exchange->legs;
        exchange->legs = leg->older;
        leg_free(leg);
    }
    route_done(&exchange->route);
    history_done(&exchange->history);
    request_facts_done(&exchange->facts);
    buf_done(&exchange->headers);
    buf_done(&exchange->body);
    hold_end(&exchange->hold);
    buf_done(&exchange->own_events);
    exchange_resume_done(exchange);
    settings_unref(exchange->settings);
    free(exchange->only);
    free(exchange->method);
    free(exchange->target);
    free(exchange);
}

/* The one end of every exchange: cancels what is under way, reports, and goes at the turn's end. */
static void on_closed(void *arg, bool client_gone)
{
    struct exchange *exchange = arg;
    if (exchange_has_stream(exchange))
        metrics_gauge_add(METRIC_OPEN_STREAMS, NULL, -1);
    cancel_others(exchange, NULL);
    loop_timer_cancel(loop_of(exchange), &exchange->beat);
    exchange_report_end(exchange, client_gone);
    exchange_goto(exchange, EXCHANGE_CLOSED);
    exchange->inbound = NULL;
    *exchange->prev = exchange->next;
    if (exchange->next)
        exchange->next->prev = exchange->prev;
    exchange->worker->inflight--;
    metrics_gauge_add(METRIC_INFLIGHT, NULL, -1);
    loop_defer(loop_of(exchange), &exchange->reap);
}

static const struct inbound_job job = {.closed = on_closed};

static struct exchange *exchange_new(struct worker *worker, struct inbound *inbound)
{
    struct exchange *exchange = xcalloc(1, sizeof(*exchange));
    exchange->worker = worker;
    exchange->settings = settings_ref(worker->settings);
    exchange->inbound = inbound;
    exchange->begun_at_ms = exchange->phase_at_ms = loop_now_ms(&worker->loop);
    exchange->begun_wall_s = clock_wall_ms() / 1000;
    exchange->hedge.due = on_hedge;
    exchange->reap.run = on_reap;
    exchange_beat_init(exchange);
    buf_init(&exchange->own_events, OWN_EVENTS_MAX);
    clock_random_hex(exchange->id, 8);
    exchange->next = worker->exchanges;
    exchange->prev = &worker->exchanges;
    if (exchange->next)
        exchange->next->prev = &exchange->next;
    worker->exchanges = exchange;
    worker->inflight++;
    metrics_gauge_add(METRIC_INFLIGHT, NULL, 1);
    return exchange;
}

void exchange_start(struct worker *worker, struct inbound *inbound)
{
    struct exchange *exchange = exchange_new(worker, inbound);
    struct reply refusal;
    inbound_set_job(inbound, &job, exchange);
    if (!exchange_read_request(exchange, &refusal)) {
        exchange_reply_take(exchange, &refusal);
        return;
    }
    exchange_resume_init(exchange);
    exchange_beat_begin(exchange);
    choose(exchange);
}
