/* Which outcome of an attempt a word or a status stands for. */
#include "tell/explain_tool.h"
#include "tell/explain_what.h"
#include "unit.h"

static const struct {
    const char *what;
    enum failure failure;
    enum transport transport;
    int status;
    enum route_skip skip;
} words[] = {
    {"connect-refused", FAILURE_NETWORK, TRANSPORT_CONNECT, 0, ROUTE_SKIP_NONE},
    {"connect", FAILURE_NETWORK, TRANSPORT_CONNECT, 0, ROUTE_SKIP_NONE},
    {"connect_timeout", FAILURE_TIMEOUT, TRANSPORT_CONNECT_TIMEOUT, 0, ROUTE_SKIP_NONE},
    {"connect-timeout", FAILURE_TIMEOUT, TRANSPORT_CONNECT_TIMEOUT, 0, ROUTE_SKIP_NONE},
    {"Connect-Timeout", FAILURE_TIMEOUT, TRANSPORT_CONNECT_TIMEOUT, 0, ROUTE_SKIP_NONE},
    {"stall", FAILURE_TIMEOUT, TRANSPORT_FIRST_BYTE_TIMEOUT, 0, ROUTE_SKIP_NONE},
    {"idle-timeout", FAILURE_TIMEOUT, TRANSPORT_IDLE_TIMEOUT, 0, ROUTE_SKIP_NONE},
    {"certificate", FAILURE_AUTH, TRANSPORT_CERTIFICATE, 0, ROUTE_SKIP_NONE},
    {"cut", FAILURE_PROTOCOL, TRANSPORT_TRUNCATED, 0, ROUTE_SKIP_NONE},
    {"dns", FAILURE_NETWORK, TRANSPORT_DNS, 0, ROUTE_SKIP_NONE},
    {"network", FAILURE_NETWORK, TRANSPORT_CONNECT, 0, ROUTE_SKIP_NONE},
    {"server", FAILURE_SERVER, TRANSPORT_OK, 500, ROUTE_SKIP_NONE},
    {"rate_limit", FAILURE_RATE_LIMIT, TRANSPORT_OK, 429, ROUTE_SKIP_NONE},
    {"rate-limit", FAILURE_RATE_LIMIT, TRANSPORT_OK, 429, ROUTE_SKIP_NONE},
    {"context", FAILURE_CONTEXT, TRANSPORT_OK, 400, ROUTE_SKIP_NONE},
    {"cancelled", FAILURE_CANCELLED, TRANSPORT_OK, 0, ROUTE_SKIP_NONE},
    {"skipped", FAILURE_SKIPPED, TRANSPORT_OK, 0, ROUTE_SKIP_OFFLINE},
    {"offline", FAILURE_SKIPPED, TRANSPORT_OK, 0, ROUTE_SKIP_OFFLINE},
    {"skipped-offline", FAILURE_SKIPPED, TRANSPORT_OK, 0, ROUTE_SKIP_OFFLINE},
    {"breaker", FAILURE_SKIPPED, TRANSPORT_OK, 0, ROUTE_SKIP_BREAKER},
    {"keys", FAILURE_SKIPPED, TRANSPORT_OK, 0, ROUTE_SKIP_KEYS},
    {"no_key", FAILURE_SKIPPED, TRANSPORT_OK, 0, ROUTE_SKIP_NO_KEY},
    {"descriptors", FAILURE_SKIPPED, TRANSPORT_NO_DESCRIPTOR, 0, ROUTE_SKIP_NO_DESCRIPTOR},
    {"404", FAILURE_REQUEST, TRANSPORT_OK, 404, ROUTE_SKIP_NONE},
    {"503", FAILURE_SERVER, TRANSPORT_OK, 503, ROUTE_SKIP_NONE},
    {"302", FAILURE_REDIRECT, TRANSPORT_OK, 302, ROUTE_SKIP_NONE},
    {"204", FAILURE_PROTOCOL, TRANSPORT_MALFORMED, 204, ROUTE_SKIP_NONE},
    {"200", FAILURE_NONE, TRANSPORT_OK, 200, ROUTE_SKIP_NONE},
    {"100", FAILURE_PROTOCOL, TRANSPORT_OK, 100, ROUTE_SKIP_NONE},
    {"599", FAILURE_SERVER, TRANSPORT_OK, 599, ROUTE_SKIP_NONE},
};

START_TEST(words_and_statuses)
{
    const struct explain_answer answer = {.kind = &kind_openai};
    struct explain_what what;
    struct error why = ERROR_NONE;
    int r = explain_what_read(text_of(words[_i].what), &answer, &what, &why);
    ck_assert_msg(r == 0, "%s: %s", words[_i].what, why.text);
    ck_assert_int_eq(what.result.failure, words[_i].failure);
    ck_assert_int_eq(what.result.transport, words[_i].transport);
    ck_assert_int_eq(what.result.status, words[_i].status);
    ck_assert_int_eq(what.skip, words[_i].skip);
    ck_assert_int_eq(what.result.retry_after_ms, -1);
}
END_TEST

static const struct {
    const char *name;
    const char *what;
    const struct kind *kind;
    bool stream;
    const char *content_type;
    const char *body;
    enum failure failure;
} bodies[] = {
    {"a code decides", "429", &kind_openai, false, NULL,
     "{\"error\":{\"code\":\"insufficient_quota\"}}", FAILURE_QUOTA},
    {"a phrase decides", "404", &kind_openai, false, NULL,
     "{\"error\":{\"message\":\"The model x does not exist\"}}", FAILURE_MODEL},
    {"an Ollama's 404 is about a model", "404", &kind_ollama, false, NULL, NULL, FAILURE_MODEL},
    {"an answer", "200", &kind_openai, false, NULL,
     "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}", FAILURE_NONE},
    {"an error in a 200", "200", &kind_openai, false, NULL, "{\"error\":{\"message\":\"x\"}}",
     FAILURE_SERVER},
    {"a 200 with HTML", "200", &kind_openai, false, NULL, "<html>", FAILURE_PROTOCOL},
    {"an answer that calls itself HTML", "200", &kind_openai, false, "text/html",
     "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}", FAILURE_PROTOCOL},
    {"an empty 200", "200", &kind_openai, false, NULL, "", FAILURE_PROTOCOL},
    {"a stream", "200", &kind_openai, true, NULL,
     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}"
     "\n\ndata: [DONE]\n\n",
     FAILURE_NONE},
    {"a stream that ends too early", "200", &kind_openai, true, NULL,
     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n", FAILURE_PROTOCOL},
    {"an error event", "200", &kind_openai, true, NULL, "data: {\"error\":{\"message\":\"x\"}}\n\n",
     FAILURE_SERVER},
    {"an Ollama's answer", "200", &kind_ollama, false, NULL,
     "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"x\"},\"done\":true}",
     FAILURE_NONE},
};

START_TEST(a_body_is_judged_as_that_of_an_answer)
{
    const struct explain_answer answer = {.kind = bodies[_i].kind,
                                          .stream = bodies[_i].stream,
                                          .body = text_of(bodies[_i].body),
                                          .content_type = text_of(bodies[_i].content_type)};
    struct explain_what what;
    ck_assert_int_eq(explain_what_read(text_of(bodies[_i].what), &answer, &what, NULL), 0);
    ck_assert_msg(what.result.failure == bodies[_i].failure, "%s: %s", bodies[_i].name,
                  failure_word(what.result.failure));
}
END_TEST

START_TEST(what_a_body_says_is_kept)
{
    const struct explain_answer answer = {
        .kind = &kind_openai,
        .body = text_of("{\"error\":{\"message\":\"too fast\",\"code\":\"slow_down\"}}")};
    struct explain_what what;
    ck_assert_int_eq(explain_what_read(text_of("429"), &answer, &what, NULL), 0);
    ck_assert_str_eq(what.error.message, "too fast");
    ck_assert_str_eq(what.error.code, "slow_down");
}
END_TEST

/* Every class and every end of a connection is a word, with either spelling. */
START_TEST(every_word_of_the_tables_is_known)
{
    const struct explain_answer answer = {0};
    struct explain_what what;
    for (unsigned i = 1; i < FAILURE_COUNT; i++) {
        struct text word = text_of(failure_word((enum failure)i));
        ck_assert_int_eq(explain_what_read(word, &answer, &what, NULL), 0);
        ck_assert_int_eq(what.result.failure, i);
    }
    for (unsigned i = 1; i < TRANSPORT_COUNT; i++) {
        struct text word = text_of(transport_word((enum transport)i));
        ck_assert_int_eq(explain_what_read(word, &answer, &what, NULL), 0);
        ck_assert_int_eq(what.result.transport, i);
        ck_assert_int_eq(what.result.failure, transport_failure((enum transport)i));
        ck_assert_int_eq(what.result.processed, transport_processed((enum transport)i));
    }
}
END_TEST

START_TEST(every_word_that_is_listed_is_known)
{
    const struct explain_answer answer = {0};
    struct explain_what what;
    char word[64];
    const char *meaning;
    size_t n = 0, tools = 0;
    for (; explain_what_word(n, word, sizeof(word), &meaning); n++) {
        ck_assert_ptr_null(strchr(word, '_'));
        ck_assert_uint_gt(strlen(meaning), 0);
        bool tool = strncmp(word, "tool-", 5) == 0;
        ck_assert_msg(tool ? explain_tool_find(text_of(word)) != NULL
                           : explain_what_read(text_of(word), &answer, &what, NULL) == 0,
                      "%s", word);
        tools += tool;
    }
    ck_assert_uint_eq(n - tools, FAILURE_COUNT - 1 + TRANSPORT_COUNT - 1 + 8 + 9);
    ck_assert_ptr_nonnull(explain_tool_at(tools - 1));
    ck_assert_ptr_null(explain_tool_at(tools));
}
END_TEST

START_TEST(a_class_has_a_cause_of_that_class)
{
    for (unsigned i = 0; i < FAILURE_COUNT; i++) {
        struct explain_what what = explain_what_usual((enum failure)i);
        ck_assert_int_eq(what.result.failure, i);
    }
}
END_TEST

static const struct {
    const char *what;
    const char *meant; /* NULL: no guess */
} unknown[] = {
    {"conect-refused", "did you mean \"connect-refused\"?"},
    {"stal", "did you mean \"stall\"?"},
    {"tool-timout", "did you mean \"tool-timeout\"?"},
    {"ratelimit", "did you mean \"rate-limit\"?"},
    {"099", NULL},
    {"600", NULL},
    {"42", NULL},
    {"4290", NULL},
    {"", NULL},
    {"weather", NULL},
    {"a-word-that-is-longer-than-any-of-ours-could-be", NULL},
};

START_TEST(other_words_are_errors)
{
    const struct explain_answer answer = {0};
    struct explain_what what;
    struct error why = ERROR_NONE;
    int r = explain_what_read(text_of(unknown[_i].what), &answer, &what, &why);
    ck_assert_int_lt(r, 0);
    ck_assert_ptr_nonnull(strstr(why.text, "allowed: a status from 100 to 599"));
    const char *guess = strstr(why.text, "did you mean");
    ck_assert_msg(unknown[_i].meant ? guess && strcmp(guess, unknown[_i].meant) == 0 : !guess,
                  "%s: %s", unknown[_i].what, why.text);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("explain_what");
    TCase *tc = tcase_create("explain_what");
    tcase_add_loop_test(tc, words_and_statuses, 0, ROWS(words));
    tcase_add_loop_test(tc, a_body_is_judged_as_that_of_an_answer, 0, ROWS(bodies));
    tcase_add_test(tc, what_a_body_says_is_kept);
    tcase_add_test(tc, every_word_of_the_tables_is_known);
    tcase_add_test(tc, every_word_that_is_listed_is_known);
    tcase_add_test(tc, a_class_has_a_cause_of_that_class);
    tcase_add_loop_test(tc, other_words_are_errors, 0, ROWS(unknown));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
