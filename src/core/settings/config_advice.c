/* Each piece of advice is a function that goes through what was written. */
#include <string.h>

#include "config/provider_hint.h"
#include "http/url.h"
#include "settings/secret.h"
#include "settings/setting.h"
#include "text/count.h"
#include "text/line.h"

struct advice {
    const struct config *config;
    const struct setting_set *set;
    const struct config_source *source;
    struct report *report;
};

/* A list of secrets counts where one of them is written out. */
static bool is_literal(const struct setting *setting)
{
    struct text item, rest = text_of(setting->value);
    if (text_equals_nocase(rest, "none"))
        return false;
    if (setting->option->type != OPTION_SECRETS && setting->option->type != OPTION_KEYS)
        return rest.len > 0 && !secret_is_reference(rest);
    while (string_list_item(&rest, &item))
        if (!secret_is_reference(item))
            return true;
    return false;
}

/*
 * Also where another setting wins over it: it can be read all the same. A proxy's is the one
 * address that may hold user:password@.
 */
static void warn_literal_secret(const struct advice *advice, const struct setting *setting)
{
    bool password = setting->option->type == OPTION_PROXY && strchr(setting->value, '@');
    if (!password && !(setting_is_secret(setting) && is_literal(setting)))
        return;
    if (setting->origin.kind == ORIGIN_FLAG)
        report_warning(advice->report, &setting->origin,
                       "%s: the secret itself is on the command line, where every user of this "
                       "machine can read it; better: env:NAME or file:PATH",
                       SETTING_TITLE(setting));
    else if (setting->origin.kind == ORIGIN_FILE &&
             config_source_access(advice->source, advice->source->file_name).read)
        report_warning(advice->report, &setting->origin,
                       "%s: the secret itself is in a file that others can read; better: chmod "
                       "600 %.*s (if understudy runs as its owner), or env:NAME, file:PATH or "
                       "credential:NAME",
                       SETTING_TITLE(setting), TEXT_ARG(setting->origin.name));
}

/* A secret that begins so is possible; that no shell reads the file is not known to everybody. */
static void warn_dollar(const struct advice *advice, const struct setting *setting)
{
    if (!setting->option->secret || setting->value[0] != '$')
        return;
    report_warning(advice->report, &setting->origin,
                   "%s: the secret begins with a $ and is taken as it stands; a variable is read "
                   "by env:NAME",
                   SETTING_TITLE(setting));
}

/* The name of a model may be anything, but none has quotes around it. */
static void warn_quotes(const struct advice *advice, const struct setting *setting)
{
    enum option_type type = setting->option->type;
    char quote = setting->value[0];
    size_t len = strlen(setting->value);
    if ((type != OPTION_MODELS && type != OPTION_MODEL_OF) || (quote != '"' && quote != '\'') ||
        len < 2 || setting->value[len - 1] != quote)
        return;
    report_warning(advice->report, &setting->origin,
                   "%s: the quotes are taken for a part of the name; better: leave them out",
                   SETTING_TITLE(setting));
}

/* The path of any kind's request that the address ends in; NULL = it ends in none. */
static const char *request_path_of(struct text url)
{
    for (size_t i = 0; i < kind_count() * KIND_REQUEST_PATHS_MAX; i++) {
        const struct kind *kind = kind_at(i / KIND_REQUEST_PATHS_MAX);
        const char *path = kind->request_paths[i % KIND_REQUEST_PATHS_MAX];
        if (path && text_ends(url, path))
            return path;
    }
    return NULL;
}

/* What a provider's page shows as the address of a request, and an app's setting wants at times. */
static void warn_request_path(const struct advice *advice, const struct setting *setting)
{
    struct text url = text_of(setting->value);
    if (setting->option->type != OPTION_BASE_URL || strchr(setting->value, '@'))
        return;
    while (text_ends(url, "/"))
        url.len--;
    const char *path = request_path_of(url);
    if (path)
        report_warning(advice->report, &setting->origin,
                       "%s ends in %s, which is put behind it for each request; better: %.*s",
                       SETTING_TITLE(setting), path,
                       TEXT_ARG(text_cut(url, url.len - strlen(path))));
}

/* The ending of a host from its last but one dot on: "azure.com". */
static struct text domain_of(struct text host)
{
    size_t dots = 0, at = host.len;
    while (at > 0 && (dots += host.at[at - 1] == '.') < 2)
        at--;
    return text_skip(host, at);
}

/* Azure's and Bedrock's API is below a path, which their consoles do not show. At a gateway of
 * one's own it may be below another one. */
static void warn_path(const struct advice *advice, const struct config_provider *provider)
{
    const char *form = provider->preset ? provider->preset->base_url_form : NULL;
    struct url theirs, own;
    if (!form || !config_provider_is_as_preset(provider) || !provider->base_url ||
        url_parse(text_of(form), &theirs, NULL) < 0 ||
        url_parse(text_of(provider->base_url), &own, NULL) < 0 ||
        !text_same(domain_of(theirs.host), domain_of(own.host)) || text_same(theirs.path, own.path))
        return;
    const struct setting *setting =
        setting_find(advice->set, SECTION_PROVIDER, provider->name, "base_url");
    if (setting)
        report_warning(advice->report, &setting->origin,
                       "%s has not the path %.*s, below which its API is; better: %.*s%.*s",
                       SETTING_TITLE(setting), TEXT_ARG(theirs.path), TEXT_ARG(own.origin),
                       TEXT_ARG(theirs.path));
}

/* By default an Ollama is in [route] messages, which says nothing of what somebody meant. */
static bool is_for_messages(const struct advice *advice, size_t at)
{
    const struct config_provider *provider = &advice->config->providers[at];
    bool meant = provider->kind->by_messages ||
                 setting_find(advice->set, SECTION_ROUTE, NULL, "messages") != NULL;
    return meant && string_list_has(&advice->config->route.messages, text_of(provider->name));
}

/*
 * Told at the first setting that somebody wrote for understudy, as the plain variables are there
 * for other programs; else where the section is named. The built-in ones may be there unasked.
 */
static void warn_idle_provider(const struct advice *advice, size_t at)
{
    const struct strings *priority = &advice->config->route.priority;
    const char *name = advice->config->providers[at].name;
    const struct origin *named_at = setting_provider_origin(advice->set, text_of(name));
    const struct origin *origin = NULL;
    char names[512];
    struct line line = line_to(names, sizeof(names));
    for (size_t i = 0; !origin && i < advice->set->count; i++) {
        const struct setting *setting = &advice->set->at[i];
        if (setting->section == SECTION_PROVIDER && strcmp(setting->name, name) == 0 &&
            setting->origin.kind != ORIGIN_PLAIN)
            origin = &setting->origin;
    }
    if (string_list_has(priority, text_of(name)) || is_for_messages(advice, at) ||
        config_token_routes(&advice->config->server, text_of(name)) || (!origin && !named_at))
        return;
    for (size_t i = 0; i < priority->count; i++)
        line_add(&line, "%s%s", i ? ", " : "", priority->at[i]);
    report_warning(advice->report, origin ? origin : named_at,
                   "[provider %s] is in no route: it is asked only for %s:MODEL; for all other "
                   "models set [route] priority = %s, %s",
                   name, name, names, name);
}

/* What is wrong with a key that is there is told as an error. */
static bool lacks_key(const struct advice *advice, const struct config_provider *provider)
{
    return config_provider_wants_own_key(provider) &&
           !setting_is_bad(advice->set, SECTION_PROVIDER, provider->name, "api_key") &&
           !config_provider_has_own_key(provider);
}

/* Of a kind that no other app's name of a model means anything to, and no [model NAME] has a line.
 */
static bool lacks_model(const struct config *config, const struct config_provider *provider)
{
    bool has_one = !provider->kind->by_messages || provider->model.count > 0;
    for (size_t i = 0; !has_one && i < config->model_count; i++)
        for (size_t j = 0; !has_one && j < config->models[i].of_count; j++)
            has_one = strcmp(config->models[i].of[j].name, provider->name) == 0;
    return !has_one;
}

static void warn_keyless(const struct advice *advice, const struct setting *setting,
                         const struct config_provider *provider)
{
    struct error why;
    config_provider_tell_keyless(provider, &why);
    report_warning(advice->report, &setting->origin,
                   "%s: %s will be skipped: no api_key is set: %s%s", SETTING_TITLE(setting),
                   provider->name, why.text,
                   provider->key_emptied ? "; put the key there, or take that line out" : "");
}

/* Those that a route names and that cannot be asked. `priority` is for all apps but those that
 * speak Messages. */
static void warn_skipped(const struct advice *advice, const struct setting *setting,
                         const struct strings *names)
{
    bool foreign = names == &advice->config->route.priority;
    for (size_t i = 0; setting && i < names->count; i++) {
        const struct config_provider *provider =
            config_provider_by_name(advice->config, text_of(names->at[i]));
        if (provider && lacks_key(advice, provider))
            warn_keyless(advice, setting, provider);
        else if (provider && foreign && lacks_model(advice->config, provider))
            report_warning(advice->report, &setting->origin,
                           "%s: %s will be skipped by all but Anthropic's apps: it has no model "
                           "for others; better: set [provider %s] model",
                           SETTING_TITLE(setting), provider->name, provider->name);
    }
}

/* A model that a setting names, or the NAME of [model NAME]. */
static void warn_prefix(const struct advice *advice, const struct setting *setting,
                        struct text model)
{
    const struct config_provider *meant = provider_hint(advice->config, model);
    if (!meant || !model.at)
        return;
    const char *rest = memchr(model.at, ':', model.len);
    report_warning(advice->report, &setting->origin,
                   "%s: no provider is named as the model \"%.*s\" begins; did you mean "
                   "\"%s%.*s\"?",
                   SETTING_TITLE(setting), model.len < 200 ? (int)model.len : 200, model.at,
                   meant->name, (int)(model.at + (model.len < 200 ? model.len : 200) - rest), rest);
}

static bool is_first_of_section(const struct advice *advice, const struct setting *setting)
{
    const struct setting *first = advice->set->at;
    while (first->section != setting->section || strcmp(first->name, setting->name) != 0)
        first++;
    return first == setting;
}

/* The names in its value; and that of its section at the first key of it. */
static void warn_prefixes(const struct advice *advice, const struct setting *setting)
{
    struct text item, rest = text_of(setting->value);
    if (setting->option->type == OPTION_MODELS)
        while (string_list_item(&rest, &item))
            warn_prefix(advice, setting, item);
    else if (setting->option->type == OPTION_MODEL_OF)
        warn_prefix(advice, setting, rest);
    if (setting->section == SECTION_MODEL && is_first_of_section(advice, setting))
        warn_prefix(advice, setting, text_of(setting->name));
}

/* People know stars from file names. */
static void warn_star(const struct advice *advice, const struct setting *setting)
{
    if (setting->section != SECTION_MODEL || !is_first_of_section(advice, setting))
        return;
    const char *star = strchr(setting->name, '*');
    if (star && star[1])
        report_warning(advice->report, &setting->origin,
                       "[model %s]: a * stands for the rest of a name only at its end; any other "
                       "one is a part of the name",
                       setting->name);
}

void config_advise(const struct config *config, const struct setting_set *set,
                   const struct config_source *source)
{
    struct advice advice = {config, set, source, set->report};
    for (size_t i = 0; i < set->count; i++) {
        if (set->at[i].bad)
            continue;
        warn_literal_secret(&advice, &set->at[i]);
        warn_dollar(&advice, &set->at[i]);
        warn_quotes(&advice, &set->at[i]);
        warn_request_path(&advice, &set->at[i]);
        warn_prefixes(&advice, &set->at[i]);
        warn_star(&advice, &set->at[i]);
    }
    for (size_t i = 0; i < config->provider_count; i++) {
        warn_idle_provider(&advice, i);
        warn_path(&advice, &config->providers[i]);
    }
    warn_skipped(&advice, setting_find(set, SECTION_ROUTE, NULL, "priority"),
                 &config->route.priority);
    warn_skipped(&advice, setting_find(set, SECTION_ROUTE, NULL, "messages"),
                 &config->route.messages);
    for (size_t i = 0; i < config->server.named_token_count; i++) {
        const struct config_token *token = &config->server.named_tokens[i];
        warn_skipped(&advice, setting_find(set, SECTION_TOKEN, token->name, "route"),
                     &token->route);
    }
}
