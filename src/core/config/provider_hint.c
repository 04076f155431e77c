/*
 * "olama:ministral-3:3b" is asked of every provider by that very name, and none has it. But most
 * names with a colon are Ollama's NAME:TAG, and some of those are only a letter away from a
 * provider's: they are no mistakes.
 */
#include "config/provider_hint.h"

#include <string.h>

#include "text/count.h"
#include "text/suggest.h"

/* Families of Ollama's library that begin like the name of a service, https://ollama.com/library
 * (2026-11). */
static const char *const families[] = {"llama", "mistral", "mixtral",  "qwen",
                                       "gemma", "phi",     "deepseek", "codellama"};

static bool is_family(struct text name)
{
    for (size_t i = 0; i < COUNT(families); i++)
        if (text_starts_nocase(name, families[i]))
            return true;
    return false;
}

const struct config_provider *provider_hint(const struct config *config, struct text model)
{
    const char *colon = model.len ? memchr(model.at, ':', model.len) : NULL;
    struct text name = text_make(model.at, colon ? (size_t)(colon - model.at) : 0);
    if (name.len < 3 || name.len + 1 == model.len || is_family(name) ||
        config_provider_by_name(config, name))
        return NULL;
    struct suggest suggest = suggest_for(name);
    if (suggest.distance > 3) /* two mistakes, however long the name */
        suggest.distance = 3;
    if (name.len < 8 && suggest.distance > 2)
        suggest.distance = 2;
    for (size_t i = 0; i < config->provider_count; i++)
        if (!config->providers[i].idle || config->providers[i].preset->built_in)
            suggest_offer(&suggest, config->providers[i].name);
    return suggest.best ? config_provider_by_name(config, text_of(suggest.best)) : NULL;
}
