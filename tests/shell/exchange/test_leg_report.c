/* The lines and numbers of a leg on its way. */
#include <string.h>

#include "pretend_exchange.h"
#include "pretend_log.h"
#include "record/metrics.h"
#include "unit.h"

static void setup(void)
{
    world_begin(TWO_CLOUDS "[route]\nhedge_after = 5s\ncontinue_stream = yes\n");
    log_begin();
}

static void teardown(void)
{
    world_end();
}

START_TEST(tells_of_a_retry)
{
    const char *labels[] = {"one", "server"};
    ask(CHAT, WHOLE);
    send_answer(call_now(), 503, "{}");
    ck_assert_logged("retry", "level=warning");
    ck_assert_logged("retry", " provider=one model=m class=server attempt=1 wait_ms=10 status=503 "
                              "reason=backoff");
    ck_assert_int_eq(metrics_value(METRIC_RETRIES, labels), 1);
}
END_TEST

START_TEST(tells_of_a_retry_without_a_status)
{
    ask(CHAT, WHOLE);
    send_end(call_now(), TRANSPORT_CONNECT);
    settle();
    ck_assert_logged("retry", " class=network ");
    ck_assert_ptr_null(strstr(logged_event("retry"), "status="));
}
END_TEST

START_TEST(tells_of_a_fallback)
{
    const char *labels[] = {"one", "two", "server"};
    ask(CHAT, WHOLE);
    send_answer(call_now(), 500, "{}");
    pass_ms(10);
    send_answer(call_now(), 500, "{}");
    ck_assert_logged("fallback", " provider=one to=two class=server status=500 reason=attempts");
    ck_assert_int_eq(metrics_value(METRIC_FALLBACKS, labels), 1);
}
END_TEST

START_TEST(tells_of_a_hedge_and_who_won)
{
    ask(CHAT, WHOLE);
    pass_ms(5000);
    ck_assert_logged("hedge", " provider=one beside=two after_ms=5000");
    send_answer(call_now(), 200, GOOD);
    ck_assert_logged("fallback", " provider=one to=two class=timeout reason=hedge");
}
END_TEST

START_TEST(tells_that_a_stream_broke_and_went_on)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("Once"));
    send_end(call_now(), TRANSPORT_RESET);
    settle();
    ck_assert_logged("stream_incomplete", " provider=one model=m class=network ");
    send_stream(PIECE_OF("Once upon"));
    ck_assert_logged("continued", " provider=two ");
    ck_assert_logged("continued", "it began with the same text");
}
END_TEST

/* What a provider says may quote the conversation. */
START_TEST(does_not_quote_an_error_event)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("Once"));
    send_stream("data: {\"error\":{\"message\":\"you said hi\"}}\n\n");
    send_end(call_now(), TRANSPORT_TOO_LARGE);
    settle();
    ck_assert_str_ne(logged_event("stream_incomplete"), "");
    ck_assert_ptr_null(strstr(logged(), "you said hi"));
}
END_TEST

START_TEST(counts_attempts_by_their_class)
{
    const char *failed[] = {"one", "server"}, *good[] = {"one", "ok"};
    ask(CHAT, WHOLE);
    send_answer(call_now(), 500, "{}");
    pass_ms(10);
    send_answer(call_now(), 200, GOOD);
    ck_assert_int_eq(metrics_value(METRIC_ATTEMPTS, failed), 1);
    ck_assert_int_eq(metrics_value(METRIC_ATTEMPTS, good), 1);
}
END_TEST

/* Whose key it is decides where somebody has to look for it; it is said aloud once a minute. */
START_TEST(says_whose_key_is_refused)
{
    ask(CHAT, WHOLE);
    send_answer(call_now(), 401, "{}");
    ck_assert_logged("auth", "level=error");
    ck_assert_logged("auth", " provider=one class=auth status=401 ");
    ck_assert_logged("auth", "the provider refuses the key from ");
    ck_assert_ptr_null(strstr(logged(), "k1-secret-key"));
    say_end(true);
    client_anew();
    ask(CHAT, WHOLE);
    send_answer(call_now(), 401, "{}");
    const char *first = strstr(logged(), " event=auth ");
    ck_assert_ptr_null(strstr(first + 1, " event=auth "));
}
END_TEST

static void setup_keys(void)
{
    world_begin("[server]\nheartbeat = 0\n[connectivity]\ncheck_url =\n"
                "[route]\npriority = one, two\n"
                "[provider one]\ntype = openai\nbase_url = http://one.example/v1\n"
                "api_key = k1-secret-key, k2-secret-key\n"
                "[provider two]\ntype = openai\nbase_url = http://two.example/v1\napi_key = k3\n");
    log_begin();
}

START_TEST(tells_of_keys_by_their_numbers)
{
    ask(CHAT, WHOLE);
    send_answer(call_now(), 402, "{}");
    ck_assert_logged("next_key", "level=warning");
    ck_assert_logged("next_key",
                     " provider=one class=quota status=402 key=1 next=2 aside_ms=600000");
    send_answer(call_now(), 401, "{}");
    ck_assert_logged("auth", "the provider refuses key 2, from f.ini:");
    ck_assert_logged("auth", "which is set aside until a reload");
    const char *second = strstr(strstr(logged(), " event=next_key ") + 1, " event=next_key ");
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_nonnull(strstr(second, " provider=one class=auth status=401 key=2\n"));
    ck_assert_ptr_null(strstr(logged(), "secret-key"));
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("leg_report");
    TCase *tcase = tcase_create("leg_report");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, tells_of_a_retry);
    tcase_add_test(tcase, tells_of_a_retry_without_a_status);
    tcase_add_test(tcase, tells_of_a_fallback);
    tcase_add_test(tcase, tells_of_a_hedge_and_who_won);
    tcase_add_test(tcase, tells_that_a_stream_broke_and_went_on);
    tcase_add_test(tcase, does_not_quote_an_error_event);
    tcase_add_test(tcase, counts_attempts_by_their_class);
    tcase_add_test(tcase, says_whose_key_is_refused);
    suite_add_tcase(suite, tcase);
    TCase *keys = tcase_create("keys");
    tcase_add_checked_fixture(keys, setup_keys, teardown);
    tcase_add_test(keys, tells_of_keys_by_their_numbers);
    suite_add_tcase(suite, keys);
    return suite;
}

UNIT_MAIN(suite)
