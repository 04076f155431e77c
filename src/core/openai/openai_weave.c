/*
 * One stream of chat completions out of those of all rounds. An event is passed on byte for byte
 * unless something in it has to change; then its JSON is cut:
 *
 *     tool_calls       ours are taken out; behind one of ours the others count on from those shown
 *     id, created,     from the second round on those of the first, for whom one answer has one id
 *     model, role      role is not said again
 *     usage            with what earlier rounds took on top
 *
 * From the event on that has the finish_reason all is held back: until weave_next forgets it, or
 * weave_end gives it out. Where a call is ours, another round may follow, so what such an event
 * says besides is shown at once, and only its end is held:
 *
 *     {"delta":{"content":"x"},"finish_reason":"tool_calls"}, usage
 *     shown  {"delta":{"content":"x"},"finish_reason":null}
 *     held   {"delta":{},"finish_reason":"tool_calls"}, usage
 */
#include "openai/openai_weave.h"

#include <errno.h>
#include <stdlib.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "openai/openai_rounds.h"
#include "text/count.h"

static struct openai_weaver *own(struct tool_weaver *base)
{
    return (struct openai_weaver *)(void *)base;
}

static int begin_round(struct openai_weaver *weaver)
{
    if (!weaver->begun) {
        buf_init(&weaver->head, TOOL_ANSWER_MAX);
        buf_init(&weaver->earlier, TOOL_ANSWER_MAX);
        buf_init(&weaver->usage, TOOL_ANSWER_MAX);
        buf_init(&weaver->held, TOOL_ANSWER_MAX);
        buf_init(&weaver->done, TOOL_ANSWER_MAX);
        weaver->begun = true;
    }
    if (weaver->whole)
        return 0;
    weaver->facts = answer_facts_none();
    weaver->whole = reshape_new();
    return weaver->whole ? 0 : -ENOMEM;
}

static void end_round(struct openai_weaver *weaver)
{
    for (size_t i = 0; i < weaver->call_count; i++) {
        buf_done(&weaver->calls[i].id);
        buf_done(&weaver->calls[i].early);
    }
    free(weaver->calls);
    weaver->calls = NULL;
    weaver->call_count = 0;
    weaver->function_ours = false;
    reshape_free(weaver->whole);
    weaver->whole = NULL;
}

/* ---- an event, read */

static int take_calls(struct openai_weaver *weaver, struct text list, struct openai_chunk *chunk)
{
    struct text piece;
    int64_t place = 0;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(list, &at, &piece);)
        r = openai_weave_take_call(weaver, piece, place++);
    chunk->calls = chunk->calls || place > 0;
    chunk->visible = chunk->visible || (place > 0 && !openai_weave_hides(weaver, list));
    return r;
}

/* As it was before there were tools: one call, its name in the first piece. */
static int take_function(struct openai_weaver *weaver, struct text function,
                         struct openai_chunk *chunk)
{
    struct text name;
    int r = 0;
    if (jsonspan_get(function, "name", &name) && !jsonspan_is_empty(name)) {
        r = tool_name_is_ours(weaver->base.is_ours, weaver->base.arg, name, &weaver->function_ours);
        weaver->base.ours += weaver->function_ours;
        weaver->base.theirs += !weaver->function_ours;
    }
    chunk->calls = true;
    chunk->visible = chunk->visible || !weaver->function_ours;
    return r;
}

static int take_delta(struct openai_weaver *weaver, struct text delta, struct openai_chunk *chunk)
{
    struct text name, value;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_member(delta, &at, &name, &value);) {
        if (jsonspan_name_is(name, "tool_calls"))
            r = take_calls(weaver, value, chunk);
        else if (jsonspan_name_is(name, "function_call") && !jsonspan_is_empty(value))
            r = take_function(weaver, value, chunk);
        else if (jsonspan_name_is(name, "role"))
            chunk->visible = chunk->visible || !weaver->role;
        else
            chunk->visible = chunk->visible || !jsonspan_is_empty(value);
    }
    return r;
}

static int take_choice(struct openai_weaver *weaver, struct text choice, struct openai_chunk *chunk)
{
    struct jsonspan_wanted wanted[] = {{.name = "delta"}, {.name = "finish_reason"}};
    if (!openai_rounds_is_first(choice)) {
        chunk->others = true;
        return 0;
    }
    jsonspan_pick(choice, wanted, COUNT(wanted));
    chunk->first = true;
    chunk->delta = wanted[0].value;
    if (jsonspan_type(wanted[1].value) == JSONSPAN_STRING && wanted[1].value.len > 2)
        chunk->finish = wanted[1].value;
    return take_delta(weaver, chunk->delta, chunk);
}

/* The first event that has an id tells them for all. */
static int keep_head(struct openai_weaver *weaver, const struct jsonspan_wanted wanted[3])
{
    if (weaver->head.len || jsonspan_type(wanted[0].value) != JSONSPAN_STRING ||
        wanted[0].value.len <= 2)
        return 0;
    struct jsonwrite json = jsonwrite_to(&weaver->head);
    jsonwrite_open(&json, NULL, '{');
    for (size_t i = 0; i < 3; i++)
        if (wanted[i].value.at)
            jsonwrite_raw(&json, wanted[i].name, wanted[i].value);
    jsonwrite_close(&json, '}');
    return json.r;
}

static int take_chunk(struct openai_weaver *weaver, struct openai_chunk *chunk)
{
    struct jsonspan_wanted wanted[] = {{.name = "id"},
                                       {.name = "created"},
                                       {.name = "model"},
                                       {.name = "choices"},
                                       {.name = "usage"}};
    struct text choice;
    jsonspan_pick(chunk->data, wanted, COUNT(wanted));
    chunk->choices = wanted[3].value;
    weaver->pieces.count = 0;
    int r = keep_head(weaver, wanted);
    for (size_t at = 0; r == 0 && jsonspan_next(chunk->choices, &at, &choice);)
        r = take_choice(weaver, choice, chunk);
    if (r < 0 || jsonspan_type(wanted[4].value) != JSONSPAN_OBJECT)
        return r;
    chunk->usage = wanted[4].value;
    weaver->apart = weaver->apart || (!chunk->first && !chunk->others);
    buf_reset(&weaver->usage);
    return buf_append_text(&weaver->usage, chunk->usage);
}

/* ---- the stream */

static bool says_role(const struct openai_chunk *chunk)
{
    struct text role;
    return chunk->first && jsonspan_get(chunk->delta, "role", &role) && !jsonspan_is_empty(role);
}

/* Of what the event says of the first choice, is all held back or told already? */
static bool says_nothing(const struct openai_weaver *weaver, const struct openai_chunk *chunk)
{
    bool again = weaver->later && weaver->role && says_role(chunk);
    return chunk->first && !chunk->others && !chunk->visible && (again || chunk->calls);
}

static int pass_chunk(struct openai_weaver *weaver, const struct openai_chunk *chunk,
                      struct buf *out)
{
    if (!chunk->first && chunk->others)
        return openai_weave_write(weaver, chunk, OPENAI_CHUNK_WHOLE, out);
    if (weaver->ended)
        return openai_weave_write(weaver, chunk, OPENAI_CHUNK_WHOLE, &weaver->held);
    if (!chunk->finish.at)
        return says_nothing(weaver, chunk)
                   ? 0
                   : openai_weave_write(weaver, chunk, OPENAI_CHUNK_WHOLE, out);
    weaver->ended = true;
    if (weaver->base.ours == 0)
        return openai_weave_write(weaver, chunk, OPENAI_CHUNK_WHOLE, &weaver->held);
    int r = chunk->visible || chunk->others
                ? openai_weave_write(weaver, chunk, OPENAI_CHUNK_SHOWN, out)
                : 0;
    return r < 0 ? r : openai_weave_write(weaver, chunk, OPENAI_CHUNK_END, &weaver->held);
}

int openai_weave(struct tool_weaver *base, const struct dialect_event *event, struct text raw,
                 struct buf *out)
{
    struct openai_weaver *weaver = own(base);
    struct openai_chunk chunk = {.data = event->data, .raw = raw};
    int r = begin_round(weaver);
    if (r < 0)
        return r;
    if (weaver->facts.done)
        return buf_append_text(&weaver->done, raw);
    if (!event->data.at)
        return buf_append_text(weaver->ended ? &weaver->held : out, raw);
    r = reshape_event(weaver->whole, event->name, event->data, &weaver->facts);
    if (r < 0)
        return r;
    if (weaver->facts.done)
        return buf_append_text(&weaver->done, raw);
    if (weaver->facts.failure != FAILURE_NONE)
        return buf_append_text(out, raw);
    if (jsonspan_check(event->data, NULL) < 0 || jsonspan_type(event->data) != JSONSPAN_OBJECT)
        return buf_append_text(weaver->ended ? &weaver->held : out, raw);
    r = take_chunk(weaver, &chunk);
    if (r == 0)
        r = pass_chunk(weaver, &chunk, out);
    weaver->role = weaver->role || says_role(&chunk);
    return r;
}

int openai_weave_answer(const struct tool_weaver *base, struct buf *out)
{
    const struct openai_weaver *weaver = (const struct openai_weaver *)(const void *)base;
    const struct answer_facts *facts = &weaver->facts;
    bool whole = weaver->whole && facts->failure == FAILURE_NONE && facts->content &&
                 (facts->done || facts->finished);
    return whole ? reshape_write(weaver->whole, out) : -EPROTO;
}

int openai_weave_next(struct tool_weaver *base)
{
    struct openai_weaver *weaver = own(base);
    struct buf sum;
    int r = begin_round(weaver);
    buf_init(&sum, TOOL_ANSWER_MAX);
    if (r == 0)
        r = tool_usage_sum(buf_text(&weaver->earlier), buf_text(&weaver->usage), &sum);
    if (r < 0) {
        buf_done(&sum);
        return r;
    }
    buf_done(&weaver->earlier);
    weaver->earlier = sum;
    buf_reset(&weaver->usage);
    buf_reset(&weaver->held);
    buf_reset(&weaver->done);
    end_round(weaver);
    weaver->ended = false;
    weaver->later = true;
    base->ours = base->theirs = 0;
    return 0;
}

/* The app has asked for usage, and the last round told none. */
static int write_usage(struct openai_weaver *weaver, struct buf *out)
{
    struct jsonspan_wanted head[] = {{.name = "id"}, {.name = "created"}, {.name = "model"}};
    struct buf data;
    struct jsonwrite json = jsonwrite_to(&data);
    buf_init(&data, TOOL_ANSWER_MAX);
    jsonspan_pick(buf_text(&weaver->head), head, COUNT(head));
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "object", text_of("chat.completion.chunk"));
    for (size_t i = 0; i < COUNT(head); i++)
        if (head[i].value.at)
            jsonwrite_raw(&json, head[i].name, head[i].value);
    jsonwrite_raw(&json, "choices", text_of("[]"));
    jsonwrite_raw(&json, "usage", buf_text(&weaver->earlier));
    jsonwrite_close(&json, '}');
    int r = json.r < 0 ? json.r : openai_weave_write_data(buf_text(&data), out);
    buf_done(&data);
    return r;
}

int openai_weave_end(struct tool_weaver *base, struct text comment, struct buf *out)
{
    struct openai_weaver *weaver = own(base);
    int r = buf_append_text(out, comment);
    if (r == 0)
        r = buf_append_text(out, buf_text(&weaver->held));
    if (r == 0 && weaver->apart && weaver->usage.len == 0)
        r = write_usage(weaver, out);
    return r < 0 ? r : buf_append_text(out, buf_text(&weaver->done));
}

void openai_weaver_done(struct tool_weaver *base)
{
    struct openai_weaver *weaver = own(base);
    end_round(weaver);
    tool_marks_done(&weaver->pieces);
    buf_done(&weaver->head);
    buf_done(&weaver->earlier);
    buf_done(&weaver->usage);
    buf_done(&weaver->held);
    buf_done(&weaver->done);
}
