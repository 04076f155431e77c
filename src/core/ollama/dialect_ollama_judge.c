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

enum { ERROR, MESSAGE, RESPONSE, THINKING, DONE, REASON, PROMPT_TOKENS, TOKENS, PARTS };
#define PARTS_WANTED                                                                               \
    {                                                                                              \
        [ERROR] = {.name = "error"}, [MESSAGE] = {.name = "message"},                              \
        [RESPONSE] = {.name = "response"}, [THINKING] = {.name = "thinking"},                      \
        [DONE] = {.name = "done"}, [REASON] = {.name = "done_reason"},                             \
        [PROMPT_TOKENS] = {.name = "prompt_eval_count"}, [TOKENS] = {                              \
            .name = "eval_count"                                                                   \
        }                                                                                          \
    }

static int64_t count_of(struct text value)
{
    int64_t count = -1;
    (void)jsonspan_count(value, &count);
    return count;
}

/* What is said by a message, or on top. Ollama tells each call whole. */
static void take_said(const struct jsonspan_wanted parts[static PARTS], struct answer_facts *facts)
{
    struct jsonspan_wanted said[] = {
        {.name = "content"}, {.name = "thinking"}, {.name = "tool_calls"}};
    struct text call;
    int64_t calls = 0;
    jsonspan_pick(parts[MESSAGE].value, said, COUNT(said));
    for (size_t position = 0; jsonspan_next(said[2].value, &position, &call);)
        calls++;
    facts->tool_calls += calls;
    facts->content = facts->content || calls > 0 || jsonspan_is_filled(said[0].value) ||
                     jsonspan_is_filled(said[1].value) ||
                     jsonspan_is_filled(parts[RESPONSE].value) ||
                     jsonspan_is_filled(parts[THINKING].value);
}

/* A line, or a whole answer. False: it is no JSON object. */
static bool take_json(struct text json, struct answer_facts *facts)
{
    struct jsonspan_wanted parts[PARTS] = PARTS_WANTED;
    if (jsonspan_read(json, parts, PARTS, NULL) < 0 || jsonspan_type(json) != JSONSPAN_OBJECT)
        return false;
    if (parts[ERROR].value.at && jsonspan_type(parts[ERROR].value) != JSONSPAN_NULL) {
        answer_fail_told(facts, SPEAKER_OLLAMA, json);
        return true;
    }
    take_said(parts, facts);
    if (jsonspan_type(parts[DONE].value) != JSONSPAN_TRUE)
        return true;
    facts->content = facts->finished = facts->done = true;
    facts->policy = jsonspan_name_is(parts[REASON].value, "content_filter");
    facts->prompt_tokens = count_of(parts[PROMPT_TOKENS].value);
    facts->completion_tokens = count_of(parts[TOKENS].value);
    return true;
}

static void take_event(void *judge, const struct dialect_event *event, struct answer_facts *facts)
{
    (void)judge;
    (void)take_json(event->data, facts);
}

/* A last line without its end counts when it is JSON as a whole: a cut one never is. */
static enum dialect_rest judge_rest(const void *judge, const struct dialect_event *event,
                                    bool clean)
{
    (void)judge;
    bool whole = jsonspan_check(event->data, NULL) == 0;
    bool done = whole && jsonspan_type(jsonspan_value(event->data, "done")) == JSONSPAN_TRUE;
    return done || (whole && clean) ? DIALECT_REST_CLOSED : DIALECT_REST_LEFT_OUT;
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
    if (!take_json(body, facts))
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
