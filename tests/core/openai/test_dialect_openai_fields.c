/* The walk over a table of members, and those that several tables name. */
#include <errno.h>

#include "json_row.h"
#include "openai/dialect_openai.h"
#include "unit.h"

static int refuse(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)request;
    (void)value;
    error_set(reterr, "not here");
    return -EINVAL;
}

static const struct dialect_openai_field table[] = {
    {"n", dialect_openai_n},
    {"stream", dialect_openai_stream},
    {"max_tokens", dialect_openai_max_tokens},
    {"stop", dialect_openai_stop},
    {"logit_bias", dialect_openai_logit_bias},
    {"user", NULL},
    {"never", refuse},
};

static const struct dialect_openai_fields plain = {table, 7, false};
static const struct dialect_openai_fields with_numbers = {table, 7, true};

/* What is known of a request in row style; the dropped names in *dropped. */
static int read_row(const struct dialect_openai_fields *fields, const char *row,
                    struct chat_request *request, struct buf *dropped, struct error *reterr)
{
    char *body = json_row_text(row);
    buf_init(dropped, DIALECT_DROPPED_MAX);
    chat_request_init(request, dropped);
    int r = dialect_openai_load(text_of(body), request, reterr);
    if (r == 0)
        r = dialect_openai_fields_read(fields, request, reterr);
    if (r == 0)
        dialect_openai_rest_read(fields, request);
    free(body);
    return r;
}

START_TEST(members_that_are_known_are_read)
{
    struct chat_request request;
    struct buf dropped;
    struct error why = ERROR_NONE;
    ck_assert_int_eq(read_row(&plain,
                              "{'n':1.0,'stream':true,'max_tokens':7,'stop':['a',''],'user':'u',"
                              "'logit_bias':{},'never':null}",
                              &request, &dropped, &why),
                     0);
    ck_assert(request.stream);
    ck_assert_int_eq(request.max_tokens, 7);
    ck_assert_uint_eq(request.stop_count, 1);
    ck_assert(text_equals(request.stop[0], "a"));
    ck_assert_uint_eq(dropped.len, 0);
    chat_request_done(&request);
    buf_done(&dropped);
}
END_TEST

START_TEST(what_the_table_does_not_know_is_named)
{
    struct chat_request request;
    struct buf dropped;
    struct error why = ERROR_NONE;
    const char *row = "{'temperature':0.5,'seed':'x','odd':1,'logit_bias':{'1':2},'none':null}";
    ck_assert_int_eq(read_row(&plain, row, &request, &dropped, &why), 0);
    ck_assert_str_eq(dropped.data, "logit_bias, temperature, seed, odd");
    ck_assert(!request.number[CHAT_NUMBER_TEMPERATURE].set);
    chat_request_done(&request);
    buf_done(&dropped);
    ck_assert_int_eq(read_row(&with_numbers, row, &request, &dropped, &why), 0);
    ck_assert_str_eq(dropped.data, "logit_bias, seed, odd");
    ck_assert(request.number[CHAT_NUMBER_TEMPERATURE].set);
    chat_request_done(&request);
    buf_done(&dropped);
}
END_TEST

static const struct {
    const char *name;
    const char *row;
    const char *reason;
} refused[] = {
    {"no object", "[]", "the request is not a JSON object"},
    {"no JSON", "{", "cannot be read"},
    {"two answers", "{'n':2}", "n other than 1"},
    {"a member whose reader refuses it", "{'never':false}", "not here"},
};

START_TEST(the_first_error_ends_it)
{
    struct chat_request request;
    struct buf dropped;
    struct error why = ERROR_NONE;
    ck_assert_msg(read_row(&plain, refused[_i].row, &request, &dropped, &why) == -EINVAL, "%s",
                  refused[_i].name);
    ck_assert_msg(strstr(why.text, refused[_i].reason) != NULL, "%s: %s", refused[_i].name,
                  why.text);
    chat_request_done(&request);
    buf_done(&dropped);
}
END_TEST

static const struct {
    const char *name;
    const char *json;
    bool whole;
    int64_t value;
} numbers[] = {
    {"an integer", "-3", true, -3},
    {"one with a fraction of nothing", "7.0", true, 7},
    {"one with a fraction", "7.5", false, 0},
    {"one that is too large", "1e19", false, 0},
    {"a string", "'7'", false, 0},
    {"a boolean", "true", false, 0},
};

START_TEST(whole_numbers)
{
    int64_t value = 0;
    json_t *json = json_row_load(numbers[_i].json);
    ck_assert_msg(dialect_openai_whole(json, &value) == numbers[_i].whole, "%s", numbers[_i].name);
    ck_assert_int_eq(value, numbers[_i].value);
    json_decref(json);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_fields");
    TCase *tc = tcase_create("fields");
    tcase_add_test(tc, members_that_are_known_are_read);
    tcase_add_test(tc, what_the_table_does_not_know_is_named);
    tcase_add_loop_test(tc, the_first_error_ends_it, 0, ROWS(refused));
    tcase_add_loop_test(tc, whole_numbers, 0, ROWS(numbers));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
