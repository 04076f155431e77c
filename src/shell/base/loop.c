/*
 * Timers are a binary heap of pointers, slot numbers from 1: parent n/2, children 2n and 2n+1.
 * Those that are due leave it for a queue before the first of them is called, so that what they set
 * anew cannot come before the others. A watch that is removed while its event waits in this turn's
 * batch would be called after its owner is gone, so removal blanks the rest of the batch.
 */
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

/* Longer than any turn should be: then something other than the loop's work took the time. */
#define LATE_MS 250
/* What waited is read within so many turns, or there is always more: timers have to run. */
#define LATE_TURNS_MAX 64

/* Around the 5 ms that no turn should take, and up to what people notice. */
const int64_t loop_turn_limits_us[LOOP_TURN_LIMITS] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000};

int loop_init(struct loop *loop)
{
    *loop = (struct loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    if (loop->epoll_fd < 0)
        return -errno;
    loop->tasks.end = &loop->tasks.first;
    loop->last_tasks.end = &loop->last_tasks.first;
    loop->due_end = &loop->due;
    loop->now_ms = clock_monotonic_ms();
    return 0;
}

void loop_done(struct loop *loop)
{
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    free(loop->heap);
    *loop = (struct loop){.epoll_fd = -1};
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

static int control(struct loop *loop, struct loop_watch *watch, int what, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    return epoll_ctl(loop->epoll_fd, what, watch->fd, &event) == 0 ? 0 : -errno;
}

int loop_watch_add(struct loop *loop, struct loop_watch *watch, int fd, uint32_t events)
{
    watch->fd = fd;
    int r = control(loop, watch, EPOLL_CTL_ADD, events);
    if (r < 0)
        watch->fd = -1;
    return r;
}

int loop_watch_modify(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    return control(loop, watch, EPOLL_CTL_MOD, events);
}

void loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
    if (watch->fd < 0)
        return;
    (void)control(loop, watch, EPOLL_CTL_DEL, 0);
    watch->fd = -1;
    for (int i = loop->event_next; i < loop->event_count; i++)
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
}

static bool is_before(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void heap_put(struct loop *loop, size_t slot, struct loop_timer *timer)
{
    loop->heap[slot] = timer;
    timer->slot = slot;
}

static void heap_up(struct loop *loop, struct loop_timer *timer)
{
    size_t slot = timer->slot;
    while (slot > 1 && is_before(timer, loop->heap[slot / 2])) {
        heap_put(loop, slot, loop->heap[slot / 2]);
        slot /= 2;
    }
    heap_put(loop, slot, timer);
}

static void heap_down(struct loop *loop, struct loop_timer *timer)
{
    size_t slot = timer->slot;
    for (;;) {
        size_t child = slot * 2;
        if (child > loop->timer_count)
            break;
        if (child < loop->timer_count && is_before(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (!is_before(loop->heap[child], timer))
            break;
        heap_put(loop, slot, loop->heap[child]);
        slot = child;
    }
    heap_put(loop, slot, timer);
}

static void heap_add(struct loop *loop, struct loop_timer *timer)
{
    if (loop->timer_count + 2 > loop->timer_cap) {
        loop->timer_cap = loop->timer_cap ? loop->timer_cap * 2 : 64;
        loop->heap = xreallocarray(loop->heap, loop->timer_cap, sizeof(struct loop_timer *));
    }
    heap_put(loop, ++loop->timer_count, timer);
}

static void heap_remove(struct loop *loop, const struct loop_timer *timer, size_t slot)
{
    struct loop_timer *last = loop->heap[loop->timer_count--];
    if (last == timer)
        return;
    heap_put(loop, slot, last);
    heap_up(loop, last);
    heap_down(loop, last);
}

static void due_add(struct loop *loop, struct loop_timer *timer)
{
    timer->next_due = NULL;
    timer->prev_due = loop->due_end;
    *loop->due_end = timer;
    loop->due_end = &timer->next_due;
}

static void due_remove(struct loop *loop, struct loop_timer *timer)
{
    *timer->prev_due = timer->next_due;
    if (timer->next_due)
        timer->next_due->prev_due = timer->prev_due;
    else
        loop->due_end = timer->prev_due;
    timer->prev_due = NULL;
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at_ms)
{
    if (timer->prev_due)
        due_remove(loop, timer);
    timer->at_ms = at_ms;
    timer->order = loop->timer_order++;
    if (timer->slot == 0)
        heap_add(loop, timer);
    heap_up(loop, timer);
    heap_down(loop, timer);
}

void loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
    size_t slot = timer->slot;
    timer->slot = 0;
    if (slot != 0)
        heap_remove(loop, timer, slot);
    else if (timer->prev_due)
        due_remove(loop, timer);
}

static void queue(struct loop_tasks *tasks, struct loop_task *task)
{
    if (task->queued)
        return;
    task->queued = true;
    task->next = NULL;
    *tasks->end = task;
    tasks->end = &task->next;
}

void loop_defer(struct loop *loop, struct loop_task *task)
{
    queue(&loop->tasks, task);
}

void loop_defer_last(struct loop *loop, struct loop_task *task)
{
    queue(&loop->last_tasks, task);
}

/* False: it is not among these. */
static bool unqueue(struct loop_tasks *tasks, struct loop_task *task)
{
    struct loop_task **at = &tasks->first;
    while (*at && *at != task)
        at = &(*at)->next;
    if (!*at)
        return false;
    *at = task->next;
    if (!*at)
        tasks->end = at;
    return true;
}

void loop_undefer(struct loop *loop, struct loop_task *task)
{
    if (!task->queued)
        return;
    bool found = unqueue(&loop->tasks, task) || unqueue(&loop->last_tasks, task);
    assert(found);
    (void)found;
    task->queued = false;
}

void loop_add_hook(struct loop *loop, struct loop_hook *hook)
{
    struct loop_hook **at = &loop->hooks;
    while (*at)
        at = &(*at)->next;
    hook->next = NULL;
    *at = hook;
}

static void run_tasks(struct loop_tasks *tasks)
{
    while (tasks->first) {
        struct loop_task *task = tasks->first;
        tasks->first = task->next;
        if (!tasks->first)
            tasks->end = &tasks->first;
        task->queued = false;
        task->run(task);
    }
}

static void run_timers(struct loop *loop)
{
    while (loop->timer_count > 0 && loop->heap[1]->at_ms <= loop->now_ms) {
        struct loop_timer *timer = loop->heap[1];
        loop_timer_cancel(loop, timer);
        due_add(loop, timer);
    }
    while (loop->due) {
        struct loop_timer *timer = loop->due;
        due_remove(loop, timer);
        timer->due(timer);
    }
}

/* The shorter of two waits, where -1 stands for any time. */
static int64_t shorter(int64_t a, int64_t b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    return a < b ? a : b;
}

static int64_t run_hooks(struct loop *loop)
{
    int64_t wait = -1;
    for (struct loop_hook *hook = loop->hooks; hook; hook = hook->next)
        wait = shorter(wait, hook->turn(hook));
    return wait;
}

static int64_t time_to_wait(const struct loop *loop, int64_t hooks_wait)
{
    if (loop->tasks.first)
        return 0;
    int64_t wait = hooks_wait;
    if (loop->timer_count > 0) {
        int64_t left = loop->heap[1]->at_ms - loop->now_ms;
        wait = shorter(wait, left > 0 ? left : 0);
    }
    return wait;
}

static void dispatch(struct loop *loop)
{
    for (loop->event_next = 0; loop->event_next < loop->event_count;) {
        const struct epoll_event *event = &loop->events[loop->event_next++];
        struct loop_watch *watch = event->data.ptr;
        if (watch)
            watch->ready(watch, event->events);
        run_tasks(&loop->tasks);
    }
    loop->event_count = 0;
}

/*
 * Did the turn before, or the wait after it, take much longer than was meant? A wait that a signal
 * ended (n < 0), as SIGCONT does, says nothing of what there is. While the lateness lasts nothing
 * begins anew, so that turns which are all late let timers run, too.
 */
static void notice_lateness(struct loop *loop, int64_t before_ms, int64_t wait_ms, int n)
{
    bool late = n < 0 || (wait_ms >= 0 && loop->now_ms - before_ms > wait_ms + LATE_MS);
    if (n == 0)
        loop->late_turns = 0;
    else if (late && loop->late_turns == 0)
        loop->late_turns = LATE_TURNS_MAX;
}

static bool timers_may_run(struct loop *loop)
{
    if (loop->late_turns > 0)
        loop->late_turns--;
    return loop->late_turns == 0;
}

/* There is no other writer: what was read is what is there. */
static void note_turn(struct loop_turns *turns, int64_t us)
{
    size_t i = 0;
    while (i < LOOP_TURN_LIMITS && us > loop_turn_limits_us[i])
        i++;
    uint64_t count = atomic_load_explicit(&turns->counts[i], memory_order_relaxed);
    int64_t sum_us = atomic_load_explicit(&turns->sum_us, memory_order_relaxed);
    atomic_store_explicit(&turns->counts[i], count + 1, memory_order_relaxed);
    atomic_store_explicit(&turns->sum_us, sum_us + us, memory_order_relaxed);
}

void loop_run(struct loop *loop)
{
    int64_t hooks_wait = 0;
    while (!loop->stopped) {
        int64_t wait = loop->late_turns > 0 ? 0 : time_to_wait(loop, hooks_wait);
        int64_t before_ms = loop->now_ms;
        int n = epoll_wait(loop->epoll_fd, loop->events, LOOP_EVENTS_MAX,
                           wait > 60000 ? 60000 : (int)wait);
        int64_t begun_us = clock_monotonic_us();
        loop->now_ms = begun_us / 1000;
        loop->event_count = n > 0 ? n : 0;
        notice_lateness(loop, before_ms, wait, n);
        dispatch(loop);
        if (timers_may_run(loop))
            run_timers(loop);
        run_tasks(&loop->tasks);
        hooks_wait = run_hooks(loop);
        run_tasks(&loop->last_tasks);
        note_turn(&loop->turns, clock_monotonic_us() - begun_us);
    }
}
