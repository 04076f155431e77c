/* Rows of the option table in words: what may be written, and the names of variables. */
#include <stdio.h>

#include "settings/option.h"
#include "unit.h"

#define DURATION "a duration such as 250ms, 2s, 1.5 (seconds), 10m or 1h"
#define ADDRESS  "an http:// or https:// address without user"
#define FALLBACK "network, timeout, protocol, server, rate_limit, auth, quota, model, context"

static const struct {
    enum option_section section;
    const char *key;
    const char *allowed;
} forms[] = {
    {SECTION_SERVER, "listen", "address:port, [v6]:port or unix:/path, separated by commas"},
    {SECTION_SERVER, "allowed_hosts",
     "host names or addresses, with or without a port, separated by commas"},
    {SECTION_SERVER, "allowed_origins",
     "scheme://host[:port], at its end * for any rest, separated by commas"},
    {SECTION_SERVER, "tokens",
     "none, or secrets, each itself, env:NAME, file:PATH or credential:NAME, separated by commas"},
    {SECTION_SERVER, "allow_unauthenticated", "yes or no, true or false, on or off, 1 or 0"},
    {SECTION_SERVER, "max_body", "a size such as 4096, 64K, 8M or 1G, from 1 to 4G"},
    {SECTION_SERVER, "max_inflight", "a whole number, from 1 to 1000000"},
    {SECTION_SERVER, "drain_timeout", DURATION ", from 0 to 1d"},
    {SECTION_SERVER, "heartbeat", "off, or " DURATION ", from 0 to 1h"},
    {SECTION_ROUTE, "priority", "names of providers, separated by commas"},
    {SECTION_ROUTE, "fallback_on",
     "none, or failure classes separated by commas: " FALLBACK ", redirect"},
    {SECTION_ROUTE, "hedge_after", "auto, off, or " DURATION ", from 1ms to 1d"},
    {SECTION_RETRY, "on", "none, or failure classes separated by commas: " FALLBACK},
    {SECTION_RETRY, "jitter", "a number such as 1 or 0.5, from 0 to 1"},
    {SECTION_CONNECTIVITY, "check_url", "off, or " ADDRESS " and fragment"},
    {SECTION_CONNECTIVITY, "timeout_ms", "a whole number of milliseconds, from 1 to 600000"},
    {SECTION_PROVIDER, "type", "openai, ollama or anthropic"},
    {SECTION_PROVIDER, "base_url", ADDRESS ", query and fragment"},
    {SECTION_PROVIDER, "api_key",
     "none, or keys by preference, each itself, env:NAME, file:PATH or credential:NAME, separated "
     "by commas"},
    {SECTION_PROVIDER, "first_byte_timeout",
     DURATION ", or two: streamed, not streamed, each from 1ms to 1d"},
    {SECTION_PROVIDER, "ca_file", "system, or the path of a file"},
    {SECTION_PROVIDER, "num_ctx", "auto, or a number of tokens such as 8192 or 8K, from 1 to 1G"},
    {SECTION_MODEL, "anything", "the name of a model"},
    {SECTION_LOG, "level", "error, warning, info or debug"},
};

START_TEST(what_may_be_written_is_told)
{
    const struct option *option = option_find(forms[_i].section, text_of(forms[_i].key));
    char allowed[OPTION_ALLOWED_MAX];
    ck_assert_ptr_nonnull(option);
    option_allowed(option, allowed, sizeof(allowed));
    ck_assert_str_eq(allowed, forms[_i].allowed);
}
END_TEST

START_TEST(no_form_is_cut)
{
    for (size_t i = 0; i < option_count(); i++) {
        char allowed[OPTION_ALLOWED_MAX];
        option_allowed(option_at(i), allowed, sizeof(allowed));
        ck_assert_uint_gt(strlen(allowed), 5);
        ck_assert_uint_lt(strlen(allowed), sizeof(allowed) - 1);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_cut)
{
    const struct option *option = option_find(SECTION_LOG, text_of("level"));
    char room[8], all[OPTION_ALLOWED_MAX];
    option_allowed(option, room, sizeof(room));
    ck_assert_str_eq(room, "error, ");
    option_environment(SECTION_LOG, NULL, "level", room, sizeof(room));
    ck_assert_str_eq(room, "UNDERST");
    option_allowed(option, all, 1);
    ck_assert_str_eq(all, "");
}
END_TEST

START_TEST(classes_that_end_an_exchange_cannot_be_named)
{
    failure_set fallback = option_classes(option_find(SECTION_ROUTE, text_of("fallback_on")));
    failure_set retry = option_classes(option_find(SECTION_RETRY, text_of("on")));
    static const enum failure never[] = {FAILURE_NONE, FAILURE_POLICY, FAILURE_REQUEST,
                                         FAILURE_SKIPPED, FAILURE_CANCELLED};
    for (int i = 0; i < ROWS(never); i++)
        ck_assert_uint_eq((fallback | retry) & FAILURE_BIT(never[i]), 0);
    ck_assert_uint_ne(fallback & FAILURE_BIT(FAILURE_REDIRECT), 0);
    ck_assert_uint_eq(retry & FAILURE_BIT(FAILURE_REDIRECT), 0);
    ck_assert_uint_ne(retry & FAILURE_BIT(FAILURE_RATE_LIMIT), 0);
}
END_TEST

static const struct {
    enum option_section section;
    const char *name;
    const char *key;
    const char *variable;
} variables[] = {
    {SECTION_RETRY, NULL, "attempts", "UNDERSTUDY_RETRY_ATTEMPTS"},
    {SECTION_CONNECTIVITY, NULL, "timeout_ms", "UNDERSTUDY_CONNECTIVITY_TIMEOUT_MS"},
    {SECTION_PROVIDER, "openai", "api_key", "UNDERSTUDY_PROVIDER_OPENAI_API_KEY"},
    {SECTION_PROVIDER, "My-box_2", "http2", "UNDERSTUDY_PROVIDER_MY_BOX_2_HTTP2"},
    {SECTION_PROVIDER, "openai", "retry_attempts", "UNDERSTUDY_PROVIDER_OPENAI_RETRY_ATTEMPTS"},
    {SECTION_PROVIDER, "openai", "header.X-Team", ""},
    {SECTION_MODEL, "gpt-4.1:x/\xc3\xbc", "hedge_after",
     "UNDERSTUDY_MODEL_GPT_4_1_X____HEDGE_AFTER"},
    {SECTION_MODEL, "NAME", "PROVIDER", "UNDERSTUDY_MODEL_NAME_PROVIDER"},
};

START_TEST(variables_are_named)
{
    char variable[96];
    option_environment(variables[_i].section, variables[_i].name, variables[_i].key, variable,
                       sizeof(variable));
    ck_assert_str_eq(variable, variables[_i].variable);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("option_form");
    TCase *tc = tcase_create("option_form");
    tcase_add_loop_test(tc, what_may_be_written_is_told, 0, ROWS(forms));
    tcase_add_test(tc, no_form_is_cut);
    tcase_add_test(tc, what_does_not_fit_is_cut);
    tcase_add_test(tc, classes_that_end_an_exchange_cannot_be_named);
    tcase_add_loop_test(tc, variables_are_named, 0, ROWS(variables));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
