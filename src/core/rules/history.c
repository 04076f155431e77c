/* See history.h. */
#include "rules/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/jsonload.h"
#include "text/join.h"

void history_done(struct history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        free(history->at[i].model);
        free(history->at[i].message);
    }
    free(history->at);
    *history = (struct history){0};
}

int history_add(struct history *history, const struct history_entry *entry)
{
    struct history_entry *at = realloc(history->at, (history->count + 1) * sizeof(*at));
    if (!at)
        return -ENOMEM;
    history->at = at;
    struct history_entry copy = *entry;
    copy.model = entry->model ? strdup(entry->model) : NULL;
    copy.message = strdup(entry->message ? entry->message : "");
    if (!copy.message || (entry->model && !copy.model)) {
        free(copy.model);
        free(copy.message);
        return -ENOMEM;
    }
    history->at[history->count++] = copy;
    return 0;
}

int history_take(struct history *history, struct history *from)
{
    if (from->count == 0)
        return 0;
    struct history_entry *at = realloc(history->at, (history->count + from->count) * sizeof(*at));
    if (!at)
        return -ENOMEM;
    memcpy(at + history->count, from->at, from->count * sizeof(*at));
    history->at = at;
    history->count += from->count;
    free(from->at);
    from->at = NULL;
    from->count = 0;
    return 0;
}

/* NULL = that provider has none. */
static struct history_entry *last_of(struct history *history,
                                     const struct config_provider *provider)
{
    for (size_t i = history->count; i > 0; i--)
        if (history->at[i - 1].provider == provider)
            return &history->at[i - 1];
    return NULL;
}

int history_note_break(struct history *history, const struct config_provider *provider,
                       enum failure failure, const char *message)
{
    struct history_entry *entry = last_of(history, provider);
    char *copy = entry ? strdup(message) : NULL;
    if (!copy)
        return entry ? -ENOMEM : 0;
    entry->failure = failure;
    entry->reason = "content";
    free(entry->message);
    entry->message = copy;
    return 0;
}

void history_note_end(struct history *history, const struct config_provider *provider, int64_t ms)
{
    struct history_entry *entry = last_of(history, provider);
    if (entry)
        entry->ms = ms;
}

void history_note_pause(struct history *history, const struct config_provider *provider,
                        int64_t pause_ms)
{
    struct history_entry *entry = last_of(history, provider);
    if (entry)
        entry->pause_ms = pause_ms;
}

void history_end_pause(struct history *history, const struct config_provider *provider,
                       int64_t at_ms)
{
    struct history_entry *entry = last_of(history, provider);
    if (entry && at_ms - entry->start_ms - entry->ms < entry->pause_ms)
        entry->pause_ms = at_ms - entry->start_ms - entry->ms;
}

void history_note_reason(struct history *history, const struct config_provider *provider,
                         const char *reason)
{
    struct history_entry *entry = last_of(history, provider);
    if (entry)
        entry->reason = reason;
}

const char *history_reason(const struct history_entry *entry)
{
    return entry->failure == FAILURE_SKIPPED ? route_skip_word(entry->skip) + strlen("skipped-")
                                             : entry->reason;
}

const char *history_word(const struct history_entry *entry)
{
    return entry->failure == FAILURE_SKIPPED ? route_skip_word(entry->skip)
                                             : failure_word(entry->failure);
}

const struct history_entry *history_last_failed(const struct history *history)
{
    for (size_t i = history->count; i > 0; i--)
        if (history->at[i - 1].failure != FAILURE_NONE &&
            history->at[i - 1].failure != FAILURE_CANCELLED)
            return &history->at[i - 1];
    return NULL;
}

static bool is_tried(const struct history_entry *entry)
{
    return entry->failure != FAILURE_SKIPPED;
}

static int count_tries(const struct history *history, const struct config_provider *provider)
{
    int tries = 0;
    for (size_t i = 0; i < history->count; i++)
        if (is_tried(&history->at[i]) && history->at[i].provider == provider)
            tries++;
    return tries;
}

void history_attempts(const struct history *history, const struct route *route, struct buf *out)
{
    const struct history none = {0}, *before = history->before ? history->before : &none;
    for (size_t i = 0; i < route->count; i++) {
        const struct config_provider *provider = route->step[i].provider;
        int tries = count_tries(history, provider) + count_tries(before, provider);
        char number[JOIN_NUMBER_SIZE];
        if (tries > 0)
            (void)!join_append(out, JOIN(text_of(out->len ? ", " : ""), text_of(provider->name),
                                         text_of("="), join_number(tries, number)));
    }
}

bool history_untried(const struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        if (is_tried(&history->at[i]))
            return false;
    return true;
}

enum failure history_common_failure(const struct history *history)
{
    enum failure common = FAILURE_NONE;
    for (size_t i = 0; i < history->count; i++) {
        if (!is_tried(&history->at[i]))
            continue;
        if (common != FAILURE_NONE && history->at[i].failure != common)
            return FAILURE_NONE;
        common = history->at[i].failure;
    }
    return common;
}

static bool is_last_of_provider(const struct history *history, size_t index)
{
    for (size_t i = index + 1; i < history->count; i++)
        if (history->at[i].provider == history->at[index].provider)
            return false;
    return true;
}

/* The last word of a provider whose errors are told under that title. */
static bool is_last_word(const struct history *history, size_t index, const char *title)
{
    return strcmp(history->at[index].provider->kind->title, title) == 0 &&
           is_last_of_provider(history, index);
}

static size_t count_titled(const struct history *history, const char *title)
{
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++)
        count += is_last_word(history, i, title);
    return count;
}

/* A provider's words may end in a full stop of their own. */
static const char *separator(const struct buf *out)
{
    if (out->len == 0)
        return "";
    return out->data[out->len - 1] == '.' ? " " : ". ";
}

static void add_titled(const struct history *history, const char *title, struct buf *out)
{
    bool several = count_titled(history, title) > 1, begun = false;
    for (size_t i = 0; i < history->count; i++) {
        const struct history_entry *entry = &history->at[i];
        if (!is_last_word(history, i, title))
            continue;
        (void)!buf_printf(out, "%s%s%s", begun ? "; " : separator(out), begun ? "" : title,
                          begun ? "" : ": ");
        (void)!buf_printf(out, "%s%s", several ? entry->provider->name : "", several ? ": " : "");
        if (entry->key > 0)
            (void)!buf_printf(out, "key %zu: ", entry->key);
        (void)!buf_append_string(out, entry->message);
        begun = true;
    }
}

/* Several kinds may share a title: it is told at the first of them. */
static bool is_told(size_t kind)
{
    for (size_t i = 0; i < kind; i++)
        if (strcmp(kind_at(i)->title, kind_at(kind)->title) == 0)
            return true;
    return false;
}

void history_message(const struct history *history, struct buf *out)
{
    for (size_t i = 0; i < kind_count(); i++)
        if (!is_told(i))
            add_titled(history, kind_at(i)->title, out);
}

static json_t *entry_json(const struct history_entry *entry)
{
    json_t *json = json_pack("{s:s, s:o, s:o, s:s, s:I, s:o}", "provider", entry->provider->name,
                             "model", entry->model ? jsonload_string(entry->model) : json_null(),
                             "status", entry->status ? json_integer(entry->status) : json_null(),
                             "class", history_word(entry), "ms", (json_int_t)entry->ms, "message",
                             jsonload_string(entry->message));
    if (json && entry->key > 0)
        (void)json_object_set_new(json, "key", json_integer((json_int_t)entry->key));
    return json;
}

json_t *history_json(const struct history *history)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < history->count; i++)
        if (json_array_append_new(array, entry_json(&history->at[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}
