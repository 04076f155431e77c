/* What an answer took, and the warning where the model had no room for it. */
#include <string.h>

#include "dialect/delta_row.h"
#include "dialect/dialect.h"
#include "unit.h"

static const struct {
    const char *name;
    int64_t prompt, completion, window;
    const char *total;
    bool warned;
} rows[] = {
    {"an answer with room", 8000, 100, 8192, "\"total_tokens\":8100", false},
    {"an answer that fills the window", 8000, 192, 8192, "\"total_tokens\":8192", false},
    {"one that is longer", 8084, 2500, 8192, "\"total_tokens\":10584", true},
    {"a window that is not known", 8084, 2500, 0, "\"total_tokens\":10584", false},
    {"counts that no sum holds", INT64_MAX, INT64_MAX, 8192, "\"total_tokens\":9223372036854775807",
     true},
};

static const struct dialect *const apps[] = {&dialect_openai, &dialect_completions};

static struct dialect_writer writer_of(int row, bool usage)
{
    return (struct dialect_writer){.identity = {.id = "chatcmpl-1", .model = "m", .created = 1},
                                   .include_usage = usage,
                                   .window = rows[row].window};
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

/* The last events say it, and those before do not. */
static void check_stream(const struct dialect *app, const struct chat_delta *end, int row,
                         bool usage)
{
    struct buf out;
    struct chat_delta piece = {SAYS(SAID("hello"))};
    struct dialect_writer writer = writer_of(row, usage);
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(app->app->event_write(&writer, &piece, &out), 0);
    ck_assert_ptr_null(strstr(out.data, "understudy"));
    ck_assert_int_eq(app->app->event_write(&writer, end, &out), 0);
    size_t want = !rows[row].warned ? 0 : usage ? 2 : 1;
    ck_assert_msg(count_of(out.data, "\"warning\":\"window_exceeded\"") == want, "%s: %s",
                  rows[row].name, out.data);
    if (usage)
        ck_assert_msg(strstr(out.data, rows[row].total) != NULL, "%s: %s", rows[row].name,
                      out.data);
    jsonform_done(&writer.form);
    buf_done(&out);
}

START_TEST(a_window_that_was_too_small_is_told)
{
    const struct chat_delta end = {.finish = CHAT_FINISH_STOP,
                                   TOOK(rows[_i].prompt, rows[_i].completion)};
    for (size_t a = 0; a < 2; a++) {
        struct buf out;
        struct dialect_writer writer = writer_of(_i, false);
        buf_init(&out, 1 << 16);
        ck_assert_int_eq(apps[a]->app->answer_write(&writer, &end, &out), 0);
        ck_assert_msg(strstr(out.data, rows[_i].total) != NULL, "%s: %s", rows[_i].name, out.data);
        ck_assert_msg((strstr(out.data, "\"understudy\":{\"warning\":\"window_exceeded\","
                                        "\"num_ctx\":8192,\"tokens\":") != NULL) == rows[_i].warned,
                      "%s: %s", rows[_i].name, out.data);
        buf_done(&out);
        check_stream(apps[a], &end, _i, false);
        check_stream(apps[a], &end, _i, true);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_usage");
    TCase *tc = tcase_create("usage");
    tcase_add_loop_test(tc, a_window_that_was_too_small_is_told, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
