/* A list of those who count for themselves: nothing is shared while a loop turns. */
#include "record/turns.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct loop_turns *all;
static struct turns_sum gone; /* of loops that are no more */

static void add(struct turns_sum *sum, struct loop_turns *turns)
{
    for (size_t i = 0; i <= LOOP_TURN_LIMITS; i++)
        sum->counts[i] += atomic_load_explicit(&turns->counts[i], memory_order_relaxed);
    sum->sum_us += atomic_load_explicit(&turns->sum_us, memory_order_relaxed);
}

void turns_join(struct loop_turns *turns)
{
    pthread_mutex_lock(&lock);
    turns->next = all;
    all = turns;
    pthread_mutex_unlock(&lock);
}

void turns_leave(struct loop_turns *turns)
{
    pthread_mutex_lock(&lock);
    struct loop_turns **at = &all;
    while (*at && *at != turns)
        at = &(*at)->next;
    if (*at) {
        *at = turns->next;
        add(&gone, turns);
    }
    pthread_mutex_unlock(&lock);
}

struct turns_sum turns_read(void)
{
    pthread_mutex_lock(&lock);
    struct turns_sum sum = gone;
    for (struct loop_turns *turns = all; turns; turns = turns->next)
        add(&sum, turns);
    pthread_mutex_unlock(&lock);
    return sum;
}
