/* How a bad value is told: what is wrong, what is allowed, did you mean; and never a secret. */
#include "setting_case.h"
#include "settings/setting.h"

#define DURATION "a duration such as 250ms, 2s, 1.5 (seconds), 10m or 1h"
#define CLASSES                                                                                    \
    "none, or failure classes separated by commas: network, timeout, protocol, server, "           \
    "rate_limit, auth, quota, model, context"
#define ADDRESS "an http:// or https:// address without user, query and fragment"
#define SECRET                                                                                     \
    "none, or keys by preference, each itself, env:NAME, file:PATH or credential:NAME, separated " \
    "by commas"
#define X10 "xxxxxxxxxx"

static const struct {
    const char *name;
    enum option_section section;
    const char *key;
    const char *value;
    const char *error; /* behind the place; NULL: the value is right */
} rows[] = {
    {"a right value", SECTION_RETRY, "attempts", "5", NULL},
    {"not a number", SECTION_RETRY, "attempts", "five",
     "[retry] attempts = \"five\": not valid; allowed: a whole number, from 1 to 100"},
    {"too large a number", SECTION_RETRY, "attempts", "101",
     "[retry] attempts = \"101\": out of range; allowed: a whole number, from 1 to 100"},
    {"not a duration", SECTION_RETRY, "min_wait", "1 fortnight",
     "[retry] min_wait = \"1 fortnight\": not valid; allowed: " DURATION ", from 0 to 1h"},
    {"not a size", SECTION_SERVER, "max_body", "1.5M",
     "[server] max_body = \"1.5M\": not valid; allowed: a size such as 4096, 64K, 8M or 1G, from "
     "1 to 4G"},
    {"not a boolean", SECTION_SERVER, "allow_unauthenticated", "maybe",
     "[server] allow_unauthenticated = \"maybe\": not valid; allowed: yes or no, true or false, "
     "on or off, 1 or 0"},
    {"a misspelt choice", SECTION_LOG, "level", "wraning",
     "[log] level = \"wraning\": not valid; allowed: error, warning, info or debug; did you mean "
     "\"warning\"?"},
    {"a misspelt word", SECTION_ROUTE, "hedge_after", "aut",
     "[route] hedge_after = \"aut\": not valid; allowed: auto, off, or " DURATION
     ", from 1ms to 1d; did you mean \"auto\"?"},
    {"a misspelt class behind a right one", SECTION_RETRY, "on", "network, timout",
     "[retry] on = \"network, timout\": \"timout\" is no class that can be named here; "
     "allowed: " CLASSES "; did you mean \"timeout\"?"},
    {"a misspelt ability behind a right one", SECTION_MODEL, "capabilities", "tools, vison",
     "[model openai] capabilities = \"tools, vison\": \"vison\": not what a model can do; allowed: "
     "completion, tools, vision, thinking, audio, insert, embedding, separated by commas; did you "
     "mean \"vision\"?"},
    {"a class that is listed twice", SECTION_RETRY, "on", "server, server",
     "[retry] on = \"server, server\": \"server\" is listed twice; allowed: " CLASSES},
    {"a # that was meant as a comment", SECTION_RETRY, "attempts", "5 # more",
     "[retry] attempts = \"5 # more\": not valid; allowed: a whole number, from 1 to 100; a "
     "comment behind a value begins with \" ;\""},
    {"an empty value", SECTION_RETRY, "attempts", "",
     "[retry] attempts = \"\": not valid; allowed: a whole number, from 1 to 100"},
    {"a value of 60 bytes is whole", SECTION_RETRY, "attempts", X10 X10 X10 X10 X10 X10,
     "[retry] attempts = \"" X10 X10 X10 X10 X10 X10
     "\": not valid; allowed: a whole number, from 1 to 100"},
    {"a longer value is cut", SECTION_RETRY, "attempts", X10 X10 X10 X10 X10 X10 "y",
     "[retry] attempts = \"" X10 X10 X10 X10 X10 X10
     "...\": not valid; allowed: a whole number, from 1 to 100"},
    {"an address without scheme", SECTION_PROVIDER, "base_url", "api.example/v1",
     "[provider openai] base_url = \"api.example/v1\": an address that begins with neither "
     "http:// nor https://; allowed: " ADDRESS},
    {"an address that may hold a password", SECTION_PROVIDER, "base_url", "http://u:sesame@x",
     "[provider openai] base_url: a user name or password in the address; allowed: " ADDRESS},
    {"a proxy that may hold a password", SECTION_PROVIDER, "proxy", "u:sesame@x",
     "[provider openai] proxy: not the address of a proxy; allowed: none, or http://, https://, "
     "socks4://, socks4a://, socks5:// or socks5h:// and a host"},
    {"a retry_ of a provider", SECTION_PROVIDER, "retry_jitter", "2",
     "[provider openai] retry_jitter = \"2\": out of range; allowed: a number such as 1 or 0.5, "
     "from 0 to 1"},
    {"bytes that are no UTF-8", SECTION_LOG, "usage_file", "/var/\xff",
     "[log] usage_file = \"/var/\xff\": bytes that are not UTF-8; allowed: none, or the path of a "
     "file"},
    {"a control byte", SECTION_LOG, "usage_file", "/var/\x01",
     "[log] usage_file = \"/var/?\": a control byte; allowed: none, or the path of a file"},
    {"a secret with a control byte", SECTION_PROVIDER, "api_key", "sesame\x01",
     "[provider openai] api_key: the secret holds a control byte (a second line?); "
     "allowed: " SECRET},
    {"a reference that names nothing", SECTION_PROVIDER, "api_key", "file:",
     "[provider openai] api_key: a reference to a secret that names nothing; allowed: " SECRET},
    {"a header without value", SECTION_PROVIDER, "header.X-Team", "",
     "[provider openai] header.X-Team = \"\": not the value of a header; allowed: 1 to 8192 bytes "
     "without control bytes"},
    {"a secret header with a control byte", SECTION_PROVIDER, "header.X-Api-Key", "sesame\x01",
     "[provider openai] header.X-Api-Key: a control byte; allowed: 1 to 8192 bytes without "
     "control bytes"},
    {"a model without a name", SECTION_MODEL, "ollama", "",
     "[model openai] ollama = \"\": a name of 1 to 512 bytes is needed; allowed: the name of a "
     "model"},
};

static struct setting make(enum option_section section, const char *key, const char *value)
{
    bool named = option_section_named(section);
    return (struct setting){.option = option_find(section, text_of(key)),
                            .section = section,
                            .name = named ? strdup("openai") : NULL,
                            .key = strdup(key),
                            .value = strdup(value),
                            .origin = {ORIGIN_FILE, 7, {"f.ini", 5}}};
}

static void unmake(struct setting *setting)
{
    free(setting->name);
    free(setting->key);
    free(setting->value);
}

START_TEST(a_bad_value_is_told)
{
    struct config_errors lines = {0};
    struct report report = {.to = &lines};
    struct setting setting = make(rows[_i].section, rows[_i].key, rows[_i].value);
    char expected[768] = "";
    ck_assert_ptr_nonnull(setting.option);
    if (rows[_i].error)
        (void)snprintf(expected, sizeof(expected), "f.ini:7: %s", rows[_i].error);
    ck_assert_msg(setting_check(&setting, &report) == !rows[_i].error, "%s", rows[_i].name);
    setting_case_check_lines(&lines.errors, rows[_i].name, expected);
    unmake(&setting);
    config_errors_done(&lines);
}
END_TEST

START_TEST(only_a_file_is_told_how_comments_begin)
{
    struct config_errors lines = {0};
    struct report report = {.to = &lines};
    struct setting setting = make(SECTION_RETRY, "attempts", "5 # more");
    setting.origin = (struct origin){ORIGIN_FLAG, 0, {"retry.attempts", 14}};
    ck_assert(!setting_check(&setting, &report));
    setting_case_check_lines(&lines.errors, "flag",
                             "-s retry.attempts: [retry] attempts = \"5 # more\": not valid; "
                             "allowed: a whole number, from 1 to 100");
    unmake(&setting);
    config_errors_done(&lines);
}
END_TEST

static const struct {
    enum option_section section;
    const char *key;
    bool secret;
} secrets[] = {
    {SECTION_PROVIDER, "api_key", true},        {SECTION_SERVER, "tokens", true},
    {SECTION_PROVIDER, "header.X-Token", true}, {SECTION_PROVIDER, "header.X-Team", false},
    {SECTION_PROVIDER, "model", false},         {SECTION_PROVIDER, "retry_attempts", false},
};

START_TEST(secrets_are_known)
{
    struct setting setting = make(secrets[_i].section, secrets[_i].key, "x");
    ck_assert_msg(setting_is_secret(&setting) == secrets[_i].secret, "%s", secrets[_i].key);
    unmake(&setting);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("setting_check");
    TCase *tc = tcase_create("setting_check");
    tcase_add_loop_test(tc, a_bad_value_is_told, 0, ROWS(rows));
    tcase_add_test(tc, only_a_file_is_told_how_comments_begin);
    tcase_add_loop_test(tc, secrets_are_known, 0, ROWS(secrets));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
