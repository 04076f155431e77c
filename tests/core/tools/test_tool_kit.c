/* What is offered, and whose a call is. */
#include "tool_case.h"
#include "unit.h"

START_TEST(what_is_offered_is_found)
{
    struct tool_kit kit = tool_case_kit();
    ck_assert_uint_eq(kit.count, 2);
    ck_assert_str_eq(tool_kit_find(&kit, text_of("weather__next_week"))->own, "next week");
    ck_assert_ptr_eq(tool_kit_find(&kit, text_of("weather__tomorrow")), NULL);
    ck_assert_ptr_eq(tool_kit_find(&kit, text_of("weather__toda")), NULL);
    ck_assert_str_eq(kit.down, "tool:mail");
    tool_kit_done(&kit);
}
END_TEST

static const struct {
    const char *name;
    bool ours;
} names[] = {
    {"weather__today", true}, {"weather__gone", true},   {"weather__", true}, {"mail__send", true},
    {"weather_today", false}, {"weather", false},        {"today", false},    {"", false},
    {"mailbox__send", false}, {"Weather__today", false},
};

/* Also of a server that is down: nobody else may be meant by its names. */
START_TEST(a_call_is_ours_by_its_server)
{
    struct tool_kit kit = tool_case_kit();
    ck_assert_int_eq(tool_kit_is_ours(&kit, text_of(names[_i].name)), names[_i].ours);
    tool_kit_done(&kit);
}
END_TEST

START_TEST(allowed_tools_narrow_it)
{
    struct tool_kit kit = {0};
    struct tool_wish_one one = {.tool = &tool_case_sections[0], .narrowed = true};
    ck_assert_int_eq(string_list_add(&one.only, text_of("today")), 0);
    ck_assert_int_eq(tool_kit_add(&kit, &one, &tool_case_weather), 0);
    ck_assert_uint_eq(kit.count, 1);
    ck_assert_str_eq(kit.at[0].offered, "weather__today");
    ck_assert_ptr_eq(kit.down, NULL);
    tool_kit_done(&kit);
    string_list_done(&one.only);
    ck_assert_int_eq(tool_kit_add(&kit, &one, &tool_case_weather), 0);
    ck_assert_uint_eq(kit.count, 0);
    ck_assert_str_eq(kit.down, "tool:weather");
    tool_kit_done(&kit);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_kit");
    TCase *tc = tcase_create("tool_kit");
    tcase_add_test(tc, what_is_offered_is_found);
    tcase_add_loop_test(tc, a_call_is_ours_by_its_server, 0, ROWS(names));
    tcase_add_test(tc, allowed_tools_narrow_it);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
