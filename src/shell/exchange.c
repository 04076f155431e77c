/*
 * The state machine. Events: the attempt changed, a wait is over, the provider's share of the time
 * is used up, the models are known, the connection went down, the client has all or is gone.
 */
#include "exchange.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "alloc.h"
#include "clock.h"
#include "exchange_impl.h"
#include "log.h"
#include "metrics.h"
#include "online.h"
#include "server.h"
#include "worker.h"

/* "No model fits" is only believed of a list of models that is not older. */
#define FRESH_MS 1000

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

static void choose(struct exchange *exchange);
static void try_now(struct exchange *exchange);

void exchange_goto(struct exchange *exchange, enum exchange_state state)
{
    assert(states[exchange->state].next & (1u << state));
    log_debug("state", LOG_STR("id", exchange->id), LOG_STR("from", states[exchange->state].word),
              LOG_STR("to", states[state].word));
    exchange->state = state;
}

static const struct route_step *current_step(const struct exchange *exchange)
{
    return &exchange->route.step[exchange->step];
}

/* Providers behind the one under way that may be tried. */
static int providers_after(const struct exchange *exchange)
{
    int count = 0;
    for (size_t i = exchange->step + 1; i < exchange->route.count; i++)
        if (exchange->route.step[i].skip == ROUTE_SKIP_NONE)
            count++;
    return count;
}

static int64_t share_end_ms(const struct exchange *exchange)
{
    return retry_share_end_ms(exchange->begun_at_ms, exchange->deadline_ms,
                              providers_after(exchange));
}

static void next_provider(struct exchange *exchange)
{
    exchange->step++;
    if (exchange->state != EXCHANGE_CHOOSING)
        exchange_goto(exchange, EXCHANGE_CHOOSING);
    choose(exchange);
}

static void skip(struct exchange *exchange, enum route_skip why, const char *message)
{
    const struct route_step *step = current_step(exchange);
    struct history_entry entry = {.provider = step->provider,
                                  .model = step->model,
                                  .failure = FAILURE_SKIPPED,
                                  .skip = why,
                                  .message = (char *)(uintptr_t)message};
    history_add(&exchange->history, &entry);
}

static bool context_was_exceeded(const struct exchange *exchange)
{
    const struct history_entry *last = history_last_failed(&exchange->history);
    return last && last->failure == FAILURE_CONTEXT && exchange->attempt;
}

static void begin_leg(struct exchange *exchange, const struct leg *leg)
{
    const struct history_entry *from = history_last_failed(&exchange->history);
    if (from)
        exchange_report_move(exchange, from, leg->provider);
    exchange_leg_done(&exchange->leg);
    exchange->leg = *leg;
    try_now(exchange);
}

static void prepare(struct exchange *exchange)
{
    struct error why = ERROR_NONE;
    struct leg leg;
    int r = exchange_prepare_leg(exchange, &leg, &why);
    if (r == 0) {
        begin_leg(exchange, &leg);
        return;
    }
    /* Too long for the one before and for this one: the first one's word goes to the client. */
    if (r == -EMSGSIZE && context_was_exceeded(exchange)) {
        exchange_reply_relayed(exchange);
        return;
    }
    /* It may have been pulled a moment ago. */
    const struct config_provider *provider = current_step(exchange)->provider;
    if (r == -ENOENT && exchange->state == EXCHANGE_CHOOSING &&
        catalog_is_older(exchange->worker->catalog, provider, FRESH_MS)) {
        exchange_goto(exchange, EXCHANGE_PREPARING);
        catalog_wait(exchange->worker->catalog, provider, &exchange->models);
        return;
    }
    skip(exchange, ROUTE_SKIP_NO_MODEL, why.text);
    next_provider(exchange);
}

static void on_models(struct catalog_waiter *waiter)
{
    prepare(OWNER(waiter, struct exchange, models));
}

static void enter(struct exchange *exchange)
{
    const struct config_provider *provider = current_step(exchange)->provider;
    if (provider->kind == PROVIDER_OPENAI ||
        catalog_is_ready(exchange->worker->catalog, provider)) {
        prepare(exchange);
        return;
    }
    exchange_goto(exchange, EXCHANGE_PREPARING);
    catalog_wait(exchange->worker->catalog, provider, &exchange->models);
}

static enum route_skip reason_to_skip(const struct exchange *exchange)
{
    const struct route_step *step = current_step(exchange);
    if (step->skip != ROUTE_SKIP_NONE)
        return step->skip;
    if (!step->provider->local && online_is_offline(exchange->worker->online))
        return ROUTE_SKIP_OFFLINE;
    return ROUTE_SKIP_NONE;
}

static void choose(struct exchange *exchange)
{
    for (; exchange->step < exchange->route.count; exchange->step++) {
        enum route_skip why = reason_to_skip(exchange);
        if (why == ROUTE_SKIP_NONE) {
            enter(exchange);
            return;
        }
        skip(exchange, why, route_skip_sentence(why));
    }
    exchange_reply_failed(exchange);
}

static void note_attempt(struct exchange *exchange)
{
    const struct attempt *attempt = exchange->attempt;
    const struct attempt_result *result = attempt_result(attempt);
    bool ended = attempt_phase(attempt) == ATTEMPT_ENDED;
    const struct history_entry entry = {.provider = exchange->leg.provider,
                                        .model = (char *)(uintptr_t)exchange_model(exchange),
                                        .status = attempt_head(attempt)->status,
                                        .failure = ended ? result->failure : FAILURE_NONE,
                                        .ms = loop_now_ms(&exchange->worker->loop) -
                                              attempt_begun_ms(attempt),
                                        .message = (char *)(uintptr_t)attempt_message(attempt)};
    history_add(&exchange->history, &entry);
}

static void note_connectivity(const struct exchange *exchange)
{
    const struct attempt_result *result = attempt_result(exchange->attempt);
    if (exchange->leg.provider->local)
        return;
    if (attempt_head(exchange->attempt)->status != 0)
        online_answered(exchange->worker->online);
    else if (result->failure == FAILURE_NETWORK || result->failure == FAILURE_TIMEOUT)
        online_suspect(exchange->worker->online);
}

static struct retry_policy policy_of(const struct exchange *exchange)
{
    struct retry_policy policy = exchange->leg.provider->retry;
    if (exchange->steering.attempts > 0)
        policy.attempts = exchange->steering.attempts;
    return policy;
}

static struct retry_decision ask(const struct exchange *exchange)
{
    struct retry_policy policy = policy_of(exchange);
    struct retry_situation situation = {
        .tries = exchange->leg.tries,
        .now_ms = loop_now_ms(&exchange->worker->loop),
        .provider_end_ms = share_end_ms(exchange),
        .has_next = providers_after(exchange) > 0 || exchange->step + 1 < exchange->route.count,
        .offline = !exchange->leg.provider->local && online_is_offline(exchange->worker->online),
        .random = clock_random_unit(),
    };
    return retry_decide(&policy, exchange_config(exchange)->route.fallback_on,
                        attempt_result(exchange->attempt), &situation);
}

/* The attempt failed before anything reached the client. */
static void decide(struct exchange *exchange)
{
    note_attempt(exchange);
    note_connectivity(exchange);
    exchange_report_attempt(exchange);
    exchange->relay_retry_after_ms = attempt_result(exchange->attempt)->retry_after_ms;
    struct retry_decision decision = ask(exchange);
    switch (decision.verdict) {
    case RETRY_AGAIN:
        exchange_report_retry(exchange, &decision);
        exchange_goto(exchange, EXCHANGE_WAITING);
        loop_timer_set(&exchange->worker->loop, &exchange->wait,
                       loop_now_ms(&exchange->worker->loop) + decision.wait_ms);
        return;
    case RETRY_NEXT:
        next_provider(exchange);
        return;
    case RETRY_RELAY:
        exchange_reply_relayed(exchange);
        return;
    case RETRY_END:
        exchange_reply_failed(exchange);
        return;
    }
}

/* Content is here: from now on nothing is retried. */
static void begin_stream(struct exchange *exchange)
{
    note_attempt(exchange);
    attempt_commit(exchange->attempt);
    exchange->first_at_ms = loop_now_ms(&exchange->worker->loop);
    loop_timer_cancel(&exchange->worker->loop, &exchange->share_end);
    metrics_gauge_add(METRIC_OPEN_STREAMS, NULL, 1);
    exchange_reply_stream(exchange);
}

static void answer_whole(struct exchange *exchange)
{
    note_attempt(exchange);
    exchange->first_at_ms = loop_now_ms(&exchange->worker->loop);
    exchange_reply_whole(exchange);
}

static void on_attempt(void *arg)
{
    struct exchange *exchange = arg;
    bool ended = attempt_phase(exchange->attempt) == ATTEMPT_ENDED;
    if (exchange->state == EXCHANGE_STREAMING) {
        inbound_wake(exchange->inbound);
        return;
    }
    if (exchange->state != EXCHANGE_TRYING)
        return;
    if (ended) {
        loop_timer_cancel(&exchange->worker->loop, &exchange->share_end);
        if (attempt_result(exchange->attempt)->failure != FAILURE_NONE) {
            decide(exchange);
            return;
        }
        note_connectivity(exchange);
    }
    if (exchange->mode == ATTEMPT_CHAT_STREAM || !ended)
        begin_stream(exchange);
    else
        answer_whole(exchange);
}

static void on_share_end(struct loop_timer *timer)
{
    struct exchange *exchange = OWNER(timer, struct exchange, share_end);
    if (exchange->state == EXCHANGE_TRYING)
        attempt_abort(exchange->attempt, TRANSPORT_DEADLINE);
}

static void try_now(struct exchange *exchange)
{
    const struct config_provider *provider = exchange->leg.provider;
    const struct leg *leg = &exchange->leg;
    exchange_goto(exchange, EXCHANGE_TRYING);
    exchange->leg.tries++;
    attempt_free(exchange->attempt);
    struct attempt_plan plan = {
        .worker = exchange->worker,
        .mode = exchange->mode,
        .provider = provider,
        .method = exchange->method,
        .url = leg->url,
        .headers = &exchange->leg.headers,
        .body = buf_text(leg->own_body ? &leg->body : &exchange->body),
        .relay = {.from = provider->kind,
                  .identity = {exchange->completion_id, exchange_model(exchange),
                               exchange->begun_wall_s},
                  .include_usage = exchange->facts.include_usage,
                  .one_tool_call = exchange->facts.one_tool_call},
        .first_limit_ms = exchange->mode == ATTEMPT_CHAT_STREAM
                              ? provider->first_byte_timeout_stream_ms
                              : provider->first_byte_timeout_whole_ms,
        .changed = on_attempt,
        .arg = exchange,
    };
    if (plan.body.len == 0 && exchange->no_body)
        plan.body.at = NULL;
    exchange->attempt = attempt_start(&plan);
    loop_timer_set(&exchange->worker->loop, &exchange->share_end, share_end_ms(exchange));
}

static void on_wait_over(struct loop_timer *timer)
{
    try_now(OWNER(timer, struct exchange, wait));
}

void exchange_notice_offline(struct worker *worker)
{
    struct exchange *next;
    for (struct exchange *exchange = worker->exchanges; exchange; exchange = next) {
        next = exchange->next;
        bool pointless = exchange->state == EXCHANGE_WAITING && !exchange->leg.provider->local;
        if (!pointless)
            continue;
        loop_timer_cancel(&worker->loop, &exchange->wait);
        next_provider(exchange);
    }
}

void exchange_end_all(struct worker *worker)
{
    static const struct reply_error error = {503, "shutting_down", "shutting_down",
                                             "the daemon is stopping; try again in a moment"};
    struct exchange *next;
    for (struct exchange *exchange = worker->exchanges; exchange; exchange = next) {
        next = exchange->next;
        if (exchange->state == EXCHANGE_STREAMING)
            attempt_abort(exchange->attempt, TRANSPORT_DEADLINE);
        if (exchange->state == EXCHANGE_STREAMING || exchange->state == EXCHANGE_REPLYING)
            continue;
        if (exchange->attempt)
            attempt_cancel(exchange->attempt);
        loop_timer_cancel(&worker->loop, &exchange->wait);
        loop_timer_cancel(&worker->loop, &exchange->share_end);
        catalog_leave(worker->catalog, &exchange->models);
        struct reply reply;
        reply_from_error(&reply, &error);
        reply_header(&reply, "Retry-After", "1");
        exchange_reply_take(exchange, &reply);
    }
}

static void on_reap(struct loop_task *task)
{
    struct exchange *exchange = OWNER(task, struct exchange, reap);
    attempt_free(exchange->attempt);
    exchange_leg_done(&exchange->leg);
    route_done(&exchange->route);
    history_done(&exchange->history);
    request_facts_done(&exchange->facts);
    buf_done(&exchange->headers);
    buf_done(&exchange->body);
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
    struct loop *loop = &exchange->worker->loop;
    if (exchange->state == EXCHANGE_STREAMING)
        metrics_gauge_add(METRIC_OPEN_STREAMS, NULL, -1);
    if (exchange->attempt)
        attempt_cancel(exchange->attempt);
    exchange_report_end(exchange, client_gone);
    exchange_goto(exchange, EXCHANGE_CLOSED);
    exchange->inbound = NULL;
    loop_timer_cancel(loop, &exchange->wait);
    loop_timer_cancel(loop, &exchange->share_end);
    catalog_leave(exchange->worker->catalog, &exchange->models);
    *exchange->prev = exchange->next;
    if (exchange->next)
        exchange->next->prev = exchange->prev;
    exchange->worker->inflight--;
    metrics_gauge_add(METRIC_INFLIGHT, NULL, -1);
    loop_defer(loop, &exchange->reap);
}

static const struct inbound_job job = {.closed = on_closed};

static struct exchange *exchange_new(struct inbound *inbound)
{
    struct worker *worker = server_worker(inbound->server);
    struct exchange *exchange = xcalloc(1, sizeof(*exchange));
    exchange->worker = worker;
    exchange->settings = settings_ref(worker->settings);
    exchange->inbound = inbound;
    exchange->begun_at_ms = loop_now_ms(&worker->loop);
    exchange->begun_wall_s = clock_wall_ms() / 1000;
    exchange->prompt_tokens = exchange->completion_tokens = -1;
    exchange->relay_retry_after_ms = -1;
    exchange->wait.due = on_wait_over;
    exchange->share_end.due = on_share_end;
    exchange->models.ready = on_models;
    exchange->reap.run = on_reap;
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

void exchange_start(struct inbound *inbound)
{
    struct exchange *exchange = exchange_new(inbound);
    struct reply refusal;
    inbound_set_job(inbound, &job, exchange);
    if (exchange_read_request(exchange, &refusal))
        choose(exchange);
    else
        exchange_reply_take(exchange, &refusal);
}
