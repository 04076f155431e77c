/* What each endpoint answers that needs nobody else. */
#include <stdlib.h>

#include "../pretend_inbound.h"
#include "base/loop.h"
#include "base/shared_config.h"
#include "endpoint/discovery.h"
#include "endpoint/dispatch.h"
#include "endpoint/endpoints.h"
#include "endpoint/events.h"
#include "endpoint/inbound_client.h"
#include "endpoint/models.h"
#include "endpoint/status.h"
#include "provider/health.h"
#include "record/metrics.h"
#include "serve/server.h"

static char name_one[] = "one", name_two[] = "two";
static char *priority[] = {name_one, name_two, NULL};
static struct config_provider providers[] = {{.name = name_one, .kind = &kind_openai},
                                             {.name = name_two, .kind = &kind_ollama}};
static struct config config = {.providers = providers, .provider_count = 2};
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect = &shared;
static struct loop loop;
static struct endpoints at = {.loop = &loop, .shared = &in_effect};
static bool draining;
static enum route_skip skips[2];
static const char *called;

bool server_draining(const struct server *server)
{
    (void)server;
    return draining;
}

enum route_skip status_skip(struct endpoints *endpoints, const struct inbound *request,
                            const struct config_provider *provider)
{
    ck_assert_ptr_eq(endpoints, &at);
    ck_assert_ptr_eq(request, &inbound);
    return skips[provider - providers];
}

void status_show(struct endpoints *endpoints, struct inbound *request)
{
    (void)endpoints, (void)request;
    called = "status";
}

void status_show_page(struct endpoints *endpoints, struct inbound *request)
{
    (void)endpoints, (void)request;
    called = "page of the status";
}

void status_show_json(struct endpoints *endpoints, struct inbound *request)
{
    (void)endpoints, (void)request;
    called = "status.json";
}

void events_show(struct endpoints *endpoints, struct inbound *request)
{
    (void)endpoints, (void)request;
    called = "events";
}

void models_start(struct endpoints *endpoints, struct inbound *request)
{
    (void)endpoints, (void)request;
    called = "models";
}

void inbound_client_start(struct endpoints *endpoints, struct inbound *request)
{
    (void)endpoints, (void)request;
    called = "exchange";
}

#define STARTS(name)                                                                               \
    void discovery_##name(struct endpoints *endpoints, struct inbound *request)                    \
    {                                                                                              \
        (void)endpoints, (void)request;                                                            \
        called = #name;                                                                            \
    }
STARTS(version)
STARTS(tags)
STARTS(ps)
STARTS(show)
STARTS(pull)
STARTS(asked)
STARTS(rest)

static void setup(void)
{
    config.route.priority.at = priority;
    config.route.priority.count = 2;
}

static void teardown(void)
{
    inbound_closed(false);
    health_done();
}

static void get(enum guard_endpoint endpoint)
{
    inbound.verdict.endpoint = endpoint;
    endpoint_dispatch(&at, &inbound);
}

static const struct {
    enum guard_endpoint endpoint;
    const char *called;
} jobs[] = {
    {ENDPOINT_CHAT, "exchange"},
    {ENDPOINT_PASS, "exchange"},
    {ENDPOINT_MODELS, "models"},
    {ENDPOINT_STATUS, "status"},
    {ENDPOINT_STATUS_PAGE, "page of the status"},
    {ENDPOINT_STATUS_JSON, "status.json"},
    {ENDPOINT_EVENTS, "events"},
    {ENDPOINT_VERSION, "version"},
    {ENDPOINT_TAGS, "tags"},
    {ENDPOINT_PS, "ps"},
    {ENDPOINT_SHOW, "show"},
    {ENDPOINT_PULL, "pull"},
    {ENDPOINT_API_MODEL, "asked"},
    {ENDPOINT_ADMIN, "rest"},
};

START_TEST(what_takes_longer_is_handed_over)
{
    get(jobs[_i].endpoint);
    ck_assert_str_eq(called, jobs[_i].called);
    ck_assert_int_eq(reply_count, 0);
}
END_TEST

START_TEST(healthz_is_ok_whatever_becomes_of_providers)
{
    skips[0] = skips[1] = ROUTE_SKIP_OFFLINE;
    draining = true;
    get(ENDPOINT_HEALTHZ);
    ck_assert_int_eq(inbound.reply.status, 200);
    ck_assert_str_eq(replied_body(), "{\"status\":\"ok\"}");
    ck_assert_str_eq(replied_header("Cache-Control"), "no-store");
}
END_TEST

static const struct {
    const char *name;
    bool draining;
    enum route_skip skips[2];
    int status;
    const char *body;
} readiness[] = {
    {"all can be tried", false, {0}, 200, "{\"status\":\"ready\"}"},
    {"one can", false, {ROUTE_SKIP_NO_KEY, ROUTE_SKIP_NONE}, 200, "{\"status\":\"ready\"}"},
    {"none can",
     false,
     {ROUTE_SKIP_NO_KEY, ROUTE_SKIP_BREAKER},
     503,
     "{\"status\":\"no provider can be tried\"}"},
    {"no request would be taken", true, {0}, 503, "{\"status\":\"draining\"}"},
};

START_TEST(readyz_tells_whether_a_request_could_be_answered)
{
    draining = readiness[_i].draining;
    memcpy(skips, readiness[_i].skips, sizeof(skips));
    get(ENDPOINT_READYZ);
    ck_assert_msg(inbound.reply.status == readiness[_i].status, "%s", readiness[_i].name);
    ck_assert_str_eq(replied_body(), readiness[_i].body);
}
END_TEST

static const struct {
    const char *accept; /* NULL: none */
    bool page;
} accepts[] = {{"text/html,application/xhtml+xml;q=0.9", true}, {"*/*", false}, {NULL, false}};

START_TEST(a_browser_gets_a_page_and_a_program_a_line)
{
    inbound_add_header("Host", "localhost:11411");
    if (accepts[_i].accept)
        inbound_add_header("Accept", accepts[_i].accept);
    get(ENDPOINT_FRONT);
    ck_assert_int_eq(inbound.reply.status, 200);
    ck_assert_int_eq(strncmp(replied_body(), "<!doctype", 9) == 0, accepts[_i].page);
    if (accepts[_i].page)
        ck_assert_ptr_nonnull(strstr(replied_body(), "localhost:11411/v1"));
    else
        ck_assert_str_eq(replied_body(), "Ollama is running");
    ck_assert_str_eq(replied_header("Content-Type"),
                     accepts[_i].page ? "text/html; charset=utf-8" : "text/plain; charset=utf-8");
    ck_assert_int_eq(replied_header("Content-Security-Policy")[0] != '\0', accepts[_i].page);
    ck_assert_str_eq(replied_header("Vary"), "Accept");
}
END_TEST

START_TEST(a_browser_that_asks_first_is_allowed_the_headers_that_it_names)
{
    inbound_add_header("Access-Control-Request-Headers", "authorization, x-mine");
    inbound_add_header("Access-Control-Request-Private-Network", "true");
    get(ENDPOINT_PREFLIGHT);
    ck_assert_int_eq(inbound.reply.status, 204);
    ck_assert_str_eq(replied_header("Access-Control-Allow-Headers"), "authorization, x-mine");
    ck_assert_str_eq(replied_header("Access-Control-Allow-Private-Network"), "true");
    ck_assert_ptr_nonnull(strstr(replied_header("Access-Control-Allow-Methods"), "DELETE"));
}
END_TEST

START_TEST(and_no_others)
{
    get(ENDPOINT_PREFLIGHT);
    ck_assert_str_eq(replied_header("Access-Control-Allow-Headers"), "");
    ck_assert_str_eq(replied_header("Access-Control-Allow-Private-Network"), "");
}
END_TEST

START_TEST(options_names_the_methods_of_the_path)
{
    inbound.verdict.allow = "GET, HEAD, OPTIONS";
    get(ENDPOINT_OPTIONS);
    ck_assert_int_eq(inbound.reply.status, 204);
    ck_assert_str_eq(replied_header("Allow"), "GET, HEAD, OPTIONS");
}
END_TEST

START_TEST(metrics_are_in_prometheus_format)
{
    metrics_setup();
    get(ENDPOINT_METRICS);
    ck_assert_int_eq(inbound.reply.status, 200);
    ck_assert_str_eq(replied_header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    ck_assert_ptr_nonnull(strstr(replied_body(), "# TYPE understudy_"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dispatch");
    TCase *tc = tcase_create("dispatch");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, what_takes_longer_is_handed_over, 0, ROWS(jobs));
    tcase_add_test(tc, healthz_is_ok_whatever_becomes_of_providers);
    tcase_add_loop_test(tc, readyz_tells_whether_a_request_could_be_answered, 0, ROWS(readiness));
    tcase_add_loop_test(tc, a_browser_gets_a_page_and_a_program_a_line, 0, ROWS(accepts));
    tcase_add_test(tc, a_browser_that_asks_first_is_allowed_the_headers_that_it_names);
    tcase_add_test(tc, and_no_others);
    tcase_add_test(tc, options_names_the_methods_of_the_path);
    tcase_add_test(tc, metrics_are_in_prometheus_format);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
