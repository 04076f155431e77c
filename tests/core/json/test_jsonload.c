/* JSON that jansson holds, and JSON that is made holdable. */
#include <errno.h>

#include "json/jsonload.h"
#include "json_row.h"
#include "short_memory.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *json;
    const char *same_as; /* what jansson reads of this is the same */
} rows[] = {
    {"what jansson can hold", "{'a':[1,2.5,'x',null,true]}", "{'a':[1,2.5,'x',null,true]}"},
    {"blanks around", " \n[1]\t", "[1]"},
    {"a string alone", "'x'", "'x'"},
    {"the largest integer", "[9223372036854775807,-9223372036854775808]",
     "[9223372036854775807,-9223372036854775808]"},
    {"one more than the largest integer", "[9223372036854775808]", "[9223372036854775808.0]"},
    {"less than the least integer", "[-9223372036854775809]", "[-9223372036854775809.0]"},
    {"the largest unsigned integer, and others stay", "[18446744073709551615,7,0.5]",
     "[18446744073709551615.0,7,0.5]"},
    {"beyond doubles", "[1e400,-1e400]", "[1.7976931348623157e308,-1.7976931348623157e308]"},
    {"below doubles", "[1e-400,1e400]", "[0.0,1.7976931348623157e308]"},
    {"digits in strings stay", "['18446744073709551616',1e999]",
     "['18446744073709551616',1.7976931348623157e308]"},
    {"a first half alone", "['a\\ud83d']", "['a\\ufffd']"},
    {"a second half alone", "['\\ude00b']", "['\\ufffdb']"},
    {"two first halves and the second", "['\\ud83d\\ud83d\\ude00']", "['\\ufffd\\ud83d\\ude00']"},
    {"a pair stays beside a half", "['\\ud83d\\ude00\\ud83d']", "['\\ud83d\\ude00\\ufffd']"},
    {"a half before another escape", "['\\ud83d\\n\\\\\\'']", "['\\ufffd\\n\\\\\\'']"},
    {"a backslash is not an escape's begin", "['\\\\ud83d',1e400]",
     "['\\\\ud83d',1.7976931348623157e308]"},
    {"half in a name", "{'\\ud83d':1}", "{'\\ufffd':1}"},
    {"a NUL in a string", "['a\\u0000b']", "['a\\u0000b']"},
    {"the later of two members of one name", "{'a':1,'a':2}", "{'a':2}"},
};

START_TEST(json_is_loaded)
{
    struct error why = ERROR_NONE;
    char *json = json_row_text(rows[_i].json);
    json_t *want = json_row_load(rows[_i].same_as);
    json_t *got = jsonload(text_of(json), &why);
    ck_assert_msg(got != NULL, "%s: %s", rows[_i].name, why.text);
    char *dump = json_dumps(got, JSON_ENCODE_ANY);
    ck_assert_msg(json_equal(got, want), "%s: %s", rows[_i].name, dump);
    free(dump);
    free(json);
    json_decref(got);
    json_decref(want);
}
END_TEST

static const struct {
    const char *name;
    const char *json;
    const char *reason;
} refused[] = {
    {"nothing", "", "cannot be read"},
    {"cut", "{'a':", "cannot be read"},
    {"cut inside an escape", "['\\ud8", "cannot be read"},
    {"cut behind a backslash", "['\\", "cannot be read"},
    {"a half, and cut", "['\\ud83d", "cannot be read"},
    {"a word", "hello", "cannot be read"},
    {"a NUL in a name", "{'a\\u0000b':1}", "NUL in the name"},
};

START_TEST(what_is_not_json_is_refused_without_quoting_it)
{
    struct error why = ERROR_NONE;
    char *json = json_row_text(refused[_i].json);
    ck_assert_msg(jsonload(text_of(json), &why) == NULL, "%s", refused[_i].name);
    ck_assert_msg(strstr(why.text, refused[_i].reason) != NULL, "%s: %s", refused[_i].name,
                  why.text);
    ck_assert_msg(strstr(why.text, "hello") == NULL, "%s", why.text);
    free(json);
}
END_TEST

START_TEST(numbers_of_any_length)
{
    char json[2000];
    for (size_t len = 1; len < 1900; len += 37) {
        json[0] = '[';
        memset(json + 1, '9', len);
        json[1 + len] = ']';
        json_t *got = jsonload(text_make(json, len + 2), NULL);
        ck_assert_ptr_nonnull(got);
        ck_assert(json_number_value(json_array_get(got, 0)) > 0);
        json_decref(got);
        json[1] = '0';
        json[2] = '.';
        if (len < 3)
            continue;
        got = jsonload(text_make(json, len + 2), NULL);
        ck_assert_ptr_nonnull(got);
        ck_assert(json_real_value(json_array_get(got, 0)) <= 1);
        json_decref(got);
    }
}
END_TEST

static const struct {
    const char *text;
    const char *string;
} strings[] = {
    {"", ""},
    {"plain", "plain"},
    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
    {"cut gr\xc3", "cut gr?"},
    {"gr\xc3\xbc and cut \xe2\x82", "gr?? and cut ??"},
};

START_TEST(any_bytes_become_a_string)
{
    json_t *got = jsonload_string(strings[_i].text);
    ck_assert_str_eq(json_string_value(got), strings[_i].string);
    json_decref(got);
}
END_TEST

START_TEST(what_was_checked_fails_for_one_reason)
{
    json_t *tree = NULL;
    ck_assert_int_eq(jsonload_checked(text_of("{\"a\\u0000b\":1}"), &tree), -EINVAL);
    ck_assert_ptr_null(tree);
    size_t n = 0;
    for (bool failed = true; failed; n++) {
        short_memory_at(n);
        int r = jsonload_checked(text_of("{\"a\":[1e400,\"\\ud800\"]}"), &tree);
        failed = short_memory_failed();
        ck_assert_int_eq(r, failed && !tree ? -ENOMEM : 0);
        json_decref(tree);
        tree = NULL;
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jsonload");
    TCase *tc = tcase_create("jsonload");
    tcase_add_loop_test(tc, json_is_loaded, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_is_not_json_is_refused_without_quoting_it, 0, ROWS(refused));
    tcase_add_test(tc, numbers_of_any_length);
    tcase_add_test(tc, what_was_checked_fails_for_one_reason);
    tcase_add_loop_test(tc, any_bytes_become_a_string, 0, ROWS(strings));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
