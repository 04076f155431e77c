/* Commas, names and values; numbers that come back the same; a buffer that is full. */
#include <errno.h>
#include <float.h>
#include <stdint.h>

#include "json/jsonwrite.h"
#include "json_row.h"
#include "unit.h"

static void write_all(struct jsonwrite *json, const json_t *tree)
{
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "s", text_make("a\"\n\0", 4));
    jsonwrite_filled(json, "filled", text_of("y"));
    jsonwrite_filled(json, "nothing", text_of(""));
    jsonwrite_or_null(json, "told", text_of("z"));
    jsonwrite_or_null(json, "untold", text_of(NULL));
    jsonwrite_shown_or_null(json, "shown", text_of("a\u202e"));
    jsonwrite_shown_or_null(json, "unshown", text_of(""));
    jsonwrite_known(json, "known", 0, 0);
    jsonwrite_known(json, "unknown", 0, 1);
    jsonwrite_integer(json, "i", INT64_MIN);
    jsonwrite_bool(json, "t", true);
    jsonwrite_bool(json, "f", false);
    jsonwrite_null(json, "n");
    jsonwrite_open(json, "empty", '[');
    jsonwrite_close(json, ']');
    jsonwrite_open(json, "list", '[');
    jsonwrite_integer(json, NULL, 1);
    jsonwrite_open(json, NULL, '{');
    jsonwrite_close(json, '}');
    jsonwrite_string(json, NULL, text_of("x"));
    jsonwrite_close(json, ']');
    jsonwrite_raw(json, "raw", text_of("1E5"));
    jsonwrite_tree(json, "tree", tree);
    jsonwrite_real(json, "r", 0.1);
    jsonwrite_close(json, '}');
}

static const char all[] =
    "{\"s\":\"a\\\"\\n\\u0000\",\"filled\":\"y\",\"told\":\"z\",\"untold\":null,"
    "\"shown\":\"a\\u202e\",\"unshown\":null,\"known\":0,\"unknown\":null,"
    "\"i\":-9223372036854775808,\"t\":true,\"f\":false,\"n\":null,\"empty\":[],\"list\":[1,{},"
    "\"x\"],\"raw\":1E5,"
    "\"tree\":{\"k\":[1]},\"r\":0.1}";

START_TEST(values_are_written)
{
    struct buf out;
    json_t *tree = json_row_load("{'k':[1]}");
    buf_init(&out, 4096);
    struct jsonwrite json = jsonwrite_to(&out);
    write_all(&json, tree);
    ck_assert_int_eq(json.r, 0);
    ck_assert_str_eq(out.data, all);
    buf_done(&out);
    json_decref(tree);
}
END_TEST

START_TEST(a_full_buffer_is_told_at_the_end)
{
    json_t *tree = json_row_load("{'k':[1]}");
    for (size_t max = 0; max <= sizeof(all) - 1; max++) {
        struct buf out;
        buf_init(&out, max);
        struct jsonwrite json = jsonwrite_to(&out);
        write_all(&json, tree);
        ck_assert_int_eq(json.r, max < sizeof(all) - 1 ? -EMSGSIZE : 0);
        ck_assert(out.len <= max && memcmp(buf_text(&out).at, all, out.len) == 0);
        buf_done(&out);
    }
    json_decref(tree);
}
END_TEST

static const struct {
    const char *name;
    double value;
    const char *text;
} reals[] = {
    {"a tenth", 0.1, "0.1"},
    {"a third", 1.0 / 3.0, "0.3333333333333333"},
    {"a whole", 2.0, "2"},
    {"less than nothing", -0.5, "-0.5"},
    {"the largest", DBL_MAX, "1.7976931348623157e+308"},
    {"the smallest", DBL_MIN, "2.2250738585072014e-308"},
    {"one that needs 17 digits", 0.1 + 0.2, "0.30000000000000004"},
};

START_TEST(reals_are_short_and_come_back)
{
    struct buf out;
    buf_init(&out, 64);
    struct jsonwrite json = jsonwrite_to(&out);
    jsonwrite_real(&json, NULL, reals[_i].value);
    ck_assert_int_eq(json.r, 0);
    ck_assert_msg(text_equals(buf_text(&out), reals[_i].text), "%s: %s", reals[_i].name, out.data);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jsonwrite");
    TCase *tc = tcase_create("jsonwrite");
    tcase_add_test(tc, values_are_written);
    tcase_add_test(tc, a_full_buffer_is_told_at_the_end);
    tcase_add_loop_test(tc, reals_are_short_and_come_back, 0, ROWS(reals));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
