/*
 * event -> neutral delta -> events. What says that nothing follows brings the whole end of the
 * stream with it, so nothing that happens to the connection afterwards matters.
 */
#include "answer/relay_translate.h"

#include <errno.h>
#include <stdlib.h>

#include "json/jsonspan.h"

int relay_translate_init(struct relay_translate *translate, const struct dialect *from,
                         const struct dialect *to, const struct dialect_writer *how)
{
    *translate = (struct relay_translate){.from = from->provider, .to = to->app};
    frames_init(&translate->frames, from->framing, ANSWER_EVENT_MAX);
    chat_delta_init(&translate->delta);
    translate->end.usage = translate->delta.usage;
    buf_init(&translate->end.stop_sequence, ANSWER_EVENT_MAX);
    translate->writer = dialect_writer_new(to->app, how);
    if (from->provider->reader_size > 0)
        translate->reader = calloc(1, from->provider->reader_size);
    bool whole = translate->writer && (translate->reader || from->provider->reader_size == 0);
    return whole ? 0 : -ENOMEM;
}

void relay_translate_done(struct relay_translate *translate)
{
    if (!translate)
        return;
    dialect_writer_free(translate->to, translate->writer);
    free(translate->reader);
    frames_done(&translate->frames);
    chat_delta_done(&translate->delta);
    buf_done(&translate->end.stop_sequence);
}

/* How the answer ends may be told in several events: all of it goes out with the last. */
static int keep_end(struct relay_translate *translate)
{
    const struct chat_delta *delta = &translate->delta;
    struct relay_translate_end *end = &translate->end;
    chat_usage_take(&end->usage, &delta->usage);
    if (delta->finish == CHAT_FINISH_NONE)
        return 0;
    end->finish = delta->finish;
    buf_reset(&end->stop_sequence);
    return buf_append_text(&end->stop_sequence, delta->stop_sequence);
}

static void note(const struct relay_translate *translate, struct answer_facts *facts)
{
    const struct chat_delta *delta = &translate->delta;
    const struct relay_translate_end *end = &translate->end;
    bool finished = end->finish != CHAT_FINISH_NONE;
    for (size_t i = 0; i < delta->piece_count; i++) {
        facts->tool_calls += delta->pieces[i].kind == CHAT_PIECE_CALL_BEGIN;
        bool hidden =
            delta->pieces[i].kind == CHAT_PIECE_REASONING && translate->to->hides_reasoning;
        if (hidden)
            facts->underway = true; /* no content for the app, but a sign of life */
        else
            facts->content = true;
    }
    facts->finished = finished || delta->done;
    facts->done = delta->done;
    facts->content = facts->content || facts->finished;
    facts->policy = end->finish == CHAT_FINISH_FILTER;
    if (!facts->done)
        return;
    facts->prompt_tokens = end->usage.prompt;
    facts->completion_tokens = end->usage.completion;
    facts->cached_tokens = end->usage.cached;
}

/* Room for one more piece, before that one or at the end. */
static int insert_piece(struct chat_delta *delta, size_t at, struct text text)
{
    if (!chat_add_piece(delta, CHAT_PIECE_TEXT))
        return -ENOMEM;
    for (size_t i = delta->piece_count - 1; i > at; i--)
        delta->pieces[i] = delta->pieces[i - 1];
    delta->pieces[at] = (struct chat_piece){.kind = CHAT_PIECE_TEXT, .text = text};
    return 0;
}

/* An answer without a text is none to be announced. last: nothing follows. */
static int announce(struct relay_translate *translate, bool last)
{
    struct chat_delta *delta = &translate->delta;
    bool begins = false;
    size_t first = 0, behind = delta->piece_count;
    for (size_t i = delta->piece_count; translate->announce.len > 0 && i-- > 0;) {
        if (delta->pieces[i].kind != CHAT_PIECE_TEXT)
            continue;
        behind = begins ? behind : i + 1;
        begins = true;
        first = i;
    }
    bool before = begins && !translate->has_text && !translate->announce_behind;
    translate->has_text = translate->has_text || begins;
    if (before)
        return insert_piece(delta, first, translate->announce);
    if (last && translate->has_text && translate->announce_behind)
        return insert_piece(delta, behind, translate->announce);
    return 0;
}

/* With the last delta the end is told, all of it; with those before nothing of it. */
static struct chat_delta with_end(const struct relay_translate *translate)
{
    const struct relay_translate_end *end = &translate->end;
    struct chat_delta told = translate->delta;
    told.finish = CHAT_FINISH_NONE;
    if (!told.done)
        return told;
    told.finish = end->finish ? end->finish : CHAT_FINISH_STOP;
    told.stop_sequence = buf_text(&end->stop_sequence);
    told.usage = end->usage;
    return told;
}

/* Half of an event never stays in out. */
static int write_events(struct relay_translate *translate, struct buf *out)
{
    size_t before = out->len;
    const struct chat_delta *told = &translate->delta;
    struct chat_delta changed;
    if (told->done || told->finish != CHAT_FINISH_NONE) {
        changed = with_end(translate);
        told = &changed;
    }
    int r = translate->to->event_write(translate->writer, told, out);
    if (r < 0 && out->len > before) {
        out->len = before;
        out->data[before] = '\0';
    }
    return r;
}

/* What was read into delta goes out. */
static void take_delta(struct relay_translate *translate, struct buf *out,
                       struct answer_facts *facts)
{
    if (facts->failure != FAILURE_NONE)
        return;
    int r = keep_end(translate);
    if (r == 0)
        r = announce(translate, translate->delta.done);
    if (r == 0)
        r = write_events(translate, out);
    if (r < 0)
        answer_fail_errno(facts, r);
    else
        note(translate, facts);
}

static void take_event(struct relay_translate *translate, const struct dialect_event *event,
                       struct buf *out, struct answer_facts *facts)
{
    if (!event->data.at)
        return;
    translate->from->event_read(translate->reader, event, &translate->delta, facts);
    take_delta(translate, out, facts);
}

void relay_translate_feed(struct relay_translate *translate, struct text bytes, struct buf *out,
                          struct answer_facts *facts)
{
    struct frame frame;
    while (bytes.len && !answer_is_over(facts) && frames_push(&translate->frames, &bytes, facts))
        while (!answer_is_over(facts) && frames_next(&translate->frames, &frame))
            take_event(translate, &frame.event, out, facts);
}

/*
 * A last event without its end counts when it is JSON as a whole: a cut one never is. Where how the
 * answer ended has come, only a connection that breaks makes it a half one.
 */
void relay_translate_end(struct relay_translate *translate, enum transport transport,
                         struct buf *out, struct answer_facts *facts)
{
    struct frame frame;
    size_t came = 0;
    if (answer_is_over(facts))
        return;
    if (frames_close(&translate->frames, &frame, &came) &&
        jsonspan_check(frame.event.data, NULL) == 0)
        take_event(translate, &frame.event, out, facts);
    if (answer_is_over(facts))
        return;
    if (!answer_ends_well(facts, transport)) {
        answer_fail_cut(facts, transport, ANSWER_CUT);
        return;
    }
    chat_delta_reset(&translate->delta);
    translate->delta.done = true;
    take_delta(translate, out, facts);
}

int relay_translate_break(struct relay_translate *translate, struct text message, struct buf *out)
{
    return translate->to->break_write(translate->writer, message, out);
}

void relay_translate_whole(struct relay_translate *translate, struct text body, struct buf *out,
                           struct answer_facts *facts)
{
    translate->from->answer_read(body, &translate->delta, facts);
    if (facts->failure != FAILURE_NONE)
        return;
    translate->delta.done = true;
    int r = keep_end(translate);
    if (r == 0)
        r = announce(translate, true);
    struct chat_delta told = with_end(translate);
    if (r == 0)
        r = translate->to->answer_write(translate->writer, &told, out);
    if (r < 0)
        answer_fail_errno(facts, r);
    else
        note(translate, facts);
}
