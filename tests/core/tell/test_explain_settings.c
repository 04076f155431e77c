/* The settings as they are shown beside a story. */
#include <stdio.h>

#include "config_case.h"
#include "settings/option.h"
#include "tell/explain_settings.h"

static const struct {
    int64_t ms;
    const char *text;
} durations[] = {
    {0, "0ms"},         {750, "750ms"},   {999, "999ms"},     {1000, "1s"},     {1500, "1.5s"},
    {1234, "1.234s"},   {9999, "9.999s"}, {10000, "10s"},     {12345, "12.3s"}, {60000, "60s"},
    {119999, "119.9s"}, {120000, "2m"},   {290000, "4m 50s"}, {3600000, "60m"},
};

START_TEST(durations_are_read_at_a_glance)
{
    char text[EXPLAIN_DURATION_MAX];
    ck_assert_str_eq(explain_duration(durations[_i].ms, text, sizeof(text)), durations[_i].text);
}
END_TEST

static const char *shown(const struct config *config, unsigned set, char *ret, size_t size)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(explain_settings_print(config, &config->providers[0], set, &out), 0);
    (void)snprintf(ret, size, "%s", out.data ? out.data : "");
    buf_done(&out);
    return ret;
}

static const struct {
    unsigned bit;
    const char *file;
    const char *line;
} rows[] = {
    {EXPLAIN_BIT(PRIORITY), "", "  [route] priority = openai, ollama\n"},
    {EXPLAIN_BIT(FALLBACK_ON), "[route]\nfallback_on = server, network\n",
     "  [route] fallback_on = network, server\n"},
    {EXPLAIN_BIT(FALLBACK_ON), "[route]\nfallback_on = none\n", "  [route] fallback_on = none\n"},
    {EXPLAIN_BIT(DEADLINE), "", "  [route] deadline = 4m 50s\n"},
    {EXPLAIN_BIT(CONTINUE_STREAM), "", "  [route] continue_stream = no\n"},
    {EXPLAIN_BIT(HEDGE_AFTER), "", "  [route] hedge_after = auto\n"},
    {EXPLAIN_BIT(HEDGE_AFTER), "[route]\nhedge_after = off\n", "  [route] hedge_after = off\n"},
    {EXPLAIN_BIT(HEDGE_AFTER), "[route]\nhedge_after = 2s\n", "  [route] hedge_after = 2s\n"},
    {EXPLAIN_BIT(ATTEMPTS), "[provider openai]\nretry_attempts = 7\n", "  [retry] attempts = 7\n"},
    {EXPLAIN_BIT(JITTER), "", "  [retry] jitter = 0.25\n"},
    {EXPLAIN_BIT(HONOUR_RETRY_AFTER), "", "  [retry] honour_retry_after = yes\n"},
    {EXPLAIN_BIT(CHECK_URL), "", "  [connectivity] check_url = https://api.openai.com\n"},
    {EXPLAIN_BIT(CHECK_URL), "[connectivity]\ncheck_url = off\n",
     "  [connectivity] check_url = off\n"},
    {EXPLAIN_BIT(FIRST_BYTE_TIMEOUT), "",
     "  [provider openai] first_byte_timeout = 60s, 4m 40s (streamed, not streamed)\n"},
    {EXPLAIN_BIT(MODEL), "", "  [provider openai] model = gpt-4\n"},
    {EXPLAIN_BIT(MIN_WAIT) | EXPLAIN_BIT(BREAKER_FAILURES), "",
     "  [retry] min_wait = 1s\n  [breaker] failures = 5\n"},
    {0, "", ""},
};

START_TEST(a_setting_is_shown_with_its_value)
{
    char text[4096];
    struct config_case loaded = config_case_load(rows[_i].file, LIST(NULL), LIST(NULL));
    ck_assert_int_eq(loaded.r, 0);
    ck_assert_str_eq(shown(loaded.config, rows[_i].bit, text, sizeof(text)), rows[_i].line);
    config_case_done(&loaded);
}
END_TEST

START_TEST(every_setting_has_a_value)
{
    char text[4096];
    struct config_case loaded = config_case_load("", LIST(NULL), LIST(NULL));
    for (unsigned i = 0; i < EXPLAIN_SETTING_COUNT; i++) {
        const char *line = shown(loaded.config, 1u << i, text, sizeof(text));
        ck_assert_msg(strlen(strstr(line, " = ")) > strlen(" = \n"), "%s", line);
    }
    config_case_done(&loaded);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("explain_settings");
    TCase *tc = tcase_create("explain_settings");
    tcase_add_loop_test(tc, durations_are_read_at_a_glance, 0, ROWS(durations));
    tcase_add_loop_test(tc, a_setting_is_shown_with_its_value, 0, ROWS(rows));
    tcase_add_test(tc, every_setting_has_a_value);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
