/* The body of a round. The dialect is one of the test's own: the edits are of no dialect. */
#include <errno.h>

#include "json/jsonspan.h"
#include "tool_case.h"
#include "tools/tool_request.h"
#include "unit.h"

static int name_read(struct text tool, struct buf *out)
{
    struct text name;
    if (!jsonspan_get(tool, "name", &name))
        return -ENOENT;
    return jsonspan_decode(name, out);
}

static int offer_write(const struct tool_offer *offer, struct buf *out)
{
    return buf_printf(out, "{\"name\":\"%.*s\"}", TEXT_ARG(offer->name));
}

static bool choice_forces(struct text choice)
{
    return text_equals(choice, "\"any\"");
}

static const struct dialect_tools dialect = {.turns = "messages",
                                             .names_servers = true,
                                             .name_read = name_read,
                                             .offer_write = offer_write,
                                             .choice_forces = choice_forces};

#define OURS "{\"name\":\"weather__today\"},{\"name\":\"weather__next_week\"}"

static const struct {
    const char *body, *turns;
    bool offer;
    const char *out;
} rows[] = {
    {"{\"messages\":[1]}", "", true, "{\"messages\":[1],\"tools\":[" OURS "]}"},
    {" {\"messages\" : [ 1 ] } ", "", true, " {\"messages\" : [ 1 ] ,\"tools\":[" OURS "]} "},
    {"{\"tools\":[{\"name\":\"f\"}],\"messages\":[]}", "", true,
     "{\"tools\":[{\"name\":\"f\"}," OURS "],\"messages\":[]}"},
    {"{\"tools\":null,\"x\":1.00}", "", true, "{\"tools\":[" OURS "],\"x\":1.00}"},
    {"{\"tools\":[{\"type\":\"mcp\",\"server_label\":\"weather\"}],\"messages\":[]}", "", true,
     "{\"tools\":[" OURS "],\"messages\":[]}"},
    {"{\"messages\":[],\"tools\":[{\"type\":\"mcp\"}],\"tool_choice\":\"auto\"}", "", false,
     "{\"messages\":[]}"},
    {"{\"tool_choice\":\"any\",\"parallel_tool_calls\":true,\"messages\":[1]}", "2,3", false,
     "{\"messages\":[1,2,3]}"},
    {"{\"messages\":[1]}", "2,3", true, "{\"messages\":[1,2,3],\"tools\":[" OURS "]}"},
    {"{\"messages\":[],\"a\":1}", "2", false, "{\"messages\":[2],\"a\":1}"},
    {"{\"messages\":\"hi\"}", "2", false,
     "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},2]}"},
    {"{\"messages\":[1],\"tool_choice\":\"any\"}", "", true,
     "{\"messages\":[1],\"tool_choice\":\"any\",\"tools\":[" OURS "]}"},
    {"{\"messages\":[1],\"tool_choice\":\"any\"}", "2", true,
     "{\"messages\":[1,2],\"tools\":[" OURS "]}"},
    {"{\"tool_choice\":\"auto\",\"messages\":[1]}", "2", true,
     "{\"tool_choice\":\"auto\",\"messages\":[1,2],\"tools\":[" OURS "]}"},
    {"{\"messages\":[1],\"a\":2e0}", "", false, "{\"messages\":[1],\"a\":2e0}"},
    /* Blanks in an empty list; no conversation; nothing at all. */
    {"{\"messages\":[ ]}", "2", false, "{\"messages\":[ 2]}"},
    {"{\"messages\":null}", "2", false, "{\"messages\":[2]}"},
    {"{\"prompt\":\"kept\"}", "2,3", true,
     "{\"prompt\":\"kept\",\"messages\":[2,3],\"tools\":[" OURS "]}"},
    {"{\"prompt\":\"kept\",\"tools\":[]}", "2", false, "{\"prompt\":\"kept\",\"messages\":[2]}"},
    {"{\"tools\":[{\"type\":\"mcp\"}]}", "2", false, "{\"messages\":[2]}"},
    {" { } ", "", true, " { \"tools\":[" OURS "]} "},
    {"{}", "2", true, "{\"messages\":[2],\"tools\":[" OURS "]}"},
    {"{}", "", false, "{}"},
};

START_TEST(a_body_is_written)
{
    struct tool_kit kit = tool_case_kit();
    const struct tool_request request = {.dialect = &dialect,
                                         .kit = &kit,
                                         .turns = text_of(rows[_i].turns),
                                         .offer = rows[_i].offer};
    struct buf out;
    buf_init(&out, 10000);
    ck_assert_int_eq(tool_request_write(text_of(rows[_i].body), &request, &out), 0);
    ck_assert_str_eq(out.data, rows[_i].out);
    ck_assert_int_eq(jsonspan_check(buf_text(&out), NULL), 0);
    for (size_t max = 0; max < strlen(rows[_i].out); max++) {
        buf_done(&out);
        buf_init(&out, max);
        ck_assert_int_eq(tool_request_write(text_of(rows[_i].body), &request, &out), -EMSGSIZE);
    }
    buf_done(&out);
    tool_kit_done(&kit);
}
END_TEST

/* What the provider of another dialect runs itself is the app's. */
START_TEST(a_server_of_the_providers_stays)
{
    struct dialect_tools other = dialect;
    struct tool_kit kit = tool_case_kit();
    const struct tool_request request = {.dialect = &other, .kit = &kit, .offer = true};
    struct buf out;
    other.names_servers = false;
    buf_init(&out, 1000);
    ck_assert_int_eq(
        tool_request_write(text_of("{\"tools\":[{\"type\":\"mcp\",\"server_url\":\"https://a\"}]}"),
                           &request, &out),
        0);
    ck_assert_str_eq(out.data,
                     "{\"tools\":[{\"type\":\"mcp\",\"server_url\":\"https://a\"}," OURS "]}");
    buf_done(&out);
    tool_kit_done(&kit);
}
END_TEST

static const struct {
    const char *body, *error;
} checks[] = {
    {"{\"messages\":[]}", ""},
    {"{\"tools\":[{\"name\":\"f\"},{\"type\":\"web_search\"},{\"type\":\"mcp\"}],\"n\":1}", ""},
    {"{\"tools\":null,\"n\":null}", ""},
    {"{\"tools\":[{\"name\":\"weather__mine\"}]}",
     "the request has a tool of its own by the name weather__mine, as the tools of a [tool] that "
     "it asks for are called: call it something else"},
    {"{\"tools\":[{\"name\":\"mail__send\"}]}",
     "the request has a tool of its own by the name mail__send, as the tools of a [tool] that it "
     "asks for are called: call it something else"},
    {"{\"tools\":[{\"name\":\"a\\nmail__send\"}]}",
     "the request has a tool of its own by the name mail__send, as the tools of a [tool] that it "
     "asks for are called: call it something else"},
    {"{\"tools\":{}}", "tools must be a list"},
    {"{\"n\":2}", "n is 2: tools are run here for one answer at a time"},
};

START_TEST(what_cannot_stand_beside_ours_is_refused)
{
    struct tool_kit kit = tool_case_kit();
    const struct tool_request request = {.dialect = &dialect, .kit = &kit};
    struct error why = ERROR_NONE;
    int r = tool_request_check(text_of(checks[_i].body), &request, &why);
    ck_assert_int_eq(r, checks[_i].error[0] ? -EINVAL : 0);
    ck_assert_str_eq(why.text, checks[_i].error);
    tool_kit_done(&kit);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_request");
    TCase *tc = tcase_create("tool_request");
    tcase_add_loop_test(tc, a_body_is_written, 0, ROWS(rows));
    tcase_add_test(tc, a_server_of_the_providers_stays);
    tcase_add_loop_test(tc, what_cannot_stand_beside_ours_is_refused, 0, ROWS(checks));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
