/* Which faults are told of which versions, by whom they were built, with which settings. */
#include <stdio.h>

#include "check/advisory.h"
#include "config_case.h"

static const struct {
    const char *less;
    const char *more;
} orders[] = {
    {"7.87.0", "7.88.0"},
    {"7.9.0", "7.10.0"},
    {"8.4.0", "8.11.1"},
    {"0.9.75", "0.9.76"},
    {"0.9.76", "1.0.1"},
    {"1.2.13", "1.3"},
    {"2.14", "2.14.1"},
    {"1.0~rc1", "1.0"},
    {"1.0", "1.0a"},
    {"1.0a", "1.0+b"},
    {"7.88.1-10", "7.88.1-10+deb12u1"},
    {"7.88.1-10+deb12u9", "7.88.1-10+deb12u15"},
    {"7.88.1-9", "7.88.1-10"},
    {"9.0-1", "1:0.1-1"},
    {"1.0-1", "1.0-1-1"},
};

START_TEST(versions_have_the_order_of_dpkg)
{
    ck_assert_int_lt(advisory_version_order(orders[_i].less, orders[_i].more), 0);
    ck_assert_int_gt(advisory_version_order(orders[_i].more, orders[_i].less), 0);
    ck_assert_int_eq(advisory_version_order(orders[_i].less, orders[_i].less), 0);
}
END_TEST

#define SOCKS     "[provider openai]\nproxy = socks5h://127.0.0.1:9050\n"
#define ONE_PROXY "[provider openai]\nproxy = http://a:b@proxy:3128\n"
#define SAME      ONE_PROXY "[provider groq]\nproxy = http://a:b@proxy:3128\n"
#define OTHER     ONE_PROXY "[provider groq]\nproxy = http://c:d@proxy:3128\n"

static const struct {
    const char *name;
    const char *id;
    const char *version, *package;
    bool by_hand;
    const char *file;
    enum advisory_verdict verdict;
} cases[] = {
    {"before it came", "CVE-2025-0665", "8.11.0", NULL, true, "", ADVISORY_FINE},
    {"with it, built by hand", "CVE-2025-0665", "8.11.1", NULL, true, "", ADVISORY_REFUSED},
    {"with it, by somebody", "CVE-2025-0665", "8.11.1", NULL, false, "", ADVISORY_UNCERTAIN},
    {"repaired", "CVE-2025-0665", "8.12.0", NULL, true, "", ADVISORY_FINE},
    {"no version told", "CVE-2025-0665", NULL, NULL, true, "", ADVISORY_FINE},
    {"Debian's without the repair", "CVE-2023-38039", "7.88.1", "7.88.1-10+deb12u2", false, "",
     ADVISORY_REFUSED},
    {"Debian's repair", "CVE-2023-38039", "7.88.1", "7.88.1-10+deb12u3", false, "", ADVISORY_FINE},
    {"Debian's later ones", "CVE-2023-38039", "7.88.1", "7.88.1-10+deb12u15", false, "",
     ADVISORY_FINE},
    {"a version that the table has no word of Debian on", "CVE-2023-38039", "8.2.1", "8.2.1-2",
     false, "", ADVISORY_UNCERTAIN},
    {"no such proxy", "CVE-2023-38545", "8.3.0", NULL, true, ONE_PROXY, ADVISORY_FINE},
    {"such a proxy", "CVE-2023-38545", "8.3.0", NULL, true, SOCKS, ADVISORY_REFUSED},
    {"one proxy", "CVE-2026-3784", "8.18.0", NULL, true, ONE_PROXY, ADVISORY_FINE},
    {"one for two", "CVE-2026-3784", "8.18.0", NULL, true, SAME, ADVISORY_FINE},
    {"two with different words", "CVE-2026-3784", "8.18.0", NULL, true, OTHER, ADVISORY_REFUSED},
    {"a branch with the repair", "CVE-2026-3784", "8.14.2", NULL, true, OTHER, ADVISORY_FINE},
    {"the next branch without", "CVE-2026-3784", "8.15.0", NULL, true, OTHER, ADVISORY_REFUSED},
    {"Debian 13 with the repair", "CVE-2026-3784", "8.14.1", "8.14.1-2+deb13u4", false, OTHER,
     ADVISORY_FINE},
    {"Debian 13 without", "CVE-2026-3784", "8.14.1", "8.14.1-2+deb13u3", false, OTHER,
     ADVISORY_REFUSED},
    {"what cannot be met", "CVE-2023-27371", "0.9.75", NULL, true, "", ADVISORY_FINE},
};

static const struct advisory *by_id(const char *id)
{
    for (size_t i = 0; i < advisory_count(); i++)
        if (strcmp(advisory_at(i)->id, id) == 0)
            return advisory_at(i);
    ck_abort_msg("no %s in the table", id);
    return NULL;
}

START_TEST(a_fault_is_judged)
{
    struct config_case loaded = config_case_load(cases[_i].file, LIST(NULL), LIST(NULL));
    const struct advisory *advisory = by_id(cases[_i].id);
    struct advisory_found found[ADVISORY_LIBRARY_COUNT] = {0};
    struct advisory_found *library = &found[advisory->library];
    *library = (struct advisory_found){cases[_i].version, cases[_i].package, cases[_i].by_hand};
    ck_assert_msg(advisory_judge(advisory, library, loaded.config) == cases[_i].verdict, "%s",
                  cases[_i].name);
    struct buf out;
    buf_init(&out, 8192);
    ck_assert_int_eq(advisory_print(found, loaded.config, &out), 0);
    ck_assert(advisory_worst(found, loaded.config) >= cases[_i].verdict);
    bool told = out.data && strstr(out.data, cases[_i].id);
    ck_assert_msg(told == (cases[_i].verdict != ADVISORY_FINE), "%s: %s", cases[_i].name,
                  out.data ? out.data : "");
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

START_TEST(a_line_says_what_to_take_instead)
{
    struct config_case loaded = config_case_load("", LIST(NULL), LIST(NULL));
    struct advisory_found found[ADVISORY_LIBRARY_COUNT] = {
        [ADVISORY_libcurl] = {.version = "7.88.1", .package_version = "7.88.1-10+deb12u1"}};
    struct buf out;
    buf_init(&out, 8192);
    ck_assert_int_eq(advisory_print(found, loaded.config, &out), 0);
    ck_assert_int_eq(advisory_worst(found, loaded.config), ADVISORY_REFUSED);
    ck_assert_str_eq(out.data, "libcurl 7.88.1 (Debian's 7.88.1-10+deb12u1): CVE-2023-38039: a "
                               "provider can fill the memory by heads that never end; refused: "
                               "take 7.88.1-10+deb12u3 or newer: "
                               "https://curl.se/docs/CVE-2023-38039.html\n");
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

START_TEST(json_has_what_cannot_be_met_too)
{
    struct config_case loaded = config_case_load("", LIST(NULL), LIST(NULL));
    const struct advisory_found found[ADVISORY_LIBRARY_COUNT] = {
        [ADVISORY_libmicrohttpd] = {.version = "0.9.75", .package_version = "0.9.75-6"}};
    json_t *json = advisory_json(found, loaded.config);
    char *text = json_dumps(json, JSON_COMPACT);
    ck_assert_ptr_nonnull(strstr(text, "{\"name\":\"libmicrohttpd\",\"version\":\"0.9.75\","
                                       "\"package_version\":\"0.9.75-6\",\"advisories\":[{\"id\":"
                                       "\"CVE-2023-27371\",\"verdict\":\"not_met\""));
    ck_assert_ptr_nonnull(strstr(text, "{\"name\":\"zlib\",\"version\":null,"));
    free(text);
    json_decref(json);
    config_case_done(&loaded);
}
END_TEST

/* What a row may not lack, and what would never be met. */
START_TEST(the_rows_make_sense)
{
    const struct advisory *row = advisory_at((size_t)_i);
    ck_assert(row->id && row->what && row->since && row->repaired && row->source);
    ck_assert_int_lt(advisory_version_order(row->since, row->repaired), 0);
    ck_assert(!row->several_proxies || row->proxies[0]);
    ck_assert_ptr_nonnull(advisory_library_name(row->library));
    ck_assert_ptr_nonnull(advisory_library_packages(row->library));
    struct buf page;
    buf_init(&page, 65536);
    ck_assert_int_eq(advisory_markdown(&page), 0);
    ck_assert_ptr_nonnull(strstr(page.data, row->id));
    buf_done(&page);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("advisory");
    TCase *tc = tcase_create("advisory");
    tcase_add_loop_test(tc, versions_have_the_order_of_dpkg, 0, ROWS(orders));
    tcase_add_loop_test(tc, a_fault_is_judged, 0, ROWS(cases));
    tcase_add_test(tc, a_line_says_what_to_take_instead);
    tcase_add_test(tc, json_has_what_cannot_be_met_too);
    tcase_add_loop_test(tc, the_rows_make_sense, 0, (int)advisory_count());
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
