/* What is asked once more at once, because of what a pretended Ollama said. */
#include <string.h>

#include "pretend_exchange.h"
#include "unit.h"

static void setup(void)
{
    world_begin(PROVIDERS("one, ollama", "1") "[route]\ncontinue_stream = yes\n");
}

static void teardown(void)
{
    world_end();
}

static void ask_ollama(const char *body)
{
    const struct header_field fields[] = {{text_of("x-understudy-route"), text_of("ollama")}};
    ask_with(CHAT, body, fields, 1);
    serve_ollama();
    ck_assert_int_eq(calls_to("/api/chat"), 1);
}

static struct upstream_call *chat(void)
{
    struct upstream_call *call = call_to("/api/chat");
    ck_assert_ptr_nonnull(call);
    return call;
}

static bool asks_with(const char *part)
{
    const struct upstream_call *call = chat();
    return call && strstr(call->body, part) != NULL;
}

#define OVERFLOW(tokens)                                                                           \
    "{\"error\":\"request (" tokens " tokens) exceeds the available context size (8192 tokens)\"}"
#define TOLD(prompt, answer)                                                                       \
    "{\"message\":{\"role\":\"assistant\",\"content\":\"x\"},\"done\":true,\"done_reason\":"       \
    "\"stop\""                                                                                     \
    ",\"prompt_eval_count\":" prompt ",\"eval_count\":" answer "}"

/* ---- a window that is too small */

START_TEST(asks_with_a_wider_window_after_an_overflow)
{
    ask_ollama(WHOLE);
    ck_assert(asks_with("\"num_ctx\":8192"));
    send_answer(chat(), 400, OVERFLOW("9000"));
    ck_assert_int_eq(calls_to("/api/chat"), 2);
    ck_assert(asks_with("\"num_ctx\":16384"));
    ck_assert_int_eq(exchange->legs->anew, 1);
    send_answer(chat(), 200, TOLD("9000", "5"));
    ck_assert_int_eq(client.reply.status, 200);
}
END_TEST

START_TEST(asks_wider_once_only)
{
    ollama_tags = "{\"models\":[{\"name\":\"wide\",\"capabilities\":[\"completion\",\"tools\","
                  "\"thinking\"],\"details\":{\"context_length\":65536}}]}";
    ask_ollama(WHOLE);
    send_answer(chat(), 400, OVERFLOW("9000"));
    send_answer(chat(), 400, OVERFLOW("20000"));
    ck_assert_int_eq(calls_to("/api/chat"), 2);
    ck_assert_int_ge(client.reply.status, 400);
}
END_TEST

START_TEST(does_not_ask_for_more_than_the_model_has)
{
    ask_ollama(WHOLE);
    send_answer(chat(), 400, OVERFLOW("20000"));
    ck_assert_int_eq(calls_to("/api/chat"), 1);
}
END_TEST

/* The next prompt is estimated by what the server counted. */
START_TEST(learns_from_what_it_was_told)
{
    ask_ollama(WHOLE);
    send_answer(chat(), 400, OVERFLOW("9000"));
    send_answer(chat(), 200, TOLD("9000", "5"));
    say_end(false);
    client_anew();
    const struct header_field fields[] = {{text_of("x-understudy-route"), text_of("ollama")}};
    ask_with(CHAT, WHOLE, fields, 1);
    serve_ollama();
    ck_assert(asks_with("\"num_ctx\":16384"));
}
END_TEST

/* An answer that is whole, but for which the window was used up. */
START_TEST(asks_wider_when_the_window_was_used_up)
{
    ask_ollama(WHOLE);
    send_answer(chat(), 200, TOLD("8000", "400"));
    ck_assert_int_eq(client.heads, 0);
    ck_assert_int_eq(calls_to("/api/chat"), 2);
    ck_assert(asks_with("\"num_ctx\":16384"));
    ck_assert_int_eq(exchange->history.at[0].failure, FAILURE_CONTEXT);
    send_answer(chat(), 200, TOLD("8000", "400"));
    ck_assert_int_eq(client.reply.status, 200);
}
END_TEST

START_TEST(takes_an_answer_that_had_room)
{
    ask_ollama(WHOLE);
    send_answer(chat(), 200, TOLD("8000", "100"));
    ck_assert_int_eq(client.reply.status, 200);
    ck_assert_int_eq(calls_to("/api/chat"), 1);
}
END_TEST

/* ---- an option that is refused */

#define THINKS                                                                                     \
    "{\"model\":\"m\",\"reasoning_effort\":\"low\",\"messages\":[{\"role\":\"user\",\"content\":"  \
    "\"hi\"}]}"

START_TEST(leaves_out_what_is_refused)
{
    ask_ollama(THINKS);
    ck_assert(asks_with("\"think\":\"low\""));
    send_answer(chat(), 400, "{\"error\":\"invalid think value: \\\"low\\\"\"}");
    ck_assert_int_eq(calls_to("/api/chat"), 2);
    ck_assert(!asks_with("\"think\":\"low\""));
    send_answer(chat(), 200, TOLD("5", "5"));
    ck_assert_int_eq(client.reply.status, 200);
}
END_TEST

#define SEEDED                                                                                     \
    "{\"model\":\"m\",\"seed\":1,\"temperature\":0.5,\"messages\":[{\"role\":\"user\","            \
    "\"content\":"                                                                                 \
    "\"the temperature\"}]}"

/* It quotes all that it was asked. */
START_TEST(leaves_out_no_more_than_is_complained_about)
{
    ask_ollama(SEEDED);
    ck_assert(asks_with("\"seed\":1") && asks_with("\"temperature\":0.5"));
    send_answer(chat(), 422,
                "{\"detail\":[{\"loc\":[\"body\",\"options\",\"seed\"],\"msg\":\"no\"}],"
                "\"body\":" SEEDED "}");
    ck_assert_int_eq(calls_to("/api/chat"), 2);
    ck_assert(!asks_with("\"seed\":1") && asks_with("\"temperature\":0.5"));
    send_answer(chat(), 200, TOLD("5", "5"));
    ck_assert_int_eq(client.reply.status, 200);
}
END_TEST

START_TEST(leaves_out_once_only)
{
    ask_ollama(THINKS);
    send_answer(chat(), 400, "{\"error\":\"invalid think value: \\\"low\\\"\"}");
    send_answer(chat(), 400, "{\"error\":\"invalid think value: true\"}");
    ck_assert_int_eq(calls_to("/api/chat"), 2);
    ck_assert_int_ge(client.reply.status, 400);
}
END_TEST

START_TEST(leaves_nothing_out_for_another_refusal)
{
    ask_ollama(THINKS);
    send_answer(chat(), 400, "{\"error\":\"no\"}");
    ck_assert_int_eq(calls_to("/api/chat"), 1);
}
END_TEST

START_TEST(leaves_nothing_out_for_a_cloud)
{
    ask(CHAT, THINKS);
    send_answer(call_now(), 400, "{\"error\":{\"message\":\"invalid think value\"}}");
    ck_assert_int_eq(wire.started, 1);
    ck_assert_int_eq(client.reply.status, 400);
}
END_TEST

#define THOUGHT                                                                                    \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_"        \
    "content\":"                                                                                   \
    "\"b\"}]}"

START_TEST(leaves_out_of_the_history_what_is_refused)
{
    ask(CHAT, THOUGHT);
    send_answer(call_now(), 400, "{\"error\":\"property 'reasoning_content' is unsupported\"}");
    ck_assert_int_eq(wire.started, 2);
    ck_assert_ptr_null(strstr(call_now()->body, "reasoning_content"));
    send_answer(call_now(), 400, "{\"error\":\"property 'reasoning_content' is unsupported\"}");
    ck_assert_int_eq(wire.started, 2);
    ck_assert_int_eq(client.reply.status, 400);
}
END_TEST

START_TEST(leaves_nothing_of_it_out_for_another_failure)
{
    ask(CHAT, THOUGHT);
    send_answer(call_now(), 401, "{\"error\":\"property 'reasoning_content' is unsupported\"}");
    ck_assert_int_eq(calls_to("/v1/chat/completions"), 1);
}
END_TEST

/* ---- a text that it is to go on from */

static void prefill(void)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("Once upon"));
    send_end(call_now(), TRANSPORT_RESET);
    settle();
    serve_ollama();
    send_answer(chat(), 200, "{\"_debug_info\":{\"rendered_template\":\"hi Once upon\"}}");
    ck_assert(exchange->legs->prefill);
    ck_assert(asks_with("Once upon"));
}

START_TEST(begins_anew_when_the_text_is_refused)
{
    prefill();
    int before = calls_to("/api/chat");
    send_answer(chat(), 400, "{\"error\":\"no\"}");
    ck_assert_int_eq(calls_to("/api/chat"), before + 1);
    ck_assert(!asks_with("Once upon"));
    ck_assert(!exchange->legs->prefill);
}
END_TEST

/* Then it goes on from the text once more, with the request that it has. */
START_TEST(retries_with_the_text_where_it_cannot_begin_anew)
{
    world_end();
    world_begin(PROVIDERS("one, ollama", "2") "[route]\ncontinue_stream = yes\n");
    prefill();
    lose_models();
    int before = calls_to("/api/chat");
    send_answer(chat(), 503, "{\"error\":\"busy\"}");
    pass_ms(2000);
    ck_assert_int_eq(calls_to("/api/chat"), before + 1);
    ck_assert(asks_with("Once upon"));
    ck_assert(exchange->legs->prefill);
}
END_TEST

START_TEST(does_not_begin_anew_where_nobody_answered)
{
    prefill();
    int before = calls_to("/api/chat");
    send_end(chat(), TRANSPORT_RESET);
    settle();
    ck_assert_int_eq(calls_to("/api/chat"), before);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("leg_again");
    TCase *tcase = tcase_create("leg_again");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, asks_with_a_wider_window_after_an_overflow);
    tcase_add_test(tcase, asks_wider_once_only);
    tcase_add_test(tcase, does_not_ask_for_more_than_the_model_has);
    tcase_add_test(tcase, learns_from_what_it_was_told);
    tcase_add_test(tcase, asks_wider_when_the_window_was_used_up);
    tcase_add_test(tcase, takes_an_answer_that_had_room);
    tcase_add_test(tcase, leaves_out_what_is_refused);
    tcase_add_test(tcase, leaves_out_no_more_than_is_complained_about);
    tcase_add_test(tcase, leaves_out_once_only);
    tcase_add_test(tcase, leaves_nothing_out_for_another_refusal);
    tcase_add_test(tcase, leaves_nothing_out_for_a_cloud);
    tcase_add_test(tcase, leaves_out_of_the_history_what_is_refused);
    tcase_add_test(tcase, leaves_nothing_of_it_out_for_another_failure);
    tcase_add_test(tcase, begins_anew_when_the_text_is_refused);
    tcase_add_test(tcase, retries_with_the_text_where_it_cannot_begin_anew);
    tcase_add_test(tcase, does_not_begin_anew_where_nobody_answered);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
