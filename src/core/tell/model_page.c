/* See model_page.h. Entries are cut out and put together as they are: their numbers stay. */
#include "tell/model_page.h"

#include <errno.h>
#include <string.h>

#include "http/http_date.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"

bool model_page_is_list(struct text answer)
{
    struct text data;
    return jsonspan_check(answer, NULL) == 0 && jsonspan_get(answer, "data", &data) &&
           jsonspan_type(data) == JSONSPAN_ARRAY;
}

/* An entry is added whole or not at all. */
static int undo(struct buf *out, size_t len, int r)
{
    if (r < 0 && out->len > len) {
        out->len = len;
        out->data[len] = '\0';
    }
    return r;
}

static int put_name(const char *provider, struct text name, struct buf *out)
{
    struct buf named;
    buf_init(&named, strlen(provider) + 1 + name.len);
    int r = buf_printf(&named, "%s:", provider);
    r = r < 0 ? r : buf_append_text(&named, name);
    r = r < 0 ? r : jsonspan_encode(buf_text(&named), out);
    buf_done(&named);
    return r;
}

int model_page_ollama_entry(const struct config_provider *provider,
                            const struct ollama_model *model, struct buf *out)
{
    size_t before = out->len;
    int64_t created_s = 0;
    (void)http_date_parse_rfc3339(text_of(model->modified_at), &created_s);
    int r = buf_append_string(out, "{\"id\":");
    r = r < 0 ? r : put_name(provider->name, text_of(model->name), out);
    if (r == 0) {
        struct jsonwrite json = {.out = out, .comma = true};
        jsonwrite_string(&json, "object", text_of("model"));
        jsonwrite_integer(&json, "created", created_s);
        jsonwrite_string(&json, "owned_by", text_of(provider->name));
        jsonwrite_close(&json, '}');
        r = json.r;
    }
    return undo(out, before, r);
}

static int put_named(const char *provider, struct text entry, struct text id, struct buf *out)
{
    struct buf plain;
    size_t begin = (size_t)(id.at - entry.at);
    buf_init(&plain, id.len);
    int r = jsonspan_decode(id, &plain);
    r = r < 0 ? r : buf_append(out, entry.at, begin);
    r = r < 0 ? r : put_name(provider, buf_text(&plain), out);
    r = r < 0 ? r : buf_append_text(out, text_skip(entry, begin + id.len));
    buf_done(&plain);
    return r;
}

int model_page_named_entry(const char *provider, struct text entry, struct buf *out)
{
    struct text id;
    size_t before = out->len;
    if (jsonspan_check(entry, NULL) < 0 || !jsonspan_get(entry, "id", &id) ||
        jsonspan_type(id) != JSONSPAN_STRING)
        return -EINVAL;
    return undo(out, before, put_named(provider, entry, id, out));
}

/* The comma before an entry; *ret_before is where the list ends should that not fit in. */
static int put_comma(struct buf *list, size_t *ret_before)
{
    *ret_before = list->len;
    return list->len ? buf_append(list, ",", 1) : 0;
}

void model_page_add_ollama(const struct config_provider *provider,
                           const struct ollama_models *models, struct buf *list)
{
    for (size_t i = 0; i < models->count; i++) {
        size_t before;
        if (models->at[i].remote && !provider->allow_cloud)
            continue;
        int r = put_comma(list, &before);
        r = r < 0 ? r : model_page_ollama_entry(provider, &models->at[i], list);
        (void)undo(list, before, r);
    }
}

void model_page_add_cloud(const char *provider, struct text answer, struct buf *list)
{
    struct text data, entry;
    size_t position = 0;
    if (!jsonspan_get(answer, "data", &data))
        return;
    while (jsonspan_next(data, &position, &entry)) {
        size_t before;
        int r = put_comma(list, &before);
        if (r == 0)
            r = provider ? model_page_named_entry(provider, entry, list)
                         : buf_append_text(list, entry);
        (void)undo(list, before, r);
    }
}

const struct config_provider *model_page_owner(const struct config *config, struct text id,
                                               struct text *ret_name)
{
    size_t len = 0;
    while (len < id.len && id.at[len] != ':' && id.at[len] != '%')
        len++;
    struct text rest = text_skip(id, len);
    bool colon = text_starts_nocase(rest, ":");
    if (!colon && !text_starts_nocase(rest, "%3a"))
        return NULL;
    *ret_name = text_skip(rest, colon ? 1 : 3);
    return ret_name->len ? config_provider_by_name(config, text_make(id.at, len)) : NULL;
}

/* -1: it is no hexadecimal digit. */
static int digit_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, text_lower(c)) : NULL;
    return found ? (int)(found - digits) : -1;
}

int model_page_unescape(struct text text, struct buf *out)
{
    int r = 0;
    for (size_t i = 0; i < text.len && r == 0; i++) {
        int high = text.at[i] == '%' && i + 2 < text.len ? digit_of(text.at[i + 1]) : -1;
        int low = high >= 0 ? digit_of(text.at[i + 2]) : -1;
        char byte = low >= 0 ? (char)(high * 16 + low) : text.at[i];
        r = buf_append(out, &byte, 1);
        i += low >= 0 ? 2 : 0;
    }
    return r;
}
