/*
 * One thread's event loop: epoll, a heap of timers, tasks for when a callback is over.
 *
 * A turn: wait -> events, behind each the tasks that wait -> due timers -> tasks -> hooks -> last
 * tasks. So what an event sets off is done while all that it is about is still in the processor's
 * caches, which thousands of streams do not fit into together. The clock is read after the wait,
 * and once more when the turn is over: how long it took is counted. When it has run ahead of the
 * loop (the process was stopped, or had no turn on a busy machine), due timers wait until what had
 * come meanwhile is read: else they would tell of a silence that was ours. Watches, timers and
 * tasks are embedded in their owners and known to the loop by address; the owner takes them out
 * before it goes.
 */
#ifndef UNDERSTUDY_LOOP_H
#define UNDERSTUDY_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#define LOOP_EVENTS_MAX 256

struct loop_watch {
    int fd; /* -1 while not in the loop */
    void (*ready)(struct loop_watch *watch, uint32_t events);
};

struct loop_timer {
    int64_t at_ms;
    uint64_t order; /* among those of the same time: as they were set */
    size_t slot;    /* place in the heap, from 1; 0 = not there */
    struct loop_timer *next_due,
        **prev_due; /* in the queue of this turn; prev_due NULL = not there */
    void (*due)(struct loop_timer *timer);
};

struct loop_task {
    struct loop_task *next;
    bool queued;
    void (*run)(struct loop_task *task);
};

struct loop_tasks {
    struct loop_task *first, **end;
};

/* Called at the end of each turn; returns for how long the loop may wait: ms, or -1 for any time.
 */
struct loop_hook {
    struct loop_hook *next;
    int64_t (*turn)(struct loop_hook *hook);
};

#define LOOP_TURN_LIMITS 12

/* What takes longer is counted behind the last one. */
extern const int64_t loop_turn_limits_us[LOOP_TURN_LIMITS];

/*
 * How long turns took, without their wait. Written by the loop's thread alone, read by any: the
 * numbers are atomic each, and may be a turn apart.
 */
struct loop_turns {
    struct loop_turns *next;                       /* for who collects them, record/turns.h */
    _Atomic uint64_t counts[LOOP_TURN_LIMITS + 1]; /* each turn in the first that takes it */
    _Atomic int64_t sum_us;
};

struct loop {
    int epoll_fd;
    int64_t now_ms;
    bool stopped;
    struct loop_timer **heap;
    size_t timer_count;
    size_t timer_cap;
    uint64_t timer_order;              /* of the next one that is set */
    struct loop_timer *due, **due_end; /* of this turn, not called yet */
    struct loop_tasks tasks, last_tasks;
    struct loop_hook *hooks;
    struct epoll_event events[LOOP_EVENTS_MAX];
    int event_count; /* of this turn */
    int event_next;  /* the first that was not dispatched yet */
    int late_turns;  /* left in which events go before due timers */
    struct loop_turns turns;
};

/* 0 or -errno. */
int loop_init(struct loop *loop) __attribute__((warn_unused_result));
void loop_done(struct loop *loop);

/* Turns until loop_stop. */
void loop_run(struct loop *loop);

/* The turn under way is the last one. */
void loop_stop(struct loop *loop);

static inline int64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

/* 0 or -errno of epoll_ctl. */
int loop_watch_add(struct loop *loop, struct loop_watch *watch, int fd, uint32_t events)
    __attribute__((warn_unused_result));
int loop_watch_modify(struct loop *loop, struct loop_watch *watch, uint32_t events)
    __attribute__((warn_unused_result));

/* Takes the watch out, with any event of this turn that it has not seen yet. Not in: fine. */
void loop_watch_remove(struct loop *loop, struct loop_watch *watch);

/*
 * Sets or moves a timer. Those of a turn are called by their times, and at equal times in the order
 * in which they were set; one that is set while they are called waits for the next turn, also with
 * a time in the past.
 */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at_ms);
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer);

static inline bool loop_timer_is_set(const struct loop_timer *timer)
{
    return timer->slot != 0 || timer->prev_due != NULL;
}

/* Runs the task when the event under way, or all due timers, are over; queued twice it runs once.
 */
void loop_defer(struct loop *loop, struct loop_task *task);

/*
 * The same behind the hooks, for what is to be sent: all of a turn goes out together. Each piece
 * that goes alone wakes its receiver anew, which costs as much as the sending. What such a task
 * does no hook sees before the next turn.
 */
void loop_defer_last(struct loop *loop, struct loop_task *task);

/* Takes a queued task back, of either kind. */
void loop_undefer(struct loop *loop, struct loop_task *task);

/* Hooks stay for the loop's life. */
void loop_add_hook(struct loop *loop, struct loop_hook *hook);

#endif
