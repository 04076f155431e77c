/* The line and the numbers at the end of an exchange. */
#include <string.h>

#include "pretend_exchange.h"
#include "pretend_log.h"
#include "record/metrics.h"
#include "unit.h"

static void setup(void)
{
    world_begin(
        PROVIDERS("one, two", "1") "[model known]\none = m\n"
                                   "[model elsewhere]\ntwo = m\n[model family-*]\ntwo = m\n");
    log_begin();
}

static void teardown(void)
{
    world_end();
}

#define USED                                                                                       \
    "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"content\":\"x\"}}],"     \
    "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":5}}"

static int64_t requests(const char *provider, const char *status, const char *fallback)
{
    const char *labels[] = {provider, status, fallback, ""};
    return metrics_value(METRIC_REQUESTS, labels);
}

START_TEST(tells_of_an_answer)
{
    ask(CHAT "?key=secret", WHOLE);
    pass_ms(70);
    send_answer(call_now(), 200, USED);
    pass_ms(30);
    say_end(false);
    const char *line = logged_event("exchange");
    static const char *const parts[] = {"level=info",
                                        " id=7777777777777777 ",
                                        " provider=one ",
                                        " model=m ",
                                        " class=ok ",
                                        " attempts=\"one=1\" ",
                                        " status=200 ",
                                        " stream=false ",
                                        " prompt_tokens=11 ",
                                        " completion_tokens=5 ",
                                        " ttft_ms=70 ",
                                        " duration_ms=100 ",
                                        " path=/v1/chat/completions "};
    for (size_t i = 0; i < COUNT(parts); i++)
        ck_assert_msg(strstr(line, parts[i]) != NULL, "no \"%s\" in: %s", parts[i], line);
    ck_assert_ptr_null(strstr(line, "secret"));
    ck_assert_ptr_null(strstr(line, "fallback"));
    ck_assert_int_eq(requests("one", "200", "no"), 1);
}
END_TEST

START_TEST(tells_of_a_fallback)
{
    ask(CHAT, WHOLE);
    send_answer(call_now(), 500, "{}");
    send_answer(call_now(), 200, USED);
    say_end(false);
    ck_assert_logged("exchange", " provider=two ");
    ck_assert_logged("exchange", " fallback=server ");
    ck_assert_logged("exchange", "one=1, two=1");
    ck_assert_int_eq(requests("two", "200", "yes"), 1);
}
END_TEST

START_TEST(tells_that_all_have_failed)
{
    ask(CHAT, WHOLE);
    send_answer(call_now(), 500, "{}");
    send_answer(call_now(), 429, "{}");
    say_end(false);
    ck_assert_logged("all_failed", "level=error");
    ck_assert_logged("all_failed", " class=rate_limit ");
    ck_assert_logged("exchange", " class=rate_limit ");
    ck_assert_int_eq(requests("two", "502", "yes"), 1);
}
END_TEST

/* 499 is nginx's word for it: nobody got a status. */
START_TEST(tells_that_the_client_went_away)
{
    ask(CHAT, WHOLE);
    say_end(true);
    ck_assert_logged("exchange", " class=cancelled ");
    ck_assert_logged("exchange", " status=499 ");
}
END_TEST

START_TEST(tells_that_the_client_went_amid_the_stream)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("a"));
    (void)read_all();
    say_end(true);
    ck_assert_logged("exchange", " class=cancelled ");
    ck_assert_logged("exchange", " status=200 ");
    ck_assert_logged("exchange", " stream=true ");
}
END_TEST

/* Who then leaves first does not matter. */
START_TEST(tells_of_a_whole_stream_whoever_leaves)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("a") FINISH DONE);
    (void)read_all();
    say_end(true);
    ck_assert_logged("exchange", " class=ok ");
}
END_TEST

START_TEST(tells_of_a_broken_stream)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("a"));
    send_end(call_now(), TRANSPORT_RESET);
    settle();
    (void)read_all();
    say_end(false);
    ck_assert_logged("exchange", " class=network ");
    ck_assert_logged("stream_incomplete", " class=network ");
}
END_TEST

START_TEST(tells_of_a_refused_request)
{
    ask(CHAT, "[");
    say_end(false);
    ck_assert_logged("exchange", " class=request ");
    ck_assert_logged("exchange", " status=400 ");
    ck_assert_int_eq(requests("none", "400", "no"), 1);
}
END_TEST

#define TEN "0123456789"

static const struct {
    const char *name;
    const char *value;
    const char *told;
} traces[] = {
    {"as it came", "req-1", " x_request_id=req-1 "},
    {"quoted where it must be", "a b=c", " x_request_id=\"a b=c\" "},
    {"without a value", "", " x_request_id=\"\" "},
    {"a long one by its beginning", TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN,
     " x_request_id=" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "01234567 "},
    {"no other line comes of it", "a\xe2\x80\xaelevel=error",
     " x_request_id=\"a\\u202elevel=error\" "},
};

START_TEST(names_the_trace_that_the_app_sent)
{
    const struct header_field fields[] = {
        {text_of("X-Request-Id"), text_of(traces[_i].value)},
        {text_of("traceparent"),
         text_of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")}};
    ask_with(CHAT, WHOLE, fields, COUNT(fields));
    send_answer(call_now(), 200, USED);
    say_end(false);
    ck_assert_logged("exchange", traces[_i].told);
    ck_assert_logged("exchange",
                     " traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ");
}
END_TEST

START_TEST(without_a_trace_tells_of_none)
{
    ask(CHAT, WHOLE);
    send_answer(call_now(), 200, USED);
    say_end(false);
    ck_assert_ptr_null(strstr(logged_event("exchange"), "x_request_id"));
    ck_assert_ptr_null(strstr(logged_event("exchange"), "traceparent"));
}
END_TEST

/* Apps can send any name: in the numbers only those of the settings stand. */
static const struct {
    const char *name;
    const char *asked;
    const char *label;
} models[] = {
    {"what a [model] line has that provider asked for", "known", "m"},
    {"one that is in no line of them", "mine", "other"},
    {"the name of a section whose line is of another provider", "elsewhere", "elsewhere"},
    {"a pattern is no name", "family-1", "other"},
    {"a label and more of an attacker's", "m\\\"} 1", "other"},
};

START_TEST(counts_tokens_under_names_of_the_settings)
{
    char body[256];
    const char *labels[] = {"one", models[_i].label, "prompt", ""};
    (void)snprintf(body, sizeof(body),
                   "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
                   models[_i].asked);
    ask(CHAT, body);
    send_answer(call_now(), 200, USED);
    say_end(false);
    ck_assert_msg(metrics_value(METRIC_TOKENS, labels) == 11, "%s", models[_i].name);
    ck_assert_int_eq(metrics_sum(METRIC_TOKENS), 16);
}
END_TEST

START_TEST(counts_tokens_under_the_providers_own_model)
{
    const char *labels[] = {"one", "gpt-4", "completion", ""};
    ask(CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    send_answer(call_now(), 200, USED);
    say_end(false);
    ck_assert_int_eq(metrics_value(METRIC_TOKENS, labels), 5);
}
END_TEST

/* Once a minute, whatever is asked. */
START_TEST(says_once_that_a_name_is_nearly_a_providers)
{
    ask(CHAT, "{\"model\":\"olama:m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    say_end(true);
    client_anew();
    ck_assert_logged("model", " meant=ollama ");
    ask(CHAT, "{\"model\":\"olama:m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    say_end(true);
    const char *first = strstr(logged(), " event=model ");
    ck_assert_ptr_null(strstr(first + 1, " event=model "));
}
END_TEST

START_TEST(counts_what_is_under_way)
{
    int64_t before = metrics_value(METRIC_INFLIGHT, NULL);
    ask(CHAT, STREAM);
    ck_assert_int_eq(metrics_value(METRIC_INFLIGHT, NULL), before + 1);
    ck_assert_int_eq(metrics_value(METRIC_OPEN_STREAMS, NULL), 0);
    send_stream(PIECE_OF("a"));
    ck_assert_int_eq(metrics_value(METRIC_OPEN_STREAMS, NULL), 1);
    say_end(true);
    ck_assert_int_eq(metrics_value(METRIC_OPEN_STREAMS, NULL), 0);
    ck_assert_int_eq(metrics_value(METRIC_INFLIGHT, NULL), before);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("exchange_report");
    TCase *tcase = tcase_create("exchange_report");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, tells_of_an_answer);
    tcase_add_test(tcase, tells_of_a_fallback);
    tcase_add_test(tcase, tells_that_all_have_failed);
    tcase_add_test(tcase, tells_that_the_client_went_away);
    tcase_add_test(tcase, tells_that_the_client_went_amid_the_stream);
    tcase_add_test(tcase, tells_of_a_whole_stream_whoever_leaves);
    tcase_add_test(tcase, tells_of_a_broken_stream);
    tcase_add_test(tcase, tells_of_a_refused_request);
    tcase_add_loop_test(tcase, names_the_trace_that_the_app_sent, 0, ROWS(traces));
    tcase_add_test(tcase, without_a_trace_tells_of_none);
    tcase_add_loop_test(tcase, counts_tokens_under_names_of_the_settings, 0, ROWS(models));
    tcase_add_test(tcase, counts_tokens_under_the_providers_own_model);
    tcase_add_test(tcase, says_once_that_a_name_is_nearly_a_providers);
    tcase_add_test(tcase, counts_what_is_under_way);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
