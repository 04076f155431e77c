/*
 * What comes is held until its event is whole: behind half of one, an event of ours would be read
 * as a part of it.
 */
#include "answer/relay_responses.h"

#include <errno.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "openai/stream_error.h"

/* Of an id or a model's name; what is longer is not repeated. */
#define WORD_MAX 512

static const char cut[] = "the stream ended before the response was finished";

void relay_responses_init(struct relay_responses *responses)
{
    *responses = (struct relay_responses){0};
    sse_init(&responses->sse, RELAY_RESPONSES_EVENT_MAX);
    buf_init(&responses->id, WORD_MAX);
    buf_init(&responses->created_at, WORD_MAX);
    buf_init(&responses->model, WORD_MAX);
}

void relay_responses_done(struct relay_responses *responses)
{
    sse_done(&responses->sse);
    buf_done(&responses->id);
    buf_done(&responses->created_at);
    buf_done(&responses->model);
}

/* The first that is told stays. */
static void keep(struct buf *word, struct text value)
{
    if (word->len == 0 && value.at)
        (void)!buf_append_text(word, value);
}

static void read_response(struct relay_responses *responses, struct text response)
{
    struct jsonspan_wanted wanted[] = {{.name = "id"}, {.name = "created_at"}, {.name = "model"}};
    if (jsonspan_type(response) != JSONSPAN_OBJECT || responses->id.len)
        return;
    jsonspan_pick(response, wanted, sizeof(wanted) / sizeof(wanted[0]));
    keep(&responses->id, wanted[0].value);
    keep(&responses->created_at, wanted[1].value);
    keep(&responses->model, wanted[2].value);
}

static void read_number(struct relay_responses *responses, struct text number)
{
    int64_t n = 0;
    if (jsonspan_type(number) != JSONSPAN_NUMBER)
        return;
    for (size_t i = 0; i < number.len; i++)
        if (!text_is_digit(number.at[i]) || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, number.at[i] - '0', &n))
            return;
    responses->next_number = n < INT64_MAX ? n + 1 : n;
}

enum standing { STANDING_UNDERWAY, STANDING_OVER, STANDING_FAILED, STANDING_FOREIGN };

static const struct {
    const char *type; /* in quotes, as in JSON */
    enum standing standing;
} ends[] = {
    {"\"response.completed\"", STANDING_OVER},
    {"\"response.incomplete\"", STANDING_OVER},
    {"\"response.failed\"", STANDING_FAILED},
    /* response.failed may follow */
    {"\"error\"", STANDING_FAILED},
};

static enum standing standing_of(struct text type)
{
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (text_equals(type, ends[i].type))
            return ends[i].standing;
    return text_starts_nocase(type, "\"response.") ? STANDING_UNDERWAY : STANDING_FOREIGN;
}

static void read_event(struct relay_responses *responses, struct text data,
                       struct answer_facts *facts)
{
    struct jsonspan_wanted wanted[] = {
        {.name = "type"}, {.name = "sequence_number"}, {.name = "response"}};
    if (jsonspan_check(data, NULL) < 0)
        return;
    jsonspan_pick(data, wanted, sizeof(wanted) / sizeof(wanted[0]));
    enum standing standing = standing_of(wanted[0].value);
    if (standing == STANDING_FOREIGN)
        return;
    responses->ours = true;
    read_number(responses, wanted[1].value);
    read_response(responses, wanted[2].value);
    if (standing == STANDING_FAILED)
        responses->told = true;
    if (standing == STANDING_OVER || text_equals(wanted[0].value, "\"response.failed\""))
        facts->finished = facts->done = true;
}

static void fail_by_errno(struct answer_facts *facts, int r)
{
    if (r == -EMSGSIZE)
        answer_fail(facts, FAILURE_PROTOCOL, "the answer has an event that is too large");
    else
        answer_fail(facts, FAILURE_PROTOCOL, "no memory is left for the answer");
}

static void take_events(struct relay_responses *responses, struct buf *out,
                        struct answer_facts *facts)
{
    struct sse_event event;
    while (facts->failure == FAILURE_NONE && sse_next(&responses->sse, &event)) {
        if (event.has_data) {
            read_event(responses, event.data, facts);
            facts->content = true;
        }
        int r = buf_append_text(out, event.raw);
        if (r < 0)
            fail_by_errno(facts, r);
    }
}

void relay_responses_feed(struct relay_responses *responses, struct text bytes, struct buf *out,
                          struct answer_facts *facts)
{
    while (bytes.len && facts->failure == FAILURE_NONE) {
        struct text part = {bytes.at, bytes.len < SSE_PUSH_MAX ? bytes.len : SSE_PUSH_MAX};
        int r = sse_push(&responses->sse, part);
        if (r < 0)
            fail_by_errno(facts, r);
        else
            take_events(responses, out, facts);
        bytes = text_skip(bytes, part.len);
    }
}

/*
 * A last event without its blank line, after a clean end: it gets that where it is one of the API's
 * and whole. Half of one is left out, as an event of ours follows; in a foreign stream every byte
 * counts.
 */
static void take_rest(struct relay_responses *responses, struct buf *out,
                      struct answer_facts *facts)
{
    size_t len = sse_rest(&responses->sse).len;
    struct sse_event event = {0};
    if (len == 0)
        return;
    int r = sse_push(&responses->sse, text_of("\n\n"));
    if (r < 0 || !sse_next(&responses->sse, &event)) {
        fail_by_errno(facts, r);
        return;
    }
    if (responses->ours && (!event.has_data || jsonspan_check(event.data, NULL) < 0))
        return;
    if (event.has_data)
        read_event(responses, event.data, facts);
    r = buf_append_text(out, responses->ours ? event.raw : text_make(event.raw.at, len));
    if (r < 0)
        fail_by_errno(facts, r);
    facts->content = true;
}

void relay_responses_end(struct relay_responses *responses, enum transport transport,
                         struct buf *out, struct answer_facts *facts)
{
    if (facts->failure != FAILURE_NONE)
        return;
    if (transport == TRANSPORT_OK)
        take_rest(responses, out, facts);
    if (facts->done || facts->failure != FAILURE_NONE)
        return;
    if (transport != TRANSPORT_OK)
        answer_fail(facts, transport_failure(transport), "%s", transport_sentence(transport));
    else if (responses->ours && !responses->told)
        answer_fail(facts, FAILURE_PROTOCOL, "%s", cut);
}

static void write_response(struct jsonwrite *json, const struct relay_responses *responses,
                           struct text message)
{
    static const struct text null = {"null", 4};
    const struct buf *created = &responses->created_at, *model = &responses->model;
    jsonwrite_open(json, "response", '{');
    jsonwrite_raw(json, "id", responses->id.len ? buf_text(&responses->id) : text_of("\"\""));
    jsonwrite_string(json, "object", text_of("response"));
    jsonwrite_raw(json, "created_at", created->len ? buf_text(created) : text_of("0"));
    jsonwrite_string(json, "status", text_of("failed"));
    stream_error_object(json, message);
    jsonwrite_null(json, "incomplete_details");
    jsonwrite_raw(json, "model", model->len ? buf_text(model) : null);
    jsonwrite_raw(json, "output", text_of("[]"));
    jsonwrite_null(json, "usage");
    jsonwrite_close(json, '}');
}

void relay_responses_break(const struct relay_responses *responses, struct text message,
                           struct buf *out)
{
    static const char head[] = "event: response.failed\ndata: ";
    if (responses->told)
        return;
    struct jsonwrite json = jsonwrite_to(out);
    json.r = buf_append(out, head, sizeof(head) - 1);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "type", text_of("response.failed"));
    jsonwrite_integer(&json, "sequence_number", responses->next_number);
    write_response(&json, responses, message);
    stream_error_object(&json, message);
    jsonwrite_close(&json, '}');
    if (json.r == 0)
        json.r = buf_append(out, "\n\n", 2);
}
