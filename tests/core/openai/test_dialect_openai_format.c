/* response_format, in all the shapes that apps send. */
#include "dialect/translate_row.h"
#include "unit.h"

#define S             "{'type':'object','properties':{'a':{'type':'integer'}}}"
#define FORMAT(inner) ASK(",'response_format':{" inner "}")
#define AS_SCHEMA     "{'format':" S "}"
#define AS_JSON       "{'format':'json'}"

static const struct translate_row rows[] = {
    {"OpenAI's own", FORMAT("'type':'json_schema','json_schema':{'name':'x','schema':" S "}"),
     AS_SCHEMA, NULL, NULL, 0},
    {"a schema beside json_object", FORMAT("'type':'json_object','schema':" S), AS_SCHEMA, NULL,
     NULL, 0},
    {"a schema beside json_schema", FORMAT("'type':'json_schema','schema':" S), AS_SCHEMA, NULL,
     NULL, 0},
    {"a schema that is the value", FORMAT("'type':'json_schema','value':" S), AS_SCHEMA, NULL, NULL,
     0},
    {"a schema in the value", FORMAT("'type':'json_schema','value':{'schema':" S ",'name':'x'}"),
     AS_SCHEMA, NULL, NULL, 0},
    {"a value beside json_object", FORMAT("'type':'json_object','value':" S), AS_SCHEMA, NULL, NULL,
     0},
    {"a json_schema that is the schema", FORMAT("'type':'json_schema','json_schema':" S), AS_SCHEMA,
     NULL, NULL, 0},
    {"a schema of anything", FORMAT("'type':'json_schema','json_schema':{'schema':{}}"),
     "{'format':{}}", NULL, NULL, 0},
    {"what stands beside the schema is named",
     FORMAT("'type':'json_schema','json_schema':{'strict':true,'description':'d','schema':" S "}"),
     AS_SCHEMA, "response_format.strict, response_format.description", NULL, 0},
    {"one level higher, too", FORMAT("'type':'json_schema','strict':true,'schema':" S), AS_SCHEMA,
     "response_format.strict", NULL, 0},
    {"and in a value", FORMAT("'type':'json_schema','value':{'strict':true,'schema':" S "}"),
     AS_SCHEMA, "response_format.strict", NULL, 0},
    {"what asks for nothing is not",
     FORMAT("'type':'json_schema','json_schema':{'strict':false,'description':null,'schema':" S
            "}"),
     AS_SCHEMA, NULL, NULL, 0},
    {"no schema at all", FORMAT("'type':'json_schema','json_schema':{'name':'x'}"), AS_JSON, NULL,
     NULL, 0},
    {"a schema that is none is named",
     FORMAT("'type':'json_schema','json_schema':{'name':'x','schema':'{}'}"), AS_JSON,
     "response_format.schema", NULL, 0},
    {"beside the type, too", FORMAT("'type':'json_object','schema':'x'"), AS_JSON,
     "response_format.schema", NULL, 0},
    {"a grammar beside it is named", FORMAT("'type':'json_object','grammar':'root ::= x'"), AS_JSON,
     "response_format.grammar", NULL, 0},
    {"text", FORMAT("'type':'text'"), "{'format':null}", NULL, NULL, 0},
    {"another type is refused", FORMAT("'type':'regex','value':'x'"), NULL, NULL,
     "response_format of a type", 0},
    {"no type is refused", FORMAT("'schema':" S), NULL, NULL, "response_format of a type", 0},
};

START_TEST(a_schema_is_found_wherever_it_stands)
{
    translate_row_check(&rows[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_format");
    TCase *tc = tcase_create("format");
    tcase_add_loop_test(tc, a_schema_is_found_wherever_it_stands, 0, TRANSLATE_ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
