/* The headers by which an app steers one exchange. */
#include <errno.h>

#include "http/headers.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *header;
    const char *value;
    struct steering steering; /* seen is not compared */
} taken[] = {
    {"no fallback", "x-understudy-fallback", "no", {.no_fallback = true}},
    {"no fallback in any case", "X-Understudy-Fallback", " No ", {.no_fallback = true}},
    {"a fallback", "x-understudy-fallback", "yes", {.no_fallback = false}},
    {"one attempt", "x-understudy-attempts", "1", {.attempts = 1}},
    {"ten attempts", "x-understudy-attempts", "10", {.attempts = 10}},
    {"a deadline in seconds", "x-understudy-deadline", "1.5", {.deadline_ms = 1500}},
    {"a deadline in milliseconds", "x-understudy-deadline", "250ms", {.deadline_ms = 250}},
    {"the longest deadline", "x-understudy-deadline", "1h", {.deadline_ms = 3600000}},
    {"a route", "x-understudy-route", " openai, my_lab-2 ", {.route = {"openai, my_lab-2", 16}}},
    {"one that steers nothing", "x-understudy-id", "x", {.attempts = 0}},
    {"another header", "content-type", "text/plain", {.attempts = 0}},
};

START_TEST(a_good_value_is_taken)
{
    struct steering steering = {0};
    struct error error = ERROR_NONE;
    const struct steering *wanted = &taken[_i].steering;
    ck_assert_msg(
        steering_read(&steering, text_of(taken[_i].header), text_of(taken[_i].value), &error) == 0,
        "%s: %s", taken[_i].name, error.text);
    ck_assert_int_eq(steering.no_fallback, wanted->no_fallback);
    ck_assert_int_eq(steering.attempts, wanted->attempts);
    ck_assert_int_eq(steering.deadline_ms, wanted->deadline_ms);
    ck_assert_int_eq(steering.route.at == NULL, wanted->route.at == NULL);
    if (wanted->route.at)
        ck_assert(text_equals(steering.route, wanted->route.at));
}
END_TEST

static const struct {
    const char *header;
    bool unknown;
    const char *nearest;
} unknowns[] = {
    {"x-understudy-fallback", false, NULL},
    {"X-Understudy-Route", false, NULL},
    {"x-understudy-tools", false, NULL},
    {"x-understudy-atempts", true, "x-understudy-attempts"},
    {"X-UNDERSTUDY-DEADLINES", true, "x-understudy-deadline"},
    {"x-understudy-tool", true, "x-understudy-tools"},
    {"x-understudy-", true, NULL},
    {"x-understudy-wibblewobblewabble", true, NULL},
    {"x-understud", false, NULL},
    {"content-type", false, NULL},
};

START_TEST(one_that_steers_nothing_is_known)
{
    const char *nearest = NULL;
    bool unknown = steering_is_unknown(text_of(unknowns[_i].header), &nearest);
    ck_assert_msg(unknown == unknowns[_i].unknown, "%s", unknowns[_i].header);
    ck_assert_pstr_eq(nearest, unknowns[_i].nearest);
}
END_TEST

static const struct {
    const char *name;
    const char *header;
    const char *value;
} refused[] = {
    {"a fallback of maybe", "x-understudy-fallback", "maybe"},
    {"an empty fallback", "x-understudy-fallback", ""},
    {"no attempts", "x-understudy-attempts", "0"},
    {"eleven attempts", "x-understudy-attempts", "11"},
    {"attempts beyond all integers", "x-understudy-attempts", "99999999999999999999"},
    {"attempts with a sign", "x-understudy-attempts", "+3"},
    {"attempts below zero", "x-understudy-attempts", "-1"},
    {"attempts with a fraction", "x-understudy-attempts", "1.5"},
    {"attempts that are empty", "x-understudy-attempts", ""},
    {"a deadline of zero", "x-understudy-deadline", "0s"},
    {"a deadline beyond an hour", "x-understudy-deadline", "3600.001"},
    {"a deadline beyond all integers", "x-understudy-deadline", "99999999999999999999d"},
    {"a deadline below zero", "x-understudy-deadline", "-1s"},
    {"a deadline that is none", "x-understudy-deadline", "soon"},
    {"an empty route", "x-understudy-route", ""},
    {"a route that ends in a comma", "x-understudy-route", "openai,"},
    {"a route with a hole", "x-understudy-route", "openai,,ollama"},
    {"a route with a name that none has", "x-understudy-route", "open ai"},
};

START_TEST(a_bad_value_is_refused_and_the_header_named)
{
    struct steering steering = {0};
    struct error error = ERROR_NONE;
    ck_assert_msg(steering_read(&steering, text_of(refused[_i].header), text_of(refused[_i].value),
                                &error) == -EINVAL,
                  "%s", refused[_i].name);
    ck_assert_ptr_nonnull(strstr(error.text, refused[_i].header));
    ck_assert_ptr_nonnull(strstr(error.text, "must be"));
}
END_TEST

START_TEST(each_may_come_once)
{
    static const char *const twice[][2] = {
        {"x-understudy-fallback", "no"},
        {"x-understudy-attempts", "2"},
        {"x-understudy-deadline", "2s"},
        {"x-understudy-route", "openai"},
    };
    struct steering steering = {0};
    struct error error = ERROR_NONE;
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(
            steering_read(&steering, text_of(twice[i][0]), text_of(twice[i][1]), &error), 0);
    ck_assert_int_eq(steering_read(&steering, text_of(twice[_i][0]), text_of(twice[_i][1]), &error),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(error.text, twice[_i][0]));
    ck_assert_ptr_nonnull(strstr(error.text, "twice"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("steering");
    TCase *tc = tcase_create("steering");
    tcase_add_loop_test(tc, a_good_value_is_taken, 0, ROWS(taken));
    tcase_add_loop_test(tc, one_that_steers_nothing_is_known, 0, ROWS(unknowns));
    tcase_add_loop_test(tc, a_bad_value_is_refused_and_the_header_named, 0, ROWS(refused));
    tcase_add_loop_test(tc, each_may_come_once, 0, 4);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
