/* Valid JSON and nothing else (RFC 8259): grammar, UTF-8, depth, and where it goes wrong. */
#include <errno.h>
#include <stdio.h>

#include "json/jsonspan.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *text;
} valid[] = {
    {"an empty object", "{}"},
    {"an empty array", "[]"},
    {"an empty string", "\"\""},
    {"null alone", "null"},
    {"true in blanks", " \t\r\n true \n"},
    {"blanks everywhere", " { \"a\" : [ 1 , { } , [ ] ] , \"b\" : null } "},
    {"zero and minus zero", "[0,-0,0.0,-0.5,0e0,0E-1]"},
    {"a seed of 20 digits", "12345678901234567890"},
    {"a number beyond every double", "1e400"},
    {"exponents", "[1e5,1E5,1e+5,1e-5,1.25e10]"},
    {"all escapes", "\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9 \\uD83D\\uDE00\""},
    {"all hexadecimal digits", "\"\\u0123\\u4567\\u89ab\\ucdef\\uABCD\\uEF00\""},
    {"a lone surrogate escape", "\"\\ud800\""},
    {"an escaped NUL", "\"\\u0000\""},
    {"UTF-8 of two, three and four bytes", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
    {"DEL is no control byte for JSON", "\"\x7f\""},
    {"the same name twice", "{\"a\":1,\"a\":2}"},
    {"long plain text", "\"0123456789abcdef0123456789abcdef01234567 \""},
    {"brackets in strings", "[\"]\",\"}\",\"{[\"]"},
    {"containers in each other", "[{\"a\":[[],{},{\"b\":{\"c\":[1]}}]},[[[2]]]]"},
};

START_TEST(valid_text_is_taken)
{
    struct error error = ERROR_NONE;
    ck_assert_msg(jsonspan_check(text_of(valid[_i].text), &error) == 0, "%s: %s", valid[_i].name,
                  error.text);
    ck_assert(!error_is_set(&error));
}
END_TEST

START_TEST(valid_text_is_judged_alike_at_any_alignment)
{
    char copy[256];
    for (size_t shift = 0; shift < 16; shift++) {
        size_t len = strlen(valid[_i].text);
        memcpy(copy + shift, valid[_i].text, len);
        memset(copy + shift + len, '"', 16);
        ck_assert_int_eq(jsonspan_check(text_make(copy + shift, len), NULL), 0);
    }
}
END_TEST

static const struct {
    const char *name;
    const char *text;
    size_t at;
    const char *says;
} invalid[] = {
    {"nothing", "", 0, "a value is expected"},
    {"blanks only", " \n ", 3, "a value is expected"},
    {"a byte order mark", "\xef\xbb\xbf{}", 0, "a value is expected"},
    {"a word", "hello", 0, "a value is expected"},
    {"a word of another case", "True", 0, "a value is expected"},
    {"half a word", "tru", 0, "a value is expected"},
    {"too much of a word", "nulls", 4, "something follows"},
    {"two values", "{} {}", 3, "something follows"},
    {"a comment", "{}//", 2, "something follows"},
    {"single quotes", "{'a':1}", 1, "name in quotes"},
    {"a name without quotes", "{a:1}", 1, "name in quotes"},
    {"a number as a name", "{1:1}", 1, "name in quotes"},
    {"no colon", "{\"a\" 1}", 5, "':'"},
    {"no value", "{\"a\":}", 5, "a value is expected"},
    {"a trailing comma in an object", "{\"a\":1,}", 7, "name in quotes"},
    {"a trailing comma in an array", "[1,]", 3, "a value is expected"},
    {"a comma first", "[,1]", 1, "a value is expected"},
    {"two commas", "[1,,2]", 3, "a value is expected"},
    {"no comma in an array", "[1 2]", 3, "',' or ']'"},
    {"no comma in an object", "{\"a\":1 \"b\":2}", 7, "',' or '}'"},
    {"a colon in an array", "[\"a\":1]", 4, "',' or ']'"},
    {"the wrong closing bracket", "[1}", 2, "',' or ']'"},
    {"the wrong closing brace", "{\"a\":1]", 6, "',' or '}'"},
    {"a closing bracket alone", "]", 0, "a value is expected"},
    {"one closing bracket too many", "[]]", 2, "something follows"},
    {"an array that is not closed", "[1", 2, "',' or ']'"},
    {"a string that is not closed", "\"abc", 4, "not closed"},
    {"a string closed by an escaped quote", "\"abc\\\"", 6, "not closed"},
    {"a number that begins with 0", "012", 1, "does not begin with 0"},
    {"a minus that begins with 0", "-012", 2, "does not begin with 0"},
    {"a minus alone", "-", 1, "needs a digit"},
    {"a plus", "+1", 0, "a value is expected"},
    {"a decimal point first", ".5", 0, "a value is expected"},
    {"a decimal point last", "1.", 2, "decimal point"},
    {"an exponent without digits", "1e+", 3, "exponent"},
    {"a hexadecimal number", "0x10", 1, "something follows"},
    {"not a number", "NaN", 0, "a value is expected"},
    {"infinity", "-Infinity", 1, "needs a digit"},
    {"an unknown escape", "\"\\x41\"", 2, "unknown escape"},
    {"an unknown escape in a name", "{\"\\x\":1}", 3, "unknown escape"},
    {"an escape that is cut", "\"\\", 2, "four hexadecimal digits"},
    {"three hexadecimal digits", "\"\\u12g4\"", 5, "four hexadecimal digits"},
    {"three hexadecimal digits and the quote", "\"\\u123\"", 6, "four hexadecimal digits"},
    {"a letter behind f", "\"\\u000G\"", 6, "four hexadecimal digits"},
    {"a continuation byte alone", "\"\x80\"", 1, "UTF-8"},
    {"a line end in a string", "\"ab\ncd\"", 3, "control byte"},
    {"a TAB behind an escape", "\"\\n\t\"", 3, "control byte"},
    {"a control byte behind UTF-8", "\"\xc3\xa9\x01\"", 3, "control byte"},
    {"a control byte behind eight plain ones", "\"12345678\x1f\"", 9, "control byte"},
    {"an overlong slash", "\"\xc0\xaf\"", 1, "UTF-8"},
    {"a surrogate in UTF-8", "\"abc\xed\xa0\x80\"", 4, "UTF-8"},
    {"beyond the last code point", "\"\xf4\x90\x80\x80\"", 1, "UTF-8"},
    {"UTF-8 that is cut by the quote", "\"\xe2\x82\"", 1, "UTF-8"},
    {"a byte of Latin 1", "\"12345678\xe9\"", 9, "UTF-8"},
    {"UTF-8 outside a string", "{\"a\":\xc3\xa9}", 5, "a value is expected"},
    {"a form feed between tokens", "[1,\f2]", 3, "a value is expected"},
};

START_TEST(invalid_text_is_refused_with_the_place)
{
    char place[32];
    struct error error = ERROR_NONE;
    (void)snprintf(place, sizeof(place), " at byte %zu", invalid[_i].at);
    ck_assert_int_eq(jsonspan_check(text_of(invalid[_i].text), &error), -EINVAL);
    ck_assert_msg(strstr(error.text, place) && strstr(error.text, invalid[_i].says), "%s: %s",
                  invalid[_i].name, error.text);
    bool at_end = invalid[_i].at == strlen(invalid[_i].text);
    ck_assert_msg(at_end == (strstr(error.text, "the text ends") != NULL), "%s", error.text);
}
END_TEST

START_TEST(a_nul_byte_is_valid_nowhere)
{
    static const char text[] = "{\"a\":[1,\"b\\n\",true]}";
    for (size_t i = 0; i <= sizeof(text) - 1; i++) {
        char with_nul[sizeof(text) + 1];
        memcpy(with_nul, text, i);
        with_nul[i] = '\0';
        memcpy(with_nul + i + 1, text + i, sizeof(text) - 1 - i);
        ck_assert_int_eq(jsonspan_check(text_make(with_nul, sizeof(text)), NULL), -EINVAL);
    }
}
END_TEST

START_TEST(every_cut_is_noticed)
{
    static const char text[] = " {\"a\" : [1.5e-3, \"\\u00e9\\n\xe2\x82\xac\", true, {\"b\": "
                               "null}, {}, []], \"c\" : \"\"}";
    ck_assert_int_eq(jsonspan_check(text_of(text), NULL), 0);
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        char *exact =
            malloc(len + 1); /* up to its end, so that a sanitizer sees each byte too many */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact + 1, text, len);
        ck_assert_int_eq(jsonspan_check(text_make(exact + 1, len), NULL), -EINVAL);
        free(exact);
    }
}
END_TEST

/* depth brackets of a kind, closed again. */
static int check_depth(size_t depth, const char *open, char close)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    for (size_t i = 0; i < depth; i++)
        ck_assert_int_eq(buf_append_string(&text, open), 0);
    ck_assert_int_eq(buf_append_string(&text, "0"), 0);
    for (size_t i = 0; i < depth; i++)
        ck_assert_int_eq(buf_append(&text, &close, 1), 0);
    int r = jsonspan_check(buf_text(&text), NULL);
    buf_done(&text);
    return r;
}

START_TEST(nesting_has_a_limit)
{
    ck_assert_int_eq(check_depth(JSONSPAN_DEPTH_MAX, "[", ']'), 0);
    ck_assert_int_eq(check_depth(JSONSPAN_DEPTH_MAX + 1, "[", ']'), -EINVAL);
    ck_assert_int_eq(check_depth(JSONSPAN_DEPTH_MAX, "{\"a\":", '}'), 0);
    ck_assert_int_eq(check_depth(JSONSPAN_DEPTH_MAX + 1, "{\"a\":", '}'), -EINVAL);
    ck_assert_int_eq(check_depth(100000, "[", ']'), -EINVAL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jsonspan_check");
    TCase *tc = tcase_create("jsonspan_check");
    tcase_add_loop_test(tc, valid_text_is_taken, 0, ROWS(valid));
    tcase_add_loop_test(tc, valid_text_is_judged_alike_at_any_alignment, 0, ROWS(valid));
    tcase_add_loop_test(tc, invalid_text_is_refused_with_the_place, 0, ROWS(invalid));
    tcase_add_test(tc, a_nul_byte_is_valid_nowhere);
    tcase_add_test(tc, every_cut_is_noticed);
    tcase_add_test(tc, nesting_has_a_limit);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
