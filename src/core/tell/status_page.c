/* See status_page.h. */
#include "tell/status_page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "json/jsonwrite.h"
#include "text/string_list.h"
#include "text/utc.h"

static const char *const breaker_words[] = {
    [BREAKER_CLOSED] = "closed", [BREAKER_HALF_OPEN] = "half-open", [BREAKER_OPEN] = "open"};

static bool is_listed(const struct status_page *page, const struct config_provider *provider)
{
    for (size_t i = 0; i < page->provider_count; i++)
        if (page->providers[i].config == provider)
            return true;
    return false;
}

static void list(struct status_page *page, const struct config *config,
                 const struct config_provider *provider)
{
    if (!provider || is_listed(page, provider))
        return;
    struct text name = text_of(provider->name);
    page->providers[page->provider_count++] =
        (struct status_provider){.config = provider,
                                 .in_route = string_list_has(&config->route.priority, name),
                                 .in_messages = string_list_has(&config->route.messages, name)};
}

int status_page_init(struct status_page *page, const struct config *config)
{
    const struct strings *priority = &config->route.priority;
    *page =
        (struct status_page){.providers = calloc(config->provider_count, sizeof(*page->providers))};
    if (!page->providers)
        return -ENOMEM;
    for (size_t i = 0; i < priority->count; i++)
        list(page, config, config_provider_by_name(config, text_of(priority->at[i])));
    for (size_t i = 0; i < config->provider_count; i++)
        if (!config->providers[i].idle)
            list(page, config, &config->providers[i]);
    return 0;
}

void status_page_done(struct status_page *page)
{
    free(page->providers);
    *page = (struct status_page){.provider_count = 0};
}

/* The two largest units: "3d 4h", "5m 2s". */
static int print_time(struct buf *out, int64_t ms)
{
    int64_t s = ms / 1000, m = s / 60, h = m / 60;
    if (h >= 24)
        return buf_printf(out, "%" PRId64 "d %" PRId64 "h", h / 24, h % 24);
    if (h > 0)
        return buf_printf(out, "%" PRId64 "h %" PRId64 "m", h, m % 60);
    if (m > 0)
        return buf_printf(out, "%" PRId64 "m %" PRId64 "s", m, s % 60);
    return buf_printf(out, "%" PRId64 "s", s);
}

static int print_head(const struct status_page *o, struct buf *out)
{
    int r = buf_printf(out, "understudy %s: %s, %s, %sup ", o->version,
                       o->draining ? "draining" : "serving", o->online ? "online" : "offline",
                       o->local_only ? "local only (nothing leaves the machine), " : "");
    if (r == 0)
        r = print_time(out, o->uptime_ms);
    if (r == 0)
        r = buf_printf(out, "\nrequests: %" PRId64 ", retries: %" PRId64 ", fallbacks: %" PRId64,
                       o->requests, o->retries, o->fallbacks);
    return r < 0 ? r
                 : buf_printf(out, "\nunder way: %" PRId64 ", streams: %" PRId64 "\n", o->inflight,
                              o->open_streams);
}

static int print_readiness(const struct status_provider *p, struct buf *out)
{
    if (!p->in_route && !p->in_messages)
        return buf_append_string(out, "not in the route");
    if (p->skip == ROUTE_SKIP_NONE)
        return buf_append_string(out,
                                 p->in_route ? "can be tried" : "can be tried, for Messages only");
    struct error why;
    route_skip_tell(p->config, p->skip, &why);
    int r = buf_printf(out, "is skipped: %s", why.text);
    if (r < 0 || p->skip != ROUTE_SKIP_BREAKER) /* of keys each has a time of its own */
        return r;
    r = buf_append_string(out, ", for another ");
    return r < 0 ? r : print_time(out, p->retry_in_ms + 999);
}

/* Nothing of a key that is alone: it is never set aside. */
static int print_keys(const struct status_provider *p, struct buf *out)
{
    size_t count = p->config->api_keys.count;
    int r = count > 1 ? buf_printf(out, "\n  keys: %zu", count) : 0;
    for (size_t i = 0; r == 0 && count > 1 && i < count; i++) {
        const struct keyring_state *key = &p->keys[i];
        if (key->refused == FAILURE_NONE)
            continue;
        r = buf_printf(out, ", key %zu is set aside (%s) ", i + 1, failure_word(key->refused));
        if (r == 0 && key->back_in_ms == KEYRING_RELOAD)
            r = buf_append_string(out, "until a reload");
        else if (r == 0)
            r = buf_append_string(out, "for another ");
        if (r == 0 && key->back_in_ms != KEYRING_RELOAD)
            r = print_time(out, key->back_in_ms + 999);
    }
    return r;
}

static int print_attempts(const struct status_provider *p, struct buf *out)
{
    const char *before = "\n  attempts: ";
    int r = 0;
    for (int i = 0; r == 0 && i < FAILURE_COUNT; i++) {
        if (p->attempts[i] == 0)
            continue;
        r = buf_printf(out, "%s%" PRId64 " %s", before, p->attempts[i],
                       failure_word((enum failure)i));
        before = ", ";
    }
    return r;
}

static int print_provider(const struct status_provider *p, struct buf *out)
{
    int r = buf_printf(out, "\n%s (%s) %s\n  ", p->config->name, p->config->kind->word,
                       p->config->base_url);
    if (r == 0)
        r = print_readiness(p, out);
    if (r == 0)
        r = buf_printf(out, "\n  breaker: %s, under way: %d", breaker_words[p->breaker],
                       p->inflight);
    if (r == 0 && p->config->max_inflight > 0)
        r = buf_printf(out, " of at most %d", p->config->max_inflight);
    if (r == 0)
        r = print_keys(p, out);
    if (r == 0)
        r = print_attempts(p, out);
    return r < 0 ? r : buf_append(out, "\n", 1);
}

int status_page_print(const struct status_page *page, struct buf *out)
{
    int r = print_head(page, out);
    for (size_t i = 0; r == 0 && i < page->provider_count; i++)
        r = print_provider(&page->providers[i], out);
    return r;
}

/* until: when it can be asked with again, null where it can be or only a reload brings it back. */
static void write_keys(struct jsonwrite *w, const struct status_provider *p, int64_t wall_ms)
{
    jsonwrite_open(w, "keys", '[');
    for (size_t i = 0; i < p->config->api_keys.count; i++) {
        const struct keyring_state *key = &p->keys[i];
        bool aside = key->refused != FAILURE_NONE;
        bool comes_back = aside && key->back_in_ms != KEYRING_RELOAD;
        char until[UTC_SIZE];
        jsonwrite_open(w, NULL, '{');
        jsonwrite_integer(w, "n", (int64_t)i + 1);
        jsonwrite_bool(w, "set_aside", aside);
        if (aside)
            jsonwrite_string(w, "class", text_of(failure_word(key->refused)));
        else
            jsonwrite_null(w, "class");
        utc_write((wall_ms + (comes_back ? key->back_in_ms : 0)) / 1000, until);
        if (comes_back)
            jsonwrite_string(w, "until", text_of(until));
        else
            jsonwrite_null(w, "until");
        jsonwrite_close(w, '}');
    }
    jsonwrite_close(w, ']');
}

static void write_provider(struct jsonwrite *w, const struct status_provider *p, int64_t wall_ms)
{
    jsonwrite_open(w, NULL, '{');
    jsonwrite_string(w, "name", text_of(p->config->name));
    jsonwrite_string(w, "type", text_of(p->config->kind->word));
    jsonwrite_string(w, "base_url", text_of(p->config->base_url));
    jsonwrite_bool(w, "in_route", p->in_route);
    jsonwrite_bool(w, "in_messages", p->in_messages);
    jsonwrite_bool(w, "can_be_tried",
                   (p->in_route || p->in_messages) && p->skip == ROUTE_SKIP_NONE);
    if (p->skip == ROUTE_SKIP_NONE)
        jsonwrite_null(w, "skipped");
    else
        jsonwrite_string(w, "skipped", text_of(route_skip_word(p->skip)));
    jsonwrite_string(w, "breaker", text_of(breaker_words[p->breaker]));
    jsonwrite_integer(w, "retry_in_ms", p->retry_in_ms);
    jsonwrite_integer(w, "inflight", p->inflight);
    jsonwrite_integer(w, "max_inflight", p->config->max_inflight);
    write_keys(w, p, wall_ms);
    jsonwrite_open(w, "attempts", '{');
    for (int i = 0; i < FAILURE_COUNT; i++)
        if (p->attempts[i])
            jsonwrite_integer(w, failure_word((enum failure)i), p->attempts[i]);
    jsonwrite_close(w, '}');
    jsonwrite_close(w, '}');
}

int status_page_print_json(const struct status_page *page, struct buf *out)
{
    struct jsonwrite w = jsonwrite_to(out);
    jsonwrite_open(&w, NULL, '{');
    jsonwrite_string(&w, "version", text_of(page->version));
    jsonwrite_string(&w, "status", text_of(page->draining ? "draining" : "serving"));
    jsonwrite_bool(&w, "online", page->online);
    jsonwrite_bool(&w, "local", page->local_only);
    jsonwrite_integer(&w, "uptime_ms", page->uptime_ms);
    jsonwrite_integer(&w, "requests", page->requests);
    jsonwrite_integer(&w, "retries", page->retries);
    jsonwrite_integer(&w, "fallbacks", page->fallbacks);
    jsonwrite_integer(&w, "inflight", page->inflight);
    jsonwrite_integer(&w, "open_streams", page->open_streams);
    jsonwrite_open(&w, "providers", '[');
    for (size_t i = 0; i < page->provider_count; i++)
        write_provider(&w, &page->providers[i], page->wall_ms);
    jsonwrite_close(&w, ']');
    jsonwrite_close(&w, '}');
    return w.r;
}
