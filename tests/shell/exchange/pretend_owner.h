/*
 * A leg by itself: a pretended owner that notes what it is told, the rest of the world as in
 * pretend_exchange.h. A program includes it once.
 */
#ifndef UNDERSTUDY_TESTS_PRETEND_OWNER_H
#define UNDERSTUDY_TESTS_PRETEND_OWNER_H

#include <stdlib.h>
#include <string.h>

#include "answer/resume.h"
#include "exchange/leg.h"
#include "pretend_exchange.h"

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
    ck_assert(inquiry_read(inquiry, &request, NULL, NULL, &refusal));
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

/* ---- its place at the provider, which somebody else has */

static struct place_guest guest;

static void on_admitted(struct place_guest *me)
{
    (void)me;
    say("next");
}

__attribute__((unused)) static void fill_places(void)
{
    guest = (struct place_guest){.admitted = on_admitted};
    make_leg(WHOLE, 0);
    ((struct config_provider *)(uintptr_t)leg->provider)->max_inflight = 1;
    health_configure(shared->config);
    ck_assert(places_enter(exchanges.means.places, leg->provider, &guest));
    leg_begin(leg);
    ck_assert_int_eq(leg->state, LEG_QUEUED);
}

#endif
