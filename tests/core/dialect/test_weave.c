/* Events with some parts changed, and numbers that go on over the rounds. */
#include <errno.h>

#include "dialect/weave.h"
#include "json/jsonspan.h"
#include "json_row.h"
#include "unit.h"

#define DATA "{'a':1,'o':{},'p':{ 'x' : null}}"

/* The members of the data that are put: at its top, or in the object of that name. */
static const struct {
    const char *name;
    const char *raw;
    const char *data; /* NULL = it stands in raw */
    struct {
        const char *object, *member, *by;
    } puts[3];
    const char *want;
} rows[] = {
    {"nothing", "event: e\ndata: " DATA "\n\n", NULL, {{0}}, "event: e\ndata: " DATA "\n\n"},
    {"nothing, of data in lines",
     "data: {'a':\ndata: 1}\n\n",
     "{'a':\n1}",
     {{0}},
     "data: {'a':\ndata: 1}\n\n"},
    {"in any order",
     ": c\r\nevent: e\r\ndata:" DATA "\r\nid: 7\r\n\r\n",
     NULL,
     {{"p", "x", "[1]"}, {NULL, "a", "'b'"}},
     ": c\r\nevent: e\r\ndata:{'a':'b','o':{},'p':{ 'x' : [1]}}\r\nid: 7\r\n\r\n"},
    {"what is not there comes first",
     "data: " DATA "\n\n",
     NULL,
     {{NULL, "z", "2"}, {"p", "y", "true"}},
     "data: {'z':2,'a':1,'o':{},'p':{'y':true, 'x' : null}}\n\n"},
    {"two into nothing",
     "data: " DATA "\n\n",
     NULL,
     {{"o", "y", "1"}, {"o", "z", "2"}},
     "data: {'a':1,'o':{'y':1,'z':2},'p':{ 'x' : null}}\n\n"},
    {"what is no object gets none",
     "data: {'a':1,'b':'{','c':[{}]}\n\n",
     NULL,
     {{"a", "y", "1"}, {"b", "y", "1"}, {"c", "y", "1"}},
     "data: {'a':1,'b':'{','c':[{}]}\n\n"},
    {"data in lines goes out in one",
     "event: e\ndata: {'a':\ndata: 1, 'o': 'b c'}\n\n",
     "{'a':\n1, 'o': 'b c'}",
     {{NULL, "a", "2"}},
     "event: e\ndata: {'a':2,'o':'b c'}\n\n"},
    {"of no name",
     "data: {'a':\ndata: 1}\n\n",
     "{'a':\n1}",
     {{NULL, "a", "2"}},
     "data: {'a':2}\n\n"},
};

static int write_row(int i, struct text raw, struct text data, struct buf *out)
{
    struct dialect_event event = {.data = data};
    struct weave_edits edits = {0};
    if (text_starts(raw, "event:"))
        event.name = text_of("e");
    for (size_t n = 0; n < 3 && rows[i].puts[n].member; n++) {
        struct text object = data;
        if (rows[i].puts[n].object)
            ck_assert(jsonspan_get(data, rows[i].puts[n].object, &object));
        weave_put(&edits, object, rows[i].puts[n].member, text_of(rows[i].puts[n].by));
    }
    return weave_event(&event, raw, &edits, out);
}

START_TEST(parts_are_changed_and_no_other_byte)
{
    char *raw = json_row_text(rows[_i].raw), *want = json_row_text(rows[_i].want);
    char *joined = rows[_i].data ? json_row_text(rows[_i].data) : NULL;
    struct text data = text_of(joined ? joined : strchr(raw, '{'));
    if (!joined)
        data.len = (size_t)(strrchr(data.at, '}') + 1 - data.at);
    for (size_t max = 0; max <= strlen(want); max++) {
        struct buf out;
        buf_init(&out, max);
        int r = write_row(_i, text_of(raw), data, &out);
        ck_assert_int_eq(r, max < strlen(want) ? -EMSGSIZE : 0);
        for (size_t i = 0; i < out.len; i++)
            out.data[i] = out.data[i] == '\'' ? '"' : out.data[i];
        if (r == 0)
            ck_assert_msg(strcmp(out.data, want) == 0, "%s: %s", rows[_i].name, out.data);
        buf_done(&out);
    }
    free(raw);
    free(want);
    free(joined);
}
END_TEST

START_TEST(numbers_are_replaced)
{
    struct text text = text_of("[1, 22 ,3]");
    struct weave_edits edits = {0};
    struct buf out;
    buf_init(&out, 100);
    weave_replace_number(&edits, text_make(text.at + 4, 2), INT64_MIN);
    weave_replace_number(&edits, text_make(text.at + 1, 1), 0);
    ck_assert_int_eq(weave_text(text, &edits, &out), 0);
    ck_assert_str_eq(out.data, "[0, -9223372036854775808 ,3]");
    buf_done(&out);
}
END_TEST

START_TEST(lists_grow_with_commas)
{
    struct buf out;
    buf_init(&out, 100);
    ck_assert_int_eq(weave_element(text_of("1"), &out), 0);
    ck_assert_int_eq(weave_element(text_of("2"), &out), 0);
    ck_assert_str_eq(out.data, "1,2");
    buf_reset(&out);
    ck_assert_int_eq(buf_append_string(&out, "[{"), 0);
    ck_assert_int_eq(weave_member(text_of("\"a\""), text_of("[]"), &out), 0);
    ck_assert_int_eq(weave_member(text_of("\"b\""), text_of("2"), &out), 0);
    ck_assert_str_eq(out.data, "[{\"a\":[],\"b\":2");
    buf_done(&out);
}
END_TEST

START_TEST(usage_adds_up)
{
    struct buf sum;
    buf_init(&sum, 100);
    ck_assert_int_eq(weave_usage(&sum, (struct text){0}), 0);
    ck_assert_uint_eq(sum.len, 0);
    ck_assert_int_eq(weave_usage(&sum, text_of("{\"a\":1}")), 0);
    ck_assert_int_eq(weave_usage(&sum, text_of("null")), 0);
    ck_assert_int_eq(weave_usage(&sum, text_of("{\"b\":{\"c\":2},\"a\":3}")), 0);
    ck_assert_str_eq(sum.data, "{\"b\":{\"c\":2},\"a\":4}");
    buf_done(&sum);
}
END_TEST

/* ---- numbers: those of a round, h behind one that is held; | another round */

static const struct {
    const char *name;
    const char *begun;
    const char *shown; /* by the app's number; h = held */
} stories[] = {
    {"one round", "0 1 2", "0 1 2"},
    {"a held one leaves no gap", "0 1h 2 3h 4", "0 h 1 h 2"},
    {"another round goes on", "0 1h|0h 1|0", "0 h h 1 2"},
    {"a round that shows nothing", "0h|0h|0", "h h 0"},
    {"gaps stay gaps", "3 5h 7|0", "3 h 6 7"},
    {"as they come", "2h 0 1 3", "h 0 1 2"},
    {"the same number again", "0 0h 0 1", "0 h 0 1"},
    {"too large ones are not counted", "0 5000|0", "0 5000 1"},
};

START_TEST(numbers_go_on)
{
    struct weave_places places = {0};
    char *begun = strdup(stories[_i].begun);
    struct buf shown;
    buf_init(&shown, 100);
    for (char *at = begun; *at;) {
        char *end = NULL;
        int64_t number = strtoll(at, &end, 10);
        bool held = *end == 'h';
        ck_assert_int_eq(weave_places_begin(&places, number, held), 0);
        struct weave_place place = weave_places_find(&places, number);
        ck_assert_uint_eq(place.part, number < WEAVE_PLACES_MAX ? places.parts : 0);
        ck_assert_int_eq(place.held, held);
        const char *blank = shown.len ? " " : "";
        ck_assert_int_eq(held ? buf_printf(&shown, "%sh", blank)
                              : buf_printf(&shown, "%s%lld", blank, (long long)place.shown),
                         0);
        end += held;
        if (*end == '|')
            weave_places_next(&places);
        at = *end ? end + 1 : end;
    }
    ck_assert_msg(strcmp(shown.data, stories[_i].shown) == 0, "%s: %s", stories[_i].name,
                  shown.data);
    weave_places_done(&places);
    buf_done(&shown);
    free(begun);
}
END_TEST

START_TEST(numbers_that_cannot_be_held)
{
    struct weave_places places = {0};
    ck_assert_int_eq(weave_places_begin(&places, WEAVE_PLACES_MAX, true), -EMSGSIZE);
    ck_assert_int_eq(weave_places_begin(&places, -1, true), -EMSGSIZE);
    ck_assert_int_eq(weave_places_begin(&places, INT64_MAX, true), -EMSGSIZE);
    ck_assert_int_eq(weave_places_begin(&places, WEAVE_PLACES_MAX - 1, true), 0);
    ck_assert_int_eq(weave_places_begin(&places, 7, false), 0);
    weave_places_next(&places);
    ck_assert_int_eq(weave_places_find(&places, INT64_MAX).shown, INT64_MAX);
    ck_assert_int_eq(weave_places_find(&places, 1).shown, 9);
    ck_assert_uint_eq(weave_places_find(&places, 1).part, 0);
    weave_places_done(&places);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("weave");
    TCase *tc = tcase_create("weave");
    tcase_add_loop_test(tc, parts_are_changed_and_no_other_byte, 0, ROWS(rows));
    tcase_add_test(tc, numbers_are_replaced);
    tcase_add_test(tc, lists_grow_with_commas);
    tcase_add_test(tc, usage_adds_up);
    tcase_add_loop_test(tc, numbers_go_on, 0, ROWS(stories));
    tcase_add_test(tc, numbers_that_cannot_be_held);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
