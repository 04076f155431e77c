/* Gathers what core overview.h tells. */
#include "endpoint/status.h"

#include "endpoint/endpoints.h"
#include "provider/health.h"
#include "provider/online.h"
#include "record/metrics.h"
#include "serve/inbound.h"
#include "serve/server.h"
#include "tell/overview.h"

#define PAGE_MAX (1u << 20)

enum route_skip status_skip(struct endpoints *at, const struct inbound *inbound,
                            const struct config_provider *provider)
{
    struct text value;
    bool own_key = !inbound->verdict.authorization_is_token &&
                   inbound_header(inbound, "authorization", &value);
    if (provider->kind == PROVIDER_OPENAI && !provider->api_key && !provider->no_key && !own_key)
        return ROUTE_SKIP_NO_KEY;
    if (!provider->local && online_is_offline(at->online))
        return ROUTE_SKIP_OFFLINE;
    return health_retry_in_ms(provider, loop_now_ms(at->loop)) > 0 ? ROUTE_SKIP_BREAKER
                                                                   : ROUTE_SKIP_NONE;
}

static void fill_provider(struct endpoints *at, const struct inbound *inbound,
                          struct overview_provider *p)
{
    const struct health_state state = health_state(p->config, loop_now_ms(at->loop));
    p->skip = status_skip(at, inbound, p->config);
    p->breaker = state.breaker;
    p->retry_in_ms = state.retry_in_ms;
    p->inflight = state.inflight;
    for (int i = 0; i < FAILURE_COUNT; i++) {
        const char *labels[] = {p->config->name, failure_word((enum failure)i)};
        p->attempts[i] = metrics_value(METRIC_ATTEMPTS, labels);
    }
}

static void fill(struct endpoints *at, const struct inbound *inbound, struct overview *o)
{
    o->version = UNDERSTUDY_VERSION;
    o->draining = server_draining(at->server);
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
                   int (*print)(const struct overview *overview, struct buf *out))
{
    struct reply reply;
    struct overview overview;
    reply_own(&reply, 200, type);
    reply_header(&reply, "Cache-Control", "no-store");
    buf_done(&reply.body);
    buf_init(&reply.body, PAGE_MAX);
    int r = overview_init(&overview, endpoints_config(at));
    if (r == 0) {
        fill(at, inbound, &overview);
        r = print(&overview, &reply.body);
    }
    if (r < 0)
        reply.status = 500;
    overview_done(&overview);
    inbound_reply_take(inbound, &reply);
}

void status_page(struct endpoints *at, struct inbound *inbound)
{
    answer(at, inbound, "text/plain; charset=utf-8", overview_print);
}

void status_json(struct endpoints *at, struct inbound *inbound)
{
    answer(at, inbound, "application/json", overview_print_json);
}
