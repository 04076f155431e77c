/* Which comma goes with an entry depends on whether one stays behind it, so that is looked up
 * first.
 */
#include "json/jsoncut.h"

#include <string.h>

#include "json/jsonspan.h"

int jsoncut_replace(struct jsoncut *cut, struct text part, struct text by)
{
    size_t from = (size_t)(part.at - cut->body.at);
    int r = buf_append(cut->out, cut->body.at + cut->done, from - cut->done);
    if (r == 0)
        r = buf_append_text(cut->out, by);
    cut->done = from + part.len;
    cut->changed = true;
    return r;
}

/* Leaves the bytes from begin to end of the body out. */
static int leave_out(struct jsoncut *cut, const char *begin, const char *end)
{
    return jsoncut_replace(cut, text_make(begin, (size_t)(end - begin)), text_of(""));
}

static bool next(struct text part, bool object, size_t *at, struct text *ret_name,
                 struct text *ret_value)
{
    *ret_name = text_make("", 0);
    return object ? jsonspan_member(part, at, ret_name, ret_value)
                  : jsonspan_next(part, at, ret_value);
}

static const char *end_of(struct text part)
{
    return part.at + part.len;
}

static const char *comma_behind(struct text part, const char *value_end)
{
    return memchr(value_end, ',', (size_t)(end_of(part) - value_end));
}

struct walk {
    struct jsoncut *cut;
    struct text part;
    const char *kept_end; /* of the last entry that stays; NULL = none does */
    const char *gone_end; /* of the last one behind it that was left out; NULL = none was yet */
};

static const char *last_kept(struct text part, bool object, const struct jsoncut_entries *entries)
{
    struct text name, value;
    const char *end = NULL;
    for (size_t at = 0; next(part, object, &at, &name, &value);)
        if (!entries->drops(entries->arg, name, value))
            end = end_of(value);
    return end;
}

static int take_out(struct walk *walk, const char *begin, const char *end)
{
    if (walk->kept_end && begin < walk->kept_end)
        return leave_out(walk->cut, begin, comma_behind(walk->part, end) + 1);
    /* Nothing stays behind it: the first of those takes the comma before it along. */
    if (walk->gone_end)
        begin = walk->gone_end;
    else if (walk->kept_end)
        begin = comma_behind(walk->part, walk->kept_end);
    walk->gone_end = end;
    return leave_out(walk->cut, begin, end);
}

/* Behind the bracket that opens the part, if one does. */
static int put_front(const struct walk *walk, struct text front)
{
    enum jsonspan_type type = jsonspan_type(walk->part);
    const struct text behind = {walk->part.at + 1, 0};
    if (type != JSONSPAN_OBJECT && type != JSONSPAN_ARRAY)
        return 0;
    int r = jsoncut_replace(walk->cut, behind, front);
    return r == 0 && walk->kept_end ? jsoncut_replace(walk->cut, behind, text_of(",")) : r;
}

int jsoncut_walk(struct jsoncut *cut, struct text part, const struct jsoncut_entries *entries)
{
    bool object = jsonspan_type(part) == JSONSPAN_OBJECT;
    struct walk walk = {.cut = cut, .part = part, .kept_end = last_kept(part, object, entries)};
    struct text name, value;
    int r = 0;
    if (entries->front.len)
        r = put_front(&walk, entries->front);
    for (size_t at = 0; r == 0 && next(part, object, &at, &name, &value);) {
        if (!entries->drops(entries->arg, name, value)) {
            r = entries->kept ? entries->kept(entries->arg, name, value) : 0;
            continue;
        }
        if (entries->dropped)
            entries->dropped(entries->arg, name, value);
        r = take_out(&walk, object ? name.at : value.at, end_of(value));
    }
    return r;
}

int jsoncut_end(struct jsoncut *cut)
{
    return cut->changed ? buf_append_text(cut->out, text_skip(cut->body, cut->done)) : 0;
}
