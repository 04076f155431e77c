/* What --by and --since say. */
#include <errno.h>
#include <stdio.h>

#include "unit.h"
#include "usage/usage_query.h"

static const struct {
    const char *by;
    const char *keys; /* NULL = wrong */
} by_rows[] = {
    {"client", "client "},
    {"day,provider,model,client", "day provider model client "},
    {"client,day", "client day "},
    {" client , day ", "client day "},
    {"model,model", "model "},
    {"", NULL},
    {"client,", NULL},
    {"Client", NULL},
    {"clients", NULL},
};

START_TEST(by_names_the_keys_in_their_order)
{
    struct usage_query query = usage_query_all();
    struct error why = ERROR_NONE;
    char keys[64] = "";
    int r = usage_query_by(&query, text_of(by_rows[_i].by), &why);
    ck_assert_msg(r == (by_rows[_i].keys ? 0 : -EINVAL), "%s", by_rows[_i].by);
    ck_assert_int_eq(error_is_set(&why), r < 0);
    for (size_t i = 0; r == 0 && i < query.by_count; i++)
        (void)snprintf(keys + strlen(keys), sizeof(keys) - strlen(keys), "%s ",
                       usage_key_word(query.by[i]));
    if (r == 0)
        ck_assert_str_eq(keys, by_rows[_i].keys);
}
END_TEST

START_TEST(what_was_meant_is_said)
{
    struct usage_query query = usage_query_all();
    struct error why = ERROR_NONE;
    ck_assert_int_eq(usage_query_by(&query, text_of("day,modle"), &why), -EINVAL);
    ck_assert_str_eq(why.text, "--by: \"modle\" is none of day, provider, model, client; did you "
                               "mean \"model\"?");
}
END_TEST

#define NOW INT64_C(1764403200) /* 2025-11-29T08:00:00Z */

static const struct {
    const char *when;
    int64_t since_s; /* -1 = wrong */
} since_rows[] = {
    {"7d", NOW - INT64_C(7) * 86400},
    {"12h", NOW - INT64_C(12) * 3600},
    {"30m", NOW - 1800},
    {"1.5h", NOW - 5400},
    {"90s", NOW - 90},
    {" 7d ", NOW - INT64_C(7) * 86400},
    {"2025-11-29", NOW - INT64_C(8) * 3600},
    {"1970-01-01", 0},
    {"2025-11-29T08:00:00Z", NOW},
    {"2025-11-29T09:00:00+01:00", NOW},
    {"7", -1},
    {"", -1},
    {"d", -1},
    {"7 weeks", -1},
    {"2025-02-30", -1},
    {"2025-13-01", -1},
    {"29.11.2025", -1},
    {"yesterday", -1},
    {"-7d", -1},
    {"99999999999999999999d", -1},
};

START_TEST(since_is_an_age_or_a_time)
{
    struct usage_query query = usage_query_all();
    struct error why = ERROR_NONE;
    ck_assert_int_eq(query.since_s, 0);
    int r = usage_query_since(&query, text_of(since_rows[_i].when), NOW, &why);
    ck_assert_msg(r == (since_rows[_i].since_s < 0 ? -EINVAL : 0), "%s", since_rows[_i].when);
    ck_assert_int_eq(error_is_set(&why), r < 0);
    if (r == 0)
        ck_assert_int_eq(query.since_s, since_rows[_i].since_s);
}
END_TEST

START_TEST(each_key_has_a_word_and_a_meaning)
{
    const struct usage_query all = usage_query_all();
    ck_assert_uint_eq(all.by_count, USAGE_KEY_COUNT);
    for (size_t i = 0; i < all.by_count; i++) {
        ck_assert_uint_eq(all.by[i], i);
        ck_assert(usage_key_word(all.by[i])[0] && usage_key_text(all.by[i])[0]);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("usage_query");
    TCase *tc = tcase_create("usage_query");
    tcase_add_loop_test(tc, by_names_the_keys_in_their_order, 0, ROWS(by_rows));
    tcase_add_test(tc, what_was_meant_is_said);
    tcase_add_loop_test(tc, since_is_an_age_or_a_time, 0, ROWS(since_rows));
    tcase_add_test(tc, each_key_has_a_word_and_a_meaning);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
