/*
 * Tools that the daemon runs, in whole answers of chat completions and in what is asked: whose a
 * call is, what goes behind the turns of a request, and one answer out of those of all rounds.
 */
#include "openai/openai_rounds.h"

#include <errno.h>

#include "json/jsoncut.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "text/count.h"

/* ---- requests */

/* {"type": "function", "function": {"name"}}, {"type": "custom", "custom": {"name"}}; some servers
 * take the name without an object around it. */
int openai_rounds_tool_name(struct text tool, struct buf *out)
{
    struct text name = openai_rounds_call_name(tool);
    if (!name.at)
        (void)jsonspan_get(tool, "name", &name);
    return jsonspan_is_filled(name) ? jsonspan_decode(name, out) : -ENOENT;
}

int openai_rounds_offer_write(const struct tool_offer *offer, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "type", text_of("function"));
    jsonwrite_open(&json, "function", '{');
    jsonwrite_string(&json, "name", offer->name);
    jsonwrite_filled(&json, "description", offer->description);
    jsonwrite_raw(&json, "parameters", offer->parameters);
    jsonwrite_close(&json, '}');
    jsonwrite_close(&json, '}');
    return json.r;
}

/* "required", Mistral's "any", an object that names a tool, or {"type": "allowed_tools",
 * "allowed_tools": {"mode": "auto" or "required", "tools"}}. */
bool openai_rounds_choice_forces(struct text choice)
{
    struct text part = choice;
    if (jsonspan_type(choice) == JSONSPAN_OBJECT && jsonspan_get(choice, "allowed_tools", &part))
        return jsonspan_get(part, "mode", &part) && jsonspan_name_is(part, "required");
    if (jsonspan_type(choice) == JSONSPAN_OBJECT && !jsonspan_get(choice, "type", &part))
        return true;
    return jsonspan_type(part) == JSONSPAN_STRING && !jsonspan_name_is(part, "auto") &&
           !jsonspan_name_is(part, "none");
}

/* ---- calls */

struct text openai_rounds_call_name(struct text call)
{
    struct text inner, name;
    bool there = jsonspan_get(call, "function", &inner) || jsonspan_get(call, "custom", &inner);
    bool named = there && jsonspan_get(inner, "name", &name) && jsonspan_is_filled(name);
    return named ? name : (struct text){0};
}

int openai_rounds_calls_add(struct text list, struct tool_calls *calls)
{
    struct text call;
    int r = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(list, &at, &call);) {
        struct jsonspan_wanted outer[] = {{.name = "id"}, {.name = "function"}, {.name = "custom"}};
        struct jsonspan_wanted inner[] = {{.name = "arguments"}, {.name = "input"}};
        struct text name = openai_rounds_call_name(call);
        jsonspan_pick(call, outer, COUNT(outer));
        bool function = outer[1].value.at != NULL;
        jsonspan_pick(outer[function ? 1 : 2].value, inner, COUNT(inner));
        if (name.at)
            r = tool_calls_add(calls, outer[0].value, name, inner[function ? 0 : 1].value);
    }
    return r;
}

int openai_rounds_mark_ours(struct text list, tool_is_ours *is_ours, const void *arg,
                            struct tool_marks *marks, size_t *ret_left)
{
    struct text call;
    int r = 0;
    *ret_left = 0;
    for (size_t at = 0; r == 0 && jsonspan_next(list, &at, &call);) {
        bool ours = false;
        r = tool_name_is_ours(is_ours, arg, openai_rounds_call_name(call), &ours);
        if (r == 0 && ours)
            r = tool_marks_add(marks, call, 0);
        else
            ++*ret_left;
    }
    return r;
}

/* ---- answers */

bool openai_rounds_is_first(struct text choice)
{
    struct text index;
    int64_t number = 0;
    return !jsonspan_get(choice, "index", &index) || !jsonspan_whole(index, &number) || number == 0;
}

/* Of the choice that is looked at; empty where there is none. */
static struct text message_of(struct text answer)
{
    struct text choices, choice, message;
    if (!jsonspan_get(answer, "choices", &choices))
        return text_of("{}");
    for (size_t at = 0; jsonspan_next(choices, &at, &choice);)
        if (openai_rounds_is_first(choice) && jsonspan_get(choice, "message", &message) &&
            jsonspan_type(message) == JSONSPAN_OBJECT)
            return message;
    return text_of("{}");
}

/* The name in function_call, which is what there was before tools: one call without an id. At NULL
 * where there is none. */
static struct text function_of(struct text message)
{
    struct text function, name;
    return jsonspan_get(message, "function_call", &function) &&
                   jsonspan_get(function, "name", &name) && !jsonspan_is_empty(name)
               ? name
               : (struct text){0};
}

int openai_rounds_calls_read(struct text answer, struct tool_calls *calls)
{
    struct jsonspan_wanted wanted[] = {{.name = "tool_calls"}, {.name = "function_call"}};
    struct text message = message_of(answer), arguments = {0};
    jsonspan_pick(message, wanted, COUNT(wanted));
    int r = openai_rounds_calls_add(wanted[0].value, calls);
    if (r < 0 || !function_of(message).at)
        return r;
    (void)jsonspan_get(wanted[1].value, "arguments", &arguments);
    return tool_calls_add(calls, (struct text){0}, function_of(message), arguments);
}

/* The result of a function_call, the last one, goes by the name of its function. */
int openai_rounds_turn_write(struct text answer, const struct tool_result *results, size_t count,
                             struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    struct text message = message_of(answer);
    bool function = function_of(message).at != NULL;
    jsonwrite_raw(&json, NULL, message);
    for (size_t i = 0; i < count; i++) {
        bool last = function && i + 1 == count;
        jsonwrite_open(&json, NULL, '{');
        jsonwrite_string(&json, "role", text_of(last ? "function" : "tool"));
        jsonwrite_string(&json, last ? "name" : "tool_call_id",
                         last ? results[i].name : results[i].id);
        jsonwrite_string(&json, "content", results[i].text);
        jsonwrite_close(&json, '}');
    }
    return json.r;
}

/* ---- one answer for all rounds */

int openai_rounds_content_add(struct text content, struct buf *text)
{
    struct text part, said;
    int r = 0;
    if (jsonspan_type(content) == JSONSPAN_STRING)
        return jsonspan_decode(content, text);
    if (jsonspan_type(content) != JSONSPAN_ARRAY)
        return 0;
    for (size_t at = 0; r == 0 && jsonspan_next(content, &at, &part);)
        if (jsonspan_get(part, "text", &said) && jsonspan_type(said) == JSONSPAN_STRING)
            r = jsonspan_decode(said, text);
    return r;
}

static bool drops_nothing(const void *arg, struct text name, struct text value)
{
    (void)arg, (void)name, (void)value;
    return false;
}

int openai_rounds_content_put(struct jsoncut *cut, struct text content, struct text text)
{
    struct buf said;
    struct jsonwrite json = jsonwrite_to(&said);
    const bool list = jsonspan_type(content) == JSONSPAN_ARRAY;
    int r;
    buf_init(&said, TOOL_ANSWER_MAX);
    if (list) {
        jsonwrite_open(&json, NULL, '{');
        jsonwrite_string(&json, "type", text_of("text"));
        jsonwrite_string(&json, "text", text);
        jsonwrite_close(&json, '}');
    } else {
        jsonwrite_string(&json, NULL, text);
    }
    r = json.r;
    const struct jsoncut_entries entries = {.drops = drops_nothing, .front = buf_text(&said)};
    if (r == 0 && list)
        r = jsoncut_walk(cut, content, &entries);
    else if (r == 0 && jsonspan_type(content) == JSONSPAN_STRING)
        r = jsoncut_replace(cut, text_make(content.at, 1), text_make(said.data, said.len - 1));
    else if (r == 0)
        r = jsoncut_replace(cut, content, buf_text(&said));
    buf_done(&said);
    return r;
}

/* Where in the answer. */
enum level { LEVEL_ANSWER, LEVEL_CHOICES, LEVEL_CHOICE, LEVEL_MESSAGE, LEVEL_CALLS };

struct join {
    struct jsoncut cut;
    struct tool_marks ours;
    bool listless;    /* all of tool_calls are ours */
    bool callless;    /* calls were left out, and none stays */
    bool function;    /* function_call is ours */
    struct buf text;  /* that earlier rounds said */
    struct buf usage; /* of all rounds; empty = none was told */
    struct buf front; /* members that the part under way lacks */
};

struct place {
    struct join *join;
    enum level level;
};

static bool drops(const void *arg, struct text name, struct text value)
{
    const struct place *place = arg;
    if (place->level == LEVEL_MESSAGE)
        return (place->join->listless && jsonspan_name_is(name, "tool_calls")) ||
               (place->join->function && jsonspan_name_is(name, "function_call"));
    return place->level == LEVEL_CALLS && tool_marks_find(&place->join->ours, value);
}

static int walk_into(struct join *join, struct text part, enum level level);

/* By another value, where the name is that one. */
static int replace(struct join *join, struct text name, const char *wanted, struct text value,
                   struct text by)
{
    return jsonspan_name_is(name, wanted) ? jsoncut_replace(&join->cut, value, by) : 0;
}

static int keep_in_choice(struct join *join, struct text name, struct text value)
{
    if (jsonspan_name_is(name, "message"))
        return walk_into(join, value, LEVEL_MESSAGE);
    return join->callless && openai_rounds_is_of_calls(value)
               ? replace(join, name, "finish_reason", value, text_of("\"stop\""))
               : 0;
}

static int keep_in_message(struct join *join, struct text name, struct text value)
{
    if (jsonspan_name_is(name, "tool_calls"))
        return walk_into(join, value, LEVEL_CALLS);
    return join->text.len && jsonspan_name_is(name, "content")
               ? openai_rounds_content_put(&join->cut, value, buf_text(&join->text))
               : 0;
}

static int kept(void *arg, struct text name, struct text value)
{
    const struct place *place = arg;
    struct join *join = place->join;
    switch (place->level) {
    case LEVEL_ANSWER:
        if (jsonspan_name_is(name, "choices"))
            return walk_into(join, value, LEVEL_CHOICES);
        return join->usage.len ? replace(join, name, "usage", value, buf_text(&join->usage)) : 0;
    case LEVEL_CHOICES:
        return openai_rounds_is_first(value) ? walk_into(join, value, LEVEL_CHOICE) : 0;
    case LEVEL_CHOICE:
        return keep_in_choice(join, name, value);
    case LEVEL_MESSAGE:
        return keep_in_message(join, name, value);
    case LEVEL_CALLS:
        break;
    }
    return 0;
}

/* What has to be told, and has no place there. */
static int make_front(struct join *join, struct text part, enum level level)
{
    struct jsonwrite json = jsonwrite_to(&join->front);
    struct text there;
    buf_reset(&join->front);
    if (level == LEVEL_ANSWER && join->usage.len && !jsonspan_get(part, "usage", &there))
        jsonwrite_raw(&json, "usage", buf_text(&join->usage));
    if (level == LEVEL_MESSAGE && join->text.len && !jsonspan_get(part, "content", &there))
        jsonwrite_string(&json, "content", buf_text(&join->text));
    return json.r;
}

static int walk_into(struct join *join, struct text part, enum level level)
{
    struct place place = {join, level};
    int r = make_front(join, part, level);
    const struct jsoncut_entries entries = {
        .drops = drops, .kept = kept, .front = buf_text(&join->front), .arg = &place};
    return r < 0 ? r : jsoncut_walk(&join->cut, part, &entries);
}

bool openai_rounds_is_of_calls(struct text finish_reason)
{
    return jsonspan_name_is(finish_reason, "tool_calls") ||
           jsonspan_name_is(finish_reason, "function_call");
}

/* What the rounds before said, and the usage of all. */
static int gather(struct join *join, struct text earlier, struct text last)
{
    struct text answer, usage = {0}, content;
    struct buf sum;
    int r = 0;
    buf_init(&sum, TOOL_ANSWER_MAX);
    for (size_t at = 0; r == 0;) {
        bool before = jsonspan_next(earlier, &at, &answer);
        if (!before)
            answer = last;
        if (before && jsonspan_get(message_of(answer), "content", &content))
            r = openai_rounds_content_add(content, &join->text);
        if (r == 0 && jsonspan_get(answer, "usage", &usage)) {
            buf_reset(&sum);
            r = tool_usage_sum(buf_text(&join->usage), usage, &sum);
            struct buf swap = join->usage;
            join->usage = sum;
            sum = swap;
        }
        if (!before)
            break;
    }
    buf_done(&sum);
    return r;
}

int openai_rounds_answers_join(struct text earlier, struct text last, tool_is_ours *is_ours,
                               const void *arg, struct buf *out)
{
    struct join join = {.cut = {.body = last, .out = out}};
    struct text message = message_of(last), calls;
    size_t left = 0;
    buf_init(&join.text, TOOL_ANSWER_MAX);
    buf_init(&join.usage, TOOL_ANSWER_MAX);
    buf_init(&join.front, TOOL_ANSWER_MAX);
    int r = gather(&join, earlier, last);
    if (r == 0 && jsonspan_get(message, "tool_calls", &calls))
        r = openai_rounds_mark_ours(calls, is_ours, arg, &join.ours, &left);
    if (r == 0)
        r = tool_name_is_ours(is_ours, arg, function_of(message), &join.function);
    join.listless = join.ours.count > 0 && left == 0;
    join.callless = (join.listless || (join.function && left == 0)) &&
                    (join.function || !function_of(message).at);
    if (r == 0)
        r = walk_into(&join, last, LEVEL_ANSWER);
    if (r == 0)
        r = join.cut.changed ? jsoncut_end(&join.cut) : buf_append_text(out, last);
    tool_marks_done(&join.ours);
    buf_done(&join.text);
    buf_done(&join.usage);
    buf_done(&join.front);
    return r;
}
