/*
 * How answers of chat and completions are judged that are passed on.
 *
 * Where the finish_reason has come, only a connection that breaks makes the answer a half one: a
 * clean end and silence for idle_timeout both mean that nothing is missing but [DONE].
 */
#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "openai/judge.h"
#include "openai/reshape.h"
#include "openai/stream_error.h"

/* The most that waits for a slow reader; the exchange pauses the provider long before. */
#define OUT_MAX ((size_t)16 << 20)

static const char whole_reason[] = "a whole answer came where a stream was asked for";

/* [DONE] with nothing before it is no answer. */
static void take_event(void *state, const struct dialect_event *event, struct answer_facts *facts)
{
    if (event->data.at || text_equals(event->name, "error"))
        judge_event(state, event->name, event->data, facts);
    if (facts->done && !facts->content) {
        facts->done = false;
        answer_fail(facts, FAILURE_PROTOCOL, "%s", ANSWER_EMPTY);
    }
}

/* [DONE] counts however the stream ended; anything else only after a clean end, and only when it is
 * JSON as a whole. */
static enum dialect_rest judge_rest(const void *state, const struct dialect_event *event,
                                    bool clean)
{
    (void)state;
    if (text_equals(text_trim(event->data), "[DONE]") ||
        (clean && jsonspan_check(event->data, NULL) == 0))
        return DIALECT_REST_CLOSED;
    return DIALECT_REST_LEFT_OUT;
}

static void judge_end(void *state, enum transport transport, struct buf *out,
                      struct answer_facts *facts)
{
    (void)state;
    answer_end(facts, transport, "data: [DONE]\n\n", out);
}

static int break_write(const void *state, struct text message, struct buf *out)
{
    (void)state;
    return stream_error_write(message, out);
}

static void begin_body(void *answer)
{
    judge_answer_begin(answer);
}

static void take_body(void *answer, struct text so_far)
{
    judge_answer_more(answer, so_far);
}

static void end_body(void *answer, struct text content_type, struct text body, struct buf *out,
                     struct answer_facts *facts)
{
    if (reshape_is_events(body))
        reshape_to_whole(body, out, facts);
    else
        judge_answer_end(answer, content_type, body, facts);
}

static void judge_body(struct text content_type, struct text body, struct buf *out,
                       struct answer_facts *facts)
{
    struct judge_answer answer;
    judge_answer_begin(&answer);
    end_body(&answer, content_type, body, out, facts);
}

static const struct dialect_reading reading = {
    .size = sizeof(struct judge_answer), .begin = begin_body, .more = take_body, .end = end_body};

/* What was asked for, in another form, or an error. Whoever sends something else may send another
 * thing the next time. */
static void take_whole(struct text body, bool include_usage, struct buf *out,
                       struct answer_facts *facts)
{
    struct answer_facts whole = answer_facts_none();
    judge_whole((struct text){0}, body, &whole);
    if (whole.failure == FAILURE_PROTOCOL) {
        judge_refused(body, whole_reason, facts);
        return;
    }
    *facts = whole;
    if (whole.failure != FAILURE_NONE)
        return;
    int r = reshape_to_events(body, include_usage, out);
    facts->reshaped = r == 0;
    if (r < 0)
        answer_fail_errno(facts, r);
}

const struct dialect_judge dialect_openai_judge = {
    .size = sizeof(struct judge),
    .event_max = ANSWER_EVENT_MAX,
    .out_max = OUT_MAX,
    .event = take_event,
    .rest = judge_rest,
    .end = judge_end,
    .break_write = break_write,
    .whole = judge_body,
    .reading = &reading,
    .from_whole = take_whole,
};
