/* A leg with a pretended upstream: what it asks, waits for, and tells its owner. */
#include <stdlib.h>
#include <string.h>

#include "exchange/leg.h"
#include "pretend.h"
#include "provider/catalog.h"
#include "provider/health.h"
#include "provider/online.h"
#include "provider/places.h"
#include "unit.h"

static bool offline;

bool online_is_offline(struct online *online)
{
    (void)online;
    return offline;
}

void online_answered(struct online *online)
{
    (void)online;
}

void online_suspect(struct online *online)
{
    (void)online;
}

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
    leg_answered(leg);
}

static void on_more(void *owner, struct leg *leg)
{
    (void)owner;
    (void)leg;
    say("more");
}

static void on_over(void *owner, struct leg *leg, enum retry_verdict verdict)
{
    (void)owner;
    (void)leg;
    say(verdict == RETRY_RELAY ? "over:relay" : "over:next");
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

/* ---- the rest of the world */

static char name[] = "cloud", next_name[] = "other", base_url[] = "http://127.0.0.1:1/v1";
static char method[] = "POST", target[] = "/chat/completions";
static struct config_provider providers[2];
static struct config config;
static struct shared_config shared = {.config = &config};
static struct inquiry inquiry;
static struct history history;
static struct means means;
static struct leg *leg;

static void on_freed(void *arg)
{
    (void)arg;
}

static void setup(void)
{
    static const struct retry_policy retry = {.attempts = 2,
                                              .ambiguous = true,
                                              .multiplier = 1,
                                              .min_wait_ms = 5,
                                              .max_wait_ms = 5,
                                              .on = ~0u};
    said[0] = '\0';
    offline = last = false;
    pretend_begin();
    settle();
    providers[0] = (struct config_provider){.name = name,
                                            .kind = &kind_openai,
                                            .base_url = base_url,
                                            .retry = retry,
                                            .first_byte_timeout_whole_ms = 60000,
                                            .idle_timeout_ms = 60000};
    providers[1] = providers[0];
    providers[1].name = next_name;
    config.providers = providers;
    config.provider_count = 2;
    config.route.fallback_on = ~0u;
    health_configure(&config);
    inquiry = (struct inquiry){.shared = &shared,
                               .path = API_PATH_CHAT,
                               .mode = DELIVERY_WHOLE,
                               .method = method,
                               .target = target,
                               .deadline_ms = 60000};
    inquiry.route.step[0].provider = &providers[0];
    inquiry.route.step[1].provider = &providers[1];
    inquiry.route.count = 2;
    outlook = (struct leg_outlook){.steps_left = 1, .next = &inquiry.route.step[1]};
    means = (struct means){
        .loop = &loop, .upstream = &wire, .places = places_new(&loop, on_freed, NULL)};
    const struct leg_plan plan = {.events = &events,
                                  .means = &means,
                                  .inquiry = &inquiry,
                                  .history = &history,
                                  .phase_at_ms = loop_now_ms(&loop)};
    leg = leg_new(&plan);
}

static void teardown(void)
{
    leg_free(leg);
    places_free(means.places);
    history_done(&history);
    health_done();
    pretend_end();
}

#define GOOD                                                                                       \
    "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":"                 \
    "\"assistant\",\"content\":\"x\"}}]}"

START_TEST(tells_that_it_begins_and_answers)
{
    leg_begin(leg);
    ck_assert_int_eq(wire.started, 1);
    ck_assert_str_eq(said, "begins");
    send_answer(call_now(), 200, GOOD);
    settle();
    ck_assert_str_eq(said, "begins answers");
    ck_assert_int_eq((int)history.count, 1);
}
END_TEST

START_TEST(waits_and_tries_again)
{
    leg_begin(leg);
    send_answer(call_now(), 500, "{}");
    settle();
    ck_assert_int_eq(leg->state, LEG_WAITING);
    ck_assert_int_eq(wire.started, 1);
    pass_ms(5);
    send_answer(call_now(), 200, GOOD);
    settle();
    ck_assert_str_eq(said, "begins answers");
    ck_assert_int_eq((int)history.count, 2);
}
END_TEST

START_TEST(hands_on_after_the_last_try)
{
    providers[0].retry.attempts = 1;
    leg_begin(leg);
    send_answer(call_now(), 500, "{}");
    settle();
    ck_assert_str_eq(said, "begins over:next");
}
END_TEST

START_TEST(gives_the_client_an_error_of_its_own_request)
{
    leg_begin(leg);
    send_answer(call_now(), 400,
                "{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\"}}");
    settle();
    ck_assert_str_eq(said, "begins over:relay");
}
END_TEST

START_TEST(says_nothing_when_it_is_cancelled_while_it_tries)
{
    leg_begin(leg);
    leg_cancel(leg);
    settle();
    ck_assert(call_now()->stopped);
    ck_assert_str_eq(said, "begins");
    ck_assert_int_eq(leg->state, LEG_OVER);
    ck_assert_int_eq(history.at[0].failure, FAILURE_CANCELLED);
}
END_TEST

START_TEST(does_not_try_again_when_it_is_cancelled_while_it_waits)
{
    leg_begin(leg);
    send_answer(call_now(), 500, "{}");
    settle();
    ck_assert_int_eq(leg->state, LEG_WAITING);
    leg_cancel(leg);
    ck_assert_uint_eq(leg->wait.slot, 0);
    ck_assert_str_eq(said, "begins");
    ck_assert_int_eq((int)history.count, 1);
}
END_TEST

START_TEST(asks_nobody_when_it_is_cancelled_in_the_queue)
{
    struct place_guest guest = {0};
    providers[0].max_inflight = 1;
    health_configure(&config);
    ck_assert(places_enter(means.places, &providers[0], &guest));
    leg_begin(leg);
    ck_assert_int_eq(leg->state, LEG_QUEUED);
    leg_cancel(leg);
    places_leave(means.places, &guest);
    settle();
    ck_assert_int_eq(wire.started, 0);
    ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(waits_no_longer_when_the_machine_goes_offline)
{
    leg_begin(leg);
    send_answer(call_now(), 500, "{}");
    settle();
    leg_notice_offline(leg);
    ck_assert_str_eq(said, "begins over:next");
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("leg");
    TCase *tcase = tcase_create("leg");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, tells_that_it_begins_and_answers);
    tcase_add_test(tcase, waits_and_tries_again);
    tcase_add_test(tcase, hands_on_after_the_last_try);
    tcase_add_test(tcase, gives_the_client_an_error_of_its_own_request);
    tcase_add_test(tcase, says_nothing_when_it_is_cancelled_while_it_tries);
    tcase_add_test(tcase, does_not_try_again_when_it_is_cancelled_while_it_waits);
    tcase_add_test(tcase, asks_nobody_when_it_is_cancelled_in_the_queue);
    tcase_add_test(tcase, waits_no_longer_when_the_machine_goes_offline);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
