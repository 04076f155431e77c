/* See model_page.h. */
#include "tell/model_page.h"

#include <errno.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"

#define LIST_MAX (32u << 20)

static const char list_begin[] = "{\"object\":\"list\",\"data\":[";
static const char *const list_ends[] = {
    [MODEL_PAGE_OPENAI] = "]}",
    [MODEL_PAGE_CODEX] = "],\"models\":[]}",
};

enum model_page_form model_page_form(struct text query, bool anthropic)
{
    if (anthropic)
        return MODEL_PAGE_ANTHROPIC;
    static const struct text wanted = {"client_version=", sizeof("client_version=") - 1};
    while (query.len) {
        query = text_skip(query, 1);
        if (query.len >= wanted.len && memcmp(query.at, wanted.at, wanted.len) == 0)
            return MODEL_PAGE_CODEX;
        const char *next = memchr(query.at, '&', query.len);
        query = text_skip(query, next ? (size_t)(next - query.at) : query.len);
    }
    return MODEL_PAGE_OPENAI;
}

int model_page_write(const struct offer *offer, enum model_page_form form, struct buf *out)
{
    if (form == MODEL_PAGE_ANTHROPIC)
        return model_page_write_anthropic(offer, out);
    const char *list_end = list_ends[form];
    struct offer_cursor cursor = {0};
    struct offer_entry entry;
    int r = buf_append_string(out, list_begin);
    size_t empty = out->len;
    while (r == 0 && offer_next(offer, &cursor, &entry)) {
        size_t before = out->len;
        int added = before > empty ? buf_append(out, ",", 1) : 0;
        added = added < 0 ? added : model_page_entry(&entry, out);
        if (added == 0 && out->max - out->len >= strlen(list_end))
            continue;
        /* An entry is there whole or not at all; a smaller one behind it may fit in. */
        out->len = before;
        out->data[before] = '\0';
    }
    return r < 0 ? r : buf_append_string(out, list_end);
}

static void set_error(struct model_answer *ret, int status, const char *type, const char *code)
{
    buf_reset(&ret->text);
    ret->status = status;
    ret->type = type;
    ret->code = code;
}

static void tell_none(struct model_answer *ret)
{
    set_error(ret, 502, "upstream_error", "network");
    (void)!buf_append_string(&ret->text, "no provider could be asked for its models");
}

void model_page_list(const struct offer *offer, enum model_page_form form, struct model_answer *ret)
{
    *ret = (struct model_answer){.status = 200};
    buf_init(&ret->text, LIST_MAX);
    if (offer_is_empty(offer) || model_page_write(offer, form, &ret->text) < 0)
        tell_none(ret);
}

static void tell_of_ollama(const struct offer_source *source, struct text name,
                           struct model_answer *ret)
{
    const struct ollama_model *model =
        source->models ? ollama_model_find(source->models, name) : NULL;
    if (!source->models) {
        tell_none(ret);
        return;
    }
    if (!model) {
        set_error(ret, 404, "invalid_request_error", "model_not_found");
        (void)!buf_printf(&ret->text,
                          "the model '%s:%.*s' does not exist: see `ollama list`, or get it by "
                          "`ollama pull %.*s`",
                          source->provider->name, TEXT_ARG(name), TEXT_ARG(name));
        return;
    }
    const struct offer_entry entry = {.source = source, .model = model};
    if (model_page_entry(&entry, &ret->text) < 0)
        tell_none(ret);
}

/* What it says, with the name that was asked for; an error in its own words. */
static void tell_of_cloud(const struct offer_source *source, const struct model_said *said,
                          struct model_answer *ret)
{
    struct offer_entry entry = {.source = source, .raw = said->body};
    bool json = jsonspan_check(said->body, NULL) == 0;
    int r = -EINVAL;
    if (json && said->status == 200 && jsonspan_get(said->body, "id", &entry.id) &&
        jsonspan_type(entry.id) == JSONSPAN_STRING)
        r = model_page_entry(&entry, &ret->text);
    if (json && said->status >= 400) {
        ret->status = said->status;
        ret->relayed = true;
        r = buf_append_text(&ret->text, said->body);
    }
    if (r < 0)
        tell_none(ret);
}

void model_page_one(const struct offer *offer, struct text name, const struct model_said *said,
                    struct model_answer *ret)
{
    *ret = (struct model_answer){.status = 200};
    buf_init(&ret->text, LIST_MAX);
    if (offer->count == 0)
        tell_none(ret);
    else if (offer->at[0].provider->kind->has_catalogue)
        tell_of_ollama(&offer->at[0], name, ret);
    else
        tell_of_cloud(&offer->at[0], said, ret);
}

void model_page_reshape(enum model_page_form form, struct model_answer *answer)
{
    struct buf reshaped;
    if (form != MODEL_PAGE_ANTHROPIC || answer->type || answer->relayed)
        return;
    buf_init(&reshaped, LIST_MAX);
    if (model_page_anthropic_entry(buf_text(&answer->text), &reshaped) < 0) {
        buf_done(&reshaped);
        tell_none(answer);
        return;
    }
    buf_done(&answer->text);
    answer->text = reshaped;
}

void model_answer_done(struct model_answer *answer)
{
    buf_done(&answer->text);
}
