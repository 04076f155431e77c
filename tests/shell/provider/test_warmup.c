/* What has an Ollama load a model, and what does not; with a pretended Ollama. */
#include "../pretend_fetch.h"
#include "base/shared_config.h"
#include "provider/catalog.h"
#include "provider/warmup.h"
#include "record/log.h"

static char name[] = "o", base_url[] = "http://127.0.0.1:1", other_url[] = "http://127.0.0.1:2";
static char second_name[] = "p", keep[] = "10m";
static struct config_provider providers[2];
static struct config config;
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect = &shared;
static struct catalog *catalog;
static struct warmup *warmup;

static void setup(void)
{
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    loop.now_ms = 10000000;
    atomic_init(&shared.users, 1);
    providers[0] = (struct config_provider){.name = name,
                                            .kind = &kind_ollama,
                                            .base_url = base_url,
                                            .first_byte_timeout_whole_ms = 777};
    providers[1] = providers[0];
    providers[1].name = second_name;
    providers[1].base_url = other_url;
    config = (struct config){.providers = providers, .provider_count = 2};
    catalog = catalog_new(NULL, &in_effect);
    warmup = warmup_new(NULL, &in_effect, catalog);
}

static void teardown(void)
{
    warmup_free(warmup);
    catalog_free(catalog);
    ck_assert_ptr_null(fetches);
    ck_assert_int_eq(atomic_load(&shared.users), 1);
}

START_TEST(a_model_is_loaded_with_the_window_that_will_be_asked_for)
{
    providers[0].keep_alive = keep;
    warmup_start(warmup, &providers[0], "m", 8192);
    const char *asked = fetch_asked("o");
    ck_assert_msg(strncmp(asked, "/api/generate {", 15) == 0, "%s", asked);
    ck_assert_msg(strstr(asked, "\"model\":\"m\"") && strstr(asked, "8192"), "%s", asked);
    ck_assert_msg(strstr(asked, "\"keep_alive\":\"10m\"") != NULL, "%s", asked);
    ck_assert_ptr_null(strstr(asked, "prompt"));
    ck_assert_int_eq(fetches->plan.limit_ms, 777);
    fetch_answered("o", 200, "{}");
    ck_assert_int_eq(catalog_window(catalog, &providers[0], "m"), 8192);
}
END_TEST

START_TEST(once_for_each_model_and_not_for_each_request)
{
    warmup_start(warmup, &providers[0], "m", 8192);
    warmup_start(warmup, &providers[0], "m", 8192);
    warmup_start(warmup, &providers[0], "m", 16384); /* a load is not given up half-way */
    ck_assert_int_eq(fetch_count, 1);
    warmup_start(warmup, &providers[0], "n", 8192);
    warmup_start(warmup, &providers[1], "m", 8192);
    ck_assert_int_eq(fetch_count, 3);
}
END_TEST

START_TEST(one_that_is_loaded_so_is_not_loaded_again)
{
    warmup_start(warmup, &providers[0], "m", 8192);
    fetch_answered("o", 200, "{}");
    warmup_start(warmup, &providers[0], "m", 8192);
    ck_assert_int_eq(fetch_count, 1);
    warmup_start(warmup, &providers[0], "m", 16384);
    ck_assert_int_eq(fetch_count, 2);
}
END_TEST

static void on_ready(struct catalog_waiter *waiter)
{
    (void)waiter;
}

/* The load may have failed, or another program had another model loaded since. */
START_TEST(when_the_server_tells_that_it_is_not_loaded_it_is_loaded_again)
{
    struct catalog_waiter waiter = {.ready = on_ready};
    warmup_start(warmup, &providers[0], "m", 8192);
    fetch_answered("o", 500, "{\"error\":\"no memory\"}");
    loop.now_ms += 1000;
    catalog_wait(catalog, &providers[0], &waiter);
    fetch_answered("o", 200, "{\"models\":[]}");
    fetch_answered("o", 200, "{\"models\":[]}");
    warmup_start(warmup, &providers[0], "m", 8192);
    ck_assert_ptr_nonnull(strstr(fetch_asked("o"), "/api/generate"));
}
END_TEST

START_TEST(a_provider_that_has_gone_from_the_settings_is_left_alone)
{
    config.provider_count = 1;
    warmup_start(warmup, &providers[1], "m", 8192);
    ck_assert_int_eq(fetch_count, 0);
    ck_assert_int_eq(catalog_window(catalog, &providers[1], "m"), 0);
}
END_TEST

START_TEST(the_settings_stay_until_the_load_is_over)
{
    warmup_start(warmup, &providers[0], "m", 8192);
    ck_assert_int_eq(atomic_load(&shared.users), 2);
    fetch_answered("o", 0, "");
    ck_assert_int_eq(atomic_load(&shared.users), 1);
    warmup_start(warmup, &providers[0], "n", 8192); /* ended by teardown while it loads */
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("warmup");
    TCase *tc = tcase_create("warmup");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_model_is_loaded_with_the_window_that_will_be_asked_for);
    tcase_add_test(tc, once_for_each_model_and_not_for_each_request);
    tcase_add_test(tc, one_that_is_loaded_so_is_not_loaded_again);
    tcase_add_test(tc, when_the_server_tells_that_it_is_not_loaded_it_is_loaded_again);
    tcase_add_test(tc, a_provider_that_has_gone_from_the_settings_is_left_alone);
    tcase_add_test(tc, the_settings_stay_until_the_load_is_over);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
