/* Schemas of tools as apps write them, and as Ollama's types can hold them. */
#include <stdio.h>

#include "json_row.h"
#include "ollama/dialect_ollama.h"
#include "text/buf.h"
#include "unit.h"

#define WITH(property) "{'type':'object','properties':{'x':" property "}}"

static const struct {
    const char *name;
    const char *schema;
    const char *want;
} rows[] = {
    {"what is read there stays",
     "{'type':'object','properties':{'x':{'type':'string','description':'d','enum':['a','b']}},"
     "'required':['x']}",
     "{'type':'object','properties':{'x':{'type':'string','description':'d','enum':['a','b']}},"
     "'required':['x']}"},
    {"what is not read there is left out",
     "{'type':'object','description':'d','$schema':'s','title':'t','additionalProperties':false,"
     "'properties':{'x':{'type':'string','default':'a','format':'date','minLength':1,'pattern':"
     "'a','nullable':true,'title':'X','additionalProperties':false}}}",
     WITH("{'type':'string'}")},
    {"a union as the whole, which nobody reads", "{'anyOf':[{'type':'object'}],'enum':[1]}",
     "{'type':'object','properties':{}}"},
    {"properties that are named like members of a schema",
     WITH("{'type':'object','properties':{'$ref':{'type':'string'},'type':{'type':'string'},"
          "'default':{'type':'string'}}}"),
     WITH("{'type':'object','properties':{'$ref':{'type':'string'},'type':{'type':'string'},"
          "'default':{'type':'string'}}}")},
    {"an empty schema", "{}", "{'type':'object','properties':{}}"},
    {"true for a property", WITH("true"), WITH("{}")},
    {"false for a property", WITH("false"), WITH("{}")},
    {"a number for a property", WITH("7"), WITH("{}")},
    {"several types of a property", WITH("{'type':['string','null']}"),
     WITH("{'type':['string','null']}")},
    {"several types of the whole", "{'type':['object','null'],'properties':{}}",
     "{'type':'object','properties':{}}"},
    {"a type that is none", WITH("{'type':5}"), WITH("{}")},
    {"a type that is another language's", WITH("{'type':'float','description':'d'}"),
     WITH("{'description':'d'}")},
    {"another language's among others", WITH("{'type':['any','null']}"), WITH("{'type':['null']}")},
    {"another language's for the whole", "{'type':'any','properties':{}}",
     "{'type':'object','properties':{}}"},
    {"a type among others that is none", WITH("{'type':['string',5]}"),
     WITH("{'type':['string']}")},
    {"properties that are none", "{'type':'object','properties':[]}",
     "{'type':'object','properties':{}}"},
    {"required: true of old drafts", WITH("{'type':'string','required':true}"),
     WITH("{'type':'string'}")},
    {"a description that is none", WITH("{'description':null}"), WITH("{}")},
    {"an enum that is none", WITH("{'enum':'a'}"), WITH("{}")},
    {"an object inside an object", WITH("{'type':'object','properties':{'y':true}}"),
     WITH("{'type':'object','properties':{'y':{}}}")},
    {"items", WITH("{'type':'array','items':{'type':'object','properties':{'y':true}}}"),
     WITH("{'type':'array','items':{'type':'object','properties':{'y':{}}}}")},
    {"items: true", WITH("{'type':'array','items':true}"), WITH("{'type':'array','items':{}}")},
    {"items of a tuple", WITH("{'type':'array','items':[true,{'type':'string'}]}"),
     WITH("{'type':'array','items':[{},{'type':'string'}]}")},
    {"anyOf", WITH("{'anyOf':[{'type':'string'},true]}"), WITH("{'anyOf':[{'type':'string'},{}]}")},
    {"oneOf is anyOf", WITH("{'oneOf':[{'type':'string'},{'type':'null'}]}"),
     WITH("{'anyOf':[{'type':'string'},{'type':'null'}]}")},
    {"const is an enum of one", WITH("{'const':'a'}"), WITH("{'enum':['a']}")},
    {"allOf is one schema",
     WITH("{'description':'mine','allOf':[{'type':'object','description':'theirs','properties':"
          "{'a':true},'required':['a']},{'properties':{'b':true},'required':['b']}]}"),
     WITH("{'description':'mine','type':'object','properties':{'a':{},'b':{}},"
          "'required':['a','b']}")},
    {"a reference is inlined",
     "{'type':'object','properties':{'x':{'$ref':'#/$defs/X'}},'$defs':{'X':{'type':'integer'}}}",
     WITH("{'type':'integer'}")},
    {"definitions of older drafts",
     "{'type':'object','properties':{'x':{'$ref':'#/definitions/X'}},'definitions':{'X':"
     "{'type':'integer'}}}",
     WITH("{'type':'integer'}")},
    {"members beside a reference win",
     "{'type':'object','properties':{'x':{'$ref':'#/$defs/X','description':'mine'}},'$defs':"
     "{'X':{'type':'integer','description':'theirs'}}}",
     WITH("{'type':'integer','description':'mine'}")},
    {"a reference to a reference",
     "{'type':'object','properties':{'x':{'$ref':'#/$defs/A'}},'$defs':{'A':{'$ref':'#/$defs/B'},"
     "'B':{'type':'integer'}}}",
     WITH("{'type':'integer'}")},
    {"a reference as the whole",
     "{'$ref':'#/$defs/A','$defs':{'A':{'type':'object','properties':{'x':true}}}}", WITH("{}")},
    {"a reference inside allOf, as Pydantic writes it",
     "{'type':'object','properties':{'x':{'allOf':[{'$ref':'#/$defs/X'}],'default':1}},'$defs':"
     "{'X':{'type':'integer'}}}",
     WITH("{'type':'integer'}")},
    {"steps with escapes and through arrays",
     "{'type':'object','properties':{'x':{'$ref':'#/$defs/a~1b~0c/anyOf/1'}},'$defs':{'a/b~c':"
     "{'anyOf':[true,{'type':'integer'}]}}}",
     WITH("{'type':'integer'}")},
    {"a tree keeps one level, then its outline",
     "{'type':'object','properties':{'x':{'$ref':'#/$defs/N'}},'$defs':{'N':{'type':'object',"
     "'description':'node','properties':{'next':{'$ref':'#/$defs/N'}}}}}",
     WITH("{'type':'object','description':'node','properties':{'next':{'type':'object',"
          "'description':'node'}}}")},
    {"a reference to the whole", "{'type':'object','properties':{'x':{'$ref':'#'}}}",
     WITH("{'type':'object'}")},
    {"two definitions that name each other",
     "{'type':'object','properties':{'x':{'$ref':'#/$defs/A'}},'$defs':{'A':{'$ref':'#/$defs/B'},"
     "'B':{'$ref':'#/$defs/A'}}}",
     WITH("{}")},
    {"a reference that leads nowhere", WITH("{'$ref':'#/$defs/X','type':'string'}"),
     WITH("{'type':'string'}")},
    {"a reference to elsewhere", WITH("{'$ref':'https://x/y.json'}"), WITH("{}")},
};

START_TEST(schemas_are_made_readable)
{
    json_t *schema = json_row_load(rows[_i].schema);
    json_t *before = json_deep_copy(schema);
    json_t *want = json_row_load(rows[_i].want);
    json_t *got = dialect_ollama_schema(schema);
    char *dump = json_dumps(got, JSON_COMPACT);
    ck_assert_msg(json_equal(got, want), "%s: %s", rows[_i].name, dump);
    ck_assert_msg(json_equal(schema, before), "%s: the app's own schema was changed",
                  rows[_i].name);
    free(dump);
    json_decref(got);
    json_decref(want);
    json_decref(before);
    json_decref(schema);
}
END_TEST

/* n definitions, each naming the next one twice: 2^n when written out without a bound. */
START_TEST(a_schema_that_doubles_stays_bounded)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    ck_assert_int_eq(
        buf_append_string(&text, "{'properties':{'x':{'$ref':'#/$defs/d0'}},'$defs':{"), 0);
    for (int i = 0; i < 15; i++)
        ck_assert_int_eq(buf_printf(&text,
                                    "'d%d':{'properties':{'a':{'$ref':'#/$defs/d%d'},"
                                    "'b':{'$ref':'#/$defs/d%d'}}},",
                                    i, i + 1, i + 1),
                         0);
    ck_assert_int_eq(buf_append_string(&text, "'d15':{'type':'string'}}}"), 0);
    json_t *schema = json_row_load(text.data);
    json_t *got = dialect_ollama_schema(schema);
    char *dump = json_dumps(got, JSON_COMPACT);
    ck_assert_ptr_nonnull(dump);
    ck_assert_uint_lt(strlen(dump), 300000);
    free(dump);
    json_decref(got);
    json_decref(schema);
    buf_done(&text);
}
END_TEST

START_TEST(a_schema_that_is_deep_stays_bounded)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 200; i++)
        ck_assert_int_eq(buf_append_string(&text, "{'items':"), 0);
    ck_assert_int_eq(buf_append_string(&text, "true"), 0);
    for (int i = 0; i < 200; i++)
        ck_assert_int_eq(buf_append_string(&text, "}"), 0);
    json_t *schema = json_row_load(text.data);
    json_t *got = dialect_ollama_schema(schema);
    json_t *at = got;
    int depth = 0;
    for (; json_is_object(at); depth++)
        at = json_object_get(at, "items");
    ck_assert_int_gt(depth, 20);
    ck_assert_int_lt(depth, 40);
    json_decref(got);
    json_decref(schema);
    buf_done(&text);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama_schema");
    TCase *tc = tcase_create("schemas");
    tcase_add_loop_test(tc, schemas_are_made_readable, 0, ROWS(rows));
    tcase_add_test(tc, a_schema_that_doubles_stays_bounded);
    tcase_add_test(tc, a_schema_that_is_deep_stays_bounded);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
