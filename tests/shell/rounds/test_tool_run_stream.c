/* Streams of several rounds are one to the app. */
#include "pretend_run.h"
#include "unit.h"

#define PIECE_OF_CALL                                                                              \
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,"       \
    "\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"weather__today\","               \
    "\"arguments\":\"{}\"}}]}}]}\n\n"
#define FINISH_CALLS                                                                               \
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\""  \
    "}]}\n\n"

START_TEST(a_stream_is_one)
{
    ask_tools(STREAM, "weather");
    send_stream(PIECE_OF("Let me look. "));
    ck_assert_int_eq(client.heads, 1);
    ck_assert_int_eq(read_all(), REPLY_WAIT);
    ck_assert(body_has("Let me look. "));
    send_stream(PIECE_OF_CALL FINISH_CALLS DONE);
    ck_assert_int_eq(job_count, 1);
    ck_assert_int_eq(read_all(), REPLY_WAIT);
    ck_assert(!body_has("tool_calls") && !body_has("[DONE]"));
    end_job(0, TOOL_OK, "rain");
    ck_assert_int_eq(wire.started, 2);
    ck_assert(asked("\"content\":\"rain\"") && asked("Let me look. "));
    send_stream(PIECE_OF("It rains."));
    send_stream(FINISH DONE);
    ck_assert_int_eq(read_all(), REPLY_END);
    ck_assert(body_has("It rains.") && body_has("[DONE]") && body_has("\"stop\""));
    ck_assert(body_has(": understudy tools weather__today=1\n"));
    ck_assert(!body_has("tool_calls"));
    end_run(false);
}
END_TEST

/* Nothing was to be shown: what fails then is an answer with a status. */
START_TEST(a_stream_that_showed_nothing_can_still_fail)
{
    ask_tools(STREAM, "weather");
    send_stream(PIECE_OF_CALL FINISH_CALLS DONE);
    ck_assert_int_eq(client.heads, 0);
    end_job(0, TOOL_OK, "rain");
    for (int i = 0; i < 4; i++) {
        send_answer(call_now(), 500, "{}");
        pass_ms(10);
    }
    ck_assert_int_eq(client.heads, 1);
    ck_assert_int_eq(client.reply.status, 502);
}
END_TEST

START_TEST(a_stream_that_was_begun_breaks)
{
    ask_tools(STREAM, "weather");
    send_stream(PIECE_OF("Let me look. ") PIECE_OF_CALL FINISH_CALLS DONE);
    end_job(0, TOOL_OK, "rain");
    for (int i = 0; i < 4; i++) {
        send_answer(call_now(), 500, "{}");
        pass_ms(10);
    }
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
    ck_assert(body_has("\"error\"") && !body_has("[DONE]"));
}
END_TEST

START_TEST(a_round_that_breaks_after_a_call_runs_none)
{
    ask_tools(STREAM, "weather");
    send_stream(PIECE_OF("Let me look. ") PIECE_OF_CALL);
    send_end(call_now(), TRANSPORT_OK);
    settle();
    ck_assert_int_eq(job_count, 0);
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
    ck_assert(body_has("\"error\"") && !body_has("[DONE]"));
}
END_TEST

START_TEST(silence_while_calls_are_made_is_broken)
{
    end_run(true);
    world_end();
    begin("[server]\nheartbeat = 5s\n" TOOLS
          "[connectivity]\ncheck_url =\n[route]\npriority = one\n[provider one]\ntype = openai\n"
          "base_url = http://one.example/v1\napi_key = k1\n");
    ask_tools(STREAM, "weather");
    send_stream(PIECE_OF_CALL FINISH_CALLS DONE);
    ck_assert_int_eq(client.heads, 0);
    pass_ms(5000);
    ck_assert_int_eq(client.heads, 1);
    ck_assert_int_eq(read_all(), REPLY_WAIT);
    ck_assert(body_has(": understudy is waiting"));
    end_job(0, TOOL_OK, "rain");
    send_stream(PIECE_OF("It rains.") FINISH DONE);
    ck_assert_int_eq(read_all(), REPLY_END);
    end_run(false);
}
END_TEST

/* Nothing of it was told: it is asked once more, then of the next provider; no call is made before.
 */
START_TEST(a_round_of_which_nothing_was_told_is_asked_again)
{
    ask_tools(STREAM, "weather");
    for (int i = 0; i < 3; i++) {
        ck_assert(went_to(i, i < 2 ? "one" : "two"));
        send_stream("data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
                    "\"assistant\",\"content\":\"\"}}]}\n\n" PIECE_OF_CALL);
        if (i < 2) {
            send_end(call_now(), TRANSPORT_OK);
            settle();
        }
    }
    ck_assert_int_eq(job_count, 0);
    ck_assert_int_eq(client.heads, 0);
    send_stream(FINISH_CALLS DONE);
    ck_assert_int_eq(job_count, 1);
    end_job(0, TOOL_OK, "rain");
    ck_assert(went_to(3, "two") && asked("rain"));
    send_stream(PIECE_OF("It rains.") FINISH DONE);
    ck_assert_int_eq(read_all(), REPLY_END);
    ck_assert_str_eq(field("x-understudy-fallback"), "protocol");
    ck_assert_str_eq(field("x-understudy-attempts"), "one=2, two=2");
    ck_assert(body_has("It rains.") && !body_has("\"error\"") && body_has("[DONE]"));
    end_run(false);
}
END_TEST

START_TEST(it_is_not_asked_for_ever)
{
    ask_tools(STREAM, "weather");
    for (int i = 0; i < 4; i++) {
        send_stream(PIECE_OF_CALL);
        send_end(call_now(), TRANSPORT_OK);
        settle();
    }
    ck_assert_int_eq(wire.started, 4);
    ck_assert_int_eq(job_count, 0);
    ck_assert_int_eq(read_all(), REPLY_BROKEN);
    ck_assert(body_has("\"error\"") && !body_has("[DONE]"));
}
END_TEST

/* A stop breaks it, too; the provider is not asked in the daemon's last moment. */
START_TEST(it_is_not_asked_again_for_a_stop)
{
    ask_tools(STREAM, "weather");
    send_stream(PIECE_OF_CALL);
    exchange_end_all(&exchanges);
    tool_runs_end_all(&runs);
    settle();
    ck_assert_int_eq(wire.started, 1);
    ck_assert_int_eq(client.heads, 1);
    ck_assert_int_eq(client.reply.status, 503);
    ck_assert(body_has("shutting_down"));
    end_run(false);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_run_stream");
    TCase *tc = tcase_create("tool_run_stream");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_stream_is_one);
    tcase_add_test(tc, a_stream_that_showed_nothing_can_still_fail);
    tcase_add_test(tc, a_stream_that_was_begun_breaks);
    tcase_add_test(tc, a_round_that_breaks_after_a_call_runs_none);
    tcase_add_test(tc, silence_while_calls_are_made_is_broken);
    tcase_add_test(tc, a_round_of_which_nothing_was_told_is_asked_again);
    tcase_add_test(tc, it_is_not_asked_for_ever);
    tcase_add_test(tc, it_is_not_asked_again_for_a_stop);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
