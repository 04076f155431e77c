/*
 * A stream of the Responses API on its way through. Nothing is asked of its events but how the
 * stream stands: begun, told to be over, or broken. (Events:
 * platform.openai.com/docs/api-reference/responses-streaming, read in November 2026.)
 */
#include <string.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "openai/stream_error.h"
#include "responses/dialect_responses.h"
#include "responses/responses_judge.h"

/* An event may hold an image in base64, or the whole response with the tools that were offered. */
#define EVENT_MAX ((size_t)32 << 20)
#define OUT_MAX   ((size_t)64 << 20)

/* Of an id or a model's name; what is longer is not repeated. */
#define WORD_MAX 512

static const char cut[] = "the stream ended before the response was finished";

/* A member of the response as JSON; empty = not told, or too long. */
struct word {
    char at[WORD_MAX];
    size_t len;
};

struct state {
    struct word id, created_at, model;
    int64_t next_number; /* the sequence_number of an event that would follow */
    bool ours;           /* an event of the Responses API has come */
    bool foreign;        /* one of another API's */
};

/* The first that is told stays. */
static void keep(struct word *word, struct text value)
{
    if (word->len > 0 || value.len > sizeof(word->at) || value.len == 0)
        return;
    memcpy(word->at, value.at, value.len);
    word->len = value.len;
}

static void read_response(struct state *state, struct text response)
{
    struct jsonspan_wanted wanted[] = {{.name = "id"}, {.name = "created_at"}, {.name = "model"}};
    if (jsonspan_type(response) != JSONSPAN_OBJECT || state->id.len)
        return;
    jsonspan_pick(response, wanted, sizeof(wanted) / sizeof(wanted[0]));
    keep(&state->id, wanted[0].value);
    keep(&state->created_at, wanted[1].value);
    keep(&state->model, wanted[2].value);
}

static void read_number(struct state *state, struct text number)
{
    int64_t n = 0;
    if (jsonspan_type(number) != JSONSPAN_NUMBER)
        return;
    for (size_t i = 0; i < number.len; i++)
        if (!text_is_digit(number.at[i]) || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, number.at[i] - '0', &n))
            return;
    state->next_number = n < INT64_MAX ? n + 1 : n;
}

static void take_event(void *judge, const struct dialect_event *event, struct answer_facts *facts)
{
    struct state *state = judge;
    struct jsonspan_wanted wanted[] = {{.name = "sequence_number"}, {.name = "response"}};
    if (!event->data.at)
        return;
    if (!responses_judge_event(event->data, facts)) {
        state->foreign = true;
        facts->content |= !state->ours; /* another API's stream is passed on as it is */
        return;
    }
    state->ours = true;
    jsonspan_pick(event->data, wanted, sizeof(wanted) / sizeof(wanted[0]));
    read_number(state, wanted[0].value);
    read_response(state, wanted[1].value);
}

/*
 * A last event without its blank line, after a clean end: it gets that where it is whole. Half of
 * one is left out, as an event of ours follows; in a foreign stream every byte counts.
 */
static enum dialect_rest judge_rest(const void *judge, const struct dialect_event *event,
                                    bool clean)
{
    const struct state *state = judge;
    if (!clean)
        return DIALECT_REST_LEFT_OUT;
    if (state->foreign && !state->ours)
        return DIALECT_REST_AS_IT_IS;
    bool whole = event->data.at && jsonspan_check(event->data, NULL) == 0;
    return whole ? DIALECT_REST_CLOSED : DIALECT_REST_LEFT_OUT;
}

/* A stream of another API's events is judged by its transport alone. */
static void judge_end(void *judge, enum transport transport, struct buf *out,
                      struct answer_facts *facts)
{
    const struct state *state = judge;
    (void)out;
    if (transport != TRANSPORT_OK || state->ours || !state->foreign)
        answer_fail_cut(facts, transport, facts->content ? cut : ANSWER_EMPTY);
}

static void put_word(struct jsonwrite *json, const char *name, const struct word *word,
                     const char *otherwise)
{
    jsonwrite_raw(json, name, word->len ? text_make(word->at, word->len) : text_of(otherwise));
}

/*
 * Adds the event response.failed: the error in response.error, where readers of the protocol look,
 * and on top, where the official SDKs do.
 */
static int break_write(const void *judge, struct text message, struct buf *out)
{
    static const char head[] = "event: response.failed\ndata: ";
    const struct state *state = judge;
    struct jsonwrite json = jsonwrite_to(out);
    json.r = buf_append(out, head, sizeof(head) - 1);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "type", text_of("response.failed"));
    jsonwrite_integer(&json, "sequence_number", state->next_number);
    jsonwrite_open(&json, "response", '{');
    put_word(&json, "id", &state->id, "\"\"");
    jsonwrite_string(&json, "object", text_of("response"));
    put_word(&json, "created_at", &state->created_at, "0");
    jsonwrite_string(&json, "status", text_of("failed"));
    stream_error_object(&json, message);
    jsonwrite_null(&json, "incomplete_details");
    put_word(&json, "model", &state->model, "null");
    jsonwrite_raw(&json, "output", text_of("[]"));
    jsonwrite_null(&json, "usage");
    jsonwrite_close(&json, '}');
    stream_error_object(&json, message);
    jsonwrite_close(&json, '}');
    return json.r == 0 ? buf_append(out, "\n\n", 2) : json.r;
}

static void judge_body(struct text content_type, struct text body, struct buf *out,
                       struct answer_facts *facts)
{
    (void)out;
    responses_judge_whole(content_type, body, facts);
}

/* An answer that is no stream is not told in events; the same would only come again. */
static void judge_from_whole(struct text body, bool include_usage, struct buf *out,
                             struct answer_facts *facts)
{
    struct answer_facts whole = answer_facts_none();
    (void)include_usage;
    (void)out;
    responses_judge_whole(text_make(NULL, 0), body, &whole);
    if (whole.failure != FAILURE_NONE && whole.failure != FAILURE_PROTOCOL) {
        answer_fail_error(facts, whole.failure, &whole.error);
        return;
    }
    answer_fail(facts, FAILURE_PROTOCOL, "a whole answer came where a stream was asked for");
    facts->repeats = whole.failure == FAILURE_NONE;
}

/*
 * The provider's own response.failed, with its error on top, where the official SDKs look for one;
 * Codex reads the one inside. Any other event stays as it came.
 */
static int last_word_write(struct text raw, struct text data, struct buf *out)
{
    static const char head[] = "event: response.failed\ndata: ";
    struct jsonspan_wanted wanted[] = {{.name = "type"}, {.name = "error"}, {.name = "response"}};
    struct text error = {0};
    struct buf compact;
    if (jsonspan_check(data, NULL) < 0)
        return buf_append_text(out, raw);
    jsonspan_pick(data, wanted, sizeof(wanted) / sizeof(wanted[0]));
    bool bare = text_equals(wanted[0].value, "\"response.failed\"") &&
                jsonspan_type(wanted[1].value) != JSONSPAN_OBJECT && wanted[2].value.at &&
                jsonspan_get(wanted[2].value, "error", &error) &&
                jsonspan_type(error) == JSONSPAN_OBJECT;
    if (!bare)
        return buf_append_text(out, raw);
    buf_init(&compact, EVENT_MAX);
    int r = jsonspan_compact(data, &compact);
    r = r < 0 ? r : buf_append(out, head, sizeof(head) - 1);
    /* The last member of a name is the one that counts, should there be an error that is null. */
    r = r < 0 ? r : buf_append(out, compact.data, compact.len - 1);
    r = r < 0 ? r : buf_append_string(out, ",\"error\":");
    r = r < 0 ? r : jsonspan_compact(error, out);
    r = r < 0 ? r : buf_append_string(out, "}\n\n");
    buf_done(&compact);
    return r;
}

const struct dialect_judge dialect_responses_judge = {
    .size = sizeof(struct state),
    .event_max = EVENT_MAX,
    .out_max = OUT_MAX,
    .reads_on = true,
    .event = take_event,
    .rest = judge_rest,
    .end = judge_end,
    .break_write = break_write,
    .breaks_well = true,
    .last_word_write = last_word_write,
    .whole = judge_body,
    .from_whole = judge_from_whole,
};
