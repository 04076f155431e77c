/*
 * The data of most events stands in one piece in their bytes, so that a change is one of the bytes
 * themselves. Where it came in several lines it was put together elsewhere, and the event is
 * written anew.
 */
#include "dialect/weave.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/tools.h"
#include "json/jsoncut.h"
#include "json/jsonspan.h"

static void add_edit(struct weave_edits *edits, const struct weave_edit *edit)
{
    size_t i = edits->count++;
    assert(i < WEAVE_EDIT_MAX);
    for (; i > 0 && edits->at[i - 1].part.at > edit->part.at; i--)
        edits->at[i] = edits->at[i - 1];
    edits->at[i] = *edit;
}

void weave_replace(struct weave_edits *edits, struct text part, struct text by)
{
    add_edit(edits, &(struct weave_edit){.part = part, .by = by});
}

void weave_replace_number(struct weave_edits *edits, struct text part, int64_t by)
{
    add_edit(edits, &(struct weave_edit){.part = part, .number = by});
}

void weave_put(struct weave_edits *edits, struct text object, const char *name, struct text by)
{
    struct text value, other;
    if (jsonspan_get(object, name, &value)) {
        weave_replace(edits, value, by);
        return;
    }
    if (jsonspan_type(object) != JSONSPAN_OBJECT)
        return;
    const char *brace = memchr(object.at, '{', object.len);
    size_t at = 0;
    struct weave_edit edit = {.part = text_make(brace + 1, 0),
                              .name = name,
                              .by = by,
                              .comma = jsonspan_member(object, &at, &other, &value)};
    for (size_t i = 0; i < edits->count; i++)
        if (edits->at[i].name && edits->at[i].part.at == edit.part.at)
            edits->at[i].comma = true;
    add_edit(edits, &edit);
}

static int write_edit(struct jsoncut *cut, const struct weave_edit *edit)
{
    int r = jsoncut_replace(cut, edit->part, text_of(""));
    if (r == 0 && edit->name)
        r = buf_printf(cut->out, "\"%s\":", edit->name);
    if (r == 0)
        r = edit->by.at ? buf_append_text(cut->out, edit->by)
                        : buf_printf(cut->out, "%lld", (long long)edit->number);
    return r == 0 && edit->name && edit->comma ? buf_append(cut->out, ",", 1) : r;
}

int weave_text(struct text text, const struct weave_edits *edits, struct buf *out)
{
    struct jsoncut cut = {.body = text, .out = out, .changed = true};
    int r = 0;
    for (size_t i = 0; i < edits->count && r == 0; i++)
        r = write_edit(&cut, &edits->at[i]);
    return r == 0 ? jsoncut_end(&cut) : r;
}

static bool is_within(struct text part, struct text whole)
{
    uintptr_t at = (uintptr_t)part.at, begin = (uintptr_t)whole.at;
    return at >= begin && at + part.len <= begin + whole.len;
}

/* In one line: JSON has line ends only where they mean nothing. */
static int write_anew(const struct dialect_event *event, const struct weave_edits *edits,
                      struct buf *out)
{
    struct buf data;
    buf_init(&data, out->max);
    int r = weave_text(event->data, edits, &data);
    if (r == 0 && event->name.len)
        r = buf_printf(out, "event: %.*s\n", TEXT_ARG(event->name));
    if (r == 0)
        r = buf_append_string(out, "data: ");
    if (r == 0)
        r = jsonspan_compact(buf_text(&data), out);
    buf_done(&data);
    return r == 0 ? buf_append_string(out, "\n\n") : r;
}

int weave_event(const struct dialect_event *event, struct text raw, const struct weave_edits *edits,
                struct buf *out)
{
    if (edits->count == 0)
        return buf_append_text(out, raw);
    return is_within(event->data, raw) ? weave_text(raw, edits, out)
                                       : write_anew(event, edits, out);
}

static int add_comma(struct buf *out, char bracket)
{
    bool first = out->len == 0 || out->data[out->len - 1] == bracket;
    return first ? 0 : buf_append(out, ",", 1);
}

int weave_element(struct text value, struct buf *elements)
{
    int r = add_comma(elements, '[');
    return r == 0 ? buf_append_text(elements, value) : r;
}

int weave_member(struct text name, struct text value, struct buf *object)
{
    int r = add_comma(object, '{');
    r = r < 0 ? r : buf_append_text(object, name);
    r = r < 0 ? r : buf_append(object, ":", 1);
    return r < 0 ? r : buf_append_text(object, value);
}

int weave_check(const struct buf *out, size_t begin)
{
    return jsonspan_check(text_skip(buf_text(out), begin), NULL) < 0 ? -EPROTO : 0;
}

int weave_usage(struct buf *sum, struct text usage)
{
    struct buf grown;
    buf_init(&grown, TOOL_ANSWER_MAX);
    int r = tool_usage_sum(buf_text(sum), usage, &grown);
    buf_reset(sum);
    r = r < 0 ? r : buf_append_text(sum, buf_text(&grown));
    buf_done(&grown);
    return r;
}

/* ---- numbers */

static int make_room(struct weave_places *places, size_t index)
{
    if (index < places->room)
        return 0;
    size_t room = 2 * index + 8;
    struct weave_place *at = reallocarray(places->at, room, sizeof(*at));
    if (!at)
        return -ENOMEM;
    memset(at + places->room, 0, (room - places->room) * sizeof(*at));
    places->at = at;
    places->room = room;
    return 0;
}

/* Those that are held back leave no gap behind. */
static int64_t number_now(const struct weave_places *places, int64_t number)
{
    int64_t shown = 0, held = 0;
    for (size_t i = 0; places->holds && i < places->room && (int64_t)i < number; i++)
        held += places->at[i].held && !places->at[i].seen;
    return __builtin_add_overflow(places->begin - held, number, &shown) ? number : shown;
}

int weave_places_begin(struct weave_places *places, int64_t number, bool held)
{
    if (number < 0 || number >= WEAVE_PLACES_MAX)
        return held ? -EMSGSIZE : 0;
    int r = make_room(places, (size_t)number);
    if (r < 0)
        return r;
    struct weave_place place = {++places->parts, number_now(places, number), held, false};
    places->at[number] = place;
    places->holds = places->holds || held;
    if (!held && place.shown >= places->next)
        places->next = place.shown + 1;
    return 0;
}

struct weave_place weave_places_find(const struct weave_places *places, int64_t number)
{
    if (number >= 0 && (size_t)number < places->room && places->at[number].part)
        return places->at[number];
    return (struct weave_place){.shown = number_now(places, number)};
}

void weave_places_hold(struct weave_places *places, int64_t number)
{
    assert(weave_places_find(places, number).part);
    places->at[number].seen = !places->at[number].held;
    places->at[number].held = places->holds = true;
}

void weave_places_next(struct weave_places *places)
{
    places->begin = places->next;
    places->holds = false;
    places->parts = 0;
    if (places->at)
        memset(places->at, 0, places->room * sizeof(*places->at));
}

void weave_places_done(struct weave_places *places)
{
    free(places->at);
    *places = (struct weave_places){0};
}
