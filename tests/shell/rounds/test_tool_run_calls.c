/* The calls of one answer. */
#include "pretend_run.h"
#include "record/metrics.h"
#include "unit.h"

START_TEST(a_failed_call_is_told_to_the_model)
{
    ask_tools(WHOLE, "weather");
    send_answer(call_now(), 200, CALLS("null", TODAY, "7"));
    end_job(0, TOOL_TIMEOUT, "[tool error] weather did not answer within 20 s");
    ck_assert(asked("[tool error] weather did not answer within 20 s"));
    send_answer(call_now(), 200, SAYS("Nobody knows."));
    ck_assert_str_eq(field("x-understudy-tools"), "weather__today=1");
}
END_TEST

START_TEST(what_is_not_offered_is_not_run)
{
    ask_tools(WHOLE, "weather");
    send_answer(call_now(), 200, CALLS("null", CALL("c1", "weather__format_disk", "{}"), "7"));
    ck_assert_int_eq(job_count, 0);
    ck_assert_int_eq(wire.started, 2);
    ck_assert(asked("[tool error] no such tool"));
    send_answer(call_now(), 200, SAYS("Sorry."));
    ck_assert_str_eq(field("x-understudy-tools"), "");
    ck_assert(body_has("Sorry."));
}
END_TEST

START_TEST(eight_calls_are_under_way_at_a_time)
{
    struct buf calls, answer;
    buf_init(&calls, 10000);
    buf_init(&answer, 20000);
    for (int i = 0; i < 18; i++)
        ck_assert_int_eq(buf_printf(&calls,
                                    "%s{\"id\":\"c%d\",\"type\":\"function\",\"function\":{"
                                    "\"name\":\"weather__today\",\"arguments\":\"{}\"}}",
                                    i ? "," : "", i),
                         0);
    ck_assert_int_eq(buf_printf(&answer,
                                "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                                "\"content\":null,\"tool_calls\":[%s]},\"finish_reason\":"
                                "\"tool_calls\"}]}",
                                calls.data),
                     0);
    ask_tools(WHOLE, "weather");
    send_answer(call_now(), 200, answer.data);
    ck_assert_int_eq(job_count, 8);
    for (int i = 0; i < 16; i++) {
        ck_assert_int_eq(wire.started, 1);
        ck_assert_int_eq(job_count, i + 8 < 16 ? i + 8 : 16);
        end_job(i, TOOL_OK, "rain");
    }
    ck_assert_int_eq(wire.started, 2);
    ck_assert(asked("\"c17\""));
    buf_done(&calls);
    buf_done(&answer);
}
END_TEST

START_TEST(who_leaves_has_calls_cancelled)
{
    ask_tools(WHOLE, "weather");
    send_answer(call_now(), 200, CALLS("null", TODAY, "7"));
    end_run(true);
    ck_assert(jobs[0].cancelled);
    const char *labels[] = {"weather__today", "cancelled"};
    ck_assert_int_eq(metrics_value(METRIC_TOOL_CALLS, labels), 1);
    ck_assert_int_eq(exchanges.inflight, 0);
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(a_drain_ends_what_is_called)
{
    ask_tools(WHOLE, "weather");
    send_answer(call_now(), 200, CALLS("null", TODAY, "7"));
    exchange_end_all(&exchanges);
    tool_runs_end_all(&runs);
    settle();
    ck_assert(jobs[0].cancelled);
    ck_assert_int_eq(client.reply.status, 503);
    ck_assert(body_has("shutting_down"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_run_calls");
    TCase *tc = tcase_create("tool_run_calls");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_failed_call_is_told_to_the_model);
    tcase_add_test(tc, what_is_not_offered_is_not_run);
    tcase_add_test(tc, eight_calls_are_under_way_at_a_time);
    tcase_add_test(tc, who_leaves_has_calls_cancelled);
    tcase_add_test(tc, a_drain_ends_what_is_called);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
