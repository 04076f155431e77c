/* One row an endpoint. */
#include "endpoint/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "endpoint/discovery.h"
#include "endpoint/endpoints.h"
#include "endpoint/events.h"
#include "endpoint/inbound_client.h"
#include "endpoint/models.h"
#include "endpoint/status.h"
#include "http/accept.h"
#include "provider/health.h"
#include "record/metrics.h"
#include "serve/inbound.h"
#include "serve/server.h"
#include "tell/front.h"

#define METRICS_MAX (4u << 20)

static void reply_status(struct inbound *inbound, int status, const char *json)
{
    struct reply reply;
    reply_json(&reply, status, text_of(json));
    reply_header(&reply, "Cache-Control", "no-store");
    inbound_reply_take(inbound, &reply);
}

static void healthz(struct endpoints *at, struct inbound *inbound)
{
    (void)at;
    reply_status(inbound, 200, "{\"status\":\"ok\"}");
}

static void readyz(struct endpoints *at, struct inbound *inbound)
{
    const struct config *config = endpoints_config(at);
    if (server_draining(at->server)) {
        reply_status(inbound, 503, "{\"status\":\"draining\"}");
        return;
    }
    for (size_t i = 0; i < config->route.priority.count; i++) {
        const struct config_provider *provider = config_priority_at(config, i);
        if (provider && status_skip(at, inbound, provider) == ROUTE_SKIP_NONE) {
            reply_status(inbound, 200, "{\"status\":\"ready\"}");
            return;
        }
    }
    reply_status(inbound, 503, "{\"status\":\"no provider can be tried\"}");
}

/* Who looks with a browser gets a page; programs what they look for. */
static void front(struct endpoints *at, struct inbound *inbound)
{
    (void)at;
    struct text accept = {0}, host = {0};
    struct reply reply;
    (void)inbound_header(inbound, "accept", &accept);
    (void)inbound_header(inbound, "host", &host);
    bool browser = accept_names(accept, "text/html");
    reply_own(&reply, 200, browser ? "text/html; charset=utf-8" : "text/plain; charset=utf-8");
    reply_header(&reply, "Vary", "Accept");
    if (browser)
        reply_header(&reply, "Content-Security-Policy", FRONT_POLICY);
    if ((browser ? front_page(host, &reply.body) : buf_append_string(&reply.body, FRONT_LINE)) < 0)
        reply_unmade(&reply, NULL);
    inbound_reply_take(inbound, &reply);
}

static void metrics(struct endpoints *at, struct inbound *inbound)
{
    struct reply reply;
    health_tell_metrics(endpoints_config(at), loop_now_ms(at->loop));
    reply_own(&reply, 200, "text/plain; version=0.0.4; charset=utf-8");
    buf_done(&reply.body);
    buf_init(&reply.body, METRICS_MAX);
    if (metrics_print(&reply.body) < 0)
        reply_unmade(&reply, NULL);
    inbound_reply_take(inbound, &reply);
}

static void preflight(struct endpoints *at, struct inbound *inbound)
{
    (void)at;
    struct reply reply;
    reply_init(&reply, 204);
    reply_header(&reply, "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
    reply_header(&reply, "Access-Control-Max-Age", "600");
    struct text wanted;
    if (inbound_header(inbound, "access-control-request-headers", &wanted))
        reply_header_text(&reply, text_of("Access-Control-Allow-Headers"), wanted);
    if (inbound_header(inbound, "access-control-request-private-network", &wanted))
        reply_header(&reply, "Access-Control-Allow-Private-Network", "true");
    inbound_reply_take(inbound, &reply);
}

static void options(struct endpoints *at, struct inbound *inbound)
{
    (void)at;
    struct reply reply;
    reply_init(&reply, 204);
    reply_header(&reply, "Allow", inbound->verdict.allow ? inbound->verdict.allow : "OPTIONS");
    inbound_reply_take(inbound, &reply);
}

static void (*const endpoints[])(struct endpoints *, struct inbound *) = {
    [ENDPOINT_FRONT] = front,
    [ENDPOINT_CHAT] = inbound_client_start,
    [ENDPOINT_MODELS] = models_start,
    [ENDPOINT_PASS] = inbound_client_start,
    [ENDPOINT_VERSION] = discovery_version,
    [ENDPOINT_TAGS] = discovery_tags,
    [ENDPOINT_PS] = discovery_ps,
    [ENDPOINT_SHOW] = discovery_show,
    [ENDPOINT_API_MODEL] = discovery_asked,
    [ENDPOINT_PULL] = discovery_pull,
    [ENDPOINT_ADMIN] = discovery_rest,
    [ENDPOINT_HEALTHZ] = healthz,
    [ENDPOINT_READYZ] = readyz,
    [ENDPOINT_METRICS] = metrics,
    [ENDPOINT_STATUS] = status_show,
    [ENDPOINT_STATUS_PAGE] = status_show_page,
    [ENDPOINT_STATUS_JSON] = status_show_json,
    [ENDPOINT_EVENTS] = events_show,
    [ENDPOINT_PREFLIGHT] = preflight,
    [ENDPOINT_OPTIONS] = options,
};

void endpoint_dispatch(void *arg, struct inbound *inbound)
{
    endpoints[inbound->verdict.endpoint](arg, inbound);
}
