/* Our own key in what a provider says, in all its spellings. */
#include <stdio.h>

#include "rules/mask.h"
#include "unit.h"

static char key[] = "sk-a/b\"c\\d-0815", second[] = "sk-two-0816", *keys[] = {key, second, NULL};
static char name[] = "X-Api-Key", value[] = "hdr-4711";
static char authorization[] = "Authorization", bearer[] = "Bearer tok-2342", team[] = "X-Team",
            blue[] = "bluebird";
static struct config_header headers[] = {{name, value}, {authorization, bearer}, {team, blue}};
static const struct config_provider provider = {
    .api_keys = {keys, 2}, .headers = headers, .header_count = 3};

static const struct {
    const char *name;
    const char *said;
    const char *left;
} rows[] = {
    {"nothing of it", "Incorrect API key provided", "Incorrect API key provided"},
    {"nothing at all", "", ""},
    {"as it is", "key sk-a/b\"c\\d-0815.", "key ****."},
    {"another key of the list", "no sk-two-0816, no sk-a/b\"c\\d-0815", "no ****, no ****"},
    {"alone", "sk-a/b\"c\\d-0815", "****"},
    {"twice", "sk-a/b\"c\\d-0815sk-a/b\"c\\d-0815", "********"},
    {"in a JSON string", "{\"m\":\"key sk-a/b\\\"c\\\\d-0815.\"}", "{\"m\":\"key ****.\"}"},
    {"with the slash escaped", "sk-a\\/b\\\"c\\\\d-0815", "****"},
    {"with escapes by number", "s\\u006b\\u002Da/b\\u0022c\\u005cd-0815!", "****!"},
    {"without its end", "sk-a/b\"c\\d-081", "sk-a/b\"c\\d-081"},
    {"without its beginning", "k-a/b\"c\\d-0815", "k-a/b\"c\\d-0815"},
    {"with another byte by number", "s\\u006c-a/b", "s\\u006c-a/b"},
    {"a broken escape", "s\\u00", "s\\u00"},
    {"begun twice", "sk-sk-a/b\"c\\d-0815", "sk-****"},
    {"a header that carries a secret", "bad hdr-4711", "bad ****"},
    {"one with its scheme", "got 'Bearer tok-2342'", "got '****'"},
    {"and without", "got tok-2342", "got ****"},
    {"a header that carries none", "bluebird", "bluebird"},
};

START_TEST(each_spelling_is_masked)
{
    char said[128];
    (void)snprintf(said, sizeof(said), "%s", rows[_i].said);
    mask_provider_string(&provider, said);
    ck_assert_msg(strcmp(said, rows[_i].left) == 0, "%s: %s", rows[_i].name, said);
}
END_TEST

START_TEST(bytes_behind_the_end_are_not_looked_at)
{
    char said[] = "sk-a/b\"c\\d-0815";
    for (size_t len = 0; len < sizeof(said) - 1; len++)
        ck_assert_uint_eq(mask_provider(&provider, said, len), len);
    ck_assert_uint_eq(mask_provider(&provider, said, sizeof(said) - 1), 4);
}
END_TEST

/* An error without a body has no memory, either. */
START_TEST(nothing_has_nothing_to_mask)
{
    ck_assert_uint_eq(mask_provider(&provider, NULL, 0), 0);
}
END_TEST

/* A key may begin with another one, whichever of them is named first, or end as another begins. */
START_TEST(of_keys_that_overlap_nothing_is_left)
{
    static const struct {
        const char *said, *left;
    } told[] = {
        {"no sk-one-two.", "no ****."},     {"no sk-one, no sk-one-two", "no ****, no ****"},
        {"no sk-one-tw", "no ****-tw"},     {"no sk-one-two-more!", "no ****!"},
        {"no two-more-and", "no ****-and"}, {"sk-onesk-one-two", "********"},
        {"s\\u006b-one-two", "****"},
    };
    char one[] = "sk-one", two[] = "sk-one-two", more[] = "two-more";
    char *orders[][4] = {{one, two, more, NULL}, {more, two, one, NULL}};
    for (size_t i = 0; i < ROWS(told); i++)
        for (size_t order = 0; order < ROWS(orders); order++) {
            const struct config_provider both = {.api_keys = {orders[order], 3}};
            char said[64];
            (void)snprintf(said, sizeof(said), "%s", told[i].said);
            mask_provider_string(&both, said);
            ck_assert_str_eq(said, told[i].left);
        }
}
END_TEST

START_TEST(a_short_key_may_be_a_word)
{
    char shorter[] = "abc", said[] = "abcabc";
    const struct config_provider plain = {.api_keys = {(char *[]){shorter, NULL}, 1}}, none = {0};
    mask_provider_string(&plain, said);
    mask_provider_string(&none, said);
    ck_assert_str_eq(said, "abcabc");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mask");
    TCase *tc = tcase_create("mask");
    tcase_add_loop_test(tc, each_spelling_is_masked, 0, ROWS(rows));
    tcase_add_test(tc, bytes_behind_the_end_are_not_looked_at);
    tcase_add_test(tc, nothing_has_nothing_to_mask);
    tcase_add_test(tc, of_keys_that_overlap_nothing_is_left);
    tcase_add_test(tc, a_short_key_may_be_a_word);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
