/*
 * `understudy config`: what is in effect and where it came from, as a settings file whose comments
 * are the origins, or as JSON. Goes through the option table, so it cannot forget a setting.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "settings/secret.h"
#include "settings/setting.h"

#define MASK          "****"
#define KEY_WIDTH     22
#define ORIGIN_COLUMN 64
#define VALUE_MAX     (1u << 20) /* more than any line of a file can hold */

struct print {
    const struct config *config;
    const struct setting_set *set;
    struct buf *out;
    json_t *json;    /* NULL: lines, into out */
    bool changed;    /* without what is by default */
    char title[600]; /* of the section at hand */
    bool begun;      /* it has a line */
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

static int print_text(struct print *print, const char *key, struct text value, const char *origin)
{
    size_t width = value.len + (strlen(key) > KEY_WIDTH ? strlen(key) : KEY_WIDTH) + 3;
    int pad = width < ORIGIN_COLUMN ? (int)(ORIGIN_COLUMN - width) : 1;
    int r = 0;
    if (!print->begun)
        r = buf_printf(print->out, "%s[%s]\n", print->out->len > 0 ? "\n" : "", print->title);
    if (r == 0)
        r = buf_printf(print->out, "%-*s = ", KEY_WIDTH, key);
    if (r == 0)
        r = buf_append_text(print->out, value);
    return r < 0 ? r : buf_printf(print->out, "%*s; %s\n", pad, "", origin);
}

/* {"section": {"key": {"value": ..., "origin": ...}}}; bytes that are no text are null. */
static int print_member(struct print *print, const char *key, struct text value, const char *origin)
{
    json_t *text = json_stringn(value.at, value.len), *from = json_string(origin);
    json_t *section = json_object_get(print->json, print->title);
    if (!section) {
        section = json_object();
        (void)json_object_set_new(print->json, print->title, section);
    }
    json_t *member = json_pack("{s:o, s:o}", "value", text ? text : json_null(), "origin",
                               from ? from : json_null());
    return json_object_set_new(section, key, member) < 0 ? -ENOMEM : 0;
}

static int print_line(struct print *print, const char *key, const struct option *option,
                      const char *value, const struct setting *setting)
{
    static const struct origin by_default = {.kind = ORIGIN_DEFAULT};
    char origin[4200];
    struct buf shown;
    if (print->changed && !setting)
        return 0;
    report_origin(setting ? &setting->origin : &by_default, origin, sizeof(origin));
    buf_init(&shown, VALUE_MAX);
    int r =
        print_value(&shown, option, value, setting ? setting_is_secret(setting) : option->secret);
    if (r == 0)
        r = print->json ? print_member(print, key, buf_text(&shown), origin)
                        : print_text(print, key, buf_text(&shown), origin);
    buf_done(&shown);
    print->begun = true;
    return r;
}

static void begin_section(struct print *print, const char *word, const char *name)
{
    (void)snprintf(print->title, sizeof(print->title), "%s%s%s", word, name ? " " : "",
                   name ? name : "");
    print->begun = false;
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

static int print_option(struct print *print, const struct option *option,
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
static int print_written(struct print *print, enum option_section section, const char *name)
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

static int print_provider(struct print *print, const struct config_provider *provider)
{
    int r = 0;
    begin_section(print, "provider", provider->name);
    for (size_t i = 0; r == 0 && i < option_count(); i++) {
        const struct option *option = option_at(i);
        bool idle = option->concerns == CONCERNS_OLLAMA && provider->kind != PROVIDER_OLLAMA;
        if (option->section == SECTION_PROVIDER && option->type != OPTION_HEADER && !idle)
            r = print_option(print, option, provider);
    }
    return r < 0 ? r : print_written(print, SECTION_PROVIDER, provider->name);
}

static int print_providers(struct print *print)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < print->config->provider_count; i++)
        r = print_provider(print, &print->config->providers[i]);
    return r;
}

static int print_models(struct print *print)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < print->config->model_count; i++) {
        const char *name = print->config->models[i].name;
        begin_section(print, "model", name);
        r = print_written(print, SECTION_MODEL, name);
    }
    return r;
}

static int print_section(struct print *print, enum option_section section)
{
    if (section == SECTION_PROVIDER)
        return print_providers(print);
    if (section == SECTION_MODEL)
        return print_models(print);
    int r = 0;
    begin_section(print, option_section_word(section), NULL);
    for (size_t i = 0; r == 0 && i < option_count(); i++)
        if (option_at(i)->section == section)
            r = print_option(print, option_at(i), NULL);
    return r;
}

static int print_json(struct buf *out, const json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2));
    int r = text ? buf_printf(out, "%s\n", text) : -ENOMEM;
    free(text);
    return r;
}

int config_print(const struct config_source *source, const struct config_form *form,
                 struct buf *out, struct config_errors *ret_errors)
{
    struct setting_set set;
    struct config *config = NULL;
    int r = config_load_with_settings(source, &set, &config, ret_errors);
    struct print print = {.config = config, .set = &set, .out = out, .changed = form->changed};
    if (r == 0 && form->json && !(print.json = json_object()))
        r = -ENOMEM;
    for (unsigned i = 0; r == 0 && i < OPTION_SECTION_COUNT; i++)
        r = print_section(&print, (enum option_section)i);
    if (r == 0 && form->json)
        r = print_json(out, print.json);
    json_decref(print.json);
    config_free(config);
    setting_set_done(&set);
    return r;
}
