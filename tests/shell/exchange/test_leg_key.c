/* A leg of a provider that has several keys: which one it is asked with, and what becomes of those
 * that it refuses. */
#include "pretend_owner.h"
#include "unit.h"

#define KEYS(keys)                                                                                 \
    "[server]\nheartbeat = 0\n[connectivity]\ncheck_url =\n[route]\npriority = one, two\n"         \
    "deadline = 100s\n"                                                                            \
    "[retry]\nattempts = 2\nmin_wait = 10ms\nmax_wait = 10ms\njitter = 0\nbudget = 0\n"            \
    "[provider one]\ntype = openai\nbase_url = http://one.example/v1\napi_key = " keys "\n"        \
    "[provider two]\ntype = openai\nbase_url = http://two.example/v1\napi_key = other\n"
#define LIMIT_EVENT                                                                                \
    "data: {\"error\":{\"message\":\"slow down\",\"code\":\"rate_limit_exceeded\"}}\n\n"

static void setup(void)
{
    setup_with(KEYS("k-one, k-two, k-three"));
}

static int64_t now_ms(void)
{
    return loop_now_ms(&loop);
}

/* The one that the provider is asked with now. */
static const char *key_now(void)
{
    const struct buf *headers = call_now()->request.headers;
    const char *found = memmem(headers->data, headers->len, "Bearer ", 7);
    ck_assert_ptr_nonnull(found);
    return found + 7;
}

static bool is_aside(size_t key)
{
    return health_key_state(leg->provider, key, now_ms()).refused != FAILURE_NONE;
}

static void refuse(int status)
{
    send_answer(call_now(), status, "{}");
}

/* Another exchange's word. */
static void refuse_elsewhere(size_t key)
{
    const struct attempt_result result = {.failure = FAILURE_QUOTA, .status = 402};
    health_key_refused(leg->provider, key, &result, now_ms());
}

static void leave(void)
{
    leg_cancel(leg);
    leg_free(leg);
    leg = NULL;
    inquiry_free(inquiry);
    inquiry = NULL;
    said[0] = '\0';
}

START_TEST(the_next_key_is_asked_with_at_once)
{
    static const int statuses[] = {401, 403, 402, 429};
    begin(WHOLE);
    ck_assert_str_eq(key_now(), "k-one");
    refuse(statuses[_i]);
    ck_assert_int_eq(wire.started, 2);
    ck_assert_str_eq(key_now(), "k-two");
    ck_assert(is_aside(0));
    send_answer(call_now(), 200, GOOD);
    ck_assert_str_eq(said, "begins answers");
    ck_assert_uint_eq(history.count, 2);
    ck_assert_uint_eq(history.at[0].key, 1);
    ck_assert_uint_eq(history.at[1].key, 2);
    leave();
    begin(WHOLE);
    ck_assert_str_eq(key_now(), "k-two");
}
END_TEST

/* Each is asked with, and all stay for the next exchange. */
START_TEST(a_refusal_of_the_request_costs_no_key)
{
    begin(WHOLE);
    for (int i = 0; i < 3; i++)
        send_answer(call_now(), 403, "<html>blocked</html>");
    ck_assert_int_eq(wire.started, 3);
    ck_assert_str_eq(said, "begins over:next");
    ck_assert(!is_aside(0) && !is_aside(1) && !is_aside(2));
    leave();
    begin(WHOLE);
    ck_assert_str_eq(key_now(), "k-one");
}
END_TEST

START_TEST(keys_are_no_retries)
{
    begin(WHOLE);
    refuse(402);
    refuse(500);
    ck_assert_int_eq(leg->state, LEG_WAITING);
    pass_ms(10);
    ck_assert_str_eq(key_now(), "k-two");
    refuse(500);
    ck_assert_str_eq(said, "begins over:next");
    ck_assert_int_eq(wire.started, 3);
    ck_assert(!is_aside(1));
}
END_TEST

START_TEST(each_is_asked_with_once_and_then_the_next_provider)
{
    begin(WHOLE);
    refuse(401);
    refuse(429);
    ck_assert_str_eq(key_now(), "k-three");
    refuse(402);
    ck_assert_str_eq(said, "begins over:next");
    ck_assert_int_eq(wire.started, 3);
    ck_assert(is_aside(0) && is_aside(1) && is_aside(2));
    leave();
    begin(WHOLE);
    ck_assert_int_eq(wire.started, 3);
    ck_assert_str_eq(said, "over:next");
    ck_assert_int_eq(history.at[history.count - 1].skip, ROUTE_SKIP_KEYS);
}
END_TEST

static void come_to_the_last(const char *body)
{
    begin(body);
    refuse(402);
    refuse(402);
    send_head(call_now(), 429, JSON_TYPE "Retry-After-Ms: 7\r\n");
    send_bytes(call_now(), "{}");
    send_end(call_now(), TRANSPORT_OK);
    settle();
    ck_assert_int_eq(leg->state, LEG_WAITING);
    ck_assert(!is_aside(2));
}

START_TEST(the_last_one_is_waited_for)
{
    come_to_the_last(WHOLE);
    pass_ms(7);
    ck_assert_str_eq(key_now(), "k-three");
    send_answer(call_now(), 200, GOOD);
    ck_assert_str_eq(said, "begins answers");
    ck_assert(!is_aside(2));
}
END_TEST

START_TEST(and_set_aside_after_that)
{
    come_to_the_last(WHOLE);
    pass_ms(7);
    refuse(429);
    ck_assert_str_eq(said, "begins over:next");
    ck_assert_int_eq(health_key_state(leg->provider, 2, now_ms()).back_in_ms, KEYRING_LIMIT_MS);
}
END_TEST

START_TEST(and_when_nobody_waits_any_longer)
{
    come_to_the_last(WHOLE);
    leg_cancel(leg);
    ck_assert_int_eq(health_key_state(leg->provider, 2, now_ms()).back_in_ms, 7);
}
END_TEST

/* Its wait is over, and the client goes in the middle of the answer. */
START_TEST(but_not_once_it_answers)
{
    come_to_the_last(STREAM);
    pass_ms(7);
    send_stream(PIECE_OF("a"));
    leg_cancel(leg);
    ck_assert(!is_aside(2));
    ck_assert_int_eq(health_key_state(leg->provider, 2, now_ms() - 7).back_in_ms, 0);
}
END_TEST

START_TEST(one_that_others_were_refused_is_not_asked_with_again)
{
    begin(WHOLE);
    refuse(500);
    refuse_elsewhere(0);
    pass_ms(10);
    ck_assert_str_eq(key_now(), "k-two");
}
END_TEST

START_TEST(but_where_no_other_is_left)
{
    begin(WHOLE);
    refuse(500);
    for (size_t i = 0; i < 3; i++)
        refuse_elsewhere(i);
    pass_ms(10);
    ck_assert_int_eq(wire.started, 2);
    ck_assert_str_eq(key_now(), "k-one");
}
END_TEST

/* "No second pass": what comes back meanwhile has been refused already. */
START_TEST(one_that_is_back_is_not_asked_with_twice)
{
    begin(WHOLE);
    send_head(call_now(), 429, JSON_TYPE "Retry-After-Ms: 5\r\n");
    send_bytes(call_now(), "{}");
    send_end(call_now(), TRANSPORT_OK);
    settle();
    refuse(500);
    pass_ms(10);
    ck_assert(!is_aside(0));
    ck_assert_str_eq(key_now(), "k-two");
}
END_TEST

START_TEST(a_stream_that_breaks_so_sets_its_key_aside)
{
    begin(STREAM);
    send_stream(PIECE_OF("a"));
    ck_assert_str_eq(said, "begins answers");
    send_stream(LIMIT_EVENT);
    send_end(call_now(), TRANSPORT_TOO_LARGE);
    settle();
    ck_assert_ptr_nonnull(strstr(said, "breaks"));
    ck_assert(is_aside(0));
}
END_TEST

START_TEST(one_that_begins_with_an_error_goes_to_the_next_key)
{
    begin(STREAM);
    send_stream(LIMIT_EVENT);
    send_end(call_now(), TRANSPORT_TOO_LARGE);
    settle();
    ck_assert_int_eq(wire.started, 2);
    ck_assert_str_eq(key_now(), "k-two");
}
END_TEST

START_TEST(a_fault_of_the_way_is_none_of_the_key)
{
    begin(WHOLE);
    send_end(call_now(), TRANSPORT_CERTIFICATE);
    settle();
    ck_assert_str_eq(said, "begins over:next");
    ck_assert(!is_aside(0));
}
END_TEST

static void setup_alone(void)
{
    setup_with(KEYS("k-one"));
}

START_TEST(one_that_is_alone_has_no_number)
{
    begin(WHOLE);
    refuse(401);
    ck_assert_str_eq(said, "begins over:next");
    ck_assert_uint_eq(history.at[0].key, 0);
    leave();
    begin(WHOLE);
    ck_assert_str_eq(key_now(), "k-one");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("leg_key");
    TCase *tc = tcase_create("several"), *alone = tcase_create("alone");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, the_next_key_is_asked_with_at_once, 0, 4);
    tcase_add_test(tc, a_refusal_of_the_request_costs_no_key);
    tcase_add_test(tc, keys_are_no_retries);
    tcase_add_test(tc, each_is_asked_with_once_and_then_the_next_provider);
    tcase_add_test(tc, the_last_one_is_waited_for);
    tcase_add_test(tc, and_set_aside_after_that);
    tcase_add_test(tc, and_when_nobody_waits_any_longer);
    tcase_add_test(tc, but_not_once_it_answers);
    tcase_add_test(tc, one_that_others_were_refused_is_not_asked_with_again);
    tcase_add_test(tc, but_where_no_other_is_left);
    tcase_add_test(tc, one_that_is_back_is_not_asked_with_twice);
    tcase_add_test(tc, a_stream_that_breaks_so_sets_its_key_aside);
    tcase_add_test(tc, one_that_begins_with_an_error_goes_to_the_next_key);
    tcase_add_test(tc, a_fault_of_the_way_is_none_of_the_key);
    suite_add_tcase(s, tc);
    tcase_add_checked_fixture(alone, setup_alone, teardown);
    tcase_add_test(alone, one_that_is_alone_has_no_number);
    suite_add_tcase(s, alone);
    return s;
}

UNIT_MAIN(suite)
