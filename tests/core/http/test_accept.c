/* Who asks for a type by its name. */
#include "http/accept.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *accept;
    bool html;
} rows[] = {
    {"Firefox", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true},
    {"the type alone", "text/html", true},
    {"behind another one", "application/json, text/html", true},
    {"in another case", "Text/HTML", true},
    {"with blanks and a parameter", " text/html ; level=1", true},
    {"as second choice", "text/plain, text/html;q=0.2", true},
    {"with the least weight", "text/html;q=0.001", true},
    {"with a whole weight", "text/html;q=1.0", true},
    {"with parameter and weight", "text/html;level=1;q=0.4", true},
    {"curl", "*/*", false},
    {"any text", "text/*", false},
    {"none", "", false},
    {"commas alone", ",,;,", false},
    {"another type", "application/json", false},
    {"a longer type", "text/html5", false},
    {"a part of a type", "application/text/html", false},
    {"as a parameter", "text/plain;x=text/html", false},
    {"refused", "text/html;q=0", false},
    {"refused with blanks", "text/html ; Q=0.000, */*", false},
    {"refused behind a parameter", "text/html;level=1;q=0.0", false},
    {"refused once and named once", "text/html;level=1;q=0, text/html", true},
};

START_TEST(html_is_named_or_not)
{
    ck_assert_msg(accept_names(text_of(rows[_i].accept), "text/html") == rows[_i].html, "%s",
                  rows[_i].name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("accept");
    TCase *tc = tcase_create("accept");
    tcase_add_loop_test(tc, html_is_named_or_not, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
