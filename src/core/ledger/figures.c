/*
 * A ring by the number of the bucket: whoever comes to a bucket of an earlier round empties it
 * first, so that nothing has to be done when time passes and nobody asks.
 */
#include "ledger/figures.h"

#include <string.h>

#include "text/count.h"
#include "text/utc.h"

#define MINUTE_MS     (60 * 1000)
#define QUARTER_MS    (15 * MINUTE_MS)
#define BY_DOUBLING   4 /* times in each; a power of two */
#define DOUBLING_BITS 2

/* The first BY_DOUBLING have a millisecond each. */
static size_t time_index(int64_t ms)
{
    uint64_t value = ms < 0 ? 0 : (uint64_t)ms;
    if (value < BY_DOUBLING)
        return (size_t)value;
    unsigned top = 63 - (unsigned)__builtin_clzll(value);
    size_t within = (value >> (top - DOUBLING_BITS)) & (BY_DOUBLING - 1);
    size_t index = (top - DOUBLING_BITS + 1) * BY_DOUBLING + within;
    return index < FIGURES_TIMES ? index : FIGURES_TIMES - 1;
}

/* The least time of an index. */
static int64_t time_from(size_t index)
{
    if (index < BY_DOUBLING)
        return (int64_t)index;
    size_t doubling = index / BY_DOUBLING - 1;
    return (int64_t)((BY_DOUBLING + index % BY_DOUBLING) << doubling);
}

static struct figures_bucket *bucket_at(struct figures_bucket *ring, size_t count, int64_t number)
{
    struct figures_bucket *bucket = &ring[(uint64_t)number % count];
    bool ahead = bucket->number >= number + (int64_t)count; /* the clock was, and is set back */
    if (bucket->number < number || ahead) {
        memset(bucket, 0, sizeof(*bucket));
        bucket->number = number;
    }
    return bucket;
}

static void add(struct figures_bucket *bucket, const struct exchange_record *record)
{
    enum figures_side side = record->local ? FIGURES_LOCAL : FIGURES_CLOUD;
    bucket->requests++;
    bucket->fallbacks += record->fallback != NULL;
    bucket->answers[side] += strcmp(record->class, failure_word(FAILURE_NONE)) == 0;
    bucket->errors += failure_word_is_error(record->class);
    bucket->prompt_tokens[side] += record->prompt_tokens > 0 ? (uint64_t)record->prompt_tokens : 0;
    bucket->completion_tokens[side] +=
        record->completion_tokens > 0 ? (uint64_t)record->completion_tokens : 0;
    if (record->ttft_ms >= 0)
        bucket->ttft[time_index(record->ttft_ms)]++;
}

void figures_add(struct figures *figures, const struct exchange_record *record)
{
    int64_t now_ms = record->begun_at_ms + record->duration_ms;
    if (now_ms < QUARTER_MS) /* a clock that was never set */
        return;
    add(bucket_at(figures->hour, FIGURES_HOUR, now_ms / MINUTE_MS), record);
    add(bucket_at(figures->day, FIGURES_DAY, now_ms / QUARTER_MS), record);
}

/* ---- what is told */

static void sum(struct figures_bucket *total, const struct figures_bucket *bucket)
{
    total->requests += bucket->requests;
    total->fallbacks += bucket->fallbacks;
    total->errors += bucket->errors;
    for (size_t side = 0; side < FIGURES_SIDES; side++) {
        total->answers[side] += bucket->answers[side];
        total->prompt_tokens[side] += bucket->prompt_tokens[side];
        total->completion_tokens[side] += bucket->completion_tokens[side];
    }
    for (size_t i = 0; i < FIGURES_TIMES; i++)
        total->ttft[i] += bucket->ttft[i];
}

/* A percentile, in the middle of the times that are counted with it; null where there are none. */
static void write_percentile(struct jsonwrite *w, const char *name,
                             const struct figures_bucket *bucket, unsigned percent)
{
    uint64_t count = 0, before = 0;
    for (size_t i = 0; i < FIGURES_TIMES; i++)
        count += bucket->ttft[i];
    uint64_t rank = (count * percent + 99) / 100;
    for (size_t i = 0; i < FIGURES_TIMES && count > 0; i++) {
        before += bucket->ttft[i];
        if (before >= rank) {
            jsonwrite_integer(w, name, (time_from(i) + time_from(i + 1) - 1) / 2);
            return;
        }
    }
    jsonwrite_null(w, name);
}

static void write_sides(struct jsonwrite *w, const char *name, const uint64_t tokens[FIGURES_SIDES])
{
    jsonwrite_open(w, name, '{');
    jsonwrite_integer(w, "local", (int64_t)tokens[FIGURES_LOCAL]);
    jsonwrite_integer(w, "cloud", (int64_t)tokens[FIGURES_CLOUD]);
    jsonwrite_close(w, '}');
}

static void write_bucket(struct jsonwrite *w, const char *name, const struct figures_bucket *bucket,
                         int64_t at_s)
{
    char time[UTC_SIZE];
    utc_write(at_s, time);
    jsonwrite_open(w, name, '{');
    jsonwrite_string(w, "time", text_of(time));
    jsonwrite_integer(w, "requests", bucket->requests);
    jsonwrite_integer(w, "fallbacks", bucket->fallbacks);
    jsonwrite_integer(w, "errors", bucket->errors);
    jsonwrite_integer(w, "local", bucket->answers[FIGURES_LOCAL]);
    jsonwrite_integer(w, "cloud", bucket->answers[FIGURES_CLOUD]);
    write_sides(w, "prompt_tokens", bucket->prompt_tokens);
    write_sides(w, "completion_tokens", bucket->completion_tokens);
    write_percentile(w, "ttft_p50_ms", bucket, 50);
    write_percentile(w, "ttft_p95_ms", bucket, 95);
    jsonwrite_close(w, '}');
}

struct ring {
    const struct figures_bucket *bucket;
    size_t count;
    int64_t length_ms;
};

static void write_ring(struct jsonwrite *w, const char *name, const struct ring *ring,
                       int64_t now_ms, bool latest)
{
    struct figures_bucket total = {0};
    int64_t last = now_ms / ring->length_ms, first = last - (int64_t)ring->count + 1;
    int64_t length_s = ring->length_ms / 1000;
    for (size_t i = 0; i < ring->count; i++)
        if (ring->bucket[i].number >= first && ring->bucket[i].number <= last)
            sum(&total, &ring->bucket[i]);
    jsonwrite_open(w, name, '{');
    jsonwrite_integer(w, "step_s", length_s);
    write_bucket(w, "total", &total, first * length_s);
    jsonwrite_open(w, "buckets", '[');
    for (int64_t number = latest ? last - 1 : first; number <= last; number++) {
        const struct figures_bucket *bucket = &ring->bucket[(uint64_t)number % ring->count];
        if (bucket->number == number && bucket->requests > 0)
            write_bucket(w, NULL, bucket, number * length_s);
    }
    jsonwrite_close(w, ']');
    jsonwrite_close(w, '}');
}

void figures_write(const struct figures *figures, int64_t now_ms, bool latest, struct jsonwrite *w)
{
    const struct ring hour = {figures->hour, FIGURES_HOUR, MINUTE_MS};
    const struct ring day = {figures->day, FIGURES_DAY, QUARTER_MS};
    write_ring(w, "hour", &hour, now_ms, latest);
    write_ring(w, "day", &day, now_ms, latest);
}
