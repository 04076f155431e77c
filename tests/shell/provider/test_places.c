/* [provider] max_inflight: who is in at once, who waits, and who is next. */
#include "base/loop.h"
#include "provider/health.h"
#include "provider/places.h"
#include "unit.h"

static char name_of_small[] = "small", name_of_other[] = "other", name_of_open[] = "open";
static struct config_provider small = {.name = name_of_small, .max_inflight = 1};
static struct config_provider other = {.name = name_of_other, .max_inflight = 1};
static struct config_provider without_limit = {.name = name_of_open};

static struct loop loop;
static struct places *places;
static int freed;

/* Who was let in, in that order; each may do something then. */
static struct caller {
    struct place_guest guest;
    bool leaves; /* as soon as it is in */
    const struct caller *takes_out;
} callers[4];
static const struct caller *admitted[8];
static int admitted_count;

static void on_admitted(struct place_guest *guest)
{
    struct caller *caller = (struct caller *)(void *)guest;
    admitted[admitted_count++] = caller;
    for (int i = 0; i < 4; i++)
        if (caller->takes_out == &callers[i])
            places_leave(places, &callers[i].guest);
    if (caller->leaves)
        places_leave(places, guest);
}

static void on_freed(void *arg)
{
    ck_assert_ptr_eq(arg, &loop);
    freed++;
}

/* One turn only. */
static int64_t stop(struct loop_hook *hook)
{
    (void)hook;
    loop_stop(&loop);
    return -1;
}

static struct loop_hook once = {.turn = stop};

static void turn(void)
{
    loop.stopped = false;
    loop_run(&loop);
}

static void setup(void)
{
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &once);
    places = places_new(&loop, on_freed, &loop);
    for (int i = 0; i < 4; i++)
        callers[i].guest.admitted = on_admitted;
}

static void teardown(void)
{
    places_free(places);
    loop_done(&loop);
    health_done();
}

static bool enter(int i, const struct config_provider *provider)
{
    return places_enter(places, provider, &callers[i].guest);
}

START_TEST(a_free_place_is_taken_at_once)
{
    ck_assert(enter(0, &small));
    ck_assert(enter(1, &without_limit));
    ck_assert(enter(2, &without_limit));
    turn();
    ck_assert_int_eq(admitted_count, 0);
    ck_assert(!places_has_guests(places));
}
END_TEST

START_TEST(who_waits_comes_in_by_its_turn_when_a_place_is_given_up)
{
    ck_assert(enter(0, &small));
    ck_assert(!enter(1, &small));
    ck_assert(!enter(2, &small));
    turn();
    ck_assert_int_eq(admitted_count, 0);
    places_leave(places, &callers[0].guest);
    turn();
    ck_assert_int_eq(admitted_count, 1);
    ck_assert_ptr_eq(admitted[0], &callers[1]);
    ck_assert(places_has_guests(places));
    places_leave(places, &callers[1].guest);
    turn();
    ck_assert_ptr_eq(admitted[1], &callers[2]);
    ck_assert(!places_has_guests(places));
}
END_TEST

START_TEST(nobody_is_let_in_from_inside_the_call_that_gives_up_a_place)
{
    ck_assert(enter(0, &small));
    ck_assert(!enter(1, &small));
    turn();
    places_leave(places, &callers[0].guest);
    ck_assert_int_eq(admitted_count, 0);
}
END_TEST

START_TEST(a_newcomer_does_not_overtake_one_that_waits)
{
    ck_assert(enter(0, &small));
    ck_assert(!enter(1, &small));
    places_leave(places, &callers[0].guest);
    ck_assert(!enter(2, &small));
    turn();
    ck_assert_int_eq(admitted_count, 1);
    ck_assert_ptr_eq(admitted[0], &callers[1]);
}
END_TEST

START_TEST(who_waits_for_one_provider_holds_up_nobody_at_another)
{
    ck_assert(enter(0, &small));
    ck_assert(!enter(1, &small));
    ck_assert(enter(2, &other));
    ck_assert(!enter(3, &other));
    places_leave(places, &callers[2].guest);
    turn();
    ck_assert_int_eq(admitted_count, 1);
    ck_assert_ptr_eq(admitted[0], &callers[3]);
}
END_TEST

START_TEST(all_come_in_within_a_turn_when_each_leaves_at_once)
{
    callers[1].leaves = callers[2].leaves = callers[3].leaves = true;
    ck_assert(enter(0, &small));
    for (int i = 1; i < 4; i++)
        ck_assert(!enter(i, &small));
    places_leave(places, &callers[0].guest);
    turn();
    ck_assert_int_eq(admitted_count, 3);
    for (int i = 1; i < 4; i++)
        ck_assert_ptr_eq(admitted[i - 1], &callers[i]);
    ck_assert_int_eq(health_state(&small, 0).inflight, 0);
}
END_TEST

START_TEST(one_that_comes_in_may_take_the_next_one_out_of_the_queue)
{
    callers[1].leaves = true;
    callers[1].takes_out = &callers[2];
    ck_assert(enter(0, &small));
    for (int i = 1; i < 4; i++)
        ck_assert(!enter(i, &small));
    places_leave(places, &callers[0].guest);
    turn();
    ck_assert_int_eq(admitted_count, 2);
    ck_assert_ptr_eq(admitted[1], &callers[3]);
}
END_TEST

START_TEST(the_last_of_the_queue_may_go_and_another_one_stand_there)
{
    ck_assert(enter(0, &small));
    ck_assert(!enter(1, &small));
    ck_assert(!enter(2, &small));
    places_leave(places, &callers[2].guest);
    ck_assert(!enter(3, &small));
    places_leave(places, &callers[0].guest);
    callers[1].leaves = true;
    turn();
    ck_assert_int_eq(admitted_count, 2);
    ck_assert_ptr_eq(admitted[1], &callers[3]);
}
END_TEST

START_TEST(who_never_came_in_gives_up_nothing)
{
    ck_assert(enter(0, &small));
    places_leave(places, &callers[1].guest);
    ck_assert_int_eq(health_state(&small, 0).inflight, 1);
    ck_assert_int_eq(freed, 0);
}
END_TEST

START_TEST(others_are_told_of_a_place_only_where_places_are_counted)
{
    ck_assert(enter(0, &small));
    ck_assert(enter(1, &without_limit));
    places_leave(places, &callers[1].guest);
    ck_assert_int_eq(freed, 0);
    places_leave(places, &callers[0].guest);
    ck_assert_int_eq(freed, 1);
}
END_TEST

START_TEST(a_place_that_another_worker_gave_up_is_found_by_looking)
{
    ck_assert(health_enter(&small)); /* another worker's */
    ck_assert(!enter(1, &small));
    turn();
    health_leave(&small);
    turn();
    ck_assert_int_eq(admitted_count, 0);
    places_look(places);
    turn();
    ck_assert_int_eq(admitted_count, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("places");
    TCase *tc = tcase_create("places");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_free_place_is_taken_at_once);
    tcase_add_test(tc, who_waits_comes_in_by_its_turn_when_a_place_is_given_up);
    tcase_add_test(tc, nobody_is_let_in_from_inside_the_call_that_gives_up_a_place);
    tcase_add_test(tc, a_newcomer_does_not_overtake_one_that_waits);
    tcase_add_test(tc, who_waits_for_one_provider_holds_up_nobody_at_another);
    tcase_add_test(tc, all_come_in_within_a_turn_when_each_leaves_at_once);
    tcase_add_test(tc, one_that_comes_in_may_take_the_next_one_out_of_the_queue);
    tcase_add_test(tc, the_last_of_the_queue_may_go_and_another_one_stand_there);
    tcase_add_test(tc, who_never_came_in_gives_up_nothing);
    tcase_add_test(tc, others_are_told_of_a_place_only_where_places_are_counted);
    tcase_add_test(tc, a_place_that_another_worker_gave_up_is_found_by_looking);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
