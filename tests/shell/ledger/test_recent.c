/* The last exchanges that are over. Each test is a process of its own: it begins with none. */
#include <pthread.h>
#include <stdio.h>

#include "ledger/recent.h"
#include "record_case.h"
#include "unit.h"

#define MORNING_MS INT64_C(1795932000000)

static void add(unsigned number)
{
    struct exchange_record record = record_case_of(number);
    record.begun_at_ms = MORNING_MS;
    record.model = exchange_record_keep(&record, text_of(record.id));
    recent_add(&record);
}

static void check(uint64_t from, uint64_t first, size_t count)
{
    struct recent recent;
    recent_take(from, RECENT_MAX, &recent);
    ck_assert_uint_eq(recent.first, first);
    ck_assert_uint_eq(recent.count, count);
    for (size_t i = 0; i < recent.count; i++) {
        char id[24];
        (void)snprintf(id, sizeof(id), "%u", (unsigned)(first + i));
        ck_assert_str_eq(recent.at[i].id, id);
        ck_assert_str_eq(recent.at[i].names + recent.at[i].model, id);
    }
    recent_done(&recent);
}

START_TEST(keeps_the_last)
{
    check(0, 0, 0);
    check(7, 0, 0);
    for (unsigned i = 0; i < 3; i++)
        add(i);
    check(0, 0, 3);
    check(2, 2, 1);
    check(3, 3, 0);
    check(4, 3, 0); /* of a daemon before this one */
    for (unsigned i = 3; i < 2 * RECENT_MAX + 5; i++)
        add(i);
    ck_assert_uint_eq(recent_count(), 2 * RECENT_MAX + 5);
    check(0, RECENT_MAX + 5, RECENT_MAX);
    check(2 * RECENT_MAX, 2 * RECENT_MAX, 5);
    struct recent recent;
    recent_take(0, 7, &recent); /* the latest of them */
    ck_assert_uint_eq(recent.first, 2 * RECENT_MAX + 5 - 7);
    ck_assert_uint_eq(recent.count, 7);
    recent_done(&recent);
}
END_TEST

START_TEST(finds_what_stands_behind_an_id)
{
    ck_assert_uint_eq(recent_behind(text_of("0")), 0);
    for (unsigned i = 0; i < RECENT_MAX + 10; i++)
        add(i);
    ck_assert_uint_eq(recent_behind(text_of("12")), 13);
    ck_assert_uint_eq(recent_behind(text_of("209")), 210);
    ck_assert_uint_eq(recent_behind(text_of("3")), 10); /* not kept any more: all that is */
    ck_assert_uint_eq(recent_behind(text_of("")), 10);
}
END_TEST

static int write_id(const struct exchange_record *record, struct buf *out)
{
    return buf_printf(out, "%s ", record->id);
}

static const struct {
    uint64_t from, end; /* of those numbered 0 to 9 */
    size_t max;
    const char *told;
    uint64_t left_out;
} writes[] = {
    {3, 6, 10, "3 4 5 ", 0},   {3, 10, 4, "6 7 8 9 ", 3}, {3, 3, 10, "", 0},
    {7, 3, 10, "", 0}, /* it has ended, and was not told to others yet */
    {0, 4, 10, "0 1 2 3 ", 0}, {9, 10, 1, "9 ", 0},       {0, 4, 5, "", 4},
};

START_TEST(writes_a_part)
{
    struct buf out;
    buf_init(&out, 1000);
    for (unsigned i = 0; i < 10; i++)
        add(i);
    ck_assert_uint_eq(recent_write(writes[_i].from, writes[_i].end, writes[_i].max, write_id, &out),
                      writes[_i].left_out);
    ck_assert_str_eq(out.len ? out.data : "", writes[_i].told);
    buf_done(&out);
}
END_TEST

static void *add_many(void *arg)
{
    for (unsigned i = 0; i < 2000; i++)
        add(i);
    return arg;
}

START_TEST(counts_for_all_threads)
{
    static struct figures figures;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_uint_eq(recent_count(), 8000);
    recent_figures(&figures);
    ck_assert_uint_eq(figures.hour[(MORNING_MS / 60000) % FIGURES_HOUR].requests, 8000);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("recent");
    TCase *tc = tcase_create("recent");
    tcase_add_test(tc, keeps_the_last);
    tcase_add_test(tc, finds_what_stands_behind_an_id);
    tcase_add_loop_test(tc, writes_a_part, 0, ROWS(writes));
    tcase_add_test(tc, counts_for_all_threads);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
