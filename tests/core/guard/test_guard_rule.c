/* What the rules of the guard share. */
#include <string.h>

#include "guard/guard_rule.h"
#include "guard_case.h"
#include "unit.h"

static const struct {
    const char *name;
    int status;
    const char *sent;
    const char *message;
    const char *type;
} refusals[] = {
    {"a refusal", 400, "x", "not x", "invalid_request_error"},
    {"a forbidden one has a type of its own", 403, "x", "not x", "permission_error"},
    {"what a peer sent is printable", 400, "\x1b[2J\r\n\x7f", "not ?[2J???",
     "invalid_request_error"},
    {"what a peer sent is ASCII", 400, "\xc3\xa9", "not ??", "invalid_request_error"},
};

START_TEST(a_refusal_is_written_and_ends_the_rules)
{
    struct guard_verdict verdict = {.message = guard_case_message()};
    ck_assert(!guard_refuse(&verdict, refusals[_i].status, "why", "not %s", refusals[_i].sent));
    ck_assert_int_eq(verdict.status, refusals[_i].status);
    ck_assert_str_eq(verdict.code, "why");
    ck_assert_msg(strcmp(verdict.message, refusals[_i].message) == 0, "%s: %s", refusals[_i].name,
                  verdict.message);
    ck_assert_str_eq(verdict.type, refusals[_i].type);
}
END_TEST

START_TEST(of_what_a_peer_sent_only_the_beginning_is_told)
{
    char sent[200];
    struct guard_verdict verdict = {.message = guard_case_message()};
    memset(sent, 'x', sizeof(sent));
    (void)guard_refuse(&verdict, 400, NULL, "%.*s", GUARD_SHOWN(text_make(sent, sizeof(sent))));
    ck_assert_uint_eq(strlen(verdict.message), 100);
}
END_TEST

static const struct header_field fields[] = {
    {.name = {"Host", 4}, .value = {"a", 1}},
    {.name = {"HOST", 4}, .value = {"b", 1}},
    {.name = {"Hosts", 5}, .value = {"c", 1}},
};

static const struct {
    const char *wanted;
    size_t count;
    const char *value;
} finds[] = {
    {"host", 2, "a"},
    {"hosts", 1, "c"},
    {"hos", 0, ""},
};

START_TEST(fields_are_counted_by_name_and_the_first_value_counts)
{
    const struct guard_request request = {.headers = fields, .header_count = 3};
    struct text value;
    ck_assert_uint_eq(guard_find(&request, finds[_i].wanted, &value), finds[_i].count);
    ck_assert(text_equals(value, finds[_i].value));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("guard_rule");
    TCase *tc = tcase_create("guard_rule");
    tcase_add_loop_test(tc, a_refusal_is_written_and_ends_the_rules, 0, ROWS(refusals));
    tcase_add_test(tc, of_what_a_peer_sent_only_the_beginning_is_told);
    tcase_add_loop_test(tc, fields_are_counted_by_name_and_the_first_value_counts, 0, ROWS(finds));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
