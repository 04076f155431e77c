/* What the daemon answers of its own. */
#include <jansson.h>

#include "serve/reply.h"
#include "unit.h"

static struct reply reply;

static void teardown(void)
{
    reply_done(&reply);
}

/* The lines of the head, with ';' where each ends. */
static const char *lines(void)
{
    static char text[1024];
    size_t len = reply.headers.len < sizeof(text) ? reply.headers.len : sizeof(text) - 1;
    for (size_t i = 0; i < len; i++)
        text[i] = reply.headers.data[i] ? reply.headers.data[i] : ';';
    text[len] = '\0';
    return text;
}

static const struct {
    const char *what;
    const char *name;
    const char *value;
    const char *lines;
} fields[] = {
    {"a field", "X-Test", "a value", "X-Test: a value;"},
    {"an empty value", "X-Test", "", "X-Test: ;"},
    {"a value with a line's end is left out", "X-Test", "a\r\nSet-Cookie: b", ""},
    {"a value with a lone LF is left out", "X-Test", "a\nb", ""},
    {"a name with a blank is left out", "X Test", "a", ""},
    {"a name with a colon is left out", "X-Test:", "a", ""},
    {"an empty name is left out", "", "a", ""},
};

START_TEST(fields_that_can_be_sent)
{
    reply_init(&reply, 200);
    reply_header(&reply, fields[_i].name, fields[_i].value);
    ck_assert_msg(strcmp(lines(), fields[_i].lines) == 0, "%s: %s", fields[_i].what, lines());
}
END_TEST

START_TEST(one_that_is_left_out_leaves_the_others_as_they_were)
{
    reply_init(&reply, 200);
    reply_header(&reply, "A", "1");
    reply_header(&reply, "B", "2\n");
    reply_header(&reply, "C", "3");
    ck_assert_str_eq(lines(), "A: 1;C: 3;");
}
END_TEST

START_TEST(browsers_are_told_not_to_guess_the_type)
{
    reply_json(&reply, 200, text_of("{}"));
    ck_assert_str_eq(lines(), "Content-Type: application/json;X-Content-Type-Options: nosniff;");
    ck_assert(text_equals(buf_text(&reply.body), "{}"));
}
END_TEST

static const struct {
    const char *message;
    const char *code;
    const char *body;
} errors[] = {
    {"no", "why",
     "{\"error\":{\"message\":\"no\",\"type\":\"t\",\"param\":null,\"code\":\"why\"}}"},
    {"no", NULL, "{\"error\":{\"message\":\"no\",\"type\":\"t\",\"param\":null,\"code\":null}}"},
    {"say \"no\"\n", NULL,
     "{\"error\":{\"message\":\"say \\\"no\\\"\\n\",\"type\":\"t\",\"param\":null,\"code\":null}}"},
    {"gr\xc3\xbc\xc3\x9f", NULL,
     "{\"error\":{\"message\":\"gr\xc3\xbc\xc3\x9f\",\"type\":\"t\",\"param\":null,\"code\":null}"
     "}"},
    {"cut \xc3", NULL,
     "{\"error\":{\"message\":\"cut \xef\xbf\xbd\",\"type\":\"t\",\"param\":null,\"code\":null}}"},
};

START_TEST(errors_as_openai_writes_them)
{
    const struct reply_error error = {
        .status = 503, .type = "t", .code = errors[_i].code, .message = errors[_i].message};
    reply_from_error(&reply, &error);
    ck_assert_int_eq(reply.status, 503);
    ck_assert_msg(text_equals(buf_text(&reply.body), errors[_i].body), "%.*s",
                  TEXT_ARG(buf_text(&reply.body)));
    ck_assert_ptr_nonnull(strstr(lines(), ";x-should-retry: false;"));
}
END_TEST

START_TEST(who_is_one_too_many_is_told_when_to_come_again)
{
    reply_overloaded(&reply, NULL, "max_inflight", "too many");
    ck_assert_int_eq(reply.status, 503);
    ck_assert(strstr(lines(), "Retry-After: 1;"));
    ck_assert(strstr(lines(), "x-should-retry: false;"));
    ck_assert(strstr(reply.body.data, "\"overloaded\""));
    ck_assert(strstr(reply.body.data, "\"code\":\"max_inflight\""));
}
END_TEST

START_TEST(attempts_stand_beside_the_message)
{
    const struct reply_error error = {.status = 502, .type = "t", .code = "c", .message = "m"};
    reply_from_error_of_all(&reply, &error, json_pack("[{s:s}]", "provider", "p"));
    ck_assert(text_equals(buf_text(&reply.body),
                          "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,"
                          "\"code\":\"c\",\"attempts\":[{\"provider\":\"p\"}]}}"));
}
END_TEST

START_TEST(an_error_is_told_in_the_dialect_of_the_app)
{
    const struct reply_error error = {.status = 502,
                                      .type = "all_providers_failed",
                                      .code = "all_providers_failed",
                                      .message = "m",
                                      .app = &dialect_anthropic,
                                      .request_id = "ab12"};
    reply_from_error_of_all(&reply, &error, json_pack("[{s:s}]", "provider", "p"));
    ck_assert_int_eq(reply.status, 502);
    ck_assert_ptr_nonnull(strstr(reply.body.data, "{\"type\":\"error\",\"error\":{"));
    ck_assert_ptr_nonnull(strstr(reply.body.data, "\"api_error\""));
    ck_assert_ptr_nonnull(strstr(reply.body.data, "\"attempts\":[{\"provider\":\"p\"}]"));
    ck_assert_ptr_nonnull(strstr(reply.body.data, "\"request_id\":\"ab12\""));
    ck_assert_ptr_nonnull(strstr(lines(), ";request-id: ab12;"));
}
END_TEST

START_TEST(a_status_is_the_dialects)
{
    const struct reply_error error = {.status = 413,
                                      .type = "invalid_request_error",
                                      .code = "context_length_exceeded",
                                      .message = "too long",
                                      .app = &dialect_anthropic};
    reply_from_error(&reply, &error);
    ck_assert_int_eq(reply.status, 400);
    ck_assert_ptr_nonnull(strstr(reply.body.data, "\"message\":\"prompt is too long"));
    ck_assert_ptr_null(strstr(lines(), ";request-id:"));
}
END_TEST

START_TEST(a_half_made_one_becomes_an_error)
{
    reply_json(&reply, 200, text_of("{\"providers\":[{\"na"));
    reply_unmade(&reply, NULL);
    ck_assert_int_eq(reply.status, 503);
    ck_assert_ptr_nonnull(strstr(reply.body.data, "\"code\":\"out_of_memory\""));
    ck_assert_ptr_null(strstr(reply.body.data, "providers"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("reply");
    TCase *tc = tcase_create("reply");
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_loop_test(tc, fields_that_can_be_sent, 0, ROWS(fields));
    tcase_add_test(tc, one_that_is_left_out_leaves_the_others_as_they_were);
    tcase_add_test(tc, browsers_are_told_not_to_guess_the_type);
    tcase_add_loop_test(tc, errors_as_openai_writes_them, 0, ROWS(errors));
    tcase_add_test(tc, who_is_one_too_many_is_told_when_to_come_again);
    tcase_add_test(tc, attempts_stand_beside_the_message);
    tcase_add_test(tc, an_error_is_told_in_the_dialect_of_the_app);
    tcase_add_test(tc, a_status_is_the_dialects);
    tcase_add_test(tc, a_half_made_one_becomes_an_error);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
