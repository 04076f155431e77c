/*
 * The provider's stream is judged as any other; here its events are taken apart and written again
 * with the id of the stream that broke, since only the text past the seam may go out. The end is
 * written when the stream is done, because its usage comes last.
 */
#include "answer/relay_resume.h"

#include <errno.h>

static const char differs[] = "the answer does not begin with what was sent";
static const char too_short[] = "the answer is shorter than what was sent";
static const char unsure[] = "the answer may go on with the text that was sent, or repeat it";
static const char other_kind[] = "the answer goes on with something other than text";

/* A model may well say a shorter text twice in a row: whether it is an echo cannot be told. */
#define ECHO_MIN 16
/* An event of the half, which may be the end of the whole with what led to it. */
#define EVENT_MAX ((size_t)16 << 20)

int relay_resume_init(struct relay_resume *resume, const struct dialect *app,
                      const struct relay_resume_from *from, const struct dialect_writer *how)
{
    struct dialect_writer begun = *how;
    begun.begun = true;
    *resume = (struct relay_resume){
        .app = app->app,
        .writer = dialect_writer_new(app->app, &begun),
        .expected = from->prefilled ? (struct text){0} : from->so_far,
        .echo = from->prefilled ? from->so_far : (struct text){0},
        .seam = from->seam,
    };
    frames_init(&resume->frames, app->framing, EVENT_MAX);
    buf_init(&resume->content, ANSWER_EVENT_MAX);
    if (!resume->writer)
        return -ENOMEM;
    return from->told ? resume->app->copy(resume->writer, from->told) : 0;
}

void relay_resume_done(struct relay_resume *resume)
{
    dialect_writer_free(resume->app, resume->writer);
    frames_done(&resume->frames);
    buf_done(&resume->content);
}

/* Lines have no place for a comment. */
static int write_delta(struct relay_resume *resume, const struct chat_delta *delta, struct buf *out)
{
    int r = 0;
    if (resume->seam && resume->frames.framing == DIALECT_SSE)
        r = buf_printf(out, ": understudy continued on %s\n", resume->seam);
    resume->seam = NULL;
    return r < 0 ? r : resume->app->event_write(resume->writer, delta, out);
}

/* What the provider was given may come once more. NULL, or why nothing of it may be used. */
static const char *pass_over_echo(struct relay_resume *resume, struct text *content)
{
    struct text echo = resume->echo;
    resume->echo = (struct text){0};
    if (echo.len == 0 || content->len < echo.len || memcmp(content->at, echo.at, echo.len) != 0)
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

static void take_content(struct relay_resume *resume, struct buf *out, struct answer_facts *facts)
{
    struct chat_piece piece = {.kind = CHAT_PIECE_TEXT, .text = buf_text(&resume->content)};
    const struct chat_delta delta = {.pieces = &piece, .piece_count = 1};
    const char *why = pass_over(resume, &piece.text);
    if (why) {
        answer_fail(facts, FAILURE_PROTOCOL, "%s", why);
        return;
    }
    facts->underway = true;
    if (piece.text.len == 0)
        return;
    facts->content = true;
    if (write_delta(resume, &delta, out) < 0)
        answer_fail_errno(facts, -ENOMEM);
}

static void take_event(struct relay_resume *resume, struct text data, struct buf *out,
                       struct answer_facts *facts)
{
    struct dialect_said said;
    buf_reset(&resume->content);
    int r = resume->app->said_read(data, &resume->content, &said);
    if (r == -EPROTO)
        return;
    if (r < 0)
        answer_fail_errno(facts, -ENOMEM);
    else if (said.other)
        answer_fail(facts, FAILURE_PROTOCOL, "%s", other_kind);
    if (facts->failure == FAILURE_NONE && resume->content.len)
        take_content(resume, out, facts);
    if (facts->failure != FAILURE_NONE || said.finish == CHAT_FINISH_NONE)
        return;
    resume->finish = said.finish;
    if (resume->matched < resume->expected.len)
        answer_fail(facts, FAILURE_PROTOCOL, "%s", too_short);
}

static void write_end(struct relay_resume *resume, const struct answer_facts *half, struct buf *out,
                      struct answer_facts *facts)
{
    struct chat_delta delta = {
        .finish = resume->finish ? resume->finish : CHAT_FINISH_STOP,
        .usage = {half->prompt_tokens, half->completion_tokens, half->cached_tokens, -1, -1}};
    facts->prompt_tokens = half->prompt_tokens;
    facts->completion_tokens = half->completion_tokens;
    facts->cached_tokens = half->cached_tokens;
    facts->policy = half->policy;
    if (write_delta(resume, &delta, out) < 0)
        answer_fail_errno(facts, -ENOMEM);
    facts->content = facts->finished = facts->done = true;
}

void relay_resume_take(struct relay_resume *resume, struct buf *from,
                       const struct answer_facts *half, struct buf *out, struct answer_facts *facts)
{
    bool failed = facts->failure != FAILURE_NONE;
    struct text bytes = buf_text(from);
    struct frame frame;
    while (bytes.len && facts->failure == FAILURE_NONE &&
           frames_push(&resume->frames, &bytes, facts))
        while (facts->failure == FAILURE_NONE && frames_next(&resume->frames, &frame))
            if (frame.event.data.at)
                take_event(resume, frame.event.data, out, facts);
    buf_consume(from, from->len);
    if (!failed && facts->failure != FAILURE_NONE)
        resume->failed = true;
    if (half->failure != FAILURE_NONE)
        answer_fail_error(facts, half->failure, &half->error);
    else if (half->done && !answer_is_over(facts))
        write_end(resume, half, out, facts);
}

int relay_resume_break(struct relay_resume *resume, struct text message, struct buf *out)
{
    return resume->app->break_write(resume->writer, message, out);
}
