/*
 * One stream of /api/chat out of those of all rounds. Lines are passed on byte for byte but for
 * calls that are ours, which are taken out, and the line that ends a round: it is held back until
 * weave_next forgets it, or weave_end gives it out, with what earlier rounds took on top. Where a
 * call is ours another round may follow, so what a last line says besides is shown at once:
 *
 *     {"message":{"content":"x"},"done":true,"eval_count":3}
 *     shown  {"message":{"content":"x"},"done":false}
 *     held   the line
 */
#include <errno.h>

#include "json/jsoncut.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "ollama/dialect_ollama.h"
#include "openai/openai_rounds.h"
#include "text/count.h"

static struct dialect_ollama_weaver *own(struct tool_weaver *base)
{
    return (struct dialect_ollama_weaver *)(void *)base;
}

static void begin(struct dialect_ollama_weaver *weaver)
{
    struct buf *const bufs[] = {&weaver->content, &weaver->thinking, &weaver->calls,
                                &weaver->others,  &weaver->last,     &weaver->held,
                                &weaver->earlier};
    for (size_t i = 0; !weaver->begun && i < COUNT(bufs); i++)
        buf_init(bufs[i], TOOL_ANSWER_MAX);
    weaver->begun = true;
}

/* What a line tells; at NULL where it does not. */
struct line {
    struct text data, raw;
    struct text message;
    bool done;
    bool visible; /* something for the app is left of its message */
};

/* ---- the round's answer */

static int add_with_comma(struct buf *list, struct text entry)
{
    int r = list->len ? buf_append(list, ",", 1) : 0;
    return r < 0 ? r : buf_append_text(list, entry);
}

static int add_calls(struct buf *calls, struct text list)
{
    struct text call;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(list, &at, &call);)
        r = add_with_comma(calls, call);
    return r;
}

/* As texts that go on, calls one behind the other, and of everything else what comes. */
static int gather(struct dialect_ollama_weaver *weaver, struct text message)
{
    struct text name, value;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_member(message, &at, &name, &value);) {
        if (jsonspan_name_is(name, "role") || jsonspan_is_empty(value))
            continue;
        if (jsonspan_name_is(name, "content"))
            r = openai_rounds_content_add(value, &weaver->content);
        else if (jsonspan_name_is(name, "thinking"))
            r = openai_rounds_content_add(value, &weaver->thinking);
        else if (jsonspan_name_is(name, "tool_calls"))
            r = add_calls(&weaver->calls, value);
        else
            r = add_with_comma(&weaver->others,
                               text_make(name.at, (size_t)(value.at + value.len - name.at)));
    }
    return r;
}

static int write_message(const struct dialect_ollama_weaver *weaver, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "role", text_of("assistant"));
    jsonwrite_string(&json, "content", buf_text(&weaver->content));
    jsonwrite_filled(&json, "thinking", buf_text(&weaver->thinking));
    if (weaver->others.len)
        jsonwrite_raw(&json, NULL, buf_text(&weaver->others));
    if (weaver->calls.len) {
        jsonwrite_open(&json, "tool_calls", '[');
        jsonwrite_raw(&json, NULL, buf_text(&weaver->calls));
        jsonwrite_close(&json, ']');
    }
    jsonwrite_close(&json, '}');
    return json.r;
}

static bool is_message(const void *arg, struct text name, struct text value)
{
    (void)arg, (void)value;
    return jsonspan_name_is(name, "message");
}

int dialect_ollama_weave_answer(const struct tool_weaver *base, struct buf *out)
{
    const struct dialect_ollama_weaver *weaver =
        (const struct dialect_ollama_weaver *)(const void *)base;
    struct jsoncut cut = {.body = buf_text(&weaver->last), .out = out};
    struct buf front;
    if (weaver->failed || weaver->last.len == 0)
        return -EPROTO;
    buf_init(&front, TOOL_ANSWER_MAX);
    int r = buf_append_string(&front, "\"message\":");
    if (r == 0)
        r = write_message(weaver, &front);
    const struct jsoncut_entries entries = {.drops = is_message, .front = buf_text(&front)};
    if (r == 0)
        r = jsoncut_walk(&cut, cut.body, &entries);
    buf_done(&front);
    return r < 0 ? r : jsoncut_end(&cut);
}

/* ---- lines */

static bool is_object(struct text data)
{
    return jsonspan_check(data, NULL) == 0 && jsonspan_type(data) == JSONSPAN_OBJECT;
}

static bool tells_error(struct text data)
{
    struct text error;
    return jsonspan_get(data, "error", &error) && jsonspan_type(error) != JSONSPAN_NULL;
}

static void read_line(struct line *line)
{
    struct jsonspan_wanted wanted[] = {{.name = "message"}, {.name = "done"}};
    jsonspan_pick(line->data, wanted, COUNT(wanted));
    line->message = wanted[0].value;
    line->done = jsonspan_type(wanted[1].value) == JSONSPAN_TRUE;
}

/* Of the calls, is one not ours? */
static bool shows_a_call(struct text list, const struct tool_marks *marks)
{
    struct text call;
    for (size_t at = 0; jsonspan_next(list, &at, &call);) {
        const struct tool_mark *mark = tool_marks_find(marks, call);
        if (!mark || mark->number != DIALECT_OLLAMA_OURS)
            return true;
    }
    return false;
}

static bool is_visible(struct text message, const struct tool_marks *marks)
{
    struct text name, value;
    for (size_t at = 0; jsonspan_member(message, &at, &name, &value);) {
        bool calls = jsonspan_name_is(name, "tool_calls");
        if (calls ? shows_a_call(value, marks)
                  : !jsonspan_is_empty(value) && !jsonspan_name_is(name, "role"))
            return true;
    }
    return false;
}

static int write_line(const struct dialect_ollama_edit *edit, const struct line *line,
                      struct buf *out)
{
    struct buf json;
    bool changed = false;
    buf_init(&json, TOOL_ANSWER_MAX);
    int r = dialect_ollama_edit(edit, line->data, &changed, &json);
    if (r == 0)
        r = buf_append_text(out, changed ? buf_text(&json) : line->raw);
    if (r == 0 && changed)
        r = buf_append(out, "\n", 1);
    buf_done(&json);
    return r;
}

/* The numbers that the end of all rounds tells; empty = those of the line. */
static int sum_up(const struct dialect_ollama_weaver *weaver, struct text line, struct buf *counts)
{
    if (weaver->earlier.len == 0)
        return 0;
    int r = buf_append_text(counts, buf_text(&weaver->earlier));
    return r < 0 ? r : dialect_ollama_count(counts, line);
}

/* What the app gets of the line that ends the round is held, but for what it says besides. */
static int end_round(struct dialect_ollama_weaver *weaver, const struct line *line,
                     struct dialect_ollama_edit *edit, struct buf *out)
{
    bool apart = weaver->base.ours > 0 && line->visible;
    struct buf counts;
    int r = buf_append_text(&weaver->last, line->data);
    buf_init(&counts, TOOL_ANSWER_MAX);
    if (r == 0 && apart) {
        edit->part = DIALECT_OLLAMA_SHOWN;
        r = write_line(edit, line, out);
        edit->part = DIALECT_OLLAMA_END;
    }
    if (r == 0)
        r = sum_up(weaver, line->data, &counts);
    edit->counts = buf_text(&counts);
    if (r == 0)
        r = write_line(edit, line, &weaver->held);
    buf_done(&counts);
    return r;
}

static int take_line(struct dialect_ollama_weaver *weaver, struct line *line, struct buf *out)
{
    struct dialect_ollama_edit edit = {.part = DIALECT_OLLAMA_WHOLE};
    int r = gather(weaver, line->message);
    if (r == 0)
        r = dialect_ollama_mark_calls(line->message, &weaver->base, &edit.calls);
    line->visible = is_visible(line->message, &edit.calls);
    if (r == 0 && line->done)
        r = end_round(weaver, line, &edit, out);
    else if (r == 0 && (line->visible || edit.calls.count == 0))
        r = write_line(&edit, line, out);
    tool_marks_done(&edit.calls);
    return r;
}

int dialect_ollama_weave(struct tool_weaver *base, const struct dialect_event *event,
                         struct text raw, struct buf *out)
{
    struct dialect_ollama_weaver *weaver = own(base);
    struct line line = {.data = event->data, .raw = raw};
    bool object = event->data.at && is_object(event->data);
    begin(weaver);
    weaver->failed = weaver->failed || (object && tells_error(event->data));
    if (weaver->failed)
        return buf_append_text(out, raw);
    if (weaver->last.len)
        return buf_append_text(&weaver->held, raw);
    if (!object)
        return buf_append_text(out, raw);
    read_line(&line);
    return take_line(weaver, &line, out);
}

int dialect_ollama_weave_next(struct tool_weaver *base)
{
    struct dialect_ollama_weaver *weaver = own(base);
    begin(weaver);
    int r = dialect_ollama_count(&weaver->earlier, buf_text(&weaver->last));
    if (r < 0)
        return r;
    buf_reset(&weaver->content);
    buf_reset(&weaver->thinking);
    buf_reset(&weaver->calls);
    buf_reset(&weaver->others);
    buf_reset(&weaver->last);
    buf_reset(&weaver->held);
    weaver->failed = false;
    base->ours = base->theirs = 0;
    return 0;
}

int dialect_ollama_weave_end(struct tool_weaver *base, struct text comment, struct buf *out)
{
    (void)comment;
    return buf_append_text(out, buf_text(&own(base)->held));
}

void dialect_ollama_weaver_done(struct tool_weaver *base)
{
    struct dialect_ollama_weaver *weaver = own(base);
    buf_done(&weaver->content);
    buf_done(&weaver->thinking);
    buf_done(&weaver->calls);
    buf_done(&weaver->others);
    buf_done(&weaver->last);
    buf_done(&weaver->held);
    buf_done(&weaver->earlier);
}
