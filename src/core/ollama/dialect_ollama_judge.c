/*
 * How answers of Ollama's are judged that are passed on, of /api/chat and /api/generate: a line of
 * a stream and a whole answer have the same members. First content is a text, a thought, a call or
 * done: true, which also makes an answer whole. One that ends without it was given up. A line of a
 * stream that is no JSON is passed on as it is, and says nothing.
 */
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "ollama/dialect_ollama.h"
#include "text/count.h"

/* The most that waits for a slow reader; the exchange pauses the provider long before. */
#define OUT_MAX ((size_t)16 << 20)

static bool holds_text(struct text object, const char *name)
{
    struct text value;
    return jsonspan_get(object, name, &value) && jsonspan_type(value) == JSONSPAN_STRING &&
           value.len > 2;
}

static bool has_content(struct text line)
{
    struct text message, calls, first;
    if (holds_text(line, "response") || holds_text(line, "thinking"))
        return true;
    return jsonspan_get(line, "message", &message) &&
           (holds_text(message, "content") || holds_text(message, "thinking") ||
            (jsonspan_get(message, "tool_calls", &calls) && jsonspan_item(calls, 0, &first)));
}

/* Ollama tells each call whole. */
static int64_t count_calls(struct text line)
{
    struct text message, calls, call;
    int64_t count = 0;
    if (!jsonspan_get(line, "message", &message) || !jsonspan_get(message, "tool_calls", &calls))
        return 0;
    for (size_t position = 0; jsonspan_next(calls, &position, &call);)
        count++;
    return count;
}

static int64_t count_of(struct text line, const char *name)
{
    struct text value;
    int64_t count = -1;
    if (jsonspan_get(line, name, &value))
        (void)jsonspan_count(value, &count);
    return count;
}

static bool is_done(struct text line)
{
    struct text done;
    return jsonspan_get(line, "done", &done) && jsonspan_type(done) == JSONSPAN_TRUE;
}

/* A line, or a whole answer. */
static void take_json(struct text line, struct answer_facts *facts)
{
    struct text error, reason;
    if (jsonspan_get(line, "error", &error) && jsonspan_type(error) != JSONSPAN_NULL) {
        answer_fail_told(facts, SPEAKER_OLLAMA, line);
        return;
    }
    facts->content = facts->content || has_content(line);
    facts->tool_calls += count_calls(line);
    if (!is_done(line))
        return;
    facts->content = facts->finished = facts->done = true;
    facts->policy =
        jsonspan_get(line, "done_reason", &reason) && jsonspan_name_is(reason, "content_filter");
    facts->prompt_tokens = count_of(line, "prompt_eval_count");
    facts->completion_tokens = count_of(line, "eval_count");
}

static bool is_object(struct text json)
{
    return jsonspan_check(json, NULL) == 0 && jsonspan_type(json) == JSONSPAN_OBJECT;
}

static void take_event(void *judge, const struct dialect_event *event, struct answer_facts *facts)
{
    (void)judge;
    if (is_object(event->data))
        take_json(event->data, facts);
}

/* A last line without its end counts when it is JSON as a whole: a cut one never is. */
static enum dialect_rest judge_rest(const void *judge, const struct dialect_event *event,
                                    bool clean)
{
    (void)judge;
    bool whole = jsonspan_check(event->data, NULL) == 0;
    return whole && (clean || is_done(event->data)) ? DIALECT_REST_CLOSED : DIALECT_REST_LEFT_OUT;
}

static void judge_end(void *judge, enum transport transport, struct buf *out,
                      struct answer_facts *facts)
{
    (void)judge;
    (void)out;
    answer_fail_cut(facts, transport, facts->content ? ANSWER_CUT : ANSWER_EMPTY);
}

static int break_write(const void *judge, struct text message, struct buf *out)
{
    (void)judge;
    return dialect_ollama_error_line(message, out);
}

static void judge_whole(struct text content_type, struct text body, struct buf *out,
                        struct answer_facts *facts)
{
    (void)content_type, (void)out;
    if (body.len == 0) {
        answer_fail(facts, FAILURE_PROTOCOL, "the answer is empty");
        return;
    }
    if (is_object(body))
        take_json(body, facts);
    else
        answer_fail(facts, FAILURE_PROTOCOL, "Ollama sent something that is not JSON");
    if (facts->failure == FAILURE_NONE && !facts->done)
        answer_fail(facts, FAILURE_PROTOCOL, "Ollama stopped before its answer was finished");
}

const struct dialect_judge dialect_ollama_judge = {
    .size = 1,
    .event_max = ANSWER_EVENT_MAX,
    .out_max = OUT_MAX,
    .event = take_event,
    .rest = judge_rest,
    .end = judge_end,
    .break_write = break_write,
    .breaks_well = true,
    .whole = judge_whole,
};
