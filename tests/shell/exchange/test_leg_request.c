/* What is sent to a provider: to a cloud the app's own bytes, to an Ollama a translation. */
#include <errno.h>
#include <string.h>

#include "pretend_exchange.h"
#include "unit.h"

static void setup(void)
{
    world_begin(PROVIDERS("one, ollama", "1") "[model nice]\none = best\n");
}

static void teardown(void)
{
    world_end();
}

static struct upstream_call *ask_ollama(const char *path, const char *body)
{
    const struct header_field fields[] = {{text_of("x-understudy-route"), text_of("ollama")}};
    ask_with(path, body, fields, 1);
    serve_ollama();
    return wire.started ? call_now() : NULL;
}

static bool sends(const struct upstream_call *call, const char *part)
{
    return call && strstr(call->body, part) != NULL;
}

/* A field of the request, as it goes out; "" when it is not there. */
static const char *sent_field(const struct upstream_call *call, const char *name)
{
    const struct buf *lines = call->request.headers;
    size_t len = strlen(name);
    for (const char *at = lines->data; at < lines->data + lines->len; at += strlen(at) + 1)
        if (strncasecmp(at, name, len) == 0 && at[len] == ':')
            return at + len + 2;
    return "";
}

/* ---- a cloud */

START_TEST(sends_the_apps_own_bytes)
{
    static const char odd[] =
        "{ \"messages\":[{\"content\":\"\\u0041\",\"role\":\"user\"}], \"model\":\"m\", \"x\":1.0}";
    ask(CHAT, odd);
    ck_assert_str_eq(call_now()->url, "http://one.example/v1/chat/completions");
    ck_assert_str_eq(call_now()->body, odd);
    ck_assert_str_eq(sent_field(call_now(), "Authorization"), "Bearer k1-secret-key");
}
END_TEST

/* The first time it is asked for them, it says that it has none. */
START_TEST(asks_a_cloud_in_chat_that_has_no_responses)
{
    static const char asked[] = "{\"model\":\"m\",\"input\":\"hi\"}";
    ask("/responses", asked);
    ck_assert_str_eq(call_now()->url, "http://one.example/v1/responses");
    ck_assert_str_eq(call_now()->body, asked);
    send_answer(call_now(), 404, "404 page not found");
    ck_assert_str_eq(call_now()->url, "http://one.example/v1/chat/completions");
    ck_assert(sends(call_now(), "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"));
}
END_TEST

START_TEST(puts_the_settings_model_in)
{
    ask(CHAT, "{\"model\":\"nice\" ,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    ck_assert_str_eq(call_now()->body,
                     "{\"model\":\"best\" ,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    ck_assert_str_eq(leg_model(exchange->legs), "best");
}
END_TEST

/* Where none is named, chat gets one, and other paths none. */
START_TEST(puts_a_model_in_where_chat_names_none)
{
    ask(CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    ck_assert(sends(call_now(), "\"model\":\""));
}
END_TEST

START_TEST(sends_another_path_as_it_is)
{
    struct client_request request = make_request("/files", "x", NULL, 0);
    const struct client me = {.head = pretend_on_head, .more = pretend_on_more, .arg = &client};
    request.query = text_of("?a=b");
    exchange = exchange_start(&exchanges, &me, &request);
    ck_assert_str_eq(call_now()->url, "http://one.example/v1/files?a=b");
    ck_assert_str_eq(call_now()->body, "x");
}
END_TEST

/* ---- an Ollama */

START_TEST(translates_for_ollama)
{
    const struct upstream_call *call = ask_ollama(CHAT, WHOLE);
    ck_assert_str_eq(call->url, "http://ollama.example/api/chat");
    ck_assert(sends(call, "\"model\":\"small\"") && sends(call, "\"num_ctx\":8192") &&
              sends(call, "\"keep_alive\":\"5m\""));
    ck_assert_int_eq(exchange->legs->request.num_ctx, 8192);
    ck_assert_str_eq(sent_field(call, "Content-Type"), "application/json");
    ck_assert_str_eq(sent_field(call, "Authorization"), "");
}
END_TEST

/* Whatever the app called its body: what we write is JSON. */
START_TEST(calls_a_translation_json)
{
    const struct header_field fields[] = {{text_of("x-understudy-route"), text_of("ollama")},
                                          {text_of("Content-Type"), text_of("text/plain")}};
    ollama_tags = "{\"models\":[{\"name\":\"embed\",\"capabilities\":[\"embedding\"]}]}";
    ask_with("/embeddings", "{\"model\":\"ollama:embed\",\"input\":\"hi\"}", fields, 2);
    serve_ollama();
    ck_assert_str_eq(sent_field(call_now(), "Content-Type"), "application/json");
}
END_TEST

START_TEST(asks_for_a_wider_window_where_it_is_needed)
{
    static char body[60000];
    size_t used =
        (size_t)snprintf(body, sizeof(body), "{\"messages\":[{\"role\":\"user\",\"content\":\"");
    memset(body + used, 'w', 50000);
    for (size_t i = 4; i < 50000; i += 5)
        body[used + i] = ' ';
    (void)snprintf(body + used + 50000, sizeof(body) - used - 50000, "\"}]}");
    (void)ask_ollama(CHAT, body);
    ck_assert_int_eq(exchange->legs->request.num_ctx, 16384);
}
END_TEST

START_TEST(passes_embeddings_to_ollamas_own_path)
{
    ollama_tags = "{\"models\":[{\"name\":\"embed\",\"capabilities\":[\"embedding\"]}]}";
    const struct upstream_call *call =
        ask_ollama("/embeddings", "{\"model\":\"ollama:embed\",\"input\":\"hi\"}");
    ck_assert_str_eq(call->url, "http://ollama.example/v1/embeddings");
    ck_assert_str_eq(call->body, "{\"model\":\"embed\",\"input\":\"hi\"}");
}
END_TEST

START_TEST(asks_for_responses_in_chat)
{
    const struct upstream_call *call =
        ask_ollama("/responses", "{\"model\":\"m\",\"input\":\"hi\"}");
    ck_assert_str_eq(call->url, "http://ollama.example/api/chat");
    ck_assert(sends(call, "\"model\":\"small\"") && sends(call, "\"content\":\"hi\""));
}
END_TEST

#define CAN(more) "\"capabilities\":[\"completion\",\"tools\"" more "]"

static const struct {
    const char *name;
    const char *can;
    bool thinks;
} thinks[] = {{"one that thinks", CAN(",\"thinking\""), true},
              {"one that does not", CAN(""), false}};

/* Apps ask the cloud's model to think; one that cannot would refuse. */
START_TEST(asks_nobody_to_think_who_cannot)
{
    const char *body = "{\"model\":\"m\",\"input\":\"hi\",\"reasoning\":{\"effort\":\"low\"}}";
    char tags[256], show[256];
    (void)snprintf(tags, sizeof(tags), "{\"models\":[{\"name\":\"a\",%s}]}", thinks[_i].can);
    (void)snprintf(show, sizeof(show), "{%s}", thinks[_i].can);
    ollama_tags = tags;
    ollama_show = show;
    (void)ask_ollama("/responses", body);
    ck_assert_ptr_nonnull(call_to("/api/chat"));
    ck_assert_msg(sends(call_to("/api/chat"), "\"think\":\"low\"") == thinks[_i].thinks, "%s: %s",
                  thinks[_i].name, call_to("/api/chat")->body);
}
END_TEST

START_TEST(says_why_a_request_cannot_be_made)
{
    ollama_tags = "{\"models\":[{\"name\":\"embed\",\"capabilities\":[\"embedding\"]}]}";
    (void)ask_ollama(CHAT, WHOLE);
    ck_assert_int_eq(calls_to("/api/chat"), 0);
    ck_assert_int_ge(client.reply.status, 500);
    ck_assert(body_has("Ollama"));
}
END_TEST

/* A leg may try once more with what it has. */
START_TEST(keeps_its_request_where_no_new_one_can_be_made)
{
    struct error why = ERROR_NONE;
    (void)ask_ollama(CHAT, WHOLE);
    struct leg *leg = exchange->legs;
    lose_models();
    ck_assert_int_eq(leg_request_make(leg, &why), -ENOENT);
    ck_assert(error_is_set(&why));
    ck_assert_ptr_nonnull(leg->request.url);
    ck_assert_str_eq(leg->request.url, "http://ollama.example/api/chat");
    ck_assert_ptr_nonnull(strstr(leg->request.body.data, "\"num_ctx\":8192"));
    ck_assert_str_eq(leg_model(leg), "small");
    ck_assert_int_eq(leg->request.num_ctx, 8192);
    ck_assert_uint_gt(leg->request.headers.len, 0);
}
END_TEST

START_TEST(says_what_an_absent_path_means)
{
    ollama_tags = "{\"models\":[{\"name\":\"embed\",\"capabilities\":[\"embedding\"]}]}";
    send_answer(ask_ollama("/embeddings", "{\"model\":\"ollama:embed\",\"input\":\"hi\"}"), 404,
                "404 page not found");
    ck_assert(body_has("it needs a newer version"));
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("leg_request");
    TCase *tcase = tcase_create("leg_request");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, sends_the_apps_own_bytes);
    tcase_add_test(tcase, asks_a_cloud_in_chat_that_has_no_responses);
    tcase_add_test(tcase, puts_the_settings_model_in);
    tcase_add_test(tcase, puts_a_model_in_where_chat_names_none);
    tcase_add_test(tcase, sends_another_path_as_it_is);
    tcase_add_test(tcase, translates_for_ollama);
    tcase_add_test(tcase, calls_a_translation_json);
    tcase_add_test(tcase, asks_for_a_wider_window_where_it_is_needed);
    tcase_add_test(tcase, passes_embeddings_to_ollamas_own_path);
    tcase_add_test(tcase, asks_for_responses_in_chat);
    tcase_add_loop_test(tcase, asks_nobody_to_think_who_cannot, 0, ROWS(thinks));
    tcase_add_test(tcase, says_why_a_request_cannot_be_made);
    tcase_add_test(tcase, keeps_its_request_where_no_new_one_can_be_made);
    tcase_add_test(tcase, says_what_an_absent_path_means);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
