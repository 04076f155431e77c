/* Line framing: the same lines at every split. */
#include <errno.h>

#include "http/ndjson.h"
#include "unit.h"

#define LINES_MAX 6

static const struct {
    const char *name;
    const char *stream;
    const char *lines[LINES_MAX];
    const char *rest;
} rows[] = {
    {"one line", "{\"a\":1}\n", {"{\"a\":1}"}, ""},
    {"two lines", "1\n2\n", {"1", "2"}, ""},
    {"lines that end in CR LF", "1\r\n2\r\n", {"1", "2"}, ""},
    {"a CR inside a line stays", "1\r2\n", {"1\r2"}, ""},
    {"only one CR belongs to the line end", "1\r\r\n", {"1\r"}, ""},
    {"empty lines are left out", "\n\n1\n\r\n\n2\n\n", {"1", "2"}, ""},
    {"blanks are a line", " \n", {" "}, ""},
    {"a last line without LF", "1\n{\"done\":true}", {"1"}, "{\"done\":true}"},
    {"a CR that waits for its LF", "1\n2\r", {"1"}, "2\r"},
    {"nothing", "", {NULL}, ""},
    {"line ends only", "\n\r\n", {NULL}, ""},
};

static void drain(struct ndjson *ndjson, int row, size_t *count)
{
    struct text line;
    while (ndjson_next(ndjson, &line)) {
        const char *wanted = *count < LINES_MAX ? rows[row].lines[*count] : NULL;
        ck_assert_msg(wanted && text_equals(line, wanted), "%s: line %zu is %.*s", rows[row].name,
                      *count, TEXT_ARG(line));
        (*count)++;
    }
}

static void run(int row, size_t first, size_t step)
{
    struct text left = text_of(rows[row].stream);
    struct ndjson ndjson;
    size_t count = 0;
    ndjson_init(&ndjson, 100);
    for (size_t n = first; left.len > 0 || n == 0; n = step) {
        size_t size = n < left.len ? n : left.len;
        ck_assert_int_eq(ndjson_push(&ndjson, text_make(left.at, size)), 0);
        left = text_skip(left, size);
        drain(&ndjson, row, &count);
    }
    ck_assert_msg(count == LINES_MAX || !rows[row].lines[count], "%s: %zu lines", rows[row].name,
                  count);
    ck_assert_msg(text_equals(ndjson_rest(&ndjson), rows[row].rest), "%s: rest", rows[row].name);
    ndjson_done(&ndjson);
}

START_TEST(lines_are_the_same_at_every_split)
{
    size_t len = strlen(rows[_i].stream);
    for (size_t split = 0; split <= len; split++)
        run(_i, split, len + 1);
    run(_i, 1, 1);
}
END_TEST

START_TEST(lines_may_be_taken_late)
{
    struct ndjson ndjson;
    size_t count = 0;
    ndjson_init(&ndjson, 100);
    for (const char *c = rows[_i].stream; *c; c++)
        ck_assert_int_eq(ndjson_push(&ndjson, text_make(c, 1)), 0);
    drain(&ndjson, _i, &count);
    ck_assert(count == LINES_MAX || !rows[_i].lines[count]);
    ndjson_done(&ndjson);
}
END_TEST

static const struct {
    const char *name;
    const char *first;
    const char *second;
    int r_first;
} large[] = {
    {"a line that does not end", "12345678", "", -EMSGSIZE},
    {"a line that grows", "12345", "678", 0},
    {"a whole line", "1234567\n", "", -EMSGSIZE},
    {"a whole line in two pieces", "1234567", "\n", 0},
};

START_TEST(a_line_too_long_is_told_and_not_given_out)
{
    struct ndjson ndjson;
    struct text line;
    ndjson_init(&ndjson, 7);
    ck_assert_msg(ndjson_push(&ndjson, text_of(large[_i].first)) == large[_i].r_first, "%s",
                  large[_i].name);
    ck_assert(!ndjson_next(&ndjson, &line));
    ck_assert_int_eq(ndjson_push(&ndjson, text_of(large[_i].second)), -EMSGSIZE);
    ck_assert(!ndjson_next(&ndjson, &line));
    ck_assert_int_eq(ndjson_push(&ndjson, text_of("\n")), -EMSGSIZE);
    ndjson_done(&ndjson);
}
END_TEST

START_TEST(a_line_may_be_as_long_as_allowed)
{
    struct ndjson ndjson;
    struct text line;
    ndjson_init(&ndjson, 7);
    ck_assert_int_eq(ndjson_push(&ndjson, text_of("123456\n123456\n12345678\n")), 0);
    ck_assert(ndjson_next(&ndjson, &line) && text_equals(line, "123456"));
    ck_assert(ndjson_next(&ndjson, &line) && text_equals(line, "123456"));
    ck_assert(!ndjson_next(&ndjson, &line));
    ck_assert_int_eq(ndjson_push(&ndjson, text_of("")), -EMSGSIZE);
    ndjson_done(&ndjson);
    ndjson_done(NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ndjson");
    TCase *tc = tcase_create("ndjson");
    tcase_add_loop_test(tc, lines_are_the_same_at_every_split, 0, ROWS(rows));
    tcase_add_loop_test(tc, lines_may_be_taken_late, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_line_too_long_is_told_and_not_given_out, 0, ROWS(large));
    tcase_add_test(tc, a_line_may_be_as_long_as_allowed);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
