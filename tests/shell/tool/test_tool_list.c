/* A list over its pages, and when it is asked for; with a pretended wire. */
#include "pretend_mcp.h"
#include "tool/tool_list.h"

static struct tool_server server;
static struct tool_list list;
static int settled, learns;

static void on_settled(struct tool_list *of)
{
    ck_assert_ptr_eq(of, &list);
    settled++;
}

static void on_learn(struct tool_server *of, struct shared_config *with,
                     const struct config_tool *tool)
{
    (void)of, (void)with, (void)tool;
    learns++;
}

static void setup(void)
{
    mcp_begin();
    server.learn = on_learn;
    tool_server_init(&server, &wire, NULL);
    tool_list_init(&list, &server, on_settled);
}

static void teardown(void)
{
    tool_list_done(&list);
    tool_server_done(&server);
    mcp_end();
}

static void ask(void)
{
    tool_list_ask(&list, &shared, web);
    settle();
}

static bool is_due(void)
{
    return tool_list_is_due(&list, loop_now_ms(&loop));
}

#define PAGE(name, cursor) RESULT("{\"tools\":[" TOOL(name) "],\"nextCursor\":\"" cursor "\"}")
#define LAST(name)         RESULT("{\"tools\":[" TOOL(name) "]}")

START_TEST(it_is_read_page_by_page)
{
    ask();
    ask(); /* once is enough */
    ck_assert_int_eq(wire.started, 1);
    ck_assert(!call_says(call_now(), "cursor"));
    answer_call(200, PAGE("a", "p2"));
    ck_assert(!list.is_known);
    ck_assert(call_says(call_now(), "\"cursor\":\"p2\""));
    answer_call(200, PAGE("b", "p3"));
    answer_call(200, LAST("c"));
    ck_assert_int_eq(wire.started, 3);
    ck_assert_int_eq(settled, 1);
    ck_assert(list.is_known);
    ck_assert_uint_eq(list.tools.count, 3);
    ck_assert_str_eq(list.tools.at[2].own, "c");
    ck_assert_str_eq(list.tools.at[2].offered, "web__c");
}
END_TEST

START_TEST(a_cursor_that_comes_again_ends_it)
{
    ask();
    answer_call(200, PAGE("a", "p"));
    answer_call(200, PAGE("b", "q"));
    answer_call(200, PAGE("c", "p"));
    ck_assert_int_eq(settled, 1);
    ck_assert_int_eq(wire.started, 3);
    ck_assert_uint_eq(list.tools.count, 3);
}
END_TEST

START_TEST(twenty_pages_are_the_most)
{
    ask();
    for (int i = 0; i < TOOL_PAGES_MAX; i++) {
        char page[512];
        ck_assert_int_eq(settled, 0);
        (void)snprintf(page, sizeof(page),
                       RESULT("{\"tools\":[{\"name\":\"t%d\",\"inputSchema\":{}}],"
                              "\"nextCursor\":\"p%d\"}"),
                       i, i);
        answer_call(200, page);
    }
    ck_assert_int_eq(settled, 1);
    ck_assert_int_eq(wire.started, TOOL_PAGES_MAX);
    ck_assert_uint_eq(list.tools.count, TOOL_PAGES_MAX);
}
END_TEST

START_TEST(all_pages_have_the_time_of_one_call)
{
    ask();
    pass_ms(20000);
    answer_call(200, PAGE("a", "p2"));
    pass_ms(10000);
    ck_assert_int_eq(settled, 1);
    ck_assert(list.has_failed);
    ck_assert_str_eq(list.failure.why, "did not answer within 30 s");
    ck_assert_uint_eq(list.fresh.count, 0);
}
END_TEST

static const struct failing {
    int status;
    const char *json, *why;
    enum tool_end end;
} failings[] = {
    {500, "", "answered with status 500", TOOL_PROTOCOL},
    {200, RESULT("{\"tools\":7}"), "answered with a list of tools that cannot be read",
     TOOL_PROTOCOL},
    {200, ERROR(-32603), "does not list its tools (JSON-RPC error -32603)", TOOL_ERROR},
};

START_TEST(a_list_that_fails_leaves_the_old_one_and_rests)
{
    ask();
    answer_call(200, LAST("a"));
    ask();
    answer_call(failings[_i].status, failings[_i].json);
    ck_assert_int_eq(settled, 2);
    ck_assert(list.has_failed);
    ck_assert_int_eq(list.failure.end, failings[_i].end);
    ck_assert_str_eq(list.failure.why, failings[_i].why);
    ck_assert_uint_eq(list.tools.count, 1);
    ck_assert(tool_list_rests(&list, loop_now_ms(&loop)));
    pass_ms(TOOL_LIST_AGAIN_MS - 1);
    ck_assert(!is_due());
    pass_ms(1);
    ck_assert(is_due());
    ck_assert(!tool_list_rests(&list, loop_now_ms(&loop)));
    ask();
    answer_call(200, LAST("b"));
    ck_assert(!list.has_failed);
    ck_assert_str_eq(list.tools.at[0].own, "b");
}
END_TEST

START_TEST(it_is_due_when_it_is_not_known_or_old_or_stale)
{
    ck_assert(is_due());
    ask();
    ck_assert(!is_due());
    answer_call(200, LAST("a"));
    ck_assert(!is_due());
    list.is_stale = true;
    ck_assert(is_due());
    list.is_stale = false;
    pass_ms(TOOL_LIST_OLD_MS - 1);
    ck_assert(!is_due());
    pass_ms(1);
    ck_assert(is_due());
}
END_TEST

START_TEST(a_change_while_it_is_told_is_not_forgotten)
{
    ask();
    list.is_stale = true;
    answer_call(200, LAST("a"));
    ck_assert(is_due());
}
END_TEST

START_TEST(a_call_that_waits_for_the_era_goes_on)
{
    const struct tool_ask_plan plan = {.what = TOOL_ASK_CALL,
                                       .shared = &shared,
                                       .tool = web,
                                       .text = text_of("now"),
                                       .within_ms = 30000};
    (void)tool_ask_start(&server, &plan);
    settle();
    ck_assert_int_eq(learns, 1);
    ask();
    answer_call(200, LAST("a"));
    ck_assert(call_says(call_now(), "\"tools/call\""));
}
END_TEST

START_TEST(it_may_go_at_any_time)
{
    ask();
    answer_call(200, PAGE("a", "p2"));
    ck_assert_int_eq(atomic_load(&shared.users), 3); /* its own, and the ask's */
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_list");
    TCase *tc = tcase_create("tool_list");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, it_is_read_page_by_page);
    tcase_add_test(tc, a_cursor_that_comes_again_ends_it);
    tcase_add_test(tc, twenty_pages_are_the_most);
    tcase_add_test(tc, all_pages_have_the_time_of_one_call);
    tcase_add_loop_test(tc, a_list_that_fails_leaves_the_old_one_and_rests, 0, ROWS(failings));
    tcase_add_test(tc, it_is_due_when_it_is_not_known_or_old_or_stale);
    tcase_add_test(tc, a_change_while_it_is_told_is_not_forgotten);
    tcase_add_test(tc, a_call_that_waits_for_the_era_goes_on);
    tcase_add_test(tc, it_may_go_at_any_time);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
