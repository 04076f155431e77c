/* What a process was started with, moved out of sight. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/startup.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *word, *left; /* what stands in its place then */
} words[] = {
    {"a key is covered", "provider.openai.api_key=sk-1", "provider.openai.api_key=****"},
    {"tokens are", "server.tokens=a, b", "server.tokens=****"},
    {"a header that carries a key is", "provider.a.header.X-Api-Key=k",
     "provider.a.header.X-Api-Key=*"},
    {"a proxy's password is", "provider.a.proxy=http://u:p@h", "provider.a.proxy=************"},
    {"where a key is found is no secret", "provider.openai.api_key=env:KEY",
     "provider.openai.api_key=env:KEY"},
    {"nor is a number", "retry.attempts=5", "retry.attempts=5"},
    {"an empty key is left", "provider.openai.api_key=", "provider.openai.api_key="},
    {"a word without a value is left", "api_key", "api_key"},
    {"in one word with its option", "-sserver.tokens=a", "-sserver.tokens=*"},
};

START_TEST(a_word_is_covered_where_it_is_secret)
{
    char place[64], other[] = "serve";
    char *argv[] = {place, other, NULL};
    (void)snprintf(place, sizeof(place), "%s", words[_i].word);
    startup_hide_arguments(argv);
    ck_assert_str_eq(argv[0], words[_i].word);
    ck_assert_ptr_eq(argv[1], other);
    ck_assert_msg(strcmp(place, words[_i].left) == 0, "%s: %s", words[_i].name, place);
    startup_done();
}
END_TEST

START_TEST(the_environment_is_read_as_ever_and_gone_from_its_place)
{
    char key[] = "KEY=sk-CANARY", bare[] = "bare", empty[] = "EMPTY=", path[] = "PATH=/bin";
    char *places[] = {key, bare, empty, path, NULL};
    char **before = environ;
    environ = places;
    startup_hide_environment();
    ck_assert_str_eq(getenv("KEY"), "sk-CANARY");
    ck_assert_str_eq(getenv("PATH"), "/bin");
    ck_assert_str_eq(getenv("EMPTY"), "");
    ck_assert_str_eq(key, "KEY=");
    ck_assert_mem_eq(key + 4, "\0\0\0\0\0\0\0\0\0", 9);
    ck_assert_str_eq(path, "PATH=");
    ck_assert_str_eq(bare, "bare");
    const char *held = getenv("KEY"); /* by a thread that hangs in a look-up */
    startup_done();
    ck_assert_ptr_null(getenv("KEY"));
    ck_assert_str_eq(held, "");
    environ = before;
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("startup");
    TCase *tc = tcase_create("startup");
    tcase_add_loop_test(tc, a_word_is_covered_where_it_is_secret, 0, ROWS(words));
    tcase_add_test(tc, the_environment_is_read_as_ever_and_gone_from_its_place);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
