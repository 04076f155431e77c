/*
 * How Messages are judged that are passed on. First content is a text, a thought or a piece of
 * input that is not empty, the beginning of a tool_use, or a stop_reason; message_stop makes an
 * answer whole.
 *
 * Where the stop_reason has come, only a connection that breaks makes the answer a half one: a
 * clean end and silence for idle_timeout both mean that nothing is missing but message_stop.
 */
#include "anthropic/dialect_anthropic.h"
#include "anthropic/dialect_anthropic_error.h"
#include "json/jsonspan.h"
#include "text/count.h"

/* The most that waits for a slow reader; the exchange pauses the provider long before. */
#define OUT_MAX ((size_t)16 << 20)

static const char whole_reason[] = "a whole answer came where a stream was asked for";
static const char stream_reason[] = "a stream came where a whole answer was asked for";

struct state {
    struct dialect_anthropic_tokens tokens;
};

static bool holds_text(struct text object, const char *name)
{
    struct text value;
    return jsonspan_get(object, name, &value) && jsonspan_type(value) == JSONSPAN_STRING &&
           value.len > 2;
}

/* What Anthropic's own tools are asked is none for the app. */
static bool is_call(struct text block)
{
    struct text type;
    return jsonspan_get(block, "type", &type) && jsonspan_name_is(type, "tool_use");
}

/* What a block begins with, or goes on with. Of Anthropic's own tools it is no content: the answer
 * is still to come. */
static bool has_content(struct text piece)
{
    return is_call(piece) || holds_text(piece, "text") || holds_text(piece, "thinking") ||
           holds_text(piece, "partial_json");
}

static void note_tokens(struct state *state, struct text usage, struct answer_facts *facts)
{
    dialect_anthropic_note_tokens(&state->tokens, usage);
    facts->prompt_tokens = dialect_anthropic_prompt_tokens(&state->tokens);
    facts->completion_tokens = state->tokens.output - 1;
    facts->cached_tokens = state->tokens.read - 1;
}

static void note_stop(struct text object, struct answer_facts *facts)
{
    struct text reason;
    if (!jsonspan_get(object, "stop_reason", &reason) || jsonspan_type(reason) != JSONSPAN_STRING)
        return;
    facts->content = facts->finished = true;
    facts->policy = facts->policy || jsonspan_name_is(reason, "refusal");
}

/* One that ends a stream in which nothing was said ends no answer. */
static void note_end(struct answer_facts *facts)
{
    if (facts->content)
        facts->finished = facts->done = true;
    else
        answer_fail(facts, FAILURE_PROTOCOL, "%s", ANSWER_EMPTY);
}

static void take_json(struct state *state, struct text data, struct answer_facts *facts)
{
    struct jsonspan_wanted wanted[] = {{.name = "type"},    {.name = "error"},
                                       {.name = "delta"},   {.name = "usage"},
                                       {.name = "message"}, {.name = "content_block"}};
    struct text usage;
    jsonspan_pick(data, wanted, COUNT(wanted));
    struct text type = wanted[0].value, delta = wanted[2].value;
    if (dialect_anthropic_is_error(type, wanted[1].value)) {
        answer_fail_told(facts, SPEAKER_OPENAI, data);
    } else if (jsonspan_name_is(type, "content_block_delta")) {
        facts->content = facts->content || has_content(delta);
    } else if (jsonspan_name_is(type, "content_block_start")) {
        facts->content = facts->content || has_content(wanted[5].value);
        facts->tool_calls += is_call(wanted[5].value);
    } else if (jsonspan_name_is(type, "message_delta")) {
        note_tokens(state, wanted[3].value, facts);
        note_stop(delta, facts);
    } else if (jsonspan_name_is(type, "message_start")) {
        if (jsonspan_get(wanted[4].value, "usage", &usage))
            note_tokens(state, usage, facts);
    } else if (jsonspan_name_is(type, "message_stop")) {
        note_end(facts);
    }
}

/* Data that is no JSON says nothing, but in an event that is an error by its name. */
static void take_event(void *judge, const struct dialect_event *event, struct answer_facts *facts)
{
    bool json = event->data.at && jsonspan_check(event->data, NULL) == 0;
    if (text_equals(event->name, "error"))
        answer_fail_told(facts, SPEAKER_OPENAI, json ? event->data : text_of("{}"));
    else if (json)
        take_json(judge, event->data, facts);
}

static bool is_stop(struct text data)
{
    struct text type;
    return jsonspan_get(data, "type", &type) && jsonspan_name_is(type, "message_stop");
}

/* message_stop counts however the stream ended; anything else only after a clean end, and only when
 * it is JSON as a whole. */
static enum dialect_rest judge_rest(const void *judge, const struct dialect_event *event,
                                    bool clean)
{
    (void)judge;
    bool whole = event->data.at && jsonspan_check(event->data, NULL) == 0;
    return whole && (clean || is_stop(event->data)) ? DIALECT_REST_CLOSED : DIALECT_REST_LEFT_OUT;
}

static void judge_end(void *judge, enum transport transport, struct buf *out,
                      struct answer_facts *facts)
{
    (void)judge;
    answer_end(facts, transport, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", out);
}

static int break_write(const void *judge, struct text message, struct buf *out)
{
    const struct dialect_error error = {.message = message};
    (void)judge;
    return dialect_anthropic_error_event(&error, out);
}

/* ---- whole answers */

static const char *whole_fault(struct text content_type, struct text body)
{
    body = text_skip_blank(body);
    if (body.len == 0)
        return "the answer is empty";
    if (body.at[0] == '<' || text_starts_nocase(text_trim(content_type), "text/html"))
        return "the answer is a web page";
    if (text_starts(body, "event:") || text_starts(body, "data:") || body.at[0] == ':')
        return stream_reason;
    return jsonspan_check(body, NULL) < 0 ? "the answer is not JSON" : NULL;
}

/* JSON that is a message, or tells an error. */
static void judge_message(struct text body, struct answer_facts *facts)
{
    struct jsonspan_wanted wanted[] = {
        {.name = "type"}, {.name = "error"}, {.name = "content"}, {.name = "usage"}};
    struct state state = {0};
    struct text block;
    jsonspan_pick(body, wanted, COUNT(wanted));
    if (dialect_anthropic_is_error(wanted[0].value, wanted[1].value)) {
        answer_fail_told(facts, SPEAKER_OPENAI, body);
    } else if (jsonspan_type(wanted[2].value) != JSONSPAN_ARRAY) {
        answer_fail(facts, FAILURE_PROTOCOL, "the answer has no content");
    } else {
        note_tokens(&state, wanted[3].value, facts);
        note_stop(body, facts);
        facts->content = facts->finished = facts->done = true;
        for (size_t at = 0; jsonspan_next(wanted[2].value, &at, &block);)
            facts->tool_calls += is_call(block);
    }
}

static void judge_body(struct text content_type, struct text body, struct buf *out,
                       struct answer_facts *facts)
{
    const char *fault = whole_fault(content_type, body);
    (void)out;
    if (fault) {
        answer_fail(facts, FAILURE_PROTOCOL, "%s", fault);
        facts->repeats = fault == stream_reason;
        return;
    }
    judge_message(body, facts);
}

/* It tells an error, or would only come again. */
static void judge_from_whole(struct text body, bool include_usage, struct buf *out,
                             struct answer_facts *facts)
{
    struct answer_facts whole = answer_facts_none();
    (void)include_usage;
    (void)out;
    judge_message(body, &whole);
    if (whole.failure != FAILURE_NONE && whole.failure != FAILURE_PROTOCOL) {
        answer_fail_error(facts, whole.failure, &whole.error);
        return;
    }
    answer_fail(facts, FAILURE_PROTOCOL, "%s", whole_reason);
    facts->repeats = whole.failure == FAILURE_NONE;
}

const struct dialect_judge dialect_anthropic_judge = {
    .size = sizeof(struct state),
    .event_max = ANSWER_EVENT_MAX,
    .out_max = OUT_MAX,
    .event = take_event,
    .rest = judge_rest,
    .end = judge_end,
    .break_write = break_write,
    .whole = judge_body,
    .from_whole = judge_from_whole,
};
