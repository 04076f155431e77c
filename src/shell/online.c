/*
 * A check is a HEAD of the check URL; any HTTP answer means online, even an error. Checks run in
 * the background: at the start, when an attempt out there fails in the network, and at an interval
 * while offline.
 */
#include "online.h"

#include <stdlib.h>

#include "alloc.h"
#include "connectivity.h"
#include "exchange.h"
#include "log.h"
#include "metrics.h"
#include "upstream.h"
#include "worker.h"

struct online {
    struct worker *worker;
    struct connectivity state;
    struct upstream_call *call;
    struct config_provider target; /* only its connection settings are used */
    struct settings *settings;     /* of the check under way */
    struct buf headers;
    struct loop_timer limit;
    struct loop_timer again;
};

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static void check_if_due(struct online *online, bool suspect);

static const struct config_connectivity *config_of(const struct online *online)
{
    return &online->worker->settings->config->connectivity;
}

static void settle(struct online *online, bool is_online, bool from_check)
{
    struct loop *loop = &online->worker->loop;
    bool was_offline = connectivity_offline(&online->state);
    connectivity_found(&online->state, is_online, from_check, loop_now_ms(loop));
    bool offline = connectivity_offline(&online->state);
    metrics_gauge_set(METRIC_ONLINE, NULL, offline ? 0 : 1);
    int64_t next_ms = connectivity_next_ms(&online->state);
    if (next_ms >= 0)
        loop_timer_set(loop, &online->again, next_ms);
    else
        loop_timer_cancel(loop, &online->again);
    if (offline == was_offline)
        return;
    log_warning(offline ? "offline" : "online",
                LOG_STR("message", offline ? "the connectivity check got no answer: providers that "
                                             "are not local are skipped"
                                           : "the connection is back"));
    if (offline)
        exchange_notice_offline(online->worker);
}

static void end_check(struct online *online, bool is_online)
{
    upstream_stop(online->call);
    upstream_release(online->call);
    online->call = NULL;
    settings_unref(online->settings);
    online->settings = NULL;
    loop_timer_cancel(&online->worker->loop, &online->limit);
    settle(online, is_online, true);
}

static void on_head(void *arg)
{
    (void)arg;
}

static enum upstream_take on_body(void *arg, struct text bytes)
{
    (void)arg, (void)bytes;
    return UPSTREAM_STOP;
}

static void on_end(void *arg, enum transport transport)
{
    struct online *online = arg;
    (void)transport;
    end_check(online, upstream_call_head(online->call)->status != 0);
}

static void on_limit(struct loop_timer *timer)
{
    end_check(OWNER(timer, struct online, limit), false);
}

static void on_again(struct loop_timer *timer)
{
    check_if_due(OWNER(timer, struct online, again), false);
}

static const struct upstream_events events = {.head = on_head, .body = on_body, .end = on_end};

/* The way that requests to the cloud take: a check past its proxy would tell of another network. */
static struct config_provider target_of(const struct config *config)
{
    struct config_provider target = {.connect_timeout_ms = config->connectivity.timeout_ms};
    for (size_t i = 0; i < config->route.priority.count; i++) {
        const struct config_provider *provider =
            config_provider_by_name(config, text_of(config->route.priority.at[i]));
        if (!provider || provider->local)
            continue;
        target.proxy = provider->proxy;
        target.ca_file = provider->ca_file;
        break;
    }
    return target;
}

static void check_if_due(struct online *online, bool suspect)
{
    struct loop *loop = &online->worker->loop;
    if (!connectivity_due(&online->state, loop_now_ms(loop), suspect))
        return;
    const struct config_connectivity *config = config_of(online);
    online->settings = settings_ref(online->worker->settings);
    online->target = target_of(online->settings->config);
    struct upstream_request request = {
        .method = "HEAD",
        .url = config->check_url,
        .headers = &online->headers,
        .provider = &online->target,
        .events = &events,
        .arg = online,
    };
    connectivity_begin(&online->state);
    online->call = upstream_start(online->worker->upstream, &request);
    loop_timer_set(loop, &online->limit, loop_now_ms(loop) + config->timeout_ms);
}

bool online_is_offline(struct online *online)
{
    check_if_due(online, false);
    return connectivity_offline(&online->state);
}

void online_answered(struct online *online)
{
    if (online->state.enabled)
        settle(online, true, false);
}

void online_suspect(struct online *online)
{
    check_if_due(online, true);
}

static void begin(struct online *online)
{
    const struct config_connectivity *config = config_of(online);
    connectivity_init(&online->state, config->check_url != NULL, config->interval_ms);
    metrics_gauge_set(METRIC_ONLINE, NULL, 1);
    check_if_due(online, false);
}

struct online *online_new(struct worker *worker)
{
    struct online *online = xcalloc(1, sizeof(*online));
    online->worker = worker;
    online->limit.due = on_limit;
    online->again.due = on_again;
    buf_init(&online->headers, 16);
    begin(online);
    return online;
}

static void stop(struct online *online)
{
    struct loop *loop = &online->worker->loop;
    loop_timer_cancel(loop, &online->again);
    loop_timer_cancel(loop, &online->limit);
    if (!online->call)
        return;
    upstream_stop(online->call);
    upstream_release(online->call);
    online->call = NULL;
    settings_unref(online->settings);
    online->settings = NULL;
}

void online_configure(struct online *online)
{
    stop(online);
    begin(online);
}

void online_free(struct online *online)
{
    if (!online)
        return;
    stop(online);
    buf_done(&online->headers);
    free(online);
}
