/* What can still be tried, when the next one starts beside a silent one, and who follows whom. */
#include <string.h>

#include "pretend_exchange.h"
#include "unit.h"

#define HEDGED(priority) PROVIDERS(priority, "1") "[route]\nhedge_after = 5s\n"

static void setup(void)
{
    world_begin(HEDGED("one, two, ollama"));
}

static void teardown(void)
{
    world_end();
}

/* ---- what stands in the way */

START_TEST(counts_those_that_no_leg_was_made_for)
{
    ask(CHAT, WHOLE);
    ck_assert_uint_eq(exchange->next_step, 1);
    ck_assert_int_eq(exchange_steps_left(exchange), 2);
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(exchange_steps_left(exchange), 1);
    ck_assert(exchange_can_try_another(exchange));
}
END_TEST

/* What stands in the way now does not count for the shares of the time, but for what is tried. */
START_TEST(looks_at_what_stands_in_the_way_now)
{
    ask(CHAT, WHOLE);
    offline = true;
    ck_assert_int_eq(exchange_skip(exchange, 1), ROUTE_SKIP_OFFLINE);
    ck_assert_int_eq(exchange_steps_left(exchange), 2);
    ((struct config_provider *)(uintptr_t)exchange->inquiry->route.step[1].provider)->local = true;
    ck_assert_int_eq(exchange_skip(exchange, 1), ROUTE_SKIP_NONE);
}
END_TEST

START_TEST(sees_an_open_breaker)
{
    shared->config->breaker.failures = 1;
    health_configure(shared->config);
    ask(CHAT, WHOLE);
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(exchange_skip(exchange, 0), ROUTE_SKIP_BREAKER);
    ck_assert_int_eq(exchange_skip(exchange, 1), ROUTE_SKIP_NONE);
    pass_ms(shared->config->breaker.open_for_ms);
    ck_assert_int_eq(exchange_skip(exchange, 0), ROUTE_SKIP_NONE);
}
END_TEST

START_TEST(notes_in_the_history_what_was_skipped)
{
    ask(CHAT, WHOLE);
    exchange_note_skip(exchange, 1, ROUTE_SKIP_OFFLINE);
    const struct history_entry *entry = &exchange->history.at[exchange->history.count - 1];
    ck_assert_str_eq(entry->provider->name, "two");
    ck_assert_int_eq(entry->skip, ROUTE_SKIP_OFFLINE);
    ck_assert_str_eq(entry->message, route_skip_sentence(ROUTE_SKIP_OFFLINE));
}
END_TEST

/* ---- when the next one starts */

START_TEST(hedges_after_the_settings_time)
{
    ask(CHAT, WHOLE);
    ck_assert_int_eq(exchange_hedge_ms(exchange), 5000);
}
END_TEST

START_TEST(does_not_hedge_what_is_not_judged)
{
    ask("/embeddings", "{\"model\":\"m\",\"input\":\"hi\"}");
    ck_assert_int_eq(exchange_hedge_ms(exchange), -1);
}
END_TEST

START_TEST(does_not_hedge_the_last)
{
    const struct header_field fields[] = {{text_of("x-understudy-route"), text_of("one")}};
    ask_with(CHAT, WHOLE, fields, 1);
    ck_assert_int_eq(exchange_hedge_ms(exchange), -1);
}
END_TEST

START_TEST(does_not_hedge_a_stream_that_has_begun)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("a"));
    ck_assert_int_eq(exchange_hedge_ms(exchange), -1);
}
END_TEST

/* ---- who follows whom: one, two beside it after 5 s, and the Ollama beside both */

static struct leg *one, *two, *three;

static void ask_all(void)
{
    ask(CHAT, WHOLE);
    pass_ms(5000);
    pass_ms(5000);
    serve_ollama();
    three = exchange->legs;
    two = three->older;
    one = two->older;
    ck_assert_int_eq(three->state, LEG_TRYING);
    ck_assert_ptr_null(one->older);
}

START_TEST(knows_who_was_there_before)
{
    ask_all();
    ck_assert_ptr_null(exchange_running_before(one));
    ck_assert_ptr_eq(exchange_running_before(two), one);
    ck_assert_ptr_eq(exchange_running_before(three), two);
    leg_cancel(two);
    ck_assert_ptr_eq(exchange_running_before(three), one);
}
END_TEST

START_TEST(knows_who_else_runs)
{
    ask_all();
    ck_assert(exchange_has_other_leg(exchange, one));
    leg_cancel(two);
    leg_cancel(three);
    ck_assert(!exchange_has_other_leg(exchange, one));
    ck_assert(exchange_has_other_leg(exchange, two));
}
END_TEST

/* The word passes to the next after it, and only from the first. */
START_TEST(knows_the_heir)
{
    ask_all();
    ck_assert_ptr_null(exchange_heir(exchange, two));
    leg_cancel(one);
    ck_assert_ptr_eq(exchange_heir(exchange, one), two);
    leg_cancel(two);
    ck_assert_ptr_eq(exchange_heir(exchange, one), three);
    leg_cancel(three);
    ck_assert_ptr_null(exchange_heir(exchange, one));
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("exchange_steps");
    TCase *tcase = tcase_create("exchange_steps");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, counts_those_that_no_leg_was_made_for);
    tcase_add_test(tcase, looks_at_what_stands_in_the_way_now);
    tcase_add_test(tcase, sees_an_open_breaker);
    tcase_add_test(tcase, notes_in_the_history_what_was_skipped);
    tcase_add_test(tcase, hedges_after_the_settings_time);
    tcase_add_test(tcase, does_not_hedge_what_is_not_judged);
    tcase_add_test(tcase, does_not_hedge_the_last);
    tcase_add_test(tcase, does_not_hedge_a_stream_that_has_begun);
    tcase_add_test(tcase, knows_who_was_there_before);
    tcase_add_test(tcase, knows_who_else_runs);
    tcase_add_test(tcase, knows_the_heir);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
