/* What the dialects' halves of tools share: the calls of an answer, and usage over several. */
#include "dialect/tools.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "json/jsonload.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"

struct tool_weaver *tool_weaver_new(const struct dialect_tools *tools, tool_is_ours *is_ours,
                                    const void *arg)
{
    struct tool_weaver *weaver = calloc(1, tools->weaver_size);
    if (!weaver)
        return NULL;
    weaver->is_ours = is_ours;
    weaver->arg = arg;
    return weaver;
}

void tool_weaver_free(const struct dialect_tools *tools, struct tool_weaver *weaver)
{
    if (!weaver)
        return;
    tools->weaver_done(weaver);
    free(weaver);
}

/* ---- calls */

void tool_calls_init(struct tool_calls *calls)
{
    *calls = (struct tool_calls){0};
}

void tool_calls_done(struct tool_calls *calls)
{
    if (!calls)
        return;
    for (size_t i = 0; i < calls->count; i++)
        free(calls->memory[i]);
    free((void *)calls->memory);
    free(calls->at);
    tool_calls_init(calls);
}

static int append_value(struct buf *texts, struct text value)
{
    switch (jsonspan_type(value)) {
    case JSONSPAN_NONE:
    case JSONSPAN_NULL:
        return 0;
    case JSONSPAN_STRING:
        return jsonspan_decode(value, texts);
    case JSONSPAN_OBJECT:
    case JSONSPAN_ARRAY:
    case JSONSPAN_NUMBER:
    case JSONSPAN_TRUE:
    case JSONSPAN_FALSE:
        return buf_append_text(texts, value);
    }
    return 0;
}

static int make_room(struct tool_calls *calls)
{
    struct tool_call *at = realloc(calls->at, (calls->count + 1) * sizeof(*at));
    if (!at)
        return -ENOMEM;
    calls->at = at;
    char **memory = (char **)realloc((void *)calls->memory, (calls->count + 1) * sizeof(*memory));
    if (!memory)
        return -ENOMEM;
    calls->memory = memory;
    return 0;
}

int tool_calls_add(struct tool_calls *calls, struct text id, struct text name,
                   struct text arguments)
{
    const struct text values[] = {id, name, arguments};
    size_t ends[3] = {0};
    struct buf texts;
    int r = make_room(calls);
    buf_init(&texts, TOOL_ANSWER_MAX);
    for (size_t i = 0; r == 0 && i < 3; i++) {
        r = append_value(&texts, values[i]);
        ends[i] = texts.len;
    }
    char *at = r == 0 ? buf_steal(&texts, NULL) : NULL;
    buf_done(&texts);
    if (!at)
        return r < 0 ? r : -ENOMEM;
    calls->memory[calls->count] = at;
    calls->at[calls->count++] = (struct tool_call){
        .id = text_make(at, ends[0]),
        .name = text_make(at + ends[0], ends[1] - ends[0]),
        .arguments = text_make(at + ends[1], ends[2] - ends[1]),
    };
    return 0;
}

int tool_name_is_ours(tool_is_ours *is_ours, const void *arg, struct text string, bool *ret)
{
    struct buf name;
    int r = 0;
    *ret = false;
    if (jsonspan_type(string) != JSONSPAN_STRING)
        return 0;
    buf_init(&name, TOOL_ANSWER_MAX);
    r = jsonspan_decode(string, &name);
    if (r == 0)
        *ret = is_ours(arg, buf_text(&name));
    buf_done(&name);
    return r;
}

/* ---- marks */

int tool_marks_add(struct tool_marks *marks, struct text value, size_t number)
{
    if (marks->count == marks->room) {
        size_t room = marks->room ? 2 * marks->room : 8;
        struct tool_mark *at = realloc(marks->at, room * sizeof(*at));
        if (!at)
            return -ENOMEM;
        marks->at = at;
        marks->room = room;
    }
    marks->at[marks->count++] = (struct tool_mark){value.at, number};
    return 0;
}

static int compare(const void *at, const void *mark)
{
    const char *other = ((const struct tool_mark *)mark)->at;
    return (const char *)at < other ? -1 : (const char *)at > other;
}

const struct tool_mark *tool_marks_find(const struct tool_marks *marks, struct text value)
{
    return marks->count ? bsearch(value.at, marks->at, marks->count, sizeof(*marks->at), compare)
                        : NULL;
}

void tool_marks_done(struct tool_marks *marks)
{
    free(marks->at);
    *marks = (struct tool_marks){0};
}

/* ---- usage */

static json_t *sum_of_numbers(const json_t *a, const json_t *b)
{
    json_int_t sum = 0;
    double real = json_number_value(a) + json_number_value(b);
    if (!json_is_integer(a) || !json_is_integer(b))
        return json_real(isfinite(real) ? real : json_number_value(b));
    bool overflow = __builtin_add_overflow(json_integer_value(a), json_integer_value(b), &sum);
    return json_integer(overflow ? INT64_MAX : sum);
}

/* Nothing fails but for want of memory. */
static int add_members(json_t *later, const json_t *earlier)
{
    const char *name;
    json_t *value;
    int r = 0;
    json_object_foreach ((json_t *)(uintptr_t)earlier, name, value) {
        json_t *there = json_object_get(later, name);
        if (r < 0)
            break;
        if (!there || json_is_null(there))
            r = json_object_set(later, name, value);
        else if (json_is_number(there) && json_is_number(value))
            r = json_object_set_new(later, name, sum_of_numbers(value, there));
        else if (json_is_object(there) && json_is_object(value))
            r = add_members(there, value);
    }
    return r < 0 ? -ENOMEM : 0;
}

int tool_usage_sum(struct text earlier, struct text later, struct buf *out)
{
    bool first = jsonspan_type(earlier) == JSONSPAN_OBJECT;
    bool second = jsonspan_type(later) == JSONSPAN_OBJECT;
    if (!first || !second)
        return first ? buf_append_text(out, earlier) : second ? buf_append_text(out, later) : 0;
    json_auto_t *a = NULL, *b = NULL;
    int r = jsonload_checked(earlier, &a);
    r = r < 0 ? r : jsonload_checked(later, &b);
    if (r < 0)
        return r == -EINVAL ? buf_append_text(out, later) : r;
    struct jsonwrite json = jsonwrite_to(out);
    json.r = add_members(b, a);
    jsonwrite_tree(&json, NULL, b);
    return json.r;
}
