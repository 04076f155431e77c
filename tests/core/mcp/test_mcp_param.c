/* Which schemas may say x-mcp-header, and what becomes of the arguments. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json/jsonspan.h"
#include "mcp/mcp_param.h"
#include "unit.h"

#define H(name)          "\"x-mcp-header\":\"" name "\""
#define S(type, name)    "{\"type\":\"" type "\"," H(name) "}"
#define ONE(key, schema) "{\"type\":\"object\",\"properties\":{\"" key "\":" schema "}}"

static const struct {
    const char *name, *schema;
    bool valid;
} schemas[] = {
    {"none at all", "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}", true},
    {"no schema", "7", true},
    {"a string", ONE("a", S("string", "A")), true},
    {"an integer", ONE("a", S("integer", "A")), true},
    {"a boolean", ONE("a", S("boolean", "A")), true},
    {"a number", ONE("a", S("number", "A")), false},
    {"an object", ONE("a", S("object", "A")), false},
    {"no type", ONE("a", "{" H("A") "}"), false},
    {"two types", ONE("a", "{\"type\":[\"string\",\"null\"]," H("A") "}"), false},
    {"a name with a blank", ONE("a", S("string", "A b")), false},
    {"a name that ends the field", ONE("a", S("string", "A\\r\\nB")), false},
    {"a name with a colon", ONE("a", S("string", "A:")), false},
    {"no name", ONE("a", S("string", "")), false},
    {"a name that is a number", ONE("a", "{\"type\":\"string\",\"x-mcp-header\":7}"), false},
    {"below properties", ONE("a", ONE("b", S("string", "A"))), true},
    {"at the root", "{\"type\":\"string\"," H("A") "}", false},
    {"twice in any case",
     "{\"properties\":{\"a\":" S("string", "Aa") ",\"b\":" S("string", "aA") "}}", false},
    {"two", "{\"properties\":{\"a\":" S("string", "A") ",\"b\":" S("string", "B") "}}", true},
    {"in items", ONE("a", "{\"type\":\"array\",\"items\":" S("string", "A") "}"), false},
    {"in a list of items", ONE("a", "{\"items\":[{}," S("string", "A") "]}"), false},
    {"in anyOf", ONE("a", "{\"anyOf\":[" S("string", "A") "]}"), false},
    {"in definitions", "{\"$defs\":{\"a\":" S("string", "A") "}}", false},
    {"below properties below not", "{\"not\":" ONE("a", S("string", "A")) "}", false},
    {"in additionalProperties", "{\"additionalProperties\":" S("string", "A") "}", false},
    {"in data", ONE("a", "{\"default\":" S("string", "A") ",\"enum\":[" S("x", "B") "]}"), true},
    {"a property of that name", ONE("x-mcp-header", "{\"type\":\"string\"}"), true},
};

START_TEST(a_schema_may_ask_for_fields)
{
    ck_assert_int_eq(jsonspan_check(text_of(schemas[_i].schema), NULL), 0);
    ck_assert_msg(mcp_param_valid(text_of(schemas[_i].schema)) == schemas[_i].valid, "%s",
                  schemas[_i].name);
}
END_TEST

#define TWO                                                                                        \
    "{\"properties\":{\"a\":" S(                                                                   \
        "string", "A") ",\"o\":{\"type\":\"object\",\"properties\":{"                              \
                       "\"n \\\"\\u00e9\":" S("integer", "N") "}},\"b\":" S("boolean", "B") "}}"

static const struct {
    const char *schema, *arguments, *fields;
} calls[] = {
    {TWO, "{}", ""},
    {TWO, "", ""},
    {TWO, "[]", ""},
    {TWO, "{\"a\":\"eu\"}", "Mcp-Param-A: eu|"},
    {TWO, "{\"a\":\"\\u00e9\\n\"}", "Mcp-Param-A: =?base64?w6kK?=|"},
    {TWO, "{\"a\":null,\"b\":true}", "Mcp-Param-B: true|"},
    {TWO, "{\"b\":false,\"o\":{\"n \\\"\xc3\xa9\":42}}", "Mcp-Param-N: 42|Mcp-Param-B: false|"},
    {TWO, "{\"o\":{\"n \\\"\xc3\xa9\":42.0}}", "Mcp-Param-N: 42|"},
    {TWO, "{\"o\":{\"n \\\"\xc3\xa9\":-1e3}}", "Mcp-Param-N: -1000|"},
    {TWO, "{\"o\":{\"n \\\"\xc3\xa9\":1.5}}", "Mcp-Param-N: 1.5|"},
    {TWO, "{\"o\":{\"n \\\"\xc3\xa9\":123456789012345678901234567890}}",
     "Mcp-Param-N: 123456789012345678901234567890|"},
    {TWO, "{\"o\":{\"n \\\"\xc3\xa9\":\"x\"}}", "Mcp-Param-N: x|"},
    {TWO, "{\"o\":[],\"a\":{},\"b\":[1]}", ""},
    {TWO, "{\"o\":\"text\"}", ""},
    {ONE("\\u0000", S("string", "A")), "{\"\\u0000\":\"x\"}", ""},
    {ONE("", S("string", "A")), "{\"\":\"x\"}", "Mcp-Param-A: x|"},
};

START_TEST(arguments_become_fields)
{
    struct buf out;
    buf_init(&out, 1000);
    ck_assert(mcp_param_valid(text_of(calls[_i].schema)));
    ck_assert_int_eq(mcp_param_write(text_of(calls[_i].schema), text_of(calls[_i].arguments), &out),
                     0);
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] == '\0')
            out.data[i] = '|';
    ck_assert_str_eq(buf_text(&out).at, calls[_i].fields);
    buf_done(&out);
}
END_TEST

START_TEST(without_room_there_is_an_error)
{
    struct buf out;
    buf_init(&out, 10);
    ck_assert_int_eq(mcp_param_write(text_of(TWO), text_of("{\"a\":\"eu\"}"), &out), -EMSGSIZE);
    buf_done(&out);
}
END_TEST

START_TEST(there_is_an_end_to_names)
{
    struct buf schema;
    for (int count = 64; count <= 65; count++) {
        buf_init(&schema, 100000);
        ck_assert_int_eq(buf_append_string(&schema, "{\"properties\":{"), 0);
        for (int i = 0; i < count; i++)
            ck_assert_int_eq(buf_printf(&schema,
                                        "%s\"p%d\":{\"type\":\"string\","
                                        "\"x-mcp-header\":\"P%d\"}",
                                        i ? "," : "", i, i),
                             0);
        ck_assert_int_eq(buf_append_string(&schema, "}}"), 0);
        ck_assert_int_eq(mcp_param_valid(buf_text(&schema)), count == 64);
        buf_done(&schema);
    }
}
END_TEST

START_TEST(there_is_an_end_to_a_name)
{
    char schema[400], name[200];
    memset(name, 'a', sizeof(name));
    for (int len = 128; len <= 129; len++) {
        (void)snprintf(schema, sizeof(schema), ONE("a", "{\"type\":\"string\"," H("%.*s") "}"), len,
                       name);
        ck_assert_int_eq(mcp_param_valid(text_of(schema)), len == 128);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mcp_param");
    TCase *tc = tcase_create("mcp_param");
    tcase_add_loop_test(tc, a_schema_may_ask_for_fields, 0, ROWS(schemas));
    tcase_add_loop_test(tc, arguments_become_fields, 0, ROWS(calls));
    tcase_add_test(tc, without_room_there_is_an_error);
    tcase_add_test(tc, there_is_an_end_to_names);
    tcase_add_test(tc, there_is_an_end_to_a_name);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
