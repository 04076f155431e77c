/*
 * The thread that commands runs no exchanges: signals and the watchdog must not end with a worker
 * that is done before the others, nor wait behind one that is busy.
 */
#include "daemon/crew.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bell.h"
#include "base/object.h"
#include "base/owner.h"
#include "daemon/worker.h"

/* Has every worker that still runs answered the last call? One that has ended answers none. */
static bool all_answered(const struct crew *crew)
{
    unsigned asked = atomic_load(&crew->asked);
    for (int i = 0; i < crew->started; i++)
        if (!atomic_load(&crew->workers[i].ended) &&
            atomic_load(&crew->workers[i].answered) != asked)
            return false;
    return true;
}

static void on_bell(struct loop_watch *watch, uint32_t events)
{
    struct crew *crew = OWNER(watch, struct crew, bell);
    (void)events;
    bell_hush(watch->fd);
    if (crew->called && all_answered(crew)) {
        crew->called = false;
        crew->answered(crew);
    }
    if (atomic_load(&crew->running) == 0)
        crew->ended(crew);
}

/* In the worker's thread. */
static void on_called(struct worker *worker)
{
    struct crew *crew = worker->crew;
    atomic_store(&worker->answered, atomic_load(&crew->asked));
    bell_ring(crew->bell.fd);
}

static void *run_thread(void *arg)
{
    struct worker *worker = arg;
    struct crew *crew = worker->crew;
    worker_run(worker);
    objects_drop();
    atomic_store(&worker->ended, true);
    atomic_fetch_sub(&crew->running, 1);
    bell_ring(crew->bell.fd);
    return NULL;
}

static int make_workers(struct crew *crew, struct shared_config *shared,
                        const struct listeners *sockets, struct error *reterr)
{
    int wanted = shared->config->server.workers;
    wanted = wanted > 0 ? wanted : (int)sysconf(_SC_NPROCESSORS_ONLN);
    crew->workers = xcalloc((size_t)wanted, sizeof(*crew->workers));
    crew->threads = xcalloc((size_t)wanted, sizeof(*crew->threads));
    for (; crew->count < wanted; crew->count++) {
        struct worker *worker = &crew->workers[crew->count];
        int r = worker_init(worker, shared_config_ref(shared), sockets, reterr);
        if (r < 0)
            return r;
        worker->crew = crew;
        worker->called = on_called;
    }
    return 0;
}

int crew_init(struct crew *crew, struct loop *loop, struct shared_config *shared,
              const struct listeners *sockets, struct error *reterr)
{
    crew->loop = loop;
    crew->bell.ready = on_bell;
    int r = bell_hang(loop, &crew->bell);
    if (r < 0) {
        error_set(reterr, "the workers could not be made: %s", strerror(-r));
        return r;
    }
    return make_workers(crew, shared, sockets, reterr);
}

int crew_start(struct crew *crew, struct error *reterr)
{
    int r = 0;
    for (; r == 0 && crew->started < crew->count; crew->started += r == 0) {
        atomic_fetch_add(&crew->running, 1);
        struct worker *worker = &crew->workers[crew->started];
        r = -pthread_create(&crew->threads[crew->started], NULL, run_thread, worker);
    }
    if (r == 0)
        return 0;
    atomic_fetch_sub(&crew->running, 1);
    error_set(reterr, "the workers could not be started: %s", strerror(-r));
    return r;
}

void crew_call(struct crew *crew)
{
    atomic_fetch_add(&crew->asked, 1);
    crew->called = true;
    for (int i = 0; i < crew->started; i++)
        worker_order_answer(&crew->workers[i]);
}

void crew_order(struct crew *crew, void (*order)(struct worker *worker))
{
    for (int i = 0; i < crew->count; i++)
        order(&crew->workers[i]);
}

void crew_order_configure(struct crew *crew, struct shared_config *shared)
{
    for (int i = 0; i < crew->count; i++)
        worker_order_configure(&crew->workers[i], shared_config_ref(shared));
}

void crew_join(struct crew *crew)
{
    for (int i = 0; i < crew->started; i++)
        (void)pthread_join(crew->threads[i], NULL);
}

void crew_done(struct crew *crew)
{
    static struct worker *volatile left; /* keeps what is still theirs in reach */
    bool clean = true;
    for (int i = 0; i < crew->count; i++)
        clean = worker_done(&crew->workers[i]) && clean;
    objects_drop(); /* what they gave back in this thread */
    left = clean ? NULL : crew->workers;
    if (!left)
        free(crew->workers);
    free(crew->threads);
    if (crew->bell.fd >= 0)
        close(crew->bell.fd);
}
