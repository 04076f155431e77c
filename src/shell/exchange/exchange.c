/*
 * Events: a leg answers, has more, or is over; the time to hedge or to beat has come; the client
 * has all or is gone.
 */
#include "exchange/exchange.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "record/log.h"
#include "record/metrics.h"
#include "serve/inbound.h"

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

static void exchange_goto(struct exchange *exchange, enum exchange_state state)
{
    assert(states[exchange->state].next & (1u << state));
    log_debug("state", LOG_STR("id", exchange->inquiry->id),
              LOG_STR("from", states[exchange->state].word), LOG_STR("to", states[state].word));
    exchange->state = state;
}

/* ---- what the client gets */

/* An error of our own, or a whole answer. Moves *reply. */
static void hand_over(struct exchange *exchange, struct reply *reply)
{
    if (exchange->state == EXCHANGE_BEATING) {
        exchange_goto(exchange, EXCHANGE_FAILING);
        exchange_reply_late(exchange, reply);
        inbound_wake(exchange->inbound);
        return;
    }
    exchange_reply_sign(exchange, reply);
    exchange->told.status = reply->status;
    exchange_goto(exchange, EXCHANGE_REPLYING);
    inbound_reply_take(exchange->inbound, reply);
}

static void hand_over_stream(struct exchange *exchange, struct reply *reply,
                             enum exchange_state state)
{
    exchange->told.status = reply->status;
    exchange_goto(exchange, state);
    inbound_reply_take(exchange->inbound, reply);
}

/* Nobody answers: the client is told why, by an event where a stream has begun. */
static void fail(struct exchange *exchange)
{
    struct reply reply;
    if (exchange->state == EXCHANGE_RESUMING) {
        exchange->leg = exchange_resume_last(exchange);
        exchange_goto(exchange, EXCHANGE_STREAMING);
        attempt_break(exchange->leg->attempt);
        inbound_wake(exchange->inbound);
        return;
    }
    exchange->told.all_failed = exchange->inquiry->route.count > 1;
    exchange_reply_failed(exchange, &reply);
    hand_over(exchange, &reply);
}

/* The first comment brings the 200 with it, so whatever fails after that can only be told as an
 * event. */
static void on_beat(struct loop_timer *timer)
{
    struct exchange *exchange = OWNER(timer, struct exchange, beat);
    int64_t now_ms = loop_now_ms(exchange_loop(exchange));
    int64_t interval_ms = inquiry_config(exchange->inquiry)->server.heartbeat_ms;
    bool silent = now_ms - exchange->stream.given_at_ms >= interval_ms;
    if (!exchange_is_open(exchange) && !exchange_has_stream(exchange))
        return;
    if (silent && exchange->state == EXCHANGE_RUNNING) {
        struct reply reply;
        exchange_reply_early(exchange, &reply);
        hand_over_stream(exchange, &reply, EXCHANGE_BEATING);
    }
    if (silent && exchange_reply_comment(exchange))
        inbound_wake(exchange->inbound);
    loop_timer_set(exchange_loop(exchange), timer,
                   (silent ? now_ms : exchange->stream.given_at_ms) + interval_ms);
}

/* ---- the steps of the route */

static void set_hedge(struct exchange *exchange)
{
    int64_t after_ms = exchange_hedge_ms(exchange);
    if (after_ms < 0)
        loop_timer_cancel(exchange_loop(exchange), &exchange->hedge);
    else
        loop_timer_set(exchange_loop(exchange), &exchange->hedge,
                       loop_now_ms(exchange_loop(exchange)) + after_ms);
}

static const struct leg_events leg_events;

static void start_step(struct exchange *exchange)
{
    const struct leg_plan plan = {
        .events = &leg_events,
        .owner = exchange,
        .means = &exchange->all->means,
        .inquiry = exchange->inquiry,
        .history = &exchange->history,
        .step = exchange->next_step++,
        .resume = exchange->state == EXCHANGE_RESUMING ? exchange->stream.resume : NULL,
        .phase_at_ms = exchange->phase_at_ms};
    struct leg *leg = leg_new(&plan);
    leg->older = exchange->legs;
    exchange->legs = leg;
    set_hedge(exchange);
    leg_begin(leg);
}

/* The next provider that can be tried; false when there is none. */
static bool start_next(struct exchange *exchange)
{
    for (; exchange->next_step < exchange->inquiry->route.count; exchange->next_step++) {
        enum route_skip why = exchange_skip(exchange, exchange->next_step);
        if (why == ROUTE_SKIP_NONE) {
            start_step(exchange);
            return true;
        }
        exchange_note_skip(exchange, exchange->next_step, why);
    }
    return false;
}

/* The next provider, or the end of the exchange. */
static void choose(struct exchange *exchange)
{
    if (!start_next(exchange))
        fail(exchange);
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
    loop_timer_cancel(exchange_loop(exchange), &exchange->hedge);
    for (struct leg *leg = exchange->legs; leg; leg = leg->older)
        if (leg != winner) {
            if (leg->attempt)
                attempt_outrun(leg->attempt);
            leg_cancel(leg);
        }
}

const char *exchange_model(const struct exchange *exchange)
{
    if (exchange->leg)
        return leg_model(exchange->leg);
    return exchange->inquiry->facts.model ? exchange->inquiry->facts.model : "";
}

/* What failed before it is why it is its turn. */
static void note_move(struct leg *leg)
{
    const struct history_entry *from = history_last_failed(leg->plan.history);
    if (leg->moved_from || !from)
        return;
    leg->moved_from = from->provider;
    leg->moved_by = history_word(from);
    leg->moved_because = history_reason(from);
    leg_report_move(leg);
}

/* The one that was silent for too long has lost without having failed. */
static void note_hedge_won(struct leg *leg)
{
    if (leg->moved_from || !leg->older)
        return;
    leg->moved_from = leg->older->provider;
    leg->moved_by = failure_word(FAILURE_TIMEOUT);
    leg->moved_because = "hedge";
    leg_report_move(leg);
}

/* The first may begin after the one beside it: when it had to wait for a place. */
static void on_leg_begins(void *owner, struct leg *leg)
{
    struct exchange *exchange = owner;
    const struct leg *silent = exchange_running_before(leg);
    if (silent)
        leg_report_hedge(leg, silent->provider);
    else if (!exchange_has_other_leg(exchange, leg))
        note_move(leg);
    if (!silent || !exchange->leg)
        exchange->leg = leg;
}

/* What the client gets of it from now on is not taken back. */
static void commit(struct exchange *exchange, struct leg *leg)
{
    exchange->leg = leg;
    attempt_commit(leg->attempt);
    leg->committed = true;
}

static void begin_stream(struct exchange *exchange, struct leg *leg)
{
    struct reply reply;
    commit(exchange, leg);
    exchange->stream.reading = leg;
    metrics_gauge_add(METRIC_OPEN_STREAMS, NULL, 1);
    if (exchange->state == EXCHANGE_BEATING) {
        exchange_goto(exchange, EXCHANGE_STREAMING);
        inbound_wake(exchange->inbound);
        return;
    }
    exchange_reply_stream(exchange, &reply);
    hand_over_stream(exchange, &reply, EXCHANGE_STREAMING);
}

/* Behind the stream that broke. */
static void go_on(struct exchange *exchange, struct leg *leg)
{
    commit(exchange, leg);
    leg_report_continued(leg);
    exchange_goto(exchange, EXCHANGE_STREAMING);
    if (attempt_phase(leg->attempt) == ATTEMPT_ENDED)
        leg_answered(leg);
    inbound_wake(exchange->inbound);
}

/* The others are cancelled before anything is handed over: the first answer is the only one. */
static void on_leg_answers(void *owner, struct leg *leg)
{
    struct exchange *exchange = owner;
    if (leg->plan.resume) {
        go_on(exchange, leg);
        return;
    }
    enum delivery_mode mode = exchange->inquiry->mode;
    bool ended = attempt_phase(leg->attempt) == ATTEMPT_ENDED;
    exchange->leg = leg;
    exchange->told.first_at_ms = loop_now_ms(exchange_loop(exchange));
    note_hedge_won(leg);
    cancel_others(exchange, leg);
    if (ended)
        leg_answered(leg);
    if (mode == DELIVERY_STREAM || (mode == DELIVERY_PASS && !ended)) {
        begin_stream(exchange, leg);
        return;
    }
    struct reply reply;
    exchange_reply_whole(exchange, &reply);
    hand_over(exchange, &reply);
}

/* After content: only continue_stream can still make it whole. */
static void on_broken(struct exchange *exchange, struct leg *leg)
{
    alloc_must(history_note_break(&exchange->history, leg->provider,
                                  attempt_result(leg->attempt)->failure,
                                  attempt_message(leg->attempt)));
    leg_report_break(leg);
    bool resumes = exchange_resume_may(exchange, leg, exchange_steps_left(exchange));
    leg_answered(leg);
    if (!resumes) {
        attempt_break(leg->attempt);
        return;
    }
    exchange->phase_at_ms = loop_now_ms(exchange_loop(exchange));
    exchange_goto(exchange, EXCHANGE_RESUMING);
    choose(exchange);
}

static void on_leg_more(void *owner, struct leg *leg)
{
    struct exchange *exchange = owner;
    if (attempt_phase(leg->attempt) == ATTEMPT_ENDED) {
        if (attempt_result(leg->attempt)->failure != FAILURE_NONE)
            on_broken(exchange, leg);
        else
            leg_answered(leg);
    }
    if (exchange_has_stream(exchange))
        inbound_wake(exchange->inbound);
}

/* The one that was started beside the one that is over is on its own now, or the next after it. */
static void pass_on(struct exchange *exchange, const struct leg *over)
{
    struct leg *first = NULL;
    if (exchange_running_before(over))
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
 * One that was only asked beside another has no last word while that may still answer. After a
 * fallback an invalid request, as the last one calls it, must not hide why the ones before it
 * failed: it may only be invalid there. And a refusal ends also what was to be gone on with: no
 * other provider is a way around it.
 */
static void on_leg_over(void *owner, struct leg *leg, enum retry_verdict verdict)
{
    struct exchange *exchange = owner;
    enum failure failure = leg->attempt ? attempt_result(leg->attempt)->failure : FAILURE_NONE;
    if (verdict == RETRY_RELAY && !exchange_running_before(leg) && !leg->plan.resume) {
        struct reply reply;
        exchange->leg = leg;
        cancel_others(exchange, leg);
        if (leg->moved_from && failure == FAILURE_REQUEST) {
            fail(exchange);
            return;
        }
        exchange_reply_relayed(exchange, &reply);
        hand_over(exchange, &reply);
    } else if (exchange_has_other_leg(exchange, leg)) {
        pass_on(exchange, leg);
    } else if (leg->plan.resume && failure == FAILURE_POLICY) {
        fail(exchange);
    } else {
        choose(exchange);
    }
}

static struct leg_outlook on_leg_looks(const void *owner, const struct leg *leg)
{
    const struct exchange *exchange = owner;
    const struct route *route = &exchange->inquiry->route;
    bool more = exchange->next_step < route->count;
    return (struct leg_outlook){.steps_left = exchange_steps_left(exchange),
                                .next = more ? &route->step[exchange->next_step] : NULL,
                                .others = exchange_has_other_leg(exchange, leg)};
}

static bool on_leg_last(const void *owner)
{
    return !exchange_can_try_another(owner);
}

static const struct leg_events leg_events = {.begins = on_leg_begins,
                                             .answers = on_leg_answers,
                                             .more = on_leg_more,
                                             .over = on_leg_over,
                                             .outlook = on_leg_looks,
                                             .last = on_leg_last};

void exchange_notice_offline(struct exchanges *all)
{
    struct exchange *next;
    for (struct exchange *exchange = all->first; exchange; exchange = next) {
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
        fail(exchange);
    } else if (attempt_phase(exchange->leg->attempt) != ATTEMPT_ENDED) {
        attempt_abort(exchange->leg->attempt, TRANSPORT_DEADLINE);
    }
}

void exchange_end_all(struct exchanges *all)
{
    struct exchange *next;
    for (struct exchange *exchange = all->first; exchange; exchange = next) {
        next = exchange->next;
        if (exchange_has_stream(exchange))
            end_stream(exchange);
        if (!exchange_is_open(exchange))
            continue;
        cancel_others(exchange, NULL);
        struct reply reply;
        exchange_reply_stopping(&reply);
        hand_over(exchange, &reply);
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
    exchange_resume_done(exchange);
    history_done(&exchange->history);
    buf_done(&exchange->stream.own_events);
    inquiry_free(exchange->inquiry);
    free(exchange);
}

/* The one end of every exchange: cancels what is under way, reports, and goes at the turn's end. */
static void on_closed(void *arg, bool client_gone)
{
    struct exchange *exchange = arg;
    if (exchange_has_stream(exchange))
        metrics_gauge_add(METRIC_OPEN_STREAMS, NULL, -1);
    cancel_others(exchange, NULL);
    loop_timer_cancel(exchange_loop(exchange), &exchange->beat);
    exchange_report_end(exchange, client_gone);
    exchange_goto(exchange, EXCHANGE_CLOSED);
    exchange->inbound = NULL;
    *exchange->prev = exchange->next;
    if (exchange->next)
        exchange->next->prev = exchange->prev;
    exchange->all->inflight--;
    metrics_gauge_add(METRIC_INFLIGHT, NULL, -1);
    loop_defer(exchange_loop(exchange), &exchange->reap);
}

static const struct inbound_job job = {.closed = on_closed};

static struct exchange *exchange_new(struct exchanges *all, struct inbound *inbound)
{
    struct exchange *exchange = xcalloc(1, sizeof(*exchange));
    exchange->all = all;
    exchange->inquiry = inquiry_new(*all->shared, loop_now_ms(all->means.loop));
    exchange->inbound = inbound;
    exchange->phase_at_ms = exchange->stream.given_at_ms = exchange->inquiry->begun_at_ms;
    exchange->hedge.due = on_hedge;
    exchange->beat.due = on_beat;
    exchange->reap.run = on_reap;
    buf_init(&exchange->stream.own_events, OWN_EVENTS_MAX);
    exchange->next = all->first;
    exchange->prev = &all->first;
    if (exchange->next)
        exchange->next->prev = &exchange->next;
    all->first = exchange;
    all->inflight++;
    metrics_gauge_add(METRIC_INFLIGHT, NULL, 1);
    return exchange;
}

static bool is_full(const struct exchange *exchange)
{
    return exchange->all->inflight > inquiry_config(exchange->inquiry)->server.max_inflight;
}

/* Whatever is wrong with it, what came in is taken first: the log tells of it. */
void exchange_start(struct exchanges *all, struct inbound *inbound)
{
    struct exchange *exchange = exchange_new(all, inbound);
    struct inquiry *inquiry = exchange->inquiry;
    struct reply refusal;
    inbound_set_job(inbound, &job, exchange);
    inquiry_take(inquiry, inbound);
    bool full = is_full(exchange);
    if (full)
        exchange_reply_full(&refusal);
    if (full || !inquiry_read(inquiry, inbound, all->means.online, &refusal)) {
        hand_over(exchange, &refusal);
        return;
    }
    exchange_report_prefix(exchange);
    exchange_resume_init(exchange);
    int64_t heartbeat_ms = inquiry_config(inquiry)->server.heartbeat_ms;
    if (inquiry->mode == DELIVERY_STREAM && heartbeat_ms > 0)
        loop_timer_set(exchange_loop(exchange), &exchange->beat,
                       inquiry->begun_at_ms + heartbeat_ms);
    choose(exchange);
}
