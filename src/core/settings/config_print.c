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
    int r;           /* the first that went wrong; nothing is added after it */
};

/* A literal is masked, a reference says only where to look. */
static int print_secrets(struct buf *out, struct text value)
{
    const char *comma = "";
    int r = 0;
    for (struct text item; r == 0 && string_list_item(&value, &item); comma = ", ") {
        bool shown = secret_is_reference(item) || text_equals_nocase(item, "none");
        item = shown ? item : text_of(MASK);
        r = buf_printf(out, "%s%.*s", comma, TEXT_ARG(item));
    }
    return r;
}

/* A proxy's address may hold user and password, up to its last '@'. */
static int print_proxy(struct buf *out, struct text value)
{
    const char *at = value.len > 0 ? memrchr(value.at, '@', value.len) : NULL;
    const char *slashes = value.len > 0 ? memmem(value.at, value.len, "://", 3) : NULL;
    if (!at || !slashes || slashes > at)
        return buf_append_text(out, value);
    return buf_printf(out, "%.*s" MASK "%s", (int)(slashes + 3 - value.at), value.at, at);
}

/* Behind the '?' of a tool's address may be a key. */
static int print_tool_url(struct buf *out, struct text value)
{
    const char *query = value.len > 0 ? memchr(value.at, '?', value.len) : NULL;
    return query ? buf_printf(out, "%.*s?" MASK, (int)(query - value.at), value.at)
                 : buf_append_text(out, value);
}

/* A header may hold commas. */
static int print_value(struct buf *out, const struct option *option, const char *value, bool secret)
{
    struct text text = text_of(value);
    if (option->type == OPTION_SECRETS || option->type == OPTION_KEYS)
        return print_secrets(out, text);
    if (option->type == OPTION_PROXY)
        return print_proxy(out, text);
    if (option->type == OPTION_TOOL_URL)
        return print_tool_url(out, text);
    bool shown = !secret || text.len == 0 || secret_is_reference(text) ||
                 (option->choices && text_equals_nocase(text, "none"));
    return buf_append_string(out, shown ? value : MASK);
}

/* "key = value      ; origin", below the section's name where it is the first. */
static int print_text(struct print *print, const char *key, struct text value, const char *origin)
{
    size_t width = value.len + (strlen(key) > KEY_WIDTH ? strlen(key) : KEY_WIDTH) + 3;
    int pad = width < ORIGIN_COLUMN ? (int)(ORIGIN_COLUMN - width) : 1;
    int r = 0;
    if (!print->begun)
        r = buf_printf(print->out, "%s[%s]\n", print->out->len > 0 ? "\n" : "", print->title);
    return r < 0 ? r
                 : buf_printf(print->out, "%-*s = %.*s%*s; %s\n", KEY_WIDTH, key, TEXT_ARG(value),
                              pad, "", origin);
}

/* {"section": {"key": {"value": ..., "origin": ...}}}; bytes that are no text are null. */
static int print_member(struct print *print, const char *key, struct text value, const char *origin)
{
    json_t *section = json_object_get(print->json, print->title);
    if (!section) {
        section = json_object();
        (void)json_object_set_new(print->json, print->title, section);
    }
    json_t *text = json_stringn(value.at, value.len), *from = json_string(origin);
    json_t *member = json_pack("{s:o, s:o}", "value", text ? text : json_null(), "origin",
                               from ? from : json_null());
    return json_object_set_new(section, key, member) < 0 ? -ENOMEM : 0;
}

/* Was it written, and says something else than what holds without it? An empty key keeps a variable
 * out. */
static bool is_change(const struct setting *setting, const struct config_provider *provider)
{
    if (!setting)
        return false;
    const char *standard = config_default(setting->option, provider);
    bool emptied = provider && setting->option->type == OPTION_KEYS && provider->key_emptied;
    return emptied || !standard || strcmp(setting->value, standard) != 0;
}

static void print_line(struct print *print, const char *key, const struct option *option,
                       const char *value, const struct setting *setting)
{
    static const struct origin by_default = {.kind = ORIGIN_DEFAULT};
    char origin[4200];
    struct buf shown;
    if (print->r < 0)
        return;
    report_origin(setting ? &setting->origin : &by_default, origin, sizeof(origin));
    buf_init(&shown, VALUE_MAX);
    print->r =
        print_value(&shown, option, value, setting ? setting_is_secret(setting) : option->secret);
    if (print->r == 0)
        print->r = print->json ? print_member(print, key, buf_text(&shown), origin)
                               : print_text(print, key, buf_text(&shown), origin);
    buf_done(&shown);
    print->begun = true;
}

static void begin_section(struct print *print, const char *word, const char *name)
{
    (void)snprintf(print->title, sizeof(print->title), "%s%s%s", word, name ? " " : "",
                   name ? name : "");
    print->begun = false;
}

/* What is in effect: where that differs from what was written, the former. NULL: nothing to show.
 */
static const char *value_of(const struct print *print, const struct option *option,
                            const struct config_provider *provider, const struct setting *setting)
{
    const char *check_url = print->config->connectivity.check_url;
    if (option->type == OPTION_CHECK_URL)
        return check_url ? check_url : "";
    if (option->type == OPTION_BASE_URL && provider && provider->base_url)
        return provider->base_url;
    return setting ? setting->value : config_default(option, provider);
}

/* name is that of its section, NULL where that has none. */
static void print_options(struct print *print, enum option_section section, const char *name,
                          const struct config_provider *provider)
{
    OPTION_EACH (option, section) {
        bool idle = !option_concerns(option, provider ? provider->kind : NULL);
        if (option->type == OPTION_HEADER || idle)
            continue;
        const struct setting *setting = provider
                                            ? setting_find_of(print->set, provider, option->key)
                                            : setting_find(print->set, section, name, option->key);
        const char *value = value_of(print, option, provider, setting);
        if (value && (!print->changed || is_change(setting, provider)))
            print_line(print, option->key, option, value, setting);
    }
}

/* retry_*, header.* and the keys of models: those that were written. */
static void print_written(struct print *print, enum option_section section, const char *name)
{
    for (size_t i = 0; i < print->set->count; i++) {
        const struct setting *setting = &print->set->at[i];
        bool pattern = setting->option->section != section ||
                       setting->option->type == OPTION_HEADER || section == SECTION_MODEL;
        if (setting->section == section && pattern && strcmp(setting->name, name) == 0 &&
            setting_wins(print->set, setting))
            print_line(print, setting->key, setting->option, setting->value, setting);
    }
}

/* A preset that nobody means has nothing to tell but a plain variable that sets it. */
static bool is_told(const struct print *print, const struct config_provider *provider)
{
    if (!provider->idle || provider->preset->built_in)
        return true;
    for (size_t i = 0; i < print->set->count; i++)
        if (print->set->at[i].section == SECTION_PROVIDER &&
            strcmp(print->set->at[i].name, provider->name) == 0)
            return true;
    return false;
}

static void print_section(struct print *print, enum option_section section)
{
    const struct config *config = print->config;
    const char *word = option_section_word(section);
    if (!option_section_named(section)) {
        begin_section(print, word, NULL);
        print_options(print, section, NULL, NULL);
    }
    for (size_t i = 0; section == SECTION_PROVIDER && i < config->provider_count; i++) {
        if (!is_told(print, &config->providers[i]))
            continue;
        begin_section(print, word, config->providers[i].name);
        print_options(print, section, config->providers[i].name, &config->providers[i]);
        print_written(print, section, config->providers[i].name);
    }
    for (size_t i = 0; section == SECTION_MODEL && i < config->model_count; i++) {
        begin_section(print, word, config->models[i].name);
        print_written(print, section, config->models[i].name);
    }
    for (size_t i = 0; section == SECTION_TOKEN && i < config->server.named_token_count; i++) {
        begin_section(print, word, config->server.named_tokens[i].name);
        print_options(print, section, print->config->server.named_tokens[i].name, NULL);
    }
    for (size_t i = 0; section == SECTION_TOOL && i < config->tools.count; i++) {
        begin_section(print, word, config->tools.at[i].name);
        print_options(print, section, config->tools.at[i].name, NULL);
        print_written(print, section, config->tools.at[i].name);
    }
}

int config_print(const struct config_source *source, const struct config_form *form,
                 struct buf *out, struct config_errors *ret_errors)
{
    struct setting_set set;
    struct config *config = NULL;
    int r = config_load_with_settings(source, &set, &config, ret_errors);
    struct print print = {
        .config = config, .set = &set, .out = out, .changed = form->changed, .r = r};
    if (r == 0 && form->json && !(print.json = json_object()))
        print.r = -ENOMEM;
    for (unsigned i = 0; print.r == 0 && i < OPTION_SECTION_COUNT; i++)
        print_section(&print, (enum option_section)i);
    if (print.r == 0 && form->json) {
        char *text = json_dumps(print.json, JSON_INDENT(2));
        print.r = text ? buf_printf(out, "%s\n", text) : -ENOMEM;
        free(text);
    }
    json_decref(print.json);
    config_free(config);
    setting_set_done(&set);
    return print.r;
}
