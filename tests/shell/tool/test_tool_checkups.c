/* All servers are asked for all that they have, at the same time; whoever says nothing is left. */
#include "pretend_mcp.h"
#include "tool/tool_checkups.h"

static struct tool_checkups *tools;
static int dones;

static void on_done(void *arg)
{
    ck_assert_ptr_eq(arg, &dones);
    dones++;
}

static void begin(size_t count)
{
    mcp_begin();
    dones = 0;
    config.tools.count = count;
    for (size_t i = 0; i < count; i++)
        sections[i].allow = (struct strings){0};
    if (count > 0)
        ck_assert_int_eq(string_list_add(&sections[0].allow, text_of("later")), 0);
    tools = tool_checkups_begin(&wire, &shared, 10000, on_done, &dones);
    settle();
}

static void end(void)
{
    tool_checkups_free(tools);
    for (size_t i = 0; i < config.tools.count; i++)
        string_list_done(&sections[i].allow);
    mcp_end();
}

START_TEST(none_is_done_at_once)
{
    size_t count;
    begin(0);
    ck_assert_int_eq(dones, 1);
    (void)tool_checkups_found(tools, &count);
    ck_assert_uint_eq(count, 0);
    (void)tool_checkups_found(NULL, &count);
    ck_assert_uint_eq(count, 0);
    end();
}
END_TEST

START_TEST(a_list_is_whole_whatever_is_allowed)
{
    size_t count;
    begin(1);
    ck_assert_int_eq(wire.started, 1);
    ck_assert_int_eq(dones, 0);
    answer_call(200, ONE_TOOL);
    settle();
    ck_assert_int_eq(dones, 1);
    const struct tool_checkup *found = tool_checkups_found(tools, &count);
    ck_assert_uint_eq(count, 1);
    ck_assert(found[0].reached);
    ck_assert_str_eq(found[0].version, "2026-07-28");
    ck_assert_uint_eq(found[0].listed, 1);
    ck_assert_str_eq(found[0].names.at[0], "now");
    ck_assert_str_eq(found[0].allow.at[0], "later");
    end();
}
END_TEST

START_TEST(one_that_is_not_there_holds_no_other_up)
{
    size_t count;
    begin(2); /* nobody listens at the socket */
    ck_assert_int_eq(dones, 0);
    answer_call(500, "{}");
    settle();
    ck_assert_int_eq(dones, 1);
    const struct tool_checkup *found = tool_checkups_found(tools, &count);
    ck_assert_str_eq(found[0].trouble.text, "answered with status 500");
    ck_assert_msg(strncmp(found[1].trouble.text, "was not reached: ", 17) == 0, "%s",
                  found[1].trouble.text);
    end();
}
END_TEST

START_TEST(one_that_is_slow_has_its_time)
{
    size_t count;
    begin(1);
    for (int i = 0; i < 4; i++) {
        pass_ms(2000);
        settle();
        ck_assert_int_eq(dones, 0);
    }
    if (_i == 0)
        answer_call(200, ONE_TOOL);
    else
        pass_ms(2000);
    settle();
    ck_assert_int_eq(dones, 1);
    const struct tool_checkup *found = tool_checkups_found(tools, &count);
    ck_assert(found[0].reached == (_i == 0));
    ck_assert_str_eq(found[0].trouble.text, _i == 0 ? "" : "did not answer within 10 s");
    end();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_checkups");
    TCase *tc = tcase_create("tool_checkups");
    tcase_add_test(tc, none_is_done_at_once);
    tcase_add_test(tc, a_list_is_whole_whatever_is_allowed);
    tcase_add_loop_test(tc, one_that_is_slow_has_its_time, 0, 2);
    tcase_add_test(tc, one_that_is_not_there_holds_no_other_up);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
