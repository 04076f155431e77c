/*
 * Each event is passed on with the numbers that it has in the stream of the app, or held back. An
 * event of a call of ours is known by its output_index; the ids of some servers change from event
 * to event.
 *
 * The round's answer is its response with the items that ended. The end of a stream tells them once
 * more, but some servers leave its output empty; it counts where an item was not told to have
 * ended.
 */
#include "responses/responses_weave.h"

#include <errno.h>
#include <stdlib.h>

#include "json/jsonspan.h"
#include "responses/responses_judge.h"
#include "text/count.h"

static struct responses_weaver *weaver_of(struct tool_weaver *base)
{
    struct responses_weaver *weaver = (struct responses_weaver *)base;
    struct buf *const bufs[] = {&weaver->id, &weaver->response, &weaver->shown, &weaver->before,
                                &weaver->end};
    for (size_t i = 0; i < COUNT(bufs) && bufs[i]->max == 0; i++)
        buf_init(bufs[i], TOOL_ANSWER_MAX);
    return weaver;
}

/* ---- items */

bool responses_weave_is_function(struct text item)
{
    struct text space = jsonspan_value(item, "namespace");
    bool grouped = jsonspan_is_filled(space);
    return !grouped && jsonspan_name_is(jsonspan_value(item, "type"), "function_call");
}

int responses_weave_call(struct text item, tool_is_ours *is_ours, const void *arg, bool *ret_call,
                         bool *ret_ours)
{
    *ret_ours = false;
    *ret_call = responses_judge_is_apps_call(item);
    return responses_weave_is_function(item)
               ? tool_name_is_ours(is_ours, arg, jsonspan_value(item, "name"), ret_ours)
               : 0;
}

int responses_weave_shown(struct text output, tool_is_ours *is_ours, const void *arg,
                          struct buf *elements, size_t *ours)
{
    struct text item;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(output, &at, &item);) {
        bool call = false, held = false;
        r = responses_weave_call(item, is_ours, arg, &call, &held);
        *ours += held;
        if (r == 0 && !held)
            r = weave_element(item, elements);
    }
    return r;
}

int responses_weave_tools(struct text response, tool_is_ours *is_ours, const void *arg,
                          struct buf *list)
{
    struct text tools = jsonspan_value(response, "tools"), tool;
    bool any = false;
    int r = buf_append(list, "[", 1);
    for (size_t at = 0;
         r == 0 && jsonspan_type(tools) == JSONSPAN_ARRAY && jsonspan_next(tools, &at, &tool);) {
        bool ours = false;
        if (jsonspan_type(tool) == JSONSPAN_OBJECT)
            r = tool_name_is_ours(is_ours, arg, jsonspan_value(tool, "name"), &ours);
        any |= ours;
        if (r == 0 && !ours)
            r = weave_element(tool, list);
    }
    if (r < 0 || any)
        return r < 0 ? r : buf_append(list, "]", 1);
    buf_reset(list);
    return 0;
}

static void forget_items(struct responses_weaver *weaver)
{
    for (size_t i = 0; i < weaver->item_count; i++)
        buf_done(&weaver->items[i].done);
    free(weaver->items);
    weaver->items = NULL;
    weaver->item_count = weaver->kept = 0;
}

static int begin_item(struct responses_weaver *weaver, int64_t number, struct text item)
{
    struct responses_weave_item begun = {0};
    int r = responses_weave_call(item, weaver->base.is_ours, weaver->base.arg, &begun.call,
                                 &begun.ours);
    if (r == 0)
        r = weave_places_begin(&weaver->places, number, begun.ours);
    weaver->base.ours += begun.ours;
    weaver->base.theirs += begun.call && !begun.ours;
    if (r < 0 || weaver->places.parts == weaver->item_count)
        return r;
    struct responses_weave_item *items =
        reallocarray(weaver->items, weaver->item_count + 1, sizeof(*items));
    if (!items)
        return -ENOMEM;
    weaver->items = items;
    buf_init(&begun.done, TOOL_ANSWER_MAX);
    items[weaver->item_count++] = begun;
    return 0;
}

/* One of ours may have begun without its name: then the app has seen a beginning, and no more. */
static int know_again(struct responses_weaver *weaver, int64_t number,
                      struct responses_weave_item *begun, struct text item)
{
    bool call = false, ours = false;
    int r = responses_weave_call(item, weaver->base.is_ours, weaver->base.arg, &call, &ours);
    if (r < 0 || begun->ours || !ours)
        return r;
    weaver->base.theirs -= begun->call;
    weaver->base.ours++;
    begun->ours = true;
    weave_places_hold(&weaver->places, number);
    return 0;
}

/* One that was not told to have begun begins with its end. */
static int end_item(struct responses_weaver *weaver, int64_t number, struct text item)
{
    struct weave_place place = weave_places_find(&weaver->places, number);
    int r = 0;
    if (place.part == 0 || weaver->items[place.part - 1].done.len)
        r = begin_item(weaver, number, item);
    place = weave_places_find(&weaver->places, number);
    if (r < 0 || place.part == 0)
        return r;
    struct responses_weave_item *begun = &weaver->items[place.part - 1];
    if (item.len > TOOL_ANSWER_MAX - weaver->kept)
        return -EMSGSIZE;
    weaver->kept += item.len;
    r = know_again(weaver, number, begun, item);
    return r < 0 ? r : buf_append_text(&begun->done, item);
}

/* Do the items that ended tell more than the output of the response? */
static bool items_tell(const struct responses_weaver *weaver)
{
    struct text output = jsonspan_value(buf_text(&weaver->response), "output"), first;
    bool all = weaver->item_count > 0;
    for (size_t i = 0; i < weaver->item_count; i++)
        all = all && weaver->items[i].done.len > 0;
    return all || !jsonspan_item(output, 0, &first);
}

/* Adds the round's items to the elements of an array. */
static int add_items(const struct responses_weaver *weaver, bool ours_too, struct buf *elements)
{
    struct text output = jsonspan_value(buf_text(&weaver->response), "output");
    size_t ours = 0;
    int r = 0;
    if (!ours_too && !items_tell(weaver))
        return responses_weave_shown(output, weaver->base.is_ours, weaver->base.arg, elements,
                                     &ours);
    for (size_t i = 0; i < weaver->item_count && r == 0; i++)
        if (weaver->items[i].done.len && (ours_too || !weaver->items[i].ours))
            r = weave_element(buf_text(&weaver->items[i].done), elements);
    return r;
}

/* ---- events */

enum { TYPE, NUMBER, INDEX, ITEM, RESPONSE, WANTED_COUNT };

struct weaving {
    struct responses_weaver *weaver;
    const struct dialect_event *event;
    struct text raw;
    struct jsonspan_wanted wanted[WANTED_COUNT];
    struct weave_edits edits;
    struct buf tools; /* of the response, without ours */
    struct buf *out;
};

static bool is_type(const struct weaving *weaving, const char *word)
{
    return jsonspan_name_is(weaving->wanted[TYPE].value, word);
}

/* Gives the event its number. What waits for the end has none for good. */
static void renumber(struct weaving *weaving)
{
    struct responses_weaver *weaver = weaving->weaver;
    int64_t number = 0, shown = 0;
    if (!jsonspan_whole(weaving->wanted[NUMBER].value, &number))
        return;
    if (!weaver->numbered && weaver->rounds &&
        __builtin_sub_overflow(weaver->next, number, &weaver->shift))
        weaver->shift = 0;
    weaver->numbered = true;
    if (__builtin_add_overflow(number, weaver->shift, &shown))
        shown = number;
    if (shown != number)
        weave_replace_number(&weaving->edits, weaving->wanted[NUMBER].value, shown);
    if (!weaver->ending)
        weaver->next = shown < INT64_MAX ? shown + 1 : shown;
}

static int pass_to(struct weaving *weaving, struct buf *out)
{
    renumber(weaving);
    return weave_event(weaving->event, weaving->raw, &weaving->edits, out);
}

/* Behind the beginning of the end everything waits with it. */
static int pass(struct weaving *weaving)
{
    return pass_to(weaving, weaving->weaver->ending ? &weaving->weaver->end : weaving->out);
}

/* Those behind it close up. */
static int hold_back(struct weaving *weaving)
{
    struct responses_weaver *weaver = weaving->weaver;
    int64_t number = 0;
    if (weaver->numbered && weaver->shift > INT64_MIN &&
        jsonspan_whole(weaving->wanted[NUMBER].value, &number))
        weaver->shift--;
    return 0;
}

/* The response is known by the id that it was begun with. */
static void keep_id(struct weaving *weaving)
{
    struct text id = jsonspan_value(weaving->wanted[RESPONSE].value, "id");
    struct text first = buf_text(&weaving->weaver->id);
    if (weaving->weaver->rounds && id.at && first.len && !text_same(id, first))
        weave_replace(&weaving->edits, id, first);
}

static int hide_tools(struct weaving *weaving)
{
    const struct tool_weaver *base = &weaving->weaver->base;
    struct text response = weaving->wanted[RESPONSE].value;
    int r = responses_weave_tools(response, base->is_ours, base->arg, &weaving->tools);
    if (r == 0 && weaving->tools.len)
        weave_replace(&weaving->edits, jsonspan_value(response, "tools"),
                      buf_text(&weaving->tools));
    return r;
}

static int note_response(struct weaving *weaving)
{
    struct responses_weaver *weaver = weaving->weaver;
    struct text response = weaving->wanted[RESPONSE].value, id = jsonspan_value(response, "id");
    int r = 0;
    if (jsonspan_type(response) != JSONSPAN_OBJECT)
        return 0;
    if (weaver->rounds == 0 && weaver->id.len == 0 && jsonspan_type(id) == JSONSPAN_STRING)
        r = buf_append_text(&weaver->id, id);
    buf_reset(&weaver->response);
    return r < 0 ? r : buf_append_text(&weaver->response, response);
}

static int take_begin(struct weaving *weaving)
{
    int r = note_response(weaving);
    if (r < 0)
        return r;
    if (weaving->weaver->rounds)
        return hold_back(weaving);
    r = hide_tools(weaving);
    return r < 0 ? r : pass(weaving);
}

/* Calls that only the end tells. */
static int count_calls(struct responses_weaver *weaver)
{
    struct text output = jsonspan_value(buf_text(&weaver->response), "output"), item;
    int r = 0;
    if (items_tell(weaver))
        return 0;
    weaver->base.ours = weaver->base.theirs = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(output, &at, &item);) {
        bool call = false, ours = false;
        r = responses_weave_call(item, weaver->base.is_ours, weaver->base.arg, &call, &ours);
        weaver->base.ours += ours;
        weaver->base.theirs += call && !ours;
    }
    return r;
}

/* All that the app was shown, as an array. */
static int write_shown(const struct responses_weaver *weaver, struct buf *out)
{
    int r = buf_append(out, "[", 1);
    r = r < 0 ? r : buf_append_text(out, buf_text(&weaver->shown));
    r = r < 0 ? r : add_items(weaver, false, out);
    return r < 0 ? r : buf_append(out, "]", 1);
}

static int sum_usage(const struct responses_weaver *weaver, struct text usage, struct buf *ret)
{
    int r = buf_append_text(ret, buf_text(&weaver->before));
    return r < 0 ? r : weave_usage(ret, usage);
}

/* Where not all rounds, or not all items, are in what the response tells itself, it is told all. */
static int take_end(struct weaving *weaving)
{
    struct responses_weaver *weaver = weaving->weaver;
    struct text response = weaving->wanted[RESPONSE].value;
    struct buf items, usage;
    weaver->ending = true;
    buf_init(&items, 2 * TOOL_ANSWER_MAX);
    buf_init(&usage, TOOL_ANSWER_MAX);
    int r = note_response(weaving);
    r = r < 0 ? r : count_calls(weaver);
    if (r == 0 && (weaver->rounds || weaver->base.ours))
        r = write_shown(weaver, &items);
    if (r == 0 && weaver->rounds)
        r = sum_usage(weaver, jsonspan_value(response, "usage"), &usage);
    keep_id(weaving);
    if (items.len)
        weave_put(&weaving->edits, response, "output", buf_text(&items));
    if (usage.len)
        weave_put(&weaving->edits, response, "usage", buf_text(&usage));
    r = r < 0 ? r : hide_tools(weaving);
    r = r < 0 ? r : pass(weaving);
    buf_done(&items);
    buf_done(&usage);
    return r;
}

/* An event of an item, or of what has none. */
static int take_item(struct weaving *weaving)
{
    struct responses_weaver *weaver = weaving->weaver;
    struct text index = weaving->wanted[INDEX].value, item = weaving->wanted[ITEM].value;
    int64_t number = -1;
    int r = 0;
    bool known = jsonspan_whole(index, &number);
    if (is_type(weaving, "response.output_item.added"))
        r = begin_item(weaver, number, item);
    else if (is_type(weaving, "response.output_item.done"))
        r = end_item(weaver, number, item);
    if (r < 0 || !known)
        return r < 0 ? r : pass(weaving);
    struct weave_place place = weave_places_find(&weaver->places, number);
    if (place.held)
        return hold_back(weaving);
    if (place.shown != number)
        weave_replace_number(&weaving->edits, index, place.shown);
    return pass(weaving);
}

static int take_event(struct weaving *weaving)
{
    const struct dialect_event *event = weaving->event;
    if (event->data.at && jsonspan_check(event->data, NULL) == 0)
        jsonspan_pick(event->data, weaving->wanted, WANTED_COUNT);
    if (text_equals(event->name, "error") || is_type(weaving, "error") ||
        is_type(weaving, "response.failed")) {
        keep_id(weaving);
        int r = hide_tools(weaving);
        return r < 0 ? r : pass_to(weaving, weaving->out);
    }
    if (is_type(weaving, "response.created") || is_type(weaving, "response.in_progress") ||
        is_type(weaving, "response.queued"))
        return take_begin(weaving);
    if (is_type(weaving, "response.completed") || is_type(weaving, "response.incomplete"))
        return take_end(weaving);
    return take_item(weaving);
}

int responses_weave(struct tool_weaver *base, const struct dialect_event *event, struct text raw,
                    struct buf *out)
{
    struct weaving weaving = {
        .weaver = weaver_of(base),
        .event = event,
        .raw = raw,
        .wanted = {[TYPE] = {.name = "type"},
                   [NUMBER] = {.name = "sequence_number"},
                   [INDEX] = {.name = "output_index"},
                   [ITEM] = {.name = "item"},
                   [RESPONSE] = {.name = "response"}},
        .out = out,
    };
    buf_init(&weaving.tools, TOOL_ANSWER_MAX);
    int r = take_event(&weaving);
    buf_done(&weaving.tools);
    return r;
}

/* ---- the end of a round */

int responses_weave_answer(const struct tool_weaver *base, struct buf *out)
{
    const struct responses_weaver *weaver = (const struct responses_weaver *)base;
    struct text response = buf_text(&weaver->response);
    struct weave_edits edits = {0};
    struct buf items;
    if (jsonspan_type(response) != JSONSPAN_OBJECT)
        return -EPROTO;
    if (!items_tell(weaver))
        return buf_append_text(out, response);
    buf_init(&items, 2 * TOOL_ANSWER_MAX);
    int r = buf_append(&items, "[", 1);
    r = r < 0 ? r : add_items(weaver, true, &items);
    r = r < 0 ? r : buf_append(&items, "]", 1);
    weave_put(&edits, response, "output", buf_text(&items));
    size_t begin = out->len;
    r = r < 0 ? r : weave_text(response, &edits, out);
    buf_done(&items);
    return r < 0 ? r : weave_check(out, begin);
}

int responses_weave_next(struct tool_weaver *base)
{
    struct responses_weaver *weaver = weaver_of(base);
    int r = weave_usage(&weaver->before, jsonspan_value(buf_text(&weaver->response), "usage"));
    r = r < 0 ? r : add_items(weaver, false, &weaver->shown);
    forget_items(weaver);
    weave_places_next(&weaver->places);
    buf_reset(&weaver->response);
    buf_reset(&weaver->end);
    weaver->ending = weaver->numbered = false;
    weaver->shift = 0;
    weaver->rounds++;
    base->ours = base->theirs = 0;
    return r;
}

int responses_weave_end(struct tool_weaver *base, struct text comment, struct buf *out)
{
    struct responses_weaver *weaver = weaver_of(base);
    int r = buf_append_text(out, comment);
    return r < 0 ? r : buf_append_text(out, buf_text(&weaver->end));
}

void responses_weaver_done(struct tool_weaver *base)
{
    struct responses_weaver *weaver = (struct responses_weaver *)base;
    forget_items(weaver);
    weave_places_done(&weaver->places);
    buf_done(&weaver->id);
    buf_done(&weaver->response);
    buf_done(&weaver->shown);
    buf_done(&weaver->before);
    buf_done(&weaver->end);
}
