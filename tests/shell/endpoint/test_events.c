/* What readers of /status/events are told, and when. Each test is a process of its own. */
#include <stdio.h>
#include <stdlib.h>

#include "../pretend_inbound.h"
#include "base/alloc.h"
#include "base/loop.h"
#include "base/shared_config.h"
#include "endpoint/endpoints.h"
#include "endpoint/events.h"
#include "endpoint/status.h"
#include "ledger/recent.h"
#include "record/metrics.h"
#include "record_case.h"
#include "serve/server.h"

static struct loop loop = {.now_ms = 100000};
static struct shared_config settings[2], *in_effect = &settings[0];
static struct endpoints at = {.loop = &loop, .shared = &in_effect};
static struct loop_timer *look; /* NULL = nobody looks */
static int64_t look_at_ms;
static const char *state = "{\"a\":1}";
static bool draining;
static int woken;

void loop_timer_set(struct loop *of, struct loop_timer *timer, int64_t at_ms)
{
    ck_assert_ptr_eq(of, &loop);
    look = timer;
    look_at_ms = at_ms;
}

void loop_timer_cancel(struct loop *of, struct loop_timer *timer)
{
    ck_assert_ptr_eq(of, &loop);
    look = timer == look ? NULL : look;
}

bool server_draining(const struct server *server)
{
    (void)server;
    return draining;
}

static int under_way;   /* exchanges, of all workers */
static size_t busy = 1; /* connections of this one: the reader's */

int64_t metrics_value(enum metric metric, const char *const labels[])
{
    ck_assert(metric == METRIC_INFLIGHT && !labels);
    return under_way;
}

size_t server_busy(const struct server *server)
{
    (void)server;
    return busy;
}

int status_write(struct endpoints *endpoints, const struct inbound *request, enum status_form form,
                 struct buf *out)
{
    ck_assert_ptr_eq(endpoints, &at);
    ck_assert_ptr_null(request);
    ck_assert_int_eq(form, STATUS_EVENT);
    return buf_append_string(out, state);
}

void inbound_wake(struct inbound *request)
{
    ck_assert_ptr_nonnull(request->job);
    woken++;
}

static int let_go;

void inbound_gone(struct inbound *request)
{
    const struct inbound_job *its = request->job;
    request->job = NULL;
    its->closed(request->job_arg, true);
    let_go++;
}

static void pass_ms(int64_t ms)
{
    int64_t end_ms = loop.now_ms + ms;
    while (look && look_at_ms <= end_ms) {
        loop.now_ms = look_at_ms;
        look->due(look);
    }
    loop.now_ms = end_ms;
}

static void end_exchange(unsigned number)
{
    struct exchange_record record = record_case_of(number);
    recent_add(&record);
}

static enum reply_more last_said;

/* All that waits for the reader of that request. Until the next call. */
static const char *read_of(const struct inbound *request)
{
    static char text[8 << 20];
    size_t len = 0, n = 0;
    while ((last_said = reply_read(&request->reply, text + len, 1000, &n)) == REPLY_BYTES)
        len += n;
    text[len] = '\0';
    return text;
}

static const char *read_all(void)
{
    return read_of(&inbound);
}

/* "exchange 0, exchange 1, state, lost 3" */
static const char *events_in(const char *text)
{
    static char told[1 << 16];
    size_t used = 0;
    told[0] = '\0';
    for (const char *from = text; (from = strstr(from, "event: ")); from++) {
        char name[16] = "", id[24] = "";
        (void)sscanf(from, "event: %15s", name);
        const char *data = strstr(from, "data: ");
        ck_assert_ptr_nonnull(data);
        (void)sscanf(data, "data: {\"id\":\"%23[0-9]", id);
        (void)sscanf(data, "data: {\"count\":%23[0-9]", id);
        used += (size_t)snprintf(told + used, sizeof(told) - used, "%s%s%s%s", used ? ", " : "",
                                 name, id[0] ? " " : "", id);
    }
    return told;
}

static void setup(void)
{
    at.events = events_new(&at);
    inbound.method = "GET";
}

static void teardown(void)
{
    inbound_closed(true);
    ck_assert_ptr_null(look); /* where nobody reads, nobody looks */
    events_free(at.events);
}

START_TEST(tells_what_ends)
{
    end_exchange(1); /* before: that is in status.json */
    events_show(&at, &inbound);
    ck_assert_int_eq(inbound.reply.status, 200);
    ck_assert_str_eq(replied_header("Content-Type"), "text/event-stream");
    ck_assert_str_eq(replied_header("Cache-Control"), "no-store");
    ck_assert_str_eq(read_all(), "retry: 2000\n\nevent: state\ndata: {\"a\":1}\n\n");
    ck_assert_int_eq(last_said, REPLY_WAIT);
    end_exchange(2);
    ck_assert_str_eq(read_all(), "");
    pass_ms(300);
    ck_assert_int_gt(woken, 0);
    const char *text = read_all();
    ck_assert_int_eq(strncmp(text, "id: 2\nevent: exchange\ndata: {\"id\":\"2\",", 38), 0);
    ck_assert_str_eq(text + strlen(text) - 3, "}\n\n");
    ck_assert_str_eq(events_in(text), "exchange 2");
    pass_ms(1000);
    ck_assert_str_eq(read_all(), "");
}
END_TEST

START_TEST(tells_a_state_when_it_is_another)
{
    events_show(&at, &inbound);
    (void)read_all();
    state = "{\"a\":2}";
    pass_ms(200);
    ck_assert_str_eq(read_all(), "");
    pass_ms(1000);
    ck_assert_str_eq(read_all(), "event: state\ndata: {\"a\":2}\n\n");
}
END_TEST

START_TEST(beats_in_a_silence)
{
    events_show(&at, &inbound);
    (void)read_all();
    pass_ms(14000);
    ck_assert_str_eq(read_all(), "");
    pass_ms(2000);
    ck_assert_str_eq(read_all(), ": still here\n\n");
}
END_TEST

START_TEST(tells_who_comes_again_what_it_missed)
{
    for (unsigned i = 0; i < 5; i++)
        end_exchange(i);
    inbound_add_header("last-event-id", "2");
    events_show(&at, &inbound);
    ck_assert_str_eq(events_in(read_all()), "state, exchange 3, exchange 4");
}
END_TEST

/* Another reader has kept the timer going: what it will be told at the next look comes once. */
START_TEST(tells_nothing_twice)
{
    static struct inbound second;
    struct header_field field = {text_of("last-event-id"), text_of("0")};
    end_exchange(0);
    events_show(&at, &inbound);
    end_exchange(1);
    reply_count = 0;
    second.method = "GET";
    second.headers = &field;
    second.header_count = 1;
    events_show(&at, &second);
    ck_assert_str_eq(events_in(read_of(&second)), "state");
    pass_ms(300);
    ck_assert_str_eq(events_in(read_of(&second)), "exchange 1");
    ck_assert_str_eq(events_in(read_all()), "state, exchange 1");
    second.job->closed(second.job_arg, true);
    reply_done(&second.reply);
    reply_count = 1;
    pass_ms(300);
}
END_TEST

START_TEST(leaves_out_what_is_too_much_and_says_so)
{
    events_show(&at, &inbound);
    (void)read_all();
    for (unsigned i = 0; i < 300; i++)
        end_exchange(i);
    pass_ms(300);
    const char *told = events_in(read_all());
    ck_assert_int_eq(strncmp(told, "lost 250, exchange 250, exchange 251", 36), 0);
    ck_assert_str_eq(told + strlen(told) - 12, "exchange 299");
}
END_TEST

START_TEST(does_not_wait_for_a_slow_reader)
{
    events_show(&at, &inbound);
    unsigned number = 0;
    for (int i = 0; i < 100; i++) {
        for (int j = 0; j < 50; j++)
            end_exchange(number++);
        pass_ms(250);
    }
    const char *text = read_all();
    ck_assert_uint_lt(strlen(text), 700u << 10);
    unsigned told = 0, lost = 0;
    for (const char *p = text; (p = strstr(p, "event: exchange")); p++)
        told++;
    end_exchange(number++);
    pass_ms(250);
    ck_assert_int_eq(
        sscanf(strstr(read_all(), "event: lost"), "event: lost data: {\"count\":%u}", &lost), 1);
    ck_assert_uint_eq(told + lost, 5000);
}
END_TEST

START_TEST(ends_when_the_daemon_drains)
{
    events_show(&at, &inbound);
    (void)read_all();
    ck_assert_int_eq(last_said, REPLY_WAIT);
    draining = true;
    pass_ms(300);
    ck_assert_int_gt(woken, 0);
    (void)read_all();
    ck_assert_int_eq(last_said, REPLY_END);
}
END_TEST

/* Of this worker, or of another. */
START_TEST(tells_what_ends_in_the_drain_before_it_ends)
{
    events_show(&at, &inbound);
    (void)read_all();
    draining = true;
    under_way = _i == 0;
    busy = _i == 1 ? 2 : 1;
    pass_ms(5000);
    (void)read_all();
    ck_assert_int_eq(last_said, REPLY_WAIT);
    end_exchange(1);
    under_way = 0;
    busy = 1;
    pass_ms(100);
    ck_assert_str_eq(events_in(read_all()), "exchange 1");
    ck_assert_int_eq(last_said, REPLY_END);
}
END_TEST

START_TEST(lets_one_go_that_does_not_read_at_the_end)
{
    events_show(&at, &inbound);
    draining = true;
    pass_ms(1000);
    ck_assert_int_eq(let_go, 0);
    pass_ms(1000);
    ck_assert_int_eq(let_go, 1);
}
END_TEST

/* By then it may need another token. */
START_TEST(ends_when_the_settings_are_others)
{
    events_show(&at, &inbound);
    pass_ms(1000);
    (void)read_all();
    ck_assert_int_eq(last_said, REPLY_WAIT);
    in_effect = &settings[1];
    pass_ms(300);
    (void)read_all();
    ck_assert_int_eq(last_said, REPLY_END);
}
END_TEST

START_TEST(tells_who_comes_from_another_life_what_there_is)
{
    for (unsigned i = 0; i < 60; i++)
        end_exchange(i);
    inbound_add_header("last-event-id", "x");
    events_show(&at, &inbound);
    ck_assert_int_eq(strncmp(events_in(read_all()), "state, exchange 10, ", 20), 0);
    end_exchange(60);
    pass_ms(300);
    ck_assert_str_eq(events_in(read_all()), "lost 10, exchange 60");
}
END_TEST

/* All that can come in one look has room, whatever the names of apps are. */
START_TEST(has_room_for_the_worst_names)
{
    struct exchange_record record = record_case_worst();
    events_show(&at, &inbound);
    (void)read_all();
    for (int i = 0; i < RECENT_MAX; i++)
        recent_add(&record);
    pass_ms(300);
    const char *text = read_all();
    ck_assert_int_eq(strncmp(text, "event: lost\ndata: {\"count\":150}", 31), 0);
    ck_assert_uint_gt(strlen(text), 3u << 20);
}
END_TEST

START_TEST(has_no_body_for_head)
{
    inbound.method = "HEAD";
    events_show(&at, &inbound);
    ck_assert_int_eq(reply_read(&inbound.reply, NULL, 0, NULL), REPLY_END);
    ck_assert_str_eq(replied_header("Content-Type"), "text/event-stream");
}
END_TEST

START_TEST(refuses_who_is_one_too_many)
{
    static struct inbound many[256];
    for (size_t i = 0; i < 256; i++) {
        many[i].method = "GET";
        reply_count = 0;
        events_show(&at, &many[i]);
        ck_assert_int_eq(many[i].reply.status, 200);
    }
    reply_count = 0;
    events_show(&at, &inbound);
    ck_assert_int_eq(inbound.reply.status, 503);
    for (size_t i = 0; i < 256; i++) {
        many[i].job->closed(many[i].job_arg, true);
        reply_done(&many[i].reply);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("events");
    TCase *tc = tcase_create("events");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, tells_what_ends);
    tcase_add_test(tc, tells_a_state_when_it_is_another);
    tcase_add_test(tc, beats_in_a_silence);
    tcase_add_test(tc, tells_who_comes_again_what_it_missed);
    tcase_add_test(tc, tells_nothing_twice);
    tcase_add_test(tc, leaves_out_what_is_too_much_and_says_so);
    tcase_add_test(tc, does_not_wait_for_a_slow_reader);
    tcase_add_test(tc, ends_when_the_daemon_drains);
    tcase_add_loop_test(tc, tells_what_ends_in_the_drain_before_it_ends, 0, 2);
    tcase_add_test(tc, lets_one_go_that_does_not_read_at_the_end);
    tcase_add_test(tc, ends_when_the_settings_are_others);
    tcase_add_test(tc, tells_who_comes_from_another_life_what_there_is);
    tcase_add_test(tc, has_room_for_the_worst_names);
    tcase_add_test(tc, has_no_body_for_head);
    tcase_add_test(tc, refuses_who_is_one_too_many);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
