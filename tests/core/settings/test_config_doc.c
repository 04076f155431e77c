/* The pages made from the option table: they name every setting, and the file loads again. */
#include "config_case.h"
#include "settings/setting.h"

#define PAGE_MAX (1 << 18)

static struct buf defaults_page(void)
{
    struct buf page;
    buf_init(&page, PAGE_MAX);
    ck_assert_int_eq(config_print_defaults(&page), 0);
    return page;
}

/* `understudy config` of that file, without the origins. */
static struct buf effect_of(const char *file, const char *const *variables)
{
    struct buf shown, bare;
    struct config_errors errors;
    const struct config_source source = config_case_source(file, variables, NULL);
    buf_init(&shown, PAGE_MAX);
    buf_init(&bare, PAGE_MAX);
    ck_assert_int_eq(config_print(&source, &(struct config_form){0}, &shown, &errors), 0);
    ck_assert_uint_eq(errors.warnings.count, 0);
    for (const char *line = shown.data; *line;) {
        const char *end = strchr(line, '\n'), *origin = strstr(line, " ; ");
        size_t len = (size_t)((origin && origin < end ? origin : end) - line);
        struct text text = text_trim(text_make(line, len));
        ck_assert_int_eq(buf_printf(&bare, "%.*s\n", TEXT_ARG(text)), 0);
        line = end + 1;
    }
    config_errors_done(&errors);
    buf_done(&shown);
    return bare;
}

START_TEST(the_file_of_defaults_changes_nothing)
{
    static const char *const keys[] = {"OPENAI_API_KEY=a", "ANTHROPIC_API_KEY=b", "GROQ_API_KEY=c",
                                       "OLLAMA_HOST=far", NULL};
    const char *const *variables = _i ? keys : NULL;
    struct buf page = defaults_page();
    struct buf without = effect_of("", variables), with = effect_of(page.data, variables);
    ck_assert_str_eq(with.data, without.data);
    buf_done(&page);
    buf_done(&without);
    buf_done(&with);
}
END_TEST

/* A setting without a default stands in a comment; so would be one that is forgotten. */
START_TEST(the_file_of_defaults_sets_what_has_a_default)
{
    struct buf page = defaults_page();
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        char line[256];
        const struct config_provider openai = {.kind = &kind_openai, .preset = preset_at(0)};
        bool set =
            config_default(option, option->section == SECTION_PROVIDER ? &openai : NULL) != NULL;
        if (option->section == SECTION_MODEL)
            continue;
        set = set && option->section != SECTION_TOKEN && option->section != SECTION_TOOL &&
              strcmp(option->key, "api_key") != 0;
        (void)snprintf(line, sizeof(line), "\n%s%s =", set ? "" : ";", option->key);
        ck_assert_msg(strstr(page.data, line) != NULL, "%s", line);
    }
    buf_done(&page);
}
END_TEST

START_TEST(the_file_of_defaults_looks_like_this)
{
    struct buf page = defaults_page();
    ck_assert_ptr_nonnull(strstr(page.data,
                                 "\n"
                                 "; The shortest wait.\n"
                                 "; Allowed: a duration such as 250ms, 2s, 1.5 (seconds), "
                                 "10m or 1h, from 0 to 1h\n"
                                 "min_wait = 1s\n"));
    ck_assert_ptr_nonnull(strstr(page.data, "\n[provider ollama]\n"));
    ck_assert_ptr_nonnull(strstr(page.data, "\nmodel = ministral-3:3b, auto\n"));
    ck_assert_ptr_nonnull(strstr(page.data, "\nfirst_byte_timeout = 60s, 280s\n"));
    ck_assert_ptr_nonnull(strstr(page.data, "\nfirst_byte_timeout = 280s\n"));
    buf_done(&page);
}
END_TEST

START_TEST(no_line_of_the_file_is_long)
{
    struct buf page = defaults_page();
    for (const char *line = page.data; *line;) {
        const char *end = strchr(line, '\n');
        ck_assert_msg(end - line <= 100, "%.*s", (int)(end - line), line);
        line = end + 1;
    }
    buf_done(&page);
}
END_TEST

static struct buf markdown_page(void)
{
    struct buf page;
    buf_init(&page, PAGE_MAX);
    ck_assert_int_eq(config_print_markdown(&page), 0);
    return page;
}

START_TEST(the_page_tells_every_setting)
{
    struct buf page = markdown_page();
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        char allowed[OPTION_ALLOWED_MAX], entry[1024], variable[96];
        option_allowed(option, allowed, sizeof(allowed));
        (void)snprintf(entry, sizeof(entry),
                       "\n### `%s`\n\n%s%s\n\n- allowed: %s\n- default: ", option->key,
                       option->text, option->of_catalogue ? " (Type ollama only.)" : "", allowed);
        ck_assert_msg(strstr(page.data, entry) != NULL, "%s", entry);
        option_environment(option->section, option_section_named(option->section) ? "NAME" : NULL,
                           option->key, variable, sizeof(variable));
        ck_assert_msg(strstr(page.data, variable) != NULL, "%s", variable);
        bool provider = option->section == SECTION_PROVIDER;
        for (size_t n = 0; n < preset_count(); n++) {
            const char *plain = option_plain(option, provider ? preset_at(n) : NULL);
            ck_assert(!plain || (provider && !preset_at(n)->built_in) || strstr(page.data, plain));
        }
    }
    buf_done(&page);
}
END_TEST

START_TEST(the_page_looks_like_this)
{
    struct buf page = markdown_page();
    ck_assert_ptr_nonnull(strstr(page.data, "\n## [retry]\n\nWhen and how one provider is asked "
                                            "again.\n\n### `attempts`\n\n"));
    ck_assert_ptr_nonnull(strstr(page.data, "\n## [model NAME]\n"));
    ck_assert_ptr_nonnull(strstr(
        page.data,
        "- default: `3`\n- environment: `UNDERSTUDY_RETRY_ATTEMPTS`, `LLM_RETRY_ATTEMPTS`\n"));
    ck_assert_ptr_nonnull(strstr(
        page.data, "- default: `30s` (type openai), `60s` (type ollama), `30s` (type anthropic)\n"
                   "- environment: `UNDERSTUDY_PROVIDER_NAME_IDLE_TIMEOUT`\n"));
    ck_assert_ptr_nonnull(strstr(page.data, "- default: empty\n"));
    ck_assert_ptr_nonnull(strstr(page.data, "- default: no extra header\n\n"));
    buf_done(&page);
}
END_TEST

/* Whatever the room, the answer is the error and never a part that looks whole. */
START_TEST(too_little_room_is_told)
{
    struct buf whole = defaults_page(), page = markdown_page();
    for (size_t room = 0; room < page.len; room += room < 200 ? 1 : 97) {
        struct buf out;
        buf_init(&out, room);
        ck_assert_int_eq(config_print_markdown(&out), -EMSGSIZE);
        buf_done(&out);
        buf_init(&out, room);
        ck_assert_int_eq(config_print_defaults(&out), room < whole.len ? -EMSGSIZE : 0);
        buf_done(&out);
    }
    buf_done(&whole);
    buf_done(&page);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_doc");
    TCase *tc = tcase_create("config_doc");
    tcase_add_loop_test(tc, the_file_of_defaults_changes_nothing, 0, 2);
    tcase_add_test(tc, the_file_of_defaults_sets_what_has_a_default);
    tcase_add_test(tc, the_file_of_defaults_looks_like_this);
    tcase_add_test(tc, no_line_of_the_file_is_long);
    tcase_add_test(tc, the_page_tells_every_setting);
    tcase_add_test(tc, the_page_looks_like_this);
    tcase_add_test(tc, too_little_room_is_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
