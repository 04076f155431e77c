/* The replies of an exchange: which fields of a provider go on, and what we say ourselves. */
#include <string.h>
#include <strings.h>

#include "pretend_exchange.h"
#include "unit.h"

static void setup(void)
{
    world_begin(PROVIDERS("one, two", "1"));
}

static void teardown(void)
{
    world_end();
}

/* A provider's answer with these fields. */
static void answer_with(int status, const char *fields, const char *body)
{
    send_head(call_now(), status, fields);
    (void)send_bytes(call_now(), body);
    send_end(call_now(), TRANSPORT_OK);
    settle();
}

/* ---- a provider's fields */

struct row {
    const char *name;
    int status;
    const char *fields;
    const char *field, *value; /* of the reply; "" = it is not there */
};

static const struct row rows[] = {
    {"its own go on", 200, "X-Request-Id: 7\r\n", "x-request-id", "7"},
    {"also with an error", 400, "X-Request-Id: 7\r\n", "x-request-id", "7"},
    {"those of the connection do not", 200, "Keep-Alive: timeout=5\r\n", "keep-alive", ""},
    {"nor those that it names", 200, "Connection: X-Hop\r\nX-Hop: 1\r\n", "x-hop", ""},
    {"nor its length, which is ours to tell", 200, "Content-Length: 99\r\n", "content-length", ""},
    {"nor what tells of a coding, which is off", 200, "Content-Encoding: identity\r\n",
     "content-encoding", ""},
    {"nor our key in an error", 400, "X-Echo: Bearer k1-secret-key\r\n", "x-echo", "Bearer ****"},
    {"a wait goes on", 400, "Retry-After: 7\r\n", "retry-after", "7"},
    {"one without end is cut", 400, "Retry-After: 86400\r\n", "retry-after", "30"},
    {"in ms too", 400, "Retry-After-Ms: 86400000\r\n", "retry-after-ms", "30000"},
    {"one that is none does not", 400, "Retry-After: soon\r\n", "retry-after", ""},
};

START_TEST(passes_on_or_not)
{
    const struct row *row = &rows[_i];
    ask(CHAT, WHOLE);
    answer_with(row->status, row->fields,
                row->status == 200 ? GOOD : "{\"error\":{\"message\":\"bad\"}}");
    ck_assert_int_eq(client.reply.status, row->status);
    ck_assert_msg(strcmp(field(row->field), row->value) == 0, "%s: %s", row->name,
                  field(row->field));
}
END_TEST

START_TEST(passes_a_whole_answer_byte_for_byte)
{
    static const char odd[] =
        "{ \"x\":1.0, "
        "\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"\\u0041\"}}]}";
    ask(CHAT, WHOLE);
    answer_with(200, JSON_TYPE, odd);
    ck_assert(text_equals(buf_text(&client.body), odd));
    ck_assert_str_eq(field("content-type"), "application/json");
}
END_TEST

START_TEST(gives_an_answer_in_the_other_form_its_type)
{
    ask(CHAT, WHOLE);
    answer_with(200, EVENTS_TYPE, PIECE_OF("a") FINISH DONE);
    ck_assert_int_eq(client.reply.status, 200);
    ck_assert_str_eq(field("content-type"), "application/json");
    ck_assert(body_has("\"a\""));
}
END_TEST

/* ---- what it says of itself */

START_TEST(signs_with_who_and_what)
{
    ask(CHAT, WHOLE);
    answer_with(200, JSON_TYPE, GOOD);
    ck_assert_str_eq(field("x-understudy-id"), "7777777777777777");
    ck_assert_str_eq(field("x-understudy-provider"), "one");
    ck_assert_str_eq(field("x-understudy-attempts"), "one=1");
}
END_TEST

/* The head goes out before it is known who answers. */
START_TEST(signs_a_stream_when_it_begins)
{
    ask(CHAT, STREAM);
    send_answer(call_now(), 500, "{}");
    send_stream(PIECE_OF("a"));
    ck_assert_str_eq(field("x-understudy-provider"), "two");
    ck_assert_str_eq(field("x-understudy-fallback"), "server");
    ck_assert_str_eq(field("content-type"), "text/event-stream");
}
END_TEST

/* ---- errors */

START_TEST(gives_a_providers_error_as_it_came)
{
    ask(CHAT, WHOLE);
    answer_with(400, JSON_TYPE, "{\"error\":{\"message\":\"bad k1-secret-key\",\"odd\":1}}");
    ck_assert_int_eq(client.reply.status, 400);
    ck_assert_str_eq(field("x-should-retry"), "false");
    ck_assert(body_has("\"odd\":1") && !body_has("k1-secret-key"));
}
END_TEST

/* How long, as the providers named it: the shortest, as any may answer then. */
START_TEST(names_a_wait_when_all_have)
{
    ask(CHAT, WHOLE);
    answer_with(429, "Retry-After: 9\r\n", "{}");
    answer_with(429, "Retry-After: 7\r\n", "{}");
    ck_assert_int_eq(client.reply.status, 503);
    ck_assert_str_eq(field("retry-after"), "7");
    ck_assert_str_eq(field("x-should-retry"), "false");
    ck_assert(body_has("\"attempts\":["));
}
END_TEST

START_TEST(names_the_breakers_wait)
{
    shared->config->breaker.failures = 1;
    health_configure(shared->config);
    ask(CHAT, WHOLE);
    send_answer(call_now(), 500, "{}");
    send_answer(call_now(), 500, "{}");
    ck_assert_int_eq(client.heads, 1);
    say_end(false);
    client_anew();
    ask(CHAT, WHOLE);
    ck_assert_int_eq(wire.started, 2);
    ck_assert_int_eq(client.reply.status, 503);
    ck_assert_str_eq(field("retry-after"), "10");
}
END_TEST

START_TEST(is_its_own_error_where_only_one_was_asked)
{
    const struct header_field fields[] = {{text_of("x-understudy-route"), text_of("one")}};
    ask_with(CHAT, WHOLE, fields, 1);
    answer_with(500, JSON_TYPE, "{\"error\":{\"message\":\"broken\"}}");
    ck_assert_int_ge(client.reply.status, 500);
    ck_assert(body_has("broken") && !body_has("All LLM providers"));
}
END_TEST

/* ---- Ollama's, which are translated */

START_TEST(makes_the_head_of_a_translation_itself)
{
    const struct header_field fields[] = {{text_of("x-understudy-route"), text_of("ollama")}};
    ask_with(
        CHAT,
        "{\"model\":\"m\",\"logit_bias\":{\"7\":1},\"messages\":[{\"role\":\"user\",\"content\":"
        "\"hi\"}]}",
        fields, 1);
    serve_ollama();
    answer_with(200, JSON_TYPE "X-Request-Id: 7\r\n",
                "{\"message\":{\"role\":\"assistant\",\"content\":\"x\"},\"done\":true,"
                "\"done_reason\":\"stop\"}");
    ck_assert_int_eq(client.reply.status, 200);
    ck_assert_str_eq(field("x-request-id"), "");
    ck_assert_str_eq(field("content-type"), "application/json");
    ck_assert_str_eq(field("x-understudy-model"), "small");
    ck_assert_str_eq(field("x-understudy-dropped"), "logit_bias");
    ck_assert(body_has("\"choices\""));
}
END_TEST

START_TEST(makes_an_error_of_a_translation_itself)
{
    const struct header_field fields[] = {{text_of("x-understudy-route"), text_of("ollama")}};
    ask_with(CHAT, WHOLE, fields, 1);
    serve_ollama();
    answer_with(400, JSON_TYPE, "{\"error\":\"bad\"}");
    ck_assert_int_eq(client.reply.status, 400);
    ck_assert(body_has("\"message\":\"") && body_has("bad") && body_has("\"type\""));
}
END_TEST

/* ---- how many tokens a request has */

#define COUNTED "{\"model\":\"claude-x\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"

static const struct {
    const char *name;
    int status;
    const char *body;
    bool estimated;
    const char *told; /* among other things */
} counts[] = {
    {"what is counted is passed on", 200, "{\"input_tokens\":4321}", false,
     "{\"input_tokens\":4321}"},
    {"an overload is estimated", 529, "{\"type\":\"error\"}", true, "{\"input_tokens\":"},
    {"a wrong key is", 401, "{\"type\":\"error\"}", true, "{\"input_tokens\":"},
    {"a limit is", 429, "{\"type\":\"error\"}", true, "{\"input_tokens\":"},
    {"what is wrong with the request is told", 400,
     "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no\"}}",
     false, "\"no\""},
};

START_TEST(counts_tokens_or_estimates_them)
{
    world_end();
    world_begin("[route]\nmessages = anthropic\n"
                "[provider anthropic]\nbase_url = http://127.0.0.1:9\napi_key = k1-secret-key\n"
                "[connectivity]\ncheck_url =\n");
    ask("/messages/count_tokens", COUNTED);
    send_answer(call_now(), counts[_i].status, counts[_i].body);
    settle();
    ck_assert_msg(client.reply.status == (counts[_i].estimated ? 200 : counts[_i].status), "%s: %d",
                  counts[_i].name, client.reply.status);
    ck_assert_str_eq(field("x-understudy-provider"),
                     counts[_i].estimated ? "estimate" : "anthropic");
    ck_assert(body_has(counts[_i].told));
    ck_assert_str_eq(field("x-understudy-attempts"), "anthropic=1");
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("exchange_reply");
    TCase *tcase = tcase_create("exchange_reply");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, passes_on_or_not, 0, ROWS(rows));
    tcase_add_test(tcase, passes_a_whole_answer_byte_for_byte);
    tcase_add_test(tcase, gives_an_answer_in_the_other_form_its_type);
    tcase_add_test(tcase, signs_with_who_and_what);
    tcase_add_test(tcase, signs_a_stream_when_it_begins);
    tcase_add_test(tcase, gives_a_providers_error_as_it_came);
    tcase_add_test(tcase, names_a_wait_when_all_have);
    tcase_add_test(tcase, names_the_breakers_wait);
    tcase_add_test(tcase, is_its_own_error_where_only_one_was_asked);
    tcase_add_test(tcase, makes_the_head_of_a_translation_itself);
    tcase_add_test(tcase, makes_an_error_of_a_translation_itself);
    tcase_add_loop_test(tcase, counts_tokens_or_estimates_them, 0, ROWS(counts));
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
