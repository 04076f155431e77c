/* What a settings file may look like, and what is said of every line that is none. */
#include <stdio.h>

#include "text/buf.h"
#include "text/ini_lines.h"
#include "unit.h"

#define BOM "\xef\xbb\xbf"

/* Everything that was told, one line for each call. */
struct heard {
    struct buf lines;
    int stop_after; /* calls; 0 = never */
    int calls;
};

static void add(struct heard *heard, const char *what, int line, struct text a, struct text b)
{
    heard->calls++;
    ck_assert_int_eq(
        buf_printf(&heard->lines, "%d %s <%.*s> <%.*s>\n", line, what, TEXT_ARG(a), TEXT_ARG(b)),
        0);
}

static void on_section(void *arg, int line, struct text name)
{
    add(arg, "section", line, name, text_of(""));
}

static void on_setting(void *arg, int line, struct text key, struct text value)
{
    add(arg, "setting", line, key, value);
}

static void on_wrong(void *arg, int line, const char *what)
{
    size_t first = strcspn(what, ";");
    ck_assert_msg(strstr(what, "; allowed: ") != NULL, "%s", what);
    add(arg, "wrong", line, text_make(what, first), text_of(""));
}

static bool on_stop(void *arg)
{
    const struct heard *heard = arg;
    return heard->stop_after > 0 && heard->calls >= heard->stop_after;
}

static void read_into(struct heard *heard, struct text file, int stop_after)
{
    *heard = (struct heard){.stop_after = stop_after};
    const struct ini_handler handler = {heard, on_section, on_setting, on_wrong, on_stop};
    buf_init(&heard->lines, 1 << 20);
    ck_assert_int_eq(ini_read(file, &handler), 0);
}

static const struct {
    const char *name;
    const char *file;
    const char *heard;
} files[] = {
    {"an empty file", "", ""},
    {"a section and a setting", "[retry]\nattempts = 5\n",
     "1 section <retry> <>\n2 setting <attempts> <5>\n"},
    {"a last line without its end", "[retry]\nattempts = 5",
     "1 section <retry> <>\n"
     "2 setting <attempts> <5>\n"},
    {"lines that end in CR LF", "[retry]\r\nattempts = 5\r\n\r\n; x\r\n",
     "1 section <retry> <>\n2 setting <attempts> <5>\n"},
    {"a byte order mark", BOM "[retry]\nattempts = 5\n",
     "1 section <retry> <>\n2 setting <attempts> <5>\n"},
    {"a byte order mark before a setting", BOM "a = 1\n", "1 setting <a> <1>\n"},
    {"a colon for the equals sign", "a: 1\n", "1 setting <a> <1>\n"},
    {"an equals sign and a colon in the value", "a = b=c:d\n", "1 setting <a> <b=c:d>\n"},
    {"no blanks", "a=1\n", "1 setting <a> <1>\n"},
    {"blanks and TABs around key and value", "a \t= \t1 2\t \n", "1 setting <a> <1 2>\n"},
    {"no value", "a =\n", "1 setting <a> <>\n"},
    {"comment lines of both kinds, indented or not", "; a\n# b\n  ; c\n\t# d\n \n\na = 1\n",
     "7 setting <a> <1>\n"},
    {"a comment behind a value begins at a blank and ;", "a = 1 ; one\nb = 2\t;two\n",
     "1 setting <a> <1>\n2 setting <b> <2>\n"},
    {"a ; within a word is part of the value", "a = x;y;z\n", "1 setting <a> <x;y;z>\n"},
    {"a # is part of the value everywhere", "a = x#y # z\n", "1 setting <a> <x#y # z>\n"},
    {"a value that begins with ; behind the =", "a =;x\n", "1 setting <a> <;x>\n"},
    {"quotes are part of the value", "a = \"x\"\n", "1 setting <a> <\"x\">\n"},
    {"UTF-8 in a value", "a = gr\xc3\xbc\xc3\x9f\x65\n",
     "1 setting <a> <gr\xc3\xbc\xc3\x9f\x65>\n"},
    {"a TAB within a value", "a = x\ty\n", "1 setting <a> <x\ty>\n"},
    {"blanks within the brackets", "[ provider  openai ]\n", "1 section <provider  openai> <>\n"},
    {"a comment behind a section", "[log] ; what is told\n[route]# who\n",
     "1 section <log> <>\n2 section <route> <>\n"},
    {"a comment behind a section that holds a bracket", "[log] ; see [server]\n",
     "1 section <log> <>\n"},
    {"a section's name that holds a bracket", "[model a]b]\n", "1 section <model a]b> <>\n"},
    {"a section's name that holds a dot and a colon", "[model gpt-4.1:x;y]\n",
     "1 section <model gpt-4.1:x;y> <>\n"},
    {"a section without its closing bracket", "[log\na = 1\n",
     "1 wrong <a section without its closing bracket> <>\n2 setting <a> <1>\n"},
    {"a section with something behind it", "[log] x\n",
     "1 wrong <a section without its closing bracket> <>\n"},
    {"an indented line continues nothing", "a = 1\n  2\n\tb = 3\n",
     "1 setting <a> <1>\n2 wrong <an indented line continues nothing> <>\n"
     "3 wrong <an indented line continues nothing> <>\n"},
    {"a line that is no setting", "a = 1\nrubbish\nb = 2\n",
     "1 setting <a> <1>\n2 wrong <not a setting> <>\n3 setting <b> <2>\n"},
    {"a last line that is no setting", "a = 1\nrubbish",
     "1 setting <a> <1>\n"
     "2 wrong <not a setting> <>\n"},
    {"a key that a comment begins in", "a ;b = 1\n", "1 wrong <not a setting> <>\n"},
    {"a CR within a line", "a = 1\rb = 2\n", "1 wrong <a control byte> <>\n"},
    {"an escape byte", "a = \x1b[0m\n", "1 wrong <a control byte> <>\n"},
    {"a DEL byte", "a = \x7f\n", "1 wrong <a control byte> <>\n"},
    {"Latin-1", "a = gr\xfc\x73\n", "1 wrong <bytes that are not UTF-8> <>\n"},
    {"UTF-8 that ends early", "a = \xe2\x82\n", "1 wrong <bytes that are not UTF-8> <>\n"},
    {"every wrong line is told", "x\n[y\n z\na = 1\n\x01\n",
     "1 wrong <not a setting> <>\n2 wrong <a section without its closing bracket> <>\n"
     "3 wrong <an indented line continues nothing> <>\n4 setting <a> <1>\n"
     "5 wrong <a control byte> <>\n"},
};

START_TEST(a_file_is_read_line_by_line)
{
    struct heard heard;
    read_into(&heard, text_of(files[_i].file), 0);
    ck_assert_msg(text_equals(buf_text(&heard.lines), files[_i].heard), "%s:\n%.*s", files[_i].name,
                  TEXT_ARG(buf_text(&heard.lines)));
    buf_done(&heard.lines);
}
END_TEST

START_TEST(a_nul_byte_is_told_and_the_next_line_is_read)
{
    static const char file[] = "a = 1\0 2\nb = 3\n";
    struct heard heard;
    read_into(&heard, text_make(file, sizeof(file) - 1), 0);
    ck_assert_str_eq(heard.lines.data, "1 wrong <a NUL byte> <>\n2 setting <b> <3>\n");
    buf_done(&heard.lines);
}
END_TEST

START_TEST(a_text_that_ends_without_nul_is_not_read_beyond)
{
    struct heard heard;
    char *file = malloc(5); /* so that a sanitizer sees it */
    ck_assert_ptr_nonnull(file);
    memcpy(file, "a = 1", 5);
    read_into(&heard, text_make(file, 5), 0);
    ck_assert_str_eq(heard.lines.data, "1 setting <a> <1>\n");
    buf_done(&heard.lines);
    free(file);
}
END_TEST

/* "key = vvv...v" of so many bytes in all, and what must come of it. */
static void check_long_line(size_t length)
{
    struct buf file, expected;
    struct heard heard;
    buf_init(&file, 1 << 17);
    buf_init(&expected, 1 << 17);
    ck_assert_int_eq(buf_append_string(&file, "key = "), 0);
    while (file.len < length)
        ck_assert_int_eq(buf_append_string(&file, "v"), 0);
    bool fits = length <= INI_LINE_MAX;
    ck_assert_int_eq(fits ? buf_printf(&expected, "1 setting <key> <%s>\n", file.data + 6)
                          : buf_printf(&expected, "1 wrong <too long a line> <>\n"),
                     0);
    ck_assert_int_eq(buf_append_string(&file, "\nb = 2\n"), 0);
    ck_assert_int_eq(buf_append_string(&expected, "2 setting <b> <2>\n"), 0);
    read_into(&heard, buf_text(&file), 0);
    ck_assert_msg(text_equals(buf_text(&heard.lines), expected.data), "%zu bytes", length);
    buf_done(&heard.lines);
    buf_done(&file);
    buf_done(&expected);
}

/* The parser below has a buffer of 200 bytes: nothing may change there. */
START_TEST(a_value_is_whole_at_every_length_around_the_parser_s_own_limit)
{
    for (size_t length = 190; length <= 210; length++)
        check_long_line(length);
    check_long_line(4006);
}
END_TEST

START_TEST(a_line_of_65536_bytes_is_whole_and_a_longer_one_is_told)
{
    check_long_line(INI_LINE_MAX);
    check_long_line(INI_LINE_MAX + 1);
}
END_TEST

START_TEST(a_long_line_is_read_as_a_short_one)
{
    struct buf file;
    struct heard heard;
    char a[301];
    memset(a, 'a', 300);
    a[300] = '\0';
    buf_init(&file, 4096);
    ck_assert_int_eq(buf_printf(&file, "k: %s;# x \t; comment\n%s\n%s = 1\n", a, a, a), 0);
    read_into(&heard, buf_text(&file), 0);
    ck_assert_uint_eq(heard.lines.len, strlen("1 setting <k> <;# x>\n") + 300 +
                                           2 * strlen("2 wrong <not a setting> <>\n"));
    ck_assert_ptr_nonnull(
        strstr(heard.lines.data, "aaa;# x>\n2 wrong <not a setting> <>\n3 wrong"));
    buf_done(&heard.lines);
    buf_done(&file);
}
END_TEST

START_TEST(reading_ends_when_the_handler_says_so)
{
    struct heard heard;
    read_into(&heard, text_of("a = 1\nb = 2\nc = 3\n"), 2);
    ck_assert_str_eq(heard.lines.data, "1 setting <a> <1>\n2 setting <b> <2>\n");
    buf_done(&heard.lines);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ini_lines");
    TCase *tc = tcase_create("ini_lines");
    tcase_add_loop_test(tc, a_file_is_read_line_by_line, 0, ROWS(files));
    tcase_add_test(tc, a_nul_byte_is_told_and_the_next_line_is_read);
    tcase_add_test(tc, a_text_that_ends_without_nul_is_not_read_beyond);
    tcase_add_test(tc, a_value_is_whole_at_every_length_around_the_parser_s_own_limit);
    tcase_add_test(tc, a_line_of_65536_bytes_is_whole_and_a_longer_one_is_told);
    tcase_add_test(tc, a_long_line_is_read_as_a_short_one);
    tcase_add_test(tc, reading_ends_when_the_handler_says_so);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
