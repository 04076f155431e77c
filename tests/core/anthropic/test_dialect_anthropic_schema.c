/* Schemas as Anthropic takes them: of the answer, and of what a tool takes. */
#include "anthropic/dialect_anthropic.h"
#include "json_row.h"
#include "unit.h"

#define OPEN "{'type':'object','properties':{'a':{'type':'string'}},'required':['a']}"
#define CLOSED                                                                                     \
    "{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],"                      \
    "'additionalProperties':false}"

struct row {
    const char *name;
    const char *schema;
    const char *want;
    const char *dropped;
};

static const struct row outputs[] = {
    {"one that fits", CLOSED, CLOSED, ""},
    {"an object that is open", OPEN, CLOSED, ""},
    {"one that says so",
     "{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],"
     "'additionalProperties':true}",
     CLOSED, ""},
    {"objects inside",
     "{'type':'array','items':" OPEN ",'$defs':{'x':" OPEN "},'anyOf':[" OPEN "]}",
     "{'type':'array','items':" CLOSED ",'$defs':{'x':" CLOSED "},'anyOf':[" CLOSED "]}", ""},
    {"an object or null", "{'type':['object','null'],'properties':{}}",
     "{'type':['object','null'],'properties':{},'additionalProperties':false}", ""},
    {"an object by its properties", "{'properties':{}}",
     "{'properties':{},'additionalProperties':false}", ""},
    {"properties that are called like words of a schema",
     "{'type':'object','properties':{'$id':{'type':'string'},'minimum':{'type':'number'}}}",
     "{'type':'object','properties':{'$id':{'type':'string'},'minimum':{'type':'number'}},"
     "'additionalProperties':false}",
     ""},
    {"what it does not know is told in words", "{'type':'integer','minimum':3,'maximum':5}",
     "{'type':'integer','description':'{\\'minimum\\':3,\\'maximum\\':5}'}",
     "schema.minimum, schema.maximum"},
    {"behind the words that are there", "{'type':'string','description':'d','maxLength':3}",
     "{'type':'string','description':'d\\n\\n{\\'maxLength\\':3}'}", "schema.maxLength"},
    {"formats that it knows, and others",
     "{'anyOf':[{'type':'string','format':'uuid'},{'type':'string','format':'color'}]}",
     "{'anyOf':[{'type':'string','format':'uuid'},"
     "{'type':'string','description':'{\\'format\\':\\'color\\'}'}]}",
     "schema.format"},
    {"how many of an array",
     "{'anyOf':[{'type':'array','minItems':1},{'type':'array','minItems':2}]}",
     "{'anyOf':[{'type':'array','minItems':1},"
     "{'type':'array','description':'{\\'minItems\\':2}'}]}",
     "schema.minItems"},
    {"a map", "{'type':'object','additionalProperties':{'type':'string'}}",
     "{'type':'object','additionalProperties':false,"
     "'description':'{\\'additionalProperties\\':{\\'type\\':\\'string\\'}}'}",
     "schema.additionalProperties"},
    {"one of several", "{'oneOf':[" OPEN ",{'type':'null'}]}",
     "{'anyOf':[" CLOSED ",{'type':'null'}]}", ""},
    {"what is about the schema",
     "{'$schema':'https://json-schema.org/draft/2020-12/schema','$id':'x','type':'string'}",
     "{'type':'string'}", ""},
    {"what is kept",
     "{'title':'t','type':'string','enum':['a'],'const':'a','default':'a','pattern':'a',"
     "'$ref':'#/$defs/x'}",
     "{'title':'t','type':'string','enum':['a'],'const':'a','default':'a','pattern':'a',"
     "'$ref':'#/$defs/x'}",
     ""},
};

static const struct row inputs[] = {
    {"nothing", NULL, "{'type':'object'}", ""},
    {"one that fits", OPEN, OPEN, ""},
    {"no type", "{'properties':{}}", "{'type':'object','properties':{}}", ""},
    {"another type", "{'type':['object','null'],'minimum':3}", "{'type':'object','minimum':3}", ""},
    {"combined", "{'type':'object','anyOf':[{'required':['a']}]}",
     "{'type':'object','description':'{\\'anyOf\\':[{\\'required\\':[\\'a\\']}]}'}", "tools.anyOf"},
    {"combined inside", "{'type':'object','properties':{'a':{'anyOf':[{}]}}}",
     "{'type':'object','properties':{'a':{'anyOf':[{}]}}}", ""},
};

static void check_row(const struct row *row, bool output)
{
    struct buf dropped;
    json_t *schema = row->schema ? json_row_load(row->schema) : NULL;
    json_t *before = json_deep_copy(schema);
    struct chat_request request = {.dropped = &dropped, .schema = schema};
    buf_init(&dropped, 1024);
    json_t *got = output ? dialect_anthropic_output_schema(&request)
                         : dialect_anthropic_input_schema(&request, schema);
    json_t *want = json_row_load(row->want);
    char *dump = json_dumps(got, JSON_COMPACT);
    ck_assert_msg(json_equal(got, want), "%s: %s", row->name, dump);
    ck_assert_msg(text_equals(buf_text(&dropped), row->dropped), "%s: %s", row->name, dropped.data);
    ck_assert_msg(!schema || json_equal(schema, before), "%s: the app's own has changed",
                  row->name);
    free(dump);
    json_decref(want);
    json_decref(got);
    json_decref(before);
    json_decref(schema);
    buf_done(&dropped);
}

START_TEST(a_schema_of_answers_fits)
{
    check_row(&outputs[_i], true);
}
END_TEST

START_TEST(a_schema_of_tools_fits)
{
    check_row(&inputs[_i], false);
}
END_TEST

START_TEST(what_is_too_deep_is_left_as_it_is)
{
    struct buf dropped;
    json_t *schema = json_pack("{s:s}", "type", "object");
    for (int i = 0; i < 1000; i++)
        schema = json_pack("{s:s,s:o}", "type", "array", "items", schema);
    struct chat_request request = {.dropped = &dropped, .schema = schema};
    buf_init(&dropped, 1024);
    json_t *got = dialect_anthropic_output_schema(&request);
    ck_assert(json_equal(got, schema));
    json_decref(got);
    json_decref(schema);
    buf_done(&dropped);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_schema");
    TCase *tc = tcase_create("schemas");
    tcase_add_loop_test(tc, a_schema_of_answers_fits, 0, ROWS(outputs));
    tcase_add_loop_test(tc, a_schema_of_tools_fits, 0, ROWS(inputs));
    tcase_add_test(tc, what_is_too_deep_is_left_as_it_is);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
