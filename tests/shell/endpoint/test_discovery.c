/* Who is asked what before an app of Ollama's chats, and what it gets then. */
#include "../pretend_fetch.h"
#include "../pretend_inbound.h"
#include "base/shared_config.h"
#include "endpoint/discovery.h"
#include "endpoint/endpoints.h"
#include "endpoint/inbound_client.h"
#include "provider/catalog.h"
#include "provider/online.h"

#define LIST "{\"data\":[{\"id\":\"gpt-4\"}]}"
#define TAGS                                                                                       \
    "{\"models\":[{\"name\":\"m\",\"capabilities\":[\"completion\",\"tools\",\"thinking\"]}]}"

static char name_one[] = "one", name_o[] = "o", key[] = "k";
static char url_one[] = "http://a", url_o[] = "http://b";
static char *priority[] = {name_one, name_o, NULL};
static struct config_provider providers[2];
static struct config config;
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect = &shared;
static struct endpoints at;
static int passed_on;

bool online_is_offline(struct online *online)
{
    (void)online;
    return false;
}

void inbound_client_start(struct endpoints *endpoints, struct inbound *request)
{
    (void)endpoints, (void)request;
    inbound.job = NULL;
    passed_on++;
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
    providers[0] = (struct config_provider){.name = name_one,
                                            .kind = &kind_openai,
                                            .base_url = url_one,
                                            .api_keys = {(char *[]){key, NULL}, 1}};
    providers[1] = (struct config_provider){
        .name = name_o, .kind = &kind_ollama, .base_url = url_o, .local = true};
    config = (struct config){.providers = providers, .provider_count = 2};
    config.route.priority.at = priority;
    config.route.priority.count = 2;
    at = (struct endpoints){
        .loop = &loop, .shared = &in_effect, .catalog = catalog_new(NULL, &in_effect)};
    model_lists_init(&at.model_lists);
    buf_init(&inbound.body, 4096);
    inbound.verdict.path = text_of("/api/pull");
}

static void teardown(void)
{
    inbound_closed(false);
    buf_done(&inbound.body);
    catalog_free(at.catalog);
    model_lists_done(&at.model_lists);
    ck_assert_ptr_null(fetches);
    ck_assert_int_eq(atomic_load(&shared.users), 1);
    loop_done(&loop);
}

static void ask_for(void (*start)(struct endpoints *, struct inbound *), const char *body)
{
    ck_assert_int_eq(buf_append_string(&inbound.body, body), 0);
    start(&at, &inbound);
}

static void ollama_tells(void)
{
    fetch_answered("o", 200, TAGS);
    fetch_answered("o", 200, "{\"models\":[]}");
    turn();
}

/* All have told what they have. */
static void all_tell(void)
{
    fetch_answered("one", 200, LIST);
    ollama_tells();
}

static void expect(int status, const char *body)
{
    ck_assert_int_eq(reply_count, 1);
    ck_assert_int_eq(inbound.reply.status, status);
    ck_assert_str_eq(replied_body(), body);
}

START_TEST(an_apps_own_key_goes_nowhere)
{
    inbound_add_header("authorization", "Bearer theirs");
    ask_for(discovery_tags, "");
    for (const struct fetch *fetch = fetches; fetch; fetch = fetch->next)
        ck_assert(!fetch->plan.app_headers || fetch->plan.app_headers->len == 0);
    all_tell();
    ck_assert_int_eq(inbound.reply.status, 200);
    ck_assert_ptr_nonnull(strstr(replied_body(), "\"name\":\"gpt-4\""));
    ck_assert_ptr_nonnull(strstr(replied_body(), "\"name\":\"m\""));
}
END_TEST

START_TEST(the_version_and_what_runs_are_asked_of_ollamas_alone)
{
    ask_for(discovery_version, "");
    ck_assert_str_eq(fetch_asked(NULL), "/api/version");
    fetch_answered("o", 200, "{\"version\":\"0.33.0\"}");
    turn();
    expect(200, "{\"version\":\"0.33.0\"}");
}
END_TEST

START_TEST(one_that_is_not_there_is_as_if_there_were_none)
{
    ask_for(discovery_ps, "");
    ck_assert_str_eq(fetch_asked(NULL), "/api/ps");
    fetch_answered("o", 500, "{\"models\":[{}]}");
    turn();
    expect(200, "{\"models\":[]}");
}
END_TEST

START_TEST(who_has_the_model_tells_of_it)
{
    ask_for(discovery_show, "{\"model\":\"o:m\"}");
    all_tell();
    ck_assert_int_eq(reply_count, 0);
    ck_assert_str_eq(fetch_asked("o"), "/api/show {\"model\":\"m\"}");
    fetch_answered("o", 200, "{ \"x\":1 }");
    expect(200, "{ \"x\":1 }");
}
END_TEST

START_TEST(and_of_a_clouds_model_we_do)
{
    ask_for(discovery_show, "{\"model\":\"gpt-4:latest\"}");
    all_tell();
    ck_assert_int_eq(inbound.reply.status, 200);
    ck_assert_ptr_nonnull(strstr(replied_body(), "\"general.basename\":\"gpt-4\""));
}
END_TEST

START_TEST(nobody_has_it)
{
    ask_for(discovery_show, "{\"model\":\"nothing\"}");
    all_tell();
    expect(404, "{\"error\":\"model 'nothing' not found\"}");
}
END_TEST

START_TEST(no_model_is_named)
{
    ask_for(discovery_show, "{}");
    expect(400, "{\"error\":\"model is required\"}");
}
END_TEST

START_TEST(one_that_does_not_tell_is_an_error)
{
    ask_for(discovery_show, "{\"model\":\"m\"}");
    all_tell();
    fetch_answered("o", 0, "");
    expect(502, "{\"error\":\"Ollama did not tell about the model 'm'\"}");
}
END_TEST

START_TEST(what_is_there_need_not_be_pulled)
{
    ask_for(discovery_pull, "{\"model\":\"gpt-4\"}");
    all_tell();
    expect(200, "{\"status\":\"success\"}\n");
    ck_assert_str_eq(replied_header("Content-Type"), "application/x-ndjson");
}
END_TEST

START_TEST(or_is_told_so_whole)
{
    ask_for(discovery_pull, "{\"model\":\"m\",\"stream\":false}");
    all_tell();
    expect(200, "{\"status\":\"success\"}");
    ck_assert_str_eq(replied_header("Content-Type"), "application/json");
}
END_TEST

START_TEST(what_is_not_may_be_if_the_settings_let_it)
{
    config.server.ollama_admin = _i;
    ask_for(discovery_pull, "{\"model\":\"new\"}");
    all_tell();
    ck_assert_int_eq(passed_on, _i);
    if (!_i)
        ck_assert_ptr_nonnull(strstr(replied_body(), "ollama_admin = yes"));
    ck_assert_int_eq(inbound.reply.status, _i ? 0 : 403);
}
END_TEST

/* In between it is asked what is installed, once: the next one need not wait. */
START_TEST(a_model_is_asked_once_it_is_known_what_is_installed)
{
    ask_for(discovery_asked, "{\"model\":\"m\"}");
    ck_assert_int_eq(passed_on, 0);
    ck_assert_str_eq(fetch_asked("o"), "/api/tags");
    ollama_tells();
    ck_assert_int_eq(passed_on, 1);
    ck_assert_int_eq(reply_count, 0);
    int asked = fetch_count;
    ask_for(discovery_asked, "{\"model\":\"m\"}");
    ck_assert_int_eq(passed_on, 2);
    ck_assert_int_eq(fetch_count, asked);
}
END_TEST

START_TEST(one_that_does_not_tell_what_is_installed_is_waited_for_no_longer)
{
    ask_for(discovery_asked, "{\"model\":\"m\"}");
    fetch_answered("o", 0, "");
    turn();
    ck_assert_int_eq(passed_on, 1);
    ck_assert_int_eq(reply_count, 0);
}
END_TEST

START_TEST(a_client_that_goes_meanwhile_asks_nothing)
{
    ask_for(discovery_asked, "{\"model\":\"m\"}");
    inbound_closed(true);
    ollama_tells(); /* for whoever asks next */
    ck_assert_int_eq(passed_on, 0);
}
END_TEST

START_TEST(the_client_may_go_at_any_time)
{
    ask_for(discovery_show, "{\"model\":\"m\"}");
    if (_i > 0)
        all_tell();
    inbound_closed(true);
    catalog_free(at.catalog);
    at.catalog = NULL;
    ck_assert_ptr_null(fetches);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("discovery");
    TCase *tc = tcase_create("discovery");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, an_apps_own_key_goes_nowhere);
    tcase_add_test(tc, a_model_is_asked_once_it_is_known_what_is_installed);
    tcase_add_test(tc, one_that_does_not_tell_what_is_installed_is_waited_for_no_longer);
    tcase_add_test(tc, a_client_that_goes_meanwhile_asks_nothing);
    tcase_add_test(tc, the_version_and_what_runs_are_asked_of_ollamas_alone);
    tcase_add_test(tc, one_that_is_not_there_is_as_if_there_were_none);
    tcase_add_test(tc, who_has_the_model_tells_of_it);
    tcase_add_test(tc, and_of_a_clouds_model_we_do);
    tcase_add_test(tc, nobody_has_it);
    tcase_add_test(tc, no_model_is_named);
    tcase_add_test(tc, one_that_does_not_tell_is_an_error);
    tcase_add_test(tc, what_is_there_need_not_be_pulled);
    tcase_add_test(tc, or_is_told_so_whole);
    tcase_add_loop_test(tc, what_is_not_may_be_if_the_settings_let_it, 0, 2);
    tcase_add_loop_test(tc, the_client_may_go_at_any_time, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
