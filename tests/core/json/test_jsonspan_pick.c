/* Members picked while an object is read or walked are those that jsonspan_get finds. */
#include <errno.h>

#include "json/jsonspan.h"
#include "unit.h"

static const char *const texts[] = {
    "{}",
    " { } ",
    "{\"a\":1}",
    "{\"b\":[1,{\"a\":2}],\"a\":{\"a\":3},\"\":4}",
    " {\n\"a\"\t: \"x y\" , \"b\" :  2  ,\"word\": null } ",
    "{\"a\":1,\"b\":2,\"a\":3,\"\\u0061\":4}",
    "{\"\\u0061\":4,\"a\":1}",
    "{\"wo\\u0072d\":[],\"wor\":1,\"words\":2,\"w\":3,\"word\":4}",
    "{\"\":\"\",\"A\":1,\"!\":2}",
    "{\"x\":\"\\\"a\\\":1\",\"y\":{\"a\":1},\"z\":[{\"a\":1}]}",
    "{\"a\":\"a string of more bytes than are looked at without a call \\\\\",\"b\":true}",
    "{\"a\":\"\xc3\xa9\",\"word\":-1.5e3}",
    "[{\"a\":1},{\"b\":2}]",
    "[]",
    "\"a\"",
    "7",
};

static const char *const names[] = {"a", "word", "", "b"};
#define NAMES ROWS(names)

static void name_all(struct jsonspan_wanted wanted[NAMES])
{
    for (int i = 0; i < NAMES; i++)
        wanted[i] = (struct jsonspan_wanted){.name = names[i], .value = text_of("old")};
}

static void expect_same(const struct jsonspan_wanted wanted[NAMES], struct text object)
{
    for (int i = 0; i < NAMES; i++) {
        struct text value = jsonspan_value(object, names[i]);
        ck_assert_msg(wanted[i].value.at == value.at && wanted[i].value.len == value.len,
                      "%.*s: \"%s\"", TEXT_ARG(object), names[i]);
    }
}

START_TEST(what_is_read_is_what_is_found_one_by_one)
{
    struct text json = text_of(texts[_i]);
    struct jsonspan_wanted wanted[NAMES];
    name_all(wanted);
    ck_assert_int_eq(jsonspan_read(json, wanted, NAMES, NULL), 0);
    expect_same(wanted, json);
    name_all(wanted);
    jsonspan_pick(json, wanted, NAMES);
    expect_same(wanted, json);
}
END_TEST

START_TEST(of_what_is_no_json_nothing_is_found)
{
    struct text json = text_of(texts[_i]);
    for (size_t len = 0; len < json.len; len++) {
        struct text cut = text_make(json.at, len);
        struct jsonspan_wanted wanted[NAMES];
        name_all(wanted);
        if (jsonspan_read(cut, wanted, NAMES, NULL) == -EINVAL)
            for (int i = 0; i < NAMES; i++)
                ck_assert_ptr_null(wanted[i].value.at);
        else
            expect_same(wanted, cut);
    }
}
END_TEST

/* All texts as the elements of one array, or cut off within one of them. */
static void walk(struct text array)
{
    struct jsonspan_wanted wanted[NAMES];
    struct text element, picked;
    size_t one = 0, both = 0;
    bool valid = jsonspan_check(array, NULL) == 0;
    name_all(wanted);
    while (jsonspan_next_pick(array, &both, wanted, NAMES, &picked)) {
        ck_assert(picked.at >= array.at && picked.at + picked.len <= array.at + array.len);
        if (!valid)
            continue;
        ck_assert(jsonspan_next(array, &one, &element));
        ck_assert_msg(picked.at == element.at && picked.len == element.len, "%.*s",
                      TEXT_ARG(element));
        expect_same(wanted, element);
    }
    ck_assert(!valid || !jsonspan_next(array, &one, &element));
}

START_TEST(elements_are_walked_and_looked_into_at_once)
{
    struct buf array;
    buf_init(&array, 1 << 14);
    for (int i = 0; i < ROWS(texts); i++) {
        ck_assert_int_eq(buf_append_string(&array, i ? "," : "["), 0);
        ck_assert_int_eq(buf_append_string(&array, texts[i]), 0);
    }
    ck_assert_int_eq(buf_append_string(&array, " ] "), 0);
    for (size_t len = 0; len <= array.len; len++) {
        char *exact = malloc(len + 1); /* so that a sanitizer sees each byte too many */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact + 1, array.data, len);
        walk(text_make(exact + 1, len));
        free(exact);
    }
    buf_done(&array);
}
END_TEST

START_TEST(an_object_is_read_as_far_as_is_needed_only)
{
    struct jsonspan_wanted wanted[] = {{.name = "a"}};
    jsonspan_pick(text_of("{\"a\":1,\"b\":\"never closed"), wanted, ROWS(wanted));
    ck_assert(text_equals(wanted[0].value, "1"));
    ck_assert_int_eq(jsonspan_read(text_of("{\"a\":1}"), NULL, 0, NULL), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jsonspan_pick");
    TCase *tc = tcase_create("jsonspan_pick");
    tcase_add_loop_test(tc, what_is_read_is_what_is_found_one_by_one, 0, ROWS(texts));
    tcase_add_loop_test(tc, of_what_is_no_json_nothing_is_found, 0, ROWS(texts));
    tcase_add_test(tc, elements_are_walked_and_looked_into_at_once);
    tcase_add_test(tc, an_object_is_read_as_far_as_is_needed_only);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
