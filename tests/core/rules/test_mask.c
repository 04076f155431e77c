/* Our own key in what a provider says, in all its spellings. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/mask.h"
#include "unit.h"

static char key[] = "sk-a/b\"c\\d-0815", second[] = "sk-two-0816", *keys[] = {key, second, NULL};
static char name[] = "X-Api-Key", value[] = "hdr-4711";
static char authorization[] = "Authorization", bearer[] = "Bearer tok-2342", team[] = "X-Team",
            blue[] = "bluebird";
static struct config_header headers[] = {{name, value}, {authorization, bearer}, {team, blue}};
static const struct config_provider provider = {
    .api_keys = {keys, 2}, .headers = headers, .header_count = 3};

/* As long as an error's message, and no secret. */
static const char dots[] = "................................................................"
                           "................................................................"
                           "................................................................"
                           "................................................................";

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

/* Whatever is left of a key at the end of a text that was cut is none of the reader's business. */
START_TEST(of_a_key_that_was_cut_nothing_is_left)
{
    static const struct {
        const char *said, *left;
    } cut[] = {
        {"no sk-two-081", "no ****"},
        {"no sk-two-0816", "no ****"},
        {"no sk-", "no ***"},
        {"no s", "no *"},
        {"no sk-two-081!", "no sk-two-081!"},
        {"a\\u007", "a****"},
        {"tok-2342 hdr-", "**** ****"},
        {"", ""},
    };
    for (size_t i = 0; i < ROWS(cut); i++) {
        char said[64];
        (void)snprintf(said, sizeof(said), "%s", cut[i].said);
        mask_provider_field(&provider, said, strlen(said) + 1);
        ck_assert_str_eq(said, cut[i].left);
    }
}
END_TEST

/* Cut at every byte of the key, as provider_error.h cuts. */
START_TEST(no_text_of_an_error_ends_in_half_a_key)
{
    for (size_t before = 0; before < sizeof(((struct provider_error *)0)->message); before++) {
        char body[640];
        struct provider_error error;
        (void)snprintf(body, sizeof(body),
                       "{\"error\":{\"message\":\"%.*s%s\",\"code\":\"%.*s%s\"}}", (int)before,
                       dots, second, (int)(before % 64), dots, second);
        ck_assert(provider_error_read(text_of(body), &error));
        mask_provider_error(&provider, &error);
        ck_assert_msg(!strchr(error.message, 's'), "%s", error.message);
        ck_assert_msg(!strchr(error.code, 's'), "%s", error.code);
    }
    struct provider_error plain = {.message = "this ends in s"};
    mask_provider_error(&provider, &plain);
    ck_assert_str_eq(plain.message, "this ends in s");
}
END_TEST

/* ---- held against a search for one secret after the other, byte by byte */

static size_t hex4(const char *at)
{
    char digits[5] = {at[0], at[1], at[2], at[3], '\0'};
    return strspn(digits, "0123456789abcdefABCDEF") == 4 ? strtoul(digits, NULL, 16) : SIZE_MAX;
}

static size_t plain_byte(const char *at, size_t left, char byte)
{
    if (left == 0)
        return 0;
    if (at[0] != '\\')
        return at[0] == byte;
    if (left > 1 && at[1] == byte && strchr("\"\\/", byte))
        return 2;
    if (left > 5 && at[1] == 'u' && hex4(at + 2) == (size_t)byte)
        return 6;
    return byte == '\\';
}

static size_t plain_match(const struct strings *secrets, const char *at, size_t left)
{
    size_t best = 0;
    for (size_t i = 0; i < secrets->count; i++) {
        size_t used = 0, n = 1;
        for (const char *c = secrets->at[i]; *c && n; c++, used += n)
            n = plain_byte(at + used, left - used, *c);
        if (n && used > best)
            best = used;
    }
    return best;
}

static void plain_mask(const struct strings *secrets, const char *said, char *ret)
{
    size_t len = strlen(said), to = 0;
    for (size_t from = 0; from < len;) {
        size_t end = plain_match(secrets, said + from, len - from);
        for (size_t i = 1; i < end; i++) {
            size_t used = plain_match(secrets, said + from + i, len - from - i);
            end = used && i + used > end ? i + used : end;
        }
        if (end == 0) {
            ret[to++] = said[from++];
            continue;
        }
        memcpy(ret + to, "****", 4);
        to += 4;
        from += end;
    }
    ret[to] = '\0';
}

static void put_random(char *ret, size_t len, const char *const pieces[], size_t count,
                       uint32_t *random)
{
    size_t at = 0;
    ret[0] = '\0';
    while (at < len) {
        *random = *random * 1664525u + 1013904223u;
        const char *piece = pieces[(*random >> 16) % count];
        memcpy(ret + at, piece, strlen(piece) + 1);
        at += strlen(piece);
    }
}

/* Few letters, so that keys begin alike, overlap, and hold what escapes are made of. */
START_TEST(it_finds_what_a_plain_search_finds)
{
    static const char *const of_keys[] = {"a", "b", "\\", "\"", "u"};
    static const char *const of_texts[] = {"a",       "b",       "\\",    "\"",
                                           "u",       "\\\\",    "\\\"",  "\\u0061",
                                           "\\u005C", "\\u0022", "\\u00", "\\u0075"};
    char made[8][24], *list[9] = {0}, said[200] = "", expected[200], masked[200];
    uint32_t random = (uint32_t)_i * 7919u + 1u;
    for (int round = 0; round < 500; round++) {
        const struct strings secrets = {list, (size_t)(round % 8) + 1};
        const struct config_provider provider_of = {.api_keys = secrets};
        for (size_t i = 0; i < secrets.count; i++) {
            put_random(made[i], 4 + (size_t)round % 5, of_keys, ROWS(of_keys), &random);
            list[i] = made[i];
        }
        put_random(said, (size_t)round % 120, of_texts, ROWS(of_texts), &random);
        plain_mask(&secrets, said, expected);
        (void)snprintf(masked, sizeof(masked), "%s", said);
        mask_provider_string(&provider_of, masked);
        ck_assert_msg(strcmp(masked, expected) == 0, "%s: %s, not %s", said, masked, expected);
    }
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
    tcase_add_test(tc, of_a_key_that_was_cut_nothing_is_left);
    tcase_add_test(tc, no_text_of_an_error_ends_in_half_a_key);
    tcase_add_loop_test(tc, it_finds_what_a_plain_search_finds, 0, 8);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
