/* Valid JSON and nothing else (RFC 8259): grammar, UTF-8, depth, and where it goes wrong; the same
 * in pieces, and what is wanted of it. */
#include <errno.h>
#include <stdio.h>

#include "json/jsonscan.h"
#include "json_row.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *text;
} valid[] = {
    {"an empty object", "{}"},
    {"an empty array", "[]"},
    {"an empty string", "\"\""},
    {"null alone", "null"},
    {"true in blanks", " \t\r\n true \n"},
    {"blanks everywhere", " { \"a\" : [ 1 , { } , [ ] ] , \"b\" : null } "},
    {"zero and minus zero", "[0,-0,0.0,-0.5,0e0,0E-1]"},
    {"a seed of 20 digits", "12345678901234567890"},
    {"a number beyond every double", "1e400"},
    {"exponents", "[1e5,1E5,1e+5,1e-5,1.25e10]"},
    {"all escapes", "\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9 \\uD83D\\uDE00\""},
    {"all hexadecimal digits", "\"\\u0123\\u4567\\u89ab\\ucdef\\uABCD\\uEF00\""},
    {"a lone surrogate escape", "\"\\ud800\""},
    {"an escaped NUL", "\"\\u0000\""},
    {"UTF-8 of two, three and four bytes", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
    {"DEL is no control byte for JSON", "\"\x7f\""},
    {"the same name twice", "{\"a\":1,\"a\":2}"},
    {"long plain text", "\"0123456789abcdef0123456789abcdef01234567 \""},
    {"brackets in strings", "[\"]\",\"}\",\"{[\"]"},
    {"containers in each other", "[{\"a\":[[],{},{\"b\":{\"c\":[1]}}]},[[[2]]]]"},
};

START_TEST(valid_text_is_taken)
{
    struct error error = ERROR_NONE;
    ck_assert_msg(jsonspan_check(text_of(valid[_i].text), &error) == 0, "%s: %s", valid[_i].name,
                  error.text);
    ck_assert(!error_is_set(&error));
}
END_TEST

START_TEST(valid_text_is_judged_alike_at_any_alignment)
{
    char copy[256];
    for (size_t shift = 0; shift < 16; shift++) {
        size_t len = strlen(valid[_i].text);
        memcpy(copy + shift, valid[_i].text, len);
        memset(copy + shift + len, '"', 16);
        ck_assert_int_eq(jsonspan_check(text_make(copy + shift, len), NULL), 0);
    }
}
END_TEST

static const struct {
    const char *name;
    const char *text;
    size_t at;
    const char *says;
} invalid[] = {
    {"nothing", "", 0, "a value is expected"},
    {"blanks only", " \n ", 3, "a value is expected"},
    {"a byte order mark", "\xef\xbb\xbf{}", 0, "a value is expected"},
    {"a word", "hello", 0, "a value is expected"},
    {"a word of another case", "True", 0, "a value is expected"},
    {"half a word", "tru", 0, "a value is expected"},
    {"too much of a word", "nulls", 4, "something follows"},
    {"two values", "{} {}", 3, "something follows"},
    {"a comment", "{}//", 2, "something follows"},
    {"single quotes", "{'a':1}", 1, "name in quotes"},
    {"a name without quotes", "{a:1}", 1, "name in quotes"},
    {"a number as a name", "{1:1}", 1, "name in quotes"},
    {"no colon", "{\"a\" 1}", 5, "':'"},
    {"no value", "{\"a\":}", 5, "a value is expected"},
    {"a trailing comma in an object", "{\"a\":1,}", 7, "name in quotes"},
    {"a trailing comma in an array", "[1,]", 3, "a value is expected"},
    {"a comma first", "[,1]", 1, "a value is expected"},
    {"two commas", "[1,,2]", 3, "a value is expected"},
    {"no comma in an array", "[1 2]", 3, "',' or ']'"},
    {"no comma in an object", "{\"a\":1 \"b\":2}", 7, "',' or '}'"},
    {"a colon in an array", "[\"a\":1]", 4, "',' or ']'"},
    {"the wrong closing bracket", "[1}", 2, "',' or ']'"},
    {"the wrong closing brace", "{\"a\":1]", 6, "',' or '}'"},
    {"a closing bracket alone", "]", 0, "a value is expected"},
    {"one closing bracket too many", "[]]", 2, "something follows"},
    {"an array that is not closed", "[1", 2, "',' or ']'"},
    {"a string that is not closed", "\"abc", 4, "not closed"},
    {"a string closed by an escaped quote", "\"abc\\\"", 6, "not closed"},
    {"a number that begins with 0", "012", 1, "does not begin with 0"},
    {"a minus that begins with 0", "-012", 2, "does not begin with 0"},
    {"a minus alone", "-", 1, "needs a digit"},
    {"a plus", "+1", 0, "a value is expected"},
    {"a decimal point first", ".5", 0, "a value is expected"},
    {"a decimal point last", "1.", 2, "decimal point"},
    {"an exponent without digits", "1e+", 3, "exponent"},
    {"a hexadecimal number", "0x10", 1, "something follows"},
    {"not a number", "NaN", 0, "a value is expected"},
    {"infinity", "-Infinity", 1, "needs a digit"},
    {"an unknown escape", "\"\\x41\"", 2, "unknown escape"},
    {"an unknown escape in a name", "{\"\\x\":1}", 3, "unknown escape"},
    {"an escape that is cut", "\"\\", 2, "four hexadecimal digits"},
    {"three hexadecimal digits", "\"\\u12g4\"", 5, "four hexadecimal digits"},
    {"three hexadecimal digits and the quote", "\"\\u123\"", 6, "four hexadecimal digits"},
    {"a letter behind f", "\"\\u000G\"", 6, "four hexadecimal digits"},
    {"a continuation byte alone", "\"\x80\"", 1, "UTF-8"},
    {"a line end in a string", "\"ab\ncd\"", 3, "control byte"},
    {"a TAB behind an escape", "\"\\n\t\"", 3, "control byte"},
    {"a control byte behind UTF-8", "\"\xc3\xa9\x01\"", 3, "control byte"},
    {"a control byte behind eight plain ones", "\"12345678\x1f\"", 9, "control byte"},
    {"an overlong slash", "\"\xc0\xaf\"", 1, "UTF-8"},
    {"a surrogate in UTF-8", "\"abc\xed\xa0\x80\"", 4, "UTF-8"},
    {"beyond the last code point", "\"\xf4\x90\x80\x80\"", 1, "UTF-8"},
    {"UTF-8 that is cut by the quote", "\"\xe2\x82\"", 1, "UTF-8"},
    {"a byte of Latin 1", "\"12345678\xe9\"", 9, "UTF-8"},
    {"UTF-8 outside a string", "{\"a\":\xc3\xa9}", 5, "a value is expected"},
    {"a form feed between tokens", "[1,\f2]", 3, "a value is expected"},
};

START_TEST(invalid_text_is_refused_with_the_place)
{
    char place[32];
    struct error error = ERROR_NONE;
    (void)snprintf(place, sizeof(place), " at byte %zu", invalid[_i].at);
    ck_assert_int_eq(jsonspan_check(text_of(invalid[_i].text), &error), -EINVAL);
    ck_assert_msg(strstr(error.text, place) && strstr(error.text, invalid[_i].says), "%s: %s",
                  invalid[_i].name, error.text);
    bool at_end = invalid[_i].at == strlen(invalid[_i].text);
    ck_assert_msg(at_end == (strstr(error.text, "the text ends") != NULL), "%s", error.text);
}
END_TEST

START_TEST(a_nul_byte_is_valid_nowhere)
{
    static const char text[] = "{\"a\":[1,\"b\\n\",true]}";
    for (size_t i = 0; i <= sizeof(text) - 1; i++) {
        char with_nul[sizeof(text) + 1];
        memcpy(with_nul, text, i);
        with_nul[i] = '\0';
        memcpy(with_nul + i + 1, text + i, sizeof(text) - 1 - i);
        ck_assert_int_eq(jsonspan_check(text_make(with_nul, sizeof(text)), NULL), -EINVAL);
    }
}
END_TEST

START_TEST(every_cut_is_noticed)
{
    static const char text[] = " {\"a\" : [1.5e-3, \"\\u00e9\\n\xe2\x82\xac\", true, {\"b\": "
                               "null}, {}, []], \"c\" : \"\"}";
    ck_assert_int_eq(jsonspan_check(text_of(text), NULL), 0);
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        char *exact =
            malloc(len + 1); /* up to its end, so that a sanitizer sees each byte too many */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact + 1, text, len);
        ck_assert_int_eq(jsonspan_check(text_make(exact + 1, len), NULL), -EINVAL);
        free(exact);
    }
}
END_TEST

/* depth brackets of a kind, closed again. */
static int check_depth(size_t depth, const char *open, char close)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    for (size_t i = 0; i < depth; i++)
        ck_assert_int_eq(buf_append_string(&text, open), 0);
    ck_assert_int_eq(buf_append_string(&text, "0"), 0);
    for (size_t i = 0; i < depth; i++)
        ck_assert_int_eq(buf_append(&text, &close, 1), 0);
    int r = jsonspan_check(buf_text(&text), NULL);
    buf_done(&text);
    return r;
}

START_TEST(nesting_has_a_limit)
{
    ck_assert_int_eq(check_depth(JSONSPAN_DEPTH_MAX, "[", ']'), 0);
    ck_assert_int_eq(check_depth(JSONSPAN_DEPTH_MAX + 1, "[", ']'), -EINVAL);
    ck_assert_int_eq(check_depth(JSONSPAN_DEPTH_MAX, "{\"a\":", '}'), 0);
    ck_assert_int_eq(check_depth(JSONSPAN_DEPTH_MAX + 1, "{\"a\":", '}'), -EINVAL);
    ck_assert_int_eq(check_depth(100000, "[", ']'), -EINVAL);
}
END_TEST

/* ---- in long strings, where many bytes are looked at in one go */

START_TEST(a_byte_that_ends_a_run_is_seen_wherever_it_stands)
{
    static const struct {
        const char *bytes;
        const char *says;
    } odd[] = {{"\"", "something follows"}, {"\n", "control byte"}, {"\x1f", "control byte"},
               {"\\x", "unknown escape"},   {"\xff", "UTF-8"},      {"\x80", "UTF-8"}};
    char text[256];
    for (int i = 0; i < ROWS(odd); i++)
        for (size_t at = 1; at < sizeof(text) - 3; at++) {
            struct error error = ERROR_NONE;
            char place[32];
            memset(text, 'x', sizeof(text));
            text[0] = text[sizeof(text) - 1] = '"';
            ck_assert_int_eq(jsonspan_check(text_make(text, sizeof(text)), NULL), 0);
            memcpy(text + at, odd[i].bytes, strlen(odd[i].bytes));
            (void)snprintf(place, sizeof(place), " at byte %zu", at + (i == 0 || i == 3));
            ck_assert_int_eq(jsonspan_check(text_make(text, sizeof(text)), &error), -EINVAL);
            ck_assert_msg(strstr(error.text, odd[i].says) && strstr(error.text, place), "%zu: %s",
                          at, error.text);
        }
}
END_TEST

/* ---- in pieces */

/* Each time the text stands in memory of its own, which ends where it does. */
struct moving {
    char *memory;
};

static struct text moved(struct moving *moving, struct text text)
{
    char *memory = malloc(text.len + 1);
    ck_assert_ptr_nonnull(memory);
    memcpy(memory + 1, text.at, text.len);
    free(moving->memory);
    moving->memory = memory;
    return text_make(memory + 1, text.len);
}

/* First up to `first`, then by `step`. */
static int scan_pieces(struct text text, size_t first, size_t step, struct error *reterr)
{
    struct jsonscan scan;
    struct moving moving = {0};
    bool failed = false;
    jsonscan_begin(&scan, NULL, 0, NULL, NULL);
    for (size_t len = first; len < text.len; len += step)
        failed = jsonscan_more(&scan, moved(&moving, text_make(text.at, len))) < 0;
    int r = jsonscan_end(&scan, moved(&moving, text), reterr);
    ck_assert(r < 0 || !failed);
    free(moving.memory);
    return r;
}

static void expect_same_in_pieces(const char *name, const char *text)
{
    struct error at_once = ERROR_NONE, in_two = ERROR_NONE, in_bytes = ERROR_NONE;
    int want = jsonspan_check(text_of(text), &at_once);
    for (size_t first = 0; first <= strlen(text); first++) {
        in_two = ERROR_NONE;
        ck_assert_int_eq(scan_pieces(text_of(text), first, strlen(text) + 1, &in_two), want);
        ck_assert_msg(strcmp(in_two.text, at_once.text) == 0, "%s, %zu: %s", name, first,
                      in_two.text);
    }
    ck_assert_int_eq(scan_pieces(text_of(text), 0, 1, &in_bytes), want);
    ck_assert_msg(strcmp(in_bytes.text, at_once.text) == 0, "%s: %s", name, in_bytes.text);
}

START_TEST(valid_text_is_taken_in_pieces)
{
    expect_same_in_pieces(valid[_i].name, valid[_i].text);
}
END_TEST

START_TEST(invalid_text_is_refused_in_pieces_with_the_same_place)
{
    expect_same_in_pieces(invalid[_i].name, invalid[_i].text);
}
END_TEST

START_TEST(what_is_wrong_is_known_as_soon_as_it_has_come)
{
    struct jsonscan scan;
    jsonscan_begin(&scan, NULL, 0, NULL, NULL);
    ck_assert_int_eq(jsonscan_more(&scan, text_of("{\"a\":[1,")), 0);
    ck_assert_int_eq(jsonscan_more(&scan, text_of("{\"a\":[1,}")), -EINVAL);
    ck_assert_int_eq(jsonscan_more(&scan, text_of("{\"a\":[1,}]")), -EINVAL);
    ck_assert_int_eq(jsonscan_end(&scan, text_of("{\"a\":[1,}]}"), NULL), -EINVAL);
}
END_TEST

/* ---- what is wanted */

enum { LIST, ONE, NAME, ELEMENT, ELEMENT_NAME, IN, X, ONE_X, ONE_LIST, WANTED };
static const struct jsonspan_wanted all[WANTED] = {
    [LIST] = {.name = "list"},
    [ONE] = {.name = "one"},
    [NAME] = {.name = "name"},
    [ELEMENT] = {.in = JSONSCAN_IN(LIST)},
    [ELEMENT_NAME] = {.name = "name", .in = JSONSCAN_IN(ELEMENT)},
    [IN] = {.name = "in", .in = JSONSCAN_IN(ELEMENT)},
    [X] = {.name = "x", .in = JSONSCAN_IN(IN)},
    [ONE_X] = {.name = "x", .in = JSONSCAN_IN(ONE)},
    [ONE_LIST] = {.name = "list", .in = JSONSCAN_IN(ONE)},
};

/* What is found, as lines. */
struct finding {
    struct jsonspan_wanted wanted[WANTED];
    struct buf told;
};

static void finding_begin(struct finding *f)
{
    memcpy(f->wanted, all, sizeof(all));
    buf_init(&f->told, 1 << 14);
}

static void tell(struct finding *f, const size_t which[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (f->wanted[which[i]].value.at)
            ck_assert_int_eq(
                buf_printf(&f->told, "%zu %.*s\n", which[i], TEXT_ARG(f->wanted[which[i]].value)),
                0);
}

static void on_element(void *arg, size_t element)
{
    ck_assert_uint_eq(element, ELEMENT);
    tell(arg, (const size_t[]){ELEMENT, ELEMENT_NAME, IN, X}, 4);
}

static void tell_end(struct finding *f)
{
    tell(f, (const size_t[]){LIST, ONE, ONE_X, ONE_LIST, NAME, ELEMENT, ELEMENT_NAME, IN, X}, 9);
}

/* The same found by one walk after the other. */
static void find_one_by_one(struct finding *f, struct text json)
{
    struct text list, element;
    finding_begin(f);
    jsonspan_pick(json, &f->wanted[LIST], 3);
    list = f->wanted[LIST].value.at ? f->wanted[LIST].value : text_of("");
    for (size_t at = 0; jsonspan_next(list, &at, &element);) {
        f->wanted[ELEMENT].value = element;
        jsonspan_pick(element, &f->wanted[ELEMENT_NAME], 2);
        jsonspan_pick(f->wanted[IN].value, &f->wanted[X], 1);
        on_element(f, ELEMENT);
    }
    for (size_t i = ELEMENT; i <= X; i++)
        f->wanted[i].value = (struct text){0};
    jsonspan_pick(f->wanted[ONE].value, &f->wanted[ONE_X], 2);
    tell_end(f);
}

static const struct {
    const char *name;
    const char *text; /* ' for " */
} found[] = {
    {"nothing", "{}"},
    {"all of it", "{'list':[{'name':'a','in':{'x':1}},{'in':{'x':[2]},'name':'b'}],"
                  "'one':{'x':{'x':3},'list':[4]},'name':'n'}"},
    {"with blanks", " { 'list' : [ { 'name' : 1 , 'in' : { 'x' : 2 } } , 3 ] , 'name' : 4 } "},
    {"empty ones", "{'list':[],'one':{},'name':''}"},
    {"elements that have less than those before them",
     "{'list':[{'name':1,'in':{'x':2}},{'name':3},{'in':{}},{}]}"},
    {"elements that are no objects",
     "{'list':[{'name':1,'in':{'x':2}},3,'s',null,[{'name':4}],[],{'in':{'x':5}}]}"},
    {"an object where a list is wanted", "{'list':{'name':1,'in':{'x':2}},'name':3}"},
    {"a list where an object is wanted", "{'one':[{'x':1}],'list':[{'in':[{'x':2}]}]}"},
    {"scalars where containers are wanted", "{'list':'l','one':7,'name':[1]}"},
    {"the first of several counts",
     "{'list':[{'name':1,'name':2,'in':{'x':3,'x':4},'in':{'x':5}}],'list':[{'name':6}],"
     "'one':{'x':7},'one':{'x':8,'list':9},'name':10,'name':11}"},
    {"the first counts though nothing is inside",
     "{'one':1,'one':{'x':2},'list':null,'list':[{'name':3}]}"},
    {"names with escapes",
     "{'l\\u0069st':[{'n\\u0061me':1,'\\u0069n':{'\\u0078':2}}],'on\\u0065':{'\\u0078':3}}"},
    {"the same names elsewhere",
     "{'other':{'list':[{'name':1}],'one':{'x':2},'name':3},'more':[{'list':[{'name':4}]}],"
     "'list':[{'other':{'name':5,'in':{'x':6}},'in':{'other':{'x':7}}}],'one':{'one':{'x':8}}}"},
    {"a list on top", "[{'list':[{'name':1}],'one':{'x':2}}]"},
    {"a text on top", "'list'"},
};

START_TEST(what_is_inside_is_what_is_found_one_by_one)
{
    struct finding f, want;
    char *json = json_row_text(found[_i].text);
    find_one_by_one(&want, text_of(json));
    for (size_t first = 0; first <= strlen(json); first++)
        for (size_t step = 1; step <= strlen(json); step += strlen(json)) {
            struct jsonscan scan;
            struct moving moving = {0};
            finding_begin(&f);
            jsonscan_begin(&scan, f.wanted, WANTED, on_element, &f);
            for (size_t len = first; len < strlen(json); len += step)
                ck_assert_int_eq(jsonscan_more(&scan, moved(&moving, text_make(json, len))), 0);
            ck_assert_int_eq(jsonscan_end(&scan, moved(&moving, text_of(json)), NULL), 0);
            tell_end(&f);
            ck_assert_msg(text_same(buf_text(&f.told), buf_text(&want.told)),
                          "%s, %zu: %s instead of %s", found[_i].name, first, buf_text(&f.told).at,
                          buf_text(&want.told).at);
            buf_done(&f.told);
            free(moving.memory);
        }
    buf_done(&want.told);
    free(json);
}
END_TEST

START_TEST(of_what_is_no_json_nothing_is_left)
{
    struct finding f;
    finding_begin(&f);
    ck_assert_int_eq(
        jsonspan_read(text_of("{\"one\":{\"x\":1},\"name\":2"), f.wanted, WANTED, NULL), -EINVAL);
    tell_end(&f);
    ck_assert_uint_eq(f.told.len, 0);
    buf_done(&f.told);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jsonscan");
    TCase *tc = tcase_create("jsonscan");
    tcase_add_loop_test(tc, valid_text_is_taken, 0, ROWS(valid));
    tcase_add_loop_test(tc, valid_text_is_judged_alike_at_any_alignment, 0, ROWS(valid));
    tcase_add_loop_test(tc, invalid_text_is_refused_with_the_place, 0, ROWS(invalid));
    tcase_add_test(tc, a_nul_byte_is_valid_nowhere);
    tcase_add_test(tc, every_cut_is_noticed);
    tcase_add_test(tc, nesting_has_a_limit);
    tcase_add_test(tc, a_byte_that_ends_a_run_is_seen_wherever_it_stands);
    tcase_add_loop_test(tc, valid_text_is_taken_in_pieces, 0, ROWS(valid));
    tcase_add_loop_test(tc, invalid_text_is_refused_in_pieces_with_the_same_place, 0,
                        ROWS(invalid));
    tcase_add_test(tc, what_is_wrong_is_known_as_soon_as_it_has_come);
    tcase_add_loop_test(tc, what_is_inside_is_what_is_found_one_by_one, 0, ROWS(found));
    tcase_add_test(tc, of_what_is_no_json_nothing_is_left);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
