/* Gathers what core status_page.h tells. */
#include "endpoint/status.h"

#include "base/clock.h"
#include "endpoint/endpoints.h"
#include "endpoint/web_page.h"
#include "provider/health.h"
#include "provider/local_switch.h"
#include "provider/online.h"
#include "record/metrics.h"
#include "serve/inbound.h"
#include "serve/server.h"
#include "tell/status_page.h"

#define PAGE_MAX (1u << 20)

enum route_skip status_skip(struct endpoints *at, const struct inbound *inbound,
                            const struct config_provider *provider)
{
    struct text value;
    bool own_key = route_takes_credential(provider, kind_of_apps(API_PATH_OTHER)) &&
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
    for (size_t i = 0; i < p->config->api_keys.count; i++)
        p->keys[i] = health_key_state(p->config, i, loop_now_ms(at->loop));
    for (int i = 0; i < FAILURE_COUNT; i++) {
        const char *labels[] = {p->config->name, failure_word((enum failure)i)};
        p->attempts[i] = metrics_value(METRIC_ATTEMPTS, labels);
    }
}

static void fill(struct endpoints *at, const struct inbound *inbound, struct status_page *o)
{
    o->version = UNDERSTUDY_VERSION;
    o->draining = server_draining(at->server);
    o->wall_ms = clock_wall_ms();
    o->local_only = local_switch_is_on();
    o->online = metrics_value(METRIC_ONLINE, NULL) != 0;
    o->uptime_ms = metrics_uptime_ms();
    o->requests = metrics_sum(METRIC_REQUESTS);
    o->retries = metrics_sum(METRIC_RETRIES);
    o->fallbacks = metrics_sum(METRIC_FALLBACKS);
    o->inflight = metrics_value(METRIC_INFLIGHT, NULL);
    o->open_streams = metrics_value(METRIC_OPEN_STREAMS, NULL);
    for (size_t i = 0; i < o->provider_count; i++)
        fill_provider(at, inbound, &o->providers[i]);
}

static void answer(struct endpoints *at, struct inbound *inbound, const char *type,
                   int (*print)(const struct status_page *page, struct buf *out))
{
    struct reply reply;
    struct status_page page;
    reply_own(&reply, 200, type);
    reply_header(&reply, "Cache-Control", "no-store");
    reply_header(&reply, "Vary", "Accept");
    buf_done(&reply.body);
    buf_init(&reply.body, PAGE_MAX);
    int r = status_page_init(&page, endpoints_config(at));
    if (r == 0) {
        fill(at, inbound, &page);
        r = print(&page, &reply.body);
    }
    if (r < 0)
        reply_unmade(&reply, NULL);
    status_page_done(&page);
    inbound_reply_take(inbound, &reply);
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
    if (buf_append(&reply.body, web_page.html, web_page.html_bytes) < 0)
        reply_unmade(&reply, NULL);
    inbound_reply_take(inbound, &reply);
}

void status_show(struct endpoints *at, struct inbound *inbound)
{
    answer(at, inbound, "text/plain; charset=utf-8", status_page_print);
}

void status_show_json(struct endpoints *at, struct inbound *inbound)
{
    answer(at, inbound, "application/json", status_page_print_json);
}
