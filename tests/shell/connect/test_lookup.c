/* Who shares a look-up of a name, and who gets one of its own; with a pretended resolver. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/loop.h"
#include "connect/lookup.h"
#include "unit.h"

/* ---- in place of the C library's: waits while the test holds it, and answers by the name */

static pthread_mutex_t hold = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t counter_lock = PTHREAD_MUTEX_INITIALIZER;
static int asked;

static struct addrinfo v4_info, v6_info, far_info;
static struct sockaddr_in v4 = {.sin_family = AF_INET};
static struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
static struct sockaddr_in6 scoped = {.sin6_family = AF_INET6, .sin6_scope_id = 1};

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret)
{
    (void)service, (void)hints;
    pthread_mutex_lock(&counter_lock);
    asked++;
    pthread_mutex_unlock(&counter_lock);
    pthread_mutex_lock(&hold);
    pthread_mutex_unlock(&hold);
    if (strcmp(host, "nobody") == 0)
        return EAI_NONAME;
    *ret = strcmp(host, "far") == 0 ? &far_info : &v6_info;
    return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
    ck_assert(info == &v6_info || info == &far_info);
}

static int asked_so_far(void)
{
    pthread_mutex_lock(&counter_lock);
    int n = asked;
    pthread_mutex_unlock(&counter_lock);
    return n;
}

/* ---- */

static struct loop loop;
static struct lookups *lookups;

static struct guest {
    struct lookup_waiter waiter;
    bool told;
    char addresses[128]; /* "" = there is none */
    char why[128];
    struct guest *takes_out;
    const char *joins; /* waits for that name as soon as it was told */
} guests[4];
static struct guest *order[4];
static int told;

static void on_ready(struct lookup_waiter *waiter, const char *addresses, const char *why)
{
    struct guest *guest = (struct guest *)(void *)waiter;
    order[told++] = guest;
    guest->told = true;
    (void)snprintf(guest->addresses, sizeof(guest->addresses), "%s", addresses ? addresses : "");
    (void)snprintf(guest->why, sizeof(guest->why), "%s", why ? why : "");
    if (guest->takes_out)
        lookup_leave(&guest->takes_out->waiter);
    if (guest->joins) {
        const char *host = guest->joins;
        guest->joins = NULL;
        ck_assert_int_eq(lookup_join(lookups, host, waiter), 0);
    }
}

/* One turn, which waits for 5 ms at most. */
static int64_t stop(struct loop_hook *hook)
{
    (void)hook;
    loop_stop(&loop);
    return 5;
}

static struct loop_hook once = {.turn = stop};

static void turn(void)
{
    loop.stopped = false;
    loop_run(&loop);
}

static void until_told(int n)
{
    while (told < n)
        turn();
}

static void until_asked(int n)
{
    while (asked_so_far() < n)
        turn();
}

static void setup(void)
{
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &once);
    lookups = lookups_new(&loop);
    ck_assert_int_eq(inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr), 1);
    ck_assert_int_eq(inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr), 1);
    ck_assert_int_eq(inet_pton(AF_INET6, "fe80::1", &scoped.sin6_addr), 1);
    v4_info = (struct addrinfo){.ai_addr = (struct sockaddr *)(void *)&v4};
    v6_info = (struct addrinfo){.ai_addr = (struct sockaddr *)(void *)&v6, .ai_next = &v4_info};
    far_info = (struct addrinfo){.ai_addr = (struct sockaddr *)(void *)&scoped};
    for (int i = 0; i < 4; i++)
        guests[i].waiter.ready = on_ready;
}

static void teardown(void)
{
    for (int i = 0; i < 4; i++)
        lookup_leave(&guests[i].waiter);
    lookups_free(lookups);
    loop_done(&loop);
}

static void join(int i, const char *host)
{
    ck_assert_int_eq(lookup_join(lookups, host, &guests[i].waiter), 0);
}

START_TEST(the_addresses_come_in_the_order_in_which_they_are_to_be_tried)
{
    join(0, "name");
    ck_assert_int_eq(told, 0);
    until_told(1);
    ck_assert_str_eq(guests[0].addresses, "2001:db8::1,192.0.2.1");
    ck_assert_ptr_null(guests[0].waiter.lookup);
}
END_TEST

START_TEST(a_name_that_is_not_there_tells_why)
{
    join(0, "nobody");
    until_told(1);
    ck_assert_str_eq(guests[0].addresses, "");
    ck_assert_str_eq(guests[0].why, gai_strerror(EAI_NONAME));
}
END_TEST

START_TEST(an_address_that_needs_a_scope_is_of_no_use)
{
    join(0, "far");
    until_told(1);
    ck_assert_str_eq(guests[0].addresses, "");
    ck_assert_str_eq(guests[0].why, "it has no usable address");
}
END_TEST

START_TEST(all_who_wait_for_a_name_share_one_thread)
{
    pthread_mutex_lock(&hold);
    join(0, "name");
    join(1, "name");
    join(2, "other");
    until_asked(2);
    pthread_mutex_unlock(&hold);
    until_told(3);
    ck_assert_int_eq(asked_so_far(), 2);
    ck_assert_str_eq(guests[1].addresses, guests[0].addresses);
    ck_assert(order[0] != &guests[1]); /* those of a name in the order of their coming */
}
END_TEST

START_TEST(nothing_is_remembered)
{
    join(0, "name");
    until_told(1);
    join(0, "name");
    until_told(2);
    ck_assert_int_eq(asked_so_far(), 2);
}
END_TEST

/* It may ask a server that has been gone since the machine changed networks. */
START_TEST(who_comes_after_five_seconds_asks_anew)
{
    pthread_mutex_lock(&hold);
    join(0, "name");
    loop.now_ms += 4999;
    join(1, "name");
    ck_assert_ptr_eq(guests[1].waiter.lookup, guests[0].waiter.lookup);
    until_asked(1);
    loop.now_ms = loop.now_ms + 5000;
    join(2, "name");
    until_asked(2);
    pthread_mutex_unlock(&hold);
    until_told(3);
    ck_assert_int_eq(asked_so_far(), 2);
}
END_TEST

START_TEST(but_a_name_has_three_threads_at_most)
{
    pthread_mutex_lock(&hold);
    for (int i = 0; i < 4; i++) {
        join(i, "name");
        lookups_forget(lookups);
    }
    until_asked(3);
    pthread_mutex_unlock(&hold);
    until_told(4);
    ck_assert_int_eq(asked_so_far(), 3);
}
END_TEST

START_TEST(who_leaves_is_not_told_and_the_others_are)
{
    pthread_mutex_lock(&hold);
    join(0, "name");
    join(1, "name");
    join(2, "name");
    lookup_leave(&guests[1].waiter);
    lookup_leave(&guests[1].waiter);
    guests[0].takes_out = &guests[2];
    pthread_mutex_unlock(&hold);
    until_told(1);
    turn();
    ck_assert_int_eq(told, 1);
}
END_TEST

START_TEST(one_that_is_told_may_ask_again)
{
    guests[0].joins = "name";
    join(0, "name");
    until_told(2);
    ck_assert_int_eq(asked_so_far(), 2);
}
END_TEST

START_TEST(a_thread_that_hangs_holds_up_no_end)
{
    pthread_mutex_lock(&hold);
    join(0, "name");
    until_asked(1);
    lookup_leave(&guests[0].waiter);
    lookups_free(lookups);
    lookups = lookups_new(&loop);
    pthread_mutex_unlock(&hold);
    turn();
    ck_assert_int_eq(told, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("lookup");
    TCase *tc = tcase_create("lookup");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_addresses_come_in_the_order_in_which_they_are_to_be_tried);
    tcase_add_test(tc, a_name_that_is_not_there_tells_why);
    tcase_add_test(tc, an_address_that_needs_a_scope_is_of_no_use);
    tcase_add_test(tc, all_who_wait_for_a_name_share_one_thread);
    tcase_add_test(tc, nothing_is_remembered);
    tcase_add_test(tc, who_comes_after_five_seconds_asks_anew);
    tcase_add_test(tc, but_a_name_has_three_threads_at_most);
    tcase_add_test(tc, who_leaves_is_not_told_and_the_others_are);
    tcase_add_test(tc, one_that_is_told_may_ask_again);
    tcase_add_test(tc, a_thread_that_hangs_holds_up_no_end);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
