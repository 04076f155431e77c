/* Strings out of JSON and into it: decoding, encoding, and names that are compared decoded. */
#include <errno.h>

#include "json/jsonspan.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *string;
    const char *bytes;
    size_t len;
    int r;
} decodings[] = {
    {"an empty string", "\"\"", "", 0, 0},
    {"plain text", "\"abc\"", "abc", 3, 0},
    {"the short escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8, 0},
    {"an escape of one byte", "\"\\u0041\"", "A", 1, 0},
    {"an escape of two bytes", "\"x\\u00E9y\"", "x\xc3\xa9y", 4, 0},
    {"an escape of three bytes", "\"\\u20ac\"", "\xe2\x82\xac", 3, 0},
    {"a pair of surrogates", "\"\\uD83D\\uDE00\"", "\xf0\x9f\x98\x80", 4, 0},
    {"a high surrogate alone", "\"a\\ud800b\"",
     "a\xef\xbf\xbd"
     "b",
     5, 0},
    {"a low surrogate alone", "\"\\udc00\"", "\xef\xbf\xbd", 3, 0},
    {"a high surrogate and a letter", "\"\\ud800\\u0041\"",
     "\xef\xbf\xbd"
     "A",
     4, 0},
    {"two high ones, the second in a pair", "\"\\ud800\\ud83d\\ude00\"",
     "\xef\xbf\xbd\xf0\x9f\x98\x80", 7, 0},
    {"a high surrogate and a line end", "\"\\ud800\\n\"", "\xef\xbf\xbd\n", 4, 0},
    {"an escaped NUL", "\"a\\u0000b\"", "a\0b", 3, 0},
    {"no string", "12", "", 0, -EINVAL},
    {"a quote alone", "\"", "", 0, -EINVAL},
    {"nothing", "", "", 0, -EINVAL},
    {"an escape that is cut", "\"\\u12\"", "", 0, -EINVAL},
    {"a backslash last", "\"\\\"", "", 0, -EINVAL},
    {"an unknown escape", "\"\\x41\"", "", 0, -EINVAL},
};

START_TEST(strings_are_decoded)
{
    struct buf out;
    buf_init(&out, 100);
    ck_assert_msg(jsonspan_decode(text_of(decodings[_i].string), &out) == decodings[_i].r, "%s",
                  decodings[_i].name);
    if (decodings[_i].r == 0) {
        ck_assert_uint_eq(out.len, decodings[_i].len);
        ck_assert_mem_eq(buf_text(&out).at, decodings[_i].bytes, out.len);
    }
    buf_done(&out);
}
END_TEST

static const struct {
    const char *name;
    const char *bytes;
    size_t len;
    const char *string;
} encodings[] = {
    {"nothing", "", 0, "\"\""},
    {"plain text", "abc", 3, "\"abc\""},
    {"a slash and DEL stand for themselves", "/\x7f", 2, "\"/\x7f\""},
    {"UTF-8 stands for itself", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
     "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
    {"quotes and backslashes", "a\"b\\c", 5, "\"a\\\"b\\\\c\""},
    {"control bytes with a letter", "\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
    {"other control bytes", "\x01\x1f", 2, "\"\\u0001\\u001f\""},
    {"a NUL byte", "a\0b", 3, "\"a\\u0000b\""},
    {"a byte that is no UTF-8",
     "a\xff"
     "b",
     3,
     "\"a\xef\xbf\xbd"
     "b\""},
    {"UTF-8 that is cut", "\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"a surrogate", "\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

START_TEST(bytes_are_encoded)
{
    struct buf out;
    buf_init(&out, 100);
    ck_assert_int_eq(jsonspan_encode(text_make(encodings[_i].bytes, encodings[_i].len), &out), 0);
    ck_assert_msg(text_equals(buf_text(&out), encodings[_i].string), "%s: %s", encodings[_i].name,
                  out.data);
    ck_assert_int_eq(jsonspan_check(buf_text(&out), NULL), 0);
    buf_done(&out);
}
END_TEST

START_TEST(every_byte_survives_encoding_and_decoding)
{
    struct buf json, back;
    char ascii[128];
    for (size_t i = 0; i < sizeof(ascii); i++)
        ascii[i] = (char)i;
    buf_init(&json, 1000);
    buf_init(&back, 1000);
    ck_assert_int_eq(jsonspan_encode(text_make(ascii, sizeof(ascii)), &json), 0);
    ck_assert_int_eq(jsonspan_decode(buf_text(&json), &back), 0);
    ck_assert_uint_eq(back.len, sizeof(ascii));
    ck_assert_mem_eq(back.data, ascii, sizeof(ascii));
    buf_done(&json);
    buf_done(&back);
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
    for (size_t max = 0; max < 12; max++) {
        struct buf out;
        buf_init(&out, max);
        ck_assert_int_eq(jsonspan_encode(text_of("a\"b\x01\xff"), &out), -EMSGSIZE);
        buf_done(&out);
        buf_init(&out, max < 5 ? max : 4);
        ck_assert_int_eq(jsonspan_decode(text_of("\"a\\nb\\u00e9\""), &out), -EMSGSIZE);
        buf_done(&out);
    }
}
END_TEST

static const struct {
    const char *name;
    const char *string;
    const char *wanted;
    bool is;
} names[] = {
    {"the same bytes", "\"model\"", "model", true},
    {"an escape in it", "\"mod\\u0065l\"", "model", true},
    {"an escape first and last", "\"\\u006dode\\u006c\"", "model", true},
    {"a short escape", "\"a\\/b\"", "a/b", true},
    {"less", "\"mode\"", "model", false},
    {"more", "\"models\"", "model", false},
    {"more behind an escape", "\"model\\u0000\"", "model", false},
    {"another escape", "\"mod\\u0066l\"", "model", false},
    {"no string", "model", "model", false},
    {"a broken escape", "\"model\\u00\"", "model", false},
};

START_TEST(names_are_compared_decoded)
{
    ck_assert_msg(jsonspan_name_is(text_of(names[_i].string), names[_i].wanted) == names[_i].is,
                  "%s", names[_i].name);
}
END_TEST

static const struct {
    const char *name;
    const char *bytes;
    const char *string;
} shown[] = {
    {"plain text", "a\"b", "\"a\\\"b\""},
    {"letters of all kinds", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
     "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\""},
    {"a command of a terminal", "\x1b[2J\x7f", "\"\\u001b[2J\\u007f\""},
    {"one byte's C1",
     "a\xc2\x9b"
     "1m",
     "\"a\\u009b1m\""},
    {"a turn of direction", "\xe2\x80\xaeright", "\"\\u202eright\""},
    {"a tag beyond U+FFFF", "x\xf3\xa0\x81\x81", "\"x\\udb40\\udc41\""},
    {"bytes that are no characters", "a\xff\xe2\x80", "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    {"nothing", "", "\"\""},
};

START_TEST(what_is_hidden_can_be_escaped)
{
    struct buf out, back;
    buf_init(&out, 1000);
    buf_init(&back, 1000);
    ck_assert_int_eq(jsonspan_encode_shown(text_of(shown[_i].bytes), &out), 0);
    ck_assert_msg(strcmp(out.data, shown[_i].string) == 0, "%s: %s", shown[_i].name, out.data);
    ck_assert_int_eq(jsonspan_check(buf_text(&out), NULL), 0);
    ck_assert_int_eq(jsonspan_decode(buf_text(&out), &back), 0);
    if (!strchr(shown[_i].bytes, '\xff'))
        ck_assert(text_equals(buf_text(&back), shown[_i].bytes));
    buf_done(&out);
    buf_done(&back);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jsonspan_text");
    TCase *tc = tcase_create("jsonspan_text");
    tcase_add_loop_test(tc, what_is_hidden_can_be_escaped, 0, ROWS(shown));
    tcase_add_loop_test(tc, strings_are_decoded, 0, ROWS(decodings));
    tcase_add_loop_test(tc, bytes_are_encoded, 0, ROWS(encodings));
    tcase_add_test(tc, every_byte_survives_encoding_and_decoding);
    tcase_add_test(tc, a_full_buffer_is_told);
    tcase_add_loop_test(tc, names_are_compared_decoded, 0, ROWS(names));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
