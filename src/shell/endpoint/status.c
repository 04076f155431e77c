/* Gathers what core status_page.h tells. */
#include "endpoint/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "endpoint/endpoints.h"
#include "endpoint/web_page.h"
#include "http/coding.h"
#include "ledger/recent.h"
#include "provider/catalog.h"
#include "provider/health.h"
#include "provider/local_switch.h"
#include "provider/online.h"
#include "record/metrics.h"
#include "serve/inbound.h"
#include "serve/server.h"
#include "tell/status_page.h"
#include "tool/tool_servers.h"

/* All that is kept, and a megabyte for the rest. */
#define PAGE_MAX (RECENT_MAX * EXCHANGE_RECORD_JSON_MAX + (1u << 20))

enum route_skip status_skip(struct endpoints *at, const struct inbound *inbound,
                            const struct config_provider *provider)
{
    struct text value;
    bool own_key = inbound && route_takes_credential(provider, kind_of_apps(API_PATH_OTHER)) &&
                   !inbound->verdict.authorization_is_token &&
                   inbound_header(inbound, "authorization", &value);
    enum route_skip skip =
        route_skip_of(provider, own_key, local_switch_far(online_is_offline(at->online)));
    return skip != ROUTE_SKIP_NONE ? skip : health_skip(provider, loop_now_ms(at->loop));
}

static void fill_provider(struct endpoints *at, const struct inbound *inbound,
                          struct status_provider *p)
{
    const struct health_state state = health_state(p->config, loop_now_ms(at->loop));
    p->skip = status_skip(at, inbound, p->config);
    p->breaker = state.breaker;
    p->retry_in_ms = state.retry_in_ms;
    p->inflight = state.inflight;
    p->answered_at_ms = state.answered_at_ms;
    p->failed_at_ms = state.failed_at_ms;
    p->failed = state.failure;
    p->failed_status = state.status;
    for (size_t i = 0; i < p->config->api_keys.count; i++)
        p->keys[i] = health_key_state(p->config, i, loop_now_ms(at->loop));
    for (int i = 0; i < FAILURE_COUNT; i++) {
        const char *labels[] = {p->config->name, failure_word((enum failure)i)};
        p->attempts[i] = metrics_value(METRIC_ATTEMPTS, labels);
    }
}

static void fill_tool_server(struct endpoints *at, struct status_tool_server *t)
{
    struct tool_facts facts;
    tool_servers_look(at->tools, t->config, &facts);
    t->state = facts.state;
    t->era = facts.era;
    t->listed = facts.listed;
    t->tools = facts.allowed;
    if (facts.detail[0] && strcmp(facts.state, "down") == 0)
        error_set(&t->why, "it %s", facts.detail);
    else
        error_set(&t->why, "%s", facts.why);
}

static void fill(struct endpoints *at, const struct inbound *inbound, struct status_page *o)
{
    o->version = UNDERSTUDY_VERSION;
    o->draining = server_draining(at->server);
    o->wall_ms = clock_wall_ms();
    o->local_only = local_switch_is_on();
    o->online = metrics_value(METRIC_ONLINE, NULL) != 0;
    o->uptime_ms = metrics_uptime_ms();
    o->started_at_ms = metrics_started_at_ms();
    o->requests = metrics_sum(METRIC_REQUESTS);
    o->retries = metrics_sum(METRIC_RETRIES);
    o->fallbacks = metrics_sum(METRIC_FALLBACKS);
    o->inflight = metrics_value(METRIC_INFLIGHT, NULL);
    o->open_streams = metrics_value(METRIC_OPEN_STREAMS, NULL);
    for (size_t i = 0; i < o->provider_count; i++)
        fill_provider(at, inbound, &o->providers[i]);
    for (size_t i = 0; at->tools && i < o->tool_server_count; i++)
        fill_tool_server(at, &o->tool_servers[i]);
    status_page_trim(o);
}

static void find_standin(struct endpoints *at, struct status_standin *standin)
{
    const struct config_provider *provider = status_standin_provider(endpoints_config(at));
    if (!provider)
        return;
    const struct ollama_models *models = NULL;
    if (provider->kind->has_catalogue && catalog_is_asked(provider)) {
        (void)catalog_is_ready(at->catalog, provider); /* what is old is asked for anew */
        models = catalog_models(at->catalog, provider);
    }
    status_standin_find(standin, provider, models);
}

/* The text needs neither exchanges nor figures. */
int status_write(struct endpoints *at, const struct inbound *inbound, enum status_form form,
                 struct buf *out)
{
    struct status_page page;
    struct recent recent = {0};
    struct figures *figures = NULL;
    int r = status_page_init(&page, endpoints_config(at));
    if (r == 0) {
        fill(at, inbound, &page);
        find_standin(at, &page.standin);
    }
    if (r == 0 && form == STATUS_TEXT)
        r = status_page_print(&page, out);
    if (r == 0 && form != STATUS_TEXT) {
        figures = xcalloc(1, sizeof(*figures));
        recent_figures(figures);
        recent_take(0, RECENT_MAX, &recent);
        page.figures = figures;
        page.exchanges = recent.at;
        page.exchange_count = recent.count;
        r = status_page_print_json(&page, form == STATUS_JSON ? STATUS_ALL : STATUS_CHANGES, out);
    }
    recent_done(&recent);
    free(figures);
    status_page_done(&page);
    return r;
}

static void answer(struct endpoints *at, struct inbound *inbound, const char *type,
                   enum status_form form)
{
    struct reply reply;
    reply_own(&reply, 200, type);
    reply_header(&reply, "Cache-Control", "no-store");
    reply_header(&reply, "Vary", "Accept");
    buf_done(&reply.body);
    buf_init(&reply.body, PAGE_MAX);
    if (status_write(at, inbound, form, &reply.body) < 0)
        reply_unmade(&reply, NULL);
    inbound_reply_take(inbound, &reply);
}

/* The same each time, so only memory can be missing. */
static int unpack_page(struct buf *out)
{
    const struct codings gzip = {.at = {CODING_GZIP}, .count = 1};
    struct decoder *decoder = decoder_new(&gzip, DECODER_STRICT);
    int r = -ENOMEM;
    if (decoder)
        r = decoder_feed(decoder, text_make(web_page.packed, web_page.packed_bytes), out);
    decoder_free(decoder);
    return r;
}

void status_show_page(struct endpoints *at, struct inbound *inbound)
{
    (void)at;
    struct reply reply;
    reply_own(&reply, 200, "text/html; charset=utf-8");
    reply_header(&reply, "Vary", "Accept");
    reply_header(&reply, "Cache-Control", "no-store");
    reply_header(&reply, "Content-Security-Policy", web_page.policy);
    reply_header(&reply, "Referrer-Policy", "no-referrer");
    if (unpack_page(&reply.body) < 0)
        reply_unmade(&reply, NULL);
    inbound_reply_take(inbound, &reply);
}

void status_show(struct endpoints *at, struct inbound *inbound)
{
    answer(at, inbound, "text/plain; charset=utf-8", STATUS_TEXT);
}

void status_show_json(struct endpoints *at, struct inbound *inbound)
{
    answer(at, inbound, "application/json", STATUS_JSON);
}
