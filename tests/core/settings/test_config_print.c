/* `understudy config`: every setting with its origin, and no secret. */
#include <jansson.h>

#include "config_case.h"
#include "settings/option.h"
#include "settings/settings.h"

static struct buf print(const char *file, const char *const *environ_, const char *const *flags)
{
    const struct config_source source = config_case_source(file, environ_, flags);
    return config_case_printed(&source, &(struct config_form){0});
}

/* "key = value ; origin" with one blank each, wherever the columns are. */
static void check_line(const struct buf *page, const char *section, const char *expected)
{
    char squeezed[CONFIG_CASE_PAGE_MAX], title[64], wanted[512];
    size_t used = 0;
    for (const char *c = page->data; *c; c++)
        if (*c != ' ' || (used && squeezed[used - 1] != ' '))
            squeezed[used++] = *c;
    squeezed[used] = '\0';
    (void)snprintf(title, sizeof(title), "[%s]\n", section);
    (void)snprintf(wanted, sizeof(wanted), "\n%s\n", expected);
    const char *at = strstr(squeezed, title);
    ck_assert_msg(at != NULL, "no %s", title);
    char *end = strstr(at, "\n\n");
    if (end)
        end[1] = '\0';
    ck_assert_msg(strstr(at, wanted) != NULL, "no \"%s\" in\n%s", expected, at);
}

static const struct {
    const char *name;
    const char *section;
    const char *line;
} lines[] = {
    {"a default", "breaker", "failures = 5 ; default"},
    {"a default of a provider", "provider ollama", "idle_timeout = 60s ; default"},
    {"a default that is derived", "connectivity", "check_url = https://api.openai.com ; default"},
    {"the file", "retry", "max_wait = 20s ; f.ini:2"},
    {"a plain name", "retry", "attempts = 5 ; env LLM_RETRY_ATTEMPTS"},
    {"a long name", "retry", "jitter = 0 ; env UNDERSTUDY_RETRY_JITTER"},
    {"a flag", "log", "level = debug ; flag"},
    {"a flag over the file", "retry", "budget = 0.5 ; flag"},
    {"OLLAMA_HOST as it was understood", "provider ollama",
     "base_url = http://127.0.0.1:1234 ; env OLLAMA_HOST"},
    {"an address as it was understood", "provider box",
     "base_url = http://127.0.0.1:1/v1 ; f.ini:7"},
    {"a provider's own retry", "provider box", "retry_attempts = 1 ; f.ini:8"},
    {"a header", "provider box", "header.X-Team = blue, green ; f.ini:9"},
    {"a header of a flag over that of the file", "provider box", "header.x-other = b ; flag"},
    {"a model", "model gpt-4.1", "ollama = llama3 ; f.ini:12"},
    {"a model's hedge_after", "model gpt-4.1", "hedge_after = off ; flag"},
    {"an empty key", "provider openai", "api_key = ; default"},
};

START_TEST(each_setting_has_its_origin)
{
    struct buf page = print(
        "[retry]\nmax_wait = 20s\nbudget = 0.1\n"
        "[provider box]\ntype = openai\n; x\nbase_url = http://127.0.0.1:1/v1/\nretry_attempts = "
        "1\nheader.X-Team = blue, green\nheader.X-Other = a\n[model gpt-4.1]\nollama = llama3\n",
        LIST("LLM_RETRY_ATTEMPTS=5", "UNDERSTUDY_RETRY_JITTER=0", "OLLAMA_HOST=:1234"),
        LIST("log.level=debug", "retry.budget=0.5", "provider.box.header.x-other=b",
             "model gpt-4.1.hedge_after=off"));
    check_line(&page, lines[_i].section, lines[_i].line);
    ck_assert_ptr_null(strstr(page.data, "X-Other"));
    buf_done(&page);
}
END_TEST

START_TEST(a_line_looks_like_this)
{
    struct buf page = print("", NULL, NULL);
    static const char first[] = "[server]\n"
                                "listen                 = 127.0.0.1:11411                        ; "
                                "default\n";
    ck_assert_msg(strncmp(page.data, first, strlen(first)) == 0, "%.200s", page.data);
    buf_done(&page);
}
END_TEST

START_TEST(no_setting_is_forgotten)
{
    struct buf page =
        print("[token kids]\nsecret = a\n[tool weather]\nurl = http://box\n", NULL, NULL);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        char line[64];
        if (!option_value(option, kind_at(0)) && option->type != OPTION_CHECK_URL)
            continue;
        (void)snprintf(line, sizeof(line), "\n%-22s = ", option->key);
        ck_assert_msg(strstr(page.data, line) != NULL, "%s", option->key);
    }
    buf_done(&page);
}
END_TEST

static const struct {
    const char *name;
    const char *flag;
    const char *section;
    const char *line;
} secrets[] = {
    {"a key", "provider.openai.api_key=sesame", "provider openai", "api_key = **** ; flag"},
    {"several keys", "provider.openai.api_key=a, file:/secret, sesame", "provider openai",
     "api_key = ****, file:/secret, **** ; flag"},
    {"a reference says where", "provider.openai.api_key=file:/secret", "provider openai",
     "api_key = file:/secret ; flag"},
    {"no key is needed", "provider.openai.api_key=none", "provider openai",
     "api_key = none ; flag"},
    {"tokens", "server.tokens=sesame, file:/secret,sesame2", "server",
     "tokens = ****, file:/secret, **** ; flag"},
    {"no tokens", "server.tokens=none", "server", "tokens = none ; flag"},
    {"a secret header", "provider.openai.header.X-Api-Key=sesame", "provider openai",
     "header.X-Api-Key = **** ; flag"},
    {"a secret header by reference", "provider.openai.header.X-Api-Key=file:/secret",
     "provider openai", "header.X-Api-Key = file:/secret ; flag"},
    {"a header named none", "provider.openai.header.X-Api-Key=none", "provider openai",
     "header.X-Api-Key = **** ; flag"},
    {"a proxy's password", "provider.openai.proxy=http://me:sesame@proxy:3128", "provider openai",
     "proxy = http://****@proxy:3128 ; flag"},
    {"a proxy's password with an @", "provider.openai.proxy=socks5h://me:s@sesame@proxy",
     "provider openai", "proxy = socks5h://****@proxy ; flag"},
    {"a proxy without one", "provider.openai.proxy=http://proxy:3128", "provider openai",
     "proxy = http://proxy:3128 ; flag"},
};

START_TEST(no_secret_is_shown)
{
    struct buf page = print("", NULL, LIST(secrets[_i].flag));
    check_line(&page, secrets[_i].section, secrets[_i].line);
    ck_assert_msg(strstr(page.data, "sesame") == NULL, "%s", secrets[_i].name);
    ck_assert_ptr_null(strstr(page.data, "sk-from-file"));
    buf_done(&page);
}
END_TEST

START_TEST(bad_settings_are_told_and_not_printed)
{
    struct buf page;
    struct config_errors errors;
    const struct config_source source = config_case_source("[retry]\nattempts = 0\n", NULL, NULL);
    buf_init(&page, CONFIG_CASE_PAGE_MAX);
    ck_assert_int_eq(config_print(&source, &(struct config_form){0}, &page, &errors), -EINVAL);
    ck_assert_uint_eq(errors.errors.count, 1);
    ck_assert_uint_eq(page.len, 0);
    config_errors_done(&errors);
    buf_done(&page);
}
END_TEST

START_TEST(too_little_room_is_told)
{
    const struct config_source source = config_case_source("[model a]\nollama = b\n", NULL, NULL);
    struct buf whole = print("[model a]\nollama = b\n", NULL, NULL);
    for (size_t room = 0; room <= whole.len; room += room < 200 ? 1 : 13) {
        struct buf out;
        struct config_errors errors;
        buf_init(&out, room);
        ck_assert_int_eq(config_print(&source, &(struct config_form){0}, &out, &errors),
                         room < whole.len ? -EMSGSIZE : 0);
        config_errors_done(&errors);
        buf_done(&out);
    }
    buf_done(&whole);
}
END_TEST

static struct buf print_as(const struct config_form *form, const char *file,
                           const char *const *flags)
{
    const struct config_source source = config_case_source(file, NULL, flags);
    return config_case_printed(&source, form);
}

/* It is not sent. */
START_TEST(a_variable_that_is_not_meant_is_not_shown)
{
    const struct config_form form = {.changed = true};
    struct config_source source =
        config_case_source("[provider qwen]\ntype = ollama\nbase_url = http://10.0.0.9:11434\n",
                           LIST("DASHSCOPE_API_KEY=k"), NULL);
    struct buf out = config_case_printed(&source, &form);
    ck_assert_ptr_null(strstr(out.data, "api_key"));
    buf_done(&out);
}
END_TEST

START_TEST(what_was_changed_alone)
{
    const struct config_form form = {.changed = true};
    struct buf page = print_as(&form, "[provider ollama]\nmodel = m\n[model a]\nollama = b\n",
                               LIST("retry.attempts=5"));
    check_line(&page, "retry", "attempts = 5 ; flag");
    check_line(&page, "provider ollama", "model = m ; f.ini:2");
    check_line(&page, "model a", "ollama = b ; f.ini:4");
    size_t ends = 0;
    for (const char *c = page.data; *c; c++)
        ends += *c == '\n';
    ck_assert_uint_eq(ends, 3 * 2 + 2);
    buf_done(&page);
    page = print_as(&form, "", NULL);
    ck_assert_uint_eq(page.len, 0);
    buf_done(&page);
}
END_TEST

START_TEST(what_is_written_as_by_default_is_no_change)
{
    const struct config_form form = {.changed = true};
    struct buf file, page;
    buf_init(&file, CONFIG_CASE_PAGE_MAX);
    ck_assert_int_eq(config_print_defaults(&file), 0);
    page = print_as(&form, file.data, NULL);
    ck_assert_str_eq(page.len ? page.data : "", "");
    buf_done(&page);
    buf_done(&file);
    page = print_as(&form, "[retry]\nattempts = 3\n[provider groq]\napi_key =\n", NULL);
    ck_assert_ptr_null(strstr(page.data, "attempts"));
    check_line(&page, "provider groq", "api_key = ; f.ini:4"); /* it keeps the variable out */
    buf_done(&page);
}
END_TEST

static const char *json_at(const json_t *json, const char *section, const char *key,
                           const char *what)
{
    return json_string_value(
        json_object_get(json_object_get(json_object_get(json, section), key), what));
}

START_TEST(as_json)
{
    const struct config_form all = {.json = true}, changed = {.json = true, .changed = true};
    static const char file[] = "[provider openai]\napi_key = sesame\nheader.X-Team = \"a\"\n";
    struct buf page = print_as(&all, file, LIST("model gpt-4.1.ollama=b"));
    json_t *json = json_loads(page.data, 0, NULL);
    ck_assert_pstr_eq(json_at(json, "provider openai", "api_key", "value"), "****");
    ck_assert_pstr_eq(json_at(json, "provider openai", "api_key", "origin"), "f.ini:2");
    ck_assert_pstr_eq(json_at(json, "provider openai", "header.X-Team", "value"), "\"a\"");
    ck_assert_pstr_eq(json_at(json, "retry", "attempts", "value"), "3");
    ck_assert_pstr_eq(json_at(json, "retry", "attempts", "origin"), "default");
    ck_assert_pstr_eq(json_at(json, "model gpt-4.1", "ollama", "origin"), "flag");
    ck_assert_ptr_null(strstr(page.data, "sesame"));
    json_decref(json);
    buf_done(&page);
    page = print_as(&changed, file, NULL);
    json = json_loads(page.data, 0, NULL);
    ck_assert_uint_eq(json_object_size(json), 1);
    ck_assert_uint_eq(json_object_size(json_object_get(json, "provider openai")), 2);
    json_decref(json);
    buf_done(&page);
    page = print_as(&changed, "", NULL);
    ck_assert_str_eq(page.data, "{}\n");
    buf_done(&page);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_print");
    TCase *tc = tcase_create("config_print");
    tcase_add_loop_test(tc, each_setting_has_its_origin, 0, ROWS(lines));
    tcase_add_test(tc, a_line_looks_like_this);
    tcase_add_test(tc, no_setting_is_forgotten);
    tcase_add_loop_test(tc, no_secret_is_shown, 0, ROWS(secrets));
    tcase_add_test(tc, bad_settings_are_told_and_not_printed);
    tcase_add_test(tc, too_little_room_is_told);
    tcase_add_test(tc, a_variable_that_is_not_meant_is_not_shown);
    tcase_add_test(tc, what_was_changed_alone);
    tcase_add_test(tc, what_is_written_as_by_default_is_no_change);
    tcase_add_test(tc, as_json);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
