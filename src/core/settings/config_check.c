/*
 * A check whose settings were bad already is passed over: the default that
 * stands in for a bad value is nobody's fault.
 */
#include <stdio.h>
#include <strings.h>

#include "config/listen_address.h"
#include "http/host.h"
#include "http/url.h"
#include "settings/setting.h"
#include "text/suggest.h"

struct check {
    const struct config *config;
    const struct setting_set *set;
    struct report *report;
};

static const struct setting *global(const struct check *check, enum option_section section,
                                    const char *key)
{
    return setting_find(check->set, section, NULL, key);
}

static const struct setting *of_provider(const struct check *check,
                                         const struct config_provider *provider, const char *key)
{
    return setting_find(check->set, SECTION_PROVIDER, provider->name, key);
}

static bool provider_bad(const struct check *check, const struct config_provider *provider,
                         const char *key)
{
    return setting_is_bad(check->set, SECTION_PROVIDER, provider->name, key);
}

static const struct origin *origin_of(const struct setting *setting)
{
    return setting ? &setting->origin : NULL;
}

/* One that was named but cannot be read counts, as that is told already; a lone comma does not. */
static bool tokens_are_set(const struct check *check)
{
    const struct setting *tokens = global(check, SECTION_SERVER, "tokens");
    struct text item, rest = text_of(tokens ? tokens->value : "");
    if (setting_is_bad(check->set, SECTION_SERVER, NULL, "tokens") || check->set->tokens.count > 0)
        return true;
    return !text_equals_nocase(rest, "none") && string_list_item(&rest, &item);
}

/* Whoever can connect can spend the key's money: that has to be meant. */
static void check_exposure(const struct check *check)
{
    const struct config_server *server = &check->config->server;
    if (server->allow_unauthenticated || tokens_are_set(check) ||
        setting_is_bad(check->set, SECTION_SERVER, NULL, "allow_unauthenticated"))
        return;
    for (size_t i = 0; i < server->listen_count; i++) {
        const struct config_listen *listen = &server->listen[i];
        if (listen_address_is_loopback(listen))
            continue;
        bool v6 = strchr(listen->host, ':');
        report_error(check->report, origin_of(global(check, SECTION_SERVER, "listen")),
                     "[server] listen = \"%s%s%s:%u\" is reachable from other machines and nobody "
                     "has to show a token; allowed: loopback addresses, or set [server] tokens, "
                     "or allow_unauthenticated = yes",
                     v6 ? "[" : "", listen->host, v6 ? "]" : "", listen->port);
    }
}

static void check_origins(const struct check *check)
{
    if (string_list_has(&check->config->server.allowed_origins, text_of("*")))
        report_warning(check->report, origin_of(global(check, SECTION_SERVER, "allowed_origins")),
                       "[server] allowed_origins = \"*\": every web page that a browser shows may "
                       "call and spend");
}

/* The setting that came last of the two, which is the one to look at. */
static const struct origin *later(const struct setting *a, const struct setting *b)
{
    if (!a || !b)
        return origin_of(a ? a : b);
    bool b_later = b->origin.kind > a->origin.kind ||
                   (b->origin.kind == a->origin.kind && b->origin.line > a->origin.line);
    return &(b_later ? b : a)->origin;
}

/*
 * A provider that sets neither has the policy of [retry], and its mistake, too. Where min_wait is a
 * default, a short max_wait is no contradiction: it wins (backoff.h).
 */
static void check_retry(const struct check *check)
{
    const struct config *config = check->config;
    const struct setting *min = global(check, SECTION_RETRY, "min_wait");
    const struct setting *max = global(check, SECTION_RETRY, "max_wait");
    bool told = false;
    if (setting_is_bad(check->set, SECTION_RETRY, NULL, "min_wait") ||
        setting_is_bad(check->set, SECTION_RETRY, NULL, "max_wait"))
        return;
    for (size_t i = 0; i < config->provider_count; i++) {
        const struct config_provider *provider = &config->providers[i];
        const struct setting *own_min = of_provider(check, provider, "retry_min_wait");
        const struct setting *own_max = of_provider(check, provider, "retry_max_wait");
        bool own = own_min || own_max;
        if ((!min && !own_min) || provider->retry.min_wait_ms <= provider->retry.max_wait_ms ||
            provider_bad(check, provider, "retry_min_wait") ||
            provider_bad(check, provider, "retry_max_wait") || (told && !own))
            continue;
        char where[128];
        (void)snprintf(where, sizeof(where), own ? "[provider %.64s] retry_*" : "[retry]",
                       provider->name);
        report_error(check->report, own ? later(own_min, own_max) : later(min, max),
                     "%s: min_wait (%lld ms) is longer than max_wait (%lld ms); allowed: min_wait "
                     "up to max_wait",
                     where, (long long)provider->retry.min_wait_ms,
                     (long long)provider->retry.max_wait_ms);
        told = told || !own;
    }
}

/* A key of a model may also be a misspelt one of its others. */
static void tell_no_provider(const struct check *check, const struct origin *origin,
                             const char *where, const char *name, bool of_model)
{
    struct suggest suggest = suggest_for(text_of(name));
    char built_in[PRESET_NAMES_MAX];
    preset_names_built_in(built_in, sizeof(built_in));
    for (size_t i = 0; i < check->set->providers.count; i++)
        suggest_offer(&suggest, check->set->providers.at[i]);
    OPTION_EACH (option, SECTION_MODEL)
        if (of_model && option->type != OPTION_MODEL_OF)
            suggest_offer(&suggest, option->key);
    report_error(check->report, origin,
                 "%.300s: no provider is named \"%.100s\"; allowed: %s, every other preset "
                 "(`understudy config --presets`) and every NAME that has a [provider NAME] "
                 "section%s",
                 where, name, built_in, SUGGEST_HINT(suggest.best));
}

/* Whoever is named has to be there. */
static void check_names(const struct check *check, const struct origin *origin, const char *where,
                        const struct strings *names)
{
    if (names->count > ROUTE_STEPS_MAX)
        report_error(check->report, origin, "%s: %zu names; allowed: 1 to %d", where, names->count,
                     ROUTE_STEPS_MAX);
    for (size_t i = 0; i < names->count; i++)
        if (!config_provider_by_name(check->config, text_of(names->at[i])))
            tell_no_provider(check, origin, where, names->at[i], false);
}

static void check_token_routes(const struct check *check)
{
    const struct config_server *server = &check->config->server;
    for (size_t i = 0; i < server->named_token_count; i++) {
        const struct config_token *token = &server->named_tokens[i];
        const struct setting *route = setting_find(check->set, SECTION_TOKEN, token->name, "route");
        if (route)
            check_names(check, &route->origin, SETTING_TITLE(route), &token->route);
    }
}

static void check_models(const struct check *check)
{
    for (size_t i = 0; i < check->set->count; i++) {
        const struct setting *setting = &check->set->at[i];
        if (setting->option->type == OPTION_MODEL_OF &&
            !config_provider_by_name(check->config, text_of(setting->key)))
            tell_no_provider(check, &setting->origin, SETTING_TITLE(setting), setting->key, true);
    }
}

/* Where it was named: its section, else the route. */
static const struct origin *named_at(const struct check *check,
                                     const struct config_provider *provider)
{
    struct text name = text_of(provider->name);
    const struct origin *section = setting_provider_origin(check->set, name);
    bool first = string_list_has(&check->config->route.priority, name);
    return section ? section
                   : origin_of(global(check, SECTION_ROUTE, first ? "priority" : "messages"));
}

static void check_base_url(const struct check *check, const struct config_provider *provider)
{
    const char *form = provider->preset ? provider->preset->base_url_form : NULL;
    if (!provider->base_url && !provider_bad(check, provider, "base_url"))
        report_error(check->report, named_at(check, provider),
                     "[provider %s] base_url is needed; allowed: %s", provider->name,
                     form ? form : "an http:// or https:// address");
}

/* "provider groq" for Groq and groqq; NULL: none is near. */
static const char *nearest_preset(const char *name, char *section, size_t size)
{
    struct suggest suggest = suggest_for(text_of(name));
    for (size_t i = 0; i < preset_count(); i++)
        if (strcasecmp(preset_at(i)->name, name) == 0)
            suggest.best = preset_at(i)->name;
    for (size_t i = 0; !suggest.best && i < preset_count(); i++)
        suggest_offer(&suggest, preset_at(i)->name);
    (void)snprintf(section, size, "provider %s", suggest.best ? suggest.best : "");
    return suggest.best ? section : NULL;
}

/* Only the names of presets say what they are; preferences need a catalogue. */
static void check_provider(const struct check *check, const struct config_provider *provider)
{
    char words[KIND_WORDS_MAX], section[100];
    kind_words(words, sizeof(words));
    if (!provider->preset && !of_provider(check, provider, "type") &&
        !provider_bad(check, provider, "type"))
        report_error(check->report, named_at(check, provider),
                     "[provider %s] type is needed; allowed: %s%s", provider->name, words,
                     SUGGEST_HINT(nearest_preset(provider->name, section, sizeof(section))));
    check_base_url(check, provider);
    if (!provider->kind->has_catalogue && provider->model.count > 1)
        report_error(check->report, origin_of(of_provider(check, provider, "model")),
                     "[provider %s] model names %zu models; allowed: one, as only Ollama takes a "
                     "list by preference",
                     provider->name, provider->model.count);
}

static void check_url(const struct check *check, const struct config_provider *provider)
{
    struct url url;
    const struct config_server *server = &check->config->server;
    const struct origin *origin = origin_of(of_provider(check, provider, "base_url"));
    if (!provider->base_url || url_parse(text_of(provider->base_url), &url, NULL) < 0)
        return;
    for (size_t i = 0; i < server->listen_count; i++)
        if (listen_address_answers(&server->listen[i], &url))
            report_error(check->report, origin,
                         "[provider %s] base_url = \"%s\" is where understudy itself listens: it "
                         "would ask itself; allowed: the address of another server",
                         provider->name, provider->base_url);
    if (config_provider_is_cloud(provider) && !url.tls && !provider->local)
        report_warning(
            check->report, origin,
            "[provider %s] base_url = \"%s\" is not encrypted: key and conversations can "
            "be read on the way",
            provider->name, provider->base_url);
}

static void warn_idle_settings(const struct check *check)
{
    char words[KIND_WORDS_MAX];
    kind_words_with_catalogue(words, sizeof(words));
    for (size_t i = 0; i < check->set->count; i++) {
        const struct setting *setting = &check->set->at[i];
        if (setting->section != SECTION_PROVIDER || setting->bad)
            continue;
        const struct config_provider *provider =
            config_provider_by_name(check->config, text_of(setting->name));
        if (provider && !option_concerns(setting->option, provider->kind))
            report_warning(check->report, &setting->origin,
                           "[provider %s] %s means something to providers of type %s only",
                           setting->name, setting->key, words);
    }
}

void config_check(const struct config *config, const struct setting_set *set)
{
    struct check check = {config, set, set->report};
    check_exposure(&check);
    check_origins(&check);
    check_retry(&check);
    check_names(&check, origin_of(global(&check, SECTION_ROUTE, "priority")), "[route] priority",
                &config->route.priority);
    check_names(&check, origin_of(global(&check, SECTION_ROUTE, "messages")), "[route] messages",
                &config->route.messages);
    check_token_routes(&check);
    for (size_t i = 0; i < config->provider_count; i++) {
        const struct config_provider *provider = &config->providers[i];
        check_provider(&check, provider);
        check_url(&check, provider);
    }
    check_models(&check);
    config_tool_check(config, set);
    warn_idle_settings(&check);
}
