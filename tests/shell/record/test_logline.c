/* One log line: what is quoted, what is escaped, what is cut; as logfmt and as JSON. */
#include <jansson.h>

#include "record/logline.h"
#include "unit.h"

static const char *line_text(struct logline *line)
{
    ck_assert_uint_gt(line->len, 0);
    ck_assert_int_eq(line->at[line->len - 1], '\n');
    line->at[line->len - 1] = '\0';
    return line->at;
}

static const struct {
    const char *name;
    struct text value;
    const char *logfmt;
    const char *json;
} values[] = {
    {"a word stands as it is", {"openai", 6}, "openai", "\"openai\""},
    {"an address with colons and brackets needs no quotes",
     {"[::1]:80", 8},
     "[::1]:80",
     "\"[::1]:80\""},
    {"nothing is a pair of quotes", {"", 0}, "\"\"", "\"\""},
    {"a blank brings quotes", {"a b", 3}, "\"a b\"", "\"a b\""},
    {"an equals sign brings quotes", {"a=b", 3}, "\"a=b\"", "\"a=b\""},
    {"a quote is escaped", {"a\"b", 3}, "\"a\\\"b\"", "\"a\\\"b\""},
    {"a backslash is escaped", {"a\\b", 3}, "\"a\\\\b\"", "\"a\\\\b\""},
    {"a line end cannot begin a second line", {"a\nb", 3}, "\"a\\nb\"", "\"a\\nb\""},
    {"a carriage return is escaped", {"a\rb", 3}, "\"a\\u000db\"", "\"a\\u000db\""},
    {"an escape sequence does not reach the terminal",
     {"\x1b[2J", 4},
     "\"\\u001b[2J\"",
     "\"\\u001b[2J\""},
    {"a NUL does not end the value", {"a\0b", 3}, "\"a\\u0000b\"", "\"a\\u0000b\""},
    {"DEL is escaped", {"\x7f", 1}, "\"\\u007f\"", "\"\\u007f\""},
    {"a C1 control is escaped", {"\xc2\x9b", 2}, "\"\\u009b\"", "\"\\u009b\""},
    {"letters beyond ASCII stay",
     {"\xc3\xa4\xe2\x82\xac", 5},
     "\xc3\xa4\xe2\x82\xac",
     "\"\xc3\xa4\xe2\x82\xac\""},
    {"a mark that turns the direction is escaped",
     {"\xe2\x80\xae", 3},
     "\"\\u202e\"",
     "\"\\u202e\""},
    {"a line separator is escaped", {"\xe2\x80\xa8", 3}, "\"\\u2028\"", "\"\\u2028\""},
    {"a tag beyond U+FFFF is escaped as two surrogates",
     {"\xf3\xa0\x80\x81", 4},
     "\"\\udb40\\udc01\"",
     "\"\\udb40\\udc01\""},
    {"a byte that is no UTF-8 is shown as a number", {"a\xff", 2}, "\"a\\xff\"", "\"a\\ufffd\""},
    {"a cut character is shown as numbers",
     {"\xe2\x82", 2},
     "\"\\xe2\\x82\"",
     "\"\\ufffd\\ufffd\""},
};

START_TEST(text_is_quoted_where_needed)
{
    for (int json = 0; json < 2; json++) {
        struct logline line;
        char expected[128];
        const struct log_field field = LOG_TEXT("key", values[_i].value);
        logline_init(&line, json);
        logline_field(&line, &field);
        logline_end(&line);
        (void)snprintf(expected, sizeof(expected), json ? ",\"key\":%s}" : " key=%s",
                       json ? values[_i].json : values[_i].logfmt);
        ck_assert_msg(strcmp(line_text(&line), expected) == 0, "%s: %s", values[_i].name, line.at);
    }
}
END_TEST

START_TEST(other_kinds_are_bare)
{
    static const char *const expected[] = {" n=-5 t=true f=false k=0\n",
                                           ",\"n\":-5,\"t\":true,\"f\":false,\"k\":0}\n"};
    const struct log_field fields[] = {
        LOG_INT("n", -5),  LOG_BOOL("t", true),   LOG_BOOL("f", false),
        LOG_KNOWN("k", 0), LOG_KNOWN("gone", -1), LOG_STR("gone", NULL),
    };
    struct logline line;
    logline_init(&line, _i != 0);
    for (int i = 0; i < ROWS(fields); i++)
        logline_field(&line, &fields[i]);
    logline_end(&line);
    ck_assert_uint_eq(line.len, strlen(expected[_i]));
    ck_assert_mem_eq(line.at, expected[_i], line.len);
}
END_TEST

/* A value of one sort of byte, longer than may be shown. */
static const char fillers[] = {'a', ' ', '\n', '\x01', '\xff', '"'};

START_TEST(a_long_value_is_cut_and_says_so)
{
    char bytes[LOG_LINE_MAX];
    struct logline line;
    memset(bytes, fillers[_i % ROWS(fillers)], sizeof(bytes));
    const struct log_field field = LOG_TEXT("key", text_make(bytes, sizeof(bytes)));
    bool json = _i >= ROWS(fillers);
    logline_init(&line, json);
    logline_printf(&line, json ? "{\"a\":1" : "x");
    logline_field(&line, &field);
    logline_end(&line);
    ck_assert_uint_le(line.len, LOG_VALUE_MAX + 32);
    ck_assert_uint_gt(line.len, LOG_VALUE_MAX - 8);
    ck_assert_ptr_nonnull(strstr(line_text(&line), "..."));
    json_t *parsed = json ? json_loads(line.at, 0, NULL) : NULL;
    ck_assert(!json || parsed);
    json_decref(parsed);
}
END_TEST

/* Fields of every length meet the end of the line: each must fit whole or be left out whole. */
START_TEST(a_full_line_ends_with_a_whole_field)
{
    char bytes[1024];
    struct logline line;
    memset(bytes, 'b', sizeof(bytes));
    logline_init(&line, true);
    logline_printf(&line, "{\"a\":1");
    for (int i = 0; i < 8; i++) {
        char key[2] = {(char)('c' + i), '\0'};
        const struct log_field field = LOG_TEXT(key, text_make(bytes, 600 + (size_t)_i));
        logline_field(&line, &field);
    }
    logline_end(&line);
    ck_assert_uint_le(line.len, LOG_LINE_MAX);
    json_t *parsed = json_loads(line_text(&line), 0, NULL);
    ck_assert_ptr_nonnull(parsed);
    ck_assert_int_ge((int)json_object_size(parsed), 4);
    ck_assert_int_lt((int)json_object_size(parsed), 9);
    json_decref(parsed);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("logline");
    TCase *t = tcase_create("logline");
    tcase_add_loop_test(t, text_is_quoted_where_needed, 0, ROWS(values));
    tcase_add_loop_test(t, other_kinds_are_bare, 0, 2);
    tcase_add_loop_test(t, a_long_value_is_cut_and_says_so, 0, 2 * ROWS(fillers));
    tcase_add_loop_test(t, a_full_line_ends_with_a_whole_field, 0, 424);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
