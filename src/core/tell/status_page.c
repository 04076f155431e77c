/* See status_page.h. */
#include "tell/status_page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text/string_list.h"
#include "text/utc.h"

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

static int init_tool_servers(struct status_page *page, const struct config *config)
{
    size_t count = config->tools.count;
    page->tool_servers = count > 0 ? calloc(count, sizeof(*page->tool_servers)) : NULL;
    if (count > 0 && !page->tool_servers)
        return -ENOMEM;
    page->tool_server_count = count;
    for (size_t i = 0; i < count; i++)
        page->tool_servers[i] = (struct status_tool_server){
            .config = &config->tools.at[i], .state = "asked", .era = ""};
    return 0;
}

int status_page_init(struct status_page *page, const struct config *config)
{
    const struct strings *priority = &config->route.priority;
    *page =
        (struct status_page){.providers = calloc(config->provider_count, sizeof(*page->providers))};
    if (!page->providers || init_tool_servers(page, config) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < priority->count; i++)
        list(page, config, config_provider_by_name(config, text_of(priority->at[i])));
    for (size_t i = 0; i < config->provider_count; i++)
        if (!config->providers[i].idle)
            list(page, config, &config->providers[i]);
    for (size_t i = 0; i < config->provider_count; i++)
        list(page, config, &config->providers[i]);
    return 0;
}

static bool is_asked(const struct status_provider *p)
{
    int64_t attempts = p->inflight;
    for (int i = 0; i < FAILURE_COUNT; i++)
        attempts += p->attempts[i];
    return attempts > 0;
}

void status_page_trim(struct status_page *page)
{
    size_t kept = 0;
    for (size_t i = 0; i < page->provider_count; i++)
        if (!page->providers[i].config->idle || is_asked(&page->providers[i]))
            page->providers[kept++] = page->providers[i];
    page->provider_count = kept;
}

void status_page_done(struct status_page *page)
{
    free(page->providers);
    free(page->tool_servers);
    free(page->standin.model);
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
    if (r == 0)
        r = buf_printf(out, "\nunder way: %" PRId64 ", streams: %" PRId64 "\n", o->inflight,
                       o->open_streams);
    const struct status_standin *standin = &o->standin;
    if (r < 0 || !standin->provider)
        return r;
    return buf_printf(out, "stand-in: %s%s%s (%s)\n", standin->provider->name,
                      standin->model ? " with " : "", standin->model ? standin->model : "",
                      standin->why.text);
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

static int print_ago(struct buf *out, const char *what, int64_t ago_ms)
{
    int r = buf_append_string(out, what);
    if (r == 0)
        r = print_time(out, ago_ms > 0 ? ago_ms : 0);
    return r < 0 ? r : buf_append_string(out, " ago");
}

static int print_last(const struct status_provider *p, int64_t wall_ms, struct buf *out)
{
    int r = 0;
    if (p->answered_at_ms > 0)
        r = print_ago(out, "\n  last success: ", wall_ms - p->answered_at_ms);
    if (r < 0 || p->failed_at_ms <= 0)
        return r;
    r = print_ago(out, "\n  last error: ", wall_ms - p->failed_at_ms);
    if (r == 0 && p->failed_status > 0)
        r = buf_printf(out, ", status %d", p->failed_status);
    return r < 0 ? r : buf_printf(out, ", %s", failure_sentence(p->failed));
}

static int print_provider(const struct status_provider *p, int64_t wall_ms, struct buf *out)
{
    int r = buf_printf(out, "\n%s (%s) %s\n  ", p->config->name, p->config->kind->word,
                       p->config->base_url);
    if (r == 0)
        r = print_readiness(p, out);
    if (r == 0)
        r = buf_printf(out, "\n  breaker: %s, under way: %d", breaker_word(p->breaker),
                       p->inflight);
    if (r == 0 && p->config->max_inflight > 0)
        r = buf_printf(out, " of at most %d", p->config->max_inflight);
    if (r == 0)
        r = print_keys(p, out);
    if (r == 0)
        r = print_attempts(p, out);
    if (r == 0)
        r = print_last(p, wall_ms, out);
    return r < 0 ? r : buf_append(out, "\n", 1);
}

static int print_tool_server(const struct status_tool_server *t, struct buf *out)
{
    int r = buf_printf(out, "\n%s (tools) ", t->config->name);
    r = r < 0 ? r : config_tool_print_address(t->config, out);
    if (r == 0 && error_is_set(&t->why))
        r = buf_printf(out, "\n  offers nothing: %s", t->why.text);
    else if (r == 0)
        r = buf_printf(out, "\n  offers %zu of its %zu tool%s", t->tools, t->listed,
                       t->listed == 1 ? "" : "s");
    if (r == 0 && t->era[0])
        r = buf_printf(out, "; MCP %s", t->era);
    return r < 0 ? r : buf_append(out, "\n", 1);
}

int status_page_print(const struct status_page *page, struct buf *out)
{
    int r = print_head(page, out);
    for (size_t i = 0; r == 0 && i < page->provider_count; i++)
        r = print_provider(&page->providers[i], page->wall_ms, out);
    for (size_t i = 0; r == 0 && i < page->tool_server_count; i++)
        r = print_tool_server(&page->tool_servers[i], out);
    return r;
}

/* ---- who would stand in */

const struct config_provider *status_standin_provider(const struct config *config)
{
    const struct config_provider *second = NULL;
    for (size_t i = 1; i < config->route.priority.count; i++) {
        const struct config_provider *provider = config_priority_at(config, i);
        if (provider && provider->local)
            return provider;
        second = second ? second : provider;
    }
    return second;
}

/* Of a provider's models, the one that was chosen: by which of its wishes? */
static void tell_choice(struct status_standin *standin, const struct strings *wishes)
{
    for (size_t i = 0; i < wishes->count; i++) {
        if (strcmp(wishes->at[i], standin->model) != 0)
            continue;
        if (i == 0)
            error_set(&standin->why, "the first of its models in the settings");
        else
            error_set(&standin->why, "%s is not installed or does not fit; it is the next one",
                      wishes->at[0]);
        return;
    }
    error_set(&standin->why, "of the installed models one that can chat");
}

void status_standin_find(struct status_standin *standin, const struct config_provider *provider,
                         const struct ollama_models *models)
{
    static const struct request_facts plain = {.n = 1, .max_tokens = -1};
    const struct ollama_need need = {.facts = &plain};
    const struct strings *wishes = &provider->model;
    *standin = (struct status_standin){.provider = provider};
    if (!provider->kind->has_catalogue || !models || !models->known) {
        /* As route.c chooses for an app that speaks OpenAI's dialect. */
        bool own = provider->kind != kind_of_apps(API_PATH_CHAT) ||
                   (provider->local && provider->model_is_set);
        bool named = own && wishes->count > 0 && strcmp(wishes->at[0], "auto") != 0;
        standin->model = named ? strdup(wishes->at[0]) : NULL;
        error_set(&standin->why, "%s",
                  provider->kind->has_catalogue ? "it has not told yet which models it has"
                  : named                       ? "the first of its models in the settings"
                                                : "it is asked for the app's own model");
    } else if (ollama_choose(provider, models, &need, &standin->model, &standin->why) == 0) {
        tell_choice(standin, wishes);
    }
}
