/*
 * Tools that the daemon runs, in what is asked of /api/chat and in whole answers. Calls come whole,
 * each with its index inside the function; results name their tool, and go by order where calls
 * have no ids. What an answer took stands in it, not in an object of its own: all numbers whose
 * names end in _count and _duration.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "json/jsoncut.h"
#include "json/jsonload.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "ollama/dialect_ollama.h"
#include "openai/openai_rounds.h"

/* ---- requests */

/* With parameters as Ollama can read them: the request is passed on to it as it is. */
int dialect_ollama_offer_write(const struct tool_offer *offer, struct buf *out)
{
    struct error why = ERROR_NONE;
    json_auto_t *parameters = jsonload(offer->parameters, &why);
    json_auto_t *schema = dialect_ollama_schema(json_is_object(parameters) ? parameters : NULL);
    struct buf text;
    buf_init(&text, TOOL_ANSWER_MAX);
    struct jsonwrite json = jsonwrite_to(&text);
    json.r = schema ? 0 : -ENOMEM;
    jsonwrite_tree(&json, NULL, schema);
    const struct tool_offer fit = {offer->name, offer->description, buf_text(&text)};
    int r = json.r < 0 ? json.r : openai_rounds_offer_write(&fit, out);
    buf_done(&text);
    return r;
}

/* It knows no tool_choice. */
bool dialect_ollama_choice_forces(struct text choice)
{
    (void)choice;
    return false;
}

/* ---- answers */

static struct text message_of(struct text answer)
{
    struct text message;
    bool there = jsonspan_get(answer, "message", &message);
    return there && jsonspan_type(message) == JSONSPAN_OBJECT ? message : text_of("{}");
}

int dialect_ollama_calls_read(struct text answer, struct tool_calls *calls)
{
    struct text list;
    return jsonspan_get(message_of(answer), "tool_calls", &list)
               ? openai_rounds_calls_add(list, calls)
               : 0;
}

int dialect_ollama_turn_write(struct text answer, const struct tool_result *results, size_t count,
                              struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_raw(&json, NULL, message_of(answer));
    for (size_t i = 0; i < count; i++) {
        jsonwrite_open(&json, NULL, '{');
        jsonwrite_string(&json, "role", text_of("tool"));
        jsonwrite_string(&json, "content", results[i].text);
        jsonwrite_string(&json, "tool_name", results[i].name);
        jsonwrite_filled(&json, "tool_call_id", results[i].id);
        jsonwrite_close(&json, '}');
    }
    return json.r;
}

/* ---- what changes in an answer */

int dialect_ollama_mark_calls(struct text message, struct tool_weaver *weaver,
                              struct tool_marks *marks)
{
    struct text list, call;
    int r = 0;
    if (!jsonspan_get(message, "tool_calls", &list))
        return 0;
    for (size_t at = 0; r == 0 && jsonspan_next(list, &at, &call);) {
        struct text name = openai_rounds_call_name(call);
        bool ours = false;
        r = tool_name_is_ours(weaver->is_ours, weaver->arg, name, &ours);
        if (r == 0 && ours) {
            r = tool_marks_add(marks, call, DIALECT_OLLAMA_OURS);
            weaver->ours++;
        } else if (r == 0 && name.at) {
            r = weaver->ours ? tool_marks_add(marks, call, weaver->theirs) : 0;
            weaver->theirs++;
        }
    }
    return r;
}

static bool is_counted(struct text name, struct text value)
{
    return jsonspan_type(value) == JSONSPAN_NUMBER &&
           (text_ends(name, "_count\"") || text_ends(name, "_duration\""));
}

int dialect_ollama_count(struct buf *counts, struct text line)
{
    struct text name, value;
    struct buf told, sum;
    buf_init(&told, TOOL_ANSWER_MAX);
    buf_init(&sum, counts->max);
    int r = buf_append_string(&told, "{");
    for (size_t at = 0; r == 0 && jsonspan_member(line, &at, &name, &value);)
        if (is_counted(name, value))
            r = buf_printf(&told, "%s%.*s:%.*s", told.len > 1 ? "," : "", TEXT_ARG(name),
                           TEXT_ARG(value));
    if (r == 0 && told.len > 1) {
        r = buf_append_string(&told, "}");
        if (r == 0)
            r = tool_usage_sum(buf_text(counts), buf_text(&told), &sum);
        if (r == 0) {
            buf_done(counts);
            *counts = sum;
            buf_init(&sum, counts->max);
        }
    }
    buf_done(&told);
    buf_done(&sum);
    return r;
}

/* Where in the answer. */
enum level { LEVEL_ANSWER, LEVEL_MESSAGE, LEVEL_CALLS, LEVEL_CALL, LEVEL_FUNCTION };

struct editing {
    const struct dialect_ollama_edit *edit;
    struct jsoncut cut;
    size_t index;     /* the new one of the call under way */
    struct buf front; /* members that the part under way lacks */
};

struct place {
    struct editing *editing;
    enum level level;
};

static bool is_ours(const struct dialect_ollama_edit *edit, struct text call)
{
    const struct tool_mark *mark = tool_marks_find(&edit->calls, call);
    return mark && mark->number == DIALECT_OLLAMA_OURS;
}

/* A list of calls that are all ours. */
static bool are_ours(const struct dialect_ollama_edit *edit, struct text list)
{
    struct text call;
    size_t count = 0;
    for (size_t at = 0; jsonspan_next(list, &at, &call); count++)
        if (!is_ours(edit, call))
            return false;
    return count > 0;
}

static bool drops(const void *arg, struct text name, struct text value)
{
    const struct place *place = arg;
    const struct dialect_ollama_edit *edit = place->editing->edit;
    switch (place->level) {
    case LEVEL_ANSWER:
        return edit->part == DIALECT_OLLAMA_SHOWN &&
               (is_counted(name, value) || jsonspan_name_is(name, "done_reason"));
    case LEVEL_MESSAGE:
        return jsonspan_name_is(name, "tool_calls") && are_ours(edit, value);
    case LEVEL_CALLS:
        return is_ours(edit, value);
    case LEVEL_CALL:
    case LEVEL_FUNCTION:
        return false;
    }
    return false;
}

static int walk_into(struct editing *editing, struct text part, enum level level);

/* The message of a line that says no more. */
#define SILENT "{\"role\":\"assistant\",\"content\":\"\"}"

static int keep_in_answer(struct editing *editing, struct text name, struct text value)
{
    struct text counts = editing->edit->counts, told, count;
    if (jsonspan_name_is(name, "message"))
        return editing->edit->part == DIALECT_OLLAMA_END
                   ? jsoncut_replace(&editing->cut, value, text_of(SILENT))
                   : walk_into(editing, value, LEVEL_MESSAGE);
    if (editing->edit->part == DIALECT_OLLAMA_SHOWN && jsonspan_name_is(name, "done"))
        return jsoncut_replace(&editing->cut, value, text_of("false"));
    for (size_t at = 0; is_counted(name, value) && jsonspan_member(counts, &at, &told, &count);)
        if (text_same(told, name))
            return jsoncut_replace(&editing->cut, value, count);
    return 0;
}

static int put_index(struct editing *editing, struct text value)
{
    char index[32];
    (void)snprintf(index, sizeof(index), "%zu", editing->index);
    return jsoncut_replace(&editing->cut, value, text_of(index));
}

static int kept(void *arg, struct text name, struct text value)
{
    const struct place *place = arg;
    struct editing *editing = place->editing;
    const struct tool_mark *mark;
    switch (place->level) {
    case LEVEL_ANSWER:
        return keep_in_answer(editing, name, value);
    case LEVEL_MESSAGE:
        if (jsonspan_name_is(name, "tool_calls"))
            return walk_into(editing, value, LEVEL_CALLS);
        return editing->edit->text.len && jsonspan_name_is(name, "content")
                   ? openai_rounds_content_put(&editing->cut, value, editing->edit->text)
                   : 0;
    case LEVEL_CALLS:
        mark = tool_marks_find(&editing->edit->calls, value);
        if (!mark)
            return 0;
        editing->index = mark->number;
        return walk_into(editing, value, LEVEL_CALL);
    case LEVEL_CALL:
        return jsonspan_name_is(name, "function") ? walk_into(editing, value, LEVEL_FUNCTION) : 0;
    case LEVEL_FUNCTION:
        return jsonspan_name_is(name, "index") ? put_index(editing, value) : 0;
    }
    return 0;
}

static bool has_member(struct text object, struct text wanted)
{
    struct text name, value;
    for (size_t at = 0; jsonspan_member(object, &at, &name, &value);)
        if (text_same(name, wanted))
            return true;
    return false;
}

/* What has to be told, and has no place there. */
static int make_front(struct editing *editing, struct text part, enum level level)
{
    struct jsonwrite json = jsonwrite_to(&editing->front);
    struct text name, value;
    int r = 0;
    buf_reset(&editing->front);
    if (level == LEVEL_MESSAGE && editing->edit->text.len &&
        !has_member(part, text_of("\"content\"")))
        jsonwrite_string(&json, "content", editing->edit->text);
    for (size_t at = 0; level == LEVEL_ANSWER && r == 0 &&
                        jsonspan_member(editing->edit->counts, &at, &name, &value);)
        if (!has_member(part, name))
            r = buf_printf(&editing->front, "%s%.*s:%.*s", editing->front.len ? "," : "",
                           TEXT_ARG(name), TEXT_ARG(value));
    return r < 0 ? r : json.r;
}

static int walk_into(struct editing *editing, struct text part, enum level level)
{
    struct place place = {editing, level};
    int r = make_front(editing, part, level);
    const struct jsoncut_entries entries = {
        .drops = drops, .kept = kept, .front = buf_text(&editing->front), .arg = &place};
    return r < 0 ? r : jsoncut_walk(&editing->cut, part, &entries);
}

int dialect_ollama_edit(const struct dialect_ollama_edit *edit, struct text line, bool *ret_changed,
                        struct buf *out)
{
    struct editing editing = {.edit = edit, .cut = {.body = line, .out = out}};
    buf_init(&editing.front, TOOL_ANSWER_MAX);
    int r = walk_into(&editing, line, LEVEL_ANSWER);
    if (r == 0)
        r = jsoncut_end(&editing.cut);
    *ret_changed = editing.cut.changed;
    buf_done(&editing.front);
    return r;
}

int dialect_ollama_answers_join(struct text earlier, struct text last, tool_is_ours *is_ours_fn,
                                const void *arg, struct buf *out)
{
    struct tool_weaver counted = {.is_ours = is_ours_fn, .arg = arg};
    struct dialect_ollama_edit edit = {0};
    struct text answer, content;
    struct buf text, counts;
    bool changed = false;
    int r = 0;
    buf_init(&text, TOOL_ANSWER_MAX);
    buf_init(&counts, TOOL_ANSWER_MAX);
    for (size_t at = 0; r == 0 && jsonspan_next(earlier, &at, &answer);) {
        if (jsonspan_get(message_of(answer), "content", &content))
            r = openai_rounds_content_add(content, &text);
        if (r == 0)
            r = dialect_ollama_count(&counts, answer);
    }
    if (r == 0 && counts.len)
        r = dialect_ollama_count(&counts, last);
    if (r == 0)
        r = dialect_ollama_mark_calls(message_of(last), &counted, &edit.calls);
    edit.text = buf_text(&text);
    edit.counts = buf_text(&counts);
    if (r == 0)
        r = dialect_ollama_edit(&edit, last, &changed, out);
    if (r == 0 && !changed)
        r = buf_append_text(out, last);
    tool_marks_done(&edit.calls);
    buf_done(&text);
    buf_done(&counts);
    return r;
}
