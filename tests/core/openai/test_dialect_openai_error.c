/* Error answers as OpenAI gives them. */
#include "json_row.h"
#include "openai/dialect_openai.h"
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

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_error");
    TCase *tc = tcase_create("errors");
    tcase_add_loop_test(tc, an_error_has_its_body, 0, ROWS(rows));
    tcase_add_test(tc, attempts_stand_beside_the_message);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
