/* See status_page.h: the page for programs. */
#include <stdlib.h>

#include "json/jsonwrite.h"
#include "rules/retry.h"
#include "tell/status_page.h"
#include "text/count.h"
#include "text/utc.h"

/* at_ms 0: it has not been. */
static void write_time(struct jsonwrite *w, const char *name, int64_t at_ms)
{
    char time[UTC_SIZE];
    utc_write(at_ms / 1000, time);
    jsonwrite_or_null(w, name, text_of(at_ms > 0 ? time : ""));
}

/* until: when it can be asked with again, null where it can be or only a reload brings it back. */
static void write_keys(struct jsonwrite *w, const struct status_provider *p, int64_t wall_ms)
{
    jsonwrite_open(w, "keys", '[');
    for (size_t i = 0; i < p->config->api_keys.count; i++) {
        const struct keyring_state *key = &p->keys[i];
        bool aside = key->refused != FAILURE_NONE;
        bool comes_back = aside && key->back_in_ms != KEYRING_RELOAD;
        jsonwrite_open(w, NULL, '{');
        jsonwrite_integer(w, "n", (int64_t)i + 1);
        jsonwrite_bool(w, "set_aside", aside);
        jsonwrite_or_null(w, "class", text_of(aside ? failure_word(key->refused) : ""));
        write_time(w, "until", comes_back ? wall_ms + key->back_in_ms : 0);
        jsonwrite_close(w, '}');
    }
    jsonwrite_close(w, ']');
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* When the one who answered was asked; its name is kept once, so that places can be compared. */
static int64_t asked_ms(const struct exchange_record *record)
{
    for (size_t i = record->attempt_count; i > 0; i--)
        if (record->attempts[i - 1].provider == record->provider)
            return record->attempts[i - 1].start_ms;
    return 0;
}

/* From being asked to the first content, of the last answers: half of them took no longer. */
static void write_usual(struct jsonwrite *w, const struct status_page *page, const char *provider)
{
    int64_t took[64];
    size_t count = 0;
    for (size_t i = page->exchange_count; i > 0 && count < COUNT(took); i--) {
        const struct exchange_record *record = &page->exchanges[i - 1];
        int64_t took_ms = record->ttft_ms - asked_ms(record); /* below 0: another one began */
        if (record->ttft_ms >= 0 && took_ms >= 0 &&
            strcmp(record->names + record->provider, provider) == 0)
            took[count++] = took_ms;
    }
    qsort(took, count, sizeof(took[0]), compare);
    jsonwrite_known(w, "usual_ttft_ms", count > 0 ? took[count / 2] : -1, 0);
}

static void write_last(struct jsonwrite *w, const struct status_provider *p)
{
    write_time(w, "last_success", p->answered_at_ms);
    if (p->failed_at_ms <= 0) {
        jsonwrite_null(w, "last_error");
        return;
    }
    jsonwrite_open(w, "last_error", '{');
    jsonwrite_string(w, "class", text_of(failure_word(p->failed)));
    jsonwrite_known(w, "status", p->failed_status, 1);
    write_time(w, "time", p->failed_at_ms);
    jsonwrite_close(w, '}');
}

static const char *state_of(const struct status_provider *p)
{
    if (!p->in_route && !p->in_messages)
        return "unused";
    if (p->skip != ROUTE_SKIP_NONE)
        return "out";
    return p->breaker == BREAKER_CLOSED ? "ready" : "trial";
}

static void write_provider(struct jsonwrite *w, const struct status_page *page,
                           const struct status_provider *p)
{
    bool used = p->in_route || p->in_messages;
    bool can = p->skip == ROUTE_SKIP_NONE;
    struct error says = ERROR_NONE;
    if (used && !can)
        route_skip_tell(p->config, p->skip, &says);
    else
        error_set(&says, "%s", used ? "can be tried" : "not in the route");
    jsonwrite_open(w, NULL, '{');
    jsonwrite_string(w, "name", text_of(p->config->name));
    jsonwrite_string(w, "state", text_of(state_of(p)));
    jsonwrite_string(w, "type", text_of(p->config->kind->word));
    jsonwrite_string(w, "base_url", text_of(p->config->base_url));
    jsonwrite_bool(w, "is_local", p->config->local);
    jsonwrite_bool(w, "in_route", p->in_route);
    jsonwrite_bool(w, "in_messages", p->in_messages);
    jsonwrite_bool(w, "can_be_tried", used && can);
    jsonwrite_or_null(w, "skipped", text_of(route_skip_word(p->skip)));
    jsonwrite_string(w, "says", text_of(says.text));
    jsonwrite_string(w, "breaker", text_of(breaker_word(p->breaker)));
    jsonwrite_integer(w, "retry_in_ms", p->retry_in_ms);
    jsonwrite_integer(w, "inflight", p->inflight);
    jsonwrite_integer(w, "max_inflight", p->config->max_inflight);
    write_keys(w, p, page->wall_ms);
    jsonwrite_open(w, "attempts", '{');
    for (int i = 0; i < FAILURE_COUNT; i++)
        if (p->attempts[i])
            jsonwrite_integer(w, failure_word((enum failure)i), p->attempts[i]);
    jsonwrite_close(w, '}');
    write_last(w, p);
    write_usual(w, page, p->config->name);
    jsonwrite_close(w, '}');
}

/* The longest of a url in the settings' file, which has a bound of its own. */
#define ADDRESS_MAX (1u << 20)

static void write_tool_server(struct jsonwrite *w, const struct status_tool_server *t)
{
    struct buf address;
    buf_init(&address, ADDRESS_MAX);
    int r = config_tool_print_address(t->config, &address);
    w->r = w->r < 0 ? w->r : r;
    jsonwrite_open(w, NULL, '{');
    jsonwrite_string(w, "name", text_of(t->config->name));
    jsonwrite_string(w, "state", text_of(t->state));
    jsonwrite_string(w, "url", buf_text(&address));
    jsonwrite_bool(w, "is_local", t->config->local);
    jsonwrite_or_null(w, "era", text_of(t->era));
    jsonwrite_integer(w, "listed", (int64_t)t->listed);
    jsonwrite_integer(w, "tools", (int64_t)t->tools);
    jsonwrite_or_null(w, "why", text_of(t->why.text));
    jsonwrite_close(w, '}');
    buf_done(&address);
}

static void write_standin(struct jsonwrite *w, const struct status_standin *standin)
{
    if (!standin->provider) {
        jsonwrite_null(w, "standin");
        return;
    }
    jsonwrite_open(w, "standin", '{');
    jsonwrite_string(w, "provider", text_of(standin->provider->name));
    jsonwrite_or_null(w, "model", text_of(standin->model));
    jsonwrite_string(w, "why", text_of(standin->why.text));
    jsonwrite_close(w, '}');
}

/* ---- what the words of the exchanges mean */

static void write_classes(struct jsonwrite *w)
{
    jsonwrite_open(w, "classes", '{');
    for (int i = 1; i < FAILURE_COUNT; i++)
        jsonwrite_string(w, failure_word((enum failure)i),
                         text_of(failure_sentence((enum failure)i)));
    jsonwrite_close(w, '}');
}

/* Some reasons share a word: one of them is told. "content" and "hedge" are no decisions of
 * retry.h. */
static void write_reasons(struct jsonwrite *w)
{
    static const struct {
        const char *word, *sentence;
    } rows[] = {
#define X(id, word, sentence) {word, sentence},
        RETRY_REASONS(X)
#undef X
            {"content", "the app had the beginning of its answer"},
        {"hedge", "another one was faster"}};
    jsonwrite_open(w, "reasons", '{');
    for (size_t i = 0; i < COUNT(rows); i++)
        if (i + 1 == COUNT(rows) || strcmp(rows[i].word, rows[i + 1].word) != 0)
            jsonwrite_string(w, rows[i].word, text_of(rows[i].sentence));
    jsonwrite_close(w, '}');
}

static void write_skips(struct jsonwrite *w)
{
    jsonwrite_open(w, "skips", '{');
#define X(id, word, sentence) jsonwrite_string(w, word, text_of(sentence));
    ROUTE_SKIP_TABLE(X)
#undef X
    jsonwrite_close(w, '}');
}

static void write_rest(struct jsonwrite *w, const struct status_page *page)
{
    jsonwrite_open(w, "words", '{');
    write_classes(w);
    write_reasons(w);
    write_skips(w);
    jsonwrite_close(w, '}');
    jsonwrite_open(w, "exchanges", '[');
    for (size_t i = page->exchange_count; i > 0; i--)
        exchange_record_write(&page->exchanges[i - 1], w, NULL);
    jsonwrite_close(w, ']');
}

int status_page_print_json(const struct status_page *page, enum status_part part, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    bool all = part == STATUS_ALL;
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_string(&w, "version", text_of(page->version));
    jsonwrite_string(&w, "status", text_of(page->draining ? "draining" : "serving"));
    jsonwrite_bool(&w, "online", page->online);
    jsonwrite_bool(&w, "local", page->local_only);
    write_time(&w, "started", page->started_at_ms);
    if (all)
        jsonwrite_integer(&w, "uptime_ms", page->uptime_ms);
    jsonwrite_integer(&w, "requests", page->requests);
    jsonwrite_integer(&w, "retries", page->retries);
    jsonwrite_integer(&w, "fallbacks", page->fallbacks);
    jsonwrite_integer(&w, "inflight", page->inflight);
    jsonwrite_integer(&w, "open_streams", page->open_streams);
    jsonwrite_open(&w, "providers", '[');
    for (size_t i = 0; i < page->provider_count; i++)
        write_provider(&w, page, &page->providers[i]);
    jsonwrite_close(&w, ']');
    jsonwrite_open(&w, "tool_servers", '[');
    for (size_t i = 0; i < page->tool_server_count; i++)
        write_tool_server(&w, &page->tool_servers[i]);
    jsonwrite_close(&w, ']');
    write_standin(&w, &page->standin);
    if (page->figures)
        figures_write(page->figures, page->wall_ms, !all, &w);
    if (all)
        write_rest(&w, page);
    jsonwrite_close(&w, '}');
    return w.r;
}
