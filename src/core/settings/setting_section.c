/*
 * Three things are written in place of [provider NAME]: the NAME alone, another sign than a blank
 * between the two, or a word for what it is. What remains are misspelt words.
 */
#include <stdio.h>

#include "settings/setting.h"
#include "text/count.h"
#include "text/suggest.h"

/* Other words for the same thing. */
static const struct {
    const char *word;
    const char *section;
} words[] = {
    {"cloud", "provider openai"},   {"local", "provider ollama"}, {"fallback", "route"},
    {"routing", "route"},           {"retries", "retry"},         {"logging", "log"},
    {"circuit_breaker", "breaker"}, {"listen", "server"},         {"http", "server"},
    {"client", "token NAME"},       {"clients", "token NAME"},    {"tokens", "token NAME"},
};

/* "provider.openai", "provider:openai", "provider-openai": the kind, and where its NAME begins. */
static bool cut_joined(struct text kind, const char **ret_word, struct text *ret_name)
{
    for (unsigned i = 0; i < OPTION_SECTION_COUNT; i++) {
        const char *word = option_section_word((enum option_section)i);
        size_t len = strlen(word);
        if (!option_section_named((enum option_section)i) || kind.len <= len + 1 ||
            !text_starts_nocase(kind, word) || !strchr(".:/-_", kind.at[len]))
            continue;
        *ret_word = word;
        *ret_name = text_skip(kind, len + 1);
        return true;
    }
    return false;
}

bool setting_section_suggest(struct text kind, const struct strings *providers, char *ret,
                             size_t size)
{
    struct suggest section = suggest_for(kind), provider = section;
    const char *word;
    struct text name;
    ret[0] = '\0';
    for (size_t i = 0; i < COUNT(words); i++)
        if (text_equals_nocase(kind, words[i].word))
            return snprintf(ret, size, "%s", words[i].section) > 0;
    if (cut_joined(kind, &word, &name))
        return snprintf(ret, size, "%s %.*s", word, TEXT_ARG(text_cut(name, 100))) > 0;
    for (size_t i = 0; i < providers->count; i++)
        suggest_offer(&provider, providers->at[i]);
    for (unsigned i = 0; i < OPTION_SECTION_COUNT; i++)
        suggest_offer(&section, option_section_word((enum option_section)i));
    if (provider.best && provider.distance < section.distance)
        return snprintf(ret, size, "provider %s", provider.best) > 0;
    return section.best && snprintf(ret, size, "%s", section.best) > 0;
}
