/* What is told of the calls that were made. */
#include "tools/tool_notes.h"
#include "unit.h"

static void add(struct tool_notes *notes, const char *name, enum tool_end end)
{
    const struct tool_note note = {.name = (char *)(uintptr_t)name, .ms = 5, .end = end};
    ck_assert_int_eq(tool_notes_add(notes, &note), 0);
}

START_TEST(each_is_told_once_with_its_count)
{
    struct tool_notes notes = {0};
    struct buf out;
    buf_init(&out, 100);
    tool_notes_write(&notes, &out);
    ck_assert_uint_eq(out.len, 0);
    add(&notes, "weather__today", TOOL_OK);
    add(&notes, "mail__send", TOOL_TIMEOUT);
    add(&notes, "weather__today", TOOL_ERROR);
    tool_notes_write(&notes, &out);
    ck_assert_str_eq(out.data, "weather__today=2, mail__send=1");
    buf_done(&out);
    tool_notes_done(&notes);
}
END_TEST

START_TEST(what_has_no_room_is_left_out_whole)
{
    struct tool_notes notes = {0};
    struct buf out;
    buf_init(&out, 20);
    add(&notes, "weather__today", TOOL_OK);
    add(&notes, "mail__send", TOOL_OK);
    tool_notes_write(&notes, &out);
    ck_assert_str_eq(out.data, "weather__today=1");
    buf_done(&out);
    tool_notes_done(&notes);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_notes");
    TCase *tc = tcase_create("tool_notes");
    tcase_add_test(tc, each_is_told_once_with_its_count);
    tcase_add_test(tc, what_has_no_room_is_left_out_whole);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
