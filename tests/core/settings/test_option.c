/* The table of settings: every key of every section, and every default. */
#include <stdio.h>

#include "settings/option.h"
#include "unit.h"

static const struct {
    const char *section;
    const char *key;
    const char *value;  /* NULL: there is none to write */
    const char *ollama; /* where a provider of that type has another */
} defaults[] = {
    {"server", "listen", "127.0.0.1:11411", NULL},
    {"server", "allowed_hosts", "localhost, 127.0.0.1, [::1]", NULL},
    {"server", "allowed_origins", "app://*, tauri://*, vscode-webview://*, vscode-file://*", NULL},
    {"server", "tokens", "none", NULL},
    {"server", "allow_unauthenticated", "no", NULL},
    {"server", "max_body", "64M", NULL},
    {"server", "max_body_total", "256M", NULL},
    {"server", "max_connections", "4096", NULL},
    {"server", "max_inflight", "2048", NULL},
    {"server", "header_timeout", "10s", NULL},
    {"server", "body_timeout", "60s", NULL},
    {"server", "drain_timeout", "30s", NULL},
    {"server", "heartbeat", "off", NULL},
    {"server", "workers", "1", NULL},
    {"server", "ollama_admin", "no", NULL},
    {"route", "priority", "openai, ollama", NULL},
    {"route", "messages", "anthropic, ollama", NULL},
    {"route", "fallback_on",
     "network, timeout, protocol, server, rate_limit, auth, quota, model, context, redirect", NULL},
    {"route", "deadline", "290s", NULL},
    {"route", "continue_stream", "no", NULL},
    {"route", "hedge_after", "auto", NULL},
    {"route", "announce", "no", NULL},
    {"retry", "attempts", "3", NULL},
    {"retry", "multiplier", "1.0", NULL},
    {"retry", "min_wait", "1s", NULL},
    {"retry", "max_wait", "10s", NULL},
    {"retry", "jitter", "0.25", NULL},
    {"retry", "on", "network, timeout, protocol, server", NULL},
    {"retry", "honour_retry_after", "yes", NULL},
    {"retry", "ambiguous", "yes", NULL},
    {"retry", "budget", "0.2", NULL},
    {"connectivity", "check_url", NULL, NULL},
    {"connectivity", "timeout_ms", "3000", NULL},
    {"connectivity", "interval", "15s", NULL},
    {"breaker", "failures", "5", NULL},
    {"breaker", "open_for", "10s", NULL},
    {"provider", "type", "openai", "ollama"},
    {"provider", "base_url", NULL, NULL},
    {"provider", "api_key", "", ""},
    {"provider", "model", "gpt-4", "ministral-3:3b, auto"},
    {"provider", "connect_timeout", "5s", "5s"},
    {"provider", "first_byte_timeout", "60s, 280s", "280s"},
    {"provider", "idle_timeout", "30s", "60s"},
    {"provider", "header.NAME", NULL, NULL},
    {"provider", "ca_file", "system", "system"},
    {"provider", "proxy", "none", "none"},
    {"provider", "http2", "no", "no"},
    {"provider", "responses", "yes", "yes"},
    {"provider", "drop", "none", "none"},
    {"provider", "rename", "none", "none"},
    {"provider", "num_ctx", "auto", "auto"},
    {"provider", "allow_cloud", "no", "no"},
    {"provider", "max_inflight", "0", "4"},
    {"provider", "keep_alive", "5m", "5m"},
    {"provider", "warm_up", "yes", "yes"},
    {"model", "PROVIDER", NULL, NULL},
    {"model", "hedge_after", NULL, NULL},
    {"model", "capabilities", NULL, NULL},
    {"model", "context", NULL, NULL},
    {"token", "secret", NULL, NULL},
    {"token", "route", NULL, NULL},
    {"token", "requests", "none", NULL},
    {"token", "tools", "none", NULL},
    {"tool", "url", NULL, NULL},
    {"tool", "allow", "none", NULL},
    {"tool", "api_key", "none", NULL},
    {"tool", "header.NAME", NULL, NULL},
    {"tool", "timeout", "30s", NULL},
    {"tools", "max_iterations", "10", NULL},
    {"tools", "max_result", "50K", NULL},
    {"log", "level", "info", NULL},
    {"log", "format", "text", NULL},
    {"log", "usage_file", "none", NULL},
    {"log", "otlp", "none", NULL},
};

START_TEST(every_setting_has_its_row_and_its_default)
{
    const struct option *option = option_at((size_t)_i);
    bool provider = option->section == SECTION_PROVIDER;
    ck_assert_str_eq(option_section_word(option->section), defaults[_i].section);
    ck_assert_str_eq(option->key, defaults[_i].key);
    ck_assert_pstr_eq(option_value(option, provider ? kind_at(0) : NULL), defaults[_i].value);
    if (provider)
        ck_assert_pstr_eq(option_value(option, kind_at(1)), defaults[_i].ollama);
}
END_TEST

START_TEST(a_section_gives_its_rows_and_no_others)
{
    size_t count = 0;
    for (unsigned i = 0; i < OPTION_SECTION_COUNT; i++) {
        OPTION_EACH (option, (enum option_section)i) {
            ck_assert_uint_eq(option->section, i);
            ck_assert_ptr_eq(option, option_at(count));
            count++;
        }
    }
    ck_assert_uint_eq(count, option_count());
}
END_TEST

START_TEST(there_are_no_other_settings)
{
    ck_assert_uint_eq(option_count(), ROWS(defaults));
}
END_TEST

/* What the pages and messages rely on. */
START_TEST(every_row_is_whole)
{
    const struct option *option = option_at((size_t)_i);
    ck_assert_ptr_nonnull(option->text);
    ck_assert_ptr_nonnull(strchr(".?", option->text[strlen(option->text) - 1]));
    ck_assert_msg(option_value(option, kind_at(0)) || option->derived, "%s", option->key);
    ck_assert(option->min <= option->max);
    ck_assert(option_find(option->section, text_of(option->key)) == option);
}
END_TEST

static const struct {
    const char *plain;
    const char *section;
    const char *key;
} plain[] = {
    {"LLM_RETRY_ATTEMPTS", "retry", "attempts"},
    {"LLM_RETRY_MIN_WAIT", "retry", "min_wait"},
    {"LLM_RETRY_MAX_WAIT", "retry", "max_wait"},
    {"LLM_RETRY_MULTIPLIER", "retry", "multiplier"},
    {"GLUELLM_MAX_TOOL_ITERATIONS", "tools", "max_iterations"},
    {"OPENAI_API_KEY", "provider", "api_key"},
    {"ANTHROPIC_API_KEY", "provider", "api_key"},
    {"OPENAI_MODEL", "provider", "model"},
    {"OLLAMA_HOST", "provider", "base_url"},
    {"OLLAMA_MODEL", "provider", "model"},
    {"PROVIDER_PRIORITY", "route", "priority"},
    {"CONNECTIVITY_CHECK_URL", "connectivity", "check_url"},
    {"CONNECTIVITY_TIMEOUT_MS", "connectivity", "timeout_ms"},
};

/* NULL: none, or one of a preset that is not built in: test_preset.c has theirs. */
static const char *name_for(const struct option *option, size_t preset)
{
    if (option->section != SECTION_PROVIDER) {
        ck_assert_ptr_null(option_plain(option, preset_at(preset)));
        return preset == 0 ? option_plain(option, NULL) : NULL;
    }
    const struct preset *of = preset_at(preset);
    return of->built_in ? option_plain(option, of) : NULL;
}

static int rows_of(const struct option *option, const char *name)
{
    int found = 0;
    for (int row = 0; row < ROWS(plain); row++)
        found += strcmp(plain[row].plain, name) == 0 && strcmp(plain[row].key, option->key) == 0 &&
                 strcmp(plain[row].section, option_section_word(option->section)) == 0;
    return found;
}

START_TEST(the_plain_names_are_these_and_no_others)
{
    int found = 0, all = 0;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        for (size_t n = 0; n < preset_count(); n++) {
            const char *name = name_for(option, n);
            all += name != NULL;
            found += name ? rows_of(option, name) : 0;
        }
    }
    ck_assert_int_eq(found, ROWS(plain));
    ck_assert_int_eq(all, ROWS(plain));
}
END_TEST

static const struct {
    const char *name;
    enum option_section section;
    const char *key;
    const char *row; /* NULL: no such key */
} finds[] = {
    {"a key", SECTION_RETRY, "attempts", "attempts"},
    {"a key of another section", SECTION_ROUTE, "attempts", NULL},
    {"capitals", SECTION_RETRY, "Attempts", NULL},
    {"the beginning of a key", SECTION_RETRY, "attempt", NULL},
    {"nothing", SECTION_RETRY, "", NULL},
    {"a provider's own retry", SECTION_PROVIDER, "retry_on", "on"},
    {"a provider's retry_ before nothing", SECTION_PROVIDER, "retry_", NULL},
    {"a provider's retry_ before something else", SECTION_PROVIDER, "retry_deadline", NULL},
    {"a provider's retry without retry_", SECTION_PROVIDER, "attempts", NULL},
    {"retry_ outside of a provider", SECTION_RETRY, "retry_attempts", NULL},
    {"a header", SECTION_PROVIDER, "header.X-Team", "header.NAME"},
    {"a header in capitals", SECTION_PROVIDER, "Header.X.Y", "header.NAME"},
    {"a header without its dot", SECTION_PROVIDER, "header", NULL},
    {"a header outside of a provider", SECTION_SERVER, "header.X", NULL},
    {"a header of a tool", SECTION_TOOL, "header.X-Team", "header.NAME"},
    {"a tool has no retries", SECTION_TOOL, "retry_attempts", NULL},
    {"a model's hedge_after", SECTION_MODEL, "hedge_after", "hedge_after"},
    {"any other key of a model is a provider", SECTION_MODEL, "ollama", "PROVIDER"},
};

START_TEST(keys_are_found)
{
    const struct option *option = option_find(finds[_i].section, text_of(finds[_i].key));
    ck_assert_msg((option != NULL) == (finds[_i].row != NULL), "%s", finds[_i].name);
    ck_assert_pstr_eq(option ? option->key : NULL, finds[_i].row);
}
END_TEST

static const struct {
    const char *word;
    bool named;
} sections[] = {{"server", false},  {"route", false},   {"retry", false}, {"connectivity", false},
                {"breaker", false}, {"provider", true}, {"model", true},  {"token", true},
                {"tool", true},     {"tools", false},   {"log", false}};

START_TEST(sections_are_found)
{
    enum option_section section = SECTION_LOG;
    ck_assert_int_eq(OPTION_SECTION_COUNT, ROWS(sections));
    ck_assert(option_section_find(text_of(sections[_i].word), &section));
    ck_assert_int_eq(section, _i);
    ck_assert_str_eq(option_section_word(section), sections[_i].word);
    ck_assert(option_section_named(section) == sections[_i].named);
    ck_assert_ptr_nonnull(option_section_text(section));
}
END_TEST

START_TEST(an_unknown_section_is_not_found)
{
    enum option_section section = SECTION_LOG;
    ck_assert(!option_section_find(text_of("Server"), &section));
    ck_assert(!option_section_find(text_of("serve"), &section));
    ck_assert(!option_section_find(text_of(""), &section));
    ck_assert_int_eq(section, SECTION_LOG);
}
END_TEST

static const struct {
    enum option_section section;
    const char *rest;
    int at; /* of the dot that ends the name; -1 = none */
} names[] = {
    {SECTION_PROVIDER, "openai.model", 6},
    {SECTION_PROVIDER, "openai.header.X-Team", 6},
    {SECTION_PROVIDER, "openai", -1},
    {SECTION_PROVIDER, "", -1},
    {SECTION_PROVIDER, ".model", 0},
    {SECTION_TOKEN, "a.b.route", 1},
    {SECTION_TOOL, "weather.header.X-Team", 7},
    {SECTION_MODEL, "gpt-4.1.ollama", 7},
    {SECTION_MODEL, "gpt-4.", 5},
    {SECTION_MODEL, "", -1},
};

START_TEST(the_name_of_a_section_ends_at_its_dot)
{
    struct text rest = text_of(names[_i].rest);
    const char *end = option_name_end(names[_i].section, rest);
    ck_assert_msg((end ? (int)(end - rest.at) : -1) == names[_i].at, "%s", names[_i].rest);
    ck_assert_ptr_null(option_name_end(names[_i].section, (struct text){0}));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("option");
    TCase *tc = tcase_create("option");
    tcase_add_loop_test(tc, every_setting_has_its_row_and_its_default, 0, ROWS(defaults));
    tcase_add_test(tc, a_section_gives_its_rows_and_no_others);
    tcase_add_test(tc, there_are_no_other_settings);
    tcase_add_loop_test(tc, every_row_is_whole, 0, ROWS(defaults));
    tcase_add_test(tc, the_plain_names_are_these_and_no_others);
    tcase_add_loop_test(tc, keys_are_found, 0, ROWS(finds));
    tcase_add_loop_test(tc, sections_are_found, 0, ROWS(sections));
    tcase_add_test(tc, an_unknown_section_is_not_found);
    tcase_add_loop_test(tc, the_name_of_a_section_ends_at_its_dot, 0, ROWS(names));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
