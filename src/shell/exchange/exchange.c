/*
 * Events: a leg answers, has more, or is over; the time to hedge or to beat has come; the client
 * has all or is gone. Each changes the state first and speaks to the client last.
 */
#include "exchange/exchange.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/owner.h"
#include "exchange/round.h"
#include "ledger/client_rates.h"
#include "provider/local_switch.h"
#include "record/log.h"
#include "record/metrics.h"

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

static void tell_more(const struct exchange *exchange)
{
    exchange->client.more(exchange->client.arg);
}

static void hand_over(struct exchange *exchange, struct reply *reply, enum exchange_state state)
{
    exchange->told.status = reply->status;
    exchange_goto(exchange, state);
    exchange->client.head(exchange->client.arg, reply);
}

/* An error of our own, or a whole answer: signed now that all is known, or told as an event where
 * comments have taken the 200 away. Moves *reply. */
static void hand_over_whole(struct exchange *exchange, struct reply *reply)
{
    if (exchange->state != EXCHANGE_BEATING) {
        exchange_reply_sign(exchange, reply);
        hand_over(exchange, reply, EXCHANGE_REPLYING);
        return;
    }
    exchange_goto(exchange, EXCHANGE_FAILING);
    exchange_stream_fail(exchange, reply);
    tell_more(exchange);
}

/* The last word; with an estimate nobody else is named for it. */
static void hand_over_end(struct exchange *exchange, bool relays)
{
    struct reply reply;
    enum outcome_of of = exchange_reply_end(exchange, relays, &reply);
    if (of == OUTCOME_ESTIMATE)
        exchange->leg = NULL;
    else if (!relays)
        exchange->told.all_failed = exchange->inquiry->route.count > 1;
    hand_over_whole(exchange, &reply);
}

/* Nobody answers: the client is told why, behind its bytes where a stream has begun. */
static void exchange_fail(struct exchange *exchange)
{
    if (exchange->state == EXCHANGE_RESUMING) {
        exchange->leg = exchange_stream_last(exchange);
        exchange_goto(exchange, EXCHANGE_STREAMING);
        attempt_break(exchange->leg->attempt);
        tell_more(exchange);
        return;
    }
    hand_over_end(exchange, false);
}

/* The first comment brings the 200 with it, so whatever fails after that can only be told as an
 * event. The timer is not moved for every byte: when it is due, the time of the last one that the
 * client took says whether there was silence. */
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
        hand_over(exchange, &reply, EXCHANGE_BEATING);
    }
    if (silent && exchange_stream_comment(exchange))
        tell_more(exchange);
    loop_timer_set(exchange_loop(exchange), timer,
                   (silent ? now_ms : exchange->stream.given_at_ms) + interval_ms);
}

/* ---- the steps of the route */

static const struct leg_events leg_events;

/*
 * A leg for the next provider that can be tried; false when there is none. Before the leg begins it
 * is one of ours, and the time to hedge is set: it may be over at once, and the next one chosen,
 * all inside of leg_begin.
 */
static bool exchange_try_next(struct exchange *exchange)
{
    size_t count = exchange->inquiry->route.count;
    enum route_skip why = ROUTE_SKIP_NONE;
    for (; exchange->next_step < count; exchange->next_step++) {
        why = exchange_skip(exchange, exchange->next_step);
        if (why == ROUTE_SKIP_NONE)
            break;
        exchange_note_skip(exchange, exchange->next_step, why);
    }
    if (exchange->next_step == count)
        return false;
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
    int64_t hedge_ms = exchange_hedge_ms(exchange);
    loop_timer_cancel(exchange_loop(exchange), &exchange->hedge);
    if (hedge_ms >= 0)
        loop_timer_set(exchange_loop(exchange), &exchange->hedge,
                       loop_now_ms(exchange_loop(exchange)) + hedge_ms);
    leg_begin(leg);
    return true;
}

/* Where nobody can be tried now, somebody may be when the silent one has failed. */
static void on_hedge(struct loop_timer *timer)
{
    struct exchange *exchange = OWNER(timer, struct exchange, hedge);
    /* Whoever wants to keep to the machine is not hurried: what was sent may still answer. */
    if (exchange_is_open(exchange) && !local_switch_is_on() && exchange_can_try_another(exchange))
        (void)exchange_try_next(exchange);
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

/* What failed before it is why it is its turn; or it has been since a round before. */
static void note_move(const struct round_past *past, struct leg *leg)
{
    const struct history_entry *from = history_last_failed(leg->plan.history);
    if (from)
        leg_note_move(leg, from->provider, history_word(from), history_reason(from));
    else if (past && past->provider == leg->provider)
        leg_keep_move(leg, past->moved_from, past->moved_by);
}

/* The first may begin after the one beside it: when it had to wait for a place. */
static void on_leg_begins(void *owner, struct leg *leg)
{
    struct exchange *exchange = owner;
    const struct leg *silent = exchange_running_before(leg);
    leg->hedge = silent != NULL;
    if (silent)
        leg_report_hedge(leg, silent->provider);
    else if (!exchange_has_other_leg(exchange, leg))
        note_move(exchange->past, leg);
    if (!silent || !exchange->leg)
        exchange->leg = leg;
}

/* Its bytes stand behind those of the stream that broke. */
static void go_on(struct exchange *exchange, struct leg *leg)
{
    leg_commit(leg);
    leg_report_continued(leg);
    exchange_goto(exchange, EXCHANGE_STREAMING);
    if (attempt_phase(leg->attempt) == ATTEMPT_ENDED)
        leg_answered(leg);
    tell_more(exchange);
}

/*
 * The others are cancelled before anything is handed over: the first answer is the only one. One
 * that was silent for too long has lost without having failed. What has ended gives its place at
 * the provider up before the client, who may be slow, gets a byte.
 */
static void on_leg_answers(void *owner, struct leg *leg)
{
    struct exchange *exchange = owner;
    enum delivery_mode mode = exchange->inquiry->mode;
    bool ended = attempt_phase(leg->attempt) == ATTEMPT_ENDED;
    struct reply reply;
    exchange->leg = leg;
    if (leg->plan.resume) {
        go_on(exchange, leg);
        return;
    }
    exchange->told.first_at_ms = loop_now_ms(exchange_loop(exchange));
    if (leg->older)
        leg_note_move(leg, leg->older->provider, failure_word(FAILURE_TIMEOUT), "hedge");
    cancel_others(exchange, leg);
    if (ended)
        leg_answered(leg);
    if (mode == DELIVERY_WHOLE || (mode == DELIVERY_PASS && ended)) {
        exchange_reply_whole(exchange, &reply);
        hand_over_whole(exchange, &reply);
        return;
    }
    leg_commit(leg);
    exchange->stream.reading = leg;
    metrics_gauge_add(METRIC_OPEN_STREAMS, NULL, 1);
    if (exchange->state == EXCHANGE_BEATING) {
        exchange_goto(exchange, EXCHANGE_STREAMING);
        tell_more(exchange);
        return;
    }
    exchange_reply_stream(exchange, &reply);
    hand_over(exchange, &reply, EXCHANGE_STREAMING);
}

/* After content: only continue_stream can still make it whole. What can be gone on with is asked
 * before leg_answered, while the leg's bytes count as the client's. */
static void on_broken(struct exchange *exchange, struct leg *leg)
{
    alloc_must(history_note_break(&exchange->history, leg->provider,
                                  attempt_result(leg->attempt)->failure,
                                  attempt_message(leg->attempt)));
    leg_report_break(leg);
    bool resumes = exchange_stream_may_resume(exchange, leg, exchange_steps_left(exchange));
    leg_answered(leg);
    if (!resumes) {
        attempt_break(leg->attempt);
        return;
    }
    exchange->phase_at_ms = loop_now_ms(exchange_loop(exchange));
    exchange_goto(exchange, EXCHANGE_RESUMING);
    if (!exchange_try_next(exchange))
        exchange_fail(exchange);
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
        tell_more(exchange);
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
        exchange->leg = leg;
        cancel_others(exchange, leg);
        if (leg->moved_from && failure == FAILURE_REQUEST) {
            exchange_fail(exchange);
            return;
        }
        hand_over_end(exchange, true);
    } else if (exchange_has_other_leg(exchange, leg)) {
        struct leg *heir = exchange_heir(exchange, leg);
        if (heir) {
            note_move(exchange->past, heir);
            exchange->leg = heir;
        }
    } else if ((leg->plan.resume && failure == FAILURE_POLICY) || !exchange_try_next(exchange)) {
        exchange_fail(exchange);
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
        next = exchange->under_way.next;
        struct leg *older;
        for (struct leg *leg = exchange->legs; leg; leg = older) {
            older = leg->older;
            leg_notice_offline(leg);
        }
    }
}

/* ---- the end */

/* A stream is aborted by its attempt, and comes back as one that broke: its bytes go out first. */
void exchange_end_all(struct exchanges *all)
{
    struct exchange *next;
    for (struct exchange *exchange = all->first; exchange; exchange = next) {
        next = exchange->under_way.next;
        exchange_stream_keep_not(exchange);
        if (exchange->state == EXCHANGE_RESUMING) {
            cancel_others(exchange, NULL);
            exchange_fail(exchange);
        } else if (exchange->state == EXCHANGE_STREAMING) {
            attempt_abort(exchange->leg->attempt, TRANSPORT_DEADLINE);
        } else if (exchange_is_open(exchange)) {
            struct reply reply;
            cancel_others(exchange, NULL);
            exchange_reply_stopping(exchange, &reply);
            hand_over_whole(exchange, &reply);
        }
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
    exchange_stream_done(exchange);
    history_done(&exchange->history);
    inquiry_free(exchange->inquiry);
    object_free(exchange, sizeof(*exchange));
}

/* The one end of every exchange: cancels what is under way, reports while all of it is there, and
 * goes at the turn's end, as a leg's callback may have led here. */
static void exchange_close(struct exchange *exchange, bool client_gone)
{
    if (exchange_has_stream(exchange))
        metrics_gauge_add(METRIC_OPEN_STREAMS, NULL, -1);
    cancel_others(exchange, NULL);
    loop_timer_cancel(exchange_loop(exchange), &exchange->beat);
    exchange_report_end(exchange, client_gone);
    hold_end(
        &exchange->inquiry->hold); /* the client's next request may be looked at before on_reap */
    exchange_goto(exchange, EXCHANGE_CLOSED);
    LIST_TAKE(exchange, under_way);
    exchange->all->inflight--;
    metrics_gauge_add(METRIC_INFLIGHT, NULL, -1);
    loop_defer(exchange_loop(exchange), &exchange->reap);
}

void exchange_client_end(struct exchange *exchange)
{
    exchange_close(exchange, false);
}

void exchange_client_gone(struct exchange *exchange)
{
    exchange_close(exchange, true);
}

/* ---- the beginning */

/* All rounds of one answer are one span. */
static void exchange_begin_trace(struct exchange *exchange)
{
    struct round_past *past = exchange->past;
    if (past && past->rounds > 0)
        exchange->inquiry->trace = past->trace;
    else if (exchange->all->means.exporter && inquiry_config(exchange->inquiry)->log.otlp)
        inquiry_begin_trace(exchange->inquiry);
    if (past)
        past->trace = exchange->inquiry->trace;
}

static struct exchange *exchange_new(struct exchanges *all, const struct client *client,
                                     struct client_request *request)
{
    struct exchange *exchange = object_new(sizeof(*exchange));
    exchange->all = all;
    exchange->client = *client;
    exchange->inquiry = inquiry_new(*all->shared, request, loop_now_ms(all->means.loop));
    exchange->past = request->past;
    exchange_begin_trace(exchange);
    if (exchange->past)
        exchange->history.before = &exchange->past->history;
    exchange->phase_at_ms = exchange->inquiry->begun_at_ms;
    exchange->hedge.due = on_hedge;
    exchange->beat.due = on_beat;
    exchange->reap.run = on_reap;
    exchange_stream_init(exchange);
    LIST_ADD(&all->first, exchange, under_way);
    all->inflight++;
    metrics_gauge_add(METRIC_INFLIGHT, NULL, 1);
    return exchange;
}

/* One too many, of all there are or of its client's? */
static bool exchange_is_surplus(const struct exchange *exchange, struct reply *refusal)
{
    const struct inquiry *inquiry = exchange->inquiry;
    int64_t wait_ms = 0;
    if (exchange->all->inflight > inquiry_config(inquiry)->server.max_inflight) {
        exchange_reply_full(exchange, refusal);
        return true;
    }
    bool counted = !exchange->past || exchange->past->rounds == 0;
    if (inquiry->token && counted && inquiry_is_counted(inquiry))
        wait_ms = client_rates_take(inquiry->token, inquiry->begun_at_ms);
    if (wait_ms > 0)
        exchange_reply_spent(exchange, wait_ms, refusal);
    return wait_ms > 0;
}

/* A later round stays with the provider that answered the one before, those behind it in order. */
static void begin_behind(struct exchange *exchange)
{
    const struct route *route = &exchange->inquiry->route;
    size_t i = 0;
    while (i < route->count && route->step[i].provider != exchange->past->provider)
        i++;
    if (i < route->count)
        exchange->next_step = i;
}

/* Whatever is wrong with it, what came in is taken first: the log tells of it. Whether there is
 * room for one more is asked before it is read, which costs. */
struct exchange *exchange_start(struct exchanges *all, const struct client *client,
                                struct client_request *request)
{
    struct exchange *exchange = exchange_new(all, client, request);
    struct inquiry *inquiry = exchange->inquiry;
    const struct config_server *server = &inquiry_config(inquiry)->server;
    struct reply refusal;
    if (exchange_is_surplus(exchange, &refusal) ||
        !inquiry_read(inquiry, request, all->means.online, all->means.catalog, &refusal)) {
        hand_over_whole(exchange, &refusal);
        return exchange;
    }
    exchange_report_prefix(exchange);
    exchange_stream_keep(exchange);
    if (server->heartbeat_ms > 0 && exchange_stream_beats(exchange))
        loop_timer_set(exchange_loop(exchange), &exchange->beat,
                       exchange->stream.given_at_ms + server->heartbeat_ms);
    if (exchange->past)
        begin_behind(exchange);
    if (!exchange_try_next(exchange))
        exchange_fail(exchange);
    return exchange;
}
