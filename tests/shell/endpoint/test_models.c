/* Who is asked when an app wants models, and what it gets when all have answered or have not. */
#include "../pretend_fetch.h"
#include "../pretend_inbound.h"
#include "base/shared_config.h"
#include "endpoint/endpoints.h"
#include "endpoint/inbound_client.h"
#include "endpoint/models.h"
#include "provider/catalog.h"
#include "provider/online.h"

#define TAGS                                                                                       \
    "{\"models\":[{\"name\":\"m\",\"capabilities\":[\"completion\",\"tools\",\"thinking\"]}]}"
#define NONE "{\"models\":[]}"
#define M    "{\"id\":\"o:m\",\"object\":\"model\",\"created\":0,\"owned_by\":\"o\"}"

static char name_one[] = "one", name_two[] = "two", name_o[] = "o", key[] = "k";
static char url_one[] = "http://a", url_two[] = "http://b", url_o[] = "http://c";
static char *priority[] = {name_one, name_o, name_two, NULL};
static struct config_provider providers[3];
static struct config config;
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect = &shared;
static struct endpoints at;
static bool offline;
static int passed_on;

bool online_is_offline(struct online *online)
{
    (void)online;
    return offline;
}

void inbound_client_start(struct endpoints *endpoints, struct inbound *request)
{
    ck_assert_ptr_eq(endpoints, &at);
    ck_assert_ptr_eq(request, &inbound);
    passed_on++;
}

static int64_t stop(struct loop_hook *hook)
{
    (void)hook;
    loop_stop(&loop);
    return 0;
}

static struct loop_hook once = {.turn = stop};

/* What was put off to the end of the turn is done; the clock stands still. */
static void turn(void)
{
    int64_t now_ms = loop.now_ms;
    loop.stopped = false;
    loop_run(&loop);
    loop.now_ms = now_ms;
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
    providers[2] =
        (struct config_provider){.name = name_two, .kind = &kind_openai, .base_url = url_two};
    config = (struct config){.providers = providers, .provider_count = 3};
    config.route.priority.at = priority;
    config.route.priority.count = 3;
    at = (struct endpoints){
        .loop = &loop, .shared = &in_effect, .catalog = catalog_new(NULL, &in_effect)};
    model_lists_init(&at.model_lists);
}

static void teardown(void)
{
    inbound_closed(false);
    catalog_free(at.catalog);
    model_lists_done(&at.model_lists);
    ck_assert_ptr_null(fetches);
    ck_assert_int_eq(atomic_load(&shared.users), 1);
    loop_done(&loop);
}

static void ask(const char *id)
{
    inbound.verdict.model_id = text_of(id);
    models_start(&at, &inbound);
}

static void ask_again(const char *id)
{
    inbound_closed(false);
    reply_count = 0;
    ask(id);
}

static void expect_list(const char *data)
{
    char list[1024];
    turn();
    ck_assert_int_eq(reply_count, 1);
    ck_assert_int_eq(inbound.reply.status, 200);
    (void)snprintf(list, sizeof(list), "{\"object\":\"list\",\"data\":[%s]}", data);
    ck_assert_str_eq(replied_body(), list);
}

START_TEST(all_that_may_be_asked_are_asked_at_once_and_waited_for)
{
    ask("");
    ck_assert_str_eq(fetch_asked("one"), "/models");
    ck_assert_str_eq(fetch_asked("o"), "/api/tags");
    ck_assert_str_eq(fetch_asked("two"), ""); /* no key */
    fetch_answered("one", 200, "{\"data\":[{\"id\":\"x\"}]}");
    turn();
    ck_assert_int_eq(reply_count, 0);
    fetch_answered("o", 200, TAGS);
    fetch_answered("o", 200, NONE);
    expect_list("{\"id\":\"x\"}," M);
}
END_TEST

START_TEST(the_apps_own_key_opens_others)
{
    inbound_add_header("authorization", "Bearer mine");
    ask("");
    ck_assert_str_eq(fetch_asked("two"), "/models");
    fetch_answered("two", 200, "{\"data\":[{\"id\":\"x\"}]}");
    fetch_answered("one", 500, "{}");
    fetch_answered("o", 0, "");
    expect_list("{\"id\":\"two:x\"}");
}
END_TEST

START_TEST(offline_only_who_is_near_is_asked)
{
    offline = true;
    ask("");
    ck_assert_str_eq(fetch_asked("one"), "");
    fetch_answered("o", 200, TAGS);
    fetch_answered("o", 200, NONE);
    expect_list(M);
}
END_TEST

static const struct {
    int status;
    const char *body;
} no_lists[] = {{0, ""}, {401, "{\"data\":[]}"}, {200, "<html>"}, {200, "{\"data\":7}"}};

START_TEST(what_is_no_list_is_left_out_and_an_error_where_nothing_is_left)
{
    ask("");
    fetch_answered("one", no_lists[_i].status, no_lists[_i].body);
    fetch_answered("o", 0, "");
    turn();
    ck_assert_int_eq(inbound.reply.status, 502);
    ck_assert_ptr_nonnull(strstr(replied_body(), "\"code\":\"network\""));
    ck_assert_str_eq(replied_header("x-should-retry"), "false");
}
END_TEST

START_TEST(a_clouds_list_is_kept_for_a_few_seconds)
{
    ask("");
    fetch_answered("one", 200, "{\"data\":[{\"id\":\"x\"}]}");
    fetch_answered("o", 0, "");
    turn();
    loop.now_ms += MODEL_LISTS_KEEP_MS - 1;
    ask_again("");
    ck_assert_str_eq(fetch_asked("one"), "");
    fetch_answered("o", 0, "");
    expect_list("{\"id\":\"x\"}");
    loop.now_ms += 1;
    ask_again("");
    ck_assert_str_eq(fetch_asked("one"), "/models");
}
END_TEST

START_TEST(but_not_that_of_another_key)
{
    ask("");
    fetch_answered("one", 200, "{\"data\":[{\"id\":\"x\"}]}");
    fetch_answered("o", 0, "");
    turn();
    inbound_add_header("authorization", "Bearer other");
    ask_again("");
    ck_assert_str_eq(fetch_asked("one"), "/models");
}
END_TEST

START_TEST(an_ollama_that_was_asked_a_moment_ago_is_not_asked_again)
{
    offline = true;
    ask("");
    fetch_answered("o", 200, TAGS);
    fetch_answered("o", 200, NONE);
    expect_list(M);
    loop.now_ms += 1000;
    ask_again("");
    ck_assert_str_eq(fetch_asked("o"), "");
    expect_list(M);
}
END_TEST

START_TEST(what_it_said_counts_no_more_when_it_has_gone)
{
    offline = true;
    ask("");
    fetch_answered("o", 200, TAGS);
    fetch_answered("o", 200, NONE);
    turn();
    loop.now_ms += 4000;
    ask_again("");
    fetch_answered("o", 0, "");
    turn();
    ck_assert_int_eq(inbound.reply.status, 502);
}
END_TEST

/* It has answered in time; that the cloud takes long must not make it old. */
START_TEST(an_ollama_is_there_however_long_the_cloud_takes)
{
    ask("");
    fetch_answered("o", 200, TAGS);
    fetch_answered("o", 200, NONE);
    loop.now_ms += 5000;
    fetch_answered("one", 0, "");
    expect_list(M);
}
END_TEST

START_TEST(one_model_is_asked_of_its_owner)
{
    ask("one:x%2Fy");
    ck_assert_str_eq(fetch_asked("one"), "/models/x%2Fy");
    ck_assert_int_eq(fetch_count, 1);
    fetch_answered("one", 200, "{\"id\":\"x/y\"}");
    turn();
    ck_assert_int_eq(inbound.reply.status, 200);
    ck_assert_str_eq(replied_body(), "{\"id\":\"one:x/y\"}");
}
END_TEST

START_TEST(a_clouds_error_goes_on_in_its_words)
{
    ask("one:x");
    fetch_answered("one", 404, "{\"error\":{\"message\":\"no\"}}");
    turn();
    ck_assert_int_eq(inbound.reply.status, 404);
    ck_assert_str_eq(replied_body(), "{\"error\":{\"message\":\"no\"}}");
    ck_assert_str_eq(replied_header("x-should-retry"), "false");
}
END_TEST

START_TEST(a_model_of_an_ollama_is_looked_up_by_its_plain_name)
{
    ask("o:%6d");
    fetch_answered("o", 200, TAGS);
    fetch_answered("o", 200, NONE);
    turn();
    ck_assert_str_eq(replied_body(), M);
    ask_again("o%3Agone");
    turn();
    ck_assert_int_eq(inbound.reply.status, 404);
    ck_assert_ptr_nonnull(strstr(replied_body(), "ollama pull gone"));
}
END_TEST

START_TEST(an_owner_that_cannot_be_asked_is_not)
{
    ask("two:x");
    turn();
    ck_assert_int_eq(fetch_count, 0);
    ck_assert_int_eq(inbound.reply.status, 502);
}
END_TEST

START_TEST(a_name_without_an_owner_is_the_clouds)
{
    ask("gpt-4");
    ck_assert_int_eq(passed_on, 1);
    ask("ministral-3:3b");
    ck_assert_int_eq(passed_on, 2);
}
END_TEST

START_TEST(a_client_that_goes_ends_all_questions)
{
    ask("");
    ck_assert_ptr_nonnull(fetches);
    inbound_closed(true);
    fetch_answered("o", 0, ""); /* the catalogue's, which goes on for others */
    turn();
    ck_assert_int_eq(reply_count, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("models");
    TCase *tc = tcase_create("models");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, all_that_may_be_asked_are_asked_at_once_and_waited_for);
    tcase_add_test(tc, the_apps_own_key_opens_others);
    tcase_add_test(tc, offline_only_who_is_near_is_asked);
    tcase_add_loop_test(tc, what_is_no_list_is_left_out_and_an_error_where_nothing_is_left, 0,
                        ROWS(no_lists));
    tcase_add_test(tc, a_clouds_list_is_kept_for_a_few_seconds);
    tcase_add_test(tc, but_not_that_of_another_key);
    tcase_add_test(tc, an_ollama_that_was_asked_a_moment_ago_is_not_asked_again);
    tcase_add_test(tc, what_it_said_counts_no_more_when_it_has_gone);
    tcase_add_test(tc, an_ollama_is_there_however_long_the_cloud_takes);
    tcase_add_test(tc, one_model_is_asked_of_its_owner);
    tcase_add_test(tc, a_clouds_error_goes_on_in_its_words);
    tcase_add_test(tc, a_model_of_an_ollama_is_looked_up_by_its_plain_name);
    tcase_add_test(tc, an_owner_that_cannot_be_asked_is_not);
    tcase_add_test(tc, a_name_without_an_owner_is_the_clouds);
    tcase_add_test(tc, a_client_that_goes_ends_all_questions);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
