/* Is the machine online: what was found, how long it stands, and when to look again. */
#include "config_case.h"
#include "rules/online_finding.h"
#include "unit.h"

#define INTERVAL_MS 15000
#define FOUND_AT_MS 100000
#define UNKNOWN     ONLINE_UNKNOWN
#define ONLINE      ONLINE_YES
#define OFF         ONLINE_NO

static const struct {
    const char *name;
    enum online_state state;
    int64_t age_ms;
    bool suspect, checking, due;
} rows[] = {
    {"nothing was found yet", UNKNOWN, 0, false, false, true},
    {"nothing was found yet, and a check is under way", UNKNOWN, 0, true, true, false},
    {"online a moment ago", ONLINE, 0, false, false, false},
    {"online until just now", ONLINE, INTERVAL_MS - 1, false, false, false},
    {"online an interval ago", ONLINE, INTERVAL_MS, false, false, true},
    {"online an interval ago, and a check is under way", ONLINE, INTERVAL_MS, false, true, false},
    {"an attempt failed a second after online", ONLINE, 1000, true, false, false},
    {"an attempt failed later than that", ONLINE, 1001, true, false, true},
    {"it failed while a check is under way", ONLINE, 1001, true, true, false},
    {"offline a moment ago", OFF, 0, false, false, false},
    {"offline, and another attempt failed", OFF, INTERVAL_MS - 1, true, false, false},
    {"offline an interval ago", OFF, INTERVAL_MS, false, false, true},
    {"offline an interval ago, and a check is under way", OFF, INTERVAL_MS, false, true, false},
};

static struct online_finding found(enum online_state state)
{
    struct online_finding c;
    online_finding_init(&c, true, INTERVAL_MS);
    if (state != ONLINE_UNKNOWN)
        online_finding_found(&c, state == ONLINE_YES, true, FOUND_AT_MS);
    return c;
}

START_TEST(a_check_is_due_when_the_finding_is_old)
{
    struct online_finding c = found(rows[_i].state);
    if (rows[_i].checking)
        online_finding_begin(&c);
    bool due = online_finding_due(&c, FOUND_AT_MS + rows[_i].age_ms, rows[_i].suspect);
    ck_assert_msg(due == rows[_i].due, "%s", rows[_i].name);
}
END_TEST

START_TEST(switched_off_it_never_checks_and_is_never_offline)
{
    struct online_finding c;
    online_finding_init(&c, false, INTERVAL_MS);
    ck_assert(!online_finding_due(&c, 0, true));
    online_finding_found(&c, false, false, 0);
    ck_assert(!online_finding_offline(&c));
    ck_assert(!online_finding_due(&c, INT64_MAX / 2, true));
    ck_assert_int_eq(online_finding_next_ms(&c), -1);
}
END_TEST

START_TEST(only_a_finding_makes_it_offline)
{
    struct online_finding c = found(ONLINE_UNKNOWN);
    ck_assert(!online_finding_offline(&c));
    online_finding_begin(&c);
    ck_assert(!online_finding_offline(&c));
    online_finding_found(&c, false, true, 5);
    ck_assert(online_finding_offline(&c));
    online_finding_begin(&c);
    ck_assert(online_finding_offline(&c));
    online_finding_found(&c, true, true, 9);
    ck_assert(!online_finding_offline(&c));
}
END_TEST

START_TEST(while_offline_it_looks_again_by_itself)
{
    struct online_finding c = found(ONLINE_NO);
    ck_assert_int_eq(online_finding_next_ms(&c), FOUND_AT_MS + INTERVAL_MS);
    online_finding_begin(&c);
    ck_assert_int_eq(online_finding_next_ms(&c), -1);
    online_finding_found(&c, false, true, FOUND_AT_MS + 20000);
    ck_assert_int_eq(online_finding_next_ms(&c), FOUND_AT_MS + 20000 + INTERVAL_MS);
    online_finding_found(&c, true, false, FOUND_AT_MS + 21000);
    ck_assert_int_eq(online_finding_next_ms(&c), -1);
}
END_TEST

START_TEST(an_answer_of_a_provider_says_online_at_once)
{
    struct online_finding c = found(ONLINE_NO);
    online_finding_found(&c, true, false, FOUND_AT_MS + 5);
    ck_assert(!online_finding_offline(&c));
    ck_assert(!online_finding_due(&c, FOUND_AT_MS + 5 + INTERVAL_MS - 1, false));
    ck_assert(online_finding_due(&c, FOUND_AT_MS + 5 + INTERVAL_MS, false));
}
END_TEST

START_TEST(a_check_that_an_answer_contradicts_changes_nothing)
{
    struct online_finding c = found(ONLINE_YES);
    online_finding_begin(&c);
    online_finding_found(&c, true, false, FOUND_AT_MS + 10);
    ck_assert(!online_finding_due(&c, FOUND_AT_MS + 10 + INTERVAL_MS, false));
    online_finding_found(&c, false, true, FOUND_AT_MS + 3000);
    ck_assert(!online_finding_offline(&c));
    ck_assert_int_eq(c.found_at_ms, FOUND_AT_MS + 10);
    ck_assert(online_finding_due(&c, FOUND_AT_MS + 10 + INTERVAL_MS, false));
}
END_TEST

START_TEST(an_answer_before_the_check_does_not_contradict_it)
{
    struct online_finding c = found(ONLINE_YES);
    online_finding_found(&c, true, false, FOUND_AT_MS + 10);
    online_finding_begin(&c);
    online_finding_found(&c, false, true, FOUND_AT_MS + 3000);
    ck_assert(online_finding_offline(&c));
    ck_assert_int_eq(c.found_at_ms, FOUND_AT_MS + 3000);
}
END_TEST

static const struct {
    const char *name;
    enum online_state before;
    bool online;
    struct online_change change;
} changes[] = {
    {"offline is told", UNKNOWN, false, {true, true, FOUND_AT_MS + INTERVAL_MS}},
    {"the first online is no news", UNKNOWN, true, {false, false, -1}},
    {"nor is the second", ONLINE, true, {false, false, -1}},
    {"offline after online is told", ONLINE, false, {true, true, FOUND_AT_MS + INTERVAL_MS}},
    {"offline once more is not", OFF, false, {false, true, FOUND_AT_MS + INTERVAL_MS}},
    {"the connection is back", OFF, true, {true, false, -1}},
};

START_TEST(what_has_changed_is_told_once)
{
    struct online_finding c = found(changes[_i].before);
    struct online_change change = online_finding_found(&c, changes[_i].online, true, FOUND_AT_MS);
    ck_assert_msg(change.turned == changes[_i].change.turned, "%s", changes[_i].name);
    ck_assert_msg(change.offline == changes[_i].change.offline, "%s", changes[_i].name);
    ck_assert_msg(change.next_ms == changes[_i].change.next_ms, "%s", changes[_i].name);
}
END_TEST

static const struct {
    int proxy_status, status;
    bool answered;
} ends[] = {
    {0, 0, false},    {0, 200, true},  {0, 404, true}, {0, 503, true},
    {407, 0, true},   {200, 0, false}, /* the tunnel is there, and nothing came through it */
    {200, 204, true},
};

START_TEST(any_answer_means_online_also_a_proxys_refusal)
{
    ck_assert_int_eq(online_check_answered(ends[_i].proxy_status, ends[_i].status),
                     ends[_i].answered);
}
END_TEST

static const struct {
    const char *priority;
    const char *check_url; /* as set; NULL: not */
    const char *places;    /* address, and whose way */
} ways[] = {
    {"near, one, two", NULL, "https://one.example one, https://two.example two"},
    {"two, near, one", NULL, "https://two.example two, https://one.example one"},
    {"one, twin, two", NULL, "https://one.example one, https://two.example two"},
    {"two, near, one", "https://set.example/", "https://set.example/ two"},
    {"near", NULL, ""},
    {"one, two", "off", ""},
};

START_TEST(a_check_asks_each_cloud_by_its_own_way)
{
    char text[768], told[256] = "";
    (void)snprintf(text, sizeof(text),
                   "[route]\npriority = %s\n%s%s\n"
                   "[provider near]\ntype = ollama\nbase_url = http://127.0.0.1:1\n"
                   "[provider one]\ntype = openai\nbase_url = https://one.example/v1\n"
                   "[provider twin]\ntype = openai\nbase_url = https://one.example/v2\n"
                   "[provider two]\ntype = openai\nbase_url = https://two.example/v1\n",
                   ways[_i].priority, ways[_i].check_url ? "[connectivity]\ncheck_url = " : "",
                   ways[_i].check_url ? ways[_i].check_url : "");
    struct config_case loaded = config_case_load(text, NULL, NULL);
    ck_assert_int_eq(loaded.r, 0);
    struct online_place place;
    for (size_t n = 0; online_check_place(loaded.config, n, &place); n++)
        (void)snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s%.*s %s",
                       n > 0 ? ", " : "", TEXT_ARG(place.url), place.way->name);
    ck_assert_str_eq(told, ways[_i].places);
    config_case_done(&loaded);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("online_finding");
    TCase *tc = tcase_create("findings");
    tcase_add_loop_test(tc, a_check_is_due_when_the_finding_is_old, 0, ROWS(rows));
    tcase_add_test(tc, switched_off_it_never_checks_and_is_never_offline);
    tcase_add_test(tc, only_a_finding_makes_it_offline);
    tcase_add_test(tc, while_offline_it_looks_again_by_itself);
    tcase_add_test(tc, an_answer_of_a_provider_says_online_at_once);
    tcase_add_test(tc, a_check_that_an_answer_contradicts_changes_nothing);
    tcase_add_test(tc, an_answer_before_the_check_does_not_contradict_it);
    tcase_add_loop_test(tc, what_has_changed_is_told_once, 0, ROWS(changes));
    tcase_add_loop_test(tc, any_answer_means_online_also_a_proxys_refusal, 0, ROWS(ends));
    tcase_add_loop_test(tc, a_check_asks_each_cloud_by_its_own_way, 0, ROWS(ways));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
