/* [provider NAME] drop and rename: what may be written. */
#include <errno.h>

#include "kind/member_rule.h"
#include "unit.h"

static const struct row {
    const char *name, *text;
    struct member_rule want; /* name "" = it is refused with that why */
    const char *why;
} drops[] = {
    {"a member", "logprobs", {"", "logprobs", ""}, NULL},
    {"one inside an object",
     "stream_options.include_usage",
     {"stream_options", "include_usage", ""},
     NULL},
    {"signs that names may have", "$x-y_z@1", {"", "$x-y_z@1", ""}, NULL},
    {"one that only begins like a kept one", "models", {"", "models", ""}, NULL},
    {"a member of that name inside another", "metadata.model", {"metadata", "model", ""}, NULL},
    {"the model", "model", {"", "", ""}, "model stays as it is: "},
    {"the messages", "messages", {"", "", ""}, "messages stays as it is: "},
    {"whether it streams", "stream", {"", "", ""}, "stream stays as it is: "},
    {"something inside the messages", "messages.content", {"", "", ""}, "messages stays as it is"},
    {"two levels down", "a.b.c", {"", "", ""}, "a dot reaches one level down, no further"},
    {"nothing behind the dot", "a.", {"", "", ""}, "a name of 1 to 128"},
    {"into a list", "tools[].strict", {"", "", ""}, "no rule reaches into a list"},
    {"nothing before the dot", ".a", {"", "", ""}, "a name of 1 to 128"},
    {"nothing", "", {"", "", ""}, "a name of 1 to 128"},
    {"a blank inside", "a b", {"", "", ""}, "\" \" cannot stand in the name of a member"},
    {"quotes", "\"a\"", {"", "", ""}, "without quotes is missing"},
    {"a new name", "a:b", {"", "", ""}, "\":\" cannot stand in the name of a member"},
};

static const struct row renames[] = {
    {"a member",
     "max_completion_tokens:max_tokens",
     {"", "max_completion_tokens", "max_tokens"},
     NULL},
    {"blanks around the colon", "a : b", {"", "a", "b"}, NULL},
    {"one inside an object", "a.b:a.c", {"a", "b", "c"}, NULL},
    {"no new name", "a", {"", "", ""}, "a colon and the new name are missing"},
    {"nothing behind the colon", "a:", {"", "", ""}, "a name of 1 to 128"},
    {"nothing before the colon", ":a", {"", "", ""}, "a name of 1 to 128"},
    {"two colons", "a:b:c", {"", "", ""}, "\":\" cannot stand in the name of a member"},
    {"out of its object", "a.b:b", {"", "", ""}, "write OBJECT.OLD:OBJECT.NEW"},
    {"into an object", "b:a.b", {"", "", ""}, "write OBJECT.OLD:OBJECT.NEW"},
    {"into another object", "a.b:c.b", {"", "", ""}, "write OBJECT.OLD:OBJECT.NEW"},
    {"to itself", "a.b:a.b", {"", "", ""}, "the new name is the old one"},
    {"the model", "model:engine", {"", "", ""}, "model stays as it is"},
    {"to the messages", "input:messages", {"", "", ""}, "messages stays as it is"},
};

static void check(const struct row *row, int r, const struct member_rule *rule,
                  const struct error *why)
{
    ck_assert_msg(r == (row->why ? -EINVAL : 0), "%s: %d %s", row->name, r, why->text);
    if (row->why) {
        ck_assert_msg(strstr(why->text, row->why) != NULL, "%s: %s", row->name, why->text);
        return;
    }
    ck_assert_str_eq(rule->object, row->want.object);
    ck_assert_str_eq(rule->name, row->want.name);
    ck_assert_str_eq(rule->to, row->want.to);
}

START_TEST(what_may_be_dropped)
{
    struct member_rule rule;
    struct error why = ERROR_NONE;
    int r = member_rule_read_drop(text_of(drops[_i].text), &rule, &why);
    check(&drops[_i], r, &rule, &why);
}
END_TEST

START_TEST(what_may_be_renamed)
{
    struct member_rule rule;
    struct error why = ERROR_NONE;
    int r = member_rule_read_rename(text_of(renames[_i].text), &rule, &why);
    check(&renames[_i], r, &rule, &why);
}
END_TEST

START_TEST(a_name_has_a_longest)
{
    char text[MEMBER_NAME_MAX + 1];
    struct member_rule rule;
    struct error why = ERROR_NONE;
    memset(text, 'a', sizeof(text));
    ck_assert_int_eq(member_rule_read_drop(text_make(text, MEMBER_NAME_MAX), &rule, &why), 0);
    ck_assert_int_eq(member_rule_read_drop(text_make(text, sizeof(text)), &rule, &why), -EINVAL);
    ck_assert_str_eq(why.text, "a name of more than 128 bytes");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("member_rule");
    TCase *tc = tcase_create("member_rule");
    tcase_add_loop_test(tc, what_may_be_dropped, 0, ROWS(drops));
    tcase_add_loop_test(tc, what_may_be_renamed, 0, ROWS(renames));
    tcase_add_test(tc, a_name_has_a_longest);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
