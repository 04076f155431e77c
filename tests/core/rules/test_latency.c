/* The usual time of a model, and when a silent provider gets company. */
#include <stdio.h>

#include "rules/latency.h"
#include "unit.h"

static int64_t usual(const struct latency *l, const char *model)
{
    return latency_usual_ms(l, text_of(model));
}

static void note_range(struct latency *l, const char *model, int first, int last)
{
    for (int i = first; i <= last; i++)
        latency_note(l, text_of(model), i);
}

/* The values first..last, in this order. */
static const struct {
    const char *name;
    int first, last;
    int64_t p95;
} ranges[] = {
    {"one value", 700, 700, 700},
    {"of two the larger", 1, 2, 2},
    {"of nineteen the largest", 1, 19, 19},
    {"of twenty the last but one", 1, 20, 19},
    {"of forty the last but two", 1, 40, 38},
    {"of a full sample", 1, 64, 61},
    {"the oldest is replaced", 1, 65, 62},
    {"only the last 64 count", 1, 1000, 997},
};

START_TEST(the_usual_time_is_the_95th_percentile)
{
    struct latency l;
    latency_init(&l);
    note_range(&l, "gpt-4", ranges[_i].first, ranges[_i].last);
    ck_assert_msg(usual(&l, "gpt-4") == ranges[_i].p95, "%s: %jd", ranges[_i].name,
                  (intmax_t)usual(&l, "gpt-4"));
}
END_TEST

START_TEST(their_order_does_not_matter)
{
    struct latency l;
    latency_init(&l);
    for (int i = 20; i >= 1; i--)
        latency_note(&l, text_of("m"), i * 1000);
    ck_assert_int_eq(usual(&l, "m"), 19000);
}
END_TEST

START_TEST(each_model_has_its_own)
{
    struct latency l;
    latency_init(&l);
    ck_assert_int_eq(usual(&l, "gpt-4"), 0);
    latency_note(&l, text_of("gpt-4"), 100);
    latency_note(&l, text_of("gpt-4o"), 200);
    ck_assert_int_eq(usual(&l, "gpt-4"), 100);
    ck_assert_int_eq(usual(&l, "gpt-4o"), 200);
    ck_assert_int_eq(usual(&l, "gpt"), 0);
    ck_assert_int_eq(usual(&l, ""), 0);
}
END_TEST

static void note_numbered(struct latency *l, int number)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "model-%d", number);
    latency_note(l, text_of(name), 1000 + number);
}

START_TEST(the_model_not_seen_for_longest_gives_way)
{
    struct latency l;
    latency_init(&l);
    for (int i = 0; i < LATENCY_MODELS_MAX; i++)
        note_numbered(&l, i);
    note_numbered(&l, 0);
    note_numbered(&l, 99);
    ck_assert_int_eq(usual(&l, "model-0"), 1000);
    ck_assert_int_eq(usual(&l, "model-1"), 0);
    ck_assert_int_eq(usual(&l, "model-2"), 1002);
    ck_assert_int_eq(usual(&l, "model-99"), 1099);
}
END_TEST

START_TEST(who_comes_in_another_s_place_starts_anew)
{
    struct latency l;
    latency_init(&l);
    note_range(&l, "model-0", 5000, 5063);
    for (int i = 1; i <= LATENCY_MODELS_MAX; i++)
        note_numbered(&l, i);
    ck_assert_int_eq(usual(&l, "model-0"), 0);
    ck_assert_int_eq(usual(&l, "model-32"), 1032);
}
END_TEST

START_TEST(odd_names_and_times)
{
    struct latency l;
    char name[LATENCY_NAME_MAX + 1];
    latency_init(&l);
    memset(name, 'x', sizeof(name));
    latency_note(&l, text_make(name, LATENCY_NAME_MAX - 1), 5);
    ck_assert_int_eq(latency_usual_ms(&l, text_make(name, LATENCY_NAME_MAX - 1)), 5);
    latency_note(&l, text_make(name, LATENCY_NAME_MAX), 6);
    ck_assert_int_eq(latency_usual_ms(&l, text_make(name, LATENCY_NAME_MAX)), 0);
    latency_note(&l, text_of("m"), -1);
    ck_assert_int_eq(usual(&l, "m"), 0);
    latency_note(&l, text_of("m"), INT64_MAX);
    ck_assert_int_eq(usual(&l, "m"), INT32_MAX);
    latency_note(&l, text_of(""), 1);
    ck_assert_int_eq(usual(&l, ""), 0);
}
END_TEST

static const struct {
    const char *name;
    struct latency_hedge hedge;
    int64_t after_ms;
} hedges[] = {
    {"off", {HEDGE_OFF, true, false, 0}, -1},
    {"off, though it is slow", {HEDGE_OFF, true, false, 60000}, -1},
    {"auto, a stream, nothing known", {HEDGE_AUTO, true, false, 0}, 10000},
    {"auto, a fast model", {HEDGE_AUTO, true, false, 3333}, 10000},
    {"auto, a slow model", {HEDGE_AUTO, true, false, 3334}, 10002},
    {"auto, a very slow one", {HEDGE_AUTO, true, false, INT32_MAX}, INT64_C(3) * INT32_MAX},
    {"auto, a whole answer, nothing known", {HEDGE_AUTO, false, false, 0}, 60000},
    {"auto, a whole answer of a fast model", {HEDGE_AUTO, false, false, 20000}, 60000},
    {"auto, a whole answer of a slow model", {HEDGE_AUTO, false, false, 20001}, 60003},
    {"auto, a whole answer, reasoning", {HEDGE_AUTO, false, true, 100}, -1},
    {"auto, reasoning", {HEDGE_AUTO, true, true, 100}, -1},
    {"a duration", {1500, true, false, 60000}, 1500},
    {"a duration, not a stream", {1500, false, false, 0}, 1500},
    {"a duration, reasoning", {1500, true, true, 0}, 1500},
};

START_TEST(a_hedge_is_planned)
{
    int64_t after_ms = latency_hedge_ms(&hedges[_i].hedge);
    ck_assert_msg(after_ms == hedges[_i].after_ms, "%s: %jd", hedges[_i].name, (intmax_t)after_ms);
}
END_TEST

START_TEST(a_model_line_goes_before_the_route)
{
    char name[] = "o3", plain[] = "gpt-4";
    struct config_model models[] = {
        {.name = name, .hedge_after_ms = HEDGE_OFF, .has_hedge_after = true}, {.name = plain}};
    struct config config = {
        .route.hedge_after_ms = 2000, .models = models, .model_count = ROWS(models)};
    ck_assert_int_eq(latency_hedge_setting(&config, text_of("o3")), HEDGE_OFF);
    ck_assert_int_eq(latency_hedge_setting(&config, text_of("gpt-4")), 2000);
    ck_assert_int_eq(latency_hedge_setting(&config, text_of("another")), 2000);
    ck_assert_int_eq(latency_hedge_setting(&config, (struct text){0}), 2000);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("latency");
    TCase *tc = tcase_create("latency");
    tcase_add_loop_test(tc, the_usual_time_is_the_95th_percentile, 0, ROWS(ranges));
    tcase_add_test(tc, their_order_does_not_matter);
    tcase_add_test(tc, each_model_has_its_own);
    tcase_add_test(tc, the_model_not_seen_for_longest_gives_way);
    tcase_add_test(tc, who_comes_in_another_s_place_starts_anew);
    tcase_add_test(tc, odd_names_and_times);
    tcase_add_loop_test(tc, a_hedge_is_planned, 0, ROWS(hedges));
    tcase_add_test(tc, a_model_line_goes_before_the_route);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
