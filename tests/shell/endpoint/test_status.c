/* What /status gathers: of whom a request would be passed over, and of the process. */
#include <stdlib.h>

#include "../pretend_inbound.h"
#include "base/loop.h"
#include "base/shared_config.h"
#include "endpoint/endpoints.h"
#include "endpoint/status.h"
#include "endpoint/web_page.h"
#include "provider/catalog.h"
#include "provider/health.h"
#include "provider/online.h"
#include "record/log.h"
#include "record/metrics.h"
#include "serve/server.h"

static char name_one[] = "one", name_near[] = "near", key[] = "k", url[] = "http://a";
static char *priority[] = {name_one, name_near, NULL};
static struct config_provider providers[2];
static struct config config;
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect = &shared;
static struct loop loop = {.now_ms = 1000};
static struct endpoints at = {.loop = &loop, .shared = &in_effect};
static bool offline, draining;

bool server_draining(const struct server *server)
{
    (void)server;
    return draining;
}

bool online_is_offline(struct online *online)
{
    (void)online;
    return offline;
}

/* Its models, which nobody has told. */
bool catalog_is_asked(const struct config_provider *provider)
{
    return provider->kind->has_catalogue;
}

bool catalog_is_ready(struct catalog *catalog, const struct config_provider *provider)
{
    (void)catalog;
    ck_assert_ptr_eq(provider, &providers[1]);
    return false;
}

const struct ollama_models *catalog_models(struct catalog *catalog,
                                           const struct config_provider *provider)
{
    static const struct ollama_models nothing;
    (void)catalog;
    ck_assert_ptr_eq(provider, &providers[1]);
    return &nothing;
}

static void setup(void)
{
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    providers[0] = (struct config_provider){.name = name_one,
                                            .kind = &kind_openai,
                                            .api_keys = {(char *[]){key, NULL}, 1},
                                            .base_url = url};
    providers[1] = (struct config_provider){
        .name = name_near, .kind = &kind_ollama, .local = true, .base_url = url};
    config = (struct config){.providers = providers, .provider_count = 2};
    config.route.priority.at = priority;
    config.route.priority.count = 2;
    config.breaker.failures = 1;
    config.breaker.open_for_ms = 60000;
    health_configure(&config);
    metrics_setup();
}

static void teardown(void)
{
    inbound_closed(false);
    health_done();
}

static const struct {
    const char *name;
    bool has_key;
    const char *authorization; /* of the request */
    bool is_token, offline, broken;
    enum route_skip skip;
} skips[] = {
    {"it can be tried", true, NULL, false, false, false, ROUTE_SKIP_NONE},
    {"it has no key", false, NULL, false, false, false, ROUTE_SKIP_NO_KEY},
    {"the request brings one", false, "Bearer k", false, false, false, ROUTE_SKIP_NONE},
    {"a token of ours is none", false, "Bearer t", true, false, false, ROUTE_SKIP_NO_KEY},
    {"the machine is offline", true, NULL, false, true, false, ROUTE_SKIP_OFFLINE},
    {"its breaker is open", true, NULL, false, false, true, ROUTE_SKIP_BREAKER},
    {"offline is said first", true, NULL, false, true, true, ROUTE_SKIP_OFFLINE},
};

static void break_it(void)
{
    struct breaker_pass pass = health_allow(&providers[0], 1000);
    health_ended(&providers[0], pass, FAILURE_SERVER, 500, 1000);
}

START_TEST(a_request_like_this_one_would_pass_it_over)
{
    providers[0].api_keys.count = skips[_i].has_key;
    offline = skips[_i].offline;
    inbound.verdict.authorization_is_token = skips[_i].is_token;
    if (skips[_i].authorization)
        inbound_add_header("authorization", skips[_i].authorization);
    if (skips[_i].broken)
        break_it();
    ck_assert_msg(status_skip(&at, &inbound, &providers[0]) == skips[_i].skip, "%s",
                  skips[_i].name);
    ck_assert_int_eq(status_skip(&at, &inbound, &providers[1]), ROUTE_SKIP_NONE);
}
END_TEST

START_TEST(the_page_tells_what_was_gathered)
{
    const char *labels[] = {"one", "server"};
    metrics_add(METRIC_ATTEMPTS, labels, 7);
    metrics_gauge_set(METRIC_INFLIGHT, NULL, 3);
    draining = true;
    break_it();
    status_show_json(&at, &inbound);
    ck_assert_int_eq(inbound.reply.status, 200);
    ck_assert_str_eq(replied_header("Content-Type"), "application/json");
    ck_assert_str_eq(replied_header("Cache-Control"), "no-store");
    ck_assert_ptr_nonnull(strstr(replied_body(), "\"status\":\"draining\""));
    ck_assert_ptr_nonnull(strstr(replied_body(), "\"inflight\":3"));
    ck_assert_ptr_nonnull(strstr(replied_body(), "\"server\":7"));
    ck_assert_ptr_nonnull(strstr(replied_body(), "\"open\""));
    ck_assert_ptr_nonnull(strstr(replied_body(), "\"standin\":{\"provider\":\"near\""));
    ck_assert_ptr_nonnull(strstr(replied_body(), "\"last_error\":{\"class\":\"server\""));
}
END_TEST

START_TEST(and_for_people_in_lines)
{
    status_show(&at, &inbound);
    ck_assert_int_eq(inbound.reply.status, 200);
    ck_assert_str_eq(replied_header("Content-Type"), "text/plain; charset=utf-8");
    ck_assert_ptr_nonnull(strstr(replied_body(), "near"));
}
END_TEST

START_TEST(a_browser_gets_a_page_that_may_run_what_it_brought_and_nothing_else)
{
    status_show_page(&at, &inbound);
    ck_assert_int_eq(inbound.reply.status, 200);
    ck_assert_str_eq(replied_header("Content-Type"), "text/html; charset=utf-8");
    ck_assert_str_eq(replied_header("X-Content-Type-Options"), "nosniff");
    ck_assert_str_eq(replied_header("Cache-Control"), "no-store");
    ck_assert_str_eq(replied_header("Referrer-Policy"), "no-referrer");
    ck_assert_str_eq(replied_header("Vary"), "Accept");
    const char *policy = replied_header("Content-Security-Policy");
    ck_assert_str_eq(policy, web_page.policy);
    ck_assert_ptr_nonnull(strstr(policy, "default-src 'none'; script-src 'sha256-"));
    ck_assert_ptr_null(strstr(policy, "unsafe"));
    ck_assert_uint_eq(inbound.reply.body.len, web_page.html_bytes);
    ck_assert_uint_le(web_page.html_bytes, 60 << 10);
    ck_assert_ptr_eq(strstr(replied_body(), "<!doctype html>"), replied_body());
    ck_assert(text_ends(text_make(replied_body(), web_page.html_bytes), "</html>\n"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("status");
    TCase *tc = tcase_create("status");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, a_request_like_this_one_would_pass_it_over, 0, ROWS(skips));
    tcase_add_test(tc, the_page_tells_what_was_gathered);
    tcase_add_test(tc, and_for_people_in_lines);
    tcase_add_test(tc, a_browser_gets_a_page_that_may_run_what_it_brought_and_nothing_else);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
