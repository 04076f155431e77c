/* Which servers of tools a request asks for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tool_case.h"
#include "tools/tool_wish.h"
#include "unit.h"

#define ENTRY(members) "{\"tools\":[{\"type\":\"mcp\"," members "}]}"
#define LONG           "a-name-of-sixty-four-bytes-which-no-section-has-nor-could-have--"
#define TOO_LONG       LONG LONG LONG LONG "!"

static const struct {
    const char *header, *body;
    bool token;
    const char *wish;  /* names with a comma behind each, narrowed ones in brackets */
    const char *error; /* NULL = it can be read */
} rows[] = {
    {"weather", "", false, "weather,", NULL},
    {" mail , weather,", "", false, "mail,weather,", NULL},
    {"weather, weather", "", false, "weather,", NULL},
    {"", "", false, "", NULL},
    {NULL, "", true, "mail,", NULL},
    {"weather", "", true, "weather,mail,", NULL},
    {"none", "", true, "", NULL},
    {"none, weather", "", true, "weather,", NULL},
    {NULL, ENTRY("\"server_label\":\"weather\""), false, "weather,", NULL},
    {"mail", ENTRY("\"server_label\":\"weather\""), false, "mail,weather,", NULL},
    {NULL, ENTRY("\"server_label\":\"we\\u0061ther\""), false, "weather,", NULL},
    {NULL, ENTRY("\"server_label\":\"weather\",\"allowed_tools\":[\"today\"]"), false,
     "(weather today),", NULL},
    {NULL, ENTRY("\"server_label\":\"weather\",\"allowed_tools\":{\"tool_names\":[\"a\",\"b\"]}"),
     false, "(weather a b),", NULL},
    {NULL, ENTRY("\"server_label\":\"weather\",\"allowed_tools\":null"), false, "weather,", NULL},
    {"weather", ENTRY("\"server_label\":\"weather\",\"allowed_tools\":[\"today\"]"), false,
     "weather,", NULL},
    {NULL, ENTRY("\"server_label\":\"weather\",\"require_approval\":\"never\""), false, "weather,",
     NULL},
    {NULL, "{\"tools\":[{\"type\":\"function\"}, 3, null]}", false, "", NULL},
    {NULL, "{\"tools\":null}", false, "", NULL},
    {"wether", "", false, "",
     "there is no [tool wether] in the settings; there are: weather, mail"},
    {NULL, ENTRY("\"server_label\":\"x\""), false, "",
     "there is no [tool x] in the settings; there are: weather, mail"},
    {NULL, ENTRY("\"server_label\":\"weather\",\"server_url\":\"http://a/\""), false, "",
     "a tool of type mcp may not bring a server_url: the daemon asks only the servers of its "
     "settings; name one by server_label, after a [tool NAME] section"},
    {NULL, ENTRY("\"server_label\":\"" TOO_LONG "\""), false, "",
     "there is no [tool ...] in the settings; there are: weather, mail"},
    {NULL, ENTRY("\"server_label\":3"), false, "",
     "a tool of type mcp has no server_label: it is the NAME of a [tool NAME] section"},
    {NULL, ENTRY("\"label\":\"weather\""), false, "",
     "a tool of type mcp has no server_label: it is the NAME of a [tool NAME] section"},
    {NULL, ENTRY("\"server_label\":\"weather\",\"allowed_tools\":3"), false, "",
     "allowed_tools of a tool of type mcp must be a list of names"},
    {NULL, ENTRY("\"server_label\":\"weather\",\"allowed_tools\":[\"today\",3]"), false, "",
     "allowed_tools of a tool of type mcp must be a list of names"},
    {NULL, ENTRY("\"server_label\":\"weather\",\"require_approval\":\"always\""), false, "",
     "require_approval of a tool of type mcp: nobody can be asked here; leave it out, and name in "
     "allow of its [tool] what may be called"},
};

static void tell(const struct tool_wish *wish, struct buf *out)
{
    for (size_t i = 0; i < wish->count; i++) {
        const struct tool_wish_one *one = &wish->at[i];
        ck_assert_int_eq(buf_printf(out, "%s%s", one->narrowed ? "(" : "", one->tool->name), 0);
        for (size_t n = 0; n < one->only.count && one->narrowed; n++)
            ck_assert_int_eq(buf_printf(out, " %s", one->only.at[n]), 0);
        ck_assert_int_eq(buf_printf(out, "%s,", one->narrowed ? ")" : ""), 0);
    }
}

START_TEST(a_wish_is_read)
{
    const struct header_field field = {text_of("X-Understudy-Tools"), text_of(rows[_i].header)};
    const struct tool_wish_query query = {.fields = &field,
                                          .field_count = rows[_i].header ? 1 : 0,
                                          .token = rows[_i].token ? &tool_case_token : NULL,
                                          .body = text_of(rows[_i].body)};
    struct tool_wish wish = {0};
    struct error why = ERROR_NONE;
    struct buf told;
    buf_init(&told, 1000);
    int r = tool_wish_read(&tool_case_config, &query, &wish, &why);
    ck_assert_int_eq(r, rows[_i].error ? -EINVAL : 0);
    ck_assert_str_eq(why.text, rows[_i].error ? rows[_i].error : "");
    if (r == 0) {
        tell(&wish, &told);
        ck_assert_str_eq(told.len ? told.data : "", rows[_i].wish);
    }
    if (r < 0 || wish.count > 0)
        ck_assert(tool_wish_is_likely(&tool_case_config, &query));
    buf_done(&told);
    tool_wish_done(&wish);
}
END_TEST

/* As long as those that are kept of a server; a longer one is that of no tool. */
START_TEST(names_may_be_long)
{
    char name[MCP_OWN_NAME_MAX + 2], body[sizeof(name) + 200];
    for (size_t len = MCP_OWN_NAME_MAX; len <= MCP_OWN_NAME_MAX + 1; len++) {
        struct tool_wish wish = {0};
        struct error why = ERROR_NONE;
        memset(name, 'n', len);
        name[len] = '\0';
        (void)snprintf(body, sizeof(body),
                       ENTRY("\"server_label\":\"weather\",\"allowed_tools\":[\"%s\"]"), name);
        const struct tool_wish_query query = {.body = text_of(body)};
        ck_assert_int_eq(tool_wish_read(&tool_case_config, &query, &wish, &why), 0);
        ck_assert(wish.at[0].narrowed);
        ck_assert_uint_eq(wish.at[0].only.count, len == MCP_OWN_NAME_MAX);
        tool_wish_done(&wish);
    }
}
END_TEST

START_TEST(more_servers_than_a_wish_holds_are_refused)
{
    static struct config_tool sections[TOOL_WISH_MAX + 1];
    static char names[TOOL_WISH_MAX + 1][8];
    const struct config config = {.tools = {.at = sections, .count = TOOL_WISH_MAX + 1}};
    for (size_t count = TOOL_WISH_MAX; count <= TOOL_WISH_MAX + 1; count++) {
        char list[8 * (TOOL_WISH_MAX + 1)] = "";
        for (size_t i = 0; i < count; i++) {
            (void)snprintf(names[i], sizeof(names[i]), "t%zu", i);
            sections[i].name = names[i];
            (void)snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s,", names[i]);
        }
        const struct header_field field = {text_of("x-understudy-tools"), text_of(list)};
        const struct tool_wish_query query = {.fields = &field, .field_count = 1};
        struct tool_wish wish = {0};
        struct error why = ERROR_NONE;
        int r = tool_wish_read(&config, &query, &wish, &why);
        ck_assert_int_eq(r, count > TOOL_WISH_MAX ? -EINVAL : 0);
        ck_assert_str_eq(why.text, r ? "more than 32 tool servers are asked for" : "");
        tool_wish_done(&wish);
    }
}
END_TEST

START_TEST(others_pay_nothing)
{
    const struct header_field field = {text_of("x-understudy-route"), text_of("weather")};
    const struct tool_wish_query query = {
        .fields = &field, .field_count = 1, .body = text_of("{\"tools\":[\"mcp\"")};
    struct tool_wish_query without = query;
    const struct config none = {0};
    ck_assert(tool_wish_is_likely(&tool_case_config, &query));
    ck_assert(!tool_wish_is_likely(&none, &query));
    without.body = text_of("{\"messages\":[\"what is mcp?\"]}");
    ck_assert(!tool_wish_is_likely(&tool_case_config, &without));
}
END_TEST

START_TEST(there_may_be_no_tool_at_all)
{
    const struct config none = {0};
    const struct header_field field = {text_of("x-understudy-tools"), text_of("weather")};
    const struct tool_wish_query query = {.fields = &field, .field_count = 1};
    struct tool_wish wish = {0};
    struct error why = ERROR_NONE;
    ck_assert_int_eq(tool_wish_read(&none, &query, &wish, &why), -EINVAL);
    ck_assert_str_eq(why.text,
                     "there is no [tool weather] in the settings, nor any other [tool NAME]");
    tool_wish_done(&wish);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_wish");
    TCase *tc = tcase_create("tool_wish");
    tcase_add_loop_test(tc, a_wish_is_read, 0, ROWS(rows));
    tcase_add_test(tc, names_may_be_long);
    tcase_add_test(tc, more_servers_than_a_wish_holds_are_refused);
    tcase_add_test(tc, others_pay_nothing);
    tcase_add_test(tc, there_may_be_no_tool_at_all);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
