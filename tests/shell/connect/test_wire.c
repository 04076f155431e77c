/* Which connections are used again, and when they are closed; to a listening socket of our own. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "connect/curlmulti.h"
#include "connect/wire.h"
#include "unit.h"

static struct loop loop;
static struct curlmulti multi;
static struct wires *wires;
static int listener;
static char url[64], other_url[64];
static const struct upstream_way plain = {.connect_timeout_ms = 5000};
static enum transport opened;
static int readies;

static void on_opened(void *arg, enum transport transport)
{
    (void)arg;
    opened = transport;
    loop_stop(&loop);
}

static void on_ready(void *arg, bool can_receive, bool can_send)
{
    (void)arg, (void)can_receive, (void)can_send;
    readies++;
    loop_stop(&loop);
}

static const struct wire_owner owner = {.opened = on_opened, .ready = on_ready};

static void setup(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    ck_assert_int_eq(loop_init(&loop), 0);
    ck_assert(curlmulti_init(&multi, &loop));
    wires = wires_new(&multi);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(listener, 512), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/x", ntohs(address.sin_port));
    (void)snprintf(other_url, sizeof(other_url), "http://localhost:%d/", ntohs(address.sin_port));
    readies = 0;
}

static void teardown(void)
{
    wires_free(wires);
    curlmulti_done(&multi);
    loop_done(&loop);
    close(listener);
}

static struct wire *get(const char *to, const struct upstream_way *way, bool fresh)
{
    const struct wire_plan plan = {.url = to, .way = way, .fresh = fresh, .owner = &owner};
    struct wire *wire = wires_get(wires, &plan);
    if (!wire_is_open(wire)) {
        loop.stopped = false;
        loop_run(&loop);
        ck_assert_msg(opened == TRANSPORT_OK, "%s", wire_detail(wire));
    }
    return wire;
}

static int accepted(void)
{
    int fd = accept(listener, NULL, NULL);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static const struct upstream_way in_time = {.connect_timeout_ms = 1},
                                 with_file = {.connect_timeout_ms = 5000, .ca_file = "/x"};

static const struct {
    const char *what;
    const struct upstream_way *way;
    bool other_host, fresh, kept;
} ways[] = {
    {"the same server", &plain, false, false, true},
    {"another time for connecting", &in_time, false, false, true},
    {"another name of the same address", &plain, true, false, false},
    {"another file of certificates", &with_file, false, false, false},
    {"one that must be new", &plain, false, true, false},
};

START_TEST(one_is_used_again_for_the_same_way)
{
    wire_keep(get(url, &plain, false));
    struct wire *wire = get(ways[_i].other_host ? other_url : url, ways[_i].way, ways[_i].fresh);
    ck_assert_msg(wire_was_kept(wire) == ways[_i].kept, "%s", ways[_i].what);
    wire_close(wire);
}
END_TEST

START_TEST(one_by_a_proxy_is_another_one)
{
    const struct upstream_way way = {.connect_timeout_ms = 5000, .proxy = "socks5://127.0.0.1:1"};
    const struct wire_plan plan = {.url = url, .way = &way, .owner = &owner};
    wire_keep(get(url, &plain, false));
    struct wire *wire = wires_get(wires, &plan);
    ck_assert(!wire_is_open(wire));
    wire_close(wire);
}
END_TEST

START_TEST(the_last_one_that_was_used_is_the_first_to_be_used)
{
    struct wire *first = get(url, &plain, false), *second = get(url, &plain, false);
    wire_keep(first);
    wire_keep(second);
    struct wire *wire = get(url, &plain, false);
    ck_assert_ptr_eq(wire, second);
    wire_close(wire);
}
END_TEST

static void close_it(int fd)
{
    close(fd);
}

static void speak(int fd)
{
    ck_assert_int_eq(send(fd, "x", 1, MSG_NOSIGNAL), 1);
}

static void (*const acts[])(int fd) = {close_it, speak};

START_TEST(one_whose_server_did_anything_is_not_used_again)
{
    wire_keep(get(url, &plain, false));
    acts[_i](accepted());
    struct wire *wire = get(url, &plain, false);
    ck_assert(!wire_was_kept(wire));
    wire_close(wire);
}
END_TEST

static void on_closed(struct loop_watch *watch, uint32_t events)
{
    (void)watch, (void)events;
    loop_stop(&loop);
}

START_TEST(nor_does_it_stay_open)
{
    struct loop_watch watch = {.fd = -1, .ready = on_closed};
    char byte;
    wire_keep(get(url, &plain, false));
    int fd = accepted();
    ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
    ck_assert_int_eq(loop_watch_add(&loop, &watch, fd, EPOLLIN), 0);
    loop.stopped = false;
    loop_run(&loop);
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
    loop_watch_remove(&loop, &watch);
    close(fd);
}
END_TEST

/* The loop's time stands still while it does not run. */
static bool is_kept_after(int64_t ms)
{
    loop.now_ms += ms;
    const struct wire_plan plan = {.url = url, .way = &plain, .owner = &owner};
    struct wire *wire = wires_get(wires, &plan);
    bool kept = wire_is_open(wire);
    if (kept)
        wire_keep(wire);
    else
        wire_close(wire);
    return kept;
}

START_TEST(an_idle_one_is_used_for_25_seconds)
{
    wire_keep(get(url, &plain, false));
    ck_assert(is_kept_after(24999));
    ck_assert(is_kept_after(24999));
    ck_assert(!is_kept_after(25000));
}
END_TEST

START_TEST(none_is_used_for_longer_than_300_seconds)
{
    wire_keep(get(url, &plain, false));
    for (int i = 0; i < 14; i++)
        ck_assert(is_kept_after(20000));
    ck_assert(is_kept_after(19999));
    ck_assert(!is_kept_after(1));
}
END_TEST

static const struct {
    const char *origin; /* NULL = all */
    bool kept;
} drops[] = {{NULL, false}, {"", false}, {"http://localhost:1", true}};

START_TEST(those_to_an_origin_are_given_up)
{
    wire_keep(get(url, &plain, false));
    struct text origin = drops[_i].origin ? text_of(drops[_i].origin) : (struct text){0};
    if (origin.at && origin.len == 0)
        origin = upstream_origin(url);
    wires_drop(wires, origin);
    ck_assert_int_eq(is_kept_after(0), drops[_i].kept);
}
END_TEST

START_TEST(no_more_than_256_are_kept)
{
    struct wire *all[257];
    size_t kept = 0;
    for (size_t i = 0; i < 257; i++)
        all[i] = get(url, &plain, false);
    for (size_t i = 0; i < 257; i++)
        wire_keep(all[i]);
    const struct wire_plan plan = {.url = url, .way = &plain, .owner = &owner};
    for (size_t i = 0; i < 257; i++) {
        all[i] = wires_get(wires, &plan);
        kept += wire_is_open(all[i]);
    }
    ck_assert_uint_eq(kept, 256);
    for (size_t i = 0; i < 257; i++)
        wire_close(all[i]);
}
END_TEST

static const struct {
    const char *url, *proxy;
    bool http2, can;
} cans[] = {
    {"https://h/", NULL, false, true},          {"http://h/", NULL, false, true},
    {"https://h/", "http://p:1", false, true},  {"https://h/", "https://p:1", false, true},
    {"http://h/", "http://p:1", false, false},  {"http://h/", "p:1", false, false},
    {"http://h/", "https://p:1", false, false}, {"http://h/", "socks5h://p:1", false, true},
    {"HTTPS://h/", "http://p:1", false, true},  {"https://h/", NULL, true, false},
    {"http://h/", NULL, true, false},
};

START_TEST(what_only_libcurl_can_is_libcurls)
{
    const struct upstream_way way = {.proxy = cans[_i].proxy, .http2 = cans[_i].http2};
    ck_assert_int_eq(wires_can(cans[_i].url, &way), cans[_i].can);
}
END_TEST

START_TEST(bytes_go_both_ways)
{
    struct wire *wire = get(url, &plain, false);
    char got[8];
    int fd = accepted();
    struct iovec pieces[] = {{.iov_base = (char[]){"ab"}, .iov_len = 2},
                             {.iov_base = (char[]){"cd"}, .iov_len = 2}};
    ck_assert_int_eq(wire_receive(wire, got, sizeof(got)), -EAGAIN);
    ck_assert_int_eq(wire_send(wire, pieces, 2), 4);
    ck_assert_int_eq(recv(fd, got, 4, MSG_WAITALL), 4);
    ck_assert_int_eq(memcmp(got, "abcd", 4), 0);
    speak(fd);
    wire_wait(wire, true, false);
    loop.stopped = false;
    loop_run(&loop);
    ck_assert_int_eq(readies, 1);
    ck_assert_int_eq(wire_receive(wire, got, sizeof(got)), 1);
    const struct linger now = {.l_onoff = 1};
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    close(fd);
    ck_assert_int_eq(wire_receive(wire, got, sizeof(got)), -ECONNRESET);
    ck_assert_str_eq(wire_detail(wire), strerror(ECONNRESET));
    ck_assert_int_eq(wire_send(wire, pieces, 1), -EPIPE);
    wire_close(wire);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("wire");
    TCase *tc = tcase_create("wire");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, one_is_used_again_for_the_same_way, 0, ROWS(ways));
    tcase_add_test(tc, one_by_a_proxy_is_another_one);
    tcase_add_test(tc, the_last_one_that_was_used_is_the_first_to_be_used);
    tcase_add_loop_test(tc, one_whose_server_did_anything_is_not_used_again, 0, ROWS(acts));
    tcase_add_test(tc, nor_does_it_stay_open);
    tcase_add_test(tc, an_idle_one_is_used_for_25_seconds);
    tcase_add_test(tc, none_is_used_for_longer_than_300_seconds);
    tcase_add_loop_test(tc, those_to_an_origin_are_given_up, 0, ROWS(drops));
    tcase_add_test(tc, no_more_than_256_are_kept);
    tcase_add_loop_test(tc, what_only_libcurl_can_is_libcurls, 0, ROWS(cans));
    tcase_add_test(tc, bytes_go_both_ways);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
