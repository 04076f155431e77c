/* What is asked before a provider can be asked, in whole exchanges with a pretended Ollama. */
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
}

START_TEST(asks_for_the_models_first)
{
    ask_ollama(WHOLE);
    ck_assert_ptr_nonnull(call_to("/api/tags"));
    ck_assert_ptr_null(call_to("/api/chat"));
    ck_assert_int_eq(exchange->legs->state, LEG_PREPARING);
    serve_ollama();
    ck_assert_ptr_nonnull(strstr(call_to("/api/chat")->body, "\"model\":\"small\""));
    ck_assert_int_eq(exchange->legs->state, LEG_TRYING);
}
END_TEST

START_TEST(asks_nothing_that_is_known)
{
    ask_ollama(WHOLE);
    serve_ollama();
    say_end(true);
    client_anew();
    int started = wire.started;
    ask_ollama(WHOLE);
    ck_assert_int_eq(wire.started, started + 1);
    ck_assert_ptr_eq(call_now(), call_to("/api/chat"));
}
END_TEST

#define OTHER "{\"model\":\"ollama:other\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"

/* A moment after it was told, the list is believed. */
START_TEST(believes_a_fresh_list)
{
    ask_ollama(OTHER);
    serve_ollama();
    ck_assert_ptr_null(call_to("/api/chat"));
    ck_assert_int_eq(client.heads, 1);
    ck_assert_int_ge(client.reply.status, 500);
    ck_assert(body_has("other"));
    ck_assert_int_eq(calls_to("/api/tags"), 1);
}
END_TEST

/* It may have been pulled since. */
START_TEST(asks_anew_when_no_model_fits)
{
    ask_ollama(WHOLE);
    serve_ollama();
    say_end(true);
    client_anew();
    pass_ms(2000);
    ollama_tags = "{\"models\":[{\"name\":\"other\",\"capabilities\":[\"completion\",\"tools\","
                  "\"thinking\"]}]}";
    struct upstream_call *before = call_to("/api/tags");
    ask_ollama(OTHER);
    ck_assert_ptr_ne(call_to("/api/tags"), before);
    serve_ollama();
    ck_assert_ptr_nonnull(strstr(call_to("/api/chat")->body, "\"model\":\"other\""));
    ck_assert(is_open(call_to("/api/chat")));
}
END_TEST

/* Also where it does not answer. */
START_TEST(asks_anew_but_once)
{
    ask_ollama(WHOLE);
    serve_ollama();
    say_end(true);
    client_anew();
    pass_ms(2000);
    ask_ollama(OTHER);
    send_answer(call_to("/api/tags"), 500, "{}");
    serve_ollama();
    ck_assert_int_eq(calls_to("/api/tags"), 2);
    ck_assert_int_eq(client.heads, 1);
    ck_assert(body_has("other"));
}
END_TEST

#define LONG 150000

static char long_body[LONG + 100];

static void make_long(void)
{
    size_t used = (size_t)snprintf(long_body, sizeof(long_body),
                                   "{\"messages\":[{\"role\":\"user\",\"content\":\"");
    memset(long_body + used, 'w', LONG);
    for (size_t i = 4; i < LONG; i += 5)
        long_body[used + i] = ' ';
    (void)snprintf(long_body + used + LONG, sizeof(long_body) - used - LONG, "\"}]}");
}

/* The first one's word is the client's, as there is nobody who could read it. */
START_TEST(tells_what_the_first_said_of_a_conversation_too_long_for_both)
{
    make_long();
    ask(CHAT, long_body);
    send_answer(call_now(), 400,
                "{\"error\":{\"message\":\"too long\",\"code\":\"context_length_exceeded\"}}");
    serve_ollama();
    ck_assert_ptr_null(call_to("/api/chat"));
    ck_assert_int_eq(client.reply.status, 400);
    ck_assert(body_has("context_length_exceeded"));
}
END_TEST

START_TEST(tells_its_own_when_the_first_failed_for_another_reason)
{
    make_long();
    ask(CHAT, long_body);
    send_answer(call_now(), 500, "{}");
    serve_ollama();
    ck_assert_ptr_null(call_to("/api/chat"));
    ck_assert_int_ge(client.reply.status, 500);
    ck_assert(body_has("All LLM providers failed") && body_has("longer than the 16384"));
}
END_TEST

/* ---- where a stream is gone on with */

static void break_cloud(void)
{
    ask(CHAT, STREAM);
    send_stream(PIECE_OF("Once upon"));
    send_end(call_now(), TRANSPORT_RESET);
    settle();
    serve_ollama();
    struct upstream_call *render = call_to("/api/chat");
    ck_assert_ptr_nonnull(render);
    ck_assert_ptr_nonnull(strstr(render->body, "_debug_render_only"));
}

#define PROMPT(text) "{\"_debug_info\":{\"rendered_template\":\"" text "\"}}"

/* What was learned of a template holds for that very model. */
START_TEST(asks_for_the_list_anew_to_go_on)
{
    ask_ollama(WHOLE);
    serve_ollama();
    say_end(true);
    client_anew();
    break_cloud();
    ck_assert_int_eq(calls_to("/api/tags"), 2);
}
END_TEST

START_TEST(has_an_open_template_go_on_from_the_text)
{
    break_cloud();
    struct upstream_call *render = call_to("/api/chat");
    send_answer(render, 200, PROMPT("<user>hi<assistant>Once upon"));
    struct upstream_call *call = call_to("/api/chat");
    ck_assert_ptr_ne(call, render);
    ck_assert_ptr_nonnull(strstr(call->body, "Once upon"));
    ck_assert(exchange->legs->prefill);
}
END_TEST

START_TEST(has_a_closed_template_begin_anew)
{
    break_cloud();
    struct upstream_call *render = call_to("/api/chat");
    send_answer(render, 200, PROMPT("<user>hi<assistant>Once upon<end>"));
    struct upstream_call *call = call_to("/api/chat");
    ck_assert_ptr_ne(call, render);
    ck_assert_ptr_null(strstr(call->body, "Once upon"));
    ck_assert(!exchange->legs->prefill);
}
END_TEST

START_TEST(begins_anew_where_the_template_is_not_told)
{
    break_cloud();
    struct upstream_call *render = call_to("/api/chat");
    pass_ms(10000);
    ck_assert(render->over);
    ck_assert_ptr_ne(call_to("/api/chat"), render);
    ck_assert(!exchange->legs->prefill);
}
END_TEST

/* ---- the client goes meanwhile */

START_TEST(asks_nobody_after_the_client_went_before_the_models_came)
{
    ask_ollama(WHOLE);
    say_end(true);
    serve_ollama();
    ck_assert_ptr_null(call_to("/api/chat"));
}
END_TEST

START_TEST(stops_asking_for_the_template_when_the_client_goes)
{
    break_cloud();
    struct upstream_call *render = call_to("/api/chat");
    say_end(true);
    ck_assert(render->stopped && render->released);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("leg_prepare");
    TCase *tcase = tcase_create("leg_prepare");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, asks_for_the_models_first);
    tcase_add_test(tcase, asks_nothing_that_is_known);
    tcase_add_test(tcase, believes_a_fresh_list);
    tcase_add_test(tcase, asks_anew_when_no_model_fits);
    tcase_add_test(tcase, asks_anew_but_once);
    tcase_add_test(tcase, tells_what_the_first_said_of_a_conversation_too_long_for_both);
    tcase_add_test(tcase, tells_its_own_when_the_first_failed_for_another_reason);
    tcase_add_test(tcase, asks_for_the_list_anew_to_go_on);
    tcase_add_test(tcase, has_an_open_template_go_on_from_the_text);
    tcase_add_test(tcase, has_a_closed_template_begin_anew);
    tcase_add_test(tcase, begins_anew_where_the_template_is_not_told);
    tcase_add_test(tcase, asks_nobody_after_the_client_went_before_the_models_came);
    tcase_add_test(tcase, stops_asking_for_the_template_when_the_client_goes);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
