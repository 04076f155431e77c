/* [tool NAME] and [tools]: what is taken, what is wrong, and what is doubtful. */
#include "config_case.h"
#include "settings/setting.h"

#define HERE "[tool weather]\nurl = http://127.0.0.1:8001/mcp\n"
#define ALL  HERE "allow = *\n"
#define FORM                                                                                       \
    "allowed: 1 to 32 letters, digits, '-' and '_', without \"__\" and no '_' at the end, but "    \
    "not none"
#define NONE "neither http://, https:// nor unix: (understudy starts no program)"
#define URL  "; allowed: an http:// or https:// address without user and fragment, or unix:/path"
#define KEYS "allowed: url, allow, api_key, header.NAME, timeout; did you mean "
#define SECTIONS                                                                                   \
    "allowed: server, route, retry, connectivity, breaker, provider NAME, model NAME, token "      \
    "NAME, tool NAME, tools, log"

static const struct {
    const char *name;
    const char *file;
    const char *error;   /* "": none */
    const char *warning; /* "": none */
} rows[] = {
    {"an address and all that is there", ALL, "", ""},
    {"some of it", HERE "allow = today, read file\n", "", ""},
    {"on a socket", "[tool notes]\nurl = unix:/run/notes.sock\nallow = *\n", "", ""},
    {"a private address over https", "[tool a]\nurl = https://10.0.0.2/mcp\nallow = *\n", "", ""},
    {"a private address without", "[tool a]\nurl = http://10.0.0.2/mcp\nallow = *\n", "", ""},
    {"the internet without",
     "[tool a]\nurl = http://mcp.example/mcp?key=CANARY\nallow = *\napi_key = file:/secret\n", "",
     "f.ini:2: [tool a] url = \"http://mcp.example/mcp\" is not encrypted: key, arguments and "
     "results can be read on the way"},
    {"nothing that may be called", HERE, "",
     "f.ini:1: [tool weather] allows none of its tools, so none is offered; better: set allow to "
     "the names of some, which `understudy check` lists, or to * for all"},
    {"nothing that may be called, in words", HERE "allow = none\n", "",
     "f.ini:3: [tool weather] allows none of its tools, so none is offered; better: set allow to "
     "the names of some, which `understudy check` lists, or to * for all"},
    {"all beside some", HERE "allow = today, *\n",
     "f.ini:3: [tool weather] allow has * beside names; allowed: * alone for all of its tools, or "
     "names",
     ""},
    {"a part of a name", HERE "allow = read_*\n",
     "f.ini:3: [tool weather] allow = \"read_*\": \"read_*\": a * stands for all of them, and not "
     "for a part of a name; allowed: none, or names of the server's tools, separated by commas, or "
     "* for all",
     ""},
    {"no address", "[tool a]\nallow = *\n",
     "f.ini:1: [tool a] url is needed; allowed: an http:// or https:// address or unix:/path", ""},
    {"an empty one", "[tool a]\nurl =\nallow = *\n", "f.ini:2: [tool a] url = \"\": " NONE URL, ""},
    {"a program", "[tool a]\nurl = npx -y server\nallow = *\n",
     "f.ini:2: [tool a] url = \"npx -y server\": " NONE URL, ""},
    {"a socket without its path", "[tool a]\nurl = unix:a.sock\nallow = *\n",
     "f.ini:2: [tool a] url = \"unix:a.sock\": it does not name a socket by its whole path" URL,
     ""},
    {"a password is not shown", "[tool a]\nurl = http://me:CANARY@x/mcp\nallow = *\n",
     "f.ini:2: [tool a] url: a user name or password in the address" URL, ""},
    {"nor is a key behind the ?", "[tool a]\nurl = htp://x/mcp?k=CANARY\nallow = *\n",
     "f.ini:2: [tool a] url: " NONE URL, ""},
    {"where understudy itself listens", "[tool a]\nurl = http://127.0.0.1:11411/mcp\nallow = *\n",
     "f.ini:2: [tool a] url = \"http://127.0.0.1:11411/mcp\" is where understudy itself listens; "
     "allowed: the address of another server",
     ""},
    {"what is meant for a server of another kind", ALL "command = npx\n",
     "f.ini:4: unknown key \"command\" in [tool]; " KEYS "\"url\"?", ""},
    {"another word for allow", ALL "tools = today\n",
     "f.ini:4: unknown key \"tools\" in [tool]; " KEYS "\"allow\"?", ""},
    {"a header of the protocol", ALL "header.Mcp-Session-Id = 1\n",
     "f.ini:4: key \"header.Mcp-Session-Id\": this header is a part of the protocol; allowed: any "
     "other",
     ""},
    {"a body of another type", ALL "header.Content-Type = a/b\n",
     "f.ini:4: key \"header.Content-Type\": this header is a part of the protocol; allowed: any "
     "other",
     ""},
    {"a provider may have it",
     "[provider openai]\nheader.Mcp-Session-Id = 1\nheader.Accept = a/b\n", "", ""},
    {"a key that is not there", ALL "api_key = env:NOT_THERE\n",
     "f.ini:4: [tool weather] api_key: the environment variable NOT_THERE is not set; allowed: a "
     "secret of 1 to 512 bytes without control bytes, env:NAME, file:PATH or credential:NAME",
     ""},
    {"a header's that is not there", ALL "header.X-Api-Key = env:NOT_THERE\n",
     "f.ini:4: [tool weather] header.X-Api-Key: the environment variable NOT_THERE is not set; "
     "allowed: a secret of 1 to 512 bytes without control bytes, env:NAME, file:PATH or "
     "credential:NAME",
     ""},
    {"a key on a socket",
     "[tool notes]\nurl = unix:/run/notes.sock\nallow = *\napi_key = file:/secret\n", "",
     "f.ini:1: [tool notes] api_key and header.NAME are sent over http and https only: lines on a "
     "socket have no place for them"},
    {"no time", ALL "timeout = 0\n",
     "f.ini:4: [tool weather] timeout = \"0\": out of range; allowed: " UNITS_DURATION_FORM
     ", from 1ms to 1d",
     ""},
    {"a name with the seam in it", "[tool a__b]\nurl = http://x/mcp\n",
     "f.ini:1: section \"tool a__b\": not the name of a tool's server; " FORM, ""},
    {"one that would make the seam", "[tool a_]\nurl = http://x/mcp\n",
     "f.ini:1: section \"tool a_\": not the name of a tool's server; " FORM, ""},
    {"one that means nothing", "[tool none]\nurl = http://x/mcp\n",
     "f.ini:1: section \"tool none\": not the name of a tool's server; " FORM, ""},
    {"one with a dot", "[tool a.b]\nurl = http://x/mcp\n",
     "f.ini:1: section \"tool a.b\": not the name of a tool's server; " FORM, ""},
    {"one that is too long", "[tool abcdefghijklmnopqrstuvwxyz-123456]\nurl = http://x/mcp\n",
     "f.ini:1: section \"tool abcdefghijklmnopqrstuvwxyz-123456\": not the name of a tool's "
     "server; " FORM,
     ""},
    {"one for the section that has none", "[tools weather]\nurl = http://x/mcp\n",
     "f.ini:1: section \"tools weather\": this section has no name; allowed: its word alone, or "
     "[tool NAME] for a server",
     ""},
    {"a word of other programs", "[mcp weather]\nurl = http://x/mcp\n",
     "f.ini:1: unknown section \"mcp\"; " SECTIONS "; did you mean \"tool NAME\"?", ""},
    {"no rounds at all", "[tools]\nmax_iterations = 0\n",
     "f.ini:2: [tools] max_iterations = \"0\": out of range; allowed: a whole number, from 1 to "
     "100",
     ""},
    {"rounds by another word", "[tools]\nrounds = 3\n",
     "f.ini:2: unknown key \"rounds\" in [tools]; allowed: max_iterations, max_result; did you "
     "mean \"max_iterations\"?",
     ""},
};

static void check_only(const struct strings *lines, const char *name, const char *expected)
{
    ck_assert_msg(lines->count == (expected[0] ? 1 : 0), "%s: %zu: %s", name, lines->count,
                  lines->count ? lines->at[0] : "");
    if (lines->count)
        ck_assert_str_eq(lines->at[0], expected);
}

START_TEST(it_is_taken_or_told_what_is_wrong)
{
    struct config_case test = config_case_load(rows[_i].file, NULL, NULL);
    check_only(&test.errors.errors, rows[_i].name, rows[_i].error);
    check_only(&test.errors.warnings, rows[_i].name, rows[_i].warning);
    config_case_done(&test);
}
END_TEST

static const struct config_tool *find(const struct config_case *test, const char *name)
{
    ck_assert_msg(test->r == 0, "%s", test->errors.errors.count ? test->errors.errors.at[0] : "?");
    const struct config_tool *tool = config_tool_by_name(test->config, text_of(name));
    ck_assert_ptr_nonnull(tool);
    return tool;
}

START_TEST(what_is_set_is_there)
{
    struct config_case test = config_case_load(
        "[tool weather]\nurl = https://mcp.example/mcp?a=b\nallow = today, tomorrow\n"
        "api_key = file:/secret\nheader.X-Team = blue, green\nheader.X-Api-Key = file:/secret\n"
        "timeout = 5s\n[tool notes]\nurl = unix:/run/notes.sock\nallow = *\n"
        "[tool box]\nurl = http://box:8001/\n[tools]\nmax_iterations = 3\nmax_result = 2K\n"
        "[provider weather]\ntype = openai\nbase_url = http://x\nheader.X-Other = a\n",
        NULL, NULL);
    const struct config_tool *weather = find(&test, "weather"), *notes = find(&test, "notes");
    ck_assert_str_eq(weather->url, "https://mcp.example/mcp?a=b");
    ck_assert_ptr_null(weather->socket);
    ck_assert(!weather->local);
    ck_assert_str_eq(config_case_join(&weather->allow), "today, tomorrow");
    ck_assert_str_eq(weather->api_key, "sk-from-file");
    ck_assert_uint_eq(weather->header_count, 2);
    ck_assert_str_eq(weather->headers[0].name, "X-Team");
    ck_assert_str_eq(weather->headers[0].value, "blue, green");
    ck_assert_str_eq(weather->headers[1].value, "sk-from-file");
    ck_assert_int_eq(weather->timeout_ms, 5000);
    ck_assert_str_eq(notes->socket, "/run/notes.sock");
    ck_assert_ptr_null(notes->url);
    ck_assert(notes->local);
    ck_assert_ptr_null(notes->api_key);
    ck_assert_int_eq(notes->timeout_ms, 30000);
    ck_assert(find(&test, "box")->local);
    ck_assert_uint_eq(find(&test, "box")->allow.count, 0);
    ck_assert_ptr_null(config_tool_by_name(test.config, text_of("other")));
    ck_assert_uint_eq(test.config->tools.count, 3);
    ck_assert_int_eq(test.config->tools.max_iterations, 3);
    ck_assert_uint_eq(test.config->tools.max_result_bytes, 2048);
    ck_assert_uint_eq(config_case_provider(&test, "weather")->header_count, 1);
    config_case_done(&test);
}
END_TEST

START_TEST(without_any_there_are_the_limits)
{
    struct config_case test = config_case_load("", NULL, NULL);
    ck_assert_uint_eq(test.config->tools.count, 0);
    ck_assert_int_eq(test.config->tools.max_iterations, 10);
    ck_assert_uint_eq(test.config->tools.max_result_bytes, 51200);
    config_case_done(&test);
}
END_TEST

START_TEST(a_header_goes_in_place_of_the_key)
{
    struct config_case test =
        config_case_load(ALL "api_key = a\nheader.authorization = Basic b\n", NULL, NULL);
    ck_assert_ptr_null(find(&test, "weather")->api_key);
    config_case_done(&test);
}
END_TEST

START_TEST(variables_and_flags_win)
{
    struct config_case test =
        config_case_load("[tool my-notes]\nurl = http://box/mcp\nallow = a\n",
                         LIST("UNDERSTUDY_TOOL_MY_NOTES_ALLOW=b, c",
                              "UNDERSTUDY_TOOL_MY_NOTES_URL=http://127.0.0.1:1/mcp",
                              "UNDERSTUDY_TOOLS_MAX_ITERATIONS=4", "GLUELLM_MAX_TOOL_ITERATIONS=9",
                              "UNDERSTUDY_TOOL_OTHER_ALLOW=x"),
                         LIST("tool.my-notes.allow=d", "tool.notes.url=unix:/a.sock",
                              "tool.notes.header.X-A=b", "tool.notes.allow=*"));
    ck_assert_str_eq(config_case_join(&find(&test, "my-notes")->allow), "d");
    ck_assert_str_eq(find(&test, "my-notes")->url, "http://127.0.0.1:1/mcp");
    ck_assert_str_eq(find(&test, "notes")->socket, "/a.sock");
    ck_assert_uint_eq(find(&test, "notes")->header_count, 1);
    ck_assert_int_eq(test.config->tools.max_iterations, 4);
    config_case_done(&test);
}
END_TEST

START_TEST(there_are_so_many_at_most)
{
    struct buf file;
    buf_init(&file, 1u << 20);
    for (int i = 0; i < 65; i++)
        ck_assert_int_eq(buf_printf(&file, "[tool t%d]\nurl = http://box/mcp\n", i), 0);
    struct config_case test = config_case_load(buf_text(&file).at, NULL, NULL);
    ck_assert_uint_eq(test.errors.errors.count, 1);
    ck_assert_ptr_nonnull(
        strstr(test.errors.errors.at[0], "too many sections; allowed: up to 64 of [tool NAME]"));
    config_case_done(&test);
    buf_done(&file);
}
END_TEST

START_TEST(no_secret_is_shown)
{
    const struct config_source source = config_case_source(
        "[tool weather]\nurl = https://mcp.example/mcp?key=CANARY\nallow = today\n"
        "api_key = CANARY\nheader.X-Api-Key = CANARY\nheader.X-Team = blue\n"
        "[tool notes]\nurl = unix:/run/notes.sock\nallow = *\n"
        "[tool box]\nurl = http://box/mcp\napi_key = file:/secret\n",
        NULL, NULL);
    const struct config_form form = {.json = _i == 1};
    struct buf out = config_case_printed(&source, &form);
    const char *text = buf_text(&out).at;
    ck_assert_ptr_null(strstr(text, "CANARY"));
    ck_assert_ptr_null(strstr(text, "sk-from-file"));
    ck_assert_ptr_nonnull(strstr(text, "https://mcp.example/mcp?****"));
    ck_assert_ptr_nonnull(strstr(text, "file:/secret"));
    ck_assert_ptr_nonnull(strstr(text, "unix:/run/notes.sock"));
    ck_assert_ptr_nonnull(strstr(text, "header.X-Team"));
    ck_assert_ptr_nonnull(strstr(text, "tool weather"));
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_tool");
    TCase *tc = tcase_create("config_tool");
    tcase_add_loop_test(tc, it_is_taken_or_told_what_is_wrong, 0, ROWS(rows));
    tcase_add_test(tc, what_is_set_is_there);
    tcase_add_test(tc, without_any_there_are_the_limits);
    tcase_add_test(tc, a_header_goes_in_place_of_the_key);
    tcase_add_test(tc, variables_and_flags_win);
    tcase_add_test(tc, there_are_so_many_at_most);
    tcase_add_loop_test(tc, no_secret_is_shown, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
