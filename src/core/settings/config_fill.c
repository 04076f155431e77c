/*
 * Every field of a struct is filled by its row: from the setting that wins, else
 * from the row's default. What no row can say follows in functions of its own: secrets, headers,
 * models, and what is derived.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "http/headers.h"
#include "http/host.h"
#include "http/url.h"
#include "kind/preset_host.h"
#include "settings/secret.h"
#include "settings/setting.h"

struct fill {
    const struct setting_set *set;
    const struct config_source *source;
    struct config *config;
    struct retry_policy retry; /* [retry] */
};

static void out_of_memory(const struct fill *fill)
{
    fill->set->report->out_of_memory = true;
}

static void store(const struct fill *fill, const struct option *option, const char *text,
                  void *base)
{
    struct error why = ERROR_NONE;
    int r = option_store(option, text_of(text), base, &why);
    assert(r == 0 || r == -ENOMEM); /* settings are checked, defaults are tested */
    if (r == -ENOMEM)
        out_of_memory(fill);
}

/* What a preset says holds for its own type: with another one, the address leads to something else.
 */
const char *config_default(const struct option *option, const struct config_provider *provider)
{
    bool type = option->type == OPTION_KIND;
    const struct preset *preset = provider ? provider->preset : NULL;
    const char *value = NULL;
    if (preset && (type || config_provider_is_as_preset(provider)))
        value = preset_value(preset, option->key);
    if (value)
        return value[0] ? value : NULL;
    return type ? NULL : option_value(option, provider ? provider->kind : NULL);
}

/* key differs from the row's own where it is a provider's retry_*. */
static void fill_field(const struct fill *fill, const struct option *option,
                       const struct config_provider *provider, const char *key, void *base)
{
    const struct setting *setting =
        setting_find(fill->set, provider ? SECTION_PROVIDER : option->section,
                     provider ? provider->name : NULL, key);
    bool own_key = strcmp(key, option->key) == 0;
    const char *value = own_key ? config_default(option, provider) : NULL;
    if (setting)
        value = setting->value;
    if (value)
        store(fill, option, value, base);
}

static void fill_global(struct fill *fill)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (option->section == SECTION_RETRY)
            fill_field(fill, option, NULL, option->key, &fill->retry);
        else if (!option_section_named(option->section))
            fill_field(fill, option, NULL, option->key, fill->config);
    }
    fill->config->route.fallback_on |= FAILURE_BIT(FAILURE_SKIPPED); /* always moves on */
}

/* Each key once: a key that comes again is no other one. */
static int take_key(const struct fill *fill, const struct setting *setting, struct text key,
                    struct text from, struct config_provider *provider)
{
    struct strings *keys = &provider->api_keys;
    for (size_t i = 0; i < keys->count; i++) {
        if (!text_equals(key, keys->at[i]))
            continue;
        report_warning(fill->set->report, &setting->origin,
                       "%s: a key is there twice, as key %zu and again, which makes no second "
                       "one; better: leave it out",
                       SETTING_TITLE(setting), i + 1);
        return 0;
    }
    int r = string_list_add(keys, key);
    return r < 0 ? r : string_list_add(&provider->api_keys_from, from);
}

/* Only what keeps the variable of a preset's key out is to blame. */
static void note_emptied(const struct fill *fill, const struct setting *setting,
                         struct config_provider *provider)
{
    const struct preset *preset = provider->preset;
    char place[512];
    if (!setting || !preset || !preset->key_variable ||
        (setting->origin.kind == ORIGIN_FILE && preset->key_is_setting))
        return;
    report_place(&setting->origin, place, sizeof(place));
    provider->key_emptied = strdup(place);
    if (!provider->key_emptied)
        out_of_memory(fill);
}

static void fill_api_keys(const struct fill *fill, struct config_provider *provider)
{
    const struct setting *setting = setting_find_of(fill->set, provider, "api_key");
    const struct option *option = option_find(SECTION_PROVIDER, text_of("api_key"));
    const char *value = setting ? setting->value : config_default(option, provider);
    struct error why = ERROR_NONE;
    if (!value || value[0] == '\0') {
        note_emptied(fill, setting, provider);
        return;
    }
    provider->no_key = text_equals_nocase(text_of(value), "none");
    if (provider->no_key)
        return;
    struct strings keys = {0}, from = {0};
    int r = secret_list_resolve(text_of(value), fill->source, &keys, &from, &why);
    for (size_t i = 0; r == 0 && i < keys.count; i++)
        r = take_key(fill, setting, text_of(keys.at[i]), text_of(from.at[i]), provider);
    if (r < 0)
        config_tell_secret(fill->set, setting, r, &why);
    string_list_done(&keys);
    string_list_done(&from);
}

static void fill_headers(const struct fill *fill, struct config_provider *provider)
{
    const struct place place = {SECTION_PROVIDER, text_of(provider->name)};
    struct config_pairs pairs = {0};
    if (config_headers_fill(fill->set, fill->source, &place, &pairs) < 0)
        out_of_memory(fill);
    provider->headers = pairs.at;
    provider->header_count = pairs.count;
}

/* A header of the settings goes in place of the keys, and where there is none in place of an app's.
 */
static void fill_header_key(const struct fill *fill, struct config_provider *provider)
{
    for (size_t i = 0; i < provider->header_count; i++) {
        const struct config_header *header = &provider->headers[i];
        bool replaces = strcasecmp(header->name, provider->kind->key_header) == 0;
        char place[128];
        if (replaces) {
            string_list_cut(&provider->api_keys, 0);
            string_list_cut(&provider->api_keys_from, 0);
        }
        (void)snprintf(place, sizeof(place), OPTION_HEADER_PREFIX "%s", header->name);
        if ((replaces || header_is_credential(text_of(header->name))) &&
            provider->api_keys_from.count == 0 &&
            string_list_add(&provider->api_keys_from, text_of(place)) < 0)
            out_of_memory(fill);
    }
}

/* What is asked by a proxy goes to the proxy first. */
static void derive_place(struct config_provider *provider, struct text host)
{
    bool near = host_is_local(host);
    bool far_proxy = provider->proxy && !host_is_local(url_host(text_of(provider->proxy)));
    provider->local = near && !far_proxy;
    provider->far_by_proxy = near && far_proxy;
}

/* What follows from base_url. People paste the address that they gave to another client. */
static void derive_from_base_url(struct config_provider *provider)
{
    struct url url;
    struct text base = text_of(provider->base_url);
    if (!base.at)
        return;
    const char *cut = provider->kind->cut_ending;
    while (text_ends(base, "/"))
        base.len--;
    if (cut && text_ends(base, cut) && base.len > strlen(cut))
        base.len -= strlen(cut);
    while (text_ends(base, "/"))
        base.len--;
    provider->base_url[base.len] = '\0';
    if (url_parse(base, &url, NULL) == 0)
        derive_place(provider, url.host);
    const struct preset_host host = {provider->preset, provider->kind, provider->base_url};
    provider->tool_ids = preset_host_ids(&host);
    provider->signed_calls = preset_host_signs_calls(&host);
}

/* Does anybody mean that preset: a route, a [model] line, or a setting that was written for us? The
 * plain variables are there for other programs. */
static bool is_named(const struct fill *fill, struct text name)
{
    const struct config_route *route = &fill->config->route;
    if (string_list_has(&route->priority, name) || string_list_has(&route->messages, name) ||
        setting_provider_origin(fill->set, name) ||
        config_token_routes(&fill->config->server, name))
        return true;
    for (size_t i = 0; i < fill->set->count; i++) {
        const struct setting *setting = &fill->set->at[i];
        bool own = setting->section == SECTION_PROVIDER && setting->origin.kind != ORIGIN_PLAIN;
        if ((own && text_equals(name, setting->name)) ||
            (setting->option->type == OPTION_MODEL_OF && text_equals(name, setting->key)))
            return true;
    }
    return false;
}

/* A built-in one that can be asked is told of in any case. */
static bool is_idle(const struct fill *fill, const struct config_provider *provider)
{
    struct text name = text_of(provider->name);
    if (!provider->preset)
        return false;
    if (!provider->preset->built_in)
        return !is_named(fill, name);
    return config_provider_is_as_preset(provider) && config_provider_needs_key(provider) &&
           !config_provider_has_own_key(provider) &&
           !string_list_has(&fill->config->route.priority, name);
}

/* The type comes first, as the other defaults depend on it. Where it is wrong one stands in. */
static void fill_provider(const struct fill *fill, struct config_provider *provider)
{
    const struct option *type = option_find(SECTION_PROVIDER, text_of("type"));
    provider->preset = preset_by_name(text_of(provider->name));
    provider->kind = kind_at(0);
    fill_field(fill, type, provider, type->key, provider);
    provider->retry = fill->retry;
    OPTION_EACH (option, SECTION_RETRY) {
        char key[64];
        (void)snprintf(key, sizeof(key), OPTION_RETRY_PREFIX "%s", option->key);
        fill_field(fill, option, provider, key, &provider->retry);
    }
    OPTION_EACH (option, SECTION_PROVIDER)
        if (option->type != OPTION_HEADER && option != type)
            fill_field(fill, option, provider, option->key, provider);
    provider->model_is_set =
        setting_find(fill->set, SECTION_PROVIDER, provider->name, "model") != NULL;
    fill_api_keys(fill, provider);
    fill_headers(fill, provider);
    fill_header_key(fill, provider);
    derive_from_base_url(provider);
    provider->idle = is_idle(fill, provider);
}

/* A preset without an address cannot be asked; that is wrong only where somebody means it. */
static bool is_there(const struct fill *fill, struct text name)
{
    const struct preset *preset = preset_by_name(name);
    return !preset || preset->base_url || is_named(fill, name);
}

static void fill_providers(const struct fill *fill)
{
    struct config *config = fill->config;
    const struct strings *names = &fill->set->providers;
    config->providers = calloc(names->count, sizeof(*config->providers));
    if (!config->providers)
        out_of_memory(fill);
    for (size_t i = 0; config->providers && i < names->count; i++) {
        struct config_provider *provider = &config->providers[config->provider_count];
        if (!is_there(fill, text_of(names->at[i])))
            continue;
        provider->name = strdup(names->at[i]);
        if (!provider->name) {
            out_of_memory(fill);
            return;
        }
        config->provider_count++;
        fill_provider(fill, provider);
    }
}

static void fill_model(const struct fill *fill, struct config_model *model)
{
    struct config_pairs of = {0};
    for (size_t i = 0; i < fill->set->count; i++) {
        const struct setting *setting = &fill->set->at[i];
        bool mine = setting->section == SECTION_MODEL && strcmp(setting->name, model->name) == 0;
        if (!mine || !setting_wins(fill->set, setting))
            continue;
        model->has_hedge_after |= setting->option->type == OPTION_DURATION;
        if (setting->option->type != OPTION_MODEL_OF)
            store(fill, setting->option, setting->value, model);
        else if (config_pair_add(
                     &of, (struct config_header){strdup(setting->key), strdup(setting->value)}) < 0)
            out_of_memory(fill);
    }
    model->of = of.at;
    model->of_count = of.count;
}

static void fill_models(const struct fill *fill)
{
    struct config *config = fill->config;
    const struct strings *names = &fill->set->models;
    config->models = names->count ? calloc(names->count, sizeof(*config->models)) : NULL;
    for (size_t i = 0; config->models && i < names->count; i++) {
        config->models[i].name = strdup(names->at[i]);
        if (!config->models[i].name)
            break;
        config->model_count++;
        fill_model(fill, &config->models[i]);
    }
    if (config->model_count < names->count)
        out_of_memory(fill);
}

/* The first cloud; one that is local only when all are: its answer proves nothing. */
static const struct config_provider *first_cloud(const struct config *config)
{
    const struct config_provider *first = NULL;
    for (size_t i = 0; i < config->route.priority.count; i++) {
        const struct config_provider *provider = config_priority_at(config, i);
        if (!provider || !config_provider_is_cloud(provider) || !provider->base_url)
            continue;
        if (!provider->local)
            return provider;
        first = first ? first : provider;
    }
    return first;
}

/* What is asked whether the machine is online: the host whose answer is wanted. */
static void derive_check_url(const struct fill *fill)
{
    struct config *config = fill->config;
    struct url url;
    if (setting_find(fill->set, SECTION_CONNECTIVITY, NULL, "check_url"))
        return;
    const struct config_provider *cloud = first_cloud(config);
    if (!cloud || url_parse(text_of(cloud->base_url), &url, NULL) < 0)
        return;
    config->connectivity.check_url = strndup(url.origin.at, url.origin.len);
    config->connectivity.check_derived = true;
    if (!config->connectivity.check_url)
        out_of_memory(fill);
}

struct config *config_fill(const struct setting_set *set, const struct config_source *source)
{
    struct fill fill = {.set = set, .source = source, .config = calloc(1, sizeof(struct config))};
    if (!fill.config) {
        out_of_memory(&fill);
        return NULL;
    }
    fill_global(&fill);
    if (config_token_fill(fill.config, set, source) < 0)
        out_of_memory(&fill);
    fill_providers(&fill);
    fill_models(&fill);
    if (config_tool_fill(fill.config, set, source) < 0)
        out_of_memory(&fill);
    derive_check_url(&fill);
    if (config_origin_fill(fill.config, set) < 0)
        out_of_memory(&fill);
    return fill.config;
}

static void release_section(enum option_section section, void *base)
{
    OPTION_EACH (option, section)
        option_release(option, base);
}

void config_free(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->provider_count; i++) {
        struct config_provider *provider = &config->providers[i];
        release_section(SECTION_PROVIDER, provider);
        config_pairs_done(&(struct config_pairs){provider->headers, provider->header_count});
        string_list_done(&provider->api_keys);
        string_list_done(&provider->api_keys_from);
        free(provider->key_emptied);
        free(provider->name);
    }
    for (size_t i = 0; i < config->model_count; i++) {
        release_section(SECTION_MODEL, &config->models[i]);
        config_pairs_done(&(struct config_pairs){config->models[i].of, config->models[i].of_count});
        free(config->models[i].name);
    }
    for (unsigned i = 0; i < OPTION_SECTION_COUNT; i++)
        if (!option_section_named((enum option_section)i) && i != SECTION_RETRY)
            release_section((enum option_section)i, config);
    config_token_done(&config->server);
    config_tool_done(&config->tools);
    string_list_done(&config->origins.environment);
    free(config->origins.file);
    free(config->providers);
    free(config->models);
    free(config);
}
