/* A leg with a pretended upstream and owner: what it asks, waits for, and tells. */
#include <stdlib.h>
#include <string.h>

#include "answer/resume.h"
#include "exchange/leg.h"
#include "pretend_exchange.h"
#include "unit.h"

/* ---- the owner */

static char said[256]; /* by the leg, in order */
static struct leg_outlook outlook;
static bool last;

static void say(const char *word)
{
    size_t used = strlen(said);
    (void)snprintf(said + used, sizeof(said) - used, "%s%s", used ? " " : "", word);
}

static void on_begins(void *owner, struct leg *leg)
{
    (void)owner;
    (void)leg;
    say("begins");
}

static void on_answers(void *owner, struct leg *leg)
{
    (void)owner;
    say("answers");
    if (attempt_phase(leg->attempt) == ATTEMPT_ENDED)
        leg_answered(leg);
}

static void on_more(void *owner, struct leg *leg)
{
    (void)owner;
    if (attempt_phase(leg->attempt) != ATTEMPT_ENDED) {
        say("more");
        return;
    }
    say(attempt_result(leg->attempt)->failure == FAILURE_NONE ? "ends" : "breaks");
    leg_answered(leg);
}

static void on_over(void *owner, struct leg *leg, enum retry_verdict verdict)
{
    (void)owner;
    (void)leg;
    say(verdict == RETRY_RELAY ? "over:relay" : verdict == RETRY_NEXT ? "over:next" : "over:end");
}

static struct leg_outlook on_outlook(const void *owner, const struct leg *leg)
{
    (void)owner;
    (void)leg;
    return outlook;
}

static bool on_last(const void *owner)
{
    (void)owner;
    return last;
}

static const struct leg_events events = {on_begins, on_answers, on_more,
                                         on_over,   on_outlook, on_last};

/* ---- the leg */

static struct inquiry *inquiry;
static struct history history;
static struct resume *resume;
static struct leg *leg;

/* For that step of the route, on a request with that body. */
static void make_leg(const char *body, size_t step)
{
    struct client_request request = make_request(CHAT, body, NULL, 0);
    struct reply refusal;
    inquiry = inquiry_new(shared, &request, loop_now_ms(&loop));
    ck_assert(inquiry_read(inquiry, &request, NULL, &refusal));
    const struct leg_plan plan = {.events = &events,
                                  .means = &exchanges.means,
                                  .inquiry = inquiry,
                                  .history = &history,
                                  .step = step,
                                  .resume = resume,
                                  .phase_at_ms = loop_now_ms(&loop)};
    outlook = (struct leg_outlook){0};
    if (step + 1 < inquiry->route.count)
        outlook = (struct leg_outlook){.steps_left = 1, .next = &inquiry->route.step[step + 1]};
    leg = leg_new(&plan);
}

static void setup_with(const char *ini)
{
    said[0] = '\0';
    last = false;
    world_begin(ini);
}

static void setup(void)
{
    setup_with(TWO_CLOUDS);
}

static void teardown(void)
{
    if (leg)
        leg_cancel(leg);
    leg_free(leg);
    leg = NULL;
    if (resume)
        resume_done(resume);
    free(resume);
    resume = NULL;
    inquiry_free(inquiry);
    inquiry = NULL;
    history_done(&history);
    world_end();
}

/* The cloud's, which is asked at once. */
static void begin(const char *body)
{
    make_leg(body, 0);
    leg_begin(leg);
    settle();
}

/* ---- the tries */

START_TEST(tells_that_it_begins_and_answers)
{
    make_leg(WHOLE, 0);
    leg_begin(leg);
    ck_assert_int_eq(wire.started, 1);
    ck_assert_str_eq(said, "begins");
    send_answer(call_now(), 200, GOOD);
    ck_assert_str_eq(said, "begins answers");
    ck_assert_uint_eq(history.count, 1);
    ck_assert_int_eq(leg->state, LEG_OVER);
}
END_TEST

START_TEST(waits_and_tries_again)
{
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(leg->state, LEG_WAITING);
    pass_ms(9);
    ck_assert_int_eq(wire.started, 1);
    pass_ms(1);
    ck_assert_int_eq(wire.started, 2);
    ck_assert(wire.calls[0]->released);
    send_answer(call_now(), 200, GOOD);
    ck_assert_str_eq(said, "begins answers");
    ck_assert_uint_eq(history.count, 2);
}
END_TEST

START_TEST(hands_on_after_the_last_try)
{
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    pass_ms(10);
    send_answer(call_now(), 500, "{}");
    ck_assert_str_eq(said, "begins over:next");
    ck_assert_str_eq(history_reason(history_last_failed(&history)), "attempts");
}
END_TEST

START_TEST(tries_as_often_as_the_client_says)
{
    const struct header_field fields[] = {{text_of("x-understudy-attempts"), text_of("1")}};
    struct client_request request = make_request(CHAT, WHOLE, fields, 1);
    struct reply refusal;
    make_leg(WHOLE, 0);
    inquiry_free(inquiry);
    inquiry = inquiry_new(shared, &request, loop_now_ms(&loop));
    ck_assert(inquiry_read(inquiry, &request, NULL, &refusal));
    leg->plan.inquiry = inquiry;
    outlook.next = &inquiry->route.step[1];
    leg_begin(leg);
    send_answer(call_now(), 500, "{}");
    ck_assert_str_eq(said, "begins over:next");
}
END_TEST

START_TEST(gives_the_client_an_error_of_its_own_request)
{
    begin(WHOLE);
    send_answer(call_now(), 400,
                "{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\"}}");
    ck_assert_str_eq(said, "begins over:relay");
}
END_TEST

START_TEST(does_not_wait_where_another_can_be_asked_at_once)
{
    begin(WHOLE);
    send_answer(call_now(), 429, "{}");
    ck_assert_str_eq(said, "begins over:next");
}
END_TEST

START_TEST(waits_where_nobody_else_can_be_asked)
{
    make_leg(WHOLE, 1);
    last = true;
    leg_begin(leg);
    send_answer(call_now(), 429, "{}");
    ck_assert_int_eq(leg->state, LEG_WAITING);
}
END_TEST

START_TEST(tells_whether_the_world_can_be_reached)
{
    begin(WHOLE);
    send_end(call_now(), TRANSPORT_CONNECT);
    settle();
    ck_assert_int_eq(online_suspects, 1);
    ck_assert_int_eq(online_answers, 0);
    pass_ms(10);
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(online_suspects, 1);
    ck_assert_int_eq(online_answers, 1);
}
END_TEST

START_TEST(uses_up_its_share_of_the_time)
{
    begin(WHOLE);
    pass_ms(66667);
    ck_assert_str_eq(said, "begins over:next");
    ck_assert(wire.calls[0]->stopped);
}
END_TEST

START_TEST(is_skipped_when_its_breaker_has_opened)
{
    shared->config->breaker.failures = 4;
    health_configure(shared->config);
    for (int i = 0; i < 2; i++) {
        begin(WHOLE);
        send_answer(call_now(), 500, "{}");
        pass_ms(10);
        send_answer(call_now(), 500, "{}");
        leg_free(leg);
        inquiry_free(inquiry);
    }
    said[0] = '\0';
    int started = wire.started;
    begin(WHOLE);
    ck_assert_int_eq(wire.started, started);
    ck_assert_str_eq(said, "over:next");
    ck_assert_int_eq(history.at[history.count - 1].skip, ROUTE_SKIP_BREAKER);
}
END_TEST

/* The breaker lets one through to see; who is cancelled has seen nothing. */
START_TEST(leaves_the_breakers_question_open_when_it_is_cancelled)
{
    shared->config->breaker.failures = 1;
    health_configure(shared->config);
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    leg_free(leg);
    inquiry_free(inquiry);
    pass_ms(shared->config->breaker.open_for_ms);
    begin(WHOLE);
    ck_assert_int_eq(wire.started, 2);
    leg_cancel(leg);
    leg_free(leg);
    inquiry_free(inquiry);
    begin(WHOLE);
    ck_assert_int_eq(wire.started, 3);
}
END_TEST

START_TEST(waits_no_longer_when_the_machine_goes_offline)
{
    begin(WHOLE);
    send_answer(call_now(), 500, "{}");
    leg_notice_offline(leg);
    ck_assert_str_eq(said, "begins over:next");
    ck_assert_str_eq(history_reason(history_last_failed(&history)), "offline");
}
END_TEST

START_TEST(goes_on_with_what_is_under_way_when_the_machine_goes_offline)
{
    begin(WHOLE);
    leg_notice_offline(leg);
    ck_assert_str_eq(said, "begins");
    ck_assert(is_open(call_now()));
}
END_TEST

/* ---- the queue */

static struct place_guest guest;

static void on_admitted(struct place_guest *me)
{
    (void)me;
    say("next");
}

static void fill_places(void)
{
    guest = (struct place_guest){.admitted = on_admitted};
    make_leg(WHOLE, 0);
    ((struct config_provider *)(uintptr_t)leg->provider)->max_inflight = 1;
    health_configure(shared->config);
    ck_assert(places_enter(exchanges.means.places, leg->provider, &guest));
    leg_begin(leg);
    ck_assert_int_eq(leg->state, LEG_QUEUED);
}

START_TEST(is_tried_when_a_place_is_free)
{
    fill_places();
    places_leave(exchanges.means.places, &guest);
    settle();
    ck_assert_str_eq(said, "begins");
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(is_skipped_when_no_place_is_free_in_time)
{
    fill_places();
    pass_ms(66667);
    ck_assert_str_eq(said, "over:next");
    ck_assert_int_eq(history.at[0].skip, ROUTE_SKIP_NO_ROOM);
    places_leave(exchanges.means.places, &guest);
    settle();
    ck_assert_int_eq(wire.started, 0);
}
END_TEST

START_TEST(gives_its_place_to_the_next)
{
    fill_places();
    places_leave(exchanges.means.places, &guest);
    settle();
    ck_assert(!places_enter(exchanges.means.places, leg->provider, &guest));
    send_answer(call_now(), 200, GOOD);
    ck_assert_str_eq(said, "begins answers next");
    places_leave(exchanges.means.places, &guest);
}
END_TEST

/* ---- a stream */

START_TEST(tells_more_and_the_end_of_a_stream)
{
    begin(STREAM);
    send_stream(PIECE_OF("a"));
    ck_assert_str_eq(said, "begins answers");
    ck_assert_int_eq(leg->state, LEG_ANSWERING);
    send_stream(PIECE_OF("b"));
    send_stream(FINISH DONE);
    ck_assert_str_eq(said, "begins answers more more ends");
    ck_assert_int_eq(leg->state, LEG_OVER);
}
END_TEST

/* There is no edge back from an answer: what breaks then is not tried again. */
START_TEST(tells_that_its_stream_broke)
{
    begin(STREAM);
    send_stream(PIECE_OF("a"));
    send_end(call_now(), TRANSPORT_RESET);
    settle();
    pass_ms(10);
    ck_assert_str_eq(said, "begins answers breaks");
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(has_all_the_time_for_a_stream_that_began)
{
    begin(STREAM);
    for (int i = 0; i < 12; i++) {
        send_stream(PIECE_OF("a"));
        pass_ms(10000);
    }
    ck_assert(is_open(call_now()));
}
END_TEST

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
    Suite *suite = suite_create("leg");
    TCase *tcase = tcase_create("leg"), *ollama = tcase_create("ollama");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, tells_that_it_begins_and_answers);
    tcase_add_test(tcase, waits_and_tries_again);
    tcase_add_test(tcase, hands_on_after_the_last_try);
    tcase_add_test(tcase, tries_as_often_as_the_client_says);
    tcase_add_test(tcase, gives_the_client_an_error_of_its_own_request);
    tcase_add_test(tcase, does_not_wait_where_another_can_be_asked_at_once);
    tcase_add_test(tcase, waits_where_nobody_else_can_be_asked);
    tcase_add_test(tcase, tells_whether_the_world_can_be_reached);
    tcase_add_test(tcase, leaves_the_breakers_question_open_when_it_is_cancelled);
    tcase_add_test(tcase, uses_up_its_share_of_the_time);
    tcase_add_test(tcase, is_skipped_when_its_breaker_has_opened);
    tcase_add_test(tcase, waits_no_longer_when_the_machine_goes_offline);
    tcase_add_test(tcase, goes_on_with_what_is_under_way_when_the_machine_goes_offline);
    tcase_add_test(tcase, is_tried_when_a_place_is_free);
    tcase_add_test(tcase, is_skipped_when_no_place_is_free_in_time);
    tcase_add_test(tcase, gives_its_place_to_the_next);
    tcase_add_test(tcase, tells_more_and_the_end_of_a_stream);
    tcase_add_test(tcase, tells_that_its_stream_broke);
    tcase_add_test(tcase, has_all_the_time_for_a_stream_that_began);
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
