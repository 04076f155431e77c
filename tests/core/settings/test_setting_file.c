/* Settings of a file: sections, places, and everything that is wrong told at once. */
#include "setting_case.h"
#include "settings/setting.h"

#define BELOW "; allowed: below a line such as [server]"

static const struct {
    const char *name;
    const char *file;
    const char *kept;
    const char *errors;
} files[] = {
    {"no text", "", "", ""},
    {"sections and keys",
     "[retry]\nattempts = 5\n[provider openai]\nmodel=x ; y\n[model gpt-4.1]\nollama: z\n",
     "[retry] attempts = 5\n[provider openai] model = x\n[model gpt-4.1] ollama = z", ""},
    {"a section may come more than once",
     "[retry]\nattempts = 5\n[log]\nlevel = info\n[retry]\njitter = 0\n",
     "[retry] attempts = 5\n[log] level = info\n[retry] jitter = 0", ""},
    {"any blanks before a name", "[provider \t openai]\nmodel = x\n", "[provider openai] model = x",
     ""},
    {"a model's name with blanks", "[model a b]\nollama = x\n", "[model a b] ollama = x", ""},
    {"a byte order mark and CR LF", "\xef\xbb\xbf[retry]\r\nattempts = 5\r\n",
     "[retry] attempts = 5", ""},
    {"a ; and a # in a value", "[log]\nusage_file = /a;b#c #d ; e\n",
     "[log] usage_file = /a;b#c #d", ""},
    {"a key before the first section", "attempts = 5\n[retry]\njitter = 0\n", "[retry] jitter = 0",
     "f.ini:1: key \"attempts\" stands before the first section" BELOW},
    {"the keys of an unknown section are passed over",
     "[wibble]\na = 1\nb = 2\n[retry]\nattempts = 5\n", "[retry] attempts = 5",
     "f.ini:1: unknown section \"wibble\"; allowed: server, route, retry, connectivity, breaker, "
     "provider NAME, model NAME, token NAME, tool NAME, tools, log"},
    {"a duplicate in a section that comes again",
     "[retry]\nattempts = 5\n[log]\n[retry]\nattempts = 6\n", "[retry] attempts = 5",
     "f.ini:5: duplicate key [retry] attempts; allowed: once, and line 2 has it already"},
    {"an indented line does not continue the one above", "[log]\nusage_file = /a\n  b\n",
     "[log] usage_file = /a",
     "f.ini:3: an indented line continues nothing; allowed: one line for one setting, begun "
     "without blanks"},
    {"everything that is wrong, in order",
     "[retry]\nattempts = 0\nattemps = 1\nrubbish\n[wibble]\n[log\n[breaker]\nfailures = 5\n"
     "failures = 6\nopen_for = \xff\n",
     "![retry] attempts = 0\n[breaker] failures = 5",
     "f.ini:2: [retry] attempts = \"0\": out of range; allowed: a whole number, from 1 to 100\n"
     "f.ini:3: unknown key \"attemps\" in [retry]; allowed: attempts, multiplier, min_wait, "
     "max_wait, jitter, on, honour_retry_after, ambiguous, budget; did you mean \"attempts\"?\n"
     "f.ini:4: not a setting; allowed: a [section], key = value, or a comment after ; or #\n"
     "f.ini:5: unknown section \"wibble\"; allowed: server, route, retry, connectivity, breaker, "
     "provider NAME, model NAME, token NAME, tool NAME, tools, log\n"
     "f.ini:6: a section without its closing bracket; allowed: [section]\n"
     "f.ini:9: duplicate key [breaker] failures; allowed: once, and line 8 has it already\n"
     "f.ini:10: bytes that are not UTF-8; allowed: a text file in UTF-8"},
};

START_TEST(a_file_is_read)
{
    struct setting_case test;
    const struct config_source source = config_case_source(files[_i].file, NULL, NULL);
    setting_case_init(&test);
    ck_assert_int_eq(setting_add_file(&test.set, &source), 0);
    setting_case_check_kept(&test, files[_i].name, files[_i].kept);
    setting_case_check_lines(&test.lines.errors, files[_i].name, files[_i].errors);
    setting_case_done(&test);
}
END_TEST

START_TEST(each_setting_has_its_line)
{
    struct setting_case test;
    const struct config_source source =
        config_case_source("\n; x\n[retry]\n\nattempts = 5\njitter = 0\n", NULL, NULL);
    setting_case_init(&test);
    ck_assert_int_eq(setting_add_file(&test.set, &source), 0);
    ck_assert_uint_eq(test.set.count, 2);
    ck_assert_int_eq(test.set.at[0].origin.kind, ORIGIN_FILE);
    ck_assert_int_eq(test.set.at[0].origin.line, 5);
    ck_assert_int_eq(test.set.at[1].origin.line, 6);
    ck_assert(text_equals(test.set.at[0].origin.name, "f.ini"));
    setting_case_done(&test);
}
END_TEST

START_TEST(no_file_is_fine)
{
    struct setting_case test;
    const struct config_source source = {0};
    setting_case_init(&test);
    ck_assert_int_eq(setting_add_file(&test.set, &source), 0);
    ck_assert_uint_eq(test.set.count, 0);
    ck_assert_uint_eq(test.report.errors, 0);
    setting_case_done(&test);
}
END_TEST

START_TEST(a_header_of_4000_bytes_is_whole)
{
    struct setting_case test;
    char value[4001], file[4100];
    memset(value, 'v', 4000);
    value[4000] = '\0';
    (void)snprintf(file, sizeof(file), "[provider openai]\nheader.X-Long = %s\n", value);
    const struct config_source source = config_case_source(file, NULL, NULL);
    setting_case_init(&test);
    ck_assert_int_eq(setting_add_file(&test.set, &source), 0);
    ck_assert_uint_eq(test.report.errors, 0);
    ck_assert_str_eq(test.set.at[0].value, value);
    setting_case_done(&test);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_told)
{
    struct setting_case test;
    struct buf file;
    buf_init(&file, 1 << 17);
    ck_assert_int_eq(buf_append_string(&file, "[provider openai]\nmodel = x\nheader.X = "), 0);
    while (file.len < 70000)
        ck_assert_int_eq(buf_append_string(&file, "vvvvvvvvvv"), 0);
    struct config_source source = config_case_source("", NULL, NULL);
    source.file = buf_text(&file);
    setting_case_init(&test);
    ck_assert_int_eq(setting_add_file(&test.set, &source), 0);
    setting_case_check_kept(&test, "long", "[provider openai] model = x");
    setting_case_check_lines(&test.lines.errors, "long",
                             "f.ini:3: too long a line; allowed: up to 65536 bytes");
    setting_case_done(&test);
    buf_done(&file);
}
END_TEST

START_TEST(reading_ends_when_nothing_more_would_be_shown)
{
    struct setting_case test;
    struct buf file;
    buf_init(&file, 1 << 17);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(buf_append_string(&file, "rubbish\n"), 0);
    const struct config_source source = config_case_source(file.data, NULL, NULL);
    setting_case_init(&test);
    ck_assert_int_eq(setting_add_file(&test.set, &source), 0);
    ck_assert_uint_eq(test.report.errors, REPORT_ERRORS_MAX + 1);
    setting_case_done(&test);
    buf_done(&file);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("setting_file");
    TCase *tc = tcase_create("setting_file");
    tcase_add_loop_test(tc, a_file_is_read, 0, ROWS(files));
    tcase_add_test(tc, each_setting_has_its_line);
    tcase_add_test(tc, no_file_is_fine);
    tcase_add_test(tc, a_header_of_4000_bytes_is_whole);
    tcase_add_test(tc, a_line_that_is_too_long_is_told);
    tcase_add_test(tc, reading_ends_when_nothing_more_would_be_shown);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
