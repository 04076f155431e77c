/* A ring, and one lock, held for a copy: what is written of them is written from copies. */
#include "ledger/recent.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct exchange_record ring[RECENT_MAX];
static struct figures figures;
static _Atomic uint64_t added; /* written with the lock held */

void recent_add(const struct exchange_record *record)
{
    pthread_mutex_lock(&lock);
    uint64_t number = atomic_load(&added);
    memcpy(&ring[number % RECENT_MAX], record, exchange_record_size(record));
    figures_add(&figures, record);
    atomic_store(&added, number + 1);
    pthread_mutex_unlock(&lock);
}

uint64_t recent_count(void)
{
    return atomic_load(&added);
}

/* With the lock held. */
static uint64_t oldest(void)
{
    uint64_t count = atomic_load(&added);
    return count > RECENT_MAX ? count - RECENT_MAX : 0;
}

void recent_take(uint64_t from, size_t max, struct recent *ret)
{
    *ret = (struct recent){.at = xcalloc(RECENT_MAX, sizeof(*ret->at))};
    pthread_mutex_lock(&lock);
    uint64_t end = atomic_load(&added);
    ret->first = from > end ? end : from > oldest() ? from : oldest();
    if (end - ret->first > max)
        ret->first = end - max;
    for (uint64_t number = ret->first; number < end; number++) {
        const struct exchange_record *record = &ring[number % RECENT_MAX];
        memcpy(&ret->at[ret->count++], record, exchange_record_size(record));
    }
    pthread_mutex_unlock(&lock);
}

void recent_done(struct recent *recent)
{
    free(recent->at);
    *recent = (struct recent){0};
}

uint64_t recent_write(uint64_t from, uint64_t end, size_t max,
                      int (*write)(const struct exchange_record *record, struct buf *out),
                      struct buf *out)
{
    struct recent recent;
    if (from >= end)
        return 0;
    recent_take(from, max, &recent);
    for (size_t i = 0; i < recent.count && recent.first + i < end; i++)
        alloc_must(write(&recent.at[i], out));
    uint64_t left_out = (recent.first < end ? recent.first : end) - from;
    recent_done(&recent);
    return left_out;
}

uint64_t recent_behind(struct text id)
{
    pthread_mutex_lock(&lock);
    uint64_t end = atomic_load(&added), behind = oldest();
    for (uint64_t number = end; number > oldest(); number--)
        if (text_equals(id, ring[(number - 1) % RECENT_MAX].id)) {
            behind = number;
            break;
        }
    pthread_mutex_unlock(&lock);
    return behind;
}

void recent_figures(struct figures *ret)
{
    pthread_mutex_lock(&lock);
    memcpy(ret, &figures, sizeof(figures));
    pthread_mutex_unlock(&lock);
}
