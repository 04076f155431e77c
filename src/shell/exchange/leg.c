/*
 * Events: the models are known, a place is free, the attempt changed, a wait is over, the
 * provider's share of the time is used up. The core decides (retry.h); this obeys, and tells its
 * owner once.
 */
#include "exchange/leg.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "answer/resume.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "call/fetch.h"
#include "ollama/ollama.h"
#include "provider/health.h"
#include "provider/online.h"
#include "record/log.h"

/* "No model fits" is only believed of a list of models that is not older. */
#define FRESH_MS 1000
/* To show a prompt takes no model. */
#define RENDER_MS 10000

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define L(id) (1u << LEG_##id)
static const struct {
    const char *word;
    unsigned next;
} states[] = {
#define X(id, meaning, next) [LEG_##id] = {#id, (next) | L(OVER)},
    LEG_STATES(X)
#undef X
};

static void try_now(struct leg *leg);
static void prepare(struct leg *leg);

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

static const struct route_step *step_of(const struct leg *leg)
{
    return &leg->plan.inquiry->route.step[leg->plan.step];
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

static void note_skip(const struct leg *leg, enum route_skip why, const char *message)
{
    /* A mere wish is no model that it has been asked for. */
    const char *wanted = step_of(leg)->from_preference ? NULL : step_of(leg)->model;
    const char *model = leg->request.model ? leg->request.model : wanted;
    struct history_entry entry = {.provider = leg->provider,
                                  .model = (char *)(uintptr_t)model,
                                  .failure = FAILURE_SKIPPED,
                                  .skip = why,
                                  .message = (char *)(uintptr_t)message};
    alloc_must(history_add(leg->plan.history, &entry));
}

static void note_attempt(const struct leg *leg, enum failure failure)
{
    const struct attempt *attempt = leg->attempt;
    const struct history_entry entry = {.provider = leg->provider,
                                        .model = (char *)(uintptr_t)leg_model(leg),
                                        .status = attempt_head(attempt)->status,
                                        .failure = failure,
                                        .ms = now_of(leg) - attempt_begun_ms(attempt),
                                        .message = (char *)(uintptr_t)attempt_message(attempt)};
    alloc_must(history_add(leg->plan.history, &entry));
}

/* Lets go of everything that could still call. */
static void put_down(struct leg *leg)
{
    struct loop *loop = leg->plan.means->loop;
    leg_goto(leg, LEG_OVER);
    loop_timer_cancel(loop, &leg->wait);
    loop_timer_cancel(loop, &leg->share_end);
    catalog_leave(leg->plan.means->catalog, &leg->models);
    catalog_leave(leg->plan.means->catalog, &leg->next_models);
    fetch_free(leg->render);
    leg->render = NULL;
    places_leave(leg->plan.means->places, &leg->guest);
}

static void end(struct leg *leg, enum retry_verdict verdict)
{
    put_down(leg);
    leg->plan.events->over(leg->plan.owner, leg, verdict);
}

static void skip(struct leg *leg, enum route_skip why, const char *message)
{
    note_skip(leg, why, message);
    end(leg, RETRY_NEXT);
}

/* ---- before the first try */

static void enter_room(struct leg *leg)
{
    leg_goto(leg, LEG_QUEUED);
    loop_timer_set(leg->plan.means->loop, &leg->share_end, share_end_ms(leg));
    if (places_enter(leg->plan.means->places, leg->provider, &leg->guest))
        try_now(leg);
}

static void on_admitted(struct place_guest *guest)
{
    try_now(OWNER(guest, struct leg, guest));
}

/* Too long for the one before and for this one: the first one's word goes to the client. */
static struct leg *context_exceeded_before(const struct leg *leg)
{
    struct leg *before = leg->older;
    bool exceeded = before && before->state == LEG_OVER && before->attempt &&
                    attempt_result(before->attempt)->failure == FAILURE_CONTEXT;
    return exceeded ? before : NULL;
}

/* It may have been pulled a moment ago. */
static bool ask_again(struct leg *leg)
{
    struct catalog *catalog = leg->plan.means->catalog;
    if (leg->asked_again || !catalog_is_older(catalog, leg->provider, FRESH_MS))
        return false;
    leg->asked_again = true;
    catalog_wait(catalog, leg->provider, &leg->models);
    return true;
}

static void on_rendered(void *arg)
{
    struct leg *leg = arg;
    bool open = fetch_status(leg->render) == 200 &&
                ollama_rendered_open(fetch_body(leg->render), buf_text(&leg->plan.resume->text));
    catalog_note_prefill(leg->plan.means->catalog, leg->provider, leg->request.model, open);
    fetch_free(leg->render);
    leg->render = NULL;
    prepare(leg);
}

/* True: the answer to whether the model can go on from a text is waited for. */
static bool ask_template(struct leg *leg)
{
    char *body = leg_render_request(leg);
    if (!body)
        return false;
    const struct fetch_plan plan = {.upstream = leg->plan.means->upstream,
                                    .provider = leg->provider,
                                    .path = "/api/chat",
                                    .body = body,
                                    .limit_ms = RENDER_MS,
                                    .done = on_rendered,
                                    .arg = leg};
    leg->render = fetch_start(&plan);
    free(body);
    return true;
}

/* The request is made; one that is to go on from a text may have to be made anew for that. */
static bool is_prefill_settled(struct leg *leg)
{
    if (!leg->plan.resume || leg->prefill || !leg->provider->kind->has_catalogue)
        return true;
    switch (catalog_prefill(leg->plan.means->catalog, leg->provider, leg->request.model)) {
    case CATALOG_UNKNOWN:
        return !ask_template(leg);
    case CATALOG_YES:
        leg->prefill = true;
        prepare(leg);
        return false;
    case CATALOG_NO:
        break;
    }
    return true;
}

static void prepare(struct leg *leg)
{
    struct error why = ERROR_NONE;
    int r = leg_request_make(leg, &why);
    if (r == 0) {
        if (is_prefill_settled(leg))
            enter_room(leg);
        return;
    }
    if (r == -ENOENT && ask_again(leg))
        return;
    struct leg *before = r == -EMSGSIZE ? context_exceeded_before(leg) : NULL;
    note_skip(leg, ROUTE_SKIP_NO_MODEL, why.text);
    put_down(leg);
    leg->plan.events->over(leg->plan.owner, before ? before : leg,
                           before ? RETRY_RELAY : RETRY_NEXT);
}

static void on_models(struct catalog_waiter *waiter)
{
    prepare(OWNER(waiter, struct leg, models));
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

static struct retry_decision ask(const struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    const struct leg_outlook outlook = outlook_of(leg);
    struct retry_policy policy = leg->provider->retry;
    if (inquiry->steering.attempts > 0)
        policy.attempts = inquiry->steering.attempts;
    struct retry_situation situation = {
        .tries = leg->tries - leg->anew,
        .now_ms = now_of(leg),
        .provider_end_ms = share_end_ms(leg),
        .has_next = outlook.next || outlook.others,
        .alone = !outlook.others && leg->plan.events->last(leg->plan.owner),
        .offline = !leg->provider->local && online_is_offline(leg->plan.means->online),
        .breaker_open = health_retry_in_ms(leg->provider, now_of(leg)) > 0,
        .budget_empty = !health_may_retry(leg->provider, now_of(leg)),
        .random = clock_random_unit(),
    };
    return retry_decide(&policy, inquiry_config(inquiry)->route.fallback_on,
                        attempt_result(leg->attempt), &situation);
}

static void wait_then_try(struct leg *leg, const struct retry_decision *decision)
{
    leg_report_retry(leg, decision);
    leg_warm_next(leg);
    health_count_retry(leg->provider, now_of(leg));
    leg_goto(leg, LEG_WAITING);
    loop_timer_set(leg->plan.means->loop, &leg->wait, now_of(leg) + decision->wait_ms);
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

static void give_up(struct leg *leg, const struct retry_decision *decision)
{
    history_note_reason(leg->plan.history, leg->provider, retry_reason_word(decision->reason));
    end(leg, decision->verdict);
}

/* That is no retry. */
static void try_differently(struct leg *leg)
{
    leg->anew++;
    try_now(leg);
}

/* The attempt failed before anything reached the client. */
static void decide(struct leg *leg)
{
    const struct attempt_result *result = attempt_result(leg->attempt);
    note_attempt(leg, result->failure);
    note_connectivity(leg);
    health_ended(leg->provider, leg->pass, blamed(leg), now_of(leg));
    leg_report_attempt(leg);
    if (leg_ask_differently(leg)) {
        try_differently(leg);
        return;
    }
    struct retry_decision decision = ask(leg);
    if (decision.verdict == RETRY_AGAIN)
        wait_then_try(leg, &decision);
    else
        give_up(leg, &decision);
}

static void answer(struct leg *leg)
{
    struct loop *loop = leg->plan.means->loop;
    int64_t first_ms = now_of(leg) - attempt_begun_ms(leg->attempt);
    loop_timer_cancel(loop, &leg->share_end);
    note_attempt(leg, FAILURE_NONE);
    note_connectivity(leg);
    if (inquiry_is_judged(leg->plan.inquiry) && !leg->plan.resume)
        health_note_time(leg->provider, leg_model(leg),
                         leg->plan.inquiry->facts.stream ? HEALTH_STREAM : HEALTH_WHOLE, first_ms);
    leg_goto(leg, LEG_ANSWERING);
    leg->plan.events->answers(leg->plan.owner, leg);
}

/* The window was too small for the answer, and it can have a larger one. */
static bool try_wider(struct leg *leg)
{
    if (!leg_ask_wider(leg))
        return false;
    note_attempt(leg, FAILURE_CONTEXT);
    note_connectivity(leg);
    leg_report_attempt(leg);
    health_ended(leg->provider, leg->pass, FAILURE_NONE, now_of(leg));
    try_differently(leg);
    return true;
}

static void on_attempt(void *arg)
{
    struct leg *leg = arg;
    bool ended = attempt_phase(leg->attempt) == ATTEMPT_ENDED;
    if (leg->state == LEG_ANSWERING)
        leg->plan.events->more(leg->plan.owner, leg);
    if (leg->state != LEG_TRYING)
        return;
    if (ended && attempt_result(leg->attempt)->failure != FAILURE_NONE)
        decide(leg);
    else if (!ended || !try_wider(leg))
        answer(leg);
}

static void start_attempt(struct leg *leg)
{
    const struct inquiry *inquiry = leg->plan.inquiry;
    const struct config_provider *provider = leg->provider;
    const struct leg_request *request = &leg->request;
    struct attempt_plan plan = {
        .means = leg->plan.means,
        .delivery = {.mode = inquiry->mode,
                     .provider = provider,
                     .relay = leg_relay_options(leg),
                     .absent = leg_absent_path(leg)},
        .method = inquiry->method,
        .url = request->url,
        .headers = &leg->request.headers,
        .body = buf_text(request->own_body ? &request->body : &inquiry->body),
        .first_limit_ms = inquiry->facts.stream ? provider->first_byte_timeout_stream_ms
                                                : provider->first_byte_timeout_whole_ms,
        .changed = on_attempt,
        .arg = leg,
    };
    if (plan.body.len == 0 && inquiry->no_body)
        plan.body.at = NULL;
    leg->attempt = attempt_start(&plan);
}

static void try_now(struct leg *leg)
{
    leg->pass = health_allow(leg->provider, now_of(leg));
    if (leg->pass.permit == BREAKER_REFUSED) {
        skip(leg, ROUTE_SKIP_BREAKER, route_skip_sentence(ROUTE_SKIP_BREAKER));
        return;
    }
    leg_goto(leg, LEG_TRYING);
    if (leg->tries++ == 0) {
        health_count_request(leg->provider, now_of(leg));
        leg->plan.events->begins(leg->plan.owner, leg);
    }
    attempt_free(leg->attempt);
    start_attempt(leg);
    loop_timer_set(leg->plan.means->loop, &leg->share_end, share_end_ms(leg));
}

static void on_wait_over(struct loop_timer *timer)
{
    try_now(OWNER(timer, struct leg, wait));
}

static void on_share_end(struct loop_timer *timer)
{
    struct leg *leg = OWNER(timer, struct leg, share_end);
    if (leg->state == LEG_TRYING)
        attempt_abort(leg->attempt, TRANSPORT_DEADLINE);
    else if (leg->state == LEG_QUEUED)
        skip(leg, ROUTE_SKIP_NO_ROOM, route_skip_sentence(ROUTE_SKIP_NO_ROOM));
}

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

void leg_answered(struct leg *leg)
{
    if (leg->state != LEG_ANSWERING)
        return;
    leg_report_attempt(leg);
    if (attempt_result(leg->attempt)->failure == FAILURE_NONE)
        leg_note_answer(leg);
    health_ended(leg->provider, leg->pass, attempt_result(leg->attempt)->failure, now_of(leg));
    put_down(leg);
}

void leg_notice_offline(struct leg *leg)
{
    const struct retry_decision next = {RETRY_NEXT, 0, RETRY_REASON_OFFLINE};
    if (leg->state == LEG_WAITING && !leg->provider->local)
        give_up(leg, &next);
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
        leg_report_attempt(leg);
        health_ended(leg->provider, leg->pass, blamed(leg), now_of(leg));
    }
    put_down(leg);
}

struct leg *leg_new(const struct leg_plan *plan)
{
    struct leg *leg = xcalloc(1, sizeof(*leg));
    leg->plan = *plan;
    leg->provider = plan->inquiry->route.step[plan->step].provider;
    leg->wait.due = on_wait_over;
    leg->share_end.due = on_share_end;
    leg->models.ready = on_models;
    leg->next_models.ready = on_next_models;
    leg->guest.admitted = on_admitted;
    return leg;
}

void leg_begin(struct leg *leg)
{
    struct catalog *catalog = leg->plan.means->catalog;
    bool resumes = leg->plan.resume != NULL;
    if (!leg->provider->kind->has_catalogue ||
        (!resumes && catalog_is_ready(catalog, leg->provider)))
        prepare(leg);
    else if (resumes) /* what was learned of a template holds for that very model */
        catalog_wait(catalog, leg->provider, &leg->models);
    else
        catalog_wait_ready(catalog, leg->provider, &leg->models);
}

void leg_free(struct leg *leg)
{
    if (!leg)
        return;
    attempt_free(leg->attempt);
    leg_request_done(&leg->request);
    free(leg);
}
