/* Who waits for what an Ollama has, and when it is told; with a pretended Ollama. */
#include "../pretend_fetch.h"
#include "base/shared_config.h"
#include "provider/catalog.h"

#define NOW 10000000
#define LIST                                                                                       \
    "{\"models\":[{\"name\":\"m\",\"capabilities\":[\"completion\",\"tools\",\"thinking\"]}]}"
#define NONE "{\"models\":[]}"

static char name[] = "o", base_url[] = "http://127.0.0.1:1", other_url[] = "http://127.0.0.1:2";
static struct config_provider providers[1];
static struct config config;
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect = &shared;
static struct catalog *catalog;
static const struct config_provider *ollama = &providers[0];

static struct guest {
    struct catalog_waiter waiter;
    bool waits_again;
    struct guest *takes_out;
} guests[3];
static char told[32]; /* those that were told, in order: "0 1" */

static void on_ready(struct catalog_waiter *waiter)
{
    struct guest *guest = (struct guest *)(void *)waiter;
    size_t used = strlen(told);
    (void)snprintf(told + used, sizeof(told) - used, "%s%d", used ? " " : "",
                   (int)(guest - guests));
    ck_assert(!waiter->waiting);
    if (guest->takes_out)
        catalog_leave(catalog, &guest->takes_out->waiter);
    if (guest->waits_again) {
        guest->waits_again = false;
        catalog_wait(catalog, ollama, waiter);
    }
}

static void setup(void)
{
    loop.now_ms = NOW;
    atomic_init(&shared.users, 1);
    providers[0] =
        (struct config_provider){.name = name, .kind = &kind_ollama, .base_url = base_url};
    config = (struct config){.providers = providers, .provider_count = 1};
    catalog = catalog_new(NULL, &in_effect);
    for (int i = 0; i < 3; i++)
        guests[i].waiter.ready = on_ready;
}

static void teardown(void)
{
    catalog_free(catalog);
    ck_assert_ptr_null(fetches);
    ck_assert_int_eq(atomic_load(&shared.users), 1);
}

/* The server tells all that it is asked for. */
static void answer_all(void)
{
    ck_assert_str_eq(fetch_asked(NULL), "/api/tags");
    fetch_answered(NULL, 200, LIST);
    ck_assert_str_eq(fetch_asked(NULL), "/api/ps");
    fetch_answered(NULL, 200, NONE);
    ck_assert_str_eq(fetch_asked(NULL), "");
}

START_TEST(who_waits_is_told_when_all_is_known_in_the_order_of_coming)
{
    ck_assert(!catalog_is_ready(catalog, ollama));
    catalog_wait_ready(catalog, ollama, &guests[0].waiter);
    catalog_wait(catalog, ollama, &guests[1].waiter);
    ck_assert_int_eq(fetch_count, 1);
    answer_all();
    ck_assert_str_eq(told, "0 1");
    ck_assert(catalog_is_ready(catalog, ollama));
    ck_assert_uint_eq(catalog_models(catalog, ollama)->count, 1);
    ck_assert_int_eq(catalog_age_ms(catalog, ollama), 0);
}
END_TEST

START_TEST(and_when_the_server_does_not_answer)
{
    catalog_wait(catalog, ollama, &guests[0].waiter);
    fetch_answered(NULL, 0, "");
    ck_assert_str_eq(told, "0");
    ck_assert(!catalog_models(catalog, ollama)->known);
    ck_assert_int_eq(catalog_age_ms(catalog, ollama), -1);
    ck_assert(catalog_is_older(catalog, ollama, 1000));
}
END_TEST

START_TEST(models_that_are_known_stay_when_it_does_not_answer)
{
    catalog_wait(catalog, ollama, &guests[0].waiter);
    answer_all();
    loop.now_ms += 700000;
    catalog_wait(catalog, ollama, &guests[1].waiter);
    fetch_answered(NULL, 500, "{}");
    ck_assert_str_eq(told, "0 1");
    ck_assert_uint_eq(catalog_models(catalog, ollama)->count, 1);
    ck_assert_int_eq(catalog_age_ms(catalog, ollama), 700000);
    ck_assert(!catalog_is_ready(catalog, ollama));
}
END_TEST

/* Nobody who waits may be left waiting for want of a question. */
START_TEST(what_is_ready_is_asked_for_all_the_same_where_somebody_waits)
{
    catalog_wait(catalog, ollama, &guests[0].waiter);
    answer_all();
    ck_assert(catalog_is_ready(catalog, ollama));
    catalog_wait_ready(catalog, ollama, &guests[1].waiter);
    ck_assert_str_eq(fetch_asked(NULL), "/api/ps");
    fetch_answered(NULL, 200, NONE);
    ck_assert_str_eq(told, "0 1");
}
END_TEST

START_TEST(an_old_list_is_renewed_in_the_background)
{
    catalog_wait(catalog, ollama, &guests[0].waiter);
    answer_all();
    loop.now_ms += 40000;
    catalog_wait_ready(catalog, ollama, &guests[1].waiter);
    answer_all();
    loop.now_ms += 2000;
    ck_assert(catalog_is_ready(catalog, ollama));
    ck_assert_str_eq(fetch_asked(NULL), "");
    loop.now_ms += 29000;
    catalog_wait_ready(catalog, ollama, &guests[2].waiter);
    fetch_answered(NULL, 200, LIST); /* the list is old as well */
    fetch_answered(NULL, 200, NONE);
    ck_assert(catalog_is_ready(catalog, ollama));
}
END_TEST

START_TEST(who_leaves_is_not_told)
{
    catalog_wait(catalog, ollama, &guests[0].waiter);
    catalog_wait(catalog, ollama, &guests[1].waiter);
    catalog_leave(catalog, &guests[0].waiter);
    catalog_leave(catalog, &guests[0].waiter);
    answer_all();
    ck_assert_str_eq(told, "1");
}
END_TEST

START_TEST(one_that_is_told_may_take_out_the_next_one)
{
    guests[0].takes_out = &guests[1];
    for (int i = 0; i < 3; i++)
        catalog_wait(catalog, ollama, &guests[i].waiter);
    answer_all();
    ck_assert_str_eq(told, "0 2");
}
END_TEST

START_TEST(one_that_is_told_may_wait_again_for_the_next_answer)
{
    guests[0].waits_again = true;
    catalog_wait(catalog, ollama, &guests[0].waiter);
    catalog_wait(catalog, ollama, &guests[1].waiter);
    fetch_answered(NULL, 200, LIST);
    fetch_answered(NULL, 200, NONE);
    ck_assert_str_eq(told, "0 1");
    answer_all();
    ck_assert_str_eq(told, "0 1 0");
}
END_TEST

START_TEST(a_server_that_has_moved_in_the_settings_is_not_asked_at_its_old_place)
{
    struct config_provider before = providers[0];
    providers[0].base_url = other_url;
    catalog_wait(catalog, &before, &guests[0].waiter);
    ck_assert_int_eq(fetch_count, 0);
    ck_assert_str_eq(told, "0");
    config.provider_count = 0;
    catalog_wait(catalog, &before, &guests[1].waiter);
    ck_assert_str_eq(told, "0 1");
}
END_TEST

START_TEST(each_server_is_known_by_its_address)
{
    struct config_provider second = {.name = name, .base_url = other_url};
    catalog_wait(catalog, ollama, &guests[0].waiter);
    answer_all();
    catalog_note_window(catalog, ollama, "m", 8192);
    ck_assert_int_eq(catalog_window(catalog, ollama, "m"), 8192);
    ck_assert_int_eq(catalog_window(catalog, &second, "m"), 0);
    ck_assert(!catalog_models(catalog, &second)->known);
}
END_TEST

START_TEST(whether_a_turn_is_left_open_has_three_answers)
{
    ck_assert_int_eq(catalog_prefill(catalog, ollama, "m"), CATALOG_UNKNOWN);
    catalog_note_prefill(catalog, ollama, "m", true);
    ck_assert_int_eq(catalog_prefill(catalog, ollama, "m"), CATALOG_YES);
    catalog_note_prefill(catalog, ollama, "m", false);
    ck_assert_int_eq(catalog_prefill(catalog, ollama, "m"), CATALOG_NO);
}
END_TEST

START_TEST(at_the_start_every_ollama_of_the_route_is_asked)
{
    char *priority[] = {name, NULL};
    config.route.priority.at = priority;
    config.route.priority.count = 1;
    catalog_warm(catalog);
    ck_assert_str_eq(fetch_asked("o"), "/api/tags");
    providers[0].kind = &kind_openai;
    catalog_warm(catalog);
    ck_assert_int_eq(fetch_count, 1);
}
END_TEST

START_TEST(one_that_ends_while_it_asks_gives_all_back)
{
    catalog_wait(catalog, ollama, &guests[0].waiter);
    fetch_answered(NULL, 200, "{\"models\":[{\"name\":\"m\"}]}");
    ck_assert_str_eq(fetch_asked(NULL), "/api/show {\"model\":\"m\"}");
    ck_assert_int_eq(atomic_load(&shared.users), 2);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("catalog");
    TCase *tc = tcase_create("catalog");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, who_waits_is_told_when_all_is_known_in_the_order_of_coming);
    tcase_add_test(tc, and_when_the_server_does_not_answer);
    tcase_add_test(tc, models_that_are_known_stay_when_it_does_not_answer);
    tcase_add_test(tc, what_is_ready_is_asked_for_all_the_same_where_somebody_waits);
    tcase_add_test(tc, an_old_list_is_renewed_in_the_background);
    tcase_add_test(tc, who_leaves_is_not_told);
    tcase_add_test(tc, one_that_is_told_may_take_out_the_next_one);
    tcase_add_test(tc, one_that_is_told_may_wait_again_for_the_next_answer);
    tcase_add_test(tc, a_server_that_has_moved_in_the_settings_is_not_asked_at_its_old_place);
    tcase_add_test(tc, each_server_is_known_by_its_address);
    tcase_add_test(tc, whether_a_turn_is_left_open_has_three_answers);
    tcase_add_test(tc, at_the_start_every_ollama_of_the_route_is_asked);
    tcase_add_test(tc, one_that_ends_while_it_asks_gives_all_back);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
