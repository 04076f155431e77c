/* What an exchange says of itself: log lines and metrics, in the same words. Never content. */
#include <stdio.h>

#include "base/clock.h"
#include "config/provider_hint.h"
#include "exchange/exchange.h"
#include "exchange/round.h"
#include "ledger/recent.h"
#include "record/log.h"
#include "record/metrics.h"
#include "record/repeat.h"
#include "record/usage_file.h"
#include "rules/forward.h"
#include "text/count.h"
#include "text/join.h"
#include "trace/exporter.h"

/* What the lines and numbers at the end have in common. */
struct exchange_facts {
    const char *provider; /* NULL = none was tried */
    const char *fallback; /* NULL = it was the first */
    const char *dropped;  /* members of the request that it did not get; NULL = none */
    const char *class;    /* what the client was left with, static */
    int status;
    int64_t ttft_ms; /* -1 = there was no content */
    int64_t duration_ms;
    struct answer_facts answer;
};

/* "" when none was asked for. */
static const char *model_of(const struct exchange *exchange)
{
    if (exchange->leg)
        return leg_model(exchange->leg);
    return exchange->inquiry->facts.model ? exchange->inquiry->facts.model : "";
}

static bool config_names_model(const struct config *config, const char *model)
{
    for (size_t i = 0; i < config->model_count; i++) {
        const struct config_model *line = &config->models[i];
        if (strcmp(line->name, model) == 0)
            return true;
        for (size_t j = 0; j < line->of_count; j++)
            if (strcmp(line->of[j].value, model) == 0)
                return true;
    }
    for (size_t i = 0; i < config->provider_count; i++)
        for (size_t j = 0; j < config->providers[i].model.count; j++)
            if (strcmp(config->providers[i].model.at[j], model) == 0)
                return true;
    return false;
}

/* The model label of metrics knows the names in the settings only: apps can send any. */
static const char *known_model(const struct exchange *exchange)
{
    const char *model = model_of(exchange);
    return config_names_model(inquiry_config(exchange->inquiry), model) ? model : "other";
}

/* The class in the exchange's line: what the client was left with. */
static const char *final_class(const struct exchange *exchange, bool client_gone)
{
    bool untold = exchange->past && exchange->past->untold;
    if (client_gone && (untold || !exchange_stream_all_given(exchange)))
        return failure_word(FAILURE_CANCELLED);
    if (exchange->told.first_at_ms && exchange->leg)
        return failure_word(attempt_class(exchange->leg->attempt));
    const struct history_entry *last = history_last_failed(&exchange->history);
    return last ? history_word(last) : failure_word(FAILURE_REQUEST);
}

static struct exchange_facts facts_of(const struct exchange *exchange, bool client_gone)
{
    const struct leg *leg = exchange->leg;
    int64_t begun_ms = exchange->inquiry->begun_at_ms;
    return (struct exchange_facts){
        .provider = leg ? leg->provider->name : NULL,
        .fallback = leg ? leg->moved_by : NULL,
        .dropped = leg && leg->request.dropped.len ? leg->request.dropped.data : NULL,
        .class = final_class(exchange, client_gone),
        .status = client_gone && exchange->told.status == 0 ? 499 : exchange->told.status,
        .ttft_ms = exchange->told.first_at_ms ? exchange->told.first_at_ms - begun_ms : -1,
        .duration_ms = loop_now_ms(exchange_loop(exchange)) - begun_ms,
        .answer = leg && leg->attempt ? *attempt_facts(leg->attempt) : answer_facts_none(),
    };
}

/* What the rounds before have told and used counts, too. */
static void add_past(const struct round_past *past, struct exchange_facts *facts)
{
    struct answer_facts *answer = &facts->answer;
    if (past->status)
        facts->status = past->status;
    if (past->first_at_ms)
        facts->ttft_ms = past->first_at_ms - past->begun_at_ms;
    if (past->rounds == 0)
        return;
    answer->prompt_tokens = round_sum(past->prompt_tokens, answer->prompt_tokens);
    answer->completion_tokens = round_sum(past->completion_tokens, answer->completion_tokens);
    answer->cached_tokens = round_sum(past->cached_tokens, answer->cached_tokens);
}

void exchange_report_prefix(const struct exchange *exchange)
{
    struct text model =
        text_of(exchange->inquiry->facts.model ? exchange->inquiry->facts.model : "");
    const struct config_provider *meant = provider_hint(inquiry_config(exchange->inquiry), model);
    if (!meant || !repeat_may_say(LOG_LEVEL_WARNING, "model", meant->name,
                                  loop_now_ms(exchange_loop(exchange))))
        return;
    log_warning("model", LOG_STR("id", exchange->inquiry->id),
                LOG_STR("asked", exchange->inquiry->facts.model), LOG_STR("meant", meant->name),
                LOG_STR("message", "no provider is named as the model begins, so all of it is "
                                   "taken for the name of a model"));
}

/* Those without a name share one label. */
static const char *client_of(const struct exchange *exchange)
{
    return exchange->inquiry->client ? exchange->inquiry->client : "";
}

static void count_tokens(const struct exchange *exchange, const char *kind, int64_t tokens)
{
    const char *labels[] = {exchange->leg->provider->name, known_model(exchange), kind,
                            client_of(exchange)};
    if (tokens > 0)
        metrics_add(METRIC_TOKENS, labels, (uint64_t)tokens);
}

static void count_request(const struct exchange *exchange, const struct exchange_facts *facts)
{
    char code[JOIN_NUMBER_SIZE];
    const char *labels[] = {facts->provider ? facts->provider : "none",
                            join_number(facts->status, code).at, facts->fallback ? "yes" : "no",
                            client_of(exchange)};
    metrics_add(METRIC_REQUESTS, labels, 1);
    metrics_observe_ms(METRIC_REQUEST_DURATION, facts->duration_ms);
    if (facts->ttft_ms >= 0)
        metrics_observe_ms(METRIC_TIME_TO_FIRST_TOKEN, facts->ttft_ms);
}

/* Of this round alone: each was asked of a provider and a model of its own. */
static void count_answer(const struct exchange *exchange)
{
    const struct leg *leg = exchange->leg;
    if (!exchange->told.first_at_ms || !leg || !leg->attempt)
        return;
    const struct answer_facts *answer = attempt_facts(leg->attempt);
    count_tokens(exchange, "prompt", answer->prompt_tokens);
    count_tokens(exchange, "completion", answer->completion_tokens);
    count_tokens(exchange, "cached", answer->cached_tokens);
}

/* With /v1 before it, where it has one, a value of the log. */
#define PATH_MAX_BYTES (LOG_VALUE_MAX - 3)

/* Without the query, in which some clients send their key. */
static void find_path(const struct exchange *exchange, struct buf *out)
{
    const struct inquiry *inquiry = exchange->inquiry;
    struct text path = text_make(inquiry->target, strcspn(inquiry->target, "?"));
    (void)!join_append(out, JOIN(text_of(api_path_is_of_ollama(inquiry->path) ? "" : "/v1"),
                                 text_cut(path, PATH_MAX_BYTES)));
}

/*
 * As the header has them: members that the provider did not get, then tools that could not be
 * offered. Codex always asks for what include names: of that the log tells once a minute.
 */
static void find_dropped(const struct exchange *exchange, const char *dropped, struct buf *out)
{
    static _Atomic int64_t told_at_ms = -REPEAT_MS;
    const char *down = exchange->past ? exchange->past->down : NULL;
    if (dropped && chat_dropped_without(text_of(dropped), "include", out) &&
        repeat_is_due(&told_at_ms, loop_now_ms(exchange_loop(exchange)))) {
        buf_reset(out);
        (void)!buf_append_string(out, dropped);
    }
    if (down)
        (void)!buf_printf(out, "%s%s", out->len ? ", " : "", down);
}

/* A traceparent has 55 bytes; of a longer id the beginning is enough to find it by. */
#define TRACE_MAX_BYTES 128

static struct log_field trace_field(const struct exchange *exchange, const char *key,
                                    const char *header)
{
    struct text value = forward_field(&exchange->inquiry->headers, header);
    return log_field_text(key, text_cut(value, TRACE_MAX_BYTES));
}

/* The app's, or that of the trace which was begun for it: it is found by that. */
static struct log_field traceparent_field(const struct exchange *exchange,
                                          char own[TRACEPARENT_SIZE])
{
    const struct inquiry_trace *trace = &exchange->inquiry->trace;
    if (!trace->own)
        return trace_field(exchange, "traceparent", "traceparent");
    traceparent_write(&trace->parent, trace->span, own);
    return LOG_STR("traceparent", own);
}

static void log_end(const struct exchange *exchange, const struct exchange_facts *facts,
                    struct text path)
{
    char own[TRACEPARENT_SIZE];
    struct buf attempts, dropped, tools;
    const char *model = model_of(exchange);
    buf_init(&attempts, 4096);
    history_attempts(&exchange->history, &exchange->inquiry->route, &attempts);
    buf_init(&dropped, LOG_VALUE_MAX);
    find_dropped(exchange, facts->dropped, &dropped);
    buf_init(&tools, LOG_VALUE_MAX);
    if (exchange->past)
        tool_notes_write(&exchange->past->notes, &tools);
    const struct log_field fields[] = {
        LOG_STR("id", exchange->inquiry->id),
        LOG_STR("provider", facts->provider),
        LOG_STR("model", model[0] ? model : NULL),
        LOG_STR("client", exchange->inquiry->client),
        LOG_STR("class", facts->class),
        LOG_STR("attempts", attempts.len ? attempts.data : NULL),
        LOG_STR("fallback", facts->fallback),
        LOG_INT("status", facts->status),
        LOG_BOOL("stream", exchange->inquiry->facts.stream),
        LOG_KNOWN("prompt_tokens", facts->answer.prompt_tokens),
        LOG_KNOWN("completion_tokens", facts->answer.completion_tokens),
        LOG_KNOWN("cached_tokens", facts->answer.cached_tokens),
        LOG_KNOWN("ttft_ms", facts->ttft_ms),
        LOG_INT("duration_ms", facts->duration_ms),
        trace_field(exchange, "x_request_id", "x-request-id"),
        traceparent_field(exchange, own),
        LOG_STR("path", path.len ? path.at : NULL),
        LOG_STR("asked", exchange->inquiry->facts.model),
        LOG_STR("dropped", dropped.len ? dropped.data : NULL),
        LOG_STR("tools", tools.len ? tools.data : NULL),
    };
    log_event(LOG_LEVEL_INFO, "exchange", fields, COUNT(fields));
    buf_done(&attempts);
    buf_done(&dropped);
    buf_done(&tools);
}

static struct text or_none(const char *name)
{
    return text_of(name ? name : "");
}

/* class: how the attempt whose answer the client got has ended, static. */
static void send_spans(const struct exchange *exchange, const struct exchange_record *record,
                       const char *class)
{
    const struct inquiry *inquiry = exchange->inquiry;
    const struct leg *leg = exchange->leg;
    const struct spans_exchange spans = {.record = record,
                                         .history = &exchange->history,
                                         .tools = exchange->past ? &exchange->past->notes : NULL,
                                         .path = inquiry->path,
                                         .method = inquiry->method,
                                         .parent = &inquiry->trace.parent,
                                         .span = inquiry->trace.span,
                                         .answer_span =
                                             leg && record->ttft_ms >= 0 ? leg->span : "",
                                         .answer_class = class};
    if (inquiry->trace.on && traceparent_is_sampled(&inquiry->trace.parent))
        exporter_add(exchange->all->means.exporter, &spans);
}

static void keep_record(const struct exchange *exchange, const struct exchange_facts *facts,
                        struct text path)
{
    const struct inquiry *inquiry = exchange->inquiry;
    const struct leg *leg = exchange->leg;
    struct exchange_record record;
    exchange_record_init(&record);
    (void)join_write(record.id, sizeof(record.id), JOIN(text_of(inquiry->id)));
    record.begun_at_ms = clock_wall_ms() - facts->duration_ms;
    record.duration_ms = facts->duration_ms;
    record.ttft_ms = facts->ttft_ms;
    record.prompt_tokens = facts->answer.prompt_tokens;
    record.completion_tokens = facts->answer.completion_tokens;
    record.cached_tokens = facts->answer.cached_tokens;
    record.tool_calls = facts->answer.tool_calls;
    record.class = facts->class;
    record.fallback = facts->fallback;
    record.status = facts->status;
    record.stream = inquiry->facts.stream;
    record.local = leg && leg->provider->local;
    record.path = exchange_record_keep(&record, path);
    record.asked = exchange_record_keep(&record, or_none(inquiry->facts.model));
    record.client = exchange_record_keep(&record, or_none(inquiry->client));
    record.provider = exchange_record_keep(&record, or_none(facts->provider));
    record.model = exchange_record_keep(&record, text_of(model_of(exchange)));
    const char *answered = failure_word(
        leg && leg->attempt && facts->ttft_ms >= 0 ? attempt_class(leg->attempt) : FAILURE_NONE);
    exchange_record_attempts(&record, &exchange->history, answered);
    if (exchange->past)
        exchange_record_tools(&record, &exchange->past->notes);
    recent_add(&record);
    usage_file_write(&record);
    send_spans(exchange, &record, answered);
}

void exchange_leave_past(struct exchange *exchange)
{
    const struct leg *leg = exchange->leg;
    const struct answer_facts facts =
        leg && leg->attempt ? *attempt_facts(leg->attempt) : answer_facts_none();
    const struct round_told told = {.provider = leg ? leg->provider : NULL,
                                    .moved_from = leg ? leg->moved_from : NULL,
                                    .moved_by = leg ? leg->moved_by : NULL,
                                    .prompt_tokens = facts.prompt_tokens,
                                    .completion_tokens = facts.completion_tokens,
                                    .cached_tokens = facts.cached_tokens};
    round_past_take(exchange->past, &told, &exchange->history);
}

void exchange_report_end(const struct exchange *exchange, bool client_gone)
{
    struct exchange_facts facts = facts_of(exchange, client_gone);
    struct buf path;
    count_answer(exchange);
    if (exchange->past && !exchange->past->last)
        return;
    if (exchange->past)
        add_past(exchange->past, &facts);
    buf_init(&path, LOG_VALUE_MAX);
    find_path(exchange, &path);
    count_request(exchange, &facts);
    const struct history_entry *last = history_last_failed(&exchange->history);
    if (exchange->told.all_failed)
        log_error("all_failed", LOG_STR("id", exchange->inquiry->id), LOG_STR("class", facts.class),
                  LOG_INT("status", facts.status),
                  LOG_STR("reason", last ? history_reason(last) : NULL));
    keep_record(exchange, &facts, buf_text(&path));
    /* The line in the log comes last: whoever sees it finds all the rest. */
    if (log_enabled(LOG_LEVEL_INFO))
        log_end(exchange, &facts, buf_text(&path));
    buf_done(&path);
}
