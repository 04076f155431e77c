/*
 * Tools that the daemon runs, in the Responses API: what an answer calls, the items that follow it,
 * and the one answer out of those of several rounds (dialect/tools.h).
 *
 *     an answer   reasoning, message, function_call ...
 *     its turn    the same items, a function_call_output for each call
 *     of several  the items of all rounds but for our calls; the last response; all usage
 *
 * Items go back as they came: reasoning is known again by its id, or by what is encrypted in it.
 */
#include <errno.h>

#include "dialect/tools.h"
#include "dialect/weave.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "responses/dialect_responses.h"
#include "responses/responses_judge.h"
#include "responses/responses_weave.h"

/* Names of a tool and its group: longer ones are nobody's. */
#define NAME_BYTES_MAX ((size_t)1 << 20)

/* ---- requests */

static int decode(struct text string, struct buf *ret)
{
    buf_init(ret, NAME_BYTES_MAX);
    return jsonspan_type(string) == JSONSPAN_STRING ? jsonspan_decode(string, ret) : 0;
}

static int add_flat(struct text space, struct text name, bool first, struct buf *out)
{
    struct dialect_responses_name flat = dialect_responses_flat(space, name);
    int r = first ? 0 : buf_append(out, "\n", 1);
    return r < 0 ? r : buf_append(out, flat.at, flat.len);
}

static int group_read(struct text group, struct buf *out)
{
    struct text tools = jsonspan_value(group, "tools"), tool;
    struct buf space, name;
    size_t begin = out->len;
    int r = decode(jsonspan_value(group, "name"), &space);
    for (size_t at = 0; r == 0 && jsonspan_next(tools, &at, &tool);) {
        r = decode(jsonspan_value(tool, "name"), &name);
        if (r == 0 && name.len)
            r = add_flat(buf_text(&space), buf_text(&name), out->len == begin, out);
        buf_done(&name);
    }
    buf_done(&space);
    return r == 0 && out->len == begin ? -ENOENT : r;
}

static int name_read(struct text tool, struct buf *out)
{
    struct text name = jsonspan_value(tool, "name");
    if (jsonspan_member_is(tool, "type", "namespace"))
        return group_read(tool, out);
    return jsonspan_type(name) == JSONSPAN_STRING ? jsonspan_decode(name, out) : -ENOENT;
}

/* Not strict: a schema of others need not be one that is held to word for word. */
static int offer_write(const struct tool_offer *offer, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "type", text_of("function"));
    jsonwrite_string(&json, "name", offer->name);
    jsonwrite_filled(&json, "description", offer->description);
    jsonwrite_raw(&json, "parameters", offer->parameters);
    jsonwrite_bool(&json, "strict", false);
    jsonwrite_close(&json, '}');
    return json.r;
}

/* "required"; an object that names a tool, of whatever type; or several of them, and its mode. */
static bool choice_forces(struct text choice)
{
    if (jsonspan_member_is(choice, "type", "allowed_tools"))
        return jsonspan_name_is(jsonspan_value(choice, "mode"), "required");
    return jsonspan_type(choice) == JSONSPAN_OBJECT || jsonspan_name_is(choice, "required");
}

/* ---- whole answers */

/* A string's inside; empty for what is none. */
static struct text inside(struct text string)
{
    return jsonspan_type(string) == JSONSPAN_STRING ? text_make(string.at + 1, string.len - 2)
                                                    : text_make("", 0);
}

static int add_apps_call(struct text item, struct tool_calls *calls)
{
    struct text space = jsonspan_value(item, "namespace");
    struct text front = inside(jsonspan_is_filled(space) ? space : jsonspan_value(item, "type"));
    struct text input = jsonspan_value(item, "input"),
                arguments = jsonspan_value(item, "arguments");
    struct buf name;
    buf_init(&name, TOOL_ANSWER_MAX);
    int r = buf_append(&name, "\"", 1);
    r = r < 0 ? r : buf_append_text(&name, front);
    r = r < 0 ? r : buf_append(&name, ".", 1);
    r = r < 0 ? r : buf_append_text(&name, inside(jsonspan_value(item, "name")));
    r = r < 0 ? r : buf_append(&name, "\"", 1);
    if (r == 0)
        r = tool_calls_add(calls, jsonspan_value(item, "call_id"), buf_text(&name),
                           arguments.at ? arguments : input);
    buf_done(&name);
    return r;
}

static int calls_read(struct text answer, struct tool_calls *calls)
{
    struct text output = jsonspan_value(answer, "output"), item;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(output, &at, &item);) {
        if (responses_weave_is_function(item))
            r = tool_calls_add(calls, jsonspan_value(item, "call_id"), jsonspan_value(item, "name"),
                               jsonspan_value(item, "arguments"));
        else if (responses_judge_is_apps_call(item))
            r = add_apps_call(item, calls);
    }
    return r;
}

static int turn_write(struct text answer, const struct tool_result *results, size_t count,
                      struct buf *out)
{
    struct text output = jsonspan_value(answer, "output"), item;
    struct jsonwrite json = jsonwrite_to(out);
    for (size_t at = 0; jsonspan_next(output, &at, &item);)
        jsonwrite_raw(&json, NULL, item);
    for (size_t i = 0; i < count; i++) {
        jsonwrite_open(&json, NULL, '{');
        jsonwrite_string(&json, "type", text_of("function_call_output"));
        jsonwrite_string(&json, "call_id", results[i].id);
        jsonwrite_string(&json, "output", results[i].text);
        jsonwrite_close(&json, '}');
    }
    return json.r;
}

/* ---- one answer of several */

/* What is empty of them stays as the last one has it. */
struct joined {
    struct buf items, usage, tools;
};

static int write_joined(const struct joined *joined, struct text last, struct buf *out)
{
    struct weave_edits edits = {0};
    struct text output = jsonspan_value(last, "output");
    if (joined->items.len && jsonspan_type(output) == JSONSPAN_ARRAY)
        weave_replace(&edits, output, buf_text(&joined->items));
    if (joined->usage.len)
        weave_put(&edits, last, "usage", buf_text(&joined->usage));
    if (joined->tools.len)
        weave_replace(&edits, jsonspan_value(last, "tools"), buf_text(&joined->tools));
    return weave_text(last, &edits, out);
}

static int answers_join(struct text earlier, struct text last, tool_is_ours *is_ours,
                        const void *arg, struct buf *out)
{
    struct joined joined;
    struct text answer;
    buf_init(&joined.items, 2 * TOOL_ANSWER_MAX);
    buf_init(&joined.usage, TOOL_ANSWER_MAX);
    buf_init(&joined.tools, TOOL_ANSWER_MAX);
    size_t rounds = 0, ours = 0;
    int r = buf_append(&joined.items, "[", 1);
    for (size_t at = 0; r == 0 && jsonspan_next(earlier, &at, &answer); rounds++) {
        r = responses_weave_shown(jsonspan_value(answer, "output"), is_ours, arg, &joined.items,
                                  &ours);
        r = r < 0 ? r : weave_usage(&joined.usage, jsonspan_value(answer, "usage"));
    }
    if (r == 0)
        r = responses_weave_shown(jsonspan_value(last, "output"), is_ours, arg, &joined.items,
                                  &ours);
    if (r == 0 && rounds)
        r = weave_usage(&joined.usage, jsonspan_value(last, "usage"));
    r = r < 0 ? r : buf_append(&joined.items, "]", 1);
    if (r == 0 && rounds == 0 && ours == 0)
        buf_reset(&joined.items);
    r = r < 0 ? r : responses_weave_tools(last, is_ours, arg, &joined.tools);
    r = r < 0 ? r : write_joined(&joined, last, out);
    buf_done(&joined.items);
    buf_done(&joined.usage);
    buf_done(&joined.tools);
    return r;
}

const struct dialect_tools dialect_responses_rounds = {
    .turns = "input",
    .name_read = name_read,
    .offer_write = offer_write,
    .choice_forces = choice_forces,
    .calls_read = calls_read,
    .turn_write = turn_write,
    .answers_join = answers_join,
    .weaver_size = sizeof(struct responses_weaver),
    .weave = responses_weave,
    .weave_answer = responses_weave_answer,
    .weave_next = responses_weave_next,
    .weave_end = responses_weave_end,
    .weaver_done = responses_weaver_done,
};
