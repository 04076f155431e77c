/* The word that stands for a signature, and that nothing else changes. */
#include <errno.h>
#include <stdio.h>

#include "json/jsonspan.h"
#include "travel/call_signature.h"
#include "unit.h"

#define WORD                                                                                       \
    "\"extra_content\":{\"google\":{\"thought_signature\":\"skip_thought_signature_validator\"}},"

static const struct row {
    const char *name, *body, *want; /* NULL: as it came */
} rows[] = {
    {"the first call of each message",
     "{\"messages\":[{\"tool_calls\":[{\"id\":\"a\"},{\"id\":\"b\"}]},{\"role\":\"tool\"},"
     "{\"tool_calls\":[{\"id\":\"c\"}]}]}",
     "{\"messages\":[{\"tool_calls\":[{" WORD "\"id\":\"a\"},{\"id\":\"b\"}]},{\"role\":\"tool\"},"
     "{\"tool_calls\":[{" WORD "\"id\":\"c\"}]}]}"},
    {"no calls", "{\"messages\":[{\"content\":\"a\"}],\"tools\":[{}]}", NULL},
    {"an empty list of them", "{\"messages\":[{\"tool_calls\":[]}]}", NULL},
    {"no messages", "{\"input\":\"a\"}", NULL},
    {"no JSON", "{\"messages\":[{\"tool_calls\":[{\"id\":\"a\"}]}", NULL},
};

START_TEST(nothing_else_changes)
{
    const struct row *row = &rows[_i];
    struct buf out;
    bool changed = !row->want;
    buf_init(&out, 1000);
    ck_assert_int_eq(call_signature_put(text_of(row->body), &out, &changed), 0);
    ck_assert_msg(changed == (row->want != NULL), "%s", row->name);
    ck_assert_msg(text_equals(buf_text(&out), row->want ? row->want : ""), "%s: %s", row->name,
                  out.data);
    ck_assert(!row->want || jsonspan_check(buf_text(&out), NULL) == 0);
    for (size_t max = 0; row->want && max < out.len; max++) {
        struct buf small;
        buf_init(&small, max);
        ck_assert_int_eq(call_signature_put(text_of(row->body), &small, &changed), -EMSGSIZE);
        buf_done(&small);
    }
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("call_signature");
    TCase *tc = tcase_create("call_signature");
    tcase_add_loop_test(tc, nothing_else_changes, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
