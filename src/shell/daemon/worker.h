/*
 * One event loop with its server and its upstreams: everything that one thread owns. Workers share
 * nothing but read-only settings, the listening sockets, counters, and what is known of providers
 * and of the network (health.h, online.h).
 */
#ifndef UNDERSTUDY_WORKER_H
#define UNDERSTUDY_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/shared_config.h"
#include "door/listeners.h"
#include "endpoint/endpoints.h"
#include "exchange/exchange.h"
#include "machine/wake.h"
#include "rounds/tool_run.h"
#include "text/error.h"

struct catalog;
struct crew;
struct exporter;
struct online;
struct places;
struct server;
struct tool_servers;
struct upstream;
struct warmup;

/* Left by another thread, under the lock, for the worker's own to carry out. */
struct worker_orders {
    pthread_mutex_t lock;
    struct shared_config *shared; /* NULL = none */
    bool drain;
    bool stop;
    bool answer;  /* the roll is called */
    bool offline; /* another worker has found that out */
    bool places;  /* another worker has given one up */
};

struct worker {
    struct loop loop;
    struct shared_config *shared; /* for new exchanges */
    struct upstream *upstream;
    struct server *server;
    struct online *online;
    struct catalog *catalog;
    struct endpoints endpoints;
    struct places *places;
    struct warmup *warmup;
    struct exporter *exporter;
    struct tool_servers *tools;
    struct exchanges exchanges;
    struct tool_runs tool_runs;
    struct worker_orders orders;
    struct loop_watch orders_watch; /* bell.h: an order was left */
    struct wake wake;
    struct loop_timer drain_end;
    struct loop_timer drain_poll;
    int64_t stop_at_ms;                    /* while draining: when waiting ends */
    struct crew *crew;                     /* NULL = works alone */
    void (*called)(struct worker *worker); /* worker_order_answer, in this thread */
    atomic_uint answered;                  /* for the crew: the last roll call that was */
    atomic_bool ended;
    struct worker *next; /* of all there are */
};

/* 0, or -errno and *reterr. One user of shared is taken over, also on failure. */
int worker_init(struct worker *worker, struct shared_config *shared,
                const struct listeners *sockets, struct error *reterr)
    __attribute__((warn_unused_result));
/* False: clients were left that would not go; what is theirs stays as it is until the process ends.
 */
bool worker_done(struct worker *worker);

/* Runs until it is drained or stopped. */
void worker_run(struct worker *worker);

/* From any thread: */

/* No new connections; what is under way goes on for at most [server] drain_timeout; then it ends.
 */
void worker_order_drain(struct worker *worker);
/* Ends at once. */
void worker_order_stop(struct worker *worker);
/* Has called called, once it turns. */
void worker_order_answer(struct worker *worker);

/* Nothing may leave the machine any more (local_switch.h): what waits to goes on without. */
void worker_order_local(struct worker *worker);

/* New settings for new exchanges; one user is taken over. */
void worker_order_configure(struct worker *worker, struct shared_config *shared);

#endif
