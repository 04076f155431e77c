/*
 * `understudy config`: what is in effect and where it came from, as a settings file whose comments
 * are the origins. Goes through the option table, so it cannot forget a setting.
 */
#include <errno.h>
#include <stdio.h>

#include "config.h"
#include "config_fill.h"
#include "config_load.h"
#include "secret.h"
#include "setting_check.h"
#include "string_list.h"

#define MASK          "****"
#define KEY_WIDTH     22
#define ORIGIN_COLUMN 64

struct print {
    const struct config *config;
    const struct setting_set *set;
    struct buf *out;
};

/* A literal is masked, a reference says only where to look. */
static int print_secrets(struct buf *out, struct text value)
{
    struct text item;
    const char *comma = "";
    while (string_list_item(&value, &item)) {
        bool shown = secret_is_reference(item) || text_equals_nocase(item, "none");
        int r = buf_printf(out, "%s%.*s", comma, shown ? (int)item.len : (int)strlen(MASK),
                           shown ? item.at : MASK);
        if (r < 0)
            return r;
        comma = ", ";
    }
    return 0;
}

/* A proxy's address may hold user and password, up to its last '@'. */
static int print_proxy(struct buf *out, struct text value)
{
    const char *at = value.len > 0 ? memrchr(value.at, '@', value.len) : NULL;
    const char *slashes = value.len > 0 ? memmem(value.at, value.len, "://", 3) : NULL;
    if (!at || !slashes || slashes > at)
        return buf_append_text(out, value);
    int r = buf_append(out, value.at, (size_t)(slashes + 3 - value.at));
    if (r == 0)
        r = buf_append_string(out, MASK);
    return r < 0 ? r : buf_append_text(out, text_skip(value, (size_t)(at - value.at)));
}

/* A single secret may hold commas; so may a header. */
static int print_value(struct buf *out, const struct option *option, const char *value, bool secret)
{
    struct text text = text_of(value);
    if (option->type == OPTION_SECRETS)
        return print_secrets(out, text);
    if (option->type == OPTION_PROXY)
        return print_proxy(out, text);
    bool shown = !secret || text.len == 0 || secret_is_reference(text) ||
                 (option->choices && text_equals_nocase(text, "none"));
    return buf_append_string(out, shown ? value : MASK);
}

static int print_line(const struct print *print, const char *key, const struct option *option,
                      const char *value, const struct setting *setting)
{
    static const struct origin by_default = {.kind = ORIGIN_DEFAULT};
    char origin[4200];
    size_t begun = print->out->len;
    report_origin(setting ? &setting->origin : &by_default, origin, sizeof(origin));
    int r = buf_printf(print->out, "%-*s = ", KEY_WIDTH, key);
    if (r == 0)
        r = print_value(print->out, option, value,
                        setting ? setting_is_secret(setting) : option->secret);
    if (r < 0)
        return r;
    size_t used = print->out->len - begun;
    int pad = used < ORIGIN_COLUMN ? (int)(ORIGIN_COLUMN - used) : 1;
    return buf_printf(print->out, "%*s; %s\n", pad, "", origin);
}

/* What is in effect where that differs from what was written. */
static const char *derived_value(const struct print *print, const struct option *option,
                                 const struct config_provider *provider)
{
    if (provider && option->type == OPTION_BASE_URL)
        return provider->base_url;
    if (option->type == OPTION_CHECK_URL)
        return print->config->connectivity.check_url ? print->config->connectivity.check_url : "";
    return NULL;
}

static int print_option(const struct print *print, const struct option *option,
                        const struct config_provider *provider)
{
    const struct setting *setting =
        setting_find(print->set, option->section, provider ? provider->name : NULL, option->key);
    const char *value = setting ? setting->value : config_default(option, provider);
    const char *derived = derived_value(print, option, provider);
    if (derived)
        value = derived;
    return value ? print_line(print, option->key, option, value, setting) : 0;
}

/* retry_*, header.* and the keys of models: those that were written. */
static int print_written(const struct print *print, enum option_section section, const char *name)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < print->set->count; i++) {
        const struct setting *setting = &print->set->at[i];
        bool pattern = setting->option->section != section ||
                       setting->option->type == OPTION_HEADER || section == SECTION_MODEL;
        if (setting->section != section || strcmp(setting->name, name) != 0 || !pattern ||
            setting_find(print->set, section, name, setting->key) != setting)
            continue;
        r = print_line(print, setting->key, setting->option, setting->value, setting);
    }
    return r;
}

static int print_provider(const struct print *print, const struct config_provider *provider)
{
    int r = buf_printf(print->out, "\n[provider %s]\n", provider->name);
    for (size_t i = 0; r == 0 && i < option_count(); i++) {
        const struct option *option = option_at(i);
        bool idle = option->concerns == CONCERNS_OLLAMA && provider->kind != PROVIDER_OLLAMA;
        if (option->section == SECTION_PROVIDER && option->type != OPTION_HEADER && !idle)
            r = print_option(print, option, provider);
    }
    return r < 0 ? r : print_written(print, SECTION_PROVIDER, provider->name);
}

static int print_providers(const struct print *print)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < print->config->provider_count; i++)
        r = print_provider(print, &print->config->providers[i]);
    return r;
}

static int print_models(const struct print *print)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < print->config->model_count; i++) {
        const char *name = print->config->models[i].name;
        r = buf_printf(print->out, "\n[model %s]\n", name);
        if (r == 0)
            r = print_written(print, SECTION_MODEL, name);
    }
    return r;
}

static int print_section(const struct print *print, enum option_section section)
{
    if (section == SECTION_PROVIDER)
        return print_providers(print);
    if (section == SECTION_MODEL)
        return print_models(print);
    int r = buf_printf(print->out, "%s[%s]\n", print->out->len > 0 ? "\n" : "",
                       option_section_word(section));
    for (size_t i = 0; r == 0 && i < option_count(); i++)
        if (option_at(i)->section == section)
            r = print_option(print, option_at(i), NULL);
    return r;
}

int config_print(const struct config_source *source, struct buf *out,
                 struct config_errors *ret_errors)
{
    struct setting_set set;
    struct config *config = NULL;
    int r = config_load_with_settings(source, &set, &config, ret_errors);
    const struct print print = {config, &set, out};
    for (unsigned i = 0; r == 0 && i < OPTION_SECTION_COUNT; i++)
        r = print_section(&print, (enum option_section)i);
    config_free(config);
    setting_set_done(&set);
    return r;
}
