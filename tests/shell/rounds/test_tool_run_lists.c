/* What servers offer is asked before the first round. */
#include "pretend_run.h"
#include "record/metrics.h"
#include "unit.h"

START_TEST(a_server_that_is_down_costs_its_tools_only)
{
    ask_tools(WHOLE, "weather, mail");
    ck_assert(asked("weather__today"));
    send_answer(call_now(), 200, SAYS("Hello."));
    ck_assert_str_eq(field("x-understudy-dropped"), "tool:mail");
    ck_assert_int_eq(client.reply.status, 200);
}
END_TEST

START_TEST(without_any_tool_it_goes_on)
{
    down = true;
    ask_tools("{\"messages\":[],\"tools\":[{\"type\":\"mcp\",\"server_label\":\"weather\"}]}",
              NULL);
    ck_assert_str_eq(call_now()->body, "{\"model\":\"gpt-4\",\"messages\":[]}");
    send_answer(call_now(), 200, SAYS("Hello."));
    ck_assert_str_eq(field("x-understudy-dropped"), "tool:weather");
}
END_TEST

START_TEST(lists_are_waited_for)
{
    ready = false;
    ask_tools(WHOLE, "weather");
    ck_assert_int_eq(wire.started, 0);
    ck_assert_ptr_nonnull(waiting);
    waiting->waiting = false;
    waiting->ready(waiting);
    settle();
    ck_assert_int_eq(wire.started, 1);
    ck_assert(asked("weather__today"));
}
END_TEST

START_TEST(who_leaves_while_lists_are_waited_for_is_let_go)
{
    ready = false;
    ask_tools(WHOLE, "weather");
    end_run(true);
    ck_assert_ptr_null(waiting);
    ck_assert_int_eq(wire.started, 0);
    const char *labels[] = {"none", "499", "no", ""};
    ck_assert_int_eq(metrics_value(METRIC_REQUESTS, labels), 1);
}
END_TEST

START_TEST(a_drain_ends_the_wait_for_lists)
{
    ready = false;
    ask_tools(WHOLE, "weather");
    exchange_end_all(&exchanges);
    tool_runs_end_all(&runs);
    settle();
    ck_assert_ptr_null(waiting);
    ck_assert_int_eq(wire.started, 0);
    ck_assert_int_eq(client.reply.status, 503);
    ck_assert(body_has("shutting_down"));
    end_run(false);
    const char *labels[] = {"none", "503", "no", ""};
    ck_assert_int_eq(metrics_value(METRIC_REQUESTS, labels), 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_run_lists");
    TCase *tc = tcase_create("tool_run_lists");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_server_that_is_down_costs_its_tools_only);
    tcase_add_test(tc, without_any_tool_it_goes_on);
    tcase_add_test(tc, lists_are_waited_for);
    tcase_add_test(tc, who_leaves_while_lists_are_waited_for_is_let_go);
    tcase_add_test(tc, a_drain_ends_the_wait_for_lists);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
