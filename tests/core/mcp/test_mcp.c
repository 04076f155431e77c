/* What is written is JSON-RPC on one line, with what each era asks for. */
#include <errno.h>
#include <string.h>

#include "json/jsonspan.h"
#include "mcp/mcp.h"
#include "unit.h"

#define META                                                                                       \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                       \
    "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"understudy\",\"version\":"                 \
    "\"" UNDERSTUDY_VERSION "\"},\"io.modelcontextprotocol/clientCapabilities\":{}}"

static struct buf out;

static void begin(void)
{
    buf_init(&out, 100000);
}

static void end(void)
{
    buf_done(&out);
}

static void expect(const char *json)
{
    ck_assert_str_eq(buf_text(&out).at, json);
    ck_assert_int_eq(jsonspan_check(buf_text(&out), NULL), 0);
}

START_TEST(a_list_is_asked_for)
{
    ck_assert_int_eq(mcp_list_write(MCP_MODERN, 7, text_of(""), &out), 0);
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"tools/list\",\"id\":7,\"params\":{" META "}}");
    buf_reset(&out);
    ck_assert_int_eq(mcp_list_write(MCP_HANDSHAKE, 0, text_of("a\"b"), &out), 0);
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"tools/list\",\"id\":0,"
           "\"params\":{\"cursor\":\"a\\\"b\"}}");
}
END_TEST

static const struct {
    const char *arguments, *written; /* written NULL: refused */
} calls[] = {
    {"", "{}"},
    {"{}", "{}"},
    {" {\"a\": [1,\n 2], \"b\":\"x\\ny z\"}\r\n", "{\"a\":[1,2],\"b\":\"x\\ny z\"}"},
    {"{\"n\":1.0e400}", "{\"n\":1.0e400}"},
    {"[]", NULL},
    {"null", NULL},
    {"\"{}\"", NULL},
    {"{\"a\":1", NULL},
    {"{\"a\":1}}", NULL},
    {"{\"a\":\"\xff\"}", NULL},
};

START_TEST(a_tool_is_called_with_an_object)
{
    char json[1000];
    int r = mcp_call_write(MCP_HANDSHAKE, 9, text_of("today"), text_of(calls[_i].arguments), &out);
    ck_assert_int_eq(r, calls[_i].written ? 0 : -EINVAL);
    if (r < 0) {
        ck_assert_uint_eq(out.len, 0);
        return;
    }
    (void)snprintf(json, sizeof(json),
                   "{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"id\":9,\"params\":{"
                   "\"name\":\"today\",\"arguments\":%s}}",
                   calls[_i].written);
    expect(json);
    buf_reset(&out);
    r = mcp_call_write(MCP_MODERN, 9, text_of("to\nday"), text_of(calls[_i].arguments), &out);
    ck_assert_int_eq(r, 0);
    (void)snprintf(json, sizeof(json),
                   "{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"id\":9,\"params\":{" META
                   ",\"name\":\"to\\nday\",\"arguments\":%s}}",
                   calls[_i].written);
    expect(json);
    ck_assert_ptr_null(strchr(json, '\n'));
}
END_TEST

START_TEST(hands_are_shaken)
{
    ck_assert_int_eq(mcp_initialize_write(1, &out), 0);
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"initialize\",\"id\":1,\"params\":{"
           "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":"
           "\"understudy\",\"version\":\"" UNDERSTUDY_VERSION "\"}}}");
    buf_reset(&out);
    ck_assert_int_eq(mcp_initialized_write(&out), 0);
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    buf_reset(&out);
    ck_assert_int_eq(mcp_cancelled_write(12, &out), 0);
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
           "\"requestId\":12,\"reason\":\"the answer is not waited for any more\"}}");
}
END_TEST

START_TEST(what_has_no_room_is_told)
{
    struct buf small;
    buf_init(&small, 20);
    ck_assert_int_eq(mcp_list_write(MCP_MODERN, 1, text_of(""), &small), -EMSGSIZE);
    buf_reset(&small);
    ck_assert_int_eq(mcp_call_write(MCP_MODERN, 1, text_of("a"), text_of("{}"), &small), -EMSGSIZE);
    buf_reset(&small);
    ck_assert_int_eq(mcp_initialize_write(1, &small), -EMSGSIZE);
    buf_done(&small);
}
END_TEST

START_TEST(four_older_versions_are_spoken)
{
    ck_assert_str_eq(mcp_handshake_version(text_of("2025-11-25")), MCP_HANDSHAKE_VERSION);
    ck_assert_str_eq(mcp_handshake_version(text_of("2025-06-18")), "2025-06-18");
    ck_assert_str_eq(mcp_handshake_version(text_of("2025-03-26")), "2025-03-26");
    ck_assert_str_eq(mcp_handshake_version(text_of("2024-11-05")), "2024-11-05");
    ck_assert_ptr_null(mcp_handshake_version(text_of(MCP_MODERN_VERSION)));
    ck_assert_ptr_null(mcp_handshake_version(text_of("2025-11-2")));
    ck_assert_ptr_null(mcp_handshake_version(text_of("")));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mcp");
    TCase *tc = tcase_create("mcp");
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, a_list_is_asked_for);
    tcase_add_loop_test(tc, a_tool_is_called_with_an_object, 0, ROWS(calls));
    tcase_add_test(tc, hands_are_shaken);
    tcase_add_test(tc, what_has_no_room_is_told);
    tcase_add_test(tc, four_older_versions_are_spoken);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
