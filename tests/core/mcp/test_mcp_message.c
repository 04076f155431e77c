/* Messages of servers, as the official SDKs and others write them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json/jsonspan.h"
#include "mcp/mcp_message.h"
#include "unit.h"

#define J "\"jsonrpc\":\"2.0\""

static const struct {
    const char *name, *json;
    enum mcp_kind kind;
    int64_t id, code;
} rows[] = {
    {"a result", "{" J ",\"id\":7,\"result\":{\"tools\":[]}}", MCP_RESULT, 7, 0},
    {"the first id", " {" J ",\"id\":0,\"result\":null}\n", MCP_RESULT, 0, 0},
    {"an id with a fraction of nothing", "{" J ",\"id\":7.0,\"result\":{}}", MCP_RESULT, 7, 0},
    {"a result of nothing that was asked", "{" J ",\"id\":null,\"result\":{}}", MCP_FOREIGN,
     MCP_NO_ID, 0},
    {"a result to a string", "{" J ",\"id\":\"7\",\"result\":{}}", MCP_FOREIGN, MCP_NO_ID, 0},
    {"a result to a fraction", "{" J ",\"id\":7.5,\"result\":{}}", MCP_FOREIGN, MCP_NO_ID, 0},
    {"a result to a negative id", "{" J ",\"id\":-1,\"result\":{}}", MCP_FOREIGN, MCP_NO_ID, 0},
    {"an error", "{" J ",\"id\":7,\"error\":{\"code\":-32601,\"message\":\"Not found\"}}",
     MCP_ERROR, 7, -32601},
    {"an error of the TypeScript SDK",
     "{" J ",\"error\":{\"code\":-32000,\"message\":\"Bad Request: Server not initialized\"},"
     "\"id\":null}",
     MCP_ERROR, MCP_NO_ID, -32000},
    {"an error of the Python SDK of 2025",
     "{" J ",\"id\":\"server-error\",\"error\":{\"code\":-32600,\"message\":\"Bad Request\"}}",
     MCP_ERROR, MCP_NO_ID, -32600},
    {"an error without an id", "{" J ",\"error\":{\"code\":-32603,\"message\":\"x\"}}", MCP_ERROR,
     MCP_NO_ID, -32603},
    {"an error without a code", "{" J ",\"id\":1,\"error\":{}}", MCP_ERROR, 1, 0},
    {"a code that is a word", "{" J ",\"id\":1,\"error\":{\"code\":\"x\"}}", MCP_ERROR, 1, 0},
    {"an error and a result", "{" J ",\"id\":1,\"result\":{},\"error\":{\"code\":5}}", MCP_ERROR, 1,
     5},
    {"an error that is null, and a result", "{" J ",\"id\":1,\"result\":{},\"error\":null}",
     MCP_RESULT, 1, 0},
    {"an error that is a word", "{" J ",\"id\":1,\"error\":\"x\"}", MCP_FOREIGN, 1, 0},
    {"a notification", "{" J ",\"method\":\"notifications/message\",\"params\":{}}",
     MCP_NOTIFICATION, MCP_NO_ID, 0},
    {"a request", "{" J ",\"id\":3,\"method\":\"ping\"}", MCP_REQUEST, MCP_NO_ID, 0},
    {"a request by a string", "{" J ",\"id\":\"a\",\"method\":\"roots/list\"}", MCP_REQUEST,
     MCP_NO_ID, 0},
    {"a request by nothing", "{" J ",\"id\":null,\"method\":\"ping\"}", MCP_FOREIGN, MCP_NO_ID, 0},
    {"a request by an object", "{" J ",\"id\":{},\"method\":\"ping\"}", MCP_FOREIGN, MCP_NO_ID, 0},
    {"a method that is a number", "{" J ",\"id\":1,\"method\":4}", MCP_FOREIGN, 1, 0},
    {"version 1 of JSON-RPC", "{\"id\":7,\"result\":{}}", MCP_FOREIGN, MCP_NO_ID, 0},
    {"another version of JSON-RPC", "{\"jsonrpc\":\"1.0\",\"id\":7,\"result\":{}}", MCP_FOREIGN,
     MCP_NO_ID, 0},
    {"a batch", "[{" J ",\"id\":7,\"result\":{}}]", MCP_FOREIGN, MCP_NO_ID, 0},
    {"a page", "<html></html>", MCP_FOREIGN, MCP_NO_ID, 0},
    {"nothing", "", MCP_FOREIGN, MCP_NO_ID, 0},
    {"half a message", "{" J ",\"id\":7,\"result\":{", MCP_FOREIGN, MCP_NO_ID, 0},
    {"bytes that are no UTF-8", "{" J ",\"id\":7,\"result\":{\"a\":\"\xff\"}}", MCP_FOREIGN,
     MCP_NO_ID, 0},
};

START_TEST(a_message_is_told_by_its_members)
{
    struct mcp_message message;
    mcp_message_read(text_of(rows[_i].json), &message);
    ck_assert_msg(message.kind == rows[_i].kind, "%s: %d", rows[_i].name, (int)message.kind);
    ck_assert_msg(message.id == rows[_i].id, "%s: %lld", rows[_i].name, (long long)message.id);
    ck_assert_msg(message.code == rows[_i].code, "%s", rows[_i].name);
    ck_assert(!message.list_changed);
    ck_assert((message.kind == MCP_RESULT) == (message.result.at != NULL));
}
END_TEST

START_TEST(what_is_too_deep_is_foreign)
{
    struct mcp_message message;
    struct buf json;
    buf_init(&json, 10000);
    ck_assert_int_eq(buf_append_string(&json, "{" J ",\"id\":1,\"result\":"), 0);
    for (int i = 0; i < 400; i++)
        ck_assert_int_eq(buf_append_string(&json, "["), 0);
    for (int i = 0; i < 400; i++)
        ck_assert_int_eq(buf_append_string(&json, "]"), 0);
    ck_assert_int_eq(buf_append_string(&json, "}"), 0);
    mcp_message_read(buf_text(&json), &message);
    ck_assert_int_eq(message.kind, MCP_FOREIGN);
    buf_done(&json);
}
END_TEST

START_TEST(a_list_that_changed_is_told)
{
    struct mcp_message message;
    mcp_message_read(text_of("{" J ",\"method\":\"notifications/tools/list_changed\"}"), &message);
    ck_assert(message.kind == MCP_NOTIFICATION && message.list_changed);
    mcp_message_read(text_of("{" J ",\"id\":1,\"method\":\"notifications/tools/list_changed\"}"),
                     &message);
    ck_assert(message.kind == MCP_REQUEST && !message.list_changed);
    mcp_message_read(text_of("{" J ",\"method\":\"notifications/prompts/list_changed\"}"),
                     &message);
    ck_assert(!message.list_changed);
}
END_TEST

#define ERROR(code) "{" J ",\"id\":null,\"error\":{\"code\":" code ",\"message\":\"x\"}}"
#define VERSIONS(list)                                                                             \
    "{" J ",\"id\":1,\"error\":{\"code\":-32022,\"message\":\"Unsupported protocol version\","     \
    "\"data\":{\"supported\":[" list "],\"requested\":\"2026-07-28\"}}}"

static const struct {
    const char *name;
    int status;
    const char *body; /* NULL: none */
    bool older;
} olders[] = {
    {"400 without a word", 400, NULL, true},
    {"404 with a page", 404, "<html>", true},
    {"405 of a server of 2024", 405, "Method Not Allowed", true},
    {"406", 406, NULL, false},
    {"500", 500, NULL, false},
    {"503 with a page", 503, "<html>", false},
    {"401", 401, NULL, false},
    {"the TypeScript SDK of 2025", 400, ERROR("-32000"), true},
    {"the Python SDK of 2025", 400, ERROR("-32600"), true},
    {"a session that is not there", 404, ERROR("-32001"), true},
    {"a parse error", 400, ERROR("-32700"), true},
    {"no such method, in 200", 200, ERROR("-32601"), true},
    {"an invalid request, in 200", 200, ERROR("-32600"), true},
    {"a server's error, in 200", 200, ERROR("-32000"), true},
    {"a fault inside", 200, ERROR("-32603"), false},
    {"wrong parameters, in 200", 200, ERROR("-32602"), false},
    {"a key that is wanted", 401, ERROR("-32000"), false},
    {"a host that is not allowed", 403, ERROR("-32000"), false},
    {"headers that do not match", 400, ERROR("-32020"), false},
    {"a capability that is wanted", 400, ERROR("-32021"), false},
    {"an unsupported version", 400, ERROR("-32022"), true},
    {"another version that is spoken", 400, VERSIONS("\"2025-11-25\",\"2025-06-18\""), true},
    {"both eras", 400, VERSIONS("7,\"2026-07-28\",\"2025-06-18\""), true},
    {"only what is newer", 400, VERSIONS("\"2027-01-01\""), false},
    {"nothing that is spoken", 400, VERSIONS(""), false},
    {"a result", 200, "{" J ",\"id\":1,\"result\":{}}", false},
    {"a socket: no such method", 0, ERROR("-32601"), true},
    {"a socket: the Python SDK of 2025", 0, ERROR("-32602"), true},
    {"a socket: the SDK for Go", 0, ERROR("0"), true},
    {"a socket: headers", 0, ERROR("-32020"), false},
    {"a socket: a result", 0, "{" J ",\"id\":1,\"result\":{}}", false},
    {"a socket: no message", 0, "hello", false},
};

START_TEST(an_older_server_is_told_by_its_refusal)
{
    struct mcp_message message;
    if (olders[_i].body)
        mcp_message_read(text_of(olders[_i].body), &message);
    ck_assert_msg(mcp_is_older(olders[_i].status, olders[_i].body ? &message : NULL) ==
                      olders[_i].older,
                  "%s", olders[_i].name);
}
END_TEST

START_TEST(versions_are_read)
{
    struct mcp_message message;
    mcp_message_read(text_of(VERSIONS("null,\"2026-07-28\"")), &message);
    ck_assert(message.lists_versions && message.speaks_modern && !message.speaks_handshake);
    mcp_message_read(text_of(VERSIONS("\"2024-11-05\"")), &message);
    ck_assert(message.lists_versions && !message.speaks_modern && message.speaks_handshake);
    mcp_message_read(text_of(ERROR("-32022")), &message);
    ck_assert(!message.lists_versions && !message.speaks_modern && !message.speaks_handshake);
}
END_TEST

static const struct {
    const char *error, *text;
} texts[] = {
    {"{\"code\":-32602,\"message\":\"Unknown tool: x\"}", "Unknown tool: x"},
    {"{\"code\":-32602,\"message\":\" two\\nlines\\u202e \"}", "two lines"},
    {"{\"code\":-32602,\"message\":\"\"}", "invalid parameters"},
    {"{\"code\":-32601,\"message\":7}", "method not found"},
    {"{\"code\":-32600}", "invalid request"},
    {"{\"code\":-32022}", "it speaks other versions of the protocol"},
    {"{\"code\":-32020}", "the headers say another thing than the body"},
    {"{\"code\":-32021}", "it wants a client that can do more"},
    {"{\"code\":-5}", "error -5"},
    {"{}", "error 0"},
};

START_TEST(an_error_has_words)
{
    struct mcp_message message;
    struct buf json, out;
    buf_init(&json, 1000);
    buf_init(&out, 1000);
    ck_assert_int_eq(buf_printf(&json, "{" J ",\"id\":1,\"error\":%s}", texts[_i].error), 0);
    mcp_message_read(buf_text(&json), &message);
    ck_assert_int_eq(mcp_error_text(&message, &out), 0);
    ck_assert_str_eq(out.data, texts[_i].text);
    buf_done(&out);
    buf_done(&json);
}
END_TEST

START_TEST(long_words_of_an_error_are_cut)
{
    struct mcp_message message;
    struct buf json, out;
    buf_init(&json, 100000);
    buf_init(&out, 100000);
    ck_assert_int_eq(buf_append_string(&json, "{" J ",\"id\":1,\"error\":{\"message\":\"x"), 0);
    for (int i = 0; i < 5000; i++)
        ck_assert_int_eq(buf_append_string(&json, "\xc3\xa9"), 0);
    ck_assert_int_eq(buf_append_string(&json, "\"}}"), 0);
    mcp_message_read(buf_text(&json), &message);
    ck_assert_int_eq(mcp_error_text(&message, &out), 0);
    ck_assert_uint_eq(out.len, MCP_ERROR_TEXT_MAX - 1);
    ck_assert_int_eq(out.data[out.len - 1], '\xa9');
    buf_done(&out);
    buf_done(&json);
}
END_TEST

static const struct {
    const char *request, *reply; /* reply NULL: it gets none */
} replies[] = {
    {"{" J ",\"id\":3,\"method\":\"ping\"}", "{" J ",\"id\":3,\"result\":{}}"},
    {"{" J ",\"id\":\"a\\nb\",\"method\":\"sampling/createMessage\",\"params\":{}}",
     "{" J ",\"id\":\"a\\nb\",\"error\":{\"code\":-32601,\"message\":"
     "\"this client can do nothing for a server\"}}"},
    {"{" J ",\"id\":1.5,\"method\":\"elicitation/create\"}",
     "{" J ",\"id\":1.5,\"error\":{\"code\":-32601,\"message\":"
     "\"this client can do nothing for a server\"}}"},
    {"{" J ",\"method\":\"ping\"}", NULL},
    {"{" J ",\"id\":1,\"result\":{}}", NULL},
    {"ping", NULL},
};

START_TEST(a_server_that_asks_gets_a_reply)
{
    struct mcp_message message;
    struct buf out;
    buf_init(&out, 1000);
    mcp_message_read(text_of(replies[_i].request), &message);
    ck_assert_int_eq(mcp_reply_write(&message, &out), replies[_i].reply ? 0 : -EINVAL);
    ck_assert_str_eq(buf_text(&out).at, replies[_i].reply ? replies[_i].reply : "");
    buf_done(&out);
}
END_TEST

START_TEST(an_id_that_is_no_name_is_not_sent_back)
{
    struct mcp_message message;
    char json[400], id[300];
    memset(id, 'a', sizeof(id));
    for (int len = 254; len <= 255; len++) { /* and two quotes */
        (void)snprintf(json, sizeof(json), "{" J ",\"id\":\"%.*s\",\"method\":\"ping\"}", len, id);
        mcp_message_read(text_of(json), &message);
        ck_assert_int_eq(message.kind, len == 254 ? MCP_REQUEST : MCP_FOREIGN);
    }
}
END_TEST

START_TEST(the_version_that_was_chosen_is_read)
{
    ck_assert_str_eq(mcp_initialize_version(text_of("{\"protocolVersion\":\"2025-06-18\"}")),
                     "2025-06-18");
    ck_assert_ptr_null(mcp_initialize_version(text_of("{\"protocolVersion\":\"2026-07-28\"}")));
    ck_assert_ptr_null(mcp_initialize_version(text_of("{\"protocolVersion\":5}")));
    ck_assert_ptr_null(mcp_initialize_version(text_of("{}")));
    ck_assert_ptr_null(mcp_initialize_version(text_of("[]")));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mcp_message");
    TCase *tc = tcase_create("mcp_message");
    tcase_add_loop_test(tc, a_message_is_told_by_its_members, 0, ROWS(rows));
    tcase_add_test(tc, what_is_too_deep_is_foreign);
    tcase_add_test(tc, a_list_that_changed_is_told);
    tcase_add_loop_test(tc, an_older_server_is_told_by_its_refusal, 0, ROWS(olders));
    tcase_add_test(tc, versions_are_read);
    tcase_add_loop_test(tc, an_error_has_words, 0, ROWS(texts));
    tcase_add_test(tc, long_words_of_an_error_are_cut);
    tcase_add_loop_test(tc, a_server_that_asks_gets_a_reply, 0, ROWS(replies));
    tcase_add_test(tc, an_id_that_is_no_name_is_not_sent_back);
    tcase_add_test(tc, the_version_that_was_chosen_is_read);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
