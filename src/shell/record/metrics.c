/*
 *     metric_families[METRIC_...] -> hashes[], series[] -> label values, counter or gauge, buckets
 *
 * A series is found by the hash of its label values in a plain array: there are rarely more than a
 * dozen. Times are kept as whole milliseconds, those of loops' turns as microseconds, so nothing
 * depends on floating point or locale.
 */
#include "record/metrics.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "record/metrics_table.h"
#include "record/turns.h"

static struct metric_table tables[METRIC_COUNT];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t started_at_ms; /* wall clock */
static int64_t begun_at_ms;   /* the same, monotonic */

static size_t label_count(const struct metric_family *family)
{
    size_t n = 0;
    while (n < METRIC_LABELS_MAX && family->labels[n])
        n++;
    return n;
}

/* FNV-1a, 64 bits, over the values and their NULs. */
static uint64_t hash_labels(const char *const labels[], size_t n)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++) {
        const char *at = labels[i];
        do {
            hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
        } while (*at++);
    }
    return hash;
}

static bool has_labels(const struct metric_series *series, const char *const labels[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(series->labels[i], labels[i]) != 0)
            return false;
    return true;
}

static struct metric_series *add_series(enum metric metric, uint64_t hash,
                                        const char *const labels[], size_t n)
{
    struct metric_series *series = xcalloc(1, sizeof(*series));
    for (size_t i = 0; i < n; i++)
        series->labels[i] = xstrdup(labels[i]);
    tables[metric].hashes[tables[metric].count] = hash;
    tables[metric].series[tables[metric].count++] = series;
    return series;
}

/* Where it stands in the table; its end when it is in none. */
static size_t find_place(enum metric metric, uint64_t hash, const char *const labels[], size_t n)
{
    const struct metric_table *table = &tables[metric];
    size_t i = 0;
    while (i < table->count &&
           (table->hashes[i] != hash || !has_labels(table->series[i], labels, n)))
        i++;
    return i;
}

static struct metric_series *find_series(enum metric metric, uint64_t hash,
                                         const char *const labels[], size_t n)
{
    size_t i = find_place(metric, hash, labels, n);
    return i < tables[metric].count ? tables[metric].series[i] : NULL;
}

/* The series of these values, made when it is new. Call with the lock held. */
static struct metric_series *get_series(enum metric metric, const char *const labels[])
{
    static const char *const other[METRIC_LABELS_MAX] = {"other", "other", "other", "other"};
    size_t n = label_count(&metric_families[metric]);
    assert(labels || n == 0);
    uint64_t hash = hash_labels(labels, n);
    struct metric_series *series = find_series(metric, hash, labels, n);
    if (series || tables[metric].count < METRIC_SERIES_MAX)
        return series ? series : add_series(metric, hash, labels, n);
    hash = hash_labels(other, n);
    series = find_series(metric, hash, other, n);
    return series ? series : add_series(metric, hash, other, n);
}

void metrics_setup(void)
{
    static const char *const version[] = {UNDERSTUDY_VERSION};
    started_at_ms = clock_wall_ms();
    begun_at_ms = clock_monotonic_ms();
    pthread_mutex_lock(&lock);
    for (int i = 0; i < METRIC_COUNT; i++)
        if (!metric_families[i].labels[0])
            (void)get_series((enum metric)i, NULL);
    get_series(METRIC_ONLINE, NULL)->value = 1;
    get_series(METRIC_BUILD_INFO, version)->value = 1;
    pthread_mutex_unlock(&lock);
}

/* A provider that tells counts out of all reason brings a counter to its end, no further. */
static void change_by(enum metric metric, const char *const labels[], int64_t by)
{
    pthread_mutex_lock(&lock);
    struct metric_series *series = get_series(metric, labels);
    if (__builtin_add_overflow(series->value, by, &series->value))
        series->value = INT64_MAX;
    pthread_mutex_unlock(&lock);
}

void metrics_add(enum metric counter, const char *const labels[], uint64_t n)
{
    assert(metric_families[counter].type == METRIC_TYPE_COUNTER);
    change_by(counter, labels, (int64_t)n);
}

void metrics_gauge_add(enum metric gauge, const char *const labels[], int64_t change)
{
    assert(metric_families[gauge].type == METRIC_TYPE_GAUGE);
    change_by(gauge, labels, change);
}

void metrics_gauge_set(enum metric gauge, const char *const labels[], int64_t value)
{
    assert(metric_families[gauge].type == METRIC_TYPE_GAUGE);
    pthread_mutex_lock(&lock);
    get_series(gauge, labels)->value = value;
    pthread_mutex_unlock(&lock);
}

void metrics_gauge_drop(enum metric gauge, const char *const labels[])
{
    struct metric_table *table = &tables[gauge];
    size_t n = label_count(&metric_families[gauge]);
    assert(metric_families[gauge].type == METRIC_TYPE_GAUGE && n > 0);
    pthread_mutex_lock(&lock);
    size_t i = find_place(gauge, hash_labels(labels, n), labels, n);
    if (i < table->count) {
        for (size_t j = 0; j < n; j++)
            free(table->series[i]->labels[j]);
        free(table->series[i]);
        table->count--;
        table->series[i] = table->series[table->count];
        table->hashes[i] = table->hashes[table->count];
    }
    pthread_mutex_unlock(&lock);
}

void metrics_observe_ms(enum metric histogram, int64_t ms)
{
    assert(metric_families[histogram].type == METRIC_TYPE_HISTOGRAM);
    const struct metric_scale *scale = metric_scale(histogram);
    size_t bucket = 0;
    ms = ms < 0 ? 0 : ms;
    while (bucket < scale->count && ms > scale->buckets[bucket].limit)
        bucket++;
    pthread_mutex_lock(&lock);
    struct metric_series *series = get_series(histogram, NULL);
    series->value += ms;
    series->count++;
    if (bucket < scale->count)
        series->buckets[bucket]++;
    pthread_mutex_unlock(&lock);
}

int64_t metrics_value(enum metric metric, const char *const labels[])
{
    size_t n = label_count(&metric_families[metric]);
    pthread_mutex_lock(&lock);
    const struct metric_series *series = find_series(metric, hash_labels(labels, n), labels, n);
    int64_t value = series ? series->value : 0;
    pthread_mutex_unlock(&lock);
    return value;
}

int64_t metrics_sum(enum metric metric)
{
    int64_t sum = 0;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < tables[metric].count; i++)
        sum += tables[metric].series[i]->value;
    pthread_mutex_unlock(&lock);
    return sum;
}

int64_t metrics_started_at_ms(void)
{
    return started_at_ms;
}

int64_t metrics_uptime_ms(void)
{
    return clock_monotonic_ms() - begun_at_ms;
}

/* The loops count for themselves. */
static void take_turns(struct metric_series *series)
{
    struct turns_sum sum = turns_read();
    series->value = sum.sum_us;
    series->count = sum.counts[LOOP_TURN_LIMITS];
    for (size_t i = 0; i < LOOP_TURN_LIMITS; i++) {
        series->buckets[i] = sum.counts[i];
        series->count += sum.counts[i];
    }
}

int metrics_print(struct buf *out)
{
    int r = 0;
    pthread_mutex_lock(&lock);
    take_turns(get_series(METRIC_LOOP_TURN, NULL));
    for (int i = 0; r == 0 && i < METRIC_COUNT; i++)
        r = metrics_page_family(out, (enum metric)i, &tables[i]);
    pthread_mutex_unlock(&lock);
    return r < 0 ? r : metrics_page_process(out, started_at_ms);
}
