/* Settings that a reload does not take. */
#include "config/config.h"
#include "config_case.h"

#define GONE                                                                                       \
    "all tokens are gone ([server] tokens, [token NAME]), and nobody would have to show one; if "  \
    "that "                                                                                        \
    "is meant, set "                                                                               \
    "allow_unauthenticated = yes"
#define EMPTY "the settings file has lost all its settings; if that is meant, restart"

static const struct {
    const char *name;
    const char *now;
    const char *next;
    const char *why; /* "": taken */
} rows[] = {
    {"nothing has changed", "[retry]\nattempts = 2\n", "[retry]\nattempts = 2\n", ""},
    {"an empty file", "[retry]\nattempts = 2\n", "", EMPTY},
    {"comments are no settings", "[retry]\nattempts = 2\n", "; attempts\n[retry]\n", EMPTY},
    {"it was empty", "", "", ""},
    {"one setting is left", "[retry]\nattempts = 2\njitter = 0\n", "[retry]\njitter = 0\n", ""},
    {"the first settings", "", "[retry]\nattempts = 2\n", ""},
    {"tokens are gone", "[server]\ntokens = a\nworkers = 1\n", "[server]\nworkers = 1\n", GONE},
    {"tokens are none", "[server]\ntokens = a\n", "[server]\ntokens = none\n", GONE},
    {"tokens are empty", "[server]\ntokens = a\n", "[server]\ntokens =\n", GONE},
    {"others", "[server]\ntokens = a\n", "[server]\ntokens = b\n", ""},
    {"one of two", "[server]\ntokens = a, b\n", "[server]\ntokens = b\n", ""},
    {"meant", "[server]\ntokens = a\n", "[server]\nallow_unauthenticated = yes\n", ""},
    {"there were none", "[server]\nworkers = 1\n", "[server]\nworkers = 2\n", ""},
};

START_TEST(what_looks_like_an_accident_is_not_taken)
{
    struct config_case now = config_case_load(rows[_i].now, NULL, NULL);
    struct config_case next = config_case_load(rows[_i].next, NULL, NULL);
    struct error why = ERROR_NONE;
    ck_assert(now.r == 0 && next.r == 0);
    bool taken = config_may_replace(now.config, next.config, &why);
    ck_assert_msg(strcmp(why.text, rows[_i].why) == 0, "%s: %s", rows[_i].name, why.text);
    ck_assert(taken == (rows[_i].why[0] == '\0'));
    config_case_done(&now);
    config_case_done(&next);
}
END_TEST

START_TEST(tokens_of_the_environment_stand_however_the_file_is)
{
    const char *const variables[] = {"UNDERSTUDY_SERVER_TOKENS=a", NULL};
    struct config_case now = config_case_load("[retry]\nattempts = 2\n", variables, NULL);
    struct config_case next = config_case_load("[retry]\nattempts = 3\n", variables, NULL);
    struct error why = ERROR_NONE;
    ck_assert(config_may_replace(now.config, next.config, &why));
    config_case_done(&now);
    config_case_done(&next);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_reload");
    TCase *tc = tcase_create("config_reload");
    tcase_add_loop_test(tc, what_looks_like_an_accident_is_not_taken, 0, ROWS(rows));
    tcase_add_test(tc, tokens_of_the_environment_stand_however_the_file_is);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
