/* What is known of each server, who waits for it, and what a reload changes. */
#include "pretend_mcp.h"
#include "provider/local_switch.h"
#include "tool/tool_job.h"
#include "tool/tool_servers.h"

static struct tool_servers *servers;
static struct guest {
    struct tool_waiter waiter;
    bool waits_again;
    struct guest *takes_out;
} guests[3];
static char told[32]; /* those that were told, in order: "0 1" */

static void on_ready(struct tool_waiter *waiter)
{
    struct guest *guest = (struct guest *)(void *)waiter;
    size_t used = strlen(told);
    ck_assert(!waiter->waiting);
    (void)snprintf(told + used, sizeof(told) - used, "%s%d", used ? " " : "",
                   (int)(guest - guests));
    if (guest->takes_out)
        tool_servers_leave(servers, &guest->takes_out->waiter);
    if (guest->waits_again) {
        guest->waits_again = false;
        tool_servers_wait(servers, web, waiter);
    }
}

static void setup(void)
{
    mcp_begin();
    config.tools.count = 1; /* without the socket */
    servers = tool_servers_new(&wire, &in_effect);
    for (int i = 0; i < 3; i++)
        guests[i].waiter.ready = on_ready;
}

static void teardown(void)
{
    for (int i = 0; i < 3; i++)
        tool_servers_leave(servers, &guests[i].waiter);
    tool_servers_free(servers);
    local_switch_set(false);
    mcp_end();
}

static void wait(int n)
{
    tool_servers_wait(servers, web, &guests[n].waiter);
    settle();
}

static const char *state(void)
{
    struct tool_facts facts;
    tool_servers_look(servers, web, &facts);
    return facts.state;
}

static bool offers(void)
{
    return tool_servers_tools(servers, web, NULL) != NULL;
}

static void warm(void)
{
    tool_servers_warm(servers);
    settle();
}

START_TEST(at_the_start_each_is_asked_in_the_background)
{
    const char *why;
    ck_assert_ptr_null(tool_servers_tools(servers, web, &why));
    ck_assert_str_eq(why, "it has not answered yet");
    ck_assert_str_eq(state(), "asked");
    warm();
    ck_assert_int_eq(wire.started, 1);
    answer_call(200, ONE_TOOL);
    const struct mcp_tools *tools = tool_servers_tools(servers, web, &why);
    ck_assert_ptr_null(why);
    ck_assert_uint_eq(tools->count, 1);
    ck_assert_str_eq(tools->at[0].offered, "web__now");
    struct tool_facts facts;
    pass_ms(1000);
    tool_servers_look(servers, web, &facts);
    ck_assert_str_eq(facts.state, "ready");
    ck_assert_str_eq(facts.era, "2026-07-28");
    ck_assert_str_eq(facts.why, "");
    ck_assert_uint_eq(facts.listed, 1);
    ck_assert_uint_eq(facts.allowed, 1);
    ck_assert_int_eq(facts.age_ms, 1000);
    ck_assert(tool_servers_is_ready(servers, web));
    settle();
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(one_that_allows_nothing_is_not_asked)
{
    const char *why;
    sections[0].allow.count = 0;
    warm();
    ck_assert(tool_servers_is_ready(servers, web));
    wait(0);
    ck_assert_str_eq(told, "0");
    ck_assert_int_eq(wire.started, 0);
    ck_assert_ptr_null(tool_servers_tools(servers, web, &why));
    ck_assert_str_eq(why, "it allows no tool");
    ck_assert_str_eq(state(), "off");
}
END_TEST

START_TEST(one_that_has_none_of_them_offers_none)
{
    char other[] = "other";
    char *allow[] = {other, NULL};
    const char *why;
    sections[0].allow.at = allow;
    warm();
    answer_call(200, ONE_TOOL);
    ck_assert_ptr_null(tool_servers_tools(servers, web, &why));
    ck_assert_str_eq(why, "it has none of the tools that are allowed");
    ck_assert_str_eq(state(), "ready");
}
END_TEST

START_TEST(far_ones_are_not_asked_while_nothing_may_leave)
{
    const char *why;
    warm();
    answer_call(200, ONE_TOOL);
    sections[0].local = false;
    local_switch_set(true);
    ck_assert_ptr_null(tool_servers_tools(servers, web, &why));
    ck_assert_str_eq(why, "it is not local, and nothing may leave this machine (local on)");
    ck_assert_str_eq(state(), "local");
    warm();
    pass_ms(400000);
    ck_assert(tool_servers_is_ready(servers, web));
    wait(0);
    ck_assert_str_eq(told, "0");
    ck_assert_int_eq(wire.started, 1);
    local_switch_set(false);
    ck_assert(offers()); /* what was known is known */
    ck_assert(tool_servers_is_ready(servers, web));
    settle();
    ck_assert_int_eq(wire.started, 2);
}
END_TEST

START_TEST(who_waits_is_told_in_the_order_of_coming)
{
    ck_assert(!tool_servers_is_ready(servers, web));
    wait(0);
    wait(1);
    ck_assert_int_eq(wire.started, 1);
    answer_call(200, ONE_TOOL);
    ck_assert_str_eq(told, "0 1");
    ck_assert(offers());
    wait(2); /* nothing is asked, and he is told all the same */
    ck_assert_str_eq(told, "0 1 2");
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(after_two_seconds_nobody_waits_any_more)
{
    wait(0);
    pass_ms(1999);
    ck_assert_str_eq(told, "");
    pass_ms(1);
    ck_assert_str_eq(told, "0");
    ck_assert(!offers());
    answer_call(200, ONE_TOOL); /* it was slow */
    ck_assert(offers());
    ck_assert_str_eq(told, "0");
}
END_TEST

START_TEST(one_that_is_down_costs_nobody_two_seconds_each_time)
{
    const char *why;
    struct tool_facts facts;
    wait(0);
    send_end(call_now(), TRANSPORT_CONNECT);
    settle();
    ck_assert_str_eq(told, "0");
    ck_assert_ptr_null(tool_servers_tools(servers, web, &why));
    ck_assert_str_eq(why, "it is down");
    tool_servers_look(servers, web, &facts);
    ck_assert_str_eq(facts.state, "down");
    ck_assert_str_eq(facts.detail,
                     "was not reached: it refused the connection, or its host is unreachable");
    ck_assert_int_eq(facts.age_ms, -1);
    ck_assert(tool_servers_is_ready(servers, web));
    wait(1);
    ck_assert_str_eq(told, "0 1");
    ck_assert_int_eq(wire.started, 1);
    pass_ms(10000);
    ck_assert(!tool_servers_is_ready(servers, web));
    wait(1);
    ck_assert_int_eq(wire.started, 2);
    answer_call(200, ONE_TOOL);
    ck_assert_str_eq(told, "0 1 1");
    ck_assert(offers());
}
END_TEST

START_TEST(an_old_list_is_used_while_a_new_one_is_asked_for)
{
    warm();
    answer_call(200, ONE_TOOL);
    pass_ms(299999);
    ck_assert(tool_servers_is_ready(servers, web));
    settle();
    ck_assert_int_eq(wire.started, 1);
    pass_ms(1);
    ck_assert(tool_servers_is_ready(servers, web));
    settle();
    ck_assert_int_eq(wire.started, 2);
    ck_assert(offers());
    ck_assert(tool_servers_is_ready(servers, web));
    answer_call(503, "");
    ck_assert(!offers());
}
END_TEST

START_TEST(one_that_is_told_may_wait_again_or_take_another_out)
{
    wait(0);
    wait(1);
    wait(2);
    guests[0].takes_out = &guests[1];
    guests[2].waits_again = true;
    answer_call(200, ONE_TOOL);
    ck_assert_str_eq(told, "0 2 2");
}
END_TEST

START_TEST(who_leaves_is_not_told)
{
    wait(0);
    tool_servers_leave(servers, &guests[0].waiter);
    tool_servers_leave(servers, &guests[0].waiter);
    answer_call(200, ONE_TOOL);
    pass_ms(2000);
    ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(a_reload_asks_again_and_keeps_what_is_known)
{
    warm();
    answer_call(404, "");
    answer_call(200, WELCOME);
    answer_call(202, "");
    answer_call(200, ONE_TOOL);
    int before = wire.started;
    warm();
    ck_assert_int_eq(wire.started, before + 1);
    ck_assert(call_says(call_now(), "\"tools/list\""));
    ck_assert_str_eq(call_field(call_now(), "MCP-Protocol-Version"), "2025-06-18");
    ck_assert(offers());
    answer_call(200, RESULT("{\"tools\":[]}"));
    ck_assert(!offers());
}
END_TEST

static char other_url[] = "http://127.0.0.1:9/mcp", other_key[] = "other";

START_TEST(a_section_that_changes_is_another_server)
{
    struct config_tool before = sections[0];
    warm();
    answer_call(200, ONE_TOOL);
    switch (_i) {
    case 0:
        sections[0].url = other_url;
        break;
    case 1:
        sections[0].api_key = other_key;
        break;
    case 2:
        sections[0].header_count = 0;
        break;
    case 3:
        sections[0].allow.count = 0;
        break;
    default:
        config.tools.count = 0;
        break;
    }
    if (_i < 4)
        ck_assert(!offers());
    warm();
    /* What began under the settings before is told that nothing is known. */
    ck_assert_ptr_null(tool_servers_tools(servers, &before, NULL));
    ck_assert(tool_servers_is_ready(servers, &before));
    settle();
    ck_assert_int_eq(wire.started, _i < 3 ? 2 : 1);
}
END_TEST

static int ended;

static void on_ended(void *arg, enum tool_end end, struct text text)
{
    (void)arg, (void)text;
    ck_assert_int_eq(end, TOOL_OK);
    ended++;
}

START_TEST(a_server_stays_for_as_long_as_something_is_under_way)
{
    warm();
    answer_call(200, ONE_TOOL);
    struct config_tool before = sections[0];
    const struct tool_job_request request = {.tool = &before,
                                             .shared = &shared,
                                             .own_name = text_of("now"),
                                             .timeout_ms = 30000,
                                             .max_result = 1000,
                                             .ended = on_ended};
    (void)tool_job_start(servers, &request);
    sections[0].url = other_url;
    warm();
    ck_assert_int_eq(wire.started, 3);
    send_answer(wire.calls[1], 200, with_id(SAYS("noon"), id_of(wire.calls[1]->body)));
    ck_assert_int_eq(ended, 1);
    send_answer(wire.calls[2], 200, with_id(ONE_TOOL, id_of(wire.calls[2]->body)));
    warm();
    ck_assert(offers());
}
END_TEST

START_TEST(a_server_that_says_that_its_list_changed_is_asked)
{
    static const char changed[] =
        "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n";
    warm();
    answer_call(200, ONE_TOOL);
    pass_ms(_i == 0 ? 1000 : 999);
    const struct tool_job_request request = {.tool = web,
                                             .shared = &shared,
                                             .own_name = text_of("now"),
                                             .timeout_ms = 30000,
                                             .max_result = 1000,
                                             .ended = on_ended};
    struct tool_job *job = tool_job_start(servers, &request);
    settle();
    send_head(call_now(), 200, EVENTS_TYPE);
    (void)send_bytes(call_now(), changed);
    settle();
    if (_i == 1) { /* a moment ago: at the next occasion */
        ck_assert_int_eq(wire.started, 2);
        ck_assert(tool_servers_is_ready(servers, web));
        settle();
    }
    ck_assert_int_eq(wire.started, 3);
    ck_assert(call_says(call_now(), "\"tools/list\""));
    ck_assert(offers());
    tool_job_cancel(job);
}
END_TEST

START_TEST(it_may_go_while_it_asks)
{
    warm();
    ck_assert_int_eq(wire.started, 1);
    tool_servers_free(NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_servers");
    TCase *tc = tcase_create("tool_servers");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, at_the_start_each_is_asked_in_the_background);
    tcase_add_test(tc, one_that_allows_nothing_is_not_asked);
    tcase_add_test(tc, one_that_has_none_of_them_offers_none);
    tcase_add_test(tc, far_ones_are_not_asked_while_nothing_may_leave);
    tcase_add_test(tc, who_waits_is_told_in_the_order_of_coming);
    tcase_add_test(tc, after_two_seconds_nobody_waits_any_more);
    tcase_add_test(tc, one_that_is_down_costs_nobody_two_seconds_each_time);
    tcase_add_test(tc, an_old_list_is_used_while_a_new_one_is_asked_for);
    tcase_add_test(tc, one_that_is_told_may_wait_again_or_take_another_out);
    tcase_add_test(tc, who_leaves_is_not_told);
    tcase_add_test(tc, a_reload_asks_again_and_keeps_what_is_known);
    tcase_add_loop_test(tc, a_section_that_changes_is_another_server, 0, 5);
    tcase_add_test(tc, a_server_stays_for_as_long_as_something_is_under_way);
    tcase_add_loop_test(tc, a_server_that_says_that_its_list_changed_is_asked, 0, 2);
    tcase_add_test(tc, it_may_go_while_it_asks);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
