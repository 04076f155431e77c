/*
 * Drain: doors shut, idle connections closed; a poll looks whether all are gone. When the time is
 * over, what is left is ended so that each client sees it, with a short grace to write that.
 */
#include "daemon/worker.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/bell.h"
#include "base/owner.h"
#include "call/upstream.h"
#include "endpoint/dispatch.h"
#include "endpoint/events.h"
#include "exchange/exchange.h"
#include "provider/catalog.h"
#include "provider/online.h"
#include "provider/places.h"
#include "provider/warmup.h"
#include "record/log.h"
#include "record/turns.h"
#include "serve/server.h"
#include "tool/tool_servers.h"
#include "trace/exporter.h"

#define DRAIN_POLL_MS 10
/* After the drain's end: time to write the last words. */
#define GRACE_MS 300

static void poll_again(struct worker *worker)
{
    loop_timer_set(&worker->loop, &worker->drain_poll, loop_now_ms(&worker->loop) + DRAIN_POLL_MS);
}

static void on_drain_poll(struct loop_timer *timer)
{
    struct worker *worker = OWNER(timer, struct worker, drain_poll);
    server_shut_idle(worker->server);
    bool idle =
        server_idle(worker->server) && !worker->exchanges.first && exporter_drain(worker->exporter);
    if (idle || loop_now_ms(&worker->loop) >= worker->stop_at_ms)
        loop_stop(&worker->loop);
    else
        poll_again(worker);
}

static void on_drain_end(struct loop_timer *timer)
{
    struct worker *worker = OWNER(timer, struct worker, drain_end);
    if (worker->exchanges.first)
        log_warning("drain_timeout", LOG_INT("inflight", worker->exchanges.inflight));
    exchange_end_all(&worker->exchanges);
    tool_runs_end_all(&worker->tool_runs);
    worker->stop_at_ms = loop_now_ms(&worker->loop) + GRACE_MS;
}

static void drain(struct worker *worker)
{
    int64_t now_ms = loop_now_ms(&worker->loop);
    if (server_draining(worker->server))
        return;
    int64_t end_ms = now_ms + worker->shared->config->server.drain_timeout_ms;
    worker->stop_at_ms = end_ms + GRACE_MS;
    loop_timer_set(&worker->loop, &worker->drain_end, end_ms);
    server_drain(worker->server);
    poll_again(worker);
}

static void stop(struct worker *worker)
{
    drain(worker);
    loop_timer_cancel(&worker->loop, &worker->drain_end);
    server_shut(worker->server);
    worker->stop_at_ms = loop_now_ms(&worker->loop) + GRACE_MS;
}

static void on_woke(struct wake *wake, int64_t slept_for_ms)
{
    struct worker *worker = OWNER(wake, struct worker, wake);
    log_info("woke", LOG_INT("slept_ms", slept_for_ms),
             LOG_STR("message", "the machine slept: kept connections and addresses are dropped"));
    upstream_woke(worker->upstream);
    online_forget(worker->online);
}

static void configure(struct worker *worker, struct shared_config *shared)
{
    shared_config_unref(worker->shared);
    worker->shared = shared;
    upstream_read_certificates_anew(worker->upstream);
    upstream_forget(worker->upstream);
    online_configure(worker->online);
    exporter_configure(worker->exporter);
    catalog_warm(worker->catalog);
    tool_servers_warm(worker->tools);
}

static void on_orders(struct loop_watch *watch, uint32_t events)
{
    struct worker *worker = OWNER(watch, struct worker, orders_watch);
    (void)events;
    bell_hush(watch->fd);
    pthread_mutex_lock(&worker->orders.lock);
    struct shared_config *shared = worker->orders.shared;
    struct worker_orders orders = {.drain = worker->orders.drain,
                                   .stop = worker->orders.stop,
                                   .answer = worker->orders.answer,
                                   .offline = worker->orders.offline,
                                   .places = worker->orders.places};
    worker->orders.shared = NULL;
    worker->orders.drain = worker->orders.stop = worker->orders.answer = false;
    worker->orders.offline = worker->orders.places = false;
    pthread_mutex_unlock(&worker->orders.lock);
    if (shared)
        configure(worker, shared);
    if (orders.offline)
        exchange_notice_offline(&worker->exchanges);
    if (orders.places)
        places_look(worker->places);
    if (orders.drain)
        drain(worker);
    if (orders.stop)
        stop(worker);
    if (orders.answer)
        worker->called(worker);
}

static void order(struct worker *worker, bool *what)
{
    pthread_mutex_lock(&worker->orders.lock);
    *what = true;
    pthread_mutex_unlock(&worker->orders.lock);
    bell_ring(worker->orders_watch.fd);
}

void worker_order_drain(struct worker *worker)
{
    order(worker, &worker->orders.drain);
}

void worker_order_stop(struct worker *worker)
{
    order(worker, &worker->orders.stop);
}

void worker_order_local(struct worker *worker)
{
    order(worker, &worker->orders.offline);
}

void worker_order_answer(struct worker *worker)
{
    order(worker, &worker->orders.answer);
}

/* All there are: made and taken away by one thread, told by any. */
static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct worker *all;

static void join_all(struct worker *worker)
{
    pthread_mutex_lock(&all_lock);
    worker->next = all;
    all = worker;
    pthread_mutex_unlock(&all_lock);
    turns_join(&worker->loop.turns);
}

static void leave_all(struct worker *worker)
{
    turns_leave(&worker->loop.turns);
    pthread_mutex_lock(&all_lock);
    struct worker **at = &all;
    while (*at && *at != worker)
        at = &(*at)->next;
    if (*at)
        *at = worker->next;
    pthread_mutex_unlock(&all_lock);
}

/* This worker has found the machine offline: its own exchanges move on, and those of the others. */
static void on_went_offline(void *arg)
{
    struct worker *worker = arg;
    exchange_notice_offline(&worker->exchanges);
    pthread_mutex_lock(&all_lock);
    for (struct worker *other = all; other; other = other->next)
        if (other != worker)
            order(other, &other->orders.offline);
    pthread_mutex_unlock(&all_lock);
}

static void on_place_freed(void *arg)
{
    const struct worker *worker = arg;
    pthread_mutex_lock(&all_lock);
    for (struct worker *other = all; other; other = other->next)
        if (other != worker && places_has_guests(other->places))
            order(other, &other->orders.places);
    pthread_mutex_unlock(&all_lock);
}

void worker_order_configure(struct worker *worker, struct shared_config *shared)
{
    pthread_mutex_lock(&worker->orders.lock);
    shared_config_unref(worker->orders.shared);
    worker->orders.shared = shared;
    pthread_mutex_unlock(&worker->orders.lock);
    bell_ring(worker->orders_watch.fd);
}

int worker_init(struct worker *worker, struct shared_config *shared,
                const struct listeners *sockets, struct error *reterr)
{
    *worker = (struct worker){.shared = shared, .orders_watch = {.fd = -1, .ready = on_orders}};
    worker->loop.epoll_fd = -1;
    worker->drain_end.due = on_drain_end;
    worker->drain_poll.due = on_drain_poll;
    pthread_mutex_init(&worker->orders.lock, NULL);
    int r = loop_init(&worker->loop);
    r = r < 0 ? r : bell_hang(&worker->loop, &worker->orders_watch);
    if (r < 0) {
        error_set(reterr, "the event loop could not be made: %s", strerror(-r));
        (void)worker_done(worker);
        return r;
    }
    worker->wake.woke = on_woke;
    wake_init(&worker->wake, &worker->loop); /* before the server: it starts exchanges */
    const struct server_plan plan = {&worker->loop, &worker->shared, endpoint_dispatch,
                                     &worker->endpoints};
    worker->upstream = upstream_new(&worker->loop);
    if (worker->upstream)
        worker->server = server_new(&plan, sockets, reterr);
    if (!worker->server) {
        error_set(reterr, "libcurl could not be set up");
        (void)worker_done(worker);
        return -ENOMEM;
    }
    worker->catalog = catalog_new(worker->upstream, &worker->shared);
    worker->online = online_new(worker->upstream, &worker->shared, on_went_offline, worker);
    worker->places = places_new(&worker->loop, on_place_freed, worker);
    worker->warmup = warmup_new(worker->upstream, &worker->shared, worker->catalog);
    worker->exporter = exporter_new(worker->upstream, &worker->shared);
    worker->tools = tool_servers_new(worker->upstream, &worker->shared);
    worker->endpoints = (struct endpoints){.loop = &worker->loop,
                                           .shared = &worker->shared,
                                           .upstream = worker->upstream,
                                           .catalog = worker->catalog,
                                           .tools = worker->tools,
                                           .online = worker->online,
                                           .server = worker->server,
                                           .exchanges = &worker->exchanges,
                                           .tool_runs = &worker->tool_runs,
                                           .events = events_new(&worker->endpoints)};
    model_lists_init(&worker->endpoints.model_lists);
    worker->exchanges.shared = &worker->shared;
    worker->exchanges.means = (struct means){.loop = &worker->loop,
                                             .upstream = worker->upstream,
                                             .catalog = worker->catalog,
                                             .online = worker->online,
                                             .places = worker->places,
                                             .warmup = worker->warmup,
                                             .exporter = worker->exporter,
                                             .tools = worker->tools};
    catalog_warm(worker->catalog);
    worker->tool_runs =
        (struct tool_runs){.exchanges = &worker->exchanges, .servers = worker->tools};
    tool_servers_warm(worker->tools);
    join_all(worker);
    return 0;
}

bool worker_done(struct worker *worker)
{
    leave_all(worker);
    bool clean = !worker->server || (server_idle(worker->server) && !worker->exchanges.first);
    /* Connections that would not go within the grace: the library must not be stopped under them.
     */
    if (clean) {
        server_free(worker->server);
        events_free(worker->endpoints.events);
        tool_servers_free(worker->tools); /* calls of those who would not go may be under way */
    }
    exporter_free(worker->exporter);
    warmup_free(worker->warmup);
    places_free(worker->places);
    online_free(worker->online);
    catalog_free(worker->catalog);
    model_lists_done(&worker->endpoints.model_lists);
    if (clean)
        upstream_free(worker->upstream);
    if (worker->orders_watch.fd >= 0)
        close(worker->orders_watch.fd);
    shared_config_unref(worker->orders.shared);
    shared_config_unref(worker->shared);
    pthread_mutex_destroy(&worker->orders.lock);
    if (clean)
        loop_done(&worker->loop);
    return clean;
}

void worker_run(struct worker *worker)
{
    loop_run(&worker->loop);
}
