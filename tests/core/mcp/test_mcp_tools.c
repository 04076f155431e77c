/* Lists of tools, as servers write them and as nobody should; and the names that are offered. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json/jsonspan.h"
#include "mcp/mcp_tools.h"
#include "unit.h"

static char star[] = "*", rain[] = "rain", dotted[] = "a.b";
static char *all_at[] = {star, NULL}, *some_at[] = {rain, dotted, NULL};
static const struct strings all = {all_at, 1}, some = {some_at, 2}, none;

static struct mcp_tools tools;
static struct buf cursor, json;

static void begin(void)
{
    tools = (struct mcp_tools){0};
    buf_init(&cursor, 1000);
    buf_init(&json, (size_t)16 << 20);
}

static void end(void)
{
    mcp_tools_done(&tools);
    buf_done(&cursor);
    buf_done(&json);
}

static int read_page(const char *page, const struct strings *allow)
{
    return mcp_tools_read(text_of(page), "weather", allow, &tools, &cursor);
}

#define PAGE(tools) "{\"tools\":[" tools "]}"
#define TOOL(name)  "{\"name\":\"" name "\",\"inputSchema\":{\"type\":\"object\"}}"
#define BARE        "{\"type\":\"object\",\"properties\":{}}"

START_TEST(a_page_is_read)
{
    ck_assert_int_eq(
        read_page("{\"tools\":[{\"name\":\"rain\",\"title\":\"t\",\"description\":\"Does it "
                  "ra\\u0069n?\",\"inputSchema\":{\"type\":\"object\",\n \"properties\": "
                  "{\"where\": {\"type\":\"string\"}}, \"$schema\":\"x y\"},\"x\":1}, "
                  "{\"name\":\"snow\"}],\"nextCursor\":\"p\\u00322\",\"ttlMs\":5}",
                  &all),
        0);
    ck_assert_str_eq(cursor.data, "p22");
    ck_assert_uint_eq(tools.count, 2);
    ck_assert_uint_eq(tools.listed, 2);
    ck_assert_uint_eq(tools.left_out, 0);
    ck_assert_str_eq(tools.at[0].own, "rain");
    ck_assert_str_eq(tools.at[0].offered, "weather__rain");
    ck_assert_str_eq(tools.at[0].description, "Does it rain?");
    ck_assert_str_eq(tools.at[0].parameters,
                     "{\"type\":\"object\",\"properties\":{\"where\":{\"type\":\"string\"}},"
                     "\"$schema\":\"x y\"}");
    ck_assert_str_eq(tools.at[1].description, "");
    ck_assert_str_eq(tools.at[1].parameters, BARE);
    ck_assert_int_eq(read_page(PAGE(TOOL("hail")), &all), 0);
    ck_assert_str_eq(buf_text(&cursor).at, "");
    ck_assert_uint_eq(tools.count, 3);
    ck_assert_ptr_eq(mcp_tools_find(&tools, text_of("weather__hail")), &tools.at[2]);
    ck_assert_ptr_null(mcp_tools_find(&tools, text_of("hail")));
}
END_TEST

START_TEST(only_what_is_allowed_is_kept)
{
    ck_assert_int_eq(read_page(PAGE(TOOL("rain") "," TOOL("snow") "," TOOL("a.b") ",7"), &some), 0);
    ck_assert_uint_eq(tools.count, 2);
    ck_assert_uint_eq(tools.listed, 4);
    ck_assert_uint_eq(tools.left_out, 0);
    ck_assert_str_eq(tools.at[1].offered, "weather__a_b");
    ck_assert_int_eq(read_page(PAGE(TOOL("hail")), &none), 0);
    ck_assert_uint_eq(tools.count, 2);
    ck_assert_uint_eq(tools.listed, 5);
}
END_TEST

static const char *const no_lists[] = {"[]", "7", "{}", "{\"tools\":{}}", "{\"tools\":null}", ""};

START_TEST(what_is_no_list_is_refused)
{
    ck_assert_int_eq(read_page(PAGE(TOOL("rain")), &all), 0);
    ck_assert_int_eq(read_page(no_lists[_i], &all), -EINVAL);
    ck_assert_uint_eq(tools.count, 1);
    ck_assert_uint_eq(tools.listed, 1);
}
END_TEST

static const struct {
    const char *name, *tool;
} unusable[] = {
    {"no object", "7"},
    {"no name", "{\"inputSchema\":{}}"},
    {"an empty name", TOOL("")},
    {"a name that is a number", "{\"name\":7}"},
    {"a name with NUL", TOOL("a\\u0000b")},
    {"a name that was there", TOOL("rain")},
    {"a field in a wrong place", "{\"name\":\"x\",\"inputSchema\":{\"type\":\"string\","
                                 "\"x-mcp-header\":\"A\"}}"},
};

START_TEST(what_cannot_be_used_is_left_out)
{
    ck_assert_int_eq(read_page(PAGE(TOOL("rain")), &all), 0);
    ck_assert_int_eq(buf_printf(&json, PAGE("%s," TOOL("snow")), unusable[_i].tool), 0);
    ck_assert_int_eq(read_page(json.data, &all), 0);
    ck_assert_msg(tools.count == 2 && tools.left_out == 1 && tools.listed == 3, "%s",
                  unusable[_i].name);
    ck_assert_str_eq(tools.at[1].own, "snow");
}
END_TEST

static const struct {
    const char *schema, *parameters;
} schemas[] = {
    {"{}", BARE},
    {"null", BARE},
    {"[]", BARE},
    {"\"x\"", BARE},
    {"true", BARE},
    {"{\"type\":\"string\"}", BARE},
    {"{\"type\":\"object\"}", "{\"properties\":{},\"type\":\"object\"}"},
    {"{\"type\":\"object\",\"properties\":[]}", "{\"properties\":{},\"type\":\"object\"}"},
    {"{\"properties\":{\"a\":{}}}", "{\"type\":\"object\",\"properties\":{\"a\":{}}}"},
    {"{ \"required\" : [ \"a b\" ] }",
     "{\"type\":\"object\",\"properties\":{},\"required\":[\"a b\"]}"},
    {"{\"type\":[\"object\",\"null\"],\"properties\":{}}",
     "{\"type\":[\"object\",\"null\"],\"properties\":{}}"},
    {"{\"type\":\"object\",\"properties\":{\"n\":{\"maximum\":1e400}},\"additionalProperties\":"
     "false}",
     "{\"type\":\"object\",\"properties\":{\"n\":{\"maximum\":1e400}},\"additionalProperties\":"
     "false}"},
};

START_TEST(parameters_are_an_object_with_properties)
{
    ck_assert_int_eq(
        buf_printf(&json, PAGE("{\"name\":\"a\",\"inputSchema\":%s}"), schemas[_i].schema), 0);
    ck_assert_int_eq(read_page(json.data, &all), 0);
    ck_assert_uint_eq(tools.count, 1);
    ck_assert_str_eq(tools.at[0].parameters, schemas[_i].parameters);
    ck_assert_int_eq(jsonspan_check(text_of(tools.at[0].parameters), NULL), 0);
}
END_TEST

static const struct {
    const char *members, *description;
} described[] = {
    {"\"description\":\"\\u0000a\"", " a"},
    {"\"title\":\"The rain\",\"description\":\"\"", "The rain"},
    {"\"annotations\":{\"title\":\"The rain\"}", "The rain"},
    {"\"annotations\":{\"title\":7},\"title\":null,\"description\":[]", ""},
};

START_TEST(a_tool_is_described)
{
    ck_assert_int_eq(buf_printf(&json, PAGE("{\"name\":\"a\",%s}"), described[_i].members), 0);
    ck_assert_int_eq(read_page(json.data, &all), 0);
    ck_assert_str_eq(tools.at[0].description, described[_i].description);
}
END_TEST

START_TEST(a_long_description_is_cut_between_characters)
{
    ck_assert_int_eq(buf_append_string(&json, "{\"tools\":[{\"name\":\"a\",\"description\":\"x"),
                     0);
    for (int i = 0; i < 100000; i++)
        ck_assert_int_eq(buf_append_string(&json, "\xc3\xa9"), 0);
    ck_assert_int_eq(buf_append_string(&json, "\"}]}"), 0);
    ck_assert_int_eq(read_page(json.data, &all), 0);
    ck_assert_uint_eq(strlen(tools.at[0].description), MCP_DESCRIPTION_MAX - 1);
}
END_TEST

static void add_nested(size_t depth)
{
    ck_assert_int_eq(buf_append_string(&json, "{\"name\":\"d\",\"inputSchema\":{\"a\":\"[\\\"\","
                                              "\"enum\":"),
                     0);
    for (size_t i = 1; i < depth; i++)
        ck_assert_int_eq(buf_append_string(&json, "["), 0);
    for (size_t i = 1; i < depth; i++)
        ck_assert_int_eq(buf_append_string(&json, "]"), 0);
    ck_assert_int_eq(buf_append_string(&json, "}}"), 0);
}

START_TEST(a_schema_has_bounds)
{
    ck_assert_int_eq(buf_append_string(&json, "{\"tools\":["), 0);
    add_nested(MCP_SCHEMA_DEPTH_MAX);
    ck_assert_int_eq(buf_append_string(&json, "]}"), 0);
    ck_assert_int_eq(read_page(json.data, &all), 0);
    ck_assert_uint_eq(tools.count, 1);
    mcp_tools_done(&tools);
    buf_reset(&json);
    ck_assert_int_eq(buf_append_string(&json, "{\"tools\":["), 0);
    add_nested(MCP_SCHEMA_DEPTH_MAX + 1);
    ck_assert_int_eq(buf_append_string(&json, ",{\"name\":\"large\",\"inputSchema\":{\"a\":\""), 0);
    for (size_t i = 0; i < MCP_SCHEMA_BYTES_MAX; i++)
        ck_assert_int_eq(buf_append_string(&json, "x"), 0);
    ck_assert_int_eq(buf_append_string(&json, "\"}}," TOOL("good") "]}"), 0);
    ck_assert_int_eq(read_page(json.data, &all), 0);
    ck_assert_uint_eq(tools.count, 1);
    ck_assert_uint_eq(tools.left_out, 2);
    ck_assert_str_eq(tools.at[0].own, "good");
}
END_TEST

START_TEST(a_list_has_bounds)
{
    for (int page = 0; page < 20; page++) {
        buf_reset(&json);
        ck_assert_int_eq(buf_append_string(&json, "{\"nextCursor\":\"n\",\"tools\":["), 0);
        for (int i = 0; i < 600; i++)
            ck_assert_int_eq(buf_printf(&json, "%s{\"name\":\"t%d-%d\"}", i ? "," : "", page, i),
                             0);
        ck_assert_int_eq(buf_append_string(&json, "]}"), 0);
        ck_assert_int_eq(read_page(json.data, &all), 0);
    }
    ck_assert_uint_eq(tools.count, MCP_TOOLS_MAX);
    ck_assert_uint_eq(tools.listed, MCP_LISTED_MAX);
    ck_assert_uint_eq(tools.left_out, MCP_LISTED_MAX - MCP_TOOLS_MAX);
    ck_assert_uint_eq(cursor.len, 0);
}
END_TEST

START_TEST(the_bytes_of_a_list_have_a_bound)
{
    char *filler = malloc(MCP_SCHEMA_BYTES_MAX);
    ck_assert_ptr_nonnull(filler);
    memset(filler, 'x', 60000);
    filler[60000] = '\0';
    ck_assert_int_eq(buf_append_string(&json, "{\"tools\":["), 0);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(buf_printf(&json, "%s{\"name\":\"t%d\",\"inputSchema\":{\"a\":\"%s\"}}",
                                    i ? "," : "", i, filler),
                         0);
    ck_assert_int_eq(buf_append_string(&json, "]}"), 0);
    ck_assert_int_eq(read_page(json.data, &all), 0);
    ck_assert_uint_eq(tools.count + tools.left_out, 100);
    ck_assert(tools.left_out > 20 && tools.bytes <= MCP_TOOLS_BYTES_MAX);
    free(filler);
}
END_TEST

static const struct {
    const char *name, *own, *offered;
} names[] = {
    {"nothing to replace", "get-Weather_2", "weather__get-Weather_2"},
    {"dots and slashes", "a.b/c", "weather__a_b_c"},
    {"a blank", "a b", "weather__a_b"},
    {"UTF-8, byte by byte", "caf\xc3\xa9", "weather__caf__"},
    {"the longest", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "weather__aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {"one more", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "weather__aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_89dc7637"},
};

START_TEST(a_name_is_offered)
{
    ck_assert_int_eq(buf_printf(&json, PAGE("{\"name\":\"%s\"}"), names[_i].own), 0);
    ck_assert_int_eq(read_page(json.data, &all), 0);
    ck_assert_str_eq(tools.at[0].own, names[_i].own);
    ck_assert_str_eq(tools.at[0].offered, names[_i].offered);
}
END_TEST

static const char *offered_of(const char *own)
{
    for (size_t i = 0; i < tools.count; i++)
        if (strcmp(tools.at[i].own, own) == 0)
            return tools.at[i].offered;
    return "";
}

static bool all_differ(void)
{
    for (size_t i = 0; i < tools.count; i++)
        if (mcp_tools_find(&tools, text_of(tools.at[i].offered)) != &tools.at[i])
            return false;
    return true;
}

static bool is_well_formed(const char *offered)
{
    for (const char *c = offered; *c; c++)
        if (!text_is_word_byte(*c) && *c != '-')
            return false;
    return strlen(offered) <= MCP_OFFERED_NAME_MAX;
}

/* Four names, of which three have the same plain one, and two long ones, in every order. */
static const char *const clashing[] = {
    "a.b",
    "a_b",
    "a b",
    "other",
    "long.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "long_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

START_TEST(names_do_not_hang_on_the_order)
{
    enum { COUNT = ROWS(clashing) };
    char first[COUNT][MCP_OFFERED_NAME_MAX + 1] = {{0}};
    for (int order = 0; order < 720; order++) {
        int left[COUNT] = {0, 1, 2, 3, 4, 5}, rest = order;
        mcp_tools_done(&tools);
        for (int n = COUNT; n > 0; n--, rest /= n + 1) {
            int pick = rest % n;
            buf_reset(&json);
            ck_assert_int_eq(buf_printf(&json, PAGE("{\"name\":\"%s\"}"), clashing[left[pick]]), 0);
            ck_assert_int_eq(read_page(json.data, &all), 0);
            left[pick] = left[n - 1];
        }
        ck_assert_uint_eq(tools.count, COUNT);
        ck_assert(all_differ());
        for (int i = 0; i < COUNT; i++) {
            const char *offered = offered_of(clashing[i]);
            ck_assert(is_well_formed(offered));
            if (order == 0)
                memcpy(first[i], offered, strlen(offered) + 1);
            ck_assert_str_eq(offered, first[i]);
        }
    }
    ck_assert_str_eq(first[1], "weather__a_b");
    ck_assert_str_ne(first[0], first[2]);
    ck_assert_str_eq(first[3], "weather__other");
}
END_TEST

/* A thousand names that are the same when their marks are replaced. */
START_TEST(many_that_clash_all_differ)
{
    static const char marks[] = ".:/+,;%&!?";
    ck_assert_int_eq(buf_append_string(&json, "{\"tools\":["), 0);
    for (unsigned n = 0; n < MCP_TOOLS_MAX; n++) {
        char name[sizeof(marks)] = {0};
        for (size_t i = 0; marks[i]; i++)
            name[i] = n >> i & 1 ? marks[i] : '_';
        ck_assert_int_eq(buf_printf(&json, "%s{\"name\":\"%s\"}", n ? "," : "", name), 0);
    }
    ck_assert_int_eq(buf_append_string(&json, "]}"), 0);
    ck_assert_int_eq(read_page(json.data, &all), 0);
    ck_assert_uint_eq(tools.count, MCP_TOOLS_MAX);
    ck_assert(all_differ());
    ck_assert_str_eq(offered_of("__________"), "weather____________");
}
END_TEST

/* A server may name a tool as another one would be offered. */
START_TEST(a_name_that_looks_made_is_told_from_a_made_one)
{
    char made[MCP_OFFERED_NAME_MAX + 1];
    ck_assert_int_eq(read_page(PAGE(TOOL("a_b") "," TOOL("a.b")), &all), 0);
    (void)snprintf(made, sizeof(made), "%s", offered_of("a.b") + strlen("weather__"));
    ck_assert_int_eq(buf_printf(&json, PAGE("{\"name\":\"%s\"}"), made), 0);
    ck_assert_int_eq(read_page(json.data, &all), 0);
    ck_assert_uint_eq(tools.count, 3);
    ck_assert(all_differ());
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mcp_tools");
    TCase *tc = tcase_create("mcp_tools");
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, a_page_is_read);
    tcase_add_test(tc, only_what_is_allowed_is_kept);
    tcase_add_loop_test(tc, what_is_no_list_is_refused, 0, ROWS(no_lists));
    tcase_add_loop_test(tc, what_cannot_be_used_is_left_out, 0, ROWS(unusable));
    tcase_add_loop_test(tc, parameters_are_an_object_with_properties, 0, ROWS(schemas));
    tcase_add_loop_test(tc, a_tool_is_described, 0, ROWS(described));
    tcase_add_test(tc, a_long_description_is_cut_between_characters);
    tcase_add_test(tc, a_schema_has_bounds);
    tcase_add_test(tc, a_list_has_bounds);
    tcase_add_test(tc, the_bytes_of_a_list_have_a_bound);
    tcase_add_loop_test(tc, a_name_is_offered, 0, ROWS(names));
    tcase_add_test(tc, names_do_not_hang_on_the_order);
    tcase_add_test(tc, many_that_clash_all_differ);
    tcase_add_test(tc, a_name_that_looks_made_is_told_from_a_made_one);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
