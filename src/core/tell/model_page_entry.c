/* An entry of the list of models, in OpenAI's form: see model_page.h. */
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "tell/model_page.h"

#define NAME_BYTES_MAX (32u << 20)

/* The name as a JSON string. */
static int put_name(const struct offer_entry *entry, struct buf *out)
{
    struct buf name;
    buf_init(&name, NAME_BYTES_MAX);
    int r = offer_put_name(entry, &name);
    r = r < 0 ? r : jsonspan_encode(buf_text(&name), out);
    buf_done(&name);
    return r;
}

static int put_model(const struct offer_entry *entry, struct buf *out)
{
    int r = buf_append_string(out, "{\"id\":");
    r = r < 0 ? r : put_name(entry, out);
    if (r < 0)
        return r;
    struct jsonwrite json = {.out = out, .comma = true};
    jsonwrite_string(&json, "object", text_of("model"));
    jsonwrite_integer(&json, "created", offer_created_s(entry->model));
    jsonwrite_string(&json, "owned_by", text_of(entry->source->provider->name));
    jsonwrite_close(&json, '}');
    return json.r;
}

int model_page_entry(const struct offer_entry *entry, struct buf *out)
{
    if (entry->model)
        return put_model(entry, out);
    if (entry->source->bare)
        return buf_append_text(out, entry->raw);
    size_t begin = (size_t)(entry->id.at - entry->raw.at);
    int r = buf_append(out, entry->raw.at, begin);
    r = r < 0 ? r : put_name(entry, out);
    return r < 0 ? r : buf_append_text(out, text_skip(entry->raw, begin + entry->id.len));
}
