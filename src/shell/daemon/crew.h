/*
 * All workers, each in a thread of its own, and what the process has to know of them: whether they
 * all still turn, and when the last one has ended. Used from one thread, whose loop it rings.
 */
#ifndef UNDERSTUDY_CREW_H
#define UNDERSTUDY_CREW_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/loop.h"
#include "base/shared_config.h"
#include "door/listeners.h"
#include "text/error.h"

struct worker;

struct crew {
    struct worker *workers;
    pthread_t *threads;
    int count;                           /* workers that were made */
    int started;                         /* threads */
    atomic_int running;                  /* of them */
    atomic_uint asked;                   /* the roll call under way */
    struct loop *loop;                   /* of who commands */
    struct loop_watch bell;              /* bell.h: a worker has ended, or answered */
    void (*answered)(struct crew *crew); /* all that run have answered the call */
    void (*ended)(struct crew *crew);    /* none runs any more */
    bool called;                         /* and not answered by all */
};

/*
 * Makes them, so that each can be asked for something before it runs. 0 or -errno and *reterr;
 * crew_done in any case. answered and ended are set by the caller.
 */
int crew_init(struct crew *crew, struct loop *loop, struct shared_config *shared,
              const struct listeners *sockets, struct error *reterr)
    __attribute__((warn_unused_result));

/* 0 or -errno and *reterr. */
int crew_start(struct crew *crew, struct error *reterr) __attribute__((warn_unused_result));

/* answered is called when each worker has made a turn. */
void crew_call(struct crew *crew);

/* Each is given that order, one of worker.h. */
void crew_order(struct crew *crew, void (*order)(struct worker *worker));
void crew_order_configure(struct crew *crew, struct shared_config *shared);

/* Waits for the threads; they must be ending. */
void crew_join(struct crew *crew);

/* After crew_join, or where nothing was started. */
void crew_done(struct crew *crew);

#endif
