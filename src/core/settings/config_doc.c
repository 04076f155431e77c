/*
 * What is made from the option table: conf/understudy.ini and the sections of
 * docs/configuration.md. A row becomes an entry in each.
 */
#include <stdio.h>

#include "settings/setting.h"
#include "text/page.h"

#define COMMENT_WIDTH 96

/* Adds text as comment lines, broken at blanks. */
static void put_comment(struct page *page, struct text text)
{
    while (text.len > 0) {
        struct text line = page_take_line(&text, COMMENT_WIDTH, COMMENT_WIDTH);
        PAGE_PUT(page, "; %.*s\n", TEXT_ARG(line));
    }
}

/* That are there only where somebody writes them. */
static bool is_optional(enum option_section section)
{
    return section == SECTION_TOKEN || section == SECTION_TOOL;
}

/* And a provider's key: written out and empty it would win over the variable of the provider's
 * preset. */
static bool is_left_out(const struct option *option)
{
    return is_optional(option->section) || (option->section == SECTION_PROVIDER && option->secret);
}

/*
 * What each does and what may be written; what has no default or is left out stands in a comment
 * itself. provider: NULL for a section of none.
 */
static void put_entries(struct page *page, enum option_section section,
                        const struct config_provider *provider)
{
    static const char says[] = "Allowed: ";
    char allowed[sizeof(says) + OPTION_ALLOWED_MAX];
    memcpy(allowed, says, sizeof(says));
    OPTION_EACH (option, section) {
        if (!option_concerns(option, provider ? provider->kind : NULL))
            continue;
        const char *value = config_default(option, provider);
        option_allowed(option, allowed + sizeof(says) - 1, OPTION_ALLOWED_MAX);
        PAGE_PUT(page, "\n");
        put_comment(page, text_of(option->text));
        put_comment(page, text_of(allowed));
        if (option->derived && !value)
            PAGE_PUT(page, "; Default: %s.\n", option->derived);
        if (value)
            PAGE_PUT(page, "%s%s =%s%s\n", is_left_out(option) ? ";" : "", option->key,
                     value[0] ? " " : "", value);
        else
            PAGE_PUT(page, ";%s =\n", option->key);
    }
}

static void put_provider(struct page *page, const struct preset *preset)
{
    const struct config_provider provider = {.kind = preset_kind(preset), .preset = preset};
    PAGE_PUT(page, "\n[provider %s]\n", preset->name);
    put_entries(page, SECTION_PROVIDER, &provider);
    PAGE_PUT(page, "\n; Any key of [retry] with retry_ before it, for this provider alone.\n"
                   ";retry_attempts =\n");
}

static void put_built_in(struct page *page,
                         void (*put)(struct page *page, const struct preset *preset))
{
    for (size_t i = 0; i < preset_count(); i++)
        if (preset_at(i)->built_in)
            put(page, preset_at(i));
}

/* Those that need no section, as one that is commented out. */
static void put_presets(struct page *page)
{
    char names[PRESET_NAMES_MAX], text[PRESET_NAMES_MAX + 200];
    preset_names_others(names, sizeof(names));
    (void)snprintf(text, sizeof(text),
                   "Presets are known, too: %s. It is enough to name one in [route] priority and "
                   "to have its key in the environment (`understudy config --presets` tells under "
                   "which name). A section overrides any key of it.",
                   names);
    PAGE_PUT(page, "\n");
    put_comment(page, text_of(text));
    PAGE_PUT(page, ";[provider groq]\n;model =\n");
}

static void put_model_of(struct page *page, const struct preset *preset)
{
    PAGE_PUT(page, ";%s =\n", preset->name);
}

static void put_section(struct page *page, enum option_section section)
{
    if (section == SECTION_PROVIDER) {
        put_built_in(page, put_provider);
        put_presets(page);
    } else if (section == SECTION_MODEL) {
        PAGE_PUT(page, "\n; Which model a provider uses for requests that ask for the model NAME.\n"
                       ";[model NAME]\n");
        put_built_in(page, put_model_of);
        OPTION_EACH (option, section)
            if (option->type != OPTION_MODEL_OF)
                PAGE_PUT(page, ";%s =\n", option->key);
    } else if (is_optional(section)) {
        PAGE_PUT(page, "\n");
        put_comment(page, text_of(option_section_text(section)));
        PAGE_PUT(page, ";[%s NAME]\n", option_section_word(section));
        put_entries(page, section, NULL);
    } else {
        PAGE_PUT(page, "\n; %s\n[%s]\n", option_section_text(section),
                 option_section_word(section));
        put_entries(page, section, NULL);
    }
}

int config_print_defaults(struct buf *out)
{
    struct page page = {.out = out};
    PAGE_PUT(&page,
             "; The settings of understudy, each with its default. Made by: understudy config "
             "--defaults\n"
             ";\n"
             "; One setting takes one line. A line that begins with ; or # is a comment, and so "
             "is what follows\n"
             "; a blank and a ; behind a value. Variables (UNDERSTUDY_SECTION_KEY) win over this "
             "file,\n"
             "; -s over both. `understudy config` shows what is in effect and where it came "
             "from.\n");
    for (unsigned i = 0; i < OPTION_SECTION_COUNT; i++)
        put_section(&page, (enum option_section)i);
    return page.r;
}

static void put_page_default(struct page *page, const struct option *option)
{
    const char *comma = "- default: ";
    if (option->derived)
        PAGE_PUT(page, "- default: %s\n", option->derived);
    else if (option->value && option->value[0])
        PAGE_PUT(page, "- default: `%s`\n", option->value);
    else if (option->value)
        PAGE_PUT(page, "- default: empty\n");
    for (size_t i = 0; !option->derived && !option->value && i < kind_count(); i++) {
        const char *value = option_value(option, kind_at(i));
        if (value)
            PAGE_PUT(page, "%s`%s` (type %s)", comma, value, kind_at(i)->word);
        comma = value ? ", " : comma;
    }
    if (!option->derived && !option->value)
        PAGE_PUT(page, "\n");
}

static void put_page_entry(struct page *page, const struct option *option)
{
    char allowed[OPTION_ALLOWED_MAX], environment[96], words[KIND_WORDS_MAX];
    bool named = option_section_named(option->section);
    option_allowed(option, allowed, sizeof(allowed));
    option_environment(option->section, named ? "NAME" : NULL, option->key, environment,
                       sizeof(environment));
    kind_words_with_catalogue(words, sizeof(words));
    PAGE_PUT(page, "\n### `%s`\n\n%s", option->key, option->text);
    if (option->of_catalogue)
        PAGE_PUT(page, " (Type %s only.)", words);
    PAGE_PUT(page, "\n\n- allowed: %s\n", allowed);
    put_page_default(page, option);
    if (!environment[0])
        return;
    PAGE_PUT(page, "- environment: `%s`", environment);
    if (option->plain)
        PAGE_PUT(page, ", `%s`", option->plain);
    for (size_t i = 0; named && i < preset_count(); i++)
        if (preset_at(i)->built_in && option_plain(option, preset_at(i)))
            PAGE_PUT(page, ", `%s`", option_plain(option, preset_at(i)));
    PAGE_PUT(page, "%s\n",
             option->secret && option->section == SECTION_PROVIDER ? ", and those of presets" : "");
}

int config_print_markdown(struct buf *out)
{
    struct page page = {.out = out};
    char form[OPTION_NAME_FORM_MAX];
    for (unsigned section = 0; section < OPTION_SECTION_COUNT; section++) {
        bool named = option_section_named((enum option_section)section);
        PAGE_PUT(&page, "\n## [%s%s]\n\n%s\n", option_section_word((enum option_section)section),
                 named ? " NAME" : "", option_section_text((enum option_section)section));
        option_provider_name_form(form, sizeof(form));
        if (section == SECTION_PROVIDER)
            PAGE_PUT(
                &page,
                "\nA name: %s. Besides the keys\nbelow, any key of `[retry]` with `retry_` before "
                "it (`retry_attempts`) counts for this provider alone.\n"
                "\nAn app asks for one of them by putting its name before the model's: with "
                "`groq:llama-3.3-70b` the route begins at groq, and goes on behind it.\nOf one "
                "that is in no route, or a server of one's own such as `ollama:ministral-3:3b`, it "
                "is answered there or not at all.\n",
                form);
        OPTION_EACH (option, (enum option_section)section)
            put_page_entry(&page, option);
    }
    return page.r;
}
