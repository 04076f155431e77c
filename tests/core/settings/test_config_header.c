/* header.NAME: whose they are, which of two wins, and the list of pairs. */
#include "config_case.h"
#include "settings/setting.h"

/* "X-A=1 X-B=2": those that a section of the file and the flags makes. */
static const struct {
    const char *name;
    const char *file;
    enum option_section section;
    const char *headers;
} rows[] = {
    {"in the order in which they are written", "[provider box]\nheader.X-B = 1\nheader.X-A = 2\n",
     SECTION_PROVIDER, "X-B=1 X-A=2 "},
    {"a secret that is looked up", "[provider box]\nheader.X-Key = file:/secret\n",
     SECTION_PROVIDER, "X-Key=sk-from-file "},
    {"what is no secret is taken as it stands", "[provider box]\nheader.X-Team = file:/secret\n",
     SECTION_PROVIDER, "X-Team=file:/secret "},
    {"another of the same name has its own",
     "[provider box]\nheader.X-A = 1\n[tool box]\nheader.X-A = 2\nheader.X-C = 3\n", SECTION_TOOL,
     "X-A=2 X-C=3 "},
    {"and the other way round", "[tool box]\nheader.X-A = 2\n[provider box]\nheader.X-A = 1\n",
     SECTION_PROVIDER, "X-A=1 "},
    {"another section", "[provider other]\nheader.X-A = 1\n", SECTION_PROVIDER, ""},
    {"one that cannot be had is empty", "[provider box]\nheader.X-Key = env:NOT_THERE\n",
     SECTION_PROVIDER, "X-Key= "},
};

START_TEST(each_section_has_its_own)
{
    const struct config_source source = config_case_source(rows[_i].file, NULL, NULL);
    const struct place place = {rows[_i].section, text_of("box")};
    struct config_errors lines = {0};
    struct report report = {.to = &lines};
    struct config_pairs pairs = {0};
    struct setting_set set;
    struct buf out;
    buf_init(&out, 4096);
    ck_assert_int_eq(setting_set_init(&set, &report), 0);
    ck_assert_int_eq(setting_add_file(&set, &source), 0);
    ck_assert_int_eq(config_headers_fill(&set, &source, &place, &pairs), 0);
    for (size_t i = 0; i < pairs.count; i++)
        ck_assert_int_eq(buf_printf(&out, "%s=%s ", pairs.at[i].name, pairs.at[i].value), 0);
    ck_assert_msg(text_equals(buf_text(&out), rows[_i].headers), "%s: %s", rows[_i].name,
                  out.data ? out.data : "");
    ck_assert_uint_eq(report.errors, strstr(rows[_i].file, "NOT_THERE") ? 1 : 0);
    config_pairs_done(&pairs);
    ck_assert_uint_eq(pairs.count, 0);
    setting_set_done(&set);
    config_errors_done(&lines);
    buf_done(&out);
}
END_TEST

START_TEST(half_a_pair_is_none)
{
    struct config_pairs pairs = {0};
    ck_assert_int_eq(config_pair_add(&pairs, (struct config_header){strdup("a"), NULL}), -ENOMEM);
    ck_assert_int_eq(config_pair_add(&pairs, (struct config_header){NULL, strdup("b")}), -ENOMEM);
    ck_assert_uint_eq(pairs.count, 0);
    config_pairs_done(&pairs);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_header");
    TCase *tc = tcase_create("config_header");
    tcase_add_loop_test(tc, each_section_has_its_own, 0, ROWS(rows));
    tcase_add_test(tc, half_a_pair_is_none);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
