/* See offer.h. Nothing is copied: an entry is looked at where its provider's answer lies. */
#include "tell/offer.h"

#include <errno.h>
#include <string.h>

#include "http/http_date.h"
#include "json/jsonspan.h"

/* An Ollama's models cost little to ask for, and `ollama pull` changes them. */
#define FRESH_MS 1000
/* Asking takes two seconds at most: what is older than both was not answered. */
#define GONE_MS (FRESH_MS + 2500)

/* The app's credential goes to the first that takes it. */
static bool may_be_asked(const struct config_provider *provider, const struct offer_query *query,
                         bool *credential, struct offer_source *ret)
{
    *ret = (struct offer_source){.provider = provider};
    ret->credential = *credential && route_takes_credential(provider, query->app);
    *credential = *credential && !ret->credential;
    return route_may_ask(query->bound, provider, NULL) &&
           route_skip_of(provider, ret->credential, query->far) == ROUTE_SKIP_NONE;
}

static bool is_offered(const struct offer *offer, const struct config_provider *provider)
{
    for (size_t i = 0; i < offer->count; i++)
        if (offer->at[i].provider == provider)
            return true;
    return false;
}

/* What is added of a route: the models of its first cloud by their bare names; also servers of
 * one's own, which may not be there where nobody has set that route. */
struct route_part {
    const struct strings *names;
    bool bare, own;
};

static void add_route(const struct config *config, const struct route_part *part,
                      const struct offer_query *query, bool *credential, struct offer *ret)
{
    bool first = part->bare;
    for (size_t i = 0; i < part->names->count && ret->count < ROUTE_STEPS_MAX; i++) {
        const struct config_provider *provider =
            config_provider_by_name(config, text_of(part->names->at[i]));
        if (!provider || is_offered(ret, provider) || (!part->own && !provider->kind->is_cloud))
            continue;
        bool cloud = provider->kind->is_cloud;
        struct offer_source *source = &ret->at[ret->count];
        if (may_be_asked(provider, query, credential, source)) {
            source->bare = cloud && first;
            ret->count++;
        }
        /* Also one that cannot be asked now: names must not depend on that. */
        first = first && !cloud;
    }
}

/* One list for all; but a name that only the route of Messages knows is bare for its apps alone. */
void offer_plan(const struct config *config, const struct offer_query *query, struct offer *ret)
{
    bool by_messages = query->app && query->app->by_messages;
    const struct route_part priority = {&config->route.priority, true, true};
    const struct route_part messages = {&config->route.messages, by_messages, by_messages};
    bool credential = query->client_credential;
    *ret = (struct offer){.count = 0};
    add_route(config, &priority, query, &credential, ret);
    add_route(config, &messages, query, &credential, ret);
    if (!query->bound)
        return;
    const struct route_part bound = {query->bound, false, true};
    add_route(config, &bound, query, &credential, ret);
}

void offer_plan_one(const struct config_provider *provider, const struct offer_query *query,
                    struct offer *ret)
{
    *ret = (struct offer){.count = 0};
    bool credential = query->client_credential;
    ret->count = may_be_asked(provider, query, &credential, &ret->at[0]);
}

bool offer_is_stale(int64_t age_ms)
{
    return age_ms < 0 || age_ms > FRESH_MS;
}

bool offer_is_gone(int64_t age_ms)
{
    return age_ms < 0 || age_ms > GONE_MS;
}

bool offer_is_list(struct text answer)
{
    struct text data;
    return jsonspan_check(answer, NULL) == 0 && jsonspan_get(answer, "data", &data) &&
           jsonspan_type(data) == JSONSPAN_ARRAY;
}

bool offer_is_empty(const struct offer *offer)
{
    for (size_t i = 0; i < offer->count; i++)
        if (offer->at[i].models || offer->at[i].answer.len)
            return false;
    return true;
}

static bool next_of_ollama(const struct offer_source *source, struct offer_cursor *cursor,
                           struct offer_entry *ret)
{
    while (source->models && cursor->position < source->models->count) {
        const struct ollama_model *model = &source->models->at[cursor->position++];
        if (model->remote && !source->provider->allow_cloud)
            continue;
        *ret = (struct offer_entry){.source = source, .model = model};
        return true;
    }
    return false;
}

static bool next_of_cloud(const struct offer_source *source, struct offer_cursor *cursor,
                          struct offer_entry *ret)
{
    struct text raw, id;
    /* Once: finding the list takes a walk to its end. */
    if (!cursor->data.at && !jsonspan_get(source->answer, "data", &cursor->data))
        return false;
    while (jsonspan_next(cursor->data, &cursor->position, &raw)) {
        bool named = jsonspan_get(raw, "id", &id) && jsonspan_type(id) == JSONSPAN_STRING;
        if (!named && !source->bare)
            continue;
        *ret =
            (struct offer_entry){.source = source, .raw = raw, .id = named ? id : (struct text){0}};
        return true;
    }
    return false;
}

bool offer_next(const struct offer *offer, struct offer_cursor *cursor, struct offer_entry *ret)
{
    while (cursor->source < offer->count) {
        const struct offer_source *source = &offer->at[cursor->source];
        if (source->models ? next_of_ollama(source, cursor, ret)
                           : source->answer.len && next_of_cloud(source, cursor, ret))
            return true;
        *cursor = (struct offer_cursor){.source = cursor->source + 1};
    }
    return false;
}

int offer_put_name(const struct offer_entry *entry, struct buf *out)
{
    int r = 0;
    if (!entry->model && !entry->id.at)
        return -ENOENT;
    if (!entry->source->bare)
        r = buf_printf(out, "%s:", entry->source->provider->name);
    if (r < 0)
        return r;
    return entry->model ? buf_append_string(out, entry->model->name)
                        : jsonspan_decode(entry->id, out);
}

int64_t offer_created_s(const struct ollama_model *model)
{
    int64_t created_s = 0;
    (void)http_date_parse_rfc3339(text_of(model->modified_at), &created_s);
    return created_s;
}

const struct config_provider *offer_owner(const struct config *config, struct text id,
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
    return ret_name->len ? config_provider_by_prefix(config, text_make(id.at, len)) : NULL;
}

/* -1: it is no hexadecimal digit. */
static int digit_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, text_lower(c)) : NULL;
    return found ? (int)(found - digits) : -1;
}

int offer_unescape(struct text text, struct buf *out)
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
