/* Calls over wires, to a server in a thread that answers with the bytes of a row. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../pretend_server.h"
#include "base/loop.h"
#include "call/upstream.h"
#include "unit.h"

/* ---- the client */

static struct loop loop;
static struct upstream *upstream;
static struct upstream_call *call;
static struct buf headers, body;
static char url[64];
static enum transport ended;
static int heads, ends;
static enum upstream_take takes; /* what its owner says to the next bytes */
static int takes_after;          /* and how often before it takes them */
static struct loop_timer later;

static void on_head(void *arg)
{
    (void)arg;
    heads++;
}

static enum upstream_take on_body(void *arg, struct text bytes)
{
    (void)arg;
    if (takes != UPSTREAM_TAKEN && takes_after == 0) {
        loop_timer_set(&loop, &later, loop_now_ms(&loop) + 1);
        return takes;
    }
    takes_after--;
    ck_assert_int_eq(buf_append_text(&body, bytes), 0);
    return UPSTREAM_TAKEN;
}

static void on_end(void *arg, enum transport transport)
{
    (void)arg;
    ended = transport;
    ends++;
    loop_stop(&loop);
}

/* What it took no bytes for is over. */
static void on_later(struct loop_timer *timer)
{
    (void)timer;
    takes = UPSTREAM_TAKEN;
    upstream_unpause(call);
}

static const struct upstream_events events = {.head = on_head, .body = on_body, .end = on_end};

static void setup(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(loop_init(&loop), 0);
    upstream = upstream_new(&loop);
    ck_assert_ptr_nonnull(upstream);
    buf_init(&headers, 100);
    buf_init(&body, 32u << 20);
    server_start();
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/x", pretended.port);
    heads = ends = 0;
    takes = UPSTREAM_TAKEN;
    later.due = on_later;
}

static void teardown(void)
{
    loop_timer_cancel(&loop, &later);
    upstream_free(upstream);
    (void)shutdown(pretended.listener, SHUT_RDWR);
    if (pretended.answers[0].bytes)
        pthread_join(pretended.thread, NULL);
    close(pretended.listener);
    buf_done(&headers);
    buf_done(&body);
    loop_done(&loop);
}

static void begin(const char *method, struct text sent, bool own_connection)
{
    const struct upstream_request request = {.method = method,
                                             .url = url,
                                             .body = sent,
                                             .own_connection = own_connection,
                                             .headers = &headers,
                                             .way = {.connect_timeout_ms = 5000},
                                             .events = &events};
    buf_reset(&body);
    heads = 0;
    call = upstream_start(upstream, &request);
}

static void run(void)
{
    loop.stopped = false;
    loop_run(&loop);
}

static void ask(const char *method, struct text sent)
{
    begin(method, sent, false);
    run();
}

static int status(void)
{
    return upstream_call_head(call)->status;
}

#define OK            "HTTP/1.1 200 OK\r\n"
#define SHORT(letter) .bytes = OK "Content-Length: 1\r\n\r\n" letter

static const struct {
    const char *what;
    struct answer answer;
    enum transport transport;
    int status;
    const char *body;
    bool kept; /* the next request goes over the same connection */
} rows[] = {
    {"a length", {.bytes = OK "Content-Length: 3\r\n\r\nabc"}, TRANSPORT_OK, 200, "abc", true},
    {"chunks",
     {.bytes = OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
     TRANSPORT_OK,
     200,
     "abc",
     true},
    {"no body", {.bytes = "HTTP/1.1 204 No Content\r\n\r\n"}, TRANSPORT_OK, 204, "", true},
    {"interim responses before it",
     {.bytes = "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 0\r\n\r\n"},
     TRANSPORT_OK,
     200,
     "",
     true},
    {"the end of the connection",
     {.bytes = OK "\r\nabc", .then = CLOSES},
     TRANSPORT_OK,
     200,
     "abc",
     false},
    {"a server that says it will close",
     {.bytes = OK "Content-Length: 3\r\nConnection: close\r\n\r\nabc", .then = CLOSES},
     TRANSPORT_OK,
     200,
     "abc",
     false},
    {"a server that closes without a word",
     {.bytes = OK "Content-Length: 3\r\n\r\nabc", .then = CLOSES},
     TRANSPORT_OK,
     200,
     "abc",
     false},
    {"more than was asked for",
     {.bytes = OK "Content-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\n"},
     TRANSPORT_OK,
     200,
     "abc",
     false},
    {"an older HTTP",
     {.bytes = "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", .then = CLOSES},
     TRANSPORT_OK,
     200,
     "a",
     false},
    {"a body that is cut",
     {.bytes = OK "Content-Length: 4\r\n\r\nabc", .then = CLOSES},
     TRANSPORT_TRUNCATED,
     200,
     "abc",
     false},
    {"chunks that are cut",
     {.bytes = OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", .then = CLOSES},
     TRANSPORT_TRUNCATED,
     200,
     "abc",
     false},
    {"a head that is cut",
     {.bytes = OK "Content-Le", .then = CLOSES},
     TRANSPORT_TRUNCATED,
     0,
     "",
     false},
    {"a reset in the body",
     {.bytes = OK "Content-Length: 4\r\n\r\nabc", .then = RESETS},
     TRANSPORT_RESET,
     200,
     NULL,
     false},
    {"nothing", {.bytes = "", .then = CLOSES}, TRANSPORT_RESET, 0, "", false},
    {"a reset", {.bytes = "", .then = RESETS}, TRANSPORT_RESET, 0, "", false},
    {"noise", {.bytes = "220 smtp\r\n", .then = CLOSES}, TRANSPORT_MALFORMED, 0, "", false},
    {"two lengths",
     {.bytes = OK "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", .then = CLOSES},
     TRANSPORT_MALFORMED,
     0,
     "",
     false},
};

START_TEST(an_answer_is_what_its_bytes_say)
{
    server_answers(rows[_i].answer, (struct answer){SHORT("z")});
    ask("POST", text_of("{}"));
    ck_assert_msg(ended == rows[_i].transport, "%s: %s", rows[_i].what, transport_word(ended));
    ck_assert_int_eq(status(), rows[_i].status);
    ck_assert_int_eq(heads, rows[_i].status != 0);
    if (rows[_i].body)
        ck_assert_msg(text_equals(buf_text(&body), rows[_i].body), "%s", rows[_i].what);
    upstream_release(call);
    ask("POST", text_of("{}"));
    ck_assert_msg(ended == TRANSPORT_OK && text_equals(buf_text(&body), "z"), "%s: then %s",
                  rows[_i].what, transport_word(ended));
    ck_assert_int_eq(pretended.connections, rows[_i].kept ? 1 : 2);
    ck_assert_int_eq(pretended.requests, 2);
    upstream_release(call);
}
END_TEST

START_TEST(one_with_a_connection_of_its_own_leaves_none)
{
    const struct answer answer = {.bytes = OK "Content-Length: 0\r\n\r\n"};
    server_answers(answer, answer);
    begin("GET", (struct text){0}, true);
    run();
    upstream_release(call);
    ask("GET", (struct text){0});
    ck_assert_int_eq(ended, TRANSPORT_OK);
    ck_assert_int_eq(pretended.connections, 2);
    upstream_release(call);
}
END_TEST

START_TEST(the_answer_to_head_has_no_body)
{
    const struct answer answer = {.bytes = OK "Content-Length: 10\r\n\r\n"};
    server_answers(answer, answer);
    ask("HEAD", (struct text){0});
    ck_assert_int_eq(ended, TRANSPORT_OK);
    upstream_release(call);
    ask("HEAD", (struct text){0});
    ck_assert_int_eq(pretended.connections, 1);
    upstream_release(call);
}
END_TEST

START_TEST(nobody_there_is_told_as_that)
{
    (void)shutdown(pretended.listener, SHUT_RDWR);
    close(pretended.listener);
    ask("GET", (struct text){0});
    ck_assert_int_eq(ended, TRANSPORT_CONNECT);
    ck_assert(!upstream_call_sent(call));
    ck_assert_str_ne(upstream_call_detail(call), "");
    upstream_release(call);
}
END_TEST

#define LARGE ((size_t)8 << 20)

static char *large(const char *head, size_t *ret_len)
{
    size_t head_len = strlen(head);
    char *bytes = malloc(head_len + LARGE);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, head, head_len);
    for (size_t i = 0; i < LARGE; i++)
        bytes[head_len + i] = (char)('a' + i * 31 % 26);
    *ret_len = head_len + LARGE;
    return bytes;
}

START_TEST(a_large_body_leaves_whole)
{
    size_t len;
    char *bytes = large("", &len);
    server_answers((struct answer){.bytes = OK "Content-Length: 0\r\n\r\n"}, (struct answer){0});
    ask("POST", text_make(bytes, len));
    ck_assert_int_eq(ended, TRANSPORT_OK);
    ck_assert_uint_eq(pretended.body_bytes, LARGE);
    upstream_release(call);
    free(bytes);
}
END_TEST

/* A server refuses a large body, then ends so; the answer is told, and its connection is not used
 * again. */
static void expect_the_refusal(enum then then)
{
    size_t len;
    char *bytes = large("", &len);
    const struct answer refusal = {
        .bytes = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nabc", .then = then};
    server_answers(refusal, (struct answer){.bytes = OK "Content-Length: 0\r\n\r\n"});
    ask("POST", text_make(bytes, len));
    ck_assert_msg(ended == TRANSPORT_OK, "%s", transport_word(ended));
    ck_assert_int_eq(status(), 413);
    ck_assert(text_equals(buf_text(&body), "abc"));
    upstream_release(call);
    ask("GET", (struct text){0});
    ck_assert_int_eq(pretended.connections, 2);
    upstream_release(call);
    free(bytes);
}

START_TEST(an_answer_that_does_not_wait_for_the_body_counts)
{
    expect_the_refusal(CLOSES_UNREAD);
}
END_TEST

/* A turn of the loop later the broken connection has been noticed. */
static void take_when_closed(struct loop_timer *timer)
{
    static int turns;
    turns = pretended.closed ? turns + 1 : 0;
    if (turns > 1)
        on_later(timer);
    else
        loop_timer_set(&loop, timer, loop_now_ms(&loop) + 1);
}

START_TEST(an_answer_counts_that_waits_while_the_sending_breaks)
{
    takes = UPSTREAM_PAUSE;
    takes_after = 0;
    later.due = take_when_closed;
    expect_the_refusal(RESETS_UNREAD);
}
END_TEST

START_TEST(what_is_not_taken_comes_again)
{
    size_t len;
    char *bytes = large(OK "Content-Length: 8388608\r\n\r\n", &len);
    server_answers((struct answer){.bytes = bytes, .len = len},
                   (struct answer){.bytes = OK "Content-Length: 0\r\n\r\n"});
    takes = UPSTREAM_PAUSE;
    takes_after = _i * 20; /* pieces */
    ask("GET", (struct text){0});
    ck_assert_int_eq(ended, TRANSPORT_OK);
    ck_assert_int_eq(takes, UPSTREAM_TAKEN);
    ck_assert_uint_eq(body.len, LARGE);
    ck_assert_int_eq(memcmp(body.data, bytes + len - LARGE, LARGE), 0);
    upstream_release(call);
    ask("GET", (struct text){0});
    ck_assert_int_eq(pretended.connections, 1);
    upstream_release(call);
    free(bytes);
}
END_TEST

START_TEST(who_wants_no_more_ends_it)
{
    server_answers((struct answer){.bytes = OK "Content-Length: 9\r\n\r\nabc"},
                   (struct answer){.bytes = OK "Content-Length: 0\r\n\r\n"});
    takes = UPSTREAM_STOP;
    takes_after = 0;
    ask("GET", (struct text){0});
    ck_assert_int_eq(ended, TRANSPORT_TOO_LARGE);
    loop_timer_cancel(&loop, &later);
    upstream_release(call);
    takes = UPSTREAM_TAKEN;
    ask("GET", (struct text){0});
    ck_assert_int_eq(pretended.connections, 2);
    upstream_release(call);
}
END_TEST

static void stop_the_call(struct loop_timer *timer)
{
    (void)timer;
    upstream_stop(call);
    loop_stop(&loop);
}

START_TEST(one_that_is_stopped_tells_nothing)
{
    server_answers((struct answer){.bytes = OK "Content-Length: 9\r\n\r\nabc"},
                   (struct answer){.bytes = OK "Content-Length: 0\r\n\r\n"});
    takes = UPSTREAM_PAUSE;
    takes_after = 0;
    later.due = stop_the_call;
    ask("GET", (struct text){0});
    ck_assert_int_eq(ends, 0);
    upstream_release(call);
    takes = UPSTREAM_TAKEN;
    ask("GET", (struct text){0});
    ck_assert_int_eq(ends, 1);
    ck_assert_int_eq(pretended.connections, 2);
    upstream_release(call);
}
END_TEST

static void begin_and_have_it_closed(struct loop_timer *timer)
{
    (void)timer;
    begin("GET", (struct text){0}, false);
    pretended.told = true;
    while (pretended.closed == 0)
        (void)usleep(100);
}

/* What is kept is looked at when the request is sent, not when the call begins. */
START_TEST(a_kept_connection_that_closes_in_the_same_turn_is_not_used)
{
    server_answers((struct answer){SHORT("a"), .then = CLOSES_WHEN_TOLD},
                   (struct answer){SHORT("b")});
    ask("GET", (struct text){0});
    upstream_release(call);
    later.due = begin_and_have_it_closed;
    loop_timer_set(&loop, &later, 0);
    run();
    ck_assert_int_eq(ended, TRANSPORT_OK);
    ck_assert(text_equals(buf_text(&body), "b"));
    ck_assert_int_eq(pretended.connections, 2);
    upstream_release(call);
}
END_TEST

START_TEST(one_that_is_stopped_in_its_first_turn_costs_nothing)
{
    server_answers((struct answer){SHORT("a")}, (struct answer){SHORT("b")});
    ask("GET", (struct text){0});
    upstream_release(call);
    begin("GET", (struct text){0}, false);
    upstream_stop(call);
    upstream_release(call);
    ask("GET", (struct text){0});
    ck_assert(text_equals(buf_text(&body), "b"));
    ck_assert_int_eq(pretended.connections, 1);
    ck_assert_int_eq(pretended.requests, 2);
    upstream_release(call);
}
END_TEST

static void leave_the_call(struct loop_timer *timer)
{
    (void)timer;
    takes = UPSTREAM_TAKEN;
    upstream_leave(call, 5000);
    upstream_release(call);
    begin("GET", (struct text){0}, false);
}

/* Its connection is there for the next one. */
START_TEST(one_that_is_left_ends_by_itself)
{
    static char half[] = OK "Content-Length: 3\r\n\r\nabc";
    server_answers((struct answer){.bytes = half}, (struct answer){SHORT("z")});
    takes = UPSTREAM_PAUSE;
    takes_after = 0;
    later.due = leave_the_call;
    begin("GET", (struct text){0}, false);
    run();
    ck_assert_int_eq(ends, 1);
    ck_assert_int_eq(ended, TRANSPORT_OK);
    ck_assert(text_equals(buf_text(&body), "z"));
    ck_assert_int_eq(pretended.connections, 1);
    upstream_release(call);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("upstream");
    TCase *tc = tcase_create("upstream");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, an_answer_is_what_its_bytes_say, 0, ROWS(rows));
    tcase_add_test(tc, one_with_a_connection_of_its_own_leaves_none);
    tcase_add_test(tc, the_answer_to_head_has_no_body);
    tcase_add_test(tc, nobody_there_is_told_as_that);
    tcase_add_test(tc, a_large_body_leaves_whole);
    tcase_add_test(tc, an_answer_that_does_not_wait_for_the_body_counts);
    tcase_add_test(tc, an_answer_counts_that_waits_while_the_sending_breaks);
    tcase_add_loop_test(tc, what_is_not_taken_comes_again, 0, 3);
    tcase_add_test(tc, who_wants_no_more_ends_it);
    tcase_add_test(tc, one_that_is_stopped_tells_nothing);
    tcase_add_test(tc, a_kept_connection_that_closes_in_the_same_turn_is_not_used);
    tcase_add_test(tc, one_that_is_stopped_in_its_first_turn_costs_nothing);
    tcase_add_test(tc, one_that_is_left_ends_by_itself);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
