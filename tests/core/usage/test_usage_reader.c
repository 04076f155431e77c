/* Lines out of pieces. */
#include <errno.h>

#include "usage/usage_reader.h"
#include "usage_case.h"

#define A "{\"time\":\"1970-01-01T00:00:00Z\",\"provider\":\"a\",\"prompt_tokens\":1}"
#define B "{\"time\":\"1970-01-01T00:00:00Z\",\"provider\":\"b\\u0062\",\"prompt_tokens\":2}"

static const struct {
    const char *name;
    const char *bytes;
    int64_t lines, tokens, broken, first_broken;
} rows[] = {
    {"two lines", A "\n" B "\n", 2, 3, 0, 0},
    {"the last without its end", A "\n" B, 2, 3, 0, 0},
    {"ends of two bytes", A "\r\n" B "\r\n", 2, 3, 0, 0},
    {"an empty file", "", 0, 0, 0, 0},
    {"empty lines are none, and are counted on", "\n\n" A "\n\nx\n", 2, 1, 1, 5},
    {"a torn one in the middle takes no other with it", A "\n{\"time\":\n" B "\n", 3, 3, 1, 2},
    {"a torn one at the end", A "\n{\"time\":\"19", 2, 1, 1, 2},
    {"of several the first is told", "x\ny\n" A "\n", 3, 1, 2, 1},
};

/* In two pieces, cut before byte cut. */
static void read_in_two(const char *bytes, size_t cut, struct usage_reader *reader)
{
    struct text all = text_of(bytes);
    ck_assert_int_eq(usage_reader_take(reader, text_cut(all, cut)), 0);
    ck_assert_int_eq(usage_reader_take(reader, text_skip(all, cut)), 0);
    ck_assert_int_eq(usage_reader_end(reader), 0);
}

START_TEST(wherever_they_are_cut_the_lines_are_the_same)
{
    const struct usage_query all = usage_query_all();
    for (size_t cut = 0; cut <= strlen(rows[_i].bytes); cut++) {
        struct usage_sum sum;
        struct usage_reader reader;
        usage_sum_init(&sum, &all);
        usage_reader_init(&reader, &sum);
        read_in_two(rows[_i].bytes, cut, &reader);
        ck_assert_msg(reader.lines == rows[_i].lines && reader.broken == rows[_i].broken &&
                          reader.first_broken == rows[_i].first_broken,
                      "%s, cut at %zu", rows[_i].name, cut);
        ck_assert_int_eq(sum.total.sum[USAGE_PROMPT_TOKENS], rows[_i].tokens);
        ck_assert_int_eq(error_is_set(&reader.why), rows[_i].broken > 0);
        usage_reader_done(&reader);
        usage_sum_done(&sum);
    }
}
END_TEST

/* A line of that many bytes with its end, and one behind it. */
static char *long_line(size_t len)
{
    static const char begin[] = "{\"time\":\"1970-01-01T00:00:00Z\",\"x\":\"",
                      end[] = "\"}\n" A "\n";
    char *line = malloc(len + sizeof(A) + 1);
    ck_assert_ptr_nonnull(line);
    memset(line, 'y', len);
    memcpy(line, begin, sizeof(begin) - 1);
    memcpy(line + len - 3, end, sizeof(end));
    return line;
}

START_TEST(a_line_beyond_the_longest_is_broken_and_the_next_is_read)
{
    static const size_t pieces[] = {1, 1000, 1u << 20};
    const struct usage_query all = usage_query_all();
    for (size_t more = 0; more < 2; more++) {
        struct usage_sum sum;
        struct usage_reader reader;
        char *bytes = long_line(USAGE_LINE_MAX + 1 + more);
        usage_sum_init(&sum, &all);
        usage_reader_init(&reader, &sum);
        for (struct text left = text_of(bytes); left.len > 0; left = text_skip(left, pieces[_i]))
            ck_assert_int_eq(usage_reader_take(&reader, text_cut(left, pieces[_i])), 0);
        ck_assert_int_eq(usage_reader_end(&reader), 0);
        ck_assert_int_eq(reader.lines, 2);
        ck_assert_int_eq(reader.broken, (int64_t)more);
        ck_assert_int_eq(sum.total.sum[USAGE_REQUESTS], 2 - (int64_t)more);
        usage_reader_done(&reader);
        usage_sum_done(&sum);
        free(bytes);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("usage_reader");
    TCase *tc = tcase_create("usage_reader");
    tcase_add_loop_test(tc, wherever_they_are_cut_the_lines_are_the_same, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_line_beyond_the_longest_is_broken_and_the_next_is_read, 0, 3);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
