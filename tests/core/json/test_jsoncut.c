/* Parts of JSON that are taken out or replaced, and that nothing else changes. */
#include <errno.h>
#include <string.h>

#include "json/jsoncut.h"
#include "json/jsonspan.h"
#include "unit.h"

/* An entry whose value is "x" is dropped, 1 becomes 22, and what is in others is walked over. */
static const struct row {
    const char *name, *body, *want; /* want NULL: as it came */
    size_t dropped;
} rows[] = {
    {"the first of a list", "[\"x\",1,2]", "[22,2]", 1},
    {"one between two", "[2,\"x\",3]", "[2,3]", 1},
    {"the last", "[2,\"x\"]", "[2]", 1},
    {"all", "[ \"x\" , \"x\" ]", "[  ]", 2},
    {"the last two", "[2, \"x\" , \"x\" ]", "[2 ]", 2},
    {"blanks stay", "[ 2 ,\n \"x\" ,\t3 ]", "[ 2 ,\n \t3 ]", 1},
    {"members", "{\"a\":\"x\", \"b\":2,\"c\":\"x\"}", "{ \"b\":2}", 2},
    {"by the value, not the name", "{\"x\":2}", NULL, 0},
    {"inside others", "{\"a\":[{\"b\":\"x\",\"c\":[\"x\"]}],\"d\":1}",
     "{\"a\":[{\"c\":[]}],\"d\":22}", 2},
    {"a comma in a text", "[2,\"x\",\"a,b\"]", "[2,\"a,b\"]", 1},
    {"nothing", "[2,{\"a\":[]},{}]", NULL, 0},
    {"no list and no object", "\"x\"", NULL, 0},
};

struct walk {
    struct jsoncut cut;
    size_t dropped;
};

static bool drops(const void *arg, struct text name, struct text value)
{
    (void)arg, (void)name;
    return text_equals(value, "\"x\"");
}

static void count(void *arg, struct text name, struct text value)
{
    (void)name, (void)value;
    ((struct walk *)arg)->dropped++;
}

static int kept(void *arg, struct text name, struct text value)
{
    struct walk *walk = arg;
    const struct jsoncut_entries entries = {
        .drops = drops, .dropped = count, .kept = kept, .arg = walk};
    (void)name;
    if (text_equals(value, "1"))
        return jsoncut_replace(&walk->cut, value, text_of("22"));
    return jsoncut_walk(&walk->cut, value, &entries);
}

static int run(struct walk *walk, const char *body, struct buf *out)
{
    const struct jsoncut_entries entries = {
        .drops = drops, .dropped = count, .kept = kept, .arg = walk};
    *walk = (struct walk){.cut = {.body = text_of(body), .out = out}};
    int r = jsoncut_walk(&walk->cut, walk->cut.body, &entries);
    return r < 0 ? r : jsoncut_end(&walk->cut);
}

START_TEST(nothing_else_changes)
{
    const struct row *row = &rows[_i];
    struct walk walk;
    struct buf out;
    buf_init(&out, 1000);
    ck_assert_int_eq(run(&walk, row->body, &out), 0);
    ck_assert_msg(walk.cut.changed == (row->want != NULL), "%s", row->name);
    ck_assert_msg(text_equals(buf_text(&out), row->want ? row->want : ""), "%s: %s", row->name,
                  out.data);
    ck_assert_uint_eq(walk.dropped, row->dropped);
    if (row->want)
        ck_assert_int_eq(jsonspan_check(buf_text(&out), NULL), 0);
    buf_done(&out);
    for (size_t max = 0; row->want && max < strlen(row->want); max++) {
        buf_init(&out, max);
        ck_assert_int_eq(run(&walk, row->body, &out), -EMSGSIZE);
        buf_done(&out);
    }
}
END_TEST

/* What is put in front, into a list, goes with a comma where something stays behind it. */
static const struct {
    const char *name, *body, *want;
} fronts[] = {
    {"into a list", "[2,3]", "[8,9,2,3]"},
    {"into an empty one", "[ ]", "[8,9 ]"},
    {"where nothing stays", "[ \"x\" ]", "[8,9  ]"},
    {"where the first goes", "[\"x\", 2]", "[8,9, 2]"},
    {"where the last goes", "[2, \"x\"]", "[8,9,2]"},
    {"where the first is replaced", "[1]", "[8,9,22]"},
    {"into no list", "\"x\"", NULL},
};

START_TEST(entries_are_put_in_front)
{
    struct buf out;
    struct walk walk = {.cut = {.body = text_of(fronts[_i].body), .out = &out}};
    const struct jsoncut_entries entries = {
        .drops = drops, .kept = kept, .front = text_of("8,9"), .arg = &walk};
    size_t len = fronts[_i].want ? strlen(fronts[_i].want) : 0;
    for (size_t max = 0; max <= len; max++) {
        buf_init(&out, max);
        walk.cut = (struct jsoncut){.body = text_of(fronts[_i].body), .out = &out};
        int r = jsoncut_walk(&walk.cut, walk.cut.body, &entries);
        if (r == 0)
            r = jsoncut_end(&walk.cut);
        ck_assert_msg(r == (max < len ? -EMSGSIZE : 0), "%s", fronts[_i].name);
        ck_assert(walk.cut.changed == (len > 0));
        ck_assert_msg(max < len || text_equals(buf_text(&out), len ? fronts[_i].want : ""),
                      "%s: %s", fronts[_i].name, out.data);
        buf_done(&out);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jsoncut");
    TCase *tc = tcase_create("jsoncut");
    tcase_add_loop_test(tc, nothing_else_changes, 0, ROWS(rows));
    tcase_add_loop_test(tc, entries_are_put_in_front, 0, ROWS(fronts));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
