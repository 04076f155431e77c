/* A hash table with open addressing; rows are never taken out. */
#include "usage/usage_sum.h"

#include <errno.h>
#include <stdlib.h>

#define DAY_S       86400
#define DAY_LEN     (sizeof("2026-11-01") - 1)
#define FIRST_SLOTS 64

void usage_sum_init(struct usage_sum *sum, const struct usage_query *query)
{
    *sum = (struct usage_sum){.query = *query, .day = -1};
}

static void row_done(struct usage_row *row)
{
    spread_done(&row->ttft);
    free(row->keys);
}

void usage_sum_done(struct usage_sum *sum)
{
    for (size_t i = 0; i < sum->slot_count; i++) {
        if (sum->slots[i])
            row_done(sum->slots[i]);
        free(sum->slots[i]);
    }
    free(sum->slots);
    spread_done(&sum->total.ttft);
    *sum = (struct usage_sum){0};
}

/* FNV-1a; a byte that UTF-8 has not ends each key. */
static uint64_t hash_of(const struct text *key, size_t count)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < key[i].len; j++)
            hash = (hash ^ (unsigned char)key[i].at[j]) * UINT64_C(0x100000001b3);
        hash = (hash ^ 0xff) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static bool same(const struct usage_row *row, const struct usage_row *wanted, size_t count)
{
    if (row->hash != wanted->hash)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!text_same(row->key[i], wanted->key[i]))
            return false;
    return true;
}

/* The slot in which it is, or would be. */
static struct usage_row **find(const struct usage_sum *sum, const struct usage_row *wanted)
{
    size_t i = wanted->hash & (sum->slot_count - 1);
    while (sum->slots[i] && !same(sum->slots[i], wanted, sum->query.by_count))
        i = (i + 1) & (sum->slot_count - 1);
    return &sum->slots[i];
}

/* At most half of the slots are taken. */
static int make_room(struct usage_sum *sum)
{
    if (sum->row_count * 2 < sum->slot_count)
        return 0;
    struct usage_sum larger = *sum;
    larger.slot_count = sum->slot_count ? sum->slot_count * 2 : FIRST_SLOTS;
    larger.slots = calloc(larger.slot_count, sizeof(struct usage_row *));
    if (!larger.slots)
        return -ENOMEM;
    for (size_t i = 0; i < sum->slot_count; i++)
        if (sum->slots[i])
            *find(&larger, sum->slots[i]) = sum->slots[i];
    free(sum->slots);
    sum->slots = larger.slots;
    sum->slot_count = larger.slot_count;
    return 0;
}

/* With keys of its own. NULL when memory is out. */
static struct usage_row *row_new(const struct usage_row *wanted, size_t count)
{
    size_t len = 1;
    for (size_t i = 0; i < count; i++)
        len += wanted->key[i].len;
    struct usage_row *row = calloc(1, sizeof(*row));
    char *bytes = malloc(len);
    if (!row || !bytes) {
        free(row);
        free(bytes);
        return NULL;
    }
    row->hash = wanted->hash;
    row->keys = bytes;
    for (size_t i = 0; i < count; i++) {
        if (wanted->key[i].len > 0)
            memcpy(bytes, wanted->key[i].at, wanted->key[i].len);
        row->key[i] = text_make(bytes, wanted->key[i].len);
        bytes += wanted->key[i].len;
    }
    return row;
}

static int add_line(struct usage_row *row, const struct usage_line *line)
{
    for (size_t i = 0; i < USAGE_SUM_COUNT; i++)
        if (__builtin_add_overflow(row->sum[i], line->adds[i], &row->sum[i]))
            row->sum[i] = INT64_MAX;
    return line->ttft_ms >= 0 ? spread_note(&row->ttft, line->ttft_ms) : 0;
}

/* Lines of one day come one after the other. */
static struct text day_of(struct usage_sum *sum, int64_t time_s)
{
    if (sum->day != time_s / DAY_S)
        utc_write(time_s, sum->day_text);
    sum->day = time_s / DAY_S;
    return text_make(sum->day_text, DAY_LEN);
}

int usage_sum_add(struct usage_sum *sum, const struct usage_line *line)
{
    if (line->time_s < sum->query.since_s)
        return 0;
    struct usage_row wanted = {0};
    for (size_t i = 0; i < sum->query.by_count; i++) {
        enum usage_key key = sum->query.by[i];
        wanted.key[i] = key == USAGE_DAY ? day_of(sum, line->time_s) : line->key[key];
    }
    wanted.hash = hash_of(wanted.key, sum->query.by_count);
    int r = make_room(sum);
    if (r < 0)
        return r;
    struct usage_row **slot = find(sum, &wanted);
    if (!*slot && sum->row_count == USAGE_ROWS_MAX)
        return -E2BIG;
    if (!*slot) {
        *slot = row_new(&wanted, sum->query.by_count);
        if (!*slot)
            return -ENOMEM;
        sum->row_count++;
    }
    r = add_line(*slot, line);
    return r < 0 ? r : add_line(&sum->total, line);
}

static int compare(const void *left, const void *right)
{
    const struct usage_row *a = *(struct usage_row *const *)left;
    const struct usage_row *b = *(struct usage_row *const *)right;
    for (size_t i = 0; i < USAGE_KEY_COUNT; i++) {
        size_t len = a->key[i].len < b->key[i].len ? a->key[i].len : b->key[i].len;
        int order = len ? memcmp(a->key[i].at, b->key[i].at, len) : 0;
        if (order == 0)
            order = (a->key[i].len > b->key[i].len) - (a->key[i].len < b->key[i].len);
        if (order != 0)
            return order;
    }
    return 0;
}

struct usage_row **usage_sum_sorted(const struct usage_sum *sum)
{
    struct usage_row **rows = calloc(sum->row_count + 1, sizeof(struct usage_row *));
    size_t n = 0;
    for (size_t i = 0; rows && i < sum->slot_count; i++)
        if (sum->slots[i])
            rows[n++] = sum->slots[i];
    if (rows)
        qsort(rows, n, sizeof(struct usage_row *), compare);
    return rows;
}
