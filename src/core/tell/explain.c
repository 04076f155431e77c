/*
 * Reads the question, plays the exchange (explain_tries.c), and tells what the client gets in the
 * end and which settings have decided.
 */
#include "tell/explain.h"

#include <errno.h>
#include <string.h>

#include "dialect/dialect.h"
#include "failure/named_wait.h"
#include "rules/keyring.h"
#include "tell/explain_settings.h"
#include "tell/explain_story.h"
#include "tell/explain_tool.h"
#include "text/count.h"
#include "travel/travel_hint.h"

static enum failure class_of(const struct explain_story *story)
{
    return story->what.result.failure;
}

static int read_header(struct text header, struct text name, struct text *ret_value)
{
    const char *colon = memchr(header.at, ':', header.len);
    size_t len = colon ? (size_t)(colon - header.at) : 0;
    if (len == 0)
        return -EINVAL;
    if (len == name.len && text_equals_nocase(text_make(header.at, len), name.at))
        *ret_value = text_trim(text_skip(header, len + 1));
    return 0;
}

/* The value of the header of that lower-case name; at is NULL where it is not given. */
static int find_header(const struct explain_query *query, const char *name, struct text *ret,
                       struct error *reterr)
{
    *ret = (struct text){0};
    for (size_t i = 0; query->headers && query->headers[i]; i++) {
        if (read_header(text_of(query->headers[i]), text_of(name), ret) == 0)
            continue;
        error_set(reterr, "explain: --header \"%.100s\" is not of the form NAME: VALUE",
                  query->headers[i]);
        return -EINVAL;
    }
    return 0;
}

/* They are of that form. */
static struct text given_header(const void *query, const char *name)
{
    struct text value;
    (void)!find_header(query, name, &value, NULL);
    return value;
}

static int read_what(struct explain_story *story, const struct explain_query *query,
                     struct error *reterr)
{
    struct explain_answer answer = {
        .kind = story->route.step[0].provider->kind, .stream = query->stream, .body = query->body};
    int r = find_header(query, "content-type", &answer.content_type, reterr);
    if (r == 0)
        r = explain_what_read(query->what, &answer, &story->what, reterr);
    if (r == 0 && story->what.result.status != 0)
        story->what.result.retry_after_ms = named_wait(
            story->what.result.failure, &story->what.error, given_header, query, query->wall_s);
    return r;
}

/* The route as for a request that brings a key of its own. */
static int plan(struct explain_story *story, bool offline, struct error *reterr)
{
    const struct route_query query = {.client_credential = true,
                                      .far = offline ? ROUTE_SKIP_OFFLINE : ROUTE_SKIP_NONE};
    route_done(&story->route);
    int r = route_plan(story->config, &query, &story->route, reterr);
    if (r == 0 && story->route.count == 0) {
        error_set(reterr, "explain: the route has no provider");
        return -EINVAL;
    }
    return r;
}

static int plan_skips(struct explain_story *story, struct error *reterr)
{
    if (class_of(story) != FAILURE_SKIPPED)
        return 0;
    if (story->what.skip == ROUTE_SKIP_OFFLINE)
        return plan(story, true, reterr);
    story->route.step[0].skip = story->what.skip;
    return 0;
}

static void tell_what(struct explain_story *story, struct text what)
{
    const struct attempt_result *result = &story->what.result;
    const struct provider_error *error = &story->what.error;
    char wait[EXPLAIN_DURATION_MAX];
    explain_say(story, "%.*s: class %s, ", TEXT_ARG(what), failure_word(result->failure));
    if (result->failure == FAILURE_SKIPPED)
        explain_say(story, "%s.\n", route_skip_sentence(story->what.skip));
    else if (result->transport != TRANSPORT_OK)
        explain_say(story, "%s.\n", transport_sentence(result->transport));
    else
        explain_say(story, "%s.\n", failure_sentence(result->failure));
    if (error->message[0] || error->code[0])
        explain_say(story, "The answer says: %s%s%s%s\n", error->message,
                    error->code[0] ? " (code " : "", error->code, error->code[0] ? ")" : "");
    const struct travel_hint *hint = travel_hint_of(error);
    if (hint && result->failure == FAILURE_REQUEST)
        explain_say(story, "What to do, as the log has it (event=history): %s.\n", hint->hint);
    if (result->retry_after_ms >= 0)
        explain_say(story, "The provider asks to wait %s.\n",
                    explain_duration(result->retry_after_ms, wait, sizeof(wait)));
    explain_say(story, "\n");
}

/* Tells the steps that are passed over from there on; the first that is not, or route.count. */
static size_t pass_skipped(struct explain_story *story, size_t step)
{
    for (; step < story->route.count && story->route.step[step].skip; step++) {
        explain_say_name(story, story->route.step[step].provider->name);
        struct error why;
        route_skip_tell(story->route.step[step].provider, story->route.step[step].skip, &why);
        explain_say(story, "is not tried: %s\n", why.text);
    }
    return step;
}

static const char *provider_at(const struct explain_story *story, size_t step)
{
    return story->route.step[step].provider->name;
}

/* The word of x-understudy-fallback. */
static const char *fallback_word(const struct explain_story *story)
{
    return class_of(story) == FAILURE_SKIPPED ? route_skip_word(story->what.skip)
                                              : failure_word(class_of(story));
}

struct outcome explain_end(struct explain_story *story, size_t step, bool relays,
                           enum failure failure)
{
    struct history history = {0};
    struct outcome outcome;
    for (size_t i = 0; i < story->route.count; i++) {
        const struct route_step *at = &story->route.step[i];
        const struct history_entry entry = {.provider = at->provider,
                                            .failure = at->skip ? FAILURE_SKIPPED : failure,
                                            .skip = at->skip,
                                            .wait_ms =
                                                at->skip ? -1 : story->what.result.retry_after_ms};
        bool asked = at->skip || !relays || i == step;
        if (asked && history_add(&history, &entry) < 0 && story->r == 0)
            story->r = -ENOMEM;
    }
    const struct outcome_query query = {
        .history = &history,
        .providers = story->route.count,
        .relays = relays,
        .translated = dialect_translates(story->route.step[step].provider->kind, API_PATH_CHAT),
        .result = &story->what.result,
        .told = story->what.error.message};
    outcome_decide(&query, &outcome);
    history_done(&history);
    return outcome;
}

static int status_after(struct explain_story *story, enum failure failure)
{
    struct outcome outcome = explain_end(story, 0, false, failure);
    outcome_done(&outcome);
    return outcome.status;
}

static void tell_all_failed(struct explain_story *story)
{
    bool skipped = class_of(story) == FAILURE_SKIPPED;
    struct outcome outcome =
        explain_end(story, 0, false, skipped ? FAILURE_SERVER : class_of(story));
    explain_say(story, "%d%s", outcome.status,
                outcome.retry_after_s > 0 ? " with Retry-After" : "");
    if (skipped)
        explain_say(story, " (%d after timeouts, %d after rate limits)",
                    status_after(story, FAILURE_TIMEOUT), status_after(story, FAILURE_RATE_LIMIT));
    explain_say(story, ", type %s, with every attempt and its reason.\n", outcome.type);
    outcome_done(&outcome);
}

/* Whoever comes behind the provider that failed or was skipped. */
static void tell_next(struct explain_story *story, size_t step)
{
    char elapsed[EXPLAIN_DURATION_MAX];
    size_t next = pass_skipped(story, step);
    if (next == story->route.count) {
        explain_say(story, "\nThe client gets ");
        tell_all_failed(story);
        return;
    }
    explain_say_name(story, provider_at(story, next));
    bool hedged = (story->decides & EXPLAIN_BIT(HEDGE_AFTER)) != 0;
    explain_say(story, hedged ? "is under way already" : "is asked at once");
    if (story->now_ms > 0 && !hedged)
        explain_say(story, ", at most %s after the request came",
                    explain_duration(story->now_ms, elapsed, sizeof(elapsed)));
    for (size_t i = explain_usable(story, next + 1); i < story->route.count;
         i = explain_usable(story, i + 1)) {
        explain_say(story, "\n");
        explain_say_name(story, provider_at(story, i));
        explain_say(story, "is asked if that fails too");
    }
    explain_say(story,
                "\n\nThe client gets that answer, with x-understudy-fallback: %s.\n"
                "Should everybody fail so, it gets ",
                fallback_word(story));
    tell_all_failed(story);
}

/* A provider's own error, where no other is asked. */
static void tell_own_error(struct explain_story *story, size_t step, bool relays)
{
    struct outcome outcome = explain_end(story, step, relays, class_of(story));
    if (outcome.of == OUTCOME_VERBATIM || outcome.of == OUTCOME_ANSWER)
        explain_say(
            story, "\nThe client gets this answer%s: status %d, with x-should-retry: false.\n",
            outcome.of == OUTCOME_ANSWER ? " in OpenAI's shape" : " as it came", outcome.status);
    else
        explain_say(story, "\nThe client gets %d%s, type %s, code %s.\n", outcome.status,
                    outcome.retry_after_s > 0 ? " with Retry-After" : "", outcome.type,
                    outcome.code);
    outcome_done(&outcome);
}

static void tell_nobody(struct explain_story *story)
{
    struct outcome outcome = explain_end(story, 0, false, class_of(story));
    explain_say(story, "\nThe client gets %d, type %s, with the reason of each.\n", outcome.status,
                outcome.type);
    outcome_done(&outcome);
}

static void tell_failed(struct explain_story *story, size_t step)
{
    switch (explain_tries(story, step)) {
    case RETRY_NEXT:
        tell_next(story, step + 1);
        return;
    case RETRY_RELAY:
        tell_own_error(story, step, true);
        return;
    case RETRY_END:
    case RETRY_AGAIN:
        break;
    }
    if (story->route.count == 1) {
        tell_own_error(story, step, false);
        return;
    }
    explain_say(story, "\nThe client gets ");
    tell_all_failed(story);
}

/* The provider that fails, or the first where none does. */
static size_t failing_step(const struct explain_story *story)
{
    size_t step = class_of(story) == FAILURE_SKIPPED ? 0 : explain_usable(story, 0);
    return step < story->route.count ? step : 0;
}

static void tell_answered(struct explain_story *story, bool judged)
{
    bool translated = dialect_translates(story->route.step[0].provider->kind, API_PATH_CHAT);
    if (judged)
        explain_say(story, "The body is what was asked for: the client gets it %s.\n",
                    translated ? "in OpenAI's shape" : "byte for byte");
    else
        explain_say(story, "The status proves nothing: the client gets the answer if its body is "
                           "what was asked\nfor, a chat answer with choices and without an error. "
                           "Give it by --body to have it judged.\n");
}

static void tell_cancelled(struct explain_story *story)
{
    explain_say(story,
                "What is under way at the provider is cancelled within 100 ms. It counts "
                "neither against the\nprovider nor as a failure, and nobody else is asked.\n");
}

static void tell_exchange(struct explain_story *story, bool judged)
{
    size_t step;
    if (class_of(story) == FAILURE_NONE) {
        tell_answered(story, judged);
        return;
    }
    if (class_of(story) == FAILURE_CANCELLED) {
        tell_cancelled(story);
        return;
    }
    step = pass_skipped(story, 0);
    if (step == story->route.count)
        tell_nobody(story);
    else if (class_of(story) == FAILURE_SKIPPED)
        tell_next(story, step);
    else
        tell_failed(story, step);
}

/* Could it happen after content has reached the client? */
static bool may_break_stream(const struct attempt_result *result)
{
    bool answering =
        result->transport == TRANSPORT_OK && result->status >= 200 && result->status <= 299;
    return answering ||
           (result->transport != TRANSPORT_OK && transport_processed(result->transport) &&
            result->transport != TRANSPORT_SEND);
}

static void tell_stream(struct explain_story *story)
{
    const struct attempt_result *result = &story->what.result;
    if (!story->stream || result->failure == FAILURE_NONE || !may_break_stream(result))
        return;
    story->decides |= EXPLAIN_BIT(CONTINUE_STREAM) | EXPLAIN_BIT(IDLE_TIMEOUT);
    explain_say(story,
                "Once content has reached the client, nothing is tried again: the stream ends "
                "with an error event\n(code stream_incomplete) and without [DONE]%s.\n",
                story->config->route.continue_stream ? ", unless the next provider can finish it"
                                                     : "");
}

static void tell_beside(struct explain_story *story)
{
    const struct config_provider *provider = story->route.step[failing_step(story)].provider;
    struct breaker counts;
    breaker_init(&counts);
    breaker_configure(&counts, 1, 1);
    breaker_ended(&counts, breaker_allow(&counts, 0), class_of(story), 0);
    if (story->config->breaker.failures > 0 && breaker_state(&counts, 0) == BREAKER_OPEN)
        explain_say(story,
                    "Each such try counts towards %s's breaker, which opens after %d in a "
                    "row.\n",
                    provider->name, story->config->breaker.failures);
    if (class_of(story) == FAILURE_AUTH)
        explain_say(story, "The log gets an error, at most once a minute: a dead key must not hide "
                           "behind good answers.\n");
    if (class_of(story) == FAILURE_CONTEXT)
        explain_say(story,
                    "A next model whose window is known to be too small is not asked: then the "
                    "client gets this error.\n");
}

/* What else a status may be; its body tells. */
static const struct {
    int status;
    const char *text;
} hints[] = {
    {400, "With an error code such as context_length_exceeded it is class context, with "
          "content_filter class policy."},
    {404, "With an error that speaks of a model it is class model."},
    {429, "With an error code such as insufficient_quota it is class quota."},
};

static void tell_hint(struct explain_story *story, const struct explain_query *query)
{
    for (size_t i = 0; i < COUNT(hints) && !query->body.at; i++)
        if (hints[i].status == story->what.result.status && text_is_digit(query->what.at[0]))
            explain_say(story, "%s Give it by --body.\n", hints[i].text);
}

static unsigned deciders_of_transport(enum transport transport)
{
    if (transport == TRANSPORT_CONNECT_TIMEOUT)
        return EXPLAIN_BIT(CONNECT_TIMEOUT);
    if (transport == TRANSPORT_FIRST_BYTE_TIMEOUT)
        return EXPLAIN_BIT(FIRST_BYTE_TIMEOUT) | EXPLAIN_BIT(DEADLINE);
    if (transport == TRANSPORT_IDLE_TIMEOUT)
        return EXPLAIN_BIT(IDLE_TIMEOUT);
    return transport == TRANSPORT_DEADLINE ? EXPLAIN_BIT(DEADLINE) : 0;
}

static unsigned deciders_of_skip(enum route_skip skip)
{
    switch (skip) {
    case ROUTE_SKIP_OFFLINE:
        return EXPLAIN_BIT(CHECK_URL) | EXPLAIN_BIT(CHECK_INTERVAL);
    case ROUTE_SKIP_BREAKER:
        return EXPLAIN_BIT(BREAKER_FAILURES) | EXPLAIN_BIT(BREAKER_OPEN_FOR);
    case ROUTE_SKIP_NO_ROOM:
        return EXPLAIN_BIT(MAX_INFLIGHT) | EXPLAIN_BIT(DEADLINE);
    case ROUTE_SKIP_NO_MODEL:
        return EXPLAIN_BIT(MODEL);
    case ROUTE_SKIP_KEYS:
        return EXPLAIN_BIT(API_KEY);
    case ROUTE_SKIP_NONE:
    case ROUTE_SKIP_LOCAL:
    case ROUTE_SKIP_NO_KEY:
    case ROUTE_SKIP_PATH:
    case ROUTE_SKIP_NO_DESCRIPTOR:
        break;
    }
    return 0;
}

static unsigned deciders_of_retries(const struct explain_story *story,
                                    const struct config_provider *provider)
{
    const struct attempt_result *result = &story->what.result;
    unsigned set = EXPLAIN_BIT(RETRY_ON);
    bool retried = (provider->retry.on & FAILURE_BIT(result->failure)) != 0;
    if (retried)
        set |= EXPLAIN_BIT(ATTEMPTS) | EXPLAIN_BIT(MULTIPLIER) | EXPLAIN_BIT(MIN_WAIT) |
               EXPLAIN_BIT(MAX_WAIT) | EXPLAIN_BIT(JITTER) | EXPLAIN_BIT(BUDGET) |
               EXPLAIN_BIT(DEADLINE) | EXPLAIN_BIT(BREAKER_FAILURES);
    if (retried && result->processed)
        set |= EXPLAIN_BIT(AMBIGUOUS);
    if (result->failure == FAILURE_RATE_LIMIT || (retried && result->retry_after_ms >= 0))
        set |= EXPLAIN_BIT(HONOUR_RETRY_AFTER) | EXPLAIN_BIT(MAX_WAIT);
    if (provider->api_keys.count > 1 && keyring_refuses(result))
        set |= EXPLAIN_BIT(API_KEY);
    if (result->retry_after_ms >= 0 && (set & EXPLAIN_BIT(HONOUR_RETRY_AFTER)))
        set |= EXPLAIN_BIT(ATTEMPTS) | EXPLAIN_BIT(BUDGET);
    return set | deciders_of_transport(result->transport);
}

static unsigned deciders(const struct explain_story *story, const struct config_provider *provider)
{
    unsigned route = EXPLAIN_BIT(PRIORITY) | EXPLAIN_BIT(FALLBACK_ON);
    switch (class_of(story)) {
    case FAILURE_NONE:
    case FAILURE_CANCELLED:
    case FAILURE_POLICY:
    case FAILURE_REQUEST:
        return story->decides;
    case FAILURE_SKIPPED:
        return story->decides | EXPLAIN_BIT(PRIORITY) | deciders_of_skip(story->what.skip);
    case FAILURE_NETWORK:
    case FAILURE_TIMEOUT:
    case FAILURE_PROTOCOL:
    case FAILURE_SERVER:
    case FAILURE_RATE_LIMIT:
    case FAILURE_AUTH:
    case FAILURE_QUOTA:
    case FAILURE_MODEL:
    case FAILURE_CONTEXT:
    case FAILURE_REDIRECT:
        break;
    }
    return story->decides | route | deciders_of_retries(story, provider);
}

static void tell_settings(struct explain_story *story)
{
    const struct config_provider *provider = story->route.step[failing_step(story)].provider;
    unsigned set = deciders(story, provider);
    if (set == 0) {
        explain_say(story, "\nNo setting changes that.\n");
        return;
    }
    explain_say(story, "\nThe settings that decide (`understudy config` tells where each comes "
                       "from):\n");
    if (story->r == 0)
        story->r = explain_settings_print(story->config, provider, set, story->out);
}

static void tell(struct explain_story *story, const struct explain_query *query)
{
    breaker_init(&story->breaker);
    breaker_configure(&story->breaker, story->config->breaker.failures,
                      story->config->breaker.open_for_ms);
    budget_init(&story->budget);
    budget_request(&story->budget, 0);
    tell_what(story, query->what);
    tell_exchange(story, query->body.at != NULL);
    tell_stream(story);
    tell_beside(story);
    tell_hint(story, query);
    tell_settings(story);
}

int explain_print(const struct config *config, const struct explain_query *query, struct buf *out,
                  struct error *reterr)
{
    struct explain_story story = {.config = config, .stream = query->stream, .out = out};
    const struct explain_tool *tool = explain_tool_find(query->what);
    if (tool)
        return explain_tool_print(config, tool, out);
    int r = plan(&story, false, reterr);
    r = r < 0 ? r : read_what(&story, query, reterr);
    r = r < 0 ? r : plan_skips(&story, reterr);
    if (r == 0) {
        tell(&story, query);
        r = story.r;
    }
    route_done(&story.route);
    return r;
}
