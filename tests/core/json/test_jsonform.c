/* What is made once is copied around what goes into the blank. */
#include <errno.h>

#include "json/jsonform.h"
#include "json/jsonwrite.h"
#include "unit.h"

/* {"n":number,"text":BLANK}, or with nothing behind the blank. */
static int make(struct jsonform *form, int64_t number, bool tail)
{
    struct jsonwrite json = jsonwrite_to(jsonform_begin(form));
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_integer(&json, "n", number);
    jsonwrite_raw(&json, "text", text_of(""));
    jsonform_blank(form);
    if (tail)
        jsonwrite_close(&json, '}');
    return jsonform_end(form, json.r);
}

static void expect(const struct jsonform *form, const char *text, const char *want)
{
    struct buf out;
    buf_init(&out, 64);
    ck_assert_int_eq(jsonform_put_before(form, &out), 0);
    ck_assert_int_eq(buf_append_string(&out, text), 0);
    ck_assert_int_eq(jsonform_put_behind(form, &out), 0);
    ck_assert_str_eq(out.data, want);
    buf_done(&out);
}

START_TEST(a_form_is_filled_as_often_as_one_likes)
{
    struct jsonform form = {0};
    ck_assert(!jsonform_is_made(&form));
    ck_assert_int_eq(make(&form, 1, true), 0);
    ck_assert(jsonform_is_made(&form));
    expect(&form, "\"a\"", "{\"n\":1,\"text\":\"a\"}");
    expect(&form, "null", "{\"n\":1,\"text\":null}");
    jsonform_done(&form);
    ck_assert(!jsonform_is_made(&form));
}
END_TEST

START_TEST(one_that_is_made_anew_forgets_what_it_was)
{
    struct jsonform form = {0};
    ck_assert_int_eq(make(&form, 1000, true), 0);
    ck_assert_int_eq(make(&form, 2, false), 0);
    expect(&form, "3", "{\"n\":2,\"text\":3");
    jsonform_done(&form);
}
END_TEST

START_TEST(one_that_could_not_be_written_is_not_made)
{
    struct jsonform form = {0};
    struct buf out;
    buf_init(&out, 4);
    ck_assert_int_eq(make(&form, 1, true), 0);
    ck_assert_int_eq(jsonform_put_before(&form, &out), -EMSGSIZE);
    ck_assert_int_eq(jsonform_end(&form, -ENOMEM), -ENOMEM);
    ck_assert(!jsonform_is_made(&form));
    jsonform_done(NULL);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jsonform");
    TCase *tc = tcase_create("jsonform");
    tcase_add_test(tc, a_form_is_filled_as_often_as_one_likes);
    tcase_add_test(tc, one_that_is_made_anew_forgets_what_it_was);
    tcase_add_test(tc, one_that_could_not_be_written_is_not_made);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
