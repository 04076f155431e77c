/*
 * One stream of the streams of all rounds:
 *
 *     round's bytes --> frames --> weaver of the app's dialect --> out --> the app
 *                                                              \--> its judge: is that content?
 *
 * The weaver holds our calls and the ends of rounds back; the judge looks at what is told, as an
 * app would.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rounds/tool_run.h"

/* More than that waits for a slow reader: then nothing more is taken of the round. */
#define OUT_HIGH ((size_t)64 << 10)
#define OUT_MAX  ((size_t)256 << 20)
/* Of the round's bytes that are woven at a time. */
#define PIECE ((size_t)16 << 10)

static const struct dialect *dialect_of(const struct tool_run *run)
{
    return run->request.dialect;
}

void tool_run_stream_init(struct tool_run *run)
{
    struct tool_run_stream *stream = &run->stream;
    const struct dialect *dialect = dialect_of(run);
    buf_init(&stream->out, OUT_MAX);
    frames_init(&stream->frames, dialect->framing, ANSWER_EVENT_MAX);
    frames_init(&stream->told, dialect->framing, ANSWER_EVENT_MAX);
    stream->judge = xcalloc(1, dialect->judge->size);
}

void tool_run_stream_done(struct tool_run *run)
{
    struct tool_run_stream *stream = &run->stream;
    tool_weaver_free(dialect_of(run)->tools, stream->weaver);
    frames_done(&stream->frames);
    frames_done(&stream->told);
    free(stream->judge);
    buf_done(&stream->out);
}

/* What has been put behind the first `from` bytes of out, as the app will read it. */
static void judge(struct tool_run *run, size_t from)
{
    struct tool_run_stream *stream = &run->stream;
    struct answer_facts facts = answer_facts_none();
    struct text bytes = text_skip(buf_text(&stream->out), from);
    struct frame frame;
    while (bytes.len > 0 && frames_push(&stream->told, &bytes, &facts))
        while (frames_next(&stream->told, &frame))
            dialect_of(run)->judge->event(stream->judge, &frame.event, &facts);
    stream->content |= facts.content;
    if (facts.failure != FAILURE_NONE && !stream->failed) {
        stream->failed = true;
        stream->failed_at = from;
    }
}

static void give_up(struct tool_run *run)
{
    run->stream.broken = true;
    run->stream.source = NULL;
}

static void weave(struct tool_run *run, struct text bytes)
{
    struct tool_run_stream *stream = &run->stream;
    const char *heartbeat = dialect_of(run)->app->heartbeat;
    struct answer_facts facts = answer_facts_none();
    struct frame frame;
    if (heartbeat && text_equals(bytes, heartbeat)) { /* between two events; no event of its own */
        alloc_must(buf_append_text(&stream->out, bytes));
        stream->beats = true;
        return;
    }
    while (bytes.len > 0 && !stream->broken) {
        if (!frames_push(&stream->frames, &bytes, &facts))
            give_up(run);
        while (!stream->broken && frames_next(&stream->frames, &frame)) {
            size_t before = stream->out.len;
            if (dialect_of(run)->tools->weave(stream->weaver, &frame.event, frame.raw,
                                              &stream->out) < 0) {
                buf_cut(&stream->out, before);
                give_up(run);
            }
            judge(run, before);
        }
    }
}

/* In the turn in which an attempt ends its exchange may not have heard of it yet: what it has to
 * add comes behind the tasks that are queued now. So an end counts when it is met once more. */
void tool_run_stream_take(struct tool_run *run)
{
    struct tool_run_stream *stream = &run->stream;
    if (!stream->weaver) {
        stream->weaver = tool_weaver_new(dialect_of(run)->tools, tool_kit_is_ours, &run->kit);
        alloc_must(stream->weaver ? 0 : -1);
    }
    while (stream->source && stream->out.len < OUT_HIGH) {
        struct text piece = text_of("");
        enum reply_more more = stream->source->look(stream->source_arg, &piece);
        if (more == REPLY_WAIT)
            break;
        if (more == REPLY_BYTES) {
            const struct reply_source *source = stream->source; /* weaving may end it */
            stream->ends = false;
            piece.len = piece.len < PIECE ? piece.len : PIECE;
            weave(run, piece);
            source->take(stream->source_arg, piece.len);
            continue;
        }
        if (!stream->ends) {
            stream->ends = true;
            tool_run_wake(run);
            break;
        }
        stream->source = NULL;
        stream->round_over = more == REPLY_END;
        stream->broken |= more == REPLY_BROKEN;
    }
}

bool tool_run_stream_answer(struct tool_run *run, struct buf *ret)
{
    buf_init(ret, TOOL_ANSWER_MAX);
    return dialect_of(run)->tools->weave_answer(run->stream.weaver, ret) == 0;
}

void tool_run_stream_next(struct tool_run *run)
{
    struct tool_run_stream *stream = &run->stream;
    stream->round_over = stream->ends = false;
    stream->source = NULL;
    if (!stream->weaver)
        return;
    if (dialect_of(run)->tools->weave_next(stream->weaver) < 0)
        stream->broken = true;
    frames_done(&stream->frames);
    frames_init(&stream->frames, dialect_of(run)->framing, ANSWER_EVENT_MAX);
}

bool tool_run_stream_is_untold(const struct tool_run *run)
{
    const struct tool_run_stream *stream = &run->stream;
    bool fails = stream->broken || (stream->round_over && stream->failed);
    return fails && !stream->headed && !stream->content && !stream->beats;
}

void tool_run_stream_forget(struct tool_run *run)
{
    struct tool_run_stream *stream = &run->stream;
    if (stream->failed)
        buf_cut(&stream->out, stream->failed_at);
    stream->failed = stream->broken = false;
}

/* How the calls are told in a stream: in a comment, as its head went out long before. */
static void write_comment(const struct tool_run *run, struct buf *out)
{
    struct buf calls;
    buf_init(&calls, 4096);
    tool_notes_write(&run->past.notes, &calls);
    if (calls.len > 0 && dialect_of(run)->framing == DIALECT_SSE)
        alloc_must(buf_printf(out, ": understudy tools %s\n", calls.data));
    buf_done(&calls);
}

void tool_run_stream_end(struct tool_run *run)
{
    struct tool_run_stream *stream = &run->stream;
    struct buf comment;
    size_t before = stream->out.len;
    buf_init(&comment, 8192);
    write_comment(run, &comment);
    stream->whole =
        dialect_of(run)->tools->weave_end(stream->weaver, buf_text(&comment), &stream->out) == 0;
    if (!stream->whole) {
        buf_cut(&stream->out, before);
        stream->broken = true;
    }
    buf_done(&comment);
}

void tool_run_stream_fail(struct tool_run *run, struct text message)
{
    struct tool_run_stream *stream = &run->stream;
    const struct dialect_judge *judge_of = dialect_of(run)->judge;
    int r = judge_of->break_write(stream->judge, message, &stream->out);
    stream->source = NULL;
    stream->whole = r == 0 && judge_of->breaks_well;
    stream->broken = !stream->whole;
}

bool tool_run_stream_beat(struct tool_run *run)
{
    const char *heartbeat = dialect_of(run)->app->heartbeat;
    if (!run->stream.weaver || !heartbeat)
        return false;
    if (run->stream.out.len == 0)
        alloc_must(buf_append_string(&run->stream.out, heartbeat));
    run->stream.beats = true;
    return true;
}

static enum reply_more look_at_stream(void *arg, struct text *ret_bytes)
{
    const struct tool_run *run = arg;
    const struct tool_run_stream *stream = &run->stream;
    *ret_bytes = buf_text(&stream->out);
    if (ret_bytes->len > 0)
        return REPLY_BYTES;
    if (stream->whole)
        return REPLY_END;
    return stream->broken ? REPLY_BROKEN : REPLY_WAIT;
}

static void take_of_stream(void *arg, size_t n)
{
    struct tool_run *run = arg;
    struct tool_run_stream *stream = &run->stream;
    buf_consume(&stream->out, n);
    if (stream->source && stream->out.len < OUT_HIGH)
        tool_run_wake(run);
}

const struct reply_source tool_run_stream_source = {.look = look_at_stream, .take = take_of_stream};
