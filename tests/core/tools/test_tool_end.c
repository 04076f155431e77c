/* The words of how a call ended. */
#include "tools/tool_end.h"
#include "unit.h"

START_TEST(each_end_has_its_word)
{
    ck_assert_str_eq(tool_end_word(TOOL_OK), "ok");
    ck_assert_str_eq(tool_end_word(TOOL_ERROR), "error");
    ck_assert_str_eq(tool_end_word(TOOL_TIMEOUT), "timeout");
    ck_assert_str_eq(tool_end_word(TOOL_NETWORK), "network");
    ck_assert_str_eq(tool_end_word(TOOL_PROTOCOL), "protocol");
    ck_assert_str_eq(tool_end_word(TOOL_TOO_LARGE), "too-large");
    ck_assert_str_eq(tool_end_word(TOOL_CANCELLED), "cancelled");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_end");
    TCase *tc = tcase_create("tool_end");
    tcase_add_test(tc, each_end_has_its_word);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
