/* Whole answers, in one round and in several. */
#include "pretend_run.h"
#include "unit.h"

START_TEST(a_call_is_made_and_the_model_asked_again)
{
    ask_tools(WHOLE, "weather");
    ck_assert(asked("\"name\":\"weather__today\"") && asked("The weather of today"));
    send_answer(call_now(), 200, CALLS("null", TODAY, "7"));
    ck_assert_int_eq(client.heads, 0);
    ck_assert_int_eq(job_count, 1);
    ck_assert_str_eq(jobs[0].name, "today");
    ck_assert_str_eq(jobs[0].arguments, "{\"city\":\"Oslo\"}");
    ck_assert_int_eq(jobs[0].request.timeout_ms, 20000);
    end_job(0, TOOL_OK, "rain");
    ck_assert_int_eq(wire.started, 2);
    ck_assert(asked("\"tool_call_id\":\"c1\"") && asked("\"content\":\"rain\"") &&
              asked("weather__today"));
    send_answer(call_now(), 200, SAYS("It rains."));
    ck_assert_int_eq(client.reply.status, 200);
    ck_assert(body_has("It rains.") && !body_has("weather__today"));
    ck_assert(body_has("\"prompt_tokens\":30") && body_has("\"completion_tokens\":10"));
    ck_assert_str_eq(field("x-understudy-tools"), "weather__today=1");
    ck_assert_str_eq(field("x-understudy-attempts"), "one=2");
    ck_assert_str_eq(field("x-understudy-fallback"), "");
    end_run(false);
}
END_TEST

START_TEST(who_asks_for_none_is_no_run)
{
    ask_tools(WHOLE, NULL);
    ck_assert_ptr_null(run);
    ask_tools("{\"messages\":", "weather");
    ck_assert_ptr_null(run);
    ck_assert_int_eq(wire.started, 0);
}
END_TEST

START_TEST(an_answer_without_calls_is_the_first)
{
    ask_tools(WHOLE, "weather");
    send_answer(call_now(), 200, SAYS("Hello."));
    ck_assert_int_eq(client.heads, 1);
    ck_assert_str_eq(client.body.data, SAYS("Hello."));
    ck_assert_str_eq(field("x-understudy-tools"), "");
}
END_TEST

START_TEST(an_unknown_server_is_refused)
{
    ask_tools(WHOLE, "wether");
    ck_assert_int_eq(client.reply.status, 400);
    ck_assert(body_has("there is no [tool wether]") && body_has("weather, mail"));
    ck_assert_int_eq(wire.started, 0);
}
END_TEST

START_TEST(the_same_name_twice_is_refused)
{
    ask_tools("{\"messages\":[],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"
              "\"weather__mine\"}}]}",
              "weather");
    ck_assert_int_eq(client.reply.status, 400);
    ck_assert(body_has("weather__mine"));
    ck_assert_int_eq(wire.started, 0);
}
END_TEST

/* A body may be any object. */
START_TEST(nothing_is_asked_of_an_empty_body)
{
    ask_tools("{}", "weather");
    ck_assert_int_eq(client.reply.status, 400);
    ck_assert_int_eq(wire.started, 0);
}
END_TEST

/* The app runs its own; the model asks again for ours. */
START_TEST(a_turn_with_both_is_the_apps)
{
    ask_tools("{\"messages\":[],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}",
              "weather");
    send_answer(call_now(), 200, CALLS("null", TODAY "," CALL("c2", "f", "{}"), "7"));
    ck_assert_int_eq(job_count, 0);
    ck_assert_int_eq(client.heads, 1);
    ck_assert(body_has("\"c2\"") && !body_has("weather__today"));
    ck_assert(body_has("\"finish_reason\":\"tool_calls\""));
}
END_TEST

/* Two rounds with tools, then one without: what it calls then is left out. */
START_TEST(rounds_have_an_end)
{
    end_run(true);
    world_end();
    begin("[tools]\nmax_iterations = 2\n" SETTINGS);
    ask_tools(WHOLE, "weather");
    for (int i = 0; i < 2; i++) {
        ck_assert(asked("\"tools\""));
        send_answer(call_now(), 200, CALLS("\"Well. \"", TODAY, "7"));
        end_job(i, TOOL_OK, "rain");
    }
    ck_assert(!asked("\"tools\""));
    send_answer(call_now(), 200, CALLS("\"Enough.\"", TODAY, "7"));
    ck_assert_int_eq(job_count, 2);
    ck_assert_int_eq(client.heads, 1);
    ck_assert(body_has("Well. Well. Enough.") && body_has("\"finish_reason\":\"stop\""));
    ck_assert_str_eq(field("x-understudy-tools"), "weather__today=2");
    ck_assert_str_eq(field("x-understudy-attempts"), "one=3");
}
END_TEST

/* What ran is not run again: the next provider goes on with it. */
START_TEST(a_fallback_goes_on_with_the_results)
{
    ask_tools(WHOLE, "weather");
    send_answer(call_now(), 200, CALLS("null", TODAY, "7"));
    end_job(0, TOOL_OK, "rain");
    ck_assert(went_to(1, "one"));
    send_answer(call_now(), 500, "{}");
    pass_ms(10);
    send_answer(call_now(), 500, "{}");
    ck_assert(went_to(3, "two") && asked("\"content\":\"rain\""));
    send_answer(call_now(), 200, CALLS("null", TODAY, "7"));
    end_job(1, TOOL_OK, "snow");
    ck_assert(went_to(4, "two") && asked("rain") && asked("snow"));
    send_answer(call_now(), 200, SAYS("Both."));
    ck_assert_int_eq(job_count, 2);
    ck_assert_str_eq(field("x-understudy-provider"), "two");
    ck_assert_str_eq(field("x-understudy-fallback"), "server");
    ck_assert_str_eq(field("x-understudy-attempts"), "one=3, two=2");
}
END_TEST

START_TEST(later_rounds_can_fail)
{
    ask_tools(WHOLE, "weather");
    send_answer(call_now(), 200, CALLS("null", TODAY, "7"));
    end_job(0, TOOL_OK, "rain");
    for (int i = 0; i < 4; i++) {
        send_answer(call_now(), 500, "{}");
        pass_ms(10);
    }
    ck_assert_int_eq(client.reply.status, 502);
    ck_assert_str_eq(field("x-understudy-attempts"), "one=3, two=2");
    ck_assert_str_eq(field("x-understudy-tools"), "weather__today=1");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_run");
    TCase *tc = tcase_create("tool_run");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_call_is_made_and_the_model_asked_again);
    tcase_add_test(tc, who_asks_for_none_is_no_run);
    tcase_add_test(tc, an_answer_without_calls_is_the_first);
    tcase_add_test(tc, an_unknown_server_is_refused);
    tcase_add_test(tc, the_same_name_twice_is_refused);
    tcase_add_test(tc, nothing_is_asked_of_an_empty_body);
    tcase_add_test(tc, a_turn_with_both_is_the_apps);
    tcase_add_test(tc, rounds_have_an_end);
    tcase_add_test(tc, a_fallback_goes_on_with_the_results);
    tcase_add_test(tc, later_rounds_can_fail);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
