/* Asking all at once, and what they said: of their models and of something else. */
#include "../pretend_fetch.h"
#include "base/shared_config.h"
#include "endpoint/endpoints.h"
#include "endpoint/offering.h"

static char name_one[] = "one", name_o[] = "o";
static char url_one[] = "http://a", url_o[] = "http://b";
static struct config_provider providers[] = {
    {.name = name_one, .kind = &kind_openai, .base_url = url_one},
    {.name = name_o, .kind = &kind_ollama, .base_url = url_o}};
static struct config config = {.providers = providers, .provider_count = 2};
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect = &shared;
static struct endpoints at;
static struct offering offering;
static int told;

static void on_told(struct offering *which)
{
    ck_assert_ptr_eq(which, &offering);
    told++;
}

static int64_t stop(struct loop_hook *hook)
{
    (void)hook;
    loop_stop(&loop);
    return 0;
}

static struct loop_hook once = {.turn = stop};

static void turn(void)
{
    loop.stopped = false;
    loop_run(&loop);
}

static void setup(void)
{
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &once);
    atomic_init(&shared.users, 1);
    at = (struct endpoints){
        .loop = &loop, .shared = &in_effect, .catalog = catalog_new(NULL, &in_effect)};
    model_lists_init(&at.model_lists);
    offering_init(&offering, &at, on_told);
}

static void teardown(void)
{
    offering_done(&offering);
    catalog_free(at.catalog);
    ck_assert_ptr_null(fetches);
    ck_assert_int_eq(atomic_load(&shared.users), 1);
    model_lists_done(&at.model_lists);
    loop_done(&loop);
}

static void plan_both(void)
{
    offering.offer.count = 2;
    offering.offer.at[0] = (struct offer_source){.provider = &providers[0]};
    offering.offer.at[1] = (struct offer_source){.provider = &providers[1]};
}

START_TEST(it_is_told_when_the_last_one_has_answered)
{
    plan_both();
    offering_start(&offering);
    fetch_answered("o", 200,
                   "{\"models\":[{\"name\":\"m\",\"capabilities\":[\"completion\",\"tools\","
                   "\"thinking\"]}]}");
    fetch_answered("o", 200, "{\"models\":[]}");
    turn();
    ck_assert_int_eq(told, 0);
    fetch_answered("one", 200, "{\"data\":[]}");
    turn();
    ck_assert_int_eq(told, 1);
    ck_assert(text_equals(offering.offer.at[0].answer, "{\"data\":[]}"));
    ck_assert_ptr_nonnull(offering.offer.at[1].models);
}
END_TEST

START_TEST(something_else_is_asked_of_all_alike_and_kept_by_nobody)
{
    plan_both();
    offering.instead = "/x";
    offering_start(&offering);
    ck_assert_str_eq(fetch_asked("one"), "/x");
    ck_assert_str_eq(fetch_asked("o"), "/x");
    fetch_answered("one", 200, "{\"data\":[]}");
    fetch_answered("o", 0, "");
    turn();
    ck_assert_int_eq(told, 1);
    ck_assert_int_eq(offering_said(&offering, 0).status, 200);
    ck_assert_int_eq(offering_said(&offering, 1).status, 0);
    ck_assert_int_eq(offering_said(&offering, 2).status, 0);
    ck_assert_uint_eq(at.model_lists.at[0].question.len, 0);
}
END_TEST

START_TEST(where_nobody_is_asked_it_is_told_none_the_less)
{
    offering_start(&offering);
    ck_assert_int_eq(told, 0);
    turn();
    ck_assert_int_eq(told, 1);
}
END_TEST

START_TEST(who_no_longer_wants_it_is_not_told)
{
    plan_both();
    offering_start(&offering);
    fetch_answered("one", 200, "{\"data\":[]}");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("offering");
    TCase *tc = tcase_create("offering");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, it_is_told_when_the_last_one_has_answered);
    tcase_add_test(tc, something_else_is_asked_of_all_alike_and_kept_by_nobody);
    tcase_add_test(tc, where_nobody_is_asked_it_is_told_none_the_less);
    tcase_add_test(tc, who_no_longer_wants_it_is_not_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
