/* See ollama_page.h. Shapes: api/types.go of Ollama 0.33 (ListModelResponse, ShowResponse). */
#include "tell/ollama_page.h"

#include <errno.h>
#include <stdlib.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "ollama/ollama.h"
#include "text/utc.h"

#define NAME_MAX_BYTES 65536

/* ---- names */

struct row {
    struct offer_entry entry;
    char *name; /* as its provider calls it */
    size_t place;
    bool prefixed;
};

struct rows {
    struct row *at;
    size_t count;
};

static void rows_done(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->at[i].name);
    free(rows->at);
}

static int add_row(struct rows *rows, const struct offer_entry *entry)
{
    struct buf name;
    struct row *grown = realloc(rows->at, (rows->count + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    rows->at = grown;
    struct row *row = &grown[rows->count];
    *row = (struct row){.entry = *entry, .place = rows->count};
    buf_init(&name, NAME_MAX_BYTES);
    int r = entry->model ? buf_append_string(&name, entry->model->name)
                         : jsonspan_decode(entry->id, &name);
    if (r == 0 && name.len > 0)
        row->name = buf_steal(&name, NULL);
    buf_done(&name);
    rows->count += row->name != NULL;
    return r == -ENOMEM ? r : 0;
}

static int collect(const struct offer *offer, struct rows *ret)
{
    struct offer_cursor cursor = {0};
    struct offer_entry entry;
    int r = 0;
    *ret = (struct rows){0};
    while (r == 0 && offer_next(offer, &cursor, &entry))
        if (entry.model || entry.id.at)
            r = add_row(ret, &entry);
    if (r < 0) {
        rows_done(ret);
        *ret = (struct rows){0};
    }
    return r;
}

static int compare_texts(struct text a, struct text b)
{
    int r = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return r ? r : (a.len > b.len) - (a.len < b.len);
}

/* Who keeps the name comes first. */
static int compare(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    int r = compare_texts(ollama_name_plain(text_of(a->name)), ollama_name_plain(text_of(b->name)));
    if (r == 0 && !a->entry.model != !b->entry.model)
        return a->entry.model ? -1 : 1;
    return r ? r : (a->place > b->place) - (a->place < b->place);
}

static int by_place(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    return (a->place > b->place) - (a->place < b->place);
}

static void tell_apart(struct rows *rows)
{
    if (rows->count == 0)
        return;
    qsort(rows->at, rows->count, sizeof(*rows->at), compare);
    for (size_t i = 1; i < rows->count; i++)
        rows->at[i].prefixed = text_same(ollama_name_plain(text_of(rows->at[i].name)),
                                         ollama_name_plain(text_of(rows->at[i - 1].name)));
    qsort(rows->at, rows->count, sizeof(*rows->at), by_place);
}

/* ---- /api/tags */

/* Ollama tells models apart by the digest of what they are made of. Here it tells names apart. */
static void put_digest(struct jsonwrite *json, struct text name)
{
    char hex[65];
    for (int part = 0; part < 4; part++) {
        uint64_t hash = 0xcbf29ce484222325u + (uint64_t)part; /* FNV-1a */
        for (size_t i = 0; i < name.len; i++)
            hash = (hash ^ (unsigned char)name.at[i]) * 0x100000001b3u;
        (void)snprintf(hex + 16 * part, 17, "%016llx", (unsigned long long)hash);
    }
    jsonwrite_string(json, "digest", text_of(hex));
}

static void put_details(struct jsonwrite *json, struct text family)
{
    jsonwrite_open(json, "details", '{');
    jsonwrite_string(json, "parent_model", text_of(""));
    jsonwrite_string(json, "format", text_of(""));
    jsonwrite_string(json, "family", family);
    jsonwrite_open(json, "families", '[');
    jsonwrite_string(json, NULL, family);
    jsonwrite_close(json, ']');
    jsonwrite_string(json, "parameter_size", text_of(""));
    jsonwrite_string(json, "quantization_level", text_of(""));
    jsonwrite_close(json, '}');
}

static void put_modified(struct jsonwrite *json, struct text entry)
{
    char when[UTC_SIZE];
    struct text created;
    int64_t s = 0;
    if (jsonspan_get(entry, "created", &created))
        (void)jsonspan_whole(created, &s);
    utc_write(s, when);
    jsonwrite_string(json, "modified_at", text_of(when));
}

static void put_cloud(struct jsonwrite *json, const struct row *row, struct text name)
{
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "name", name);
    jsonwrite_string(json, "model", name);
    put_modified(json, row->entry.raw);
    jsonwrite_integer(json, "size", 0);
    put_digest(json, name);
    put_details(json, text_of(row->entry.source->provider->kind->word));
    jsonwrite_close(json, '}');
}

static bool names_the_model(struct text member)
{
    return jsonspan_name_is(member, "name") || jsonspan_name_is(member, "model");
}

/* As it came, but for its name. */
static void put_installed(struct jsonwrite *json, struct text told, struct text name)
{
    struct text member, value;
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "name", name);
    jsonwrite_string(json, "model", name);
    for (size_t at = 0; jsonspan_member(told, &at, &member, &value);) {
        char key[64];
        if (names_the_model(member) || member.len < 2 || member.len - 2 >= sizeof(key))
            continue;
        memcpy(key, member.at + 1, member.len - 2);
        key[member.len - 2] = '\0';
        jsonwrite_raw(json, key, value);
    }
    jsonwrite_close(json, '}');
}

static void put_row(struct jsonwrite *json, const struct row *row, struct buf *name)
{
    buf_reset(name);
    int r = row->prefixed ? buf_printf(name, "%s:", row->entry.source->provider->name) : 0;
    r = r < 0 ? r : buf_append_string(name, row->name);
    if (r < 0 && json->r == 0)
        json->r = r;
    if (!row->entry.model)
        put_cloud(json, row, buf_text(name));
    else if (row->entry.model->told)
        put_installed(json, text_of(row->entry.model->told), buf_text(name));
}

int ollama_page_tags(const struct offer *offer, struct buf *out)
{
    struct rows rows;
    struct buf name;
    int r = collect(offer, &rows);
    if (r < 0)
        return r;
    tell_apart(&rows);
    struct jsonwrite json = jsonwrite_to(out);
    buf_init(&name, 2 * NAME_MAX_BYTES);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_open(&json, "models", '[');
    for (size_t i = 0; i < rows.count; i++)
        put_row(&json, &rows.at[i], &name);
    jsonwrite_close(&json, ']');
    jsonwrite_close(&json, '}');
    buf_done(&name);
    rows_done(&rows);
    return json.r;
}

/* ---- /api/ps, /api/version */

int ollama_page_ps(const struct text *answers, size_t count, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    struct text list, one;
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_open(&json, "models", '[');
    for (size_t i = 0; i < count; i++) {
        if (jsonspan_check(answers[i], NULL) < 0 || !jsonspan_get(answers[i], "models", &list))
            continue;
        for (size_t at = 0; jsonspan_next(list, &at, &one);)
            jsonwrite_raw(&json, NULL, one);
    }
    jsonwrite_close(&json, ']');
    jsonwrite_close(&json, '}');
    return json.r;
}

int ollama_page_version(const struct text *answers, size_t count, struct buf *out)
{
    struct text version = text_of("\"" OLLAMA_PAGE_VERSION "\""), told;
    for (size_t i = count; i-- > 0;)
        if (jsonspan_check(answers[i], NULL) == 0 && jsonspan_get(answers[i], "version", &told) &&
            jsonspan_type(told) == JSONSPAN_STRING)
            version = told;
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_raw(&json, "version", version);
    jsonwrite_close(&json, '}');
    return json.r;
}

/* ---- /api/show */

static bool has_prefix(const struct config *config, struct text name, struct ollama_page_model *ret)
{
    const char *colon = name.len ? memchr(name.at, ':', name.len) : NULL;
    size_t len = colon ? (size_t)(colon - name.at) : 0;
    ret->provider = len && len + 1 < name.len
                        ? config_provider_by_prefix(config, text_make(name.at, len))
                        : NULL;
    ret->name = ret->provider ? text_skip(name, len + 1) : name;
    return ret->provider != NULL;
}

static bool lists(const struct offer_source *source, struct text name)
{
    struct text data, raw, id;
    struct buf plain;
    bool found = false;
    buf_init(&plain, NAME_MAX_BYTES);
    if (!jsonspan_get(source->answer, "data", &data))
        return false;
    for (size_t at = 0; !found && jsonspan_next(data, &at, &raw);) {
        buf_reset(&plain);
        found = jsonspan_get(raw, "id", &id) && jsonspan_decode(id, &plain) == 0 &&
                text_same(buf_text(&plain), name);
    }
    buf_done(&plain);
    return found;
}

static bool is_installed(const struct offer_source *source, struct ollama_page_model *model)
{
    if (!source->models)
        return false;
    model->model = ollama_model_find(source->models, model->name);
    if (model->model && model->model->remote && !source->provider->allow_cloud)
        model->model = NULL;
    return model->model != NULL;
}

static bool is_listed(const struct offer_source *source, struct ollama_page_model *model)
{
    struct text plain = ollama_name_plain(model->name);
    if (!source->answer.len)
        return false;
    if (lists(source, model->name))
        return true;
    if (plain.len == model->name.len || !lists(source, plain))
        return false;
    model->name = plain;
    return true;
}

/* In the settings, or at one that has told nothing. */
static bool may_be_there(const struct config *config, const struct offer_source *source,
                         struct ollama_page_model *model)
{
    struct text plain = ollama_name_plain(model->name);
    if (source->provider->kind->has_catalogue)
        return false;
    if (source->answer.len && !config_model_next(config, plain, NULL))
        return false;
    model->name = plain;
    return true;
}

bool ollama_page_find(const struct config *config, const struct offer *offer, struct text name,
                      struct ollama_page_model *ret)
{
    *ret = (struct ollama_page_model){0};
    bool named = has_prefix(config, name, ret);
    for (int look = 0; look < 3; look++) {
        for (size_t i = 0; i < offer->count; i++) {
            const struct offer_source *source = &offer->at[i];
            if (named && source->provider != ret->provider)
                continue;
            bool found = look == 0   ? is_installed(source, ret)
                         : look == 1 ? is_listed(source, ret)
                                     : may_be_there(config, source, ret);
            if (!found)
                continue;
            ret->provider = source->provider;
            return true;
        }
    }
    return false;
}

int ollama_page_show(const struct config *config, const struct ollama_page_model *model,
                     struct buf *out)
{
    static const char *const usual[] = {"completion", "tools"};
    const struct config_model *line = NULL, *able = NULL, *wide = NULL;
    while ((line = config_model_next(config, model->name, line))) {
        able = !able && line->capabilities.count ? line : able;
        wide = !wide && line->context ? line : wide;
    }
    const char *family = model->provider->kind->word;
    char context[64];
    struct jsonwrite json = jsonwrite_to(out);
    (void)snprintf(context, sizeof(context), "%s.context_length", family);
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "modelfile", text_of(""));
    jsonwrite_string(&json, "parameters", text_of(""));
    jsonwrite_string(&json, "template", text_of(""));
    put_details(&json, text_of(family));
    jsonwrite_open(&json, "model_info", '{');
    jsonwrite_string(&json, "general.architecture", text_of(family));
    jsonwrite_string(&json, "general.basename", model->name);
    jsonwrite_integer(&json, context, wide ? wide->context : OLLAMA_PAGE_CONTEXT);
    jsonwrite_close(&json, '}');
    jsonwrite_open(&json, "capabilities", '[');
    for (size_t i = 0; able && i < able->capabilities.count; i++)
        jsonwrite_string(&json, NULL, text_of(able->capabilities.at[i]));
    for (size_t i = 0; !able && i < 2; i++)
        jsonwrite_string(&json, NULL, text_of(usual[i]));
    jsonwrite_close(&json, ']');
    put_modified(&json, text_of("{}"));
    jsonwrite_close(&json, '}');
    return json.r;
}

int ollama_page_asked(struct text body, struct buf *out)
{
    struct jsonspan_wanted wanted[] = {{.name = "model"}, {.name = "name"}};
    if (jsonspan_check(body, NULL) < 0)
        return -EINVAL;
    jsonspan_pick(body, wanted, 2);
    struct text name = wanted[0].value.at ? wanted[0].value : wanted[1].value;
    if (!name.at)
        return -EINVAL;
    int r = jsonspan_decode(name, out);
    return r == 0 && out->len == 0 ? -EINVAL : r;
}
