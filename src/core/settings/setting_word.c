/*
 * What was meant by a word that is none of ours. Three things are written in place of [provider
 * NAME]: the NAME alone, another sign than a blank between the two, or a word for what it is. What
 * remains are misspelt words. Of keys it is what other programs call them.
 */
#include <stdio.h>
#include <strings.h>

#include "settings/setting.h"
#include "text/count.h"
#include "text/suggest.h"

/* Other words for the same thing. */
static const struct {
    const char *word;
    const char *section;
} section_words[] = {
    {"cloud", "provider openai"},   {"local", "provider ollama"}, {"fallback", "route"},
    {"routing", "route"},           {"retries", "retry"},         {"logging", "log"},
    {"circuit_breaker", "breaker"}, {"listen", "server"},         {"http", "server"},
    {"client", "token NAME"},       {"clients", "token NAME"},    {"tokens", "token NAME"},
    {"mcp", "tool NAME"},           {"mcp_server", "tool NAME"},  {"mcp_servers", "tool NAME"},
    {"mcpservers", "tool NAME"},
};

/* The words that stand for a key. */
static const struct {
    enum option_section section;
    const char *key;
    const char *words; /* a comma list */
} key_words[] = {
    {SECTION_SERVER, "listen", "port, host, address, bind"},
    {SECTION_SERVER, "tokens", "api_key, token"},
    {SECTION_ROUTE, "priority", "providers, order"},
    {SECTION_ROUTE, "deadline", "timeout"},
    {SECTION_RETRY, "attempts", "retries, max_retries"},
    {SECTION_PROVIDER, "api_key", "key, token"},
    {SECTION_PROVIDER, "base_url", "url, host, api_base"},
    {SECTION_PROVIDER, "first_byte_timeout", "timeout"},
    {SECTION_PROVIDER, "num_ctx", "context"},
    {SECTION_TOKEN, "secret", "token, key, api_key"},
    {SECTION_TOKEN, "route", "priority, provider"},
    {SECTION_TOKEN, "requests", "rate, limit"},
    {SECTION_TOKEN, "tools", "tool"},
    {SECTION_TOOL, "url", "base_url, server_url, host, address, endpoint, socket, command, args"},
    {SECTION_TOOL, "api_key", "key, token"},
    {SECTION_TOOL, "allow", "tools, tool, allowed_tools"},
    {SECTION_TOOLS, "max_iterations", "iterations, rounds, max_rounds"},
};

const char *setting_key_meant(enum option_section section, struct text key)
{
    for (size_t i = 0; i < COUNT(key_words); i++) {
        struct text word, rest = text_of(key_words[i].words);
        while (section == key_words[i].section && string_list_item(&rest, &word))
            if (word.len == key.len && strncasecmp(word.at, key.at, key.len) == 0)
                return key_words[i].key;
    }
    return NULL;
}

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
    for (size_t i = 0; i < COUNT(section_words); i++)
        if (text_equals_nocase(kind, section_words[i].word))
            return snprintf(ret, size, "%s", section_words[i].section) > 0;
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
