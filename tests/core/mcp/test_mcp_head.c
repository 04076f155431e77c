/* The fields of a request, in both eras, and values that no field can hold as they are. */
#include <errno.h>
#include <string.h>

#include "mcp/mcp_head.h"
#include "unit.h"

#define ALL    "Accept: application/json, text/event-stream|Content-Type: application/json|"
#define MODERN ALL "MCP-Protocol-Version: 2026-07-28|"
#define SCHEMA "{\"properties\":{\"where\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"}}}"
#define TEXT(s)                                                                                    \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }

static const struct {
    const char *name;
    struct mcp_head head;
    const char *fields; /* each with | in place of its NUL */
} rows[] = {
    {"a modern list",
     {.era = MCP_MODERN, .method = "tools/list"},
     MODERN "Mcp-Method: tools/list|"},
    {"a modern call",
     {.era = MCP_MODERN, .method = "tools/call", .name = TEXT("today")},
     MODERN "Mcp-Method: tools/call|Mcp-Name: today|"},
    {"a modern call of a name with blanks",
     {.era = MCP_MODERN, .method = "tools/call", .name = TEXT("my tool")},
     MODERN "Mcp-Method: tools/call|Mcp-Name: my tool|"},
    {"a modern call of a name in UTF-8",
     {.era = MCP_MODERN, .method = "tools/call", .name = TEXT("caf\xc3\xa9")},
     MODERN "Mcp-Method: tools/call|Mcp-Name: =?base64?Y2Fmw6k=?=|"},
    {"a modern call of a name that would end the field",
     {.era = MCP_MODERN, .method = "tools/call", .name = TEXT("a\r\nHost: b")},
     MODERN "Mcp-Method: tools/call|Mcp-Name: =?base64?YQ0KSG9zdDogYg==?=|"},
    {"a modern call with a field of its own",
     {.era = MCP_MODERN,
      .method = "tools/call",
      .name = TEXT("rain"),
      .parameters = TEXT(SCHEMA),
      .arguments = TEXT("{\"where\":\"eu\"}")},
     MODERN "Mcp-Method: tools/call|Mcp-Name: rain|Mcp-Param-Region: eu|"},
    {"a modern session is none",
     {.era = MCP_MODERN, .method = "tools/list", .session = TEXT("s"), .version = "2025-06-18"},
     MODERN "Mcp-Method: tools/list|"},
    {"initialize", {.era = MCP_HANDSHAKE, .method = "initialize"}, ALL},
    {"an older list",
     {.era = MCP_HANDSHAKE,
      .version = "2025-06-18",
      .session = TEXT("abc-1"),
      .method = "tools/list"},
     ALL "MCP-Protocol-Version: 2025-06-18|Mcp-Session-Id: abc-1|"},
    {"an older call without a session",
     {.era = MCP_HANDSHAKE,
      .version = "2025-11-25",
      .method = "tools/call",
      .name = TEXT("rain"),
      .parameters = TEXT(SCHEMA),
      .arguments = TEXT("{\"where\":\"eu\"}")},
     ALL "MCP-Protocol-Version: 2025-11-25|"},
};

START_TEST(a_request_has_its_fields)
{
    struct buf out;
    buf_init(&out, 10000);
    ck_assert_int_eq(mcp_head_write(&rows[_i].head, &out), 0);
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] == '\0')
            out.data[i] = '|';
    ck_assert_msg(text_equals(buf_text(&out), rows[_i].fields), "%s: %s", rows[_i].name, out.data);
    buf_done(&out);
}
END_TEST

START_TEST(without_room_there_is_an_error)
{
    struct buf out;
    buf_init(&out, 60);
    ck_assert_int_eq(mcp_head_write(&rows[1].head, &out), -EMSGSIZE);
    buf_done(&out);
}
END_TEST

START_TEST(an_id_of_a_session_is_visible_ascii)
{
    char longest[MCP_SESSION_ID_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    ck_assert(mcp_session_id_valid(text_of("1868a90c-a!~")));
    ck_assert(mcp_session_id_valid(text_make(longest, MCP_SESSION_ID_MAX)));
    ck_assert(!mcp_session_id_valid(text_make(longest, MCP_SESSION_ID_MAX + 1)));
    ck_assert(!mcp_session_id_valid(text_of("")));
    ck_assert(!mcp_session_id_valid(text_of("a b")));
    ck_assert(!mcp_session_id_valid(text_of("a\n")));
    ck_assert(!mcp_session_id_valid(text_of("\x7f")));
    ck_assert(!mcp_session_id_valid(text_of("\xc3\xa9")));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mcp_head");
    TCase *tc = tcase_create("mcp_head");
    tcase_add_loop_test(tc, a_request_has_its_fields, 0, ROWS(rows));
    tcase_add_test(tc, without_room_there_is_an_error);
    tcase_add_test(tc, an_id_of_a_session_is_visible_ascii);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
