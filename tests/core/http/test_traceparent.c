/* Which trace context can be gone on with, and how it is written. */
#include <string.h>

#include "http/traceparent.h"
#include "unit.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN  "b7ad6b7169203331"
#define BOTH  TRACE "-" SPAN

static const struct {
    const char *name;
    const char *value;
    int flags; /* -1: it cannot be gone on with */
} rows[] = {
    {"of the recommendation", "00-" BOTH "-01", 1},
    {"not sampled", "00-" BOTH "-00", 0},
    {"flags that 00 does not know stay", "00-" BOTH "-ff", 0xff},
    {"of a later version", "01-" BOTH "-03", 3},
    {"with more behind it", "cc-" BOTH "-01-what-is-to-come", 1},
    {"of which flags mean what is not known", "42-" BOTH "-fd", 1},
    {"empty", "", -1},
    {"the version that is none", "ff-" BOTH "-01", -1},
    {"a version of letters", "zz-" BOTH "-01", -1},
    {"00 with more behind it", "00-" BOTH "-01-x", -1},
    {"00 with a dash behind it", "00-" BOTH "-01-", -1},
    {"a later one whose flags are longer", "01-" BOTH "-011", -1},
    {"upper case", "00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01", -1},
    {"upper case in the span", "00-" TRACE "-B7AD6B7169203331-01", -1},
    {"upper case in the flags", "00-" BOTH "-0A", -1},
    {"no trace", "00-00000000000000000000000000000000-" SPAN "-01", -1},
    {"no span", "00-" TRACE "-0000000000000000-01", -1},
    {"another separator", "00_" BOTH "-01", -1},
    {"and in the middle", "00-" TRACE "_" SPAN "-01", -1},
    {"and before the flags", "00-" BOTH "_01", -1},
    {"cut", "00-" BOTH "-0", -1},
    {"a blank before it", " 00-" BOTH "-01", -1},
    {"no hex in the trace", "00-0af7651916cd43dd8448eb211c80319g-" SPAN "-01", -1},
    {"nor in the flags", "00-" BOTH "-0x", -1},
};

START_TEST(what_can_be_gone_on_with)
{
    struct traceparent parent = {.flags = 7};
    bool can = traceparent_read(text_of(rows[_i].value), &parent);
    ck_assert_msg(can == (rows[_i].flags >= 0), "%s", rows[_i].name);
    if (!can)
        return;
    ck_assert_str_eq(parent.trace, TRACE);
    ck_assert_str_eq(parent.span, SPAN);
    ck_assert_msg(parent.flags == rows[_i].flags, "%s: %02x", rows[_i].name, parent.flags);
    ck_assert(traceparent_is_sampled(&parent) == (rows[_i].flags % 2 == 1));
}
END_TEST

START_TEST(nothing_behind_its_end_is_read)
{
    static const char value[] = "00-" BOTH "-01";
    struct traceparent parent;
    for (size_t len = 0; len < strlen(value); len++) {
        char *copy = malloc(len + 1); /* so that a sanitizer sees it */
        memcpy(copy, value, len);
        ck_assert(!traceparent_read(text_make(copy, len), &parent));
        free(copy);
    }
}
END_TEST

START_TEST(it_is_written_with_another_span)
{
    struct traceparent parent;
    char out[TRACEPARENT_SIZE];
    ck_assert(traceparent_read(text_of("01-" BOTH "-01-more"), &parent));
    traceparent_write(&parent, "0123456789abcdef", out);
    ck_assert_str_eq(out, "00-" TRACE "-0123456789abcdef-01");
    parent.flags = 0xa0;
    traceparent_write(&parent, parent.span, out);
    ck_assert_str_eq(out, "00-" BOTH "-a0");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("traceparent");
    TCase *tc = tcase_create("traceparent");
    tcase_add_loop_test(tc, what_can_be_gone_on_with, 0, ROWS(rows));
    tcase_add_test(tc, nothing_behind_its_end_is_read);
    tcase_add_test(tc, it_is_written_with_another_span);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
