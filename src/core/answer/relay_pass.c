/*
 * What comes is passed on at once, event by event, as it is; the judge only looks.
 *
 *     first byte   {  [   a whole JSON answer: held until it is read, then told in events
 *                  <      a web page: a failure
 *                  else   an event stream
 *
 * Where the finish_reason has come, only a connection that breaks makes the answer a half one: a
 * clean end and silence for idle_timeout both mean that nothing is missing but [DONE].
 *
 * An error event before content is not passed on, since something better may still follow; after
 * content it is the provider's own end of the stream, and kept apart: another provider may go on. A
 * refusal is an answer wherever it comes.
 */
#include "answer/relay_pass.h"

#include <errno.h>

#include "answer/relay.h"
#include "json/jsonspan.h"
#include "openai/reshape.h"

/* A longer whole answer is not waited for: the app asked for events, and gets none until its end.
 */
#define WHOLE_MAX ((size_t)2 << 20)

static const char whole_reason[] = "a whole answer came where a stream was asked for";
static const char empty_reason[] = "the stream ended without any content";
static const char cut_reason[] = "the stream ended before the answer was finished";

void relay_pass_init(struct relay_pass *pass)
{
    *pass = (struct relay_pass){.shape = RELAY_PASS_UNKNOWN};
    sse_init(&pass->sse, ANSWER_EVENT_MAX);
    buf_init(&pass->whole, WHOLE_MAX);
    buf_init(&pass->last_word, ANSWER_EVENT_MAX);
}

void relay_pass_done(struct relay_pass *pass)
{
    sse_done(&pass->sse);
    buf_done(&pass->whole);
    buf_done(&pass->last_word);
}

static void fail_by_errno(struct answer_facts *facts, int r)
{
    if (r == -EMSGSIZE)
        answer_fail(facts, FAILURE_PROTOCOL, "the answer has an event that is too large");
    else
        answer_fail(facts, FAILURE_PROTOCOL, "no memory is left for the answer");
}

static bool is_over(const struct answer_facts *facts)
{
    return facts->done || facts->failure != FAILURE_NONE;
}

/* Nothing better follows: it was said after content, or is a refusal. */
static bool is_last_word(const struct answer_facts *facts, bool had_content)
{
    return had_content || facts->failure == FAILURE_POLICY;
}

/*
 * Does what was passed on tell the app that the answer has failed? The official SDKs raise on an
 * error on top of an event only: one inside a choice is followed by ours.
 */
static bool is_aloud(const struct relay_pass *pass, const struct answer_facts *facts)
{
    return facts->failure == FAILURE_POLICY ||
           (facts->failure != FAILURE_NONE && !pass->judge.told_inside);
}

/* [DONE] with nothing before it is no answer, and stays unseen. */
static void take_event(struct relay_pass *pass, const struct sse_event *event, struct buf *out,
                       struct answer_facts *facts)
{
    bool had_content = facts->content;
    if (event->has_data || text_equals(event->name, "error"))
        judge_event(&pass->judge, event->name, event->data, facts);
    if (facts->done && !facts->content) {
        facts->done = false;
        answer_fail(facts, FAILURE_PROTOCOL, "%s", empty_reason);
    }
    bool failed = facts->failure != FAILURE_NONE;
    if (failed && !is_last_word(facts, had_content))
        return;
    int r = buf_append_text(failed && had_content ? &pass->last_word : out, event->raw);
    if (r < 0)
        fail_by_errno(facts, r);
    else
        pass->failed_aloud = is_aloud(pass, facts);
}

static void take_events(struct relay_pass *pass, struct buf *out, struct answer_facts *facts)
{
    struct sse_event event;
    while (!is_over(facts) && sse_next(&pass->sse, &event))
        take_event(pass, &event, out, facts);
}

static void push(struct relay_pass *pass, struct text bytes, struct buf *out,
                 struct answer_facts *facts)
{
    while (bytes.len && !is_over(facts)) {
        struct text part = {bytes.at, bytes.len < SSE_PUSH_MAX ? bytes.len : SSE_PUSH_MAX};
        int r = sse_push(&pass->sse, part);
        if (r < 0)
            fail_by_errno(facts, r);
        else
            take_events(pass, out, facts);
        bytes = text_skip(bytes, part.len);
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* By the first byte that is no blank; they mean nothing in front of an event stream. */
static void look(struct relay_pass *pass, struct text bytes, struct answer_facts *facts)
{
    size_t at = 0;
    while (at < bytes.len && is_blank(bytes.at[at]))
        at++;
    if (at == bytes.len)
        return;
    char first = bytes.at[at];
    pass->shape = first == '{' || first == '[' ? RELAY_PASS_WHOLE : RELAY_PASS_STREAM;
    if (first == '<')
        answer_fail(facts, FAILURE_PROTOCOL, "a web page came where a stream was asked for");
}

/* What was asked for, in another form, or an error. Whoever sends something else may send another
 * thing the next time. */
static void take_whole(const struct relay_pass *pass, struct text body, struct buf *out,
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
    int r = reshape_to_events(body, pass->include_usage, out);
    facts->reshaped = r == 0;
    if (r < 0)
        fail_by_errno(facts, r);
}

/* Tried only where it may have ended, so that many small pieces do not cost a check each. */
static void collect(struct relay_pass *pass, struct text bytes, struct buf *out,
                    struct answer_facts *facts)
{
    if (buf_append_text(&pass->whole, bytes) < 0) {
        answer_fail(facts, FAILURE_PROTOCOL, "%s", whole_reason);
        return;
    }
    struct text body = buf_text(&pass->whole);
    while (body.len && is_blank(body.at[body.len - 1]))
        body.len--;
    bool may_end = body.len && (body.at[body.len - 1] == '}' || body.at[body.len - 1] == ']');
    if (may_end && jsonspan_check(body, NULL) == 0)
        take_whole(pass, body, out, facts);
    if (facts->failure == FAILURE_POLICY)
        pass->failed_aloud = buf_append_text(out, body) == 0;
}

void relay_pass_feed(struct relay_pass *pass, struct text bytes, struct buf *out,
                     struct answer_facts *facts)
{
    if (is_over(facts))
        return;
    if (pass->shape == RELAY_PASS_UNKNOWN)
        look(pass, bytes, facts);
    if (pass->shape == RELAY_PASS_WHOLE)
        collect(pass, bytes, out, facts);
    else
        push(pass, bytes, out, facts);
}

/* Closes the event under way, so that it can be looked at, with the blank line that it lacks. */
static bool close_event(struct relay_pass *pass, struct sse_event *ret)
{
    struct text rest = sse_rest(&pass->sse);
    if (rest.len == 0)
        return false;
    bool line_ended = rest.at[rest.len - 1] == '\n';
    return sse_push(&pass->sse, text_of(line_ended ? "\n" : "\n\n")) == 0 &&
           sse_next(&pass->sse, ret);
}

/*
 * The last event may lack its blank line. [DONE] counts however the stream ended; anything else
 * only after a clean end, and only when it is JSON as a whole.
 */
static void take_rest(struct relay_pass *pass, bool clean, struct buf *out,
                      struct answer_facts *facts)
{
    struct sse_event event;
    if (!close_event(pass, &event) || !event.has_data)
        return;
    if (text_equals(text_trim(event.data), "[DONE]") ||
        (clean && jsonspan_check(event.data, NULL) == 0))
        take_event(pass, &event, out, facts);
}

static void fail_cut(enum transport transport, struct answer_facts *facts)
{
    if (transport == TRANSPORT_OK)
        answer_fail(facts, FAILURE_PROTOCOL, "%s", facts->content ? cut_reason : empty_reason);
    else
        answer_fail(facts, transport_failure(transport), "%s", transport_sentence(transport));
}

void relay_pass_end(struct relay_pass *pass, enum transport transport, struct buf *out,
                    struct answer_facts *facts)
{
    bool clean = transport == TRANSPORT_OK;
    if (is_over(facts))
        return;
    if (pass->shape == RELAY_PASS_WHOLE) {
        answer_fail(facts, FAILURE_PROTOCOL, "%s", whole_reason);
        return;
    }
    take_rest(pass, clean, out, facts);
    if (is_over(facts))
        return;
    if (!facts->finished || (!clean && transport != TRANSPORT_IDLE_TIMEOUT)) {
        fail_cut(transport, facts);
        return;
    }
    int r = buf_append_string(out, "data: [DONE]\n\n");
    if (r < 0)
        fail_by_errno(facts, r);
    facts->done = r == 0;
}
