/* Anthropic's form of the models on offer, see model_page.h: made of OpenAI's, entry by entry. */
#include <errno.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "tell/model_page.h"
#include "text/utc.h"

/* The names of the first model and of the last one stand at the end; a longer one is nobody's. */
#define NAME_MAX_BYTES 1024
#define END_MAX        (2 * NAME_MAX_BYTES + 64)

#define ENTRY_MAX (32u << 20)

/* The member of an object that is a string, quotes included; empty = there is none. */
static struct text quoted(struct text object, const char *name)
{
    struct text value;
    bool has = jsonspan_type(object) == JSONSPAN_OBJECT && jsonspan_get(object, name, &value) &&
               jsonspan_type(value) == JSONSPAN_STRING;
    return has ? value : text_make("", 0);
}

int model_page_anthropic_entry(struct text entry, struct buf *out)
{
    char made_at[UTC_SIZE];
    struct text created;
    int64_t seconds = 0;
    struct text id = quoted(entry, "id"), name = quoted(entry, "name");
    if (id.len == 0)
        return -EINVAL;
    if (quoted(entry, "display_name").len)
        return buf_append_text(out, entry);
    if (!jsonspan_get(entry, "created", &created) || !jsonspan_whole(created, &seconds))
        seconds = 0;
    utc_write(seconds, made_at);
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "type", text_of("model"));
    jsonwrite_raw(&json, "id", id);
    jsonwrite_raw(&json, "display_name", name.len ? name : id);
    jsonwrite_string(&json, "created_at", text_of(made_at));
    jsonwrite_close(&json, '}');
    return json.r;
}

/* Adds an entry behind the others, whole or not at all. */
static int add(const struct offer_entry *entry, bool first, struct buf *out)
{
    size_t before = out->len;
    struct buf plain;
    buf_init(&plain, ENTRY_MAX);
    int r = first ? 0 : buf_append(out, ",", 1);
    r = r < 0 ? r : model_page_entry(entry, &plain);
    r = r < 0 ? r : model_page_anthropic_entry(buf_text(&plain), out);
    buf_done(&plain);
    if (r == 0 && out->max - out->len < END_MAX)
        r = -EMSGSIZE;
    if (r < 0) {
        out->len = before;
        out->data[before] = '\0';
    }
    return r;
}

static void put_name(struct jsonwrite *json, const char *name, const struct buf *quoted)
{
    if (quoted->len)
        jsonwrite_raw(json, name, buf_text(quoted));
    else
        jsonwrite_null(json, name);
}

static void note(struct text entry, struct buf *name)
{
    buf_reset(name);
    (void)!buf_append_text(name, quoted(entry, "id"));
}

int model_page_write_anthropic(const struct offer *offer, struct buf *out)
{
    struct offer_cursor cursor = {0};
    struct offer_entry entry;
    struct buf first, last;
    int r = buf_append_string(out, "{\"data\":[");
    size_t empty = out->len;
    buf_init(&first, NAME_MAX_BYTES);
    buf_init(&last, NAME_MAX_BYTES);
    while (r == 0 && offer_next(offer, &cursor, &entry)) {
        size_t before = out->len;
        if (add(&entry, before == empty, out) < 0)
            continue;
        struct text added = text_skip(buf_text(out), before + (before > empty));
        note(added, before == empty ? &first : &last);
        if (before == empty)
            note(added, &last);
    }
    struct jsonwrite json = {.out = out, .r = r};
    jsonwrite_close(&json, ']');
    jsonwrite_bool(&json, "has_more", false);
    put_name(&json, "first_id", &first);
    put_name(&json, "last_id", &last);
    jsonwrite_close(&json, '}');
    buf_done(&first);
    buf_done(&last);
    return json.r;
}
