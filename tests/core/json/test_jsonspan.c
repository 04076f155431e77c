/* Byte ranges of members and elements, found by decoded name, in valid and in broken text. */
#include "json/jsonspan.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *text;
    enum jsonspan_type type;
} types[] = {
    {"an object", " {}", JSONSPAN_OBJECT},  {"an array", "\n[]", JSONSPAN_ARRAY},
    {"a string", "\"x\"", JSONSPAN_STRING}, {"a number", "7", JSONSPAN_NUMBER},
    {"a minus", "-7", JSONSPAN_NUMBER},     {"true", "true", JSONSPAN_TRUE},
    {"false", "\tfalse", JSONSPAN_FALSE},   {"null", "null", JSONSPAN_NULL},
    {"nothing", "", JSONSPAN_NONE},         {"blanks", "  ", JSONSPAN_NONE},
    {"something else", "x", JSONSPAN_NONE},
};

START_TEST(the_type_is_told_by_the_first_byte)
{
    ck_assert_msg(jsonspan_type(text_of(types[_i].text)) == types[_i].type, "%s", types[_i].name);
}
END_TEST

static const struct {
    const char *name;
    const char *object;
    const char *member;
    const char *value; /* NULL = not found */
} members[] = {
    {"the only one", "{\"a\":1}", "a", "1"},
    {"the last of three", "{\"a\":1,\"b\":2,\"c\":3}", "c", "3"},
    {"blanks belong to no value", " {\n\"a\"\t: \"x y\" , \"b\" :  2  } ", "a", "\"x y\""},
    {"a number before a blank", "{\"a\" :  -1.5e3  }", "a", "-1.5e3"},
    {"an object with its braces", "{\"a\":{\"b\":[1,{}]},\"c\":0}", "a", "{\"b\":[1,{}]}"},
    {"brackets and quotes in a string", "{\"x\":\"]}\\\"[{\",\"a\":[\"}\"]}", "a", "[\"}\"]"},
    {"a string that ends in a backslash", "{\"x\":\"\\\\\",\"a\":true}", "a", "true"},
    {"a string that ends in a quote", "{\"x\":\"\\\\\\\"\",\"a\":true}", "a", "true"},
    {"not one further down", "{\"x\":{\"a\":1}}", "a", NULL},
    {"not one in a string", "{\"x\":\"\\\"a\\\":1\"}", "a", NULL},
    {"not a longer name", "{\"ab\":1}", "a", NULL},
    {"not a shorter name", "{\"a\":1}", "ab", NULL},
    {"not another case", "{\"A\":1}", "a", NULL},
    {"a name written with an escape", "{\"mod\\u0065l\":\"x\"}", "model", "\"x\""},
    {"a name written with escapes only", "{\"\\u006D\\u006f\":0}", "mo", "0"},
    {"an escaped NUL ends no name", "{\"a\\u0000b\":1}", "a", NULL},
    {"a name beyond ASCII", "{\"\\u00e9\":1}", "\xc3\xa9", "1"},
    {"a name with a pair of surrogates", "{\"\\ud83d\\ude00\":1}", "\xf0\x9f\x98\x80", "1"},
    {"an empty name", "{\"\":1}", "", "1"},
    {"a name with a backslash of its own", "{\"a\\\\u0062\":1}", "a\\u0062", "1"},
    {"the first of two", "{\"a\":1,\"\\u0061\":2}", "a", "1"},
    {"none in an empty object", "{ }", "a", NULL},
    {"none in an array", "[\"a\",1]", "a", NULL},
    {"none in a string", "\"a\"", "a", NULL},
    {"none in nothing", "", "a", NULL},
};

START_TEST(members_are_found_by_name)
{
    struct text value = text_of(NULL);
    struct text object = text_of(members[_i].object);
    bool found = jsonspan_get(object, members[_i].member, &value);
    ck_assert_msg(found == (members[_i].value != NULL), "%s", members[_i].name);
    if (found)
        ck_assert_msg(text_equals(value, members[_i].value), "%s: %.*s", members[_i].name,
                      TEXT_ARG(value));
}
END_TEST

static const struct {
    const char *object;
    bool there, filled, is_word; /* of the member "type": it is "a" */
} kinds[] = {
    {"{\"type\":\"a\"}", true, true, true},
    {"{\"x\":1,\"type\" : \"\\u0061\"}", true, true, true},
    {"{\"type\":\"ab\"}", true, true, false},
    {"{\"type\":\"\"}", true, false, false},
    {"{\"type\":123}", true, false, false},
    {"{\"type\":null}", true, false, false},
    {"{\"types\":\"a\"}", false, false, false},
    {"{}", false, false, false},
    {"[\"type\"]", false, false, false},
    {"\"a\"", false, false, false},
};

START_TEST(a_member_is_asked_about)
{
    struct text object = text_of(kinds[_i].object), value = jsonspan_value(object, "type");
    ck_assert_int_eq(value.at != NULL, kinds[_i].there);
    ck_assert_int_eq(jsonspan_is_filled(value), kinds[_i].filled);
    ck_assert_int_eq(jsonspan_member_is(object, "type", "a"), kinds[_i].is_word);
}
END_TEST

START_TEST(members_are_found_together_as_one_by_one)
{
    struct text object = text_of(members[_i].object);
    struct jsonspan_wanted wanted[] = {{.name = "b", .value = text_of("old")},
                                       {.name = members[_i].member, .value = text_of("old")},
                                       {.name = "x", .value = text_of("old")}};
    jsonspan_pick(object, wanted, ROWS(wanted));
    for (size_t i = 0; i < ROWS(wanted); i++) {
        struct text value = text_of(NULL);
        (void)jsonspan_get(object, wanted[i].name, &value);
        ck_assert_ptr_eq(wanted[i].value.at, value.at);
        ck_assert_uint_eq(wanted[i].value.len, value.len);
    }
}
END_TEST

START_TEST(an_object_is_walked_in_one_pass)
{
    static const char *const names[] = {"\"a\"", "\"b\"", "\"a\""};
    static const char *const values[] = {"[1,2]", "\"x\"", "null"};
    struct text object = text_of(" { \"a\" : [1,2] , \"b\":\"x\",\"a\":null } ");
    struct text name, value;
    size_t position = 0, n = 0;
    for (; jsonspan_member(object, &position, &name, &value); n++) {
        ck_assert_uint_lt(n, 3);
        ck_assert(text_equals(name, names[n]) && text_equals(value, values[n]));
    }
    ck_assert_uint_eq(n, 3);
    ck_assert(!jsonspan_member(object, &position, &name, &value));
}
END_TEST

static const struct {
    const char *name;
    const char *array;
    size_t count;
    const char *last; /* NULL when there is none */
} arrays[] = {
    {"no element", "[]", 0, NULL},
    {"no element but blanks", " [ \n ] ", 0, NULL},
    {"one element", "[1]", 1, "1"},
    {"elements of all types", "[1 , \"a,]\" ,{\"b\":[2,3]}, [4,[5]] , null, true ]", 6, "true"},
    {"a string last", "[1,\"x\\\"\"]", 2, "\"x\\\"\""},
    {"not an array", "{\"a\":1}", 0, NULL},
    {"nothing", "", 0, NULL},
};

START_TEST(arrays_are_walked_and_indexed)
{
    struct text array = text_of(arrays[_i].array);
    struct text walked = text_of(NULL), indexed = text_of(NULL);
    size_t position = 0, n = 0;
    for (; jsonspan_next(array, &position, &walked); n++) {
        ck_assert(jsonspan_item(array, n, &indexed));
        ck_assert_ptr_eq(indexed.at, walked.at);
        ck_assert_uint_eq(indexed.len, walked.len);
    }
    ck_assert_msg(n == arrays[_i].count, "%s: %zu", arrays[_i].name, n);
    ck_assert(!jsonspan_item(array, n, &indexed));
    if (arrays[_i].last)
        ck_assert(text_equals(walked, arrays[_i].last));
}
END_TEST

static const char *const broken[] = {
    "{\"a\":[1,{\"b\":\"c\\\"d\"},2],\"e\" : null}",
    "[{\"a\":1},[2,\"x\\\\\"],\"y\"]",
    "}{][,:\"\\",
    "{\"a\":}",
    "{\"a\"}",
    "{,}",
    "[,,]",
    "[}",
};

/* Reads everything there is, so that a sanitizer sees each byte too many. */
static void walk_everything(struct text text)
{
    struct text name, value;
    for (size_t position = 0; jsonspan_member(text, &position, &name, &value);)
        ck_assert(value.at >= text.at && value.at + value.len <= text.at + text.len);
    for (size_t position = 0; jsonspan_next(text, &position, &value);)
        ck_assert(value.at >= text.at && value.at + value.len <= text.at + text.len);
}

START_TEST(broken_text_is_never_read_beyond_its_end)
{
    for (size_t len = 0; len <= strlen(broken[_i]); len++) {
        char *exact = malloc(len + 1);
        ck_assert_ptr_nonnull(exact);
        char *end = exact + 1; /* the first byte is not used: malloc(0) may be NULL */
        memcpy(end, broken[_i], len);
        walk_everything(text_make(end, len));
        free(exact);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jsonspan");
    TCase *tc = tcase_create("jsonspan");
    tcase_add_loop_test(tc, the_type_is_told_by_the_first_byte, 0, ROWS(types));
    tcase_add_loop_test(tc, members_are_found_by_name, 0, ROWS(members));
    tcase_add_loop_test(tc, a_member_is_asked_about, 0, ROWS(kinds));
    tcase_add_loop_test(tc, members_are_found_together_as_one_by_one, 0, ROWS(members));
    tcase_add_test(tc, an_object_is_walked_in_one_pass);
    tcase_add_loop_test(tc, arrays_are_walked_and_indexed, 0, ROWS(arrays));
    tcase_add_loop_test(tc, broken_text_is_never_read_beyond_its_end, 0, ROWS(broken));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
