/*
 * Events: what was asked first is known, a place is free, the attempt changed, a wait is over, the
 * provider's share of the time is used up. The core decides (retry.h); this obeys, and tells its
 * owner once.
 */
#include "exchange/leg.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/object.h"
#include "base/owner.h"
#include "call/fetch.h"
#include "provider/health.h"
#include "provider/local_switch.h"
#include "provider/online.h"
#include "record/log.h"

#define L(id) (1u << LEG_##id)
static const struct {
    const char *word;
    unsigned next;
} states[] = {
#define X(id, meaning, next) [LEG_##id] = {#id, (next) | L(OVER)},
    LEG_STATES(X)
#undef X
};

static void leg_try(struct leg *leg);

static int64_t now_of(const struct leg *leg)
{
    return loop_now_ms(leg->plan.means->loop);
}

static void leg_goto(struct leg *leg, enum leg_state state)
{
    assert(states[leg->state].next & (1u << state));
    log_debug("leg", LOG_STR("id", leg->plan.inquiry->id), LOG_STR("provider", leg->provider->name),
              LOG_STR("from", states[leg->state].word), LOG_STR("to", states[state].word));
    leg->state = state;
}

static struct leg_outlook outlook_of(const struct leg *leg)
{
    return leg->plan.events->outlook(leg->plan.owner, leg);
}

static int64_t share_end_ms(const struct leg *leg)
{
    return retry_share_end_ms(leg->plan.phase_at_ms, leg->plan.inquiry->deadline_ms,
                              outlook_of(leg).steps_left);
}

/* ---- what is noted of it */

/* A mere wish is no model that it has been asked for. */
static void note_skip(const struct leg *leg, enum route_skip why, const char *message)
{
    const struct route_step *step = &leg->plan.inquiry->route.step[leg->plan.step];
    const char *wanted = step->from_preference ? NULL : step->model;
    const char *model = leg->request.model ? leg->request.model : wanted;
    bool queued = leg->state == LEG_QUEUED;
    struct history_entry entry = {.provider = leg->provider,
                                  .model = (char *)(uintptr_t)model,
                                  .failure = FAILURE_SKIPPED,
                                  .skip = why,
                                  .start_ms = now_of(leg) - leg->plan.inquiry->begun_at_ms,
                                  .queued_ms = queued ? now_of(leg) - leg->queued_at_ms : 0,
                                  .message = (char *)(uintptr_t)message};
    alloc_must(history_add(leg->plan.history, &entry));
}

static void note_attempt(const struct leg *leg, enum failure failure)
{
    const struct attempt *attempt = leg->attempt;
    int64_t begun_ms = attempt_begun_ms(attempt);
    struct history_entry entry = {.provider = leg->provider,
                                  .model = (char *)(uintptr_t)leg_model(leg),
                                  .key = leg_key_number(leg),
                                  .status = attempt_head(attempt)->status,
                                  .failure = failure,
                                  .start_ms = begun_ms - leg->plan.inquiry->begun_at_ms,
                                  .queued_ms = leg->tries == 1 ? begun_ms - leg->queued_at_ms : 0,
                                  .ms = now_of(leg) - begun_ms,
                                  .hedge = leg->hedge,
                                  .message = (char *)(uintptr_t)attempt_message(attempt)};
    memcpy(entry.span, leg->span, sizeof(entry.span));
    alloc_must(history_add(leg->plan.history, &entry));
}

static void note_connectivity(const struct leg *leg)
{
    struct online *online = leg->plan.means->online;
    enum failure failure = attempt_result(leg->attempt)->failure;
    if (leg->provider->local)
        return;
    if (attempt_head(leg->attempt)->status != 0)
        online_answered(online);
    else if (failure == FAILURE_NETWORK || failure == FAILURE_TIMEOUT)
        online_suspect(online);
}

/* What the client does says nothing about the provider; that it had begun to answer does. */
static enum failure blamed(const struct leg *leg)
{
    const struct attempt_result *result = attempt_result(leg->attempt);
    bool own =
        result->transport == TRANSPORT_DEADLINE && leg->plan.inquiry->steering.deadline_ms > 0;
    if (result->failure == FAILURE_CANCELLED && leg->state == LEG_ANSWERING)
        return FAILURE_NONE;
    return own ? FAILURE_CANCELLED : result->failure;
}

/* The attempt is over; blame: what its provider is to be blamed for. */
static void note_health(const struct leg *leg, enum failure blame)
{
    health_ended(leg->provider, leg->pass, blame, attempt_head(leg->attempt)->status, now_of(leg));
}

/* An attempt that is not the answer is over. */
static void note_end(const struct leg *leg, enum failure failure, enum failure blame)
{
    note_attempt(leg, failure);
    note_connectivity(leg);
    note_health(leg, blame);
    leg_report_attempt(leg);
}

/* The client has its answer, or what there is of it. */
static void note_answered(const struct leg *leg)
{
    history_note_end(leg->plan.history, leg->provider,
                     now_of(leg) - attempt_begun_ms(leg->attempt));
    leg_report_attempt(leg);
}

/* ---- how it ends */

/* Lets go of everything that could still call. */
static void leg_put_down(struct leg *leg)
{
    struct loop *loop = leg->plan.means->loop;
    if (leg->state == LEG_WAITING)
        history_end_pause(leg->plan.history, leg->provider,
                          now_of(leg) - leg->plan.inquiry->begun_at_ms);
    leg_goto(leg, LEG_OVER);
    leg_key_leave(leg);
    loop_timer_cancel(loop, &leg->wait);
    loop_timer_cancel(loop, &leg->share_end);
    catalog_leave(leg->plan.means->catalog, &leg->models);
    catalog_leave(leg->plan.means->catalog, &leg->next_models);
    fetch_free(leg->render);
    leg->render = NULL;
    places_leave(leg->plan.means->places, &leg->guest);
}

static void leg_skip(struct leg *leg, enum route_skip why)
{
    note_skip(leg, why, route_skip_sentence(why));
    leg_put_down(leg);
    leg->plan.events->over(leg->plan.owner, leg, RETRY_NEXT);
}

/* No more tries, for that reason. */
static void leg_give_up(struct leg *leg, enum retry_verdict verdict, enum retry_reason reason)
{
    history_note_reason(leg->plan.history, leg->provider, retry_reason_word(reason));
    leg_put_down(leg);
    leg->plan.events->over(leg->plan.owner, leg, verdict);
}

/* It cannot be asked. Too long for the one before and for this one: the first one's word goes to
 * the client. */
static void leg_cannot(struct leg *leg, bool too_long, const char *why)
{
    struct leg *before = leg->older;
    bool told = too_long && before && before->state == LEG_OVER && before->attempt &&
                attempt_result(before->attempt)->failure == FAILURE_CONTEXT;
    note_skip(leg, ROUTE_SKIP_NO_MODEL, why);
    leg_put_down(leg);
    leg->plan.events->over(leg->plan.owner, told ? before : leg, told ? RETRY_RELAY : RETRY_NEXT);
}

/* ---- before the first try */

/* First by its owner, then again with each answer that it waited for. The provider's share of the
 * time counts from the queue on: what was asked before had limits of its own. */
void leg_begin(struct leg *leg)
{
    struct error why = ERROR_NONE;
    enum leg_prepared prepared = leg_prepare(leg, &why);
    if (prepared == LEG_ASKS)
        return;
    if (prepared != LEG_READY) {
        leg_cannot(leg, prepared == LEG_TOO_LONG, why.text);
        return;
    }
    leg_goto(leg, LEG_QUEUED);
    leg->queued_at_ms = now_of(leg);
    loop_timer_set(leg->plan.means->loop, &leg->share_end, share_end_ms(leg));
    if (places_enter(leg->plan.means->places, leg->provider, &leg->guest))
        leg_try(leg);
}

static void on_models(struct catalog_waiter *waiter)
{
    leg_begin(OWNER(waiter, struct leg, models));
}

static void on_rendered(void *arg)
{
    leg_note_rendered(arg);
    leg_begin(arg);
}

static void on_admitted(struct place_guest *guest)
{
    leg_try(OWNER(guest, struct leg, guest));
}

/* Where the server did not tell, there is nothing to warm. */
static void on_next_models(struct catalog_waiter *waiter)
{
    struct leg *leg = OWNER(waiter, struct leg, next_models);
    const struct route_step *next = outlook_of(leg).next;
    if (next && catalog_models(leg->plan.means->catalog, next->provider)->known)
        leg_warm_next(leg);
}

/* ---- the tries */

static struct retry_decision ask_what_next(const struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    const struct leg_outlook outlook = outlook_of(leg);
    struct retry_policy policy = leg->provider->retry;
    if (inquiry->steering.attempts > 0)
        policy.attempts = inquiry->steering.attempts;
    if (api_path_is_estimated(inquiry->path))
        policy.attempts = 1;
    struct retry_situation situation = {
        .tries = leg->tries - leg->anew,
        .now_ms = now_of(leg),
        .provider_end_ms = share_end_ms(leg),
        .has_next = outlook.next || outlook.others,
        .alone = !outlook.others && leg->plan.events->last(leg->plan.owner),
        .local_only = local_switch_bars(leg->provider),
        .offline = !leg->provider->local && online_is_offline(leg->plan.means->online),
        .breaker_open = health_retry_in_ms(leg->provider, now_of(leg)) > 0,
        .budget_empty = !health_may_retry(leg->provider, now_of(leg)),
        .random = clock_random_unit(),
    };
    return retry_decide(&policy, inquiry_config(inquiry)->route.fallback_on,
                        attempt_result(leg->attempt), &situation);
}

/*
 * The attempt failed before anything reached the client. Its failure is noted first: whether the
 * breaker is open, and the budget used up, is asked with it. With another key, and what the
 * provider itself says to ask differently, it is asked at once, and that is no retry.
 */
static void leg_failed(struct leg *leg)
{
    note_end(leg, attempt_result(leg->attempt)->failure, blamed(leg));
    if (leg_key_next(leg) || leg_ask_differently(leg)) {
        leg->anew++;
        leg_try(leg);
        return;
    }
    const struct retry_decision decision = ask_what_next(leg);
    if (decision.verdict != RETRY_AGAIN) {
        leg_report_history(leg);
        leg_give_up(leg, decision.verdict, decision.reason);
        return;
    }
    leg_report_retry(leg, &decision);
    leg_warm_next(leg);
    health_count_retry(leg->provider, now_of(leg));
    history_note_pause(leg->plan.history, leg->provider, decision.wait_ms);
    leg_goto(leg, LEG_WAITING);
    loop_timer_set(leg->plan.means->loop, &leg->wait, now_of(leg) + decision.wait_ms);
}

/* Its first content, or all of it. The share of the time was for that; from here on only the limits
 * of silence count. */
static void leg_answers(struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    loop_timer_cancel(leg->plan.means->loop, &leg->share_end);
    note_attempt(leg, FAILURE_NONE);
    note_connectivity(leg);
    if (inquiry_is_judged(inquiry) && !leg->plan.resume)
        health_note_time(leg->provider, leg_model(leg),
                         inquiry->facts.stream ? HEALTH_STREAM : HEALTH_WHOLE,
                         now_of(leg) - attempt_begun_ms(leg->attempt));
    leg_goto(leg, LEG_ANSWERING);
    leg->plan.events->answers(leg->plan.owner, leg);
}

static void on_attempt(void *arg)
{
    struct leg *leg = arg;
    bool ended = attempt_phase(leg->attempt) == ATTEMPT_ENDED;
    if (leg->state == LEG_ANSWERING) {
        leg->plan.events->more(leg->plan.owner, leg);
    } else if (leg->state != LEG_TRYING) {
        return;
    } else if (ended && attempt_result(leg->attempt)->failure == FAILURE_SKIPPED) {
        /* We had no descriptor for it: that says nothing about the provider, which was not tried.
         */
        health_ended(leg->provider, leg->pass, FAILURE_SKIPPED, 0, now_of(leg));
        leg_report_no_descriptor(leg);
        leg_skip(leg, ROUTE_SKIP_NO_DESCRIPTOR);
    } else if (ended && attempt_result(leg->attempt)->failure != FAILURE_NONE) {
        leg_failed(leg);
    } else if (ended && leg_ask_wider(leg)) { /* the window was too small for the answer */
        note_end(leg, FAILURE_CONTEXT, FAILURE_NONE);
        leg->anew++;
        leg_try(leg);
    } else {
        leg_answers(leg);
    }
}

/* May nothing be sent now, as it would leave the machine? Also by an Ollama that is near. */
static bool is_barred(const struct leg *leg)
{
    return local_switch_bars(leg->provider) || (leg->request.leaves && local_switch_is_on());
}

/*
 * The breaker is asked last: it may let just one through. The owner hears that it begins before the
 * attempt is there, whose end comes from the loop.
 */
static void leg_try(struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    const struct config_provider *provider = leg->provider;
    struct leg_request *request = &leg->request;
    if (is_barred(leg)) {
        leg_skip(leg, ROUTE_SKIP_LOCAL);
        return;
    }
    if (!leg_key_choose(leg)) {
        leg_skip(leg, ROUTE_SKIP_KEYS);
        return;
    }
    leg->pass = health_allow(provider, now_of(leg));
    if (leg->pass.permit == BREAKER_REFUSED) {
        leg_skip(leg, ROUTE_SKIP_BREAKER);
        return;
    }
    leg->key_waits = false; /* what comes now counts */
    if (inquiry->trace.on) {
        clock_random_hex(leg->span, (SPAN_ID_SIZE - 1) / 2);
        leg_request_sign(leg);
    }
    leg_goto(leg, LEG_TRYING);
    if (leg->tries++ == 0) {
        health_count_request(provider, now_of(leg));
        leg->plan.events->begins(leg->plan.owner, leg);
    }
    struct attempt_plan plan = {
        .means = leg->plan.means,
        .delivery = {.mode = inquiry->mode,
                     .provider = provider,
                     .relay = leg_relay_options(leg),
                     .counts = api_path_is_estimated(inquiry->path),
                     .absent = leg_absent_path(leg)},
        .method = inquiry->method,
        .url = request->url,
        .headers = &request->headers,
        .body = buf_text(request->own_body ? &request->body : &inquiry->body),
        .first_limit_ms = inquiry->facts.stream ? provider->first_byte_timeout_stream_ms
                                                : provider->first_byte_timeout_whole_ms,
        .changed = on_attempt,
        .arg = leg,
    };
    if (plan.body.len == 0 && inquiry->no_body)
        plan.body.at = NULL;
    attempt_free(leg->attempt);
    leg->attempt = attempt_start(&plan);
    loop_timer_set(leg->plan.means->loop, &leg->share_end, share_end_ms(leg));
}

static void on_wait_over(struct loop_timer *timer)
{
    leg_try(OWNER(timer, struct leg, wait));
}

static void on_share_end(struct loop_timer *timer)
{
    struct leg *leg = OWNER(timer, struct leg, share_end);
    if (leg->state == LEG_TRYING)
        attempt_abort(leg->attempt, TRANSPORT_DEADLINE);
    else if (leg->state == LEG_QUEUED)
        leg_skip(leg, ROUTE_SKIP_NO_ROOM);
}

/* ---- what its owner does */

void leg_commit(struct leg *leg)
{
    attempt_commit(leg->attempt);
    leg->committed = true;
}

void leg_note_move(struct leg *leg, const struct config_provider *from, const char *by,
                   const char *because)
{
    if (leg->moved_from)
        return;
    leg->moved_from = from;
    leg->moved_by = by;
    leg->moved_because = because;
    leg_report_move(leg);
}

void leg_keep_move(struct leg *leg, const struct config_provider *from, const char *by)
{
    leg->moved_from = from;
    leg->moved_by = by;
}

void leg_answered(struct leg *leg)
{
    if (leg->state != LEG_ANSWERING)
        return;
    note_answered(leg);
    leg_key_note_end(leg);
    if (attempt_result(leg->attempt)->failure == FAILURE_NONE)
        leg_note_answer(leg);
    note_health(leg, attempt_result(leg->attempt)->failure);
    leg_put_down(leg);
}

void leg_notice_offline(struct leg *leg)
{
    bool barred = is_barred(leg);
    if (leg->provider->local && !barred)
        return;
    if (leg->state == LEG_WAITING)
        leg_give_up(leg, RETRY_NEXT, barred ? RETRY_REASON_LOCAL : RETRY_REASON_OFFLINE);
    else if (barred && (leg->state == LEG_QUEUED || leg->state == LEG_PREPARING))
        leg_skip(leg, ROUTE_SKIP_LOCAL);
}

void leg_cancel(struct leg *leg)
{
    if (leg->state == LEG_OVER)
        return;
    if (leg->attempt)
        attempt_cancel(leg->attempt);
    if (leg->state == LEG_TRYING)
        note_attempt(leg, FAILURE_CANCELLED);
    if (leg->state == LEG_TRYING || leg->state == LEG_ANSWERING) {
        note_answered(leg);
        note_health(leg, blamed(leg));
    }
    leg_put_down(leg);
}

_Static_assert(sizeof(struct leg) <= OBJECT_MAX, "object.h");

struct leg *leg_new(const struct leg_plan *plan)
{
    struct leg *leg = object_new(sizeof(*leg));
    leg->plan = *plan;
    leg->provider = plan->inquiry->route.step[plan->step].provider;
    leg->wait.due = on_wait_over;
    leg->share_end.due = on_share_end;
    leg->models.ready = on_models;
    leg->rendered = on_rendered;
    leg->next_models.ready = on_next_models;
    leg->guest.admitted = on_admitted;
    return leg;
}

void leg_free(struct leg *leg)
{
    if (!leg)
        return;
    attempt_free(leg->attempt);
    leg_request_done(&leg->request);
    object_free(leg, sizeof(*leg));
}
