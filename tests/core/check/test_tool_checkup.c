/* What is found out about a server of tools, and what helps. */
#include "check/check_report.h"
#include "check/tool_checkup.h"
#include "config_case.h"

static const struct advisory_found nothing[ADVISORY_LIBRARY_COUNT];
static struct config_case loaded;
static struct tool_checkup checkup;
static struct buf out;

/* allow and names: comma lists. names NULL: it was not reached, with that trouble. */
static void begin_at(const char *url, const char *allow, const char *names, const char *trouble)
{
    struct strings allowed = {0};
    struct text item, rest = text_of(allow);
    char ini[200];
    (void)snprintf(ini, sizeof(ini), "[tool weather]\nurl = %s\nallow = *\n", url);
    loaded = config_case_load(ini, NULL, NULL);
    ck_assert_int_eq(loaded.r, 0);
    while (string_list_item(&rest, &item))
        ck_assert_int_eq(string_list_add(&allowed, item), 0);
    tool_checkup_init_take(&checkup, &loaded.config->tools.at[0], allowed);
    if (names) {
        struct mcp_tool at[64] = {0};
        struct mcp_tools tools = {.at = at};
        struct strings list = {0};
        rest = text_of(names);
        while (string_list_item(&rest, &item))
            ck_assert_int_eq(string_list_add(&list, item), 0);
        for (size_t i = 0; i < list.count; i++)
            at[i].own = list.at[i];
        tools.count = tools.listed = list.count;
        ck_assert_int_eq(tool_checkup_listed(&checkup, &tools), 0);
        checkup.version = "2026-07-28";
        string_list_done(&list);
    } else {
        error_set(&checkup.trouble, "%s", trouble);
    }
    buf_init(&out, 1 << 16);
}

static void begin(const char *allow, const char *names, const char *trouble)
{
    begin_at("http://box/mcp?k=CANARY", allow, names, trouble);
}

static void end(void)
{
    tool_checkup_done(&checkup);
    config_case_done(&loaded);
    buf_done(&out);
}

static const struct {
    const char *name, *allow, *names;
    const char *what, *to_do; /* NULL: all is well */
} rows[] = {
    {"all of it", "*", "today, week", NULL, NULL},
    {"some of it", "week", "today, week", NULL, NULL},
    {"nothing", "", "today, week", "none of its tools is allowed",
     "name some in [tool weather] allow, or * for all: today, week"},
    {"a name that it nearly has", "todya, week", "today, week",
     "it has no tool \"todya\", which its allow names", "write today into [tool weather] allow"},
    {"names that are none of its", "x, yy, week", "today, week",
     "it has no tool \"x\", which its allow names, nor 1 more",
     "mend the name in [tool weather] allow; it has: today, week"},
    {"a word for *", "All", "today, week", "it has no tool \"All\", which its allow names",
     "write * into [tool weather] allow for all of them, or some of: today, week"},
    {"a name as the model gets it", "weather__today", "today, week",
     "it has no tool \"weather__today\", which its allow names",
     "write today into [tool weather] allow"},
    {"a server without tools", "*", "", "it lists no tool that can be used",
     "look into the log of the server of [tool weather]"},
};

START_TEST(what_it_lists_is_held_against_allow)
{
    struct finding findings[TOOL_FINDING_MAX];
    begin(rows[_i].allow, rows[_i].names, NULL);
    size_t count = tool_checkup_find(&checkup, findings);
    ck_assert_msg(count == (rows[_i].what ? 1 : 0), "%s: %zu", rows[_i].name, count);
    if (count) {
        ck_assert_str_eq(findings[0].about, "weather");
        ck_assert_str_eq(findings[0].what.text, rows[_i].what);
        ck_assert_str_eq(findings[0].to_do.text, rows[_i].to_do);
    }
    end();
}
END_TEST

static const struct {
    const char *trouble, *to_do;
} troubles[] = {
    {"was not reached: its name could not be resolved",
     "look whether the machine is online, and the host in [tool weather] url is right"},
    {"was not reached: it refused the connection, or its host is unreachable",
     "start its server, or mend [tool weather] url"},
    {"was not reached: No such file or directory",
     "start what makes the socket of [tool weather], or mend its url"},
    {"was not reached: Permission denied",
     "let the user of understudy connect to the socket of [tool weather]"},
    {"was not reached: its certificate is not trusted",
     "write the name that is in its certificate into [tool weather] url, or have this machine "
     "trust who signed it"},
    {"answered with status 401", "put a key that it takes into [tool weather] api_key"},
    {"answered with status 404", "mend [tool weather] url: the path of most servers is /mcp"},
    {"answered with status 503", "look into the log of the server of [tool weather]"},
    {"redirects to another address (status 302), which is not followed",
     "write the address that it sends to into [tool weather] url"},
    {"answered with something that is not MCP",
     "mend [tool weather] url: the path of most servers is /mcp"},
    {"did not answer within 10 s",
     "look whether the server of [tool weather] hangs, or takes long to start, as by npx"},
    {"says what nobody has thought of", "look into the log of the server of [tool weather]"},
};

START_TEST(what_helps_is_told_by_the_trouble)
{
    struct finding findings[TOOL_FINDING_MAX];
    begin("*", NULL, troubles[_i].trouble);
    ck_assert_uint_eq(tool_checkup_find(&checkup, findings), 1);
    ck_assert_str_eq(findings[0].what.text, troubles[_i].trouble);
    ck_assert_str_eq(findings[0].to_do.text, troubles[_i].to_do);
    end();
}
END_TEST

#define SOMEBODYS "start what makes the socket of [tool weather], or mend its url"

static const struct {
    const char *url, *to_do;
} sockets[] = {
    {"unix:/run/understudy-tools/clock.sock",
     "`systemctl enable --now understudy-tool@clock.socket`, or mend [tool weather] url"},
    {"unix:/run/understudy-tools/clock", SOMEBODYS},
    {"unix:/run/user/1000/clock.sock", SOMEBODYS},
};

START_TEST(a_socket_that_is_not_there_is_that_of_a_unit_or_of_somebody)
{
    struct finding findings[TOOL_FINDING_MAX];
    begin_at(sockets[_i].url, "*", NULL, "was not reached: No such file or directory");
    ck_assert_uint_eq(tool_checkup_find(&checkup, findings), 1);
    ck_assert_str_eq(findings[0].to_do.text, sockets[_i].to_do);
    end();
}
END_TEST

START_TEST(many_names_are_cut_with_a_word_where_all_are)
{
    struct finding findings[TOOL_FINDING_MAX];
    char names[64 * 20] = "";
    for (size_t i = 0, len = 0; i < 40; i++)
        len += (size_t)snprintf(names + len, sizeof(names) - len, "%sget-something-%zu",
                                i ? ", " : "", i);
    begin("", names, NULL);
    ck_assert_uint_eq(tool_checkup_find(&checkup, findings), 1);
    const char *to_do = findings[0].to_do.text, *cut = strstr(to_do, " ... ");
    ck_assert_ptr_nonnull(strstr(to_do, "get-something-0, get-something-1, "));
    ck_assert_ptr_nonnull(cut);
    ck_assert_str_eq(cut, " ... (`understudy check --json` has all)");
    end();
}
END_TEST

START_TEST(it_is_a_line)
{
    begin("week", "today, week", NULL);
    ck_assert_int_eq(tool_checkup_print(&checkup, &out), 0);
    ck_assert_str_eq(out.data, "tool weather: 2 tools, 1 of them allowed; MCP 2026-07-28");
    end();
    begin("week", NULL, "answered with status 500");
    ck_assert_int_eq(tool_checkup_print(&checkup, &out), 0);
    ck_assert_str_eq(out.data, "tool weather: answered with status 500");
    end();
}
END_TEST

START_TEST(programs_get_an_object)
{
    begin("week", "today, week", NULL);
    json_t *json = tool_checkup_json(&checkup);
    json_t *wanted =
        json_pack("{s:s, s:s, s:b, s:b, s:s, s:n, s:i, s:i, s:[{s:s, s:b}, {s:s, s:b}]}", "name",
                  "weather", "url", "http://box/mcp", "local", 1, "reachable", 1, "era",
                  "2026-07-28", "message", "listed", 2, "allowed", 1, "tools", "name", "today",
                  "allowed", 0, "name", "week", "allowed", 1);
    ck_assert(json_equal(json, wanted));
    json_decref(json);
    json_decref(wanted);
    end();
}
END_TEST

START_TEST(a_terminal_gets_it_below_the_providers)
{
    const struct check_style style = {.columns = 80};
    begin(_i ? "*" : "", _i == 2 ? NULL : "to\x1b[1mday", "answered with status 500");
    const struct check_report report = {loaded.config, NULL, 0, nothing, NULL, "", &checkup, 1};
    ck_assert_int_eq(check_table(&report, &style, &out), 0);
    static const char *const has[] = {
        "! tool weather: 1 tool, 0 of them allowed; MCP 2026-07-28\n"
        "    none of its tools is allowed\n"
        "    > name some in [tool weather] allow, or * for all: to?[1mday\n",
        "+ tool weather: 1 tool, 1 of them allowed; MCP 2026-07-28\n",
        "x tool weather\n    answered with status 500\n    > look into the log"};
    ck_assert_msg(strstr(out.data, has[_i]) != NULL, "%s", out.data);
    end();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_checkup");
    TCase *tc = tcase_create("tool_checkup");
    tcase_add_loop_test(tc, what_it_lists_is_held_against_allow, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_helps_is_told_by_the_trouble, 0, ROWS(troubles));
    tcase_add_loop_test(tc, a_socket_that_is_not_there_is_that_of_a_unit_or_of_somebody, 0,
                        ROWS(sockets));
    tcase_add_test(tc, many_names_are_cut_with_a_word_where_all_are);
    tcase_add_test(tc, it_is_a_line);
    tcase_add_test(tc, programs_get_an_object);
    tcase_add_loop_test(tc, a_terminal_gets_it_below_the_providers, 0, 3);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
