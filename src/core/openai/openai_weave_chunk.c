/*
 * An event of a stream of chat completions, as the app gets it: which pieces of calls are ours, and
 * what else has to change (openai_weave.c says what, and why). A call is known by the index of its
 * pieces and by its id: some servers give all calls the same index, or none.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/jsoncut.h"
#include "json/jsonspan.h"
#include "openai/openai_rounds.h"
#include "openai/openai_weave.h"
#include "text/count.h"

/* More calls in one answer are out of all reason. */
#define CALLS_MAX 1024

/* ---- calls */

/* What a piece of a call tells of it. */
struct told {
    int64_t index;
    bool indexed;
    struct text id, name; /* JSON strings; at NULL = none, or empty */
};

static struct told told_of(struct text piece, int64_t place)
{
    struct jsonspan_wanted wanted[] = {{.name = "index"}, {.name = "id"}};
    struct told told = {.index = place, .name = openai_rounds_call_name(piece)};
    jsonspan_pick(piece, wanted, COUNT(wanted));
    told.indexed = jsonspan_whole(wanted[0].value, &told.index);
    if (jsonspan_type(wanted[1].value) == JSONSPAN_STRING && wanted[1].value.len > 2)
        told.id = wanted[1].value;
    return told;
}

/* The call that a piece goes on with, the latest first; NULL: it begins another one. Some servers
 * give all calls the same index, or none: there a name begins one. */
static struct openai_weave_call *find_call(const struct openai_weaver *weaver,
                                           const struct told *told)
{
    for (size_t i = weaver->call_count; i-- > 0;) {
        struct openai_weave_call *call = &weaver->calls[i];
        bool ids = told->id.at && call->id.len;
        bool other = told->name.at && call->named &&
                     (ids ? !text_same(buf_text(&call->id), told->id) : !told->indexed);
        if (call->index == told->index && !other)
            return call;
    }
    return NULL;
}

static int begin_call(struct openai_weaver *weaver, const struct told *told,
                      struct openai_weave_call **ret)
{
    struct openai_weave_call *calls =
        weaver->call_count < CALLS_MAX
            ? realloc(weaver->calls, (weaver->call_count + 1) * sizeof(*calls))
            : NULL;
    if (!calls)
        return weaver->call_count < CALLS_MAX ? -ENOMEM : -EMSGSIZE;
    weaver->calls = calls;
    *ret = &calls[weaver->call_count++];
    **ret = (struct openai_weave_call){.index = told->index};
    buf_init(&(*ret)->id, TOOL_ANSWER_MAX);
    buf_init(&(*ret)->early, TOOL_ANSWER_MAX);
    return told->id.at ? buf_append_text(&(*ret)->id, told->id) : 0;
}

/* Its name has come, and tells whose it is. */
static int name_call(struct openai_weaver *weaver, struct openai_weave_call *call,
                     const struct told *told)
{
    struct tool_weaver *base = &weaver->base;
    int r = tool_name_is_ours(base->is_ours, base->arg, told->name, &call->ours);
    if (r < 0)
        return r;
    call->named = true;
    if (call->ours) {
        base->ours++;
        return 0;
    }
    call->to = base->theirs++;
    call->moved = base->ours > 0 && !(told->indexed && call->index == (int64_t)call->to);
    return 0;
}

/* A mark's number is that of the call, twice, and one more where the piece itself is held back. */
int openai_weave_take_call(struct openai_weaver *weaver, struct text piece, int64_t place)
{
    const struct told told = told_of(piece, place);
    struct openai_weave_call *call = find_call(weaver, &told);
    int r = call ? 0 : begin_call(weaver, &told, &call);
    if (r == 0 && !call->named && told.name.at)
        r = name_call(weaver, call, &told);
    bool early = r == 0 && !call->named;
    if (early)
        r = jsonspan_compact(piece, &call->early);
    if (early && r == 0)
        r = buf_append(&call->early, "\n", 1);
    return r < 0
               ? r
               : tool_marks_add(&weaver->pieces, piece, 2 * (size_t)(call - weaver->calls) + early);
}

static struct openai_weave_call *call_of(const struct openai_weaver *weaver, struct text piece,
                                         bool *ret_hidden)
{
    const struct tool_mark *mark = tool_marks_find(&weaver->pieces, piece);
    struct openai_weave_call *call = mark ? &weaver->calls[mark->number / 2] : NULL;
    *ret_hidden = call && (mark->number % 2 || call->ours);
    return call;
}

static bool is_hidden(const struct openai_weaver *weaver, struct text piece)
{
    bool hidden;
    (void)call_of(weaver, piece, &hidden);
    return hidden;
}

bool openai_weave_hides(const struct openai_weaver *weaver, struct text list)
{
    struct text piece;
    size_t count = 0;
    for (size_t at = 0; jsonspan_next(list, &at, &piece); count++)
        if (!is_hidden(weaver, piece))
            return false;
    return count > 0;
}

static bool drops_nothing(const void *arg, struct text name, struct text value)
{
    (void)arg, (void)name, (void)value;
    return false;
}

struct renumber {
    struct jsoncut cut;
    struct text index;
};

static int put_index(void *arg, struct text name, struct text value)
{
    struct renumber *renumber = arg;
    return jsonspan_name_is(name, "index") ? jsoncut_replace(&renumber->cut, value, renumber->index)
                                           : 0;
}

static int write_piece(const struct openai_weave_call *call, struct text piece, struct buf *out)
{
    char index[48];
    struct text there;
    struct renumber renumber = {.cut = {.body = piece, .out = out}};
    struct jsoncut_entries entries = {.drops = drops_nothing, .kept = put_index, .arg = &renumber};
    if (!call->moved)
        return buf_append_text(out, piece);
    bool indexed = jsonspan_get(piece, "index", &there);
    (void)snprintf(index, sizeof(index), "%s%zu", indexed ? "" : "\"index\":", call->to);
    renumber.index = text_of(index);
    if (!indexed)
        entries.front = text_of(index);
    int r = jsoncut_walk(&renumber.cut, piece, &entries);
    return r < 0 ? r : jsoncut_end(&renumber.cut);
}

/* The piece as it goes out, and what came before the name that it brings. */
static int write_pieces(struct openai_weave_call *call, struct text piece, struct buf *out)
{
    struct text early = buf_text(&call->early);
    int r = 0;
    while (r == 0 && early.len) {
        size_t len = (size_t)((const char *)memchr(early.at, '\n', early.len) - early.at);
        r = write_piece(call, text_make(early.at, len), out);
        if (r == 0)
            r = buf_append(out, ",", 1);
        early = text_skip(early, len + 1);
    }
    return r < 0 ? r : write_piece(call, piece, out);
}

/* ---- an event, written */

/* Where in the event. */
enum level { LEVEL_CHUNK, LEVEL_CHOICES, LEVEL_CHOICE, LEVEL_DELTA, LEVEL_CALLS };

struct edit {
    struct openai_weaver *weaver;
    struct jsoncut cut;
    enum openai_chunk_part part;
};

struct place {
    struct edit *edit;
    enum level level;
};

static bool drops(const void *arg, struct text name, struct text value)
{
    const struct place *place = arg;
    const struct openai_weaver *weaver = place->edit->weaver;
    switch (place->level) {
    case LEVEL_CHUNK:
        return place->edit->part == OPENAI_CHUNK_SHOWN && jsonspan_name_is(name, "usage");
    case LEVEL_CHOICES:
        return place->edit->part == OPENAI_CHUNK_END && !openai_rounds_is_first(value);
    case LEVEL_CHOICE:
        return false;
    case LEVEL_DELTA:
        return (weaver->later && weaver->role && jsonspan_name_is(name, "role")) ||
               (weaver->function_ours && jsonspan_name_is(name, "function_call")) ||
               (jsonspan_name_is(name, "tool_calls") && openai_weave_hides(weaver, value));
    case LEVEL_CALLS:
        return is_hidden(weaver, value);
    }
    return false;
}

/* From the second round on: what the first event told, where this one tells something else. */
static int keep_identity(struct edit *edit, struct text name, struct text value)
{
    static const char *const names[] = {"id", "created", "model"};
    struct text first;
    for (size_t i = 0; edit->weaver->later && i < COUNT(names); i++)
        if (jsonspan_name_is(name, names[i]))
            return jsonspan_get(buf_text(&edit->weaver->head), names[i], &first) &&
                           !jsonspan_is_empty(value) && !text_equals(value, "0") &&
                           !text_same(first, value)
                       ? jsoncut_replace(&edit->cut, value, first)
                       : 0;
    return 0;
}

static int put_usage(struct edit *edit, struct text value)
{
    struct buf sum;
    if (edit->weaver->earlier.len == 0 || jsonspan_type(value) != JSONSPAN_OBJECT)
        return 0;
    buf_init(&sum, TOOL_ANSWER_MAX);
    int r = tool_usage_sum(buf_text(&edit->weaver->earlier), value, &sum);
    if (r == 0)
        r = jsoncut_replace(&edit->cut, value, buf_text(&sum));
    buf_done(&sum);
    return r;
}

static int put_piece(struct edit *edit, struct text value)
{
    bool hidden;
    struct openai_weave_call *call = call_of(edit->weaver, value, &hidden);
    struct buf piece;
    if (!call || (!call->moved && call->early.len == 0))
        return 0;
    buf_init(&piece, TOOL_ANSWER_MAX);
    int r = write_pieces(call, value, &piece);
    if (r == 0)
        r = jsoncut_replace(&edit->cut, value, buf_text(&piece));
    buf_done(&piece);
    buf_done(&call->early);
    return r;
}

static int walk_into(struct edit *edit, struct text part, enum level level);

static int keep_in_choice(struct edit *edit, struct text name, struct text value)
{
    bool finish = jsonspan_name_is(name, "finish_reason");
    if (jsonspan_name_is(name, "delta"))
        return edit->part == OPENAI_CHUNK_END ? jsoncut_replace(&edit->cut, value, text_of("{}"))
                                              : walk_into(edit, value, LEVEL_DELTA);
    if (finish && edit->part == OPENAI_CHUNK_SHOWN)
        return jsoncut_replace(&edit->cut, value, text_of("null"));
    if (finish && edit->part == OPENAI_CHUNK_END && edit->weaver->base.theirs == 0 &&
        openai_rounds_is_of_calls(value))
        return jsoncut_replace(&edit->cut, value, text_of("\"stop\""));
    return 0;
}

static int kept(void *arg, struct text name, struct text value)
{
    const struct place *place = arg;
    struct edit *edit = place->edit;
    switch (place->level) {
    case LEVEL_CHUNK:
        if (jsonspan_name_is(name, "choices"))
            return walk_into(edit, value, LEVEL_CHOICES);
        return jsonspan_name_is(name, "usage") ? put_usage(edit, value)
                                               : keep_identity(edit, name, value);
    case LEVEL_CHOICES:
        return openai_rounds_is_first(value) ? walk_into(edit, value, LEVEL_CHOICE) : 0;
    case LEVEL_CHOICE:
        return keep_in_choice(edit, name, value);
    case LEVEL_DELTA:
        return jsonspan_name_is(name, "tool_calls") ? walk_into(edit, value, LEVEL_CALLS) : 0;
    case LEVEL_CALLS:
        return put_piece(edit, value);
    }
    return 0;
}

static int walk_into(struct edit *edit, struct text part, enum level level)
{
    struct place place = {edit, level};
    const struct jsoncut_entries entries = {.drops = drops, .kept = kept, .arg = &place};
    return jsoncut_walk(&edit->cut, part, &entries);
}

/* Data of several lines becomes one line: its line ends stand between values. */
int openai_weave_write_data(struct text json, struct buf *out)
{
    int r = buf_append_string(out, "data: ");
    if (r == 0)
        r = memchr(json.at, '\n', json.len) ? jsonspan_compact(json, out)
                                            : buf_append_text(out, json);
    return r < 0 ? r : buf_append(out, "\n\n", 2);
}

int openai_weave_write(struct openai_weaver *weaver, const struct openai_chunk *chunk,
                       enum openai_chunk_part part, struct buf *out)
{
    struct buf json;
    struct edit edit = {.weaver = weaver, .cut = {.body = chunk->data, .out = &json}, .part = part};
    buf_init(&json, TOOL_ANSWER_MAX);
    int r = walk_into(&edit, chunk->data, LEVEL_CHUNK);
    if (r == 0)
        r = jsoncut_end(&edit.cut);
    if (r == 0)
        r = edit.cut.changed ? openai_weave_write_data(buf_text(&json), out)
                             : buf_append_text(out, chunk->raw);
    buf_done(&json);
    return r;
}
