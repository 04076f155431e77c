/* A leg that goes on with a stream, has the next one warmed up, or is cancelled in each of its
 * states. */
#include "pretend_owner.h"
#include "unit.h"

static void setup(void)
{
    setup_with(TWO_CLOUDS);
}

/* ---- it goes on with a stream that broke */

static void keep(const char *events_so_far)
{
    resume = xcalloc(1, sizeof(*resume));
    resume_init(resume, &dialect_openai);
    resume_feed(resume, text_of(events_so_far));
}

START_TEST(answers_behind_what_there_is)
{
    keep(PIECE_OF("Once upon"));
    begin(STREAM);
    send_stream(PIECE_OF("Once"));
    ck_assert_str_eq(said, "begins");
    send_stream(PIECE_OF(" upon a"));
    ck_assert_str_eq(said, "begins answers");
    struct text bytes = attempt_pending(leg->attempt);
    ck_assert_ptr_nonnull(memmem(bytes.at, bytes.len, "\" a\"", 4));
    ck_assert_ptr_null(memmem(bytes.at, bytes.len, "Once", 4));
}
END_TEST

/* ---- the next one is warmed up */

static void setup_ollama(void)
{
    setup_with(PROVIDERS("one, ollama", "2"));
}

START_TEST(has_the_next_load_its_model_during_a_wait)
{
    begin(WHOLE);
    ck_assert_ptr_null(call_to("/api/tags"));
    send_answer(call_now(), 500, "{}");
    ck_assert_ptr_nonnull(call_to("/api/tags"));
    serve_ollama();
    ck_assert_ptr_nonnull(call_to("/api/generate"));
    ck_assert_ptr_nonnull(strstr(call_to("/api/generate")->body, "\"small\""));
}
END_TEST

/* A load is not given up half-way: hanging up would end it. */
START_TEST(lets_a_load_go_on_after_its_end)
{
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    serve_ollama();
    leg_cancel(leg);
    settle();
    ck_assert(is_open(call_to("/api/generate")));
}
END_TEST

START_TEST(loads_nothing_after_its_end)
{
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    leg_cancel(leg);
    serve_ollama();
    ck_assert_ptr_null(call_to("/api/generate"));
}
END_TEST

START_TEST(loads_nothing_where_no_models_are_told)
{
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    send_answer(call_to("/api/tags"), 500, "{}");
    serve_ollama();
    ck_assert_ptr_null(call_to("/api/generate"));
}
END_TEST

/* ---- cancelled in each state */

START_TEST(says_nothing_when_it_is_cancelled_while_it_prepares)
{
    make_leg(WHOLE, 1);
    leg_begin(leg);
    ck_assert_int_eq(leg->state, LEG_PREPARING);
    leg_cancel(leg);
    serve_ollama();
    ck_assert_str_eq(said, "");
    ck_assert_int_eq(leg->state, LEG_OVER);
    ck_assert_ptr_null(call_to("/api/chat"));
}
END_TEST

/* Its server is asked no more for what it has; the request is made by what is known: nothing. */
START_TEST(is_tried_once_when_its_provider_is_gone_from_the_settings)
{
    struct config_case loaded =
        config_case_load("[route]\npriority = openai\n", LIST("HOME=/", "OPENAI_API_KEY=k"), NULL);
    ck_assert_int_eq(loaded.r, 0);
    config_errors_done(&loaded.errors);
    struct shared_config *before = shared;
    make_leg("{\"model\":\"ollama:m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", 0);
    ck_assert_str_eq(leg->provider->name, "ollama");
    shared = shared_config_new_take(loaded.config);
    leg_begin(leg);
    settle();
    ck_assert_int_eq(wire.started, 1);
    ck_assert_ptr_eq(call_now(), call_to("/api/chat"));
    ck_assert_int_eq(leg->state, LEG_TRYING);
    shared_config_unref(shared);
    shared = before;
}
END_TEST

START_TEST(asks_nobody_when_it_is_cancelled_in_the_queue)
{
    fill_places();
    leg_cancel(leg);
    places_leave(exchanges.means.places, &guest);
    settle();
    ck_assert_int_eq(wire.started, 0);
    ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(says_nothing_when_it_is_cancelled_while_it_tries)
{
    begin(WHOLE);
    leg_cancel(leg);
    pass_ms(100000);
    ck_assert(call_now()->stopped);
    ck_assert_str_eq(said, "begins");
    ck_assert_int_eq(history.at[0].failure, FAILURE_CANCELLED);
}
END_TEST

START_TEST(does_not_try_again_when_it_is_cancelled_while_it_waits)
{
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    leg_cancel(leg);
    pass_ms(100000);
    ck_assert_int_eq(wire.started, 1);
    ck_assert_str_eq(said, "begins");
    ck_assert_uint_eq(history.count, 1);
}
END_TEST

START_TEST(says_nothing_when_it_is_cancelled_while_it_answers)
{
    begin(STREAM);
    send_stream(PIECE_OF("a"));
    leg_cancel(leg);
    pass_ms(100000);
    ck_assert(call_now()->stopped);
    ck_assert_str_eq(said, "begins answers");
    ck_assert_uint_eq(history.count, 1);
    ck_assert_int_eq(leg->state, LEG_OVER);
}
END_TEST

START_TEST(may_be_cancelled_twice)
{
    begin(WHOLE);
    leg_cancel(leg);
    leg_cancel(leg);
    ck_assert_uint_eq(history.count, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("leg_states");
    TCase *tcase = tcase_create("leg_states"), *ollama = tcase_create("ollama");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, answers_behind_what_there_is);
    tcase_add_test(tcase, asks_nobody_when_it_is_cancelled_in_the_queue);
    tcase_add_test(tcase, says_nothing_when_it_is_cancelled_while_it_tries);
    tcase_add_test(tcase, does_not_try_again_when_it_is_cancelled_while_it_waits);
    tcase_add_test(tcase, says_nothing_when_it_is_cancelled_while_it_answers);
    tcase_add_test(tcase, may_be_cancelled_twice);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(ollama, setup_ollama, teardown);
    tcase_add_test(ollama, says_nothing_when_it_is_cancelled_while_it_prepares);
    tcase_add_test(ollama, is_tried_once_when_its_provider_is_gone_from_the_settings);
    tcase_add_test(ollama, has_the_next_load_its_model_during_a_wait);
    tcase_add_test(ollama, lets_a_load_go_on_after_its_end);
    tcase_add_test(ollama, loads_nothing_after_its_end);
    tcase_add_test(ollama, loads_nothing_where_no_models_are_told);
    suite_add_tcase(suite, ollama);
    return suite;
}

UNIT_MAIN(suite)
