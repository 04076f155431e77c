/*
 * Tools that the daemon runs, in Messages: what an answer calls, the turn that follows it, and the
 * one answer out of those of several rounds (dialect/tools.h).
 *
 *     an answer   thinking, text, tool_use ...
 *     its turn    {"role":"assistant", the same blocks}, {"role":"user", a tool_result for each}
 *     of several  the blocks of all rounds but for our calls; how the last one ended; all usage
 *
 * What Anthropic runs itself (server_tool_use, mcp_tool_use and what they gave) are blocks like any
 * other. (platform.claude.com/docs/en/api/messages, read 2026-11.)
 *
 * Blocks keep every byte, but for two things that the API gives and does not take back: a text of
 * nothing, and an input that is no object. A model that is cut off, or whose input is sent as it
 * writes it (fine-grained tool streaming), may end in the middle of one; it goes back as
 * Anthropic's own page on that asks for, in an object.
 */
#include <errno.h>

#include "anthropic/anthropic_weave.h"
#include "anthropic/dialect_anthropic.h"
#include "dialect/tools.h"
#include "dialect/weave.h"
#include "json/jsoncut.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "text/count.h"

/* ---- requests */

static int name_read(struct text tool, struct buf *out)
{
    struct text name = jsonspan_value(tool, "name");
    return jsonspan_type(name) == JSONSPAN_STRING ? jsonspan_decode(name, out) : -ENOENT;
}

static int offer_write(const struct tool_offer *offer, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "name", offer->name);
    jsonwrite_filled(&json, "description", offer->description);
    jsonwrite_raw(&json, "input_schema", offer->parameters);
    jsonwrite_close(&json, '}');
    return json.r;
}

static bool choice_forces(struct text choice)
{
    return jsonspan_member_is(choice, "type", "any") || jsonspan_member_is(choice, "type", "tool");
}

/* ---- whole answers */

static int calls_read(struct text answer, struct tool_calls *calls)
{
    struct text content = jsonspan_value(answer, "content"), block;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(content, &at, &block);)
        if (jsonspan_member_is(block, "type", "tool_use"))
            r = tool_calls_add(calls, jsonspan_value(block, "id"), jsonspan_value(block, "name"),
                               jsonspan_value(block, "input"));
    return r;
}

/* "messages: text content blocks must be non-empty" (2026-11). */
static bool is_empty_text(const void *arg, struct text name, struct text block)
{
    (void)arg;
    (void)name;
    return jsonspan_member_is(block, "type", "text") &&
           text_equals(jsonspan_value(block, "text"), "\"\"");
}

static int mend_input(void *arg, struct text name, struct text block)
{
    struct jsoncut *cut = arg;
    struct text input = jsonspan_value(block, "input");
    struct buf object;
    (void)name;
    if (!jsonspan_member_is(block, "type", "tool_use") || !input.at ||
        jsonspan_type(input) == JSONSPAN_OBJECT)
        return 0;
    buf_init(&object, TOOL_ANSWER_MAX);
    struct jsonwrite json = jsonwrite_to(&object);
    jsonwrite_open(&json, NULL, '{');
    if (jsonspan_type(input) != JSONSPAN_NULL)
        jsonwrite_raw(&json, "INVALID_JSON", input);
    jsonwrite_close(&json, '}');
    int r = json.r < 0 ? json.r : jsoncut_replace(cut, input, buf_text(&object));
    buf_done(&object);
    return r;
}

static int write_content(struct text content, struct buf *out)
{
    struct jsoncut cut = {.body = content, .out = out, .changed = true};
    const struct jsoncut_entries entries = {
        .drops = is_empty_text, .kept = mend_input, .arg = &cut};
    if (jsonspan_type(content) != JSONSPAN_ARRAY)
        return buf_append_string(out, "[]");
    int r = jsoncut_walk(&cut, content, &entries);
    return r == 0 ? jsoncut_end(&cut) : r;
}

/* All results are in one message: with one each the model would learn not to call several at once.
 */
static int turn_write(struct text answer, const struct tool_result *results, size_t count,
                      struct buf *out)
{
    int r = buf_append_string(out, "{\"role\":\"assistant\",\"content\":");
    if (r == 0)
        r = write_content(jsonspan_value(answer, "content"), out);
    if (r == 0)
        r = buf_append_string(out, "},");
    struct jsonwrite json = jsonwrite_to(out);
    json.r = r;
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "role", text_of("user"));
    jsonwrite_open(&json, "content", '[');
    for (size_t i = 0; i < count; i++) {
        jsonwrite_open(&json, NULL, '{');
        jsonwrite_string(&json, "type", text_of("tool_result"));
        jsonwrite_string(&json, "tool_use_id", results[i].id);
        jsonwrite_string(&json, "content", results[i].text);
        if (results[i].failed)
            jsonwrite_bool(&json, "is_error", true);
        jsonwrite_close(&json, '}');
    }
    jsonwrite_close(&json, ']');
    jsonwrite_close(&json, '}');
    return json.r;
}

/* ---- one answer of several */

struct join {
    tool_is_ours *is_ours;
    const void *arg;
    struct buf blocks;   /* what the app gets: an array, not closed yet */
    size_t ours, theirs; /* calls of the answer looked at */
};

static int add_blocks(struct join *join, struct text content)
{
    struct text block;
    int r = 0;
    join->ours = join->theirs = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(content, &at, &block);) {
        bool call = false, ours = false;
        r = anthropic_weave_call(block, join->is_ours, join->arg, &call, &ours);
        join->ours += ours;
        join->theirs += call && !ours;
        if (r == 0 && !ours)
            r = weave_element(block, &join->blocks);
    }
    return r;
}

static int write_joined(struct join *join, const struct buf *usage, struct text last,
                        struct buf *out)
{
    struct weave_edits edits = {0};
    struct text content = jsonspan_value(last, "content"),
                reason = jsonspan_value(last, "stop_reason");
    struct text stop = anthropic_weave_stop(reason, join->ours, join->theirs);
    int r = buf_append(&join->blocks, "]", 1);
    if (r < 0)
        return r;
    if (jsonspan_type(content) == JSONSPAN_ARRAY)
        weave_replace(&edits, content, buf_text(&join->blocks));
    if (stop.at)
        weave_replace(&edits, reason, stop);
    if (usage->len)
        weave_put(&edits, last, "usage", buf_text(usage));
    return weave_text(last, &edits, out);
}

static int answers_join(struct text earlier, struct text last, tool_is_ours *is_ours,
                        const void *arg, struct buf *out)
{
    struct join join = {.is_ours = is_ours, .arg = arg};
    struct buf usage;
    struct text answer;
    buf_init(&join.blocks, 2 * TOOL_ANSWER_MAX);
    buf_init(&usage, TOOL_ANSWER_MAX);
    int r = buf_append(&join.blocks, "[", 1);
    size_t rounds = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(earlier, &at, &answer); rounds++) {
        r = add_blocks(&join, jsonspan_value(answer, "content"));
        r = r < 0 ? r : weave_usage(&usage, jsonspan_value(answer, "usage"));
    }
    if (r == 0)
        r = add_blocks(&join, jsonspan_value(last, "content"));
    if (r == 0 && rounds)
        r = weave_usage(&usage, jsonspan_value(last, "usage"));
    if (r == 0)
        r = rounds || join.ours ? write_joined(&join, &usage, last, out)
                                : buf_append_text(out, last);
    buf_done(&join.blocks);
    buf_done(&usage);
    return r;
}

const struct dialect_tools dialect_anthropic_rounds = {
    .turns = "messages",
    .name_read = name_read,
    .offer_write = offer_write,
    .choice_forces = choice_forces,
    .calls_read = calls_read,
    .turn_write = turn_write,
    .answers_join = answers_join,
    .weaver_size = sizeof(struct anthropic_weaver),
    .weave = anthropic_weave,
    .weave_answer = anthropic_weave_answer,
    .weave_next = anthropic_weave_next,
    .weave_end = anthropic_weave_end,
    .weaver_done = anthropic_weaver_done,
};
