/* See spans.h. */
#include "trace/spans.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "http/url.h"
#include "json/jsonwrite.h"
#include "kind/preset.h"

/* opentelemetry/proto/trace/v1/trace.proto: Span.SpanKind, Status.StatusCode. */
enum { KIND_INTERNAL = 1, KIND_SERVER = 2, KIND_CLIENT = 3 };
enum { STATUS_ERROR = 2 };

#define NS_PER_MS "000000"

/* Of one text: apps may send names of any length. */
#define TEXT_MAX 512

/* gen_ai.operation.name. The others are told by HTTP's names alone. */
static const char *operation_of(enum api_path path)
{
    static const char *const operations[API_PATH_COUNT] = {
        [API_PATH_CHAT] = "chat",
        [API_PATH_COMPLETIONS] = "text_completion",
        [API_PATH_RESPONSES] = "chat",
        [API_PATH_MESSAGES] = "chat",
        [API_PATH_EMBEDDINGS] = "embeddings",
        [API_PATH_API_CHAT] = "chat",
        [API_PATH_API_GENERATE] = "text_completion",
    };
    return operations[path];
}

/* gen_ai.provider.name: as the conventions name it, else as the settings do. */
static const char *traced_name(const char *provider)
{
    const struct preset *preset = preset_by_name(text_of(provider));
    return preset && preset->traced_as ? preset->traced_as : provider;
}

/* ---- attributes: {"key": ..., "value": {"TYPEValue": ...}} */

static void open_attribute(struct jsonwrite *w, const char *key)
{
    jsonwrite_open(w, NULL, '{');
    jsonwrite_string(w, "key", text_of(key));
    jsonwrite_open(w, "value", '{');
}

static void close_attribute(struct jsonwrite *w)
{
    jsonwrite_close(w, '}');
    jsonwrite_close(w, '}');
}

/* NULL or "" is none. */
static void put_text(struct jsonwrite *w, const char *key, const char *value)
{
    if (!value || !value[0])
        return;
    open_attribute(w, key);
    jsonwrite_shown(w, "stringValue", text_cut(text_of(value), TEXT_MAX));
    close_attribute(w);
}

static void put_integer(struct jsonwrite *w, const char *key, int64_t value)
{
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "%" PRId64, value);
    open_attribute(w, key);
    jsonwrite_string(w, "intValue", text_of(digits));
    close_attribute(w);
}

/* What is below that is not known. */
static void put_known(struct jsonwrite *w, const char *key, int64_t value, int64_t least)
{
    if (value >= least)
        put_integer(w, key, value);
}

static void put_true(struct jsonwrite *w, const char *key, bool value)
{
    if (!value)
        return;
    open_attribute(w, key);
    jsonwrite_bool(w, "boolValue", true);
    close_attribute(w);
}

static void put_seconds(struct jsonwrite *w, const char *key, int64_t ms)
{
    open_attribute(w, key);
    jsonwrite_real(w, "doubleValue", (double)ms / 1000);
    close_attribute(w);
}

/* Of the answer that the client got. */
static void put_usage(struct jsonwrite *w, const struct exchange_record *record)
{
    put_known(w, "gen_ai.usage.input_tokens", record->prompt_tokens, 0);
    put_known(w, "gen_ai.usage.output_tokens", record->completion_tokens, 0);
    put_known(w, "gen_ai.usage.cache_read.input_tokens", record->cached_tokens, 0);
}

/* ---- what all spans have */

struct span {
    const char *trace, *id, *parent; /* parent "" = none */
    int kind;
    int64_t begun_at_ms, ms;
    const char *operation, *model; /* of a call the tool; NULL or "" = none */
    const char *method;
};

static void put_time(struct jsonwrite *w, const char *name, int64_t at_ms)
{
    char ns[32];
    (void)snprintf(ns, sizeof(ns), "%" PRId64 NS_PER_MS, at_ms);
    jsonwrite_string(w, name, text_of(ns));
}

/* "chat gpt-4", by the conventions; for what has no operation the method alone, as paths differ. */
static void open_span(struct jsonwrite *w, const struct span *span)
{
    char name[EXCHANGE_RECORD_NAME_MAX + 32];
    bool modelled = span->operation && span->model && span->model[0];
    (void)snprintf(name, sizeof(name), "%s%s%s", span->operation ? span->operation : span->method,
                   modelled ? " " : "", modelled ? span->model : "");
    jsonwrite_open(w, NULL, '{');
    jsonwrite_string(w, "traceId", text_of(span->trace));
    jsonwrite_string(w, "spanId", text_of(span->id));
    jsonwrite_filled(w, "parentSpanId", text_of(span->parent));
    jsonwrite_string(w, "name", text_of(name));
    jsonwrite_integer(w, "kind", span->kind);
    put_time(w, "startTimeUnixNano", span->begun_at_ms);
    put_time(w, "endTimeUnixNano", span->begun_at_ms + span->ms);
    jsonwrite_open(w, "attributes", '[');
    put_text(w, "gen_ai.operation.name", span->operation);
    put_text(w, "http.request.method", span->method);
}

/* failed: is its status an error? */
static void close_span(struct jsonwrite *w, const char *class, bool failed)
{
    put_text(w, "error.type", failure_word_is_error(class) ? class : NULL);
    put_text(w, "understudy.class", class);
    jsonwrite_close(w, ']');
    if (failed) {
        jsonwrite_open(w, "status", '{');
        jsonwrite_integer(w, "code", STATUS_ERROR);
        jsonwrite_close(w, '}');
    }
    jsonwrite_close(w, '}');
}

/* ---- the exchange */

/* "openai=offline, groq=no-key": who was not asked, and why. */
static void put_skipped(struct jsonwrite *w, const struct history *history)
{
    char skipped[TEXT_MAX] = "";
    for (size_t i = 0; i < history->count; i++) {
        const struct history_entry *entry = &history->at[i];
        size_t used = strlen(skipped);
        if (entry->failure == FAILURE_SKIPPED)
            (void)snprintf(skipped + used, sizeof(skipped) - used, "%s%s=%s", used ? ", " : "",
                           entry->provider->name, history_reason(entry));
    }
    put_text(w, "understudy.skipped", skipped);
}

static int64_t count_tries(const struct history *history)
{
    int64_t tries = 0;
    for (size_t i = 0; i < history->count; i++)
        tries += history->at[i].span[0] != '\0';
    return tries;
}

/* In all rounds. */
static int64_t tries_of(const struct history *history)
{
    return count_tries(history) + (history->before ? count_tries(history->before) : 0);
}

/* A status of 4xx is the client's fault, which is no error of the one that serves it. */
static void write_exchange(struct jsonwrite *w, const struct spans_exchange *exchange)
{
    const struct exchange_record *record = exchange->record;
    const char *names = record->names, *operation = operation_of(exchange->path);
    const struct span span = {.trace = exchange->parent->trace,
                              .id = exchange->span,
                              .parent = exchange->parent->span,
                              .kind = KIND_SERVER,
                              .begun_at_ms = record->begun_at_ms,
                              .ms = record->duration_ms,
                              .operation = operation,
                              .model = names + record->asked,
                              .method = exchange->method};
    bool blamed = record->status >= 400 && record->status < 500;
    open_span(w, &span);
    put_text(w, "gen_ai.provider.name", traced_name(names + record->provider));
    put_text(w, "gen_ai.request.model", names + record->asked);
    put_true(w, "gen_ai.request.stream", record->stream);
    if (exchange->answer_span[0])
        put_text(w, "gen_ai.response.model", names + record->model);
    if (record->stream && record->ttft_ms >= 0)
        put_seconds(w, "gen_ai.response.time_to_first_chunk", record->ttft_ms);
    put_usage(w, record);
    put_text(w, "url.path", names + record->path);
    put_known(w, "http.response.status_code", record->status, 100);
    put_text(w, "understudy.id", record->id);
    put_text(w, "understudy.provider", names + record->provider);
    put_text(w, "understudy.client", names + record->client);
    put_text(w, "understudy.fallback", record->fallback);
    put_integer(w, "understudy.attempts", tries_of(exchange->history));
    put_skipped(w, exchange->history);
    close_span(w, record->class, failure_word_is_error(record->class) && !blamed);
}

/* ---- an attempt */

static void put_server(struct jsonwrite *w, const struct config_provider *provider)
{
    char host[256];
    struct url url;
    struct error why = ERROR_NONE;
    if (url_parse(text_of(provider->base_url), &url, &why) < 0)
        return;
    (void)snprintf(host, sizeof(host), "%.*s", TEXT_ARG(url.host));
    put_text(w, "server.address", host);
    put_integer(w, "server.port", url.port);
}

/* How often that provider had been asked before in the exchange. */
static int64_t resends(const struct history *history, size_t index)
{
    int64_t before = 0;
    for (size_t i = 0; i < index; i++)
        before += history->at[i].provider == history->at[index].provider &&
                  history->at[i].span[0] != '\0';
    return before;
}

/* history: that of the round, or of those before it. */
static void write_attempt(struct jsonwrite *w, const struct spans_exchange *exchange,
                          const struct history *history, size_t index)
{
    const struct history_entry *entry = &history->at[index];
    const struct exchange_record *record = exchange->record;
    const char *model = entry->model ? entry->model : "";
    const struct span span = {.trace = exchange->parent->trace,
                              .id = entry->span,
                              .parent = exchange->span,
                              .kind = KIND_CLIENT,
                              .begun_at_ms = record->begun_at_ms + entry->start_ms,
                              .ms = entry->ms,
                              .operation = operation_of(exchange->path),
                              .model = model,
                              .method = exchange->method};
    const char *answered =
        history == exchange->history ? exchange->answer_class : failure_word(FAILURE_NONE);
    const char *class = entry->failure == FAILURE_NONE ? answered : history_word(entry);
    open_span(w, &span);
    put_text(w, "gen_ai.provider.name", traced_name(entry->provider->name));
    put_text(w, "gen_ai.request.model", model);
    put_true(w, "gen_ai.request.stream", record->stream);
    if (strcmp(entry->span, exchange->answer_span) == 0) {
        put_text(w, "gen_ai.response.model", model);
        put_usage(w, record);
    }
    put_server(w, entry->provider);
    put_known(w, "http.response.status_code", entry->status, 100);
    put_known(w, "http.request.resend_count", resends(history, index), 1);
    put_text(w, "understudy.provider", entry->provider->name);
    put_known(w, "understudy.key", (int64_t)entry->key, 1);
    put_true(w, "understudy.hedge", entry->hedge);
    put_known(w, "understudy.queued_ms", entry->queued_ms, 1);
    put_known(w, "understudy.pause_ms", entry->pause_ms, 1);
    put_text(w, "understudy.reason", history_reason(entry));
    close_span(w, class, failure_word_is_error(class));
}

/* ---- a call of a tool */

static void write_tool(struct jsonwrite *w, const struct spans_exchange *exchange,
                       const struct tool_note *note)
{
    const struct span span = {.trace = exchange->parent->trace,
                              .id = note->span,
                              .parent = exchange->span,
                              .kind = KIND_INTERNAL,
                              .begun_at_ms = exchange->record->begun_at_ms + note->start_ms,
                              .ms = note->ms,
                              .operation = "execute_tool",
                              .model = note->name};
    bool ok = note->end == TOOL_OK;
    open_span(w, &span);
    put_text(w, "gen_ai.tool.name", note->name);
    put_text(w, "error.type", ok ? NULL : tool_end_word(note->end));
    close_span(w, failure_word(FAILURE_NONE), !ok);
}

/* ---- */

size_t spans_count(const struct spans_exchange *exchange)
{
    size_t count = 1 + (size_t)tries_of(exchange->history);
    for (size_t i = 0; exchange->tools && i < exchange->tools->count; i++)
        count += exchange->tools->at[i].span[0] != '\0';
    return count;
}

static void write_attempts(struct jsonwrite *w, const struct spans_exchange *exchange,
                           const struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        if (history->at[i].span[0])
            write_attempt(w, exchange, history, i);
}

int spans_write(const struct spans_exchange *exchange, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    w.comma = out->len > 0;
    write_exchange(&w, exchange);
    if (exchange->history->before)
        write_attempts(&w, exchange, exchange->history->before);
    write_attempts(&w, exchange, exchange->history);
    for (size_t i = 0; exchange->tools && i < exchange->tools->count; i++)
        if (exchange->tools->at[i].span[0])
            write_tool(&w, exchange, &exchange->tools->at[i]);
    return w.r;
}

int spans_request(struct text spans, const char *version, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_open(&w, "resourceSpans", '[');
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_open(&w, "resource", '{');
    jsonwrite_open(&w, "attributes", '[');
    put_text(&w, "service.name", "understudy");
    put_text(&w, "service.version", version);
    jsonwrite_close(&w, ']');
    jsonwrite_close(&w, '}');
    jsonwrite_open(&w, "scopeSpans", '[');
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_open(&w, "scope", '{');
    jsonwrite_string(&w, "name", text_of("understudy"));
    jsonwrite_string(&w, "version", text_of(version));
    jsonwrite_close(&w, '}');
    jsonwrite_open(&w, "spans", '[');
    jsonwrite_raw(&w, NULL, spans);
    for (const char *close = "]}]}]}"; *close; close++)
        jsonwrite_close(&w, *close);
    return w.r;
}
