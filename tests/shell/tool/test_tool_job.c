/* What a model is told of a call, however it ends; with a pretended wire. */
#include "pretend_mcp.h"
#include "tool/tool_job.h"
#include "tool/tool_servers.h"

static struct tool_servers *servers;
static struct tool_job *job;
static int ended;
static enum tool_end last_end;
static char last[4096];

static void on_ended(void *arg, enum tool_end end, struct text text)
{
    ck_assert_ptr_eq(arg, &servers);
    ended++;
    last_end = end;
    (void)snprintf(last, sizeof(last), "%.*s", TEXT_ARG(text));
}

static void setup(void)
{
    mcp_begin();
    config.tools.count = 1;
    servers = tool_servers_new(&wire, &in_effect);
}

static void teardown(void)
{
    tool_servers_free(servers);
    mcp_end();
}

static void start(const char *arguments)
{
    const struct tool_job_request request = {.tool = web,
                                             .shared = &shared,
                                             .own_name = text_of("now"),
                                             .arguments = text_of(arguments),
                                             .timeout_ms = 2500,
                                             .max_result = 60,
                                             .ended = on_ended,
                                             .arg = &servers};
    job = tool_job_start(servers, &request);
    ck_assert_int_eq(ended, 0);
    settle();
}

/* Its server is known. */
static void start_known(void)
{
    tool_servers_warm(servers);
    settle();
    answer_call(200, ONE_TOOL);
    start("{\"zone\":\"UTC\"}");
}

static const struct row {
    const char *name;
    int status;
    const char *json;
    enum tool_end end;
    const char *text;
} rows[] = {
    {"a result", 200, SAYS("noon"), TOOL_OK, "noon"},
    {"a result of nothing", 200, RESULT("{\"content\":[]}"), TOOL_OK, "[empty result]"},
    {"a failure of the tool", 200,
     RESULT("{\"isError\":true,\"content\":[{\"type\":\"text\",\"text\":\"broken\"}]}"), TOOL_ERROR,
     "[tool error] broken"},
    {"an error of its server", 200, ERROR(-32602), TOOL_ERROR,
     "[tool error] web refused the call: no, no"},
    {"with a status", 400, ERROR(-32602), TOOL_ERROR, "[tool error] web refused the call: no, no"},
    {"a status", 401, "", TOOL_PROTOCOL, "[tool error] web answered with status 401"},
    {"a page", 200, "<html>", TOOL_PROTOCOL,
     "[tool error] web answered with something that is not MCP"},
    {"what is no result", 200, RESULT("7"), TOOL_PROTOCOL,
     "[tool error] web answered with a result that cannot be read"},
};

START_TEST(what_the_model_gets)
{
    const struct row *row = &rows[_i];
    start_known();
    ck_assert(call_says(call_now(), "\"zone\":\"UTC\""));
    answer_call(row->status, row->json);
    ck_assert_int_eq(ended, 1);
    ck_assert_msg(last_end == row->end, "%s: %s", row->name, tool_end_word(last_end));
    ck_assert_str_eq(last, row->text);
}
END_TEST

START_TEST(a_long_result_is_cut)
{
    start_known();
    answer_call(200,
                SAYS("0123456789012345678901234567890123456789012345678901234567890123456789"));
    ck_assert_int_eq(last_end, TOOL_OK);
    ck_assert_uint_le(strlen(last), 60);
    ck_assert_ptr_nonnull(strstr(last, "0123456789"));
}
END_TEST

START_TEST(one_that_is_not_reached)
{
    start_known();
    int before = wire.started;
    send_end(call_now(), TRANSPORT_CONNECT);
    settle();
    ck_assert_int_eq(last_end, TOOL_NETWORK);
    ck_assert_str_eq(last, "[tool error] web was not reached: it refused the connection, or its "
                           "host is unreachable");
    ck_assert(tool_servers_is_ready(servers, web)); /* and it is looked after at once */
    settle();
    ck_assert_int_eq(wire.started, before + 1);
    ck_assert(call_says(call_now(), "\"tools/list\""));
}
END_TEST

START_TEST(one_that_does_not_answer)
{
    start_known();
    pass_ms(2499);
    ck_assert_int_eq(ended, 0);
    pass_ms(1);
    ck_assert_int_eq(last_end, TOOL_TIMEOUT);
    ck_assert_str_eq(last, "[tool error] web did not answer within 2500 ms");
    ck_assert(call_now()->stopped);
}
END_TEST

START_TEST(arguments_that_are_none)
{
    tool_servers_warm(servers);
    settle();
    answer_call(200, ONE_TOOL);
    start("not JSON");
    ck_assert_int_eq(last_end, TOOL_ERROR);
    ck_assert_str_eq(last, "[tool error] web was not called: the arguments are not a JSON object");
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(a_call_to_one_that_was_never_asked_finds_out_how_it_is_spoken_to)
{
    start("");
    ck_assert_int_eq(wire.started, 1);
    ck_assert(call_says(call_now(), "\"tools/list\""));
    answer_call(200, ONE_TOOL);
    ck_assert(call_says(call_now(), "\"tools/call\""));
    answer_call(200, SAYS("noon"));
    ck_assert_str_eq(last, "noon");
}
END_TEST

START_TEST(or_that_it_is_not_there)
{
    start("");
    send_end(call_now(), TRANSPORT_DNS);
    settle();
    ck_assert_int_eq(last_end, TOOL_NETWORK);
    ck_assert_str_eq(last, "[tool error] web was not reached: its name could not be resolved");
    ended = 0;
    start(""); /* a moment later nobody asks again */
    ck_assert_int_eq(ended, 1);
    ck_assert_int_eq(wire.started, 1);
}
END_TEST

START_TEST(a_schema_may_want_arguments_in_the_head)
{
    tool_servers_warm(servers);
    settle();
    answer_call(200, RESULT("{\"tools\":[{\"name\":\"now\",\"inputSchema\":{\"type\":\"object\","
                            "\"properties\":{\"zone\":{\"type\":\"string\","
                            "\"x-mcp-header\":\"Zone\"}}}}]}"));
    start("{\"zone\":\"UTC\"}");
    ck_assert_str_eq(call_field(call_now(), "Mcp-Param-Zone"), "UTC");
    tool_job_cancel(job);
}
END_TEST

START_TEST(who_cancels_is_not_told)
{
    start_known();
    ck_assert_int_eq(atomic_load(&shared.users), 3);
    tool_job_cancel(job);
    settle();
    ck_assert_int_eq(ended, 0);
    ck_assert(call_now()->stopped);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_job");
    TCase *tc = tcase_create("tool_job");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, what_the_model_gets, 0, ROWS(rows));
    tcase_add_test(tc, a_long_result_is_cut);
    tcase_add_test(tc, one_that_is_not_reached);
    tcase_add_test(tc, one_that_does_not_answer);
    tcase_add_test(tc, arguments_that_are_none);
    tcase_add_test(tc, a_call_to_one_that_was_never_asked_finds_out_how_it_is_spoken_to);
    tcase_add_test(tc, or_that_it_is_not_there);
    tcase_add_test(tc, a_schema_may_want_arguments_in_the_head);
    tcase_add_test(tc, who_cancels_is_not_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
