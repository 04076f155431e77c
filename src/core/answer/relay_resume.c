/*
 * The inner relay judges the provider's stream as any other; here its events are taken apart and
 * written again with the id of the stream that broke, since only the text past the seam may go out.
 * The end is written when the inner stream is done, because its usage comes last.
 */
#include "answer/relay_resume.h"

#include <errno.h>

#include "answer/resume.h"
#include "json/jsonspan.h"

static const char differs[] = "the answer does not begin with what was sent";
static const char too_short[] = "the answer is shorter than what was sent";
static const char unsure[] = "the answer may go on with the text that was sent, or repeat it";
static const char other_kind[] = "the answer goes on with something other than text";

/* A model may well say a shorter text twice in a row: whether it is an echo cannot be told. */
#define ECHO_MIN 16

int relay_resume_init(struct relay_resume *resume, const struct relay_options *options)
{
    struct relay_options inner = *options;
    inner.resume = NULL;
    inner.include_usage = true;
    struct text so_far = buf_text(&options->resume->text);
    *resume = (struct relay_resume){
        .inner = relay_new(&inner),
        .writer = {.identity = options->identity,
                   .include_usage = options->include_usage,
                   .window = options->window,
                   .begun = true},
        .expected = options->prefilled ? (struct text){0} : so_far,
        .echo = options->prefilled ? so_far : (struct text){0},
        .seam = options->seam,
    };
    sse_init(&resume->sse, RELAY_OUT_MAX);
    buf_init(&resume->content, ANSWER_EVENT_MAX);
    return resume->inner ? 0 : -ENOMEM;
}

void relay_resume_done(struct relay_resume *resume)
{
    relay_free(resume->inner);
    sse_done(&resume->sse);
    buf_done(&resume->content);
}

static bool has_matched(const struct relay_resume *resume)
{
    return resume->matched == resume->expected.len;
}

static int write_delta(struct relay_resume *resume, const struct chat_delta *delta, struct buf *out)
{
    int r = 0;
    if (resume->seam)
        r = buf_printf(out, ": understudy continued on %s\n", resume->seam);
    resume->seam = NULL;
    return r < 0 ? r : dialect_openai.event_write(&resume->writer, delta, out);
}

static bool begins_with(struct text text, struct text front)
{
    return text.len >= front.len && memcmp(text.at, front.at, front.len) == 0;
}

/* What the provider was given may come once more. NULL, or why nothing of it may be used. */
static const char *pass_over_echo(struct relay_resume *resume, struct text *content)
{
    struct text echo = resume->echo;
    resume->echo = (struct text){0};
    if (echo.len == 0 || !begins_with(*content, echo))
        return NULL;
    *content = text_skip(*content, echo.len);
    return echo.len < ECHO_MIN ? unsure : NULL;
}

/* What is left of a piece of content behind the part that the app has. NULL, or as above. */
static const char *pass_over(struct relay_resume *resume, struct text *content)
{
    size_t left = resume->expected.len - resume->matched;
    size_t n = content->len < left ? content->len : left;
    if (n > 0 && memcmp(content->at, resume->expected.at + resume->matched, n) != 0)
        return differs;
    resume->matched += n;
    *content = text_skip(*content, n);
    return pass_over_echo(resume, content);
}

static void take_content(struct relay_resume *resume, struct text value, struct buf *out,
                         struct answer_facts *facts)
{
    buf_reset(&resume->content);
    int r = jsonspan_decode(value, &resume->content);
    struct chat_piece piece = {.kind = CHAT_PIECE_TEXT, .text = buf_text(&resume->content)};
    const struct chat_delta delta = {.pieces = &piece, .piece_count = 1};
    const char *why = r == 0 ? pass_over(resume, &piece.text) : NULL;
    if (why) {
        answer_fail(facts, FAILURE_PROTOCOL, "%s", why);
        return;
    }
    facts->underway = true;
    if (r == 0 && piece.text.len) {
        r = write_delta(resume, &delta, out);
        facts->content = true;
    }
    if (r < 0)
        answer_fail(facts, FAILURE_PROTOCOL, "no memory is left for the answer");
}

static const struct {
    const char *word;
    enum chat_finish finish;
} finishes[] = {
    {"stop", CHAT_FINISH_STOP},
    {"length", CHAT_FINISH_LENGTH},
    {"content_filter", CHAT_FINISH_FILTER},
};

static void take_finish(struct relay_resume *resume, struct text reason, struct answer_facts *facts)
{
    resume->finish = CHAT_FINISH_STOP;
    for (size_t i = 0; i < sizeof(finishes) / sizeof(finishes[0]); i++)
        if (jsonspan_name_is(reason, finishes[i].word))
            resume->finish = finishes[i].finish;
    if (!has_matched(resume))
        answer_fail(facts, FAILURE_PROTOCOL, "%s", too_short);
}

static bool is_something(struct text value)
{
    return jsonspan_type(value) != JSONSPAN_NULL && value.len > 2;
}

static void take_choice(struct relay_resume *resume, struct text choice, struct buf *out,
                        struct answer_facts *facts)
{
    static const char *const others[] = {"tool_calls", "function_call", "refusal", "audio"};
    struct text delta, value;
    if (!jsonspan_get(choice, "delta", &delta))
        return;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (jsonspan_get(delta, others[i], &value) && is_something(value))
            answer_fail(facts, FAILURE_PROTOCOL, "%s", other_kind);
    if (jsonspan_get(delta, "content", &value) && is_something(value))
        take_content(resume, value, out, facts);
    if (jsonspan_get(choice, "finish_reason", &value) && is_something(value))
        take_finish(resume, value, facts);
}

static void take_event(struct relay_resume *resume, struct text data, struct buf *out,
                       struct answer_facts *facts)
{
    struct text choices, choice;
    size_t position = 0;
    if (jsonspan_check(data, NULL) < 0 || !jsonspan_get(data, "choices", &choices))
        return;
    while (facts->failure == FAILURE_NONE && jsonspan_next(choices, &position, &choice))
        take_choice(resume, choice, out, facts);
}

static void write_end(struct relay_resume *resume, struct buf *out, struct answer_facts *facts)
{
    const struct answer_facts *inner = relay_facts(resume->inner);
    struct chat_delta delta = {
        .finish = resume->finish ? resume->finish : CHAT_FINISH_STOP,
        .usage = {inner->prompt_tokens, inner->completion_tokens, -1, -1, -1}};
    facts->prompt_tokens = inner->prompt_tokens;
    facts->completion_tokens = inner->completion_tokens;
    facts->policy = inner->policy;
    if (write_delta(resume, &delta, out) < 0)
        answer_fail(facts, FAILURE_PROTOCOL, "no memory is left for the answer");
    facts->content = facts->finished = facts->done = true;
}

/* The events that the inner relay has let out. */
static void take_events(struct relay_resume *resume, struct buf *out, struct answer_facts *facts)
{
    struct buf *from = relay_out(resume->inner);
    struct sse_event event;
    while (from->len && facts->failure == FAILURE_NONE) {
        size_t n = from->len < SSE_PUSH_MAX ? from->len : SSE_PUSH_MAX;
        if (sse_push(&resume->sse, text_make(from->data, n)) < 0)
            answer_fail(facts, FAILURE_PROTOCOL, "the answer has an event that is too large");
        while (facts->failure == FAILURE_NONE && sse_next(&resume->sse, &event))
            if (event.has_data)
                take_event(resume, event.data, out, facts);
        buf_consume(from, n);
    }
}

static void take_all(struct relay_resume *resume, struct buf *out, struct answer_facts *facts)
{
    take_events(resume, out, facts);
    const struct answer_facts *inner = relay_facts(resume->inner);
    resume->by_inner |= inner->failure != FAILURE_NONE && facts->failure == FAILURE_NONE;
    if (inner->failure != FAILURE_NONE)
        answer_fail_error(facts, inner->failure, &inner->error);
    else if (inner->done && !facts->done && facts->failure == FAILURE_NONE)
        write_end(resume, out, facts);
}

void relay_resume_feed(struct relay_resume *resume, struct text bytes, struct buf *out,
                       struct answer_facts *facts)
{
    relay_feed(resume->inner, bytes);
    take_all(resume, out, facts);
}

void relay_resume_end(struct relay_resume *resume, enum transport transport, struct buf *out,
                      struct answer_facts *facts)
{
    relay_end(resume->inner, transport);
    take_all(resume, out, facts);
}
