/* The grammar of -s. */
#include "setting_case.h"
#include "settings/setting.h"

#define NO_SETTING                                                                                 \
    "not a setting; allowed: -s SECTION.KEY=VALUE, such as -s retry.attempts=5, -s "               \
    "provider.openai.model=gpt-4 or -s \"model gpt-4.1.ollama=llama3\""

static const struct {
    const char *name;
    const char *flag;
    const char *kept;
    const char *error;
} rows[] = {
    {"a dot", "retry.attempts=5", "[retry] attempts = 5", ""},
    {"a blank for the dot", "retry attempts=5", "[retry] attempts = 5", ""},
    {"both", "retry .attempts=5", "[retry] attempts = 5", ""},
    {"blanks all over", " retry . attempts = 5 ", "[retry] attempts = 5", ""},
    {"a value that holds = and blanks", "log.usage_file=/a=b c", "[log] usage_file = /a=b c", ""},
    {"an empty value", "connectivity.check_url=", "[connectivity] check_url = ", ""},
    {"a value with ; and #", "log.usage_file=/a ;b #c", "[log] usage_file = /a ;b #c", ""},
    {"a provider", "provider.openai.model=x", "[provider openai] model = x", ""},
    {"a provider behind a blank", "provider openai.model=x", "[provider openai] model = x", ""},
    {"a provider that the flag brings", "provider.my-box.type=openai",
     "[provider my-box] type = openai", ""},
    {"a provider's retry", "provider.openai.retry_attempts=1",
     "[provider openai] retry_attempts = 1", ""},
    {"a header", "provider.openai.header.X-Team=a", "[provider openai] header.X-Team = a", ""},
    {"a header that holds a dot", "provider.openai.header.X.Y=a",
     "[provider openai] header.X.Y = a", ""},
    {"a model with a dot", "model gpt-4.1.ollama=y", "[model gpt-4.1] ollama = y", ""},
    {"a model behind a dot", "model.gpt-4.1.ollama=y", "[model gpt-4.1] ollama = y", ""},
    {"a model with blanks and slashes", "model hf.co/a b:Q4.ollama=y",
     "[model hf.co/a b:Q4] ollama = y", ""},
    {"a model's hedge_after", "model gpt-4.1.hedge_after=off", "[model gpt-4.1] hedge_after = off",
     ""},
    {"a model's value with a dot", "model a.ollama=b.c", "[model a] ollama = b.c", ""},
    {"no =", "retry.attempts", "", "-s retry.attempts: " NO_SETTING},
    {"nothing", "", "", "-s : " NO_SETTING},
    {"a value only", "=5", "", "-s : " NO_SETTING},
    {"a section only", "retry=5", "", "-s retry: " NO_SETTING},
    {"no key", "retry.=5", "", "-s retry.: " NO_SETTING},
    {"a provider without key", "provider.openai=5", "", "-s provider.openai: " NO_SETTING},
    {"a provider with an empty key", "provider.openai.=5", "", "-s provider.openai.: " NO_SETTING},
    {"a model without key", "model gpt=5", "", "-s model gpt: " NO_SETTING},
    {"a provider without name", "provider..model=5", "",
     "-s provider..model: section \"provider\": the section needs a name; allowed: provider NAME, "
     "model NAME, token NAME, tool NAME"},
    {"a reserved name", "provider.all.model=5", "",
     "-s provider.all.model: section \"provider all\": not the name of a provider; allowed: "
     "letters, digits, '-' and '_', but not hedge_after, capabilities, context, all"},
    {"an unknown section", "retri.attempts=5", "",
     "-s retri.attempts: unknown section \"retri\"; allowed: server, route, retry, connectivity, "
     "breaker, provider NAME, model NAME, token NAME, tool NAME, tools, log; did you mean "
     "\"retry\"?"},
    {"an unknown key", "breaker.open=5", "",
     "-s breaker.open: unknown key \"open\" in [breaker]; allowed: failures, open_for"},
    {"a bad value", "retry.attempts=many", "![retry] attempts = many",
     "-s retry.attempts: [retry] attempts = \"many\": not valid; allowed: a whole number, from 1 "
     "to 100"},
    {"a bad secret is not shown", "provider.openai.api_key=sesame\x01",
     "![provider openai] api_key = sesame\x01",
     "-s provider.openai.api_key: [provider openai] api_key: the secret holds a control byte (a "
     "second line?); allowed: none, or keys by preference, each itself, env:NAME, file:PATH or "
     "credential:NAME, separated by commas"},
    {"a control byte", "log.usage_file=a\nb", "![log] usage_file = a\nb",
     "-s log.usage_file: [log] usage_file = \"a?b\": a control byte; allowed: none, or the path "
     "of a file"},
};

START_TEST(a_flag_is_read)
{
    struct setting_case test;
    setting_case_init(&test);
    setting_add_flag(&test.set, rows[_i].flag);
    setting_case_check_kept(&test, rows[_i].name, rows[_i].kept);
    setting_case_check_lines(&test.lines.errors, rows[_i].name, rows[_i].error);
    ck_assert(test.set.count == 0 || test.set.at[0].origin.kind == ORIGIN_FLAG);
    setting_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("setting_flag");
    TCase *tc = tcase_create("setting_flag");
    tcase_add_loop_test(tc, a_flag_is_read, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
