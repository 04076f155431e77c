/*
 * A check is a HEAD of the check URL, and where that does not answer of the places behind it
 * (online_finding.h); any HTTP answer means online, even an error. Checks run in the background: at
 * the start, when an attempt out there fails in the network, and at an interval while offline. The
 * worker that finds the machine offline tells the others, and looks again.
 */
#include "provider/online.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/notice.h"
#include "base/owner.h"
#include "base/shared_config.h"
#include "call/upstream.h"
#include "machine/proxyword.h"
#include "provider/local_switch.h"
#include "record/log.h"
#include "record/metrics.h"
#include "rules/online_finding.h"

struct online {
    struct upstream *upstream;
    struct shared_config *const *shared_now; /* in effect */
    void (*went_offline)(void *arg);
    void *arg;
    struct upstream_call *call;
    struct shared_config *shared; /* of the check under way */
    size_t place;                 /* that it asks now */
    char *url;                    /* of that place */
    struct buf headers;
    struct loop_timer limit;
    struct loop_timer again;
};

static void check_if_due(struct online *online, bool suspect);

/* The finding, of all workers. */
static struct {
    pthread_mutex_t lock;
    struct online_finding state;
    const struct config *config; /* in effect; a worker that has another is about to get it */
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

void online_setup(const struct config *config)
{
    const struct config_connectivity *connectivity = &config->connectivity;
    pthread_mutex_lock(&shared.lock);
    online_finding_init(&shared.state, connectivity->check_url != NULL, connectivity->interval_ms);
    shared.config = config;
    metrics_gauge_set(METRIC_ONLINE, NULL, 1);
    pthread_mutex_unlock(&shared.lock);
}

static bool is_offline(void)
{
    pthread_mutex_lock(&shared.lock);
    bool offline = online_finding_offline(&shared.state);
    pthread_mutex_unlock(&shared.lock);
    return offline;
}

/* config: the settings by which it was found. False: others are in effect. The gauge is set under
 * the lock: what it says is what the requests of all workers go by. */
static bool note(const struct config *config, bool is_online, bool from_check, int64_t now_ms,
                 struct online_change *ret)
{
    pthread_mutex_lock(&shared.lock);
    bool taken = shared.config == config && shared.state.enabled;
    if (taken) {
        *ret = online_finding_found(&shared.state, is_online, from_check, now_ms);
        metrics_gauge_set(METRIC_ONLINE, NULL, ret->offline ? 0 : 1);
        if (ret->turned)
            notice_change();
    }
    pthread_mutex_unlock(&shared.lock);
    return taken;
}

/* True: it is this worker's to check now. */
static bool take_check(const struct config *config, int64_t now_ms, bool suspect)
{
    pthread_mutex_lock(&shared.lock);
    bool due = shared.config == config && online_finding_due(&shared.state, now_ms, suspect);
    if (due)
        online_finding_begin(&shared.state);
    pthread_mutex_unlock(&shared.lock);
    return due;
}

/* A check that was taken ends without a finding. */
static void drop_check(const struct config *config)
{
    pthread_mutex_lock(&shared.lock);
    if (shared.config == config)
        shared.state.checking = false;
    pthread_mutex_unlock(&shared.lock);
}

/* Those who need a proxy have set it where other programs look for it. */
static void tell_of_proxy(const struct config *config)
{
    const char *variable = proxyword_variable();
    struct online_place place;
    bool direct = online_check_place(config, 0, &place) && !(place.way && place.way->proxy);
    if (variable && direct)
        log_warning("proxy", LOG_STR("variable", variable),
                    LOG_STR("message", "it is set, but not read: set [provider NAME] proxy"));
}

static void tell(struct online *online, const struct config *config, bool offline)
{
    log_warning(offline ? "offline" : "online",
                LOG_STR("message", offline ? "the connectivity check got no answer: providers that "
                                             "are not local are skipped"
                                           : "the connection is back"));
    if (!offline)
        return;
    tell_of_proxy(config);
    online->went_offline(online->arg);
}

static void settle(struct online *online, const struct config *config, bool is_online,
                   bool from_check)
{
    struct loop *loop = upstream_loop(online->upstream);
    struct online_change change;
    if (!note(config, is_online, from_check, loop_now_ms(loop), &change))
        return;
    if (change.next_ms >= 0)
        loop_timer_set(loop, &online->again, change.next_ms);
    else
        loop_timer_cancel(loop, &online->again);
    if (change.turned)
        tell(online, config, change.offline);
}

static void put_down_check(struct online *online)
{
    upstream_stop(online->call);
    upstream_release(online->call);
    online->call = NULL;
    free(online->url);
    online->url = NULL;
    loop_timer_cancel(upstream_loop(online->upstream), &online->limit);
}

static bool ask(struct online *online, size_t n);

/* Of one place: the next one may answer. */
static void end_check(struct online *online, bool is_online)
{
    put_down_check(online);
    if (!is_online && !local_switch_is_on() && ask(online, online->place + 1))
        return;
    settle(online, online->shared->config, is_online, true);
    shared_config_unref(online->shared);
    online->shared = NULL;
}

/* We could not even ask: nothing was found. */
static void end_unasked(struct online *online)
{
    struct loop *loop = upstream_loop(online->upstream);
    const struct config *config = online->shared->config;
    put_down_check(online);
    drop_check(config);
    if (is_offline())
        loop_timer_set(loop, &online->again, loop_now_ms(loop) + config->connectivity.interval_ms);
    shared_config_unref(online->shared);
    online->shared = NULL;
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
    if (transport == TRANSPORT_NO_DESCRIPTOR) {
        end_unasked(online);
        return;
    }
    end_check(online, online_check_answered(upstream_call_proxy_status(online->call),
                                            upstream_call_head(online->call)->status));
}

static void on_limit(struct loop_timer *timer)
{
    end_check(OWNER(timer, struct online, limit), false);
}

static void on_again(struct loop_timer *timer)
{
    if (is_offline())
        check_if_due(OWNER(timer, struct online, again), false);
}

static const struct upstream_events events = {.head = on_head, .body = on_body, .end = on_end};

static bool ask(struct online *online, size_t n)
{
    struct loop *loop = upstream_loop(online->upstream);
    const struct config *config = online->shared->config;
    struct online_place place;
    if (!online_check_place(config, n, &place))
        return false;
    online->place = n;
    online->url = xstrndup(place.url.at, place.url.len);
    struct upstream_request request = {
        .method = "HEAD",
        .url = online->url,
        .own_connection = true, /* one that was kept may have died with another network */
        .headers = &online->headers,
        .way = {.connect_timeout_ms = config->connectivity.timeout_ms,
                .proxy = place.way ? place.way->proxy : NULL,
                .ca_file = place.way ? place.way->ca_file : NULL},
        .events = &events,
        .arg = online,
    };
    online->call = upstream_start(online->upstream, &request);
    loop_timer_set(loop, &online->limit, loop_now_ms(loop) + config->connectivity.timeout_ms);
    return true;
}

static void check_if_due(struct online *online, bool suspect)
{
    const struct config *config = (*online->shared_now)->config;
    if (online->call || local_switch_is_on() ||
        !take_check(config, loop_now_ms(upstream_loop(online->upstream)), suspect))
        return;
    online->shared = shared_config_ref(*online->shared_now);
    (void)ask(online, 0); /* there is one where checks are due */
}

bool online_is_offline(struct online *online)
{
    check_if_due(online, false);
    return is_offline();
}

void online_answered(struct online *online)
{
    settle(online, (*online->shared_now)->config, true, false);
}

void online_suspect(struct online *online)
{
    check_if_due(online, true);
}

struct online *online_new(struct upstream *upstream, struct shared_config *const *now,
                          void (*went_offline)(void *arg), void *arg)
{
    struct online *online = xcalloc(1, sizeof(*online));
    online->upstream = upstream;
    online->shared_now = now;
    online->went_offline = went_offline;
    online->arg = arg;
    online->limit.due = on_limit;
    online->again.due = on_again;
    buf_init(&online->headers, 16);
    check_if_due(online, false);
    return online;
}

static void stop(struct online *online)
{
    struct loop *loop = upstream_loop(online->upstream);
    loop_timer_cancel(loop, &online->again);
    if (!online->call)
        return;
    put_down_check(online);
    drop_check(online->shared->config);
    shared_config_unref(online->shared);
    online->shared = NULL;
}

void online_configure(struct online *online)
{
    stop(online);
    check_if_due(online, false);
}

void online_forget(struct online *online)
{
    const struct config *config = (*online->shared_now)->config;
    stop(online);
    pthread_mutex_lock(&shared.lock);
    if (shared.config == config)
        online_finding_init(&shared.state, shared.state.enabled, shared.state.interval_ms);
    metrics_gauge_set(METRIC_ONLINE, NULL, online_finding_offline(&shared.state) ? 0 : 1);
    pthread_mutex_unlock(&shared.lock);
    notice_change();
    check_if_due(online, false);
}

void online_free(struct online *online)
{
    if (!online)
        return;
    stop(online);
    buf_done(&online->headers);
    free(online);
}
