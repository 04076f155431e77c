/* What rounds leave to the next one. */
#include "exchange/round.h"
#include "pretend_exchange.h"
#include "unit.h"

static struct round_past past;
static const char *who; /* the name of the app's token; NULL = it has none */

static void setup(void)
{
    who = NULL;
    world_begin(TWO_CLOUDS);
    round_past_init(&past, shared, loop_now_ms(&loop));
}

static void teardown(void)
{
    past.last = true;
    world_end();
    round_past_done(&past);
}

static void ask_round(void)
{
    const struct client me = {.head = pretend_on_head, .more = pretend_on_more, .arg = &client};
    struct client_request request = make_request(CHAT, WHOLE, NULL, 0);
    client_anew();
    request.past = &past;
    request.client = who;
    exchange = exchange_start(&exchanges, &me, &request);
    settle();
}

static void fail_over(void)
{
    send_answer(call_now(), 500, "{}");
    pass_ms(10);
    send_answer(call_now(), 500, "{}");
}

#define COUNTED                                                                                    \
    "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":"                 \
    "\"assistant\",\"content\":\"x\"}}],\"usage\":{\"prompt_tokens\":5,"                           \
    "\"completion_tokens\":2}}"

START_TEST(the_next_stays_with_who_answered)
{
    ask_round();
    fail_over();
    ck_assert(went_to(2, "two"));
    send_answer(call_now(), 200, COUNTED);
    ck_assert_str_eq(field("x-understudy-attempts"), "one=2, two=1");
    exchange_leave_past(exchange);
    say_end(false);
    ck_assert_int_eq(past.rounds, 1);
    ck_assert_str_eq(past.provider->name, "two");
    ck_assert_int_eq(past.prompt_tokens, 5);

    ask_round();
    ck_assert(went_to(3, "two"));
    send_answer(call_now(), 200, COUNTED);
    ck_assert_str_eq(field("x-understudy-attempts"), "one=2, two=2");
    ck_assert_str_eq(field("x-understudy-fallback"), "server");
    ck_assert_str_eq(field("x-understudy-id"), past.id);
    exchange_leave_past(exchange);
    ck_assert_int_eq(past.prompt_tokens, 10);
    ck_assert_int_eq(past.completion_tokens, 4);
    ck_assert_int_eq(past.cached_tokens, -1);
    ck_assert_uint_eq(past.history.count, 4);
}
END_TEST

/* All have one deadline: what the first took the second has not. */
START_TEST(they_have_one_deadline)
{
    ask_round();
    pass_ms(90000);
    send_answer(call_now(), 200, COUNTED);
    exchange_leave_past(exchange);
    say_end(false);
    ask_round();
    ck_assert_int_eq(client.heads, 0);
    pass_ms(10001);
    ck_assert_int_eq(client.heads, 1);
    ck_assert_int_eq(client.reply.status, 504);
}
END_TEST

/* The app's token is in the settings no more: who was let in has an answer of all rounds. */
START_TEST(a_reload_between_them_changes_nothing)
{
    world_end();
    world_begin("[token desk]\nsecret = 0123456789abcdef\n" TWO_CLOUDS);
    struct shared_config *before = past.shared = shared;
    who = "desk";
    ask_round();
    send_answer(call_now(), 200, COUNTED);
    exchange_leave_past(exchange);
    say_end(false);
    struct config_case loaded = config_case_load(TWO_CLOUDS, LIST("HOME=/"), NULL);
    ck_assert_int_eq(loaded.r, 0);
    config_errors_done(&loaded.errors);
    shared = shared_config_new_take(loaded.config);
    ask_round();
    ck_assert_int_eq(wire.started, 2);
    send_answer(call_now(), 200, COUNTED);
    ck_assert_int_eq(client.reply.status, 200);
    past.last = true;
    say_end(false);
    shared_config_unref(before);
}
END_TEST

START_TEST(one_can_be_refused)
{
    error_set(&past.refusal, "no such thing");
    past.refusal_status = 400;
    past.refusal_code = "invalid_tools";
    ask_round();
    ck_assert_int_eq(client.reply.status, 400);
    ck_assert(body_has("no such thing") && body_has("invalid_tools"));
    ck_assert_int_eq(wire.started, 0);
}
END_TEST

static const struct {
    int64_t a, b, sum;
} sums[] = {{-1, -1, -1}, {-1, 4, 4}, {4, -1, 4}, {0, 0, 0}, {3, 4, 7}};

START_TEST(what_is_not_known_adds_nothing)
{
    ck_assert_int_eq(round_sum(sums[_i].a, sums[_i].b), sums[_i].sum);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("round");
    TCase *tc = tcase_create("round");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_next_stays_with_who_answered);
    tcase_add_test(tc, they_have_one_deadline);
    tcase_add_test(tc, a_reload_between_them_changes_nothing);
    tcase_add_test(tc, one_can_be_refused);
    tcase_add_loop_test(tc, what_is_not_known_adds_nothing, 0, ROWS(sums));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
