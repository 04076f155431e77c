/*
 * Each event is passed on, with another index where blocks were shown or held back before it, or
 * held back. Beside that the round's answer grows: a block is the object that it began with, and
 * what its deltas say of it.
 *
 *     text_delta, thinking_delta   go on with a string, byte for byte as it is written
 *     input_json_delta             pieces of JSON text, in a string as well
 *     citations_delta              one more element of citations
 *     signature_delta, others      set the members that they have
 *
 * Usage on a message_delta is all of the round so far: it stands for what message_start told, which
 * stays where it is not told again.
 */
#include "anthropic/anthropic_weave.h"

#include <errno.h>
#include <stdlib.h>

#include "anthropic/dialect_anthropic.h"
#include "json/jsonload.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "text/count.h"

/* Members that deltas set of one block; any API has fewer. */
#define SET_MAX 16

static struct anthropic_weaver *weaver_of(struct tool_weaver *base)
{
    struct anthropic_weaver *weaver = (struct anthropic_weaver *)base;
    struct buf *const bufs[] = {&weaver->message, &weaver->delta, &weaver->before, &weaver->end};
    for (size_t i = 0; i < COUNT(bufs) && bufs[i]->max == 0; i++)
        buf_init(bufs[i], TOOL_ANSWER_MAX);
    return weaver;
}

int anthropic_weave_call(struct text block, tool_is_ours *is_ours, const void *arg, bool *ret_call,
                         bool *ret_ours)
{
    *ret_ours = false;
    *ret_call = jsonspan_name_is(jsonspan_value(block, "type"), "tool_use");
    return *ret_call ? tool_name_is_ours(is_ours, arg, jsonspan_value(block, "name"), ret_ours) : 0;
}

struct text anthropic_weave_stop(struct text stop_reason, size_t ours, size_t theirs)
{
    bool left_out = ours > 0 && theirs == 0 && jsonspan_name_is(stop_reason, "tool_use");
    return left_out ? text_of("\"end_turn\"") : (struct text){0};
}

/* A tree of what is known to be JSON; NULL and 0: jansson cannot hold it, which says nothing. */
static int load(struct text json, json_t **ret)
{
    int r = jsonload_checked(json, ret);
    return r == -EINVAL ? 0 : r;
}

static int put(struct buf *buf, struct text text)
{
    buf_reset(buf);
    return buf_append_text(buf, text);
}

/* ---- usage */

static int note_usage(struct anthropic_weaver *weaver, struct text usage)
{
    const char *name;
    json_t *value;
    json_auto_t *told = NULL;
    if (jsonspan_type(usage) != JSONSPAN_OBJECT)
        return 0;
    int r = load(usage, &told);
    if (r < 0 || !told)
        return r;
    if (!weaver->usage)
        weaver->usage = json_object();
    if (!weaver->usage)
        return -ENOMEM;
    json_object_foreach (told, name, value)
        if (!json_is_null(value) && json_object_set(weaver->usage, name, value) < 0)
            return -ENOMEM;
    return 0;
}

/* Of all rounds, this one as far as it has come. */
static int sum_usage(const struct anthropic_weaver *weaver, struct buf *ret)
{
    struct buf now;
    buf_init(&now, TOOL_ANSWER_MAX);
    struct jsonwrite json = jsonwrite_to(&now);
    if (weaver->usage)
        jsonwrite_tree(&json, NULL, weaver->usage);
    int r = json.r < 0 ? json.r : tool_usage_sum(buf_text(&weaver->before), buf_text(&now), ret);
    buf_done(&now);
    return r;
}

/* ---- blocks */

static void forget_blocks(struct anthropic_weaver *weaver)
{
    for (size_t i = 0; i < weaver->block_count; i++) {
        buf_done(&weaver->blocks[i].start);
        buf_done(&weaver->blocks[i].said);
        json_decref(weaver->blocks[i].set);
    }
    free(weaver->blocks);
    weaver->blocks = NULL;
    weaver->block_count = weaver->kept = 0;
}

static int keep(struct anthropic_weaver *weaver, struct buf *buf, struct text bytes)
{
    if (bytes.len > TOOL_ANSWER_MAX - weaver->kept)
        return -EMSGSIZE;
    weaver->kept += bytes.len;
    return buf_append_text(buf, bytes);
}

static int keep_block(struct anthropic_weaver *weaver, struct text start)
{
    struct anthropic_weave_block *blocks =
        reallocarray(weaver->blocks, weaver->block_count + 1, sizeof(*blocks));
    if (!blocks)
        return -ENOMEM;
    weaver->blocks = blocks;
    struct anthropic_weave_block *block = &blocks[weaver->block_count++];
    *block = (struct anthropic_weave_block){0};
    buf_init(&block->start, TOOL_ANSWER_MAX);
    buf_init(&block->said, TOOL_ANSWER_MAX);
    return keep(weaver, &block->start, start);
}

/* Behind those that the block began with. */
static int add_citation(struct anthropic_weave_block *block, json_t *citation)
{
    json_t *list = json_object_get(block->set, "citations");
    struct text begun = jsonspan_value(buf_text(&block->start), "citations");
    int r = 0;
    if (!list) {
        if (jsonspan_type(begun) == JSONSPAN_ARRAY)
            r = load(begun, &list);
        if (r == 0 && !list)
            list = json_array();
        if (r < 0 || json_object_set_new(block->set, "citations", list) < 0)
            return -ENOMEM;
    }
    return json_array_append(list, citation) < 0 ? -ENOMEM : 0;
}

static int set_members(struct anthropic_weave_block *block, json_t *delta)
{
    const char *name;
    json_t *value;
    int r = 0;
    if (!block->set)
        block->set = json_object();
    json_t *citation = json_object_get(delta, "citation");
    if (!block->set)
        return -ENOMEM;
    if (citation)
        return add_citation(block, citation);
    json_object_foreach (delta, name, value)
        if (r == 0 && strcmp(name, "type") != 0 && json_object_size(block->set) < SET_MAX)
            r = json_object_set(block->set, name, value);
    return r < 0 ? -ENOMEM : 0;
}

/* Texts and thoughts are of blocks of their name, input of any other. */
static bool is_of(const struct anthropic_weave_block *block, const char *member_name)
{
    struct text type = jsonspan_value(buf_text(&block->start), "type");
    bool input = strcmp(member_name, "input") == 0;
    return input ? !jsonspan_name_is(type, "text") && !jsonspan_name_is(type, "thinking")
                 : jsonspan_name_is(type, member_name);
}

static int take_delta(struct anthropic_weaver *weaver, struct anthropic_weave_block *block,
                      struct text delta)
{
    static const struct {
        const char *type, *field, *member;
    } strings[] = {
        {"text_delta", "text", "text"},
        {"thinking_delta", "thinking", "thinking"},
        {"input_json_delta", "partial_json", "input"},
    };
    struct text type = jsonspan_value(delta, "type");
    for (size_t i = 0; i < COUNT(strings); i++) {
        if (!jsonspan_name_is(type, strings[i].type))
            continue;
        struct text piece = jsonspan_value(delta, strings[i].field);
        if (!is_of(block, strings[i].member) || jsonspan_type(piece) != JSONSPAN_STRING ||
            piece.len <= 2)
            return 0;
        block->member = strings[i].member;
        return keep(weaver, &block->said, text_make(piece.at + 1, piece.len - 2));
    }
    if (delta.len > TOOL_ANSWER_MAX - weaver->kept)
        return -EMSGSIZE;
    weaver->kept += delta.len;
    json_auto_t *tree = NULL;
    int r = load(delta, &tree);
    return r == 0 && json_is_object(tree) ? set_members(block, tree) : r;
}

/* ---- events */

struct weaving {
    struct anthropic_weaver *weaver;
    const struct dialect_event *event;
    struct text raw;
    struct weave_edits edits;
    struct buf *out;
};

/* Behind the beginning of the end everything waits with it. */
static int pass(const struct weaving *weaving)
{
    struct anthropic_weaver *weaver = weaving->weaver;
    return weave_event(weaving->event, weaving->raw, &weaving->edits,
                       weaver->ending ? &weaver->end : weaving->out);
}

static int pass_block(struct weaving *weaving, struct text index, int64_t number)
{
    struct weave_place place = weave_places_find(&weaving->weaver->places, number);
    if (place.held)
        return 0;
    if (place.shown != number)
        weave_replace_number(&weaving->edits, index, place.shown);
    return pass(weaving);
}

static int take_start(struct weaving *weaving, struct text index, struct text block)
{
    struct anthropic_weaver *weaver = weaving->weaver;
    int64_t number = -1;
    bool call = false, ours = false;
    bool known = jsonspan_whole(index, &number);
    if (jsonspan_type(block) != JSONSPAN_OBJECT)
        return pass(weaving);
    int r = anthropic_weave_call(block, weaver->base.is_ours, weaver->base.arg, &call, &ours);
    if (r == 0)
        r = weave_places_begin(&weaver->places, number, ours);
    if (r == 0 && weaver->places.parts > weaver->block_count)
        r = keep_block(weaver, block);
    weaver->base.ours += ours;
    weaver->base.theirs += call && !ours;
    if (r < 0)
        return r;
    return known ? pass_block(weaving, index, number) : pass(weaving);
}

/* A delta of a block, or its end. */
static int take_more(struct weaving *weaving, struct text index, struct text delta)
{
    struct anthropic_weaver *weaver = weaving->weaver;
    int64_t number = 0;
    if (!jsonspan_whole(index, &number))
        return pass(weaving);
    struct weave_place place = weave_places_find(&weaver->places, number);
    int r = 0;
    if (place.part && jsonspan_type(delta) == JSONSPAN_OBJECT)
        r = take_delta(weaver, &weaver->blocks[place.part - 1], delta);
    return r < 0 ? r : pass_block(weaving, index, number);
}

static int take_end(struct weaving *weaving, struct text delta, struct text usage)
{
    struct anthropic_weaver *weaver = weaving->weaver;
    struct text reason = jsonspan_value(delta, "stop_reason");
    struct text stop = anthropic_weave_stop(reason, weaver->base.ours, weaver->base.theirs);
    struct buf sum;
    weaver->ending = true;
    buf_init(&sum, TOOL_ANSWER_MAX);
    int r = put(&weaver->delta, delta);
    r = r < 0 ? r : note_usage(weaver, usage);
    if (r == 0 && weaver->rounds)
        r = sum_usage(weaver, &sum);
    if (stop.at)
        weave_replace(&weaving->edits, reason, stop);
    if (sum.len)
        weave_put(&weaving->edits, weaving->event->data, "usage", buf_text(&sum));
    r = r < 0 ? r : pass(weaving);
    buf_done(&sum);
    return r;
}

static int take_message(struct weaving *weaving, struct text message)
{
    struct anthropic_weaver *weaver = weaving->weaver;
    int r = put(&weaver->message, message);
    r = r < 0 ? r : note_usage(weaver, jsonspan_value(message, "usage"));
    return r < 0 || weaver->rounds ? r : pass(weaving);
}

int anthropic_weave(struct tool_weaver *base, const struct dialect_event *event, struct text raw,
                    struct buf *out)
{
    struct jsonspan_wanted wanted[] = {
        {.name = "type"},          {.name = "index"},   {.name = "delta"}, {.name = "usage"},
        {.name = "content_block"}, {.name = "message"}, {.name = "error"}};
    struct weaving weaving = {.weaver = weaver_of(base), .event = event, .raw = raw, .out = out};
    if (event->data.at && jsonspan_check(event->data, NULL) == 0)
        jsonspan_pick(event->data, wanted, COUNT(wanted));
    struct text type = wanted[0].value;
    if (text_equals(event->name, "error") || dialect_anthropic_is_error(type, wanted[6].value))
        return buf_append_text(out, raw);
    if (jsonspan_name_is(type, "content_block_start"))
        return take_start(&weaving, wanted[1].value, wanted[4].value);
    if (jsonspan_name_is(type, "content_block_delta"))
        return take_more(&weaving, wanted[1].value, wanted[2].value);
    if (jsonspan_name_is(type, "content_block_stop"))
        return take_more(&weaving, wanted[1].value, (struct text){0});
    if (jsonspan_name_is(type, "message_start"))
        return take_message(&weaving, wanted[5].value);
    if (jsonspan_name_is(type, "message_delta"))
        return take_end(&weaving, wanted[2].value, wanted[3].value);
    if (jsonspan_name_is(type, "message_stop"))
        weaving.weaver->ending = true;
    return pass(&weaving);
}

/* ---- the answer of a round */

/* Input as the object that it was to be, or, where it was not, as a string. */
static int write_input(struct text quoted, struct buf *out)
{
    struct buf input;
    buf_init(&input, TOOL_ANSWER_MAX);
    int r = jsonspan_decode(quoted, &input);
    bool json = r == 0 && jsonspan_check(buf_text(&input), NULL) == 0;
    r = r < 0 ? r : buf_append_text(out, json ? buf_text(&input) : quoted);
    buf_done(&input);
    return r;
}

/* The value that goes on where the block began with that one, or, at NULL, with none. */
static int write_said(const struct anthropic_weave_block *block, struct text begun, struct buf *out)
{
    struct buf quoted;
    bool input = strcmp(block->member, "input") == 0;
    buf_init(&quoted, 2 * TOOL_ANSWER_MAX);
    int r = buf_append(&quoted, "\"", 1);
    if (r == 0 && !input && jsonspan_type(begun) == JSONSPAN_STRING)
        r = buf_append(&quoted, begun.at + 1, begun.len - 2);
    r = r < 0 ? r : buf_append_text(&quoted, buf_text(&block->said));
    r = r < 0 ? r : buf_append(&quoted, "\"", 1);
    if (r == 0)
        r = input ? write_input(buf_text(&quoted), out) : buf_append_text(out, buf_text(&quoted));
    buf_done(&quoted);
    return r;
}

static bool is_set(const struct anthropic_weave_block *block, struct text name)
{
    const char *set;
    json_t *value;
    json_object_foreach (block->set, set, value)
        if (jsonspan_name_is(name, set))
            return true;
    return false;
}

static int write_members(const struct anthropic_weave_block *block, struct text said,
                         struct buf *out)
{
    struct text name, value;
    bool goes_on = block->member != NULL;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_member(buf_text(&block->start), &at, &name, &value);) {
        bool here = goes_on && jsonspan_name_is(name, block->member);
        goes_on = goes_on && !here;
        if (!is_set(block, name))
            r = weave_member(name, here ? said : value, out);
    }
    struct jsonwrite json = {.out = out, .r = r, .comma = out->data[out->len - 1] != '{'};
    if (goes_on)
        jsonwrite_raw(&json, block->member, said);
    const char *set;
    json_t *tree;
    json_object_foreach (block->set, set, tree)
        jsonwrite_tree(&json, set, tree);
    return json.r;
}

static int write_block(const struct anthropic_weave_block *block, struct buf *out)
{
    struct buf said;
    buf_init(&said, 2 * TOOL_ANSWER_MAX);
    int r = block->member
                ? write_said(block, jsonspan_value(buf_text(&block->start), block->member), &said)
                : 0;
    r = r < 0 ? r : buf_append(out, "{", 1);
    r = r < 0 ? r : write_members(block, buf_text(&said), out);
    r = r < 0 ? r : buf_append(out, "}", 1);
    buf_done(&said);
    return r;
}

static int write_blocks(const struct anthropic_weaver *weaver, struct buf *out)
{
    int r = buf_append(out, "[", 1);
    for (size_t i = 0; r == 0 && i < weaver->block_count; i++) {
        r = i ? buf_append(out, ",", 1) : 0;
        r = r < 0 ? r : write_block(&weaver->blocks[i], out);
    }
    return r < 0 ? r : buf_append(out, "]", 1);
}

/* The message as it began, with all that came later in the place of what was empty there. */
int anthropic_weave_answer(const struct tool_weaver *base, struct buf *out)
{
    const struct anthropic_weaver *weaver = (const struct anthropic_weaver *)base;
    struct text message = buf_text(&weaver->message), delta = buf_text(&weaver->delta);
    struct text reason = jsonspan_value(delta, "stop_reason"),
                sequence = jsonspan_value(delta, "stop_sequence");
    struct weave_edits edits = {0};
    struct buf content, usage;
    if (jsonspan_type(message) != JSONSPAN_OBJECT)
        return -EPROTO;
    buf_init(&content, 2 * TOOL_ANSWER_MAX);
    buf_init(&usage, TOOL_ANSWER_MAX);
    struct jsonwrite json = jsonwrite_to(&usage);
    if (weaver->usage)
        jsonwrite_tree(&json, NULL, weaver->usage);
    int r = json.r < 0 ? json.r : write_blocks(weaver, &content);
    weave_put(&edits, message, "content", buf_text(&content));
    if (reason.at)
        weave_put(&edits, message, "stop_reason", reason);
    if (sequence.at)
        weave_put(&edits, message, "stop_sequence", sequence);
    if (usage.len)
        weave_put(&edits, message, "usage", buf_text(&usage));
    size_t begin = out->len;
    r = r < 0 ? r : weave_text(message, &edits, out);
    buf_done(&content);
    buf_done(&usage);
    return r < 0 ? r : weave_check(out, begin);
}

/* ---- the end of a round */

int anthropic_weave_next(struct tool_weaver *base)
{
    struct anthropic_weaver *weaver = weaver_of(base);
    struct buf sum;
    buf_init(&sum, TOOL_ANSWER_MAX);
    int r = sum_usage(weaver, &sum);
    r = r < 0 ? r : put(&weaver->before, buf_text(&sum));
    buf_done(&sum);
    json_decref(weaver->usage);
    weaver->usage = NULL;
    forget_blocks(weaver);
    weave_places_next(&weaver->places);
    buf_reset(&weaver->message);
    buf_reset(&weaver->delta);
    buf_reset(&weaver->end);
    weaver->ending = false;
    weaver->rounds++;
    base->ours = base->theirs = 0;
    return r;
}

int anthropic_weave_end(struct tool_weaver *base, struct text comment, struct buf *out)
{
    struct anthropic_weaver *weaver = weaver_of(base);
    int r = buf_append_text(out, comment);
    return r < 0 ? r : buf_append_text(out, buf_text(&weaver->end));
}

void anthropic_weaver_done(struct tool_weaver *base)
{
    struct anthropic_weaver *weaver = (struct anthropic_weaver *)base;
    forget_blocks(weaver);
    weave_places_done(&weaver->places);
    json_decref(weaver->usage);
    weaver->usage = NULL;
    buf_done(&weaver->message);
    buf_done(&weaver->delta);
    buf_done(&weaver->before);
    buf_done(&weaver->end);
}
