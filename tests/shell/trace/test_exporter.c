/* When spans are sent, what becomes of them, and who is told; with a pretended network. */
#include "../pretend_upstream.h"
#include "base/alloc.h"
#include "base/shared_config.h"
#include "provider/local_switch.h"
#include "record/log.h"
#include "record/metrics.h"
#include "trace/exporter.h"

static char otlp[] = "http://127.0.0.1:4318", far[] = "https://otel.example/in";
static struct config config;
static struct shared_config shared = {.config = &config};
static struct shared_config *in_effect = &shared;
static struct exporter *exporter;

static struct exchange_record record;
static struct history history;
static const struct traceparent parent = {.trace = "0af7651916cd43dd8448eb211c80319c", .flags = 1};
static const struct spans_exchange exchange = {.record = &record,
                                               .history = &history,
                                               .path = API_PATH_CHAT,
                                               .method = "POST",
                                               .parent = &parent,
                                               .span = "0123456789abcdef",
                                               .answer_span = "",
                                               .answer_class = "ok"};

/* Exchanges of one span each. */
static void add(int exchanges)
{
    for (int i = 0; i < exchanges; i++)
        exporter_add(exporter, &exchange);
}

static int64_t lost(void)
{
    return metrics_value(METRIC_OTLP_DROPPED, NULL);
}

/* How many spans the request under way has. */
static int under_way(void)
{
    int spans = 0;
    ck_assert_ptr_nonnull(wire.call);
    const char *at = wire.call->request.body.at;
    while ((at = strstr(at, "\"spanId\"")) != NULL) {
        spans++;
        at++;
    }
    return spans;
}

static void setup(void)
{
    log_silence();
    ck_assert_int_eq(loop_init(&loop), 0);
    metrics_setup();
    atomic_init(&shared.users, 1);
    config.log.otlp = otlp;
    exchange_record_init(&record);
    exporter = exporter_new(&wire, &in_effect);
}

static void teardown(void)
{
    exporter_free(exporter);
    ck_assert_ptr_null(wire.call);
    ck_assert_uint_eq(loop.timer_count, 0);
    loop_done(&loop);
}

START_TEST(spans_are_sent_a_second_later)
{
    pass(5000);
    ck_assert_int_eq(wire.started, 0);
    add(1);
    pass(999);
    add(1);
    ck_assert_int_eq(wire.started, 0);
    pass(1);
    ck_assert_int_eq(under_way(), 2);
    const struct upstream_request *request = &wire.call->request;
    ck_assert_str_eq(request->method, "POST");
    ck_assert_str_eq(request->url, "http://127.0.0.1:4318/v1/traces");
    ck_assert_str_eq(request->headers->data, "Content-Type: application/json");
    ck_assert(!request->own_connection);
    wire_end(200, "{}");
    pass(60000);
    ck_assert_int_eq(wire.started, 1);
    ck_assert_int_eq(lost(), 0);
}
END_TEST

START_TEST(a_hundred_are_sent_at_once)
{
    add(99);
    pass(0);
    ck_assert_int_eq(wire.started, 0);
    add(1);
    pass(0);
    ck_assert_int_eq(under_way(), 100);
    add(150); /* one request at a time */
    pass(5000);
    ck_assert_int_eq(under_way(), 100);
    wire_end(200, "");
    pass(0);
    ck_assert_int_eq(under_way(), 150);
    add(1);
    wire_end(200, "");
    pass(999);
    ck_assert_ptr_null(wire.call);
    pass(1);
    ck_assert_int_eq(under_way(), 1);
    wire_end(200, "");
}
END_TEST

START_TEST(without_an_answer_it_is_sent_again)
{
    add(1);
    pass(1000);
    wire_end(0, "");
    pass(0); /* at once, and over a connection of its own */
    ck_assert_int_eq(wire.started, 2);
    ck_assert(wire.call->request.own_connection);
    wire_end(0, "");
    add(3);
    pass(700);
    ck_assert_ptr_null(wire.call);
    pass(300);
    ck_assert_int_eq(under_way(), 1);
    wire_end(200, "");
    pass(1000);
    ck_assert_int_eq(under_way(), 3);
    ck_assert(!wire.call->request.own_connection);
    wire_end(200, "");
    ck_assert_int_eq(lost(), 0);
}
END_TEST

START_TEST(an_answer_that_does_not_come_is_none)
{
    add(1);
    pass(1000);
    pass(9999);
    ck_assert_int_eq(wire.started, 1);
    pass(1);
    ck_assert_int_eq(wire.started, 2);
    wire_end(200, "");
}
END_TEST

START_TEST(the_wait_that_it_names_is_kept)
{
    add(1);
    pass(1000);
    ck_assert_int_eq(
        buf_append_string(&wire.call->head.lines, "HTTP/1.1 503 Busy\r\nRetry-After: 20\r\n\r\n"),
        0);
    wire_end(503, "");
    pass(19999);
    ck_assert_int_eq(wire.started, 1);
    pass(1);
    wire_end(503, "");
    pass(1499);
    ck_assert_int_eq(wire.started, 2);
    pass(501);
    wire_end(200, "");
    ck_assert_int_eq(wire.started, 3);
}
END_TEST

START_TEST(what_it_refuses_is_lost)
{
    add(2);
    pass(1000);
    add(1);
    wire_end(404, "");
    ck_assert_int_eq(lost(), 2);
    pass(1000);
    ck_assert_int_eq(under_way(), 1);
    wire_end(200, "{\"partialSuccess\":{\"rejectedSpans\":\"9\"}}"); /* more than it got */
    ck_assert_int_eq(lost(), 3);
}
END_TEST

START_TEST(an_answer_of_any_length_is_one)
{
    char *body = xcalloc(1, 1u << 20);
    memset(body, ' ', (1u << 20) - 1);
    add(1);
    pass(1000);
    wire_end(200, body);
    free(body);
    ck_assert_int_eq(lost(), 0);
    pass(60000);
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(what_waits_has_a_bound)
{
    add(100);
    pass(0);
    add(EXPORTER_SPANS_MAX);
    ck_assert_int_eq(lost(), 0);
    add(7);
    ck_assert_int_eq(lost(), 7);
    wire_end(200, "");
    pass(0);
    ck_assert_int_eq(under_way(), EXPORTER_SPANS_MAX);
    wire_end(200, "");
}
END_TEST

START_TEST(and_so_have_its_bytes)
{
    char name[EXCHANGE_RECORD_NAME_MAX];
    memset(name, '\x01', sizeof(name)); /* six bytes each, as JSON has them */
    record.asked = exchange_record_keep(&record, text_make(name, sizeof(name)));
    add(EXPORTER_SPANS_MAX);
    int64_t full = lost();
    ck_assert_int_gt(full, 0);
    pass(0);
    ck_assert_int_eq(under_way() + full, EXPORTER_SPANS_MAX);
    ck_assert_uint_lt(wire.call->request.body.len, EXPORTER_BYTES_MAX + 4096);
    wire_end(200, "");
}
END_TEST

START_TEST(nothing_goes_out_there_while_nothing_may)
{
    config.log.otlp = far;
    add(1);
    local_switch_set(true);
    pass(1000);
    add(1);
    pass(1000);
    ck_assert_int_eq(wire.started, 0);
    ck_assert_int_eq(lost(), 2);
    config.log.otlp = otlp;
    add(1);
    pass(1000);
    wire_end(200, "");
    local_switch_set(false);
    config.log.otlp = far;
    add(1);
    pass(1000);
    ck_assert_str_eq(wire.call->request.url, far);
    wire_end(200, "");
    ck_assert_int_eq(lost(), 2);
}
END_TEST

START_TEST(new_settings_count_for_what_waits)
{
    add(1);
    pass(1000);
    wire_end(503, "");
    config.log.otlp = far;
    exporter_configure(exporter);
    pass(0);
    ck_assert_str_eq(wire.call->request.url, far);
    wire_end(503, "");
    config.log.otlp = NULL;
    exporter_configure(exporter);
    pass(0);
    ck_assert_ptr_null(wire.call);
    ck_assert_int_eq(lost(), 1);
}
END_TEST

START_TEST(at_the_end_what_waits_is_sent_at_once)
{
    ck_assert(exporter_drain(exporter));
    add(1);
    pass(0);
    ck_assert(!exporter_drain(exporter));
    add(1); /* of an exchange that ended last */
    wire_end(200, "");
    ck_assert(!exporter_drain(exporter));
    pass(0);
    wire_end(200, "");
    ck_assert(exporter_drain(exporter));
    ck_assert_int_eq(wire.started, 2);
}
END_TEST

START_TEST(or_lost_with_the_first_failure)
{
    add(2);
    pass(1000);
    add(1);
    ck_assert(!exporter_drain(exporter));
    pass(2000); /* it hangs */
    ck_assert(exporter_drain(exporter));
    ck_assert_int_eq(lost(), 3);
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(what_was_to_be_sent_later_is_sent_at_the_end)
{
    add(1);
    pass(1000);
    wire_end(503, "");
    ck_assert(!exporter_drain(exporter));
    ck_assert_int_eq(wire.started, 2);
    wire_end(200, "");
    ck_assert(exporter_drain(exporter));
    ck_assert_int_eq(lost(), 0);
}
END_TEST

START_TEST(it_may_go_at_any_time)
{
    add(1);
    pass(1000);
    add(1);
    exporter_free(exporter);
    ck_assert_ptr_null(wire.call);
    ck_assert_int_eq(lost(), 2);
    exporter = exporter_new(&wire, &in_effect);
    exporter_free(NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("exporter");
    TCase *tc = tcase_create("exporter");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, spans_are_sent_a_second_later);
    tcase_add_test(tc, a_hundred_are_sent_at_once);
    tcase_add_test(tc, without_an_answer_it_is_sent_again);
    tcase_add_test(tc, an_answer_that_does_not_come_is_none);
    tcase_add_test(tc, the_wait_that_it_names_is_kept);
    tcase_add_test(tc, what_it_refuses_is_lost);
    tcase_add_test(tc, an_answer_of_any_length_is_one);
    tcase_add_test(tc, what_waits_has_a_bound);
    tcase_add_test(tc, and_so_have_its_bytes);
    tcase_add_test(tc, nothing_goes_out_there_while_nothing_may);
    tcase_add_test(tc, new_settings_count_for_what_waits);
    tcase_add_test(tc, at_the_end_what_waits_is_sent_at_once);
    tcase_add_test(tc, or_lost_with_the_first_failure);
    tcase_add_test(tc, what_was_to_be_sent_later_is_sent_at_the_end);
    tcase_add_test(tc, it_may_go_at_any_time);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
