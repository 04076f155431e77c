/* Who has the last word, then what it says. */
#include "rules/outcome.h"

#include "rules/route.h"

#define MESSAGE_MAX  (4096u * ROUTE_STEPS_MAX)
#define ROOM_WAIT_MS 1000

static bool is_skipped(const struct history_entry *entry)
{
    return entry && entry->failure == FAILURE_SKIPPED;
}

/* Is it only we who have no room for it now? */
static bool is_for_want_of_room(const struct history_entry *entry)
{
    return entry->skip == ROUTE_SKIP_NO_ROOM || entry->skip == ROUTE_SKIP_NO_DESCRIPTOR;
}

/* So with the last one of the route? */
static bool has_no_room(const struct history *history)
{
    return history->count > 0 && is_for_want_of_room(&history->at[history->count - 1]);
}

static bool is_last_try(const struct history *history, size_t index)
{
    for (size_t i = index + 1; i < history->count; i++)
        if (history->at[i].provider == history->at[index].provider && !is_skipped(&history->at[i]))
            return false;
    return !is_skipped(&history->at[index]);
}

/* The shortest of the waits that the providers named last; -1 = none did. */
static int64_t least_named_ms(const struct history *history)
{
    int64_t least_ms = -1;
    for (size_t i = 0; i < history->count; i++) {
        int64_t named_ms = is_last_try(history, i) ? history->at[i].wait_ms : -1;
        if (named_ms >= 0 && (least_ms < 0 || named_ms < least_ms))
            least_ms = named_ms;
    }
    return least_ms;
}

/* When a provider that is only left alone for a while may be tried again; -1 = none is. */
static int64_t least_skipped_ms(const struct history *history)
{
    int64_t least_ms = -1;
    for (size_t i = 0; i < history->count; i++) {
        const struct history_entry *entry = &history->at[i];
        int64_t in_ms = -1;
        if (entry->skip == ROUTE_SKIP_BREAKER || entry->skip == ROUTE_SKIP_KEYS)
            in_ms = entry->wait_ms;
        else if (is_for_want_of_room(entry))
            in_ms = ROOM_WAIT_MS;
        if (in_ms >= 0 && (least_ms < 0 || in_ms < least_ms))
            least_ms = in_ms;
    }
    return least_ms;
}

/* Whole seconds, at least one. */
static int seconds_of(int64_t wait_ms)
{
    int64_t seconds = wait_ms > 0 ? (wait_ms + 999) / 1000 : 1;
    return seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (int)seconds;
}

static void say(struct outcome *ret, const char *text)
{
    (void)!buf_append_string(&ret->message, text);
}

static void tell_nobody(const struct history *history, struct outcome *ret)
{
    int64_t wait_ms = least_skipped_ms(history);
    ret->of = OUTCOME_NOBODY;
    ret->status = failure_status(FAILURE_SKIPPED);
    ret->type = ret->code = "no_provider";
    ret->names_attempts = true;
    ret->retry_after_s = wait_ms >= 0 ? seconds_of(wait_ms) : 0;
    say(ret, "No LLM provider can be tried.");
    for (size_t i = 0; i < history->count; i++)
        (void)!buf_printf(&ret->message, " %s: %s.", history->at[i].provider->name,
                          history->at[i].message);
}

static void tell_all(const struct history *history, struct outcome *ret)
{
    const struct history_entry *last = history_last_failed(history);
    enum failure common = history_common_failure(history);
    ret->of = OUTCOME_ALL;
    ret->status = common != FAILURE_NONE ? failure_status(common) : 502;
    if (has_no_room(history))
        ret->status = 503;
    ret->type = "all_providers_failed";
    ret->code = last ? history_word(last) : failure_word(FAILURE_CANCELLED);
    ret->names_attempts = true;
    if (ret->status == 503)
        ret->retry_after_s =
            seconds_of(has_no_room(history) ? ROOM_WAIT_MS : least_named_ms(history));
    struct buf each;
    buf_init(&each, MESSAGE_MAX / 2);
    history_message(history, &each);
    say(ret, "All LLM providers failed. ");
    (void)!buf_append_text(&ret->message, buf_text(&each));
    buf_done(&each);
}

/* No answer came that could be passed on: what it was is told by us. */
static void tell_one(const struct outcome_query *query, struct outcome *ret)
{
    const struct history_entry *last = history_last_failed(query->history);
    enum failure failure = last ? last->failure : query->result->failure;
    ret->of = OUTCOME_ONE;
    ret->status = failure_status(failure);
    ret->type = "upstream_error";
    ret->code = failure_word(failure);
    if (ret->status == 503)
        ret->retry_after_s = seconds_of(is_skipped(last) ? least_skipped_ms(query->history)
                                                         : least_named_ms(query->history));
    say(ret, last ? last->message : failure_sentence(failure));
}

/* The types that Ollama's own /v1 gives to its errors. */
static const char *type_of_status(int status)
{
    if (status == 404)
        return "not_found_error";
    return status < 500 ? "invalid_request_error" : "api_error";
}

/* The codes that apps look for; what OpenAI has none for is told by its class. */
static const char *code_of(enum failure failure)
{
    if (failure == FAILURE_CONTEXT)
        return "context_length_exceeded";
    return failure == FAILURE_MODEL ? "model_not_found" : failure_word(failure);
}

static void tell_answer(const struct outcome_query *query, struct outcome *ret)
{
    const struct attempt_result *result = query->result;
    ret->of = OUTCOME_VERBATIM;
    ret->status = result->status;
    if (!query->translated)
        return;
    ret->of = OUTCOME_ANSWER;
    ret->type = type_of_status(result->status);
    ret->code = code_of(result->failure);
    if (result->retry_after_ms >= 0)
        ret->retry_after_s = seconds_of(result->retry_after_ms);
    say(ret, query->told[0] ? query->told : failure_sentence(result->failure));
}

/* An error answer, or a refusal: that is one with a status of 200 too. */
static bool is_answer(const struct attempt_result *result)
{
    return result->transport == TRANSPORT_OK &&
           (result->status >= 400 || result->failure == FAILURE_POLICY);
}

/* But for what is wrong with the request, which the app is to hear. */
static bool is_estimate(const struct outcome_query *query)
{
    const failure_set told =
        FAILURE_BIT(FAILURE_REQUEST) | FAILURE_BIT(FAILURE_POLICY) | FAILURE_BIT(FAILURE_CONTEXT);
    return query->estimated && !(query->result && told & FAILURE_BIT(query->result->failure));
}

static void tell_estimate(struct outcome *ret)
{
    ret->of = OUTCOME_ESTIMATE;
    ret->status = 200;
}

void outcome_decide(const struct outcome_query *query, struct outcome *ret)
{
    *ret = (struct outcome){0};
    buf_init(&ret->message, MESSAGE_MAX);
    if (is_estimate(query))
        tell_estimate(ret);
    else if (!query->relays && history_untried(query->history))
        tell_nobody(query->history, ret);
    else if (!query->relays && query->providers > 1)
        tell_all(query->history, ret);
    else if (is_answer(query->result))
        tell_answer(query, ret);
    else
        tell_one(query, ret);
}

void outcome_done(struct outcome *outcome)
{
    buf_done(&outcome->message);
}
