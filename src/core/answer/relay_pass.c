/*
 * What comes is passed on at once, event by event, as it is; the judge only looks. Where it looks
 * for a whole answer, too:
 *
 *     first byte   {  [   a whole JSON answer: held until it is read, then told in events
 *                  <      a web page: a failure
 *                  else   an event stream
 *
 * What is held until its event is whole: behind half of one, an event of ours would be read as a
 * part of it.
 *
 * An error event before content is not passed on, since something better may still follow; after
 * content it is the provider's own end of the stream, and kept apart: another provider may go on. A
 * refusal is an answer wherever it comes.
 */
#include "answer/relay_pass.h"

#include <errno.h>
#include <stdlib.h>

#include "json/jsonspan.h"

/* A longer whole answer is not waited for: the app asked for events, and gets none until its end.
 */
#define WHOLE_MAX ((size_t)2 << 20)

static const char whole_reason[] = "a whole answer came where a stream was asked for";

int relay_pass_init(struct relay_pass *pass, const struct dialect *dialect, bool include_usage)
{
    const struct dialect_judge *judge = dialect->judge;
    *pass = (struct relay_pass){
        .judge = judge,
        .state = calloc(1, judge->size),
        .shape = judge->from_whole ? RELAY_PASS_UNKNOWN : RELAY_PASS_STREAM,
        .include_usage = include_usage,
    };
    frames_init(&pass->frames, dialect->framing, judge->event_max);
    buf_init_secret(&pass->whole, WHOLE_MAX);
    buf_init_secret(&pass->last_word, judge->event_max);
    return pass->state ? 0 : -ENOMEM;
}

void relay_pass_done(struct relay_pass *pass)
{
    free(pass->state);
    frames_done(&pass->frames);
    buf_done(&pass->whole);
    buf_done(&pass->last_word);
}

static bool is_over(const struct relay_pass *pass, const struct answer_facts *facts)
{
    return facts->failure != FAILURE_NONE || (facts->done && !pass->judge->reads_on);
}

/* Nothing better follows a failure after content, or a refusal. What ended as nothing stays unseen.
 */
static void take_event(struct relay_pass *pass, const struct frame *frame, struct buf *out,
                       struct answer_facts *facts)
{
    bool had_content = facts->content;
    pass->judge->event(pass->state, &frame->event, facts);
    bool failed = facts->failure != FAILURE_NONE;
    if (failed && !had_content && facts->failure != FAILURE_POLICY)
        return;
    int r = 0;
    if (!failed || !had_content)
        r = buf_append_text(out, frame->raw);
    else if (pass->judge->last_word_write)
        r = pass->judge->last_word_write(frame->raw, frame->event.data, &pass->last_word);
    else
        r = buf_append_text(&pass->last_word, frame->raw);
    if (r < 0)
        answer_fail_errno(facts, r);
    else /* does what was passed on tell the app that the answer has failed? */
        pass->failed_aloud = facts->failure == FAILURE_POLICY || (failed && !facts->told_aside);
}

static void push(struct relay_pass *pass, struct text bytes, struct buf *out,
                 struct answer_facts *facts)
{
    struct frame frame;
    while (bytes.len && !is_over(pass, facts) && frames_push(&pass->frames, &bytes, facts))
        while (!is_over(pass, facts) && frames_next(&pass->frames, &frame))
            take_event(pass, &frame, out, facts);
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
        pass->judge->from_whole(body, pass->include_usage, out, facts);
    if (facts->failure == FAILURE_POLICY)
        pass->failed_aloud = buf_append_text(out, body) == 0;
}

void relay_pass_feed(struct relay_pass *pass, struct text bytes, struct buf *out,
                     struct answer_facts *facts)
{
    if (is_over(pass, facts))
        return;
    if (pass->shape == RELAY_PASS_UNKNOWN)
        look(pass, bytes, facts);
    if (pass->shape == RELAY_PASS_WHOLE)
        collect(pass, bytes, out, facts);
    else
        push(pass, bytes, out, facts);
}

/* The last event may lack its end. */
static void take_rest(struct relay_pass *pass, bool clean, struct buf *out,
                      struct answer_facts *facts)
{
    struct frame frame;
    size_t came = 0;
    if (!frames_close(&pass->frames, &frame, &came))
        return;
    switch (pass->judge->rest(pass->state, &frame.event, clean)) {
    case DIALECT_REST_LEFT_OUT:
        return;
    case DIALECT_REST_CLOSED:
        break;
    case DIALECT_REST_AS_IT_IS:
        frame.raw.len = came;
        break;
    }
    take_event(pass, &frame, out, facts);
}

void relay_pass_end(struct relay_pass *pass, enum transport transport, struct buf *out,
                    struct answer_facts *facts)
{
    if (is_over(pass, facts))
        return;
    if (pass->shape == RELAY_PASS_WHOLE) {
        answer_fail(facts, FAILURE_PROTOCOL, "%s", whole_reason);
        return;
    }
    take_rest(pass, transport == TRANSPORT_OK, out, facts);
    if (!answer_is_over(facts))
        pass->judge->end(pass->state, transport, out, facts);
}

int relay_pass_break(const struct relay_pass *pass, struct text message, struct buf *out)
{
    int r = buf_append_text(out, buf_text(&pass->last_word));
    if (r == 0 && !pass->failed_aloud)
        r = pass->judge->break_write(pass->state, message, out);
    return r;
}
