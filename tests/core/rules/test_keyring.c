/* Keys that are set aside, for how long, and what a reload leaves of that. */
#include "rules/keyring.h"
#include "unit.h"

#define NOW 1000000
#define MIN 60000
#define RETRY(failure_, wait_ms)                                                                   \
    &(const struct attempt_result)                                                                 \
    {                                                                                              \
        .failure = (failure_), .status = 429, .retry_after_ms = (wait_ms)                          \
    }

static char name[] = "p", url[] = "https://a.example/v1", other_url[] = "https://b.example/v1",
            one[] = "sk-one", two[] = "sk-two", three[] = "sk-three";
static char *keys[] = {one, two, three, NULL};
static struct config_provider provider;
static struct keyring keyring;

static void setup(void)
{
    provider = (struct config_provider){.name = name, .base_url = url, .api_keys = {keys, 3}};
    keyring = (struct keyring){0};
    ck_assert_int_eq(keyring_configure(&keyring, &provider), 0);
}

static void teardown(void)
{
    keyring_done(&keyring);
}

static size_t choose(keyring_set refused, int64_t now_ms)
{
    return keyring_choose(&keyring, &provider, refused, now_ms);
}

static void refuse(size_t key, enum failure failure, int64_t wait_ms)
{
    keyring_set_aside(&keyring, &provider, key, RETRY(failure, wait_ms), NOW);
}

static int64_t back_in_ms(size_t key, int64_t now_ms)
{
    return keyring_state(&keyring, &provider, key, now_ms).back_in_ms;
}

static const struct {
    const char *name;
    enum failure failure;
    int64_t wait_ms; /* that the provider named */
    int64_t aside_ms;
} refusals[] = {
    {"a wrong key", FAILURE_AUTH, -1, KEYRING_RELOAD},
    {"a wrong key, and a wait", FAILURE_AUTH, 5000, KEYRING_RELOAD},
    {"no credit", FAILURE_QUOTA, -1, 10 * MIN},
    {"no credit, and a wait", FAILURE_QUOTA, 5000, 10 * MIN},
    {"too many requests", FAILURE_RATE_LIMIT, -1, MIN},
    {"too many requests, and a short wait", FAILURE_RATE_LIMIT, 5000, 5000},
    {"too many requests, and a long wait", FAILURE_RATE_LIMIT, 300 * MIN, 300 * MIN},
    {"too many requests, and no wait at all", FAILURE_RATE_LIMIT, 0, 0},
    {"too many requests, and no end", FAILURE_RATE_LIMIT, INT64_MAX, KEYRING_RELOAD},
    {"a fault of the provider", FAILURE_SERVER, -1, 0},
    {"no connection", FAILURE_NETWORK, -1, 0},
    {"no such model", FAILURE_MODEL, -1, 0},
    {"a refused content", FAILURE_POLICY, -1, 0},
    {"a wrong request", FAILURE_REQUEST, -1, 0},
    {"an answer", FAILURE_NONE, -1, 0},
    {"a client that left", FAILURE_CANCELLED, -1, 0},
};

START_TEST(a_key_is_set_aside_for)
{
    refuse(0, refusals[_i].failure, refusals[_i].wait_ms);
    ck_assert_msg(back_in_ms(0, NOW) == refusals[_i].aside_ms, "%s: %ld", refusals[_i].name,
                  (long)back_in_ms(0, NOW));
    if (refusals[_i].aside_ms == 0) {
        ck_assert_uint_eq(choose(0, NOW), 0);
        return;
    }
    ck_assert_int_eq(keyring_state(&keyring, &provider, 0, NOW).refused, refusals[_i].failure);
    ck_assert_uint_eq(choose(0, NOW), 1);
    if (refusals[_i].aside_ms == KEYRING_RELOAD)
        return;
    ck_assert_uint_eq(choose(0, NOW + refusals[_i].aside_ms - 1), 1);
    ck_assert_uint_eq(choose(0, NOW + refusals[_i].aside_ms), 0);
}
END_TEST

START_TEST(a_proxy_and_a_certificate_say_nothing_of_the_key)
{
    const struct attempt_result proxy = {.failure = FAILURE_AUTH,
                                         .transport = TRANSPORT_PROXY_AUTH},
                                certificate = {.failure = FAILURE_AUTH,
                                               .transport = TRANSPORT_CERTIFICATE};
    ck_assert(!keyring_refuses(&proxy));
    ck_assert(!keyring_refuses(&certificate));
    ck_assert(keyring_refuses(RETRY(FAILURE_AUTH, -1)));
    ck_assert(keyring_refuses(RETRY(FAILURE_RATE_LIMIT, 0)));
    keyring_set_aside(&keyring, &provider, 0, &proxy, NOW);
    ck_assert_uint_eq(choose(0, NOW), 0);
}
END_TEST

static const struct {
    const char *name;
    enum failure failure;
    int status;
    enum api_path path;
    const char *message, *code, *body;
    bool spared;
} spared[] = {
    {"a wrong key", FAILURE_AUTH, 401, API_PATH_CHAT, "Incorrect API key", "invalid_api_key", "{}",
     false},
    {"a wrong key on another path", FAILURE_AUTH, 401, API_PATH_OTHER, "Incorrect API key", "",
     "{}", false},
    {"a 403", FAILURE_AUTH, 403, API_PATH_CHAT, "Forbidden", "", "{}", false},
    {"a 403 without a word", FAILURE_AUTH, 403, API_PATH_CHAT, "", "", "", false},
    {"a 403 of a path that asks no model", FAILURE_AUTH, 403, API_PATH_OTHER, "Forbidden", "", "{}",
     true},
    {"a scope", FAILURE_AUTH, 403, API_PATH_CHAT,
     "You have insufficient permissions for this operation. Missing scopes: model.request", "",
     "{}", true},
    {"a firewall", FAILURE_AUTH, 403, API_PATH_CHAT, "", "",
     " \n<html>Sorry, you have been blocked", true},
    {"a page for a wrong key", FAILURE_AUTH, 401, API_PATH_CHAT, "", "", "<html>401", false},
    {"a limit", FAILURE_RATE_LIMIT, 429, API_PATH_CHAT, "Rate limit reached", "rate_limit_exceeded",
     "{}", false},
    {"a limit of embeddings", FAILURE_RATE_LIMIT, 429, API_PATH_EMBEDDINGS, "", "", "{}", false},
    {"a limit of counting", FAILURE_RATE_LIMIT, 429, API_PATH_COUNT_TOKENS, "", "", "{}", true},
    {"a limit of another path", FAILURE_RATE_LIMIT, 429, API_PATH_OTHER, "", "", "{}", true},
    {"a limit of whom OpenRouter asks", FAILURE_RATE_LIMIT, 429, API_PATH_CHAT,
     "x/y:free is temporarily rate-limited upstream. Please retry shortly", "429", "{}", true},
    {"Z.ai, overloaded", FAILURE_RATE_LIMIT, 429, API_PATH_CHAT, "", "1305", "{}", true},
    {"Moonshot, overloaded", FAILURE_RATE_LIMIT, 429, API_PATH_CHAT, "", "engine_overloaded_error",
     "{}", true},
    {"Cerebras, a queue", FAILURE_RATE_LIMIT, 429, API_PATH_CHAT, "", "queue_exceeded", "{}", true},
    {"Mistral, full", FAILURE_RATE_LIMIT, 429, API_PATH_CHAT,
     "Service tier capacity exceeded for this model.", "3505", "{}", true},
    {"no credit", FAILURE_QUOTA, 402, API_PATH_OTHER, "", "", "{}", false},
};

START_TEST(what_tells_of_the_request_spares_the_key)
{
    struct provider_error error = {0};
    (void)snprintf(error.message, sizeof(error.message), "%s", spared[_i].message);
    (void)snprintf(error.code, sizeof(error.code), "%s", spared[_i].code);
    const struct attempt_result result = {.failure = spared[_i].failure,
                                          .status = spared[_i].status};
    const struct keyring_refusal refusal = {.result = &result,
                                            .error = &error,
                                            .path = spared[_i].path,
                                            .body = text_of(spared[_i].body)};
    ck_assert_msg(keyring_spares(&refusal) == spared[_i].spared, "%s", spared[_i].name);
    (void)snprintf(error.type, sizeof(error.type), "%s",
                   spared[_i].code); /* some tell it as the type */
    error.code[0] = '\0';
    ck_assert_msg(keyring_spares(&refusal) == spared[_i].spared, "%s, as a type", spared[_i].name);
}
END_TEST

START_TEST(the_first_that_is_left_is_asked_with)
{
    ck_assert_uint_eq(choose(0, NOW), 0);
    ck_assert_uint_eq(choose(KEYRING_BIT(0), NOW), 1);
    refuse(1, FAILURE_QUOTA, -1);
    ck_assert_uint_eq(choose(0, NOW), 0);
    ck_assert_uint_eq(choose(KEYRING_BIT(0), NOW), 2);
    ck_assert_uint_eq(choose(KEYRING_BIT(0) | KEYRING_BIT(2), NOW), KEYRING_NONE);
}
END_TEST

START_TEST(the_first_that_is_back_ends_the_rest_of_the_provider)
{
    ck_assert_int_eq(keyring_back_in_ms(&keyring, &provider, NOW), 0);
    refuse(0, FAILURE_AUTH, -1);
    refuse(1, FAILURE_RATE_LIMIT, 7000);
    ck_assert_int_eq(keyring_back_in_ms(&keyring, &provider, NOW), 0);
    refuse(2, FAILURE_QUOTA, -1);
    ck_assert_int_eq(keyring_back_in_ms(&keyring, &provider, NOW), 7000);
    ck_assert_int_eq(keyring_back_in_ms(&keyring, &provider, NOW + 6999), 1);
    ck_assert_int_eq(keyring_back_in_ms(&keyring, &provider, NOW + 7000), 0);
    refuse(1, FAILURE_AUTH, -1);
    ck_assert_int_eq(keyring_back_in_ms(&keyring, &provider, NOW + 7000), 10 * MIN - 7000);
    refuse(2, FAILURE_AUTH, -1);
    ck_assert_int_eq(keyring_back_in_ms(&keyring, &provider, NOW), KEYRING_RELOAD);
}
END_TEST

/* Exchanges side by side are refused one after the other. */
START_TEST(a_later_word_never_brings_a_key_back_earlier)
{
    refuse(0, FAILURE_QUOTA, -1);
    refuse(0, FAILURE_RATE_LIMIT, 5000);
    ck_assert_int_eq(back_in_ms(0, NOW), 10 * MIN);
    refuse(0, FAILURE_AUTH, -1);
    refuse(0, FAILURE_QUOTA, -1);
    ck_assert_int_eq(back_in_ms(0, NOW), KEYRING_RELOAD);
}
END_TEST

START_TEST(a_key_that_is_alone_is_never_set_aside)
{
    provider.api_keys.count = 1;
    ck_assert_int_eq(keyring_configure(&keyring, &provider), 0);
    refuse(0, FAILURE_AUTH, -1);
    ck_assert_uint_eq(choose(0, NOW), 0);
    ck_assert_uint_eq(choose(KEYRING_BIT(0), NOW), 0);
    ck_assert_int_eq(keyring_back_in_ms(&keyring, &provider, NOW), 0);
    ck_assert_int_eq(back_in_ms(0, NOW), 0);
}
END_TEST

START_TEST(a_provider_without_keys_is_asked_without)
{
    provider.api_keys = (struct strings){0};
    ck_assert_int_eq(keyring_configure(&keyring, &provider), 0);
    ck_assert_uint_eq(choose(0, NOW), 0);
    ck_assert_int_eq(keyring_back_in_ms(&keyring, &provider, NOW), 0);
}
END_TEST

START_TEST(a_reload_keeps_what_passes_and_asks_a_wrong_key_anew)
{
    static char *turned[] = {three, two, one, NULL};
    refuse(0, FAILURE_AUTH, -1);
    refuse(1, FAILURE_QUOTA, -1);
    refuse(2, FAILURE_RATE_LIMIT, 5000);
    provider.api_keys = (struct strings){turned, 3};
    ck_assert_int_eq(keyring_configure(&keyring, &provider), 0);
    ck_assert_int_eq(back_in_ms(0, NOW), 5000);
    ck_assert_int_eq(back_in_ms(1, NOW), 10 * MIN);
    ck_assert_int_eq(back_in_ms(2, NOW), 0);
}
END_TEST

START_TEST(keys_that_are_gone_are_forgotten)
{
    refuse(0, FAILURE_QUOTA, -1);
    provider.api_keys = (struct strings){keys + 1, 2};
    ck_assert_int_eq(keyring_configure(&keyring, &provider), 0);
    provider.api_keys = (struct strings){keys, 3};
    ck_assert_int_eq(back_in_ms(0, NOW), 0); /* of an exchange that began before */
    refuse(0, FAILURE_QUOTA, -1);
    ck_assert_int_eq(back_in_ms(0, NOW), 0);
    ck_assert_int_eq(keyring_configure(&keyring, &provider), 0);
    ck_assert_int_eq(back_in_ms(0, NOW), 0);
}
END_TEST

START_TEST(at_another_address_they_are_others)
{
    refuse(0, FAILURE_QUOTA, -1);
    provider.base_url = other_url;
    ck_assert_int_eq(keyring_configure(&keyring, &provider), 0);
    ck_assert_int_eq(back_in_ms(0, NOW), 0);
}
END_TEST

START_TEST(a_provider_that_is_gone_leaves_nothing)
{
    refuse(0, FAILURE_QUOTA, -1);
    ck_assert_int_eq(keyring_configure(&keyring, NULL), 0);
    ck_assert_uint_eq(keyring.count, 0);
    ck_assert_int_eq(keyring_configure(&keyring, &provider), 0);
    ck_assert_int_eq(back_in_ms(0, NOW), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("keyring");
    TCase *tc = tcase_create("keyring");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, a_key_is_set_aside_for, 0, ROWS(refusals));
    tcase_add_loop_test(tc, what_tells_of_the_request_spares_the_key, 0, ROWS(spared));
    tcase_add_test(tc, a_proxy_and_a_certificate_say_nothing_of_the_key);
    tcase_add_test(tc, the_first_that_is_left_is_asked_with);
    tcase_add_test(tc, the_first_that_is_back_ends_the_rest_of_the_provider);
    tcase_add_test(tc, a_later_word_never_brings_a_key_back_earlier);
    tcase_add_test(tc, a_key_that_is_alone_is_never_set_aside);
    tcase_add_test(tc, a_provider_without_keys_is_asked_without);
    tcase_add_test(tc, a_reload_keeps_what_passes_and_asks_a_wrong_key_anew);
    tcase_add_test(tc, keys_that_are_gone_are_forgotten);
    tcase_add_test(tc, at_another_address_they_are_others);
    tcase_add_test(tc, a_provider_that_is_gone_leaves_nothing);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
