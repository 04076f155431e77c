/*
 * SECTION.KEY=VALUE grows in steps: a section that has names ends in a dot first, then come the
 * names, then the keys, then what its row allows. The last dot ends the name, as in a flag.
 */
#include <stdarg.h>
#include <stdio.h>

#include "cli/cli_complete.h"
#include "failure/failure.h"
#include "kind/preset.h"
#include "settings/option.h"
#include "text/string_list.h"

void cli_offer(struct cli_candidates *candidates, const char *text, const char *format, ...)
{
    char candidate[CLI_WORD_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(candidate, sizeof(candidate), format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof(candidate) || (size_t)n < candidates->word.len ||
        memcmp(candidate, candidates->word.at, candidates->word.len) != 0)
        return;
    const char *end = strstr(text, ". ");
    size_t len = end ? (size_t)(end - text) : strlen(text);
    len -= len > 0 && text[len - 1] == '.';
    if (candidates->r == 0)
        candidates->r = buf_printf(candidates->out, "%.*s%s\t%.*s\n", TEXT_ARG(candidates->before),
                                   candidate, (int)len, text);
}

void cli_offer_element(struct cli_candidates *candidates, const char *text, const char *word)
{
    struct text value = candidates->word;
    const char *comma = value.len > 0 ? memrchr(value.at, ',', value.len) : NULL;
    struct text before = text_make(value.at, comma ? (size_t)(comma - value.at) + 1 : 0);
    if (!string_list_names(before, text_of(word)))
        cli_offer(candidates, text, "%.*s%s", TEXT_ARG(before), word);
}

void cli_offer_files(struct cli_candidates *candidates)
{
    if (candidates->r == 0)
        candidates->r = buf_append_string(candidates->out, "\tfiles\n");
}

static const struct kind *kind_of(struct text provider)
{
    const struct preset *preset = preset_by_name(provider);
    return preset ? preset_kind(preset) : NULL;
}

/* SECTION.NAME.KEY=; a header's name is the user's. */
static void offer_key(struct cli_candidates *candidates, const struct option *option,
                      struct text name)
{
    bool any = option->type == OPTION_HEADER;
    cli_offer(candidates, option->text, "%s.%.*s.%s%s", option_section_word(option->section),
              TEXT_ARG(name), any ? OPTION_HEADER_PREFIX : option->key, any ? "" : "=");
}

/* Those of its section, and retry_KEY= of [retry]. */
static void offer_keys_of_provider(struct cli_candidates *candidates, struct text name)
{
    OPTION_EACH (option, SECTION_PROVIDER)
        if (option_concerns(option, kind_of(name)))
            offer_key(candidates, option, name);
    OPTION_EACH (option, SECTION_RETRY)
        cli_offer(candidates, option->text,
                  "provider.%.*s." OPTION_RETRY_PREFIX "%s=", TEXT_ARG(name), option->key);
}

/* model.NAME.PROVIDER= and its other keys. */
static void offer_keys_of_model(struct cli_candidates *candidates, struct text name,
                                const struct strings *providers)
{
    OPTION_EACH (option, SECTION_MODEL) {
        for (size_t i = 0; option->type == OPTION_MODEL_OF && i < providers->count; i++)
            cli_offer(candidates, option->text, "model.%.*s.%s=", TEXT_ARG(name), providers->at[i]);
        if (option->type != OPTION_MODEL_OF)
            cli_offer(candidates, option->text, "model.%.*s.%s=", TEXT_ARG(name), option->key);
    }
}

/* The part between the first and the last dot of a word; at is NULL where there is none. */
static struct text name_in(struct text word, const char *section)
{
    struct text rest = text_skip(word, strlen(section) + 1);
    const char *dot = rest.len > 0 ? memrchr(rest.at, '.', rest.len) : NULL;
    return dot ? text_make(rest.at, (size_t)(dot - rest.at)) : (struct text){0};
}

static void offer_section(struct cli_candidates *candidates, enum option_section section)
{
    const char *word = option_section_word(section);
    if (option_section_named(section)) {
        cli_offer(candidates, option_section_text(section), "%s.", word);
        return;
    }
    OPTION_EACH (option, section)
        cli_offer(candidates, option->text, "%s.%s=", word, option->key);
}

/* SECTION.NAME.KEY of a section with names: its providers are known, any other name is the user's.
 */
static void offer_in_section(struct cli_candidates *candidates, enum option_section section,
                             const struct strings *providers)
{
    const char *word = option_section_word(section);
    struct text name = name_in(candidates->word, word);
    for (size_t i = 0; !name.at && section == SECTION_PROVIDER && i < providers->count; i++)
        cli_offer(candidates, "a provider", "%s.%s.", word, providers->at[i]);
    if (!name.at)
        return;
    if (section == SECTION_PROVIDER)
        offer_keys_of_provider(candidates, name);
    else if (section == SECTION_MODEL)
        offer_keys_of_model(candidates, name, providers);
    else
        OPTION_EACH (option, section)
            offer_key(candidates, option, name);
}

static void offer_names(struct cli_candidates *candidates, const struct strings *providers)
{
    struct text word = candidates->word;
    for (unsigned i = 0; i < OPTION_SECTION_COUNT; i++) {
        enum option_section section = (enum option_section)i;
        const char *known = option_section_word(section);
        size_t len = strlen(known);
        bool inside = option_section_named(section) && text_starts(word, known) && word.len > len &&
                      word.at[len] == '.';
        if (inside)
            offer_in_section(candidates, section, providers);
        else
            offer_section(candidates, section);
    }
}

/* The row of "SECTION.KEY", "SECTION.NAME.KEY"; NULL = there is none. */
static const struct option *option_of(struct text setting)
{
    enum option_section section;
    const char *first = setting.len > 0 ? memchr(setting.at, '.', setting.len) : NULL;
    size_t len = first ? (size_t)(first - setting.at) : 0;
    if (!first || !option_section_find(text_make(setting.at, len), &section))
        return NULL;
    struct text key = text_skip(setting, len + 1);
    if (!option_section_named(section))
        return option_find(section, key);
    const char *end = option_name_end(section, key);
    return end ? option_find(section, text_skip(key, (size_t)(end - key.at) + 1)) : NULL;
}

static void offer_elements(struct cli_candidates *candidates, const struct option *option,
                           const struct strings *providers)
{
    for (size_t i = 0; option->type == OPTION_NAMES && i < providers->count; i++)
        cli_offer_element(candidates, "", providers->at[i]);
    for (size_t i = 0; option->type == OPTION_ABILITIES && option_ability(i); i++)
        cli_offer_element(candidates, "", option_ability(i));
    for (unsigned i = 0; option->type == OPTION_CLASSES && i < FAILURE_COUNT; i++)
        if (option_classes(option) & FAILURE_BIT(i))
            cli_offer_element(candidates, "", failure_word((enum failure)i));
}

/* Where a secret may be: itself is never offered. */
static void offer_places_of_secret(struct cli_candidates *candidates)
{
    cli_offer(candidates, "a variable", "env:");
    cli_offer(candidates, "a file that only you can read", "file:");
    cli_offer(candidates, "one that systemd hands over", "credential:");
}

static void offer_values(struct cli_candidates *candidates, const struct option *option,
                         const struct strings *providers)
{
    const char *value = option->value;
    for (const struct option_word *word = option->choices; word && word->word; word++)
        cli_offer(candidates, "", "%s", word->word);
    if (option->type == OPTION_BOOL) {
        cli_offer(candidates, "", "yes");
        cli_offer(candidates, "", "no");
    } else if (option->secret || option->type == OPTION_HEADER) {
        offer_places_of_secret(candidates);
    } else if (option->type == OPTION_PATH) {
        cli_offer_files(candidates);
    } else if (!option->choices && value && value[0] && !strchr(value, ' ')) {
        cli_offer(candidates, "the default", "%s", value);
    }
    offer_elements(candidates, option, providers);
}

void cli_offer_settings(struct cli_candidates *candidates, const struct strings *providers)
{
    struct text word = candidates->word;
    const char *equals = word.len > 0 ? memchr(word.at, '=', word.len) : NULL;
    if (!equals) {
        offer_names(candidates, providers);
        return;
    }
    size_t len = (size_t)(equals - word.at);
    const struct option *option = option_of(text_make(word.at, len));
    struct cli_candidates of_value = *candidates;
    char before[CLI_WORD_MAX];
    int n = snprintf(before, sizeof(before), "%.*s%.*s", TEXT_ARG(candidates->before), (int)len + 1,
                     word.at);
    if (!option || n < 0 || (size_t)n >= sizeof(before))
        return;
    of_value.before = text_make(before, (size_t)n);
    of_value.word = text_skip(word, len + 1);
    offer_values(&of_value, option, providers);
    candidates->r = of_value.r;
}
