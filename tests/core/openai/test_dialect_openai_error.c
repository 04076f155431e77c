/* Errors as OpenAI tells them: an answer, and the event that ends a failed stream: one data line on
 * which apps raise. */
#include <string.h>

#include "json_row.h"
#include "openai/dialect_openai.h"
#include "openai/stream_error.h"
#include "unit.h"

static const struct {
    const char *name;
    struct dialect_error error;
    const char *want; /* with ' for " */
} rows[] = {
    {"all that there is",
     {.status = 400, .type = "t", .code = "c", .message = {"m\n", 2}},
     "{'error':{'message':'m\\n','type':'t','param':null,'code':'c'}}"},
    {"without a code",
     {.status = 400, .type = "t", .message = {"m", 1}},
     "{'error':{'message':'m','type':'t','param':null,'code':null}}"},
    {"the id of the exchange stands in a header",
     {.status = 400, .type = "t", .message = {"m", 1}, .request_id = {"x", 1}},
     "{'error':{'message':'m','type':'t','param':null,'code':null}}"},
    {"bytes that are no text",
     {.status = 400, .type = "t", .message = {"\xff", 1}},
     "{'error':{'message':'\xef\xbf\xbd','type':'t','param':null,'code':null}}"},
};

START_TEST(an_error_has_its_body)
{
    struct buf out;
    char *want = json_row_text(rows[_i].want);
    buf_init(&out, 4096);
    ck_assert_int_eq(dialect_openai_error_write(&rows[_i].error, &out), 0);
    ck_assert_msg(strcmp(out.data, want) == 0, "%s: %s", rows[_i].name, out.data);
    free(want);
    buf_done(&out);
}
END_TEST

START_TEST(attempts_stand_beside_the_message)
{
    struct buf out;
    json_t *attempts = json_row_load("[{'provider':'a','status':500}]");
    const struct dialect_error error = {.type = "t", .message = text_of("m"), .attempts = attempts};
    buf_init(&out, 4096);
    ck_assert_int_eq(dialect_openai_error_write(&error, &out), 0);
    ck_assert_ptr_nonnull(strstr(out.data, ",\"attempts\":[{\"provider\":\"a\",\"status\":500}]}"));
    json_decref(attempts);
    buf_done(&out);
}
END_TEST

/* ---- events */

#define OWN                                                                                        \
    "{\"error\":{\"message\":\"HTTP 400: no\",\"type\":\"upstream_error\",\"param\":null,"         \
    "\"code\":\"request\"}}"

static const struct {
    const char *name;
    const char *body;
    const char *data;
} events[] = {
    {"on one line already", "{\"error\":{\"message\":\"a b\"}}",
     "{\"error\":{\"message\":\"a b\"}}"},
    {"indented", "{\n  \"error\": {\n    \"message\": \"a b\",\r\n\t\"code\": 1.50e3\n  }\n}\n",
     "{\"error\":{\"message\":\"a b\",\"code\":1.50e3}}"},
    {"blanks and escapes in strings stay",
     "{ \"error\" : { \"a \\\" b\\\\\" : \"c\\n  \\u0020 d\" } , \"x\" : [ 1 , "
     "12345678901234567890 ] }",
     "{\"error\":{\"a \\\" b\\\\\":\"c\\n  \\u0020 d\"},\"x\":[1,12345678901234567890]}"},
    {"an error that is a text", "{\n\"error\": \"it is bad\"\n}", "{\"error\":\"it is bad\"}"},
    {"Google's array", "[{\n \"error\": {\"code\": 400}\n}]", "{\"error\":{\"code\":400}}"},
    {"FastAPI's detail passes for a part of an answer", "{\"detail\":\"no\"}", OWN},
    {"a bare message does, too", "{\"message\":\"no\"}", OWN},
    {"an error that is null", "{\"error\":null}", OWN},
    {"an error that is empty", "{\"error\":{}}", OWN},
    {"an error that is an empty text", "{\"error\":\"\"}", OWN},
    {"an array without an error", "[1]", OWN},
    {"an empty array", "[]", OWN},
    {"a web page", "<html>\n\n<body>", OWN},
    {"half of an error", "{\"error\":{\"message\":\"a", OWN},
    {"nothing", "", OWN},
};

START_TEST(an_error_body_is_one_event)
{
    struct buf out, expected;
    buf_init(&out, 4096);
    buf_init(&expected, 4096);
    ck_assert_int_eq(
        stream_error_from(text_of(events[_i].body), text_of("HTTP 400: no"), "request", &out), 0);
    ck_assert_int_eq(buf_printf(&expected, "data: %s\n\n", events[_i].data), 0);
    ck_assert_msg(strcmp(out.data, expected.data) == 0, "%s: %s", events[_i].name, out.data);
    buf_done(&out);
    buf_done(&expected);
}
END_TEST

START_TEST(a_broken_stream_is_told_as_incomplete)
{
    struct buf out;
    buf_init(&out, 4096);
    ck_assert_int_eq(stream_error_write(text_of("cut \"off\"\n"), &out), 0);
    ck_assert_str_eq(out.data,
                     "data: {\"error\":{\"message\":\"cut \\\"off\\\"\\n\",\"type\":"
                     "\"upstream_error\",\"param\":null,\"code\":\"stream_incomplete\"}}\n\n");
    buf_done(&out);
}
END_TEST

START_TEST(what_does_not_fit_is_an_error)
{
    struct buf out;
    for (size_t max = 0; max < 40; max++) {
        buf_init(&out, max);
        ck_assert_int_lt(stream_error_from(text_of("{\"error\":{\"message\":\"0123456789\"}}"),
                                           text_of(""), "request", &out),
                         0);
        buf_done(&out);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_error");
    TCase *tc = tcase_create("errors");
    tcase_add_loop_test(tc, an_error_has_its_body, 0, ROWS(rows));
    tcase_add_test(tc, attempts_stand_beside_the_message);
    tcase_add_loop_test(tc, an_error_body_is_one_event, 0, ROWS(events));
    tcase_add_test(tc, a_broken_stream_is_told_as_incomplete);
    tcase_add_test(tc, what_does_not_fit_is_an_error);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
