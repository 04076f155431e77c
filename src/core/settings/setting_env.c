/*
 * A variable's name cannot be taken apart (is A_B one name or two?), so it is
 * held against each name that could be: every row, and for providers, models, tokens and tools
 * every known NAME.
 */
#include <errno.h>
#include <stdio.h>

#include "settings/setting.h"
#include "text/suggest.h"

#define OWN_PREFIX "UNDERSTUDY_"

/* In a name that was meant for another: these names are long, and much of them is always right. */
#define MISTAKES_MAX 3

/* The longest name of a model, with section and key. */
#define NAME_MAX_BYTES 700

struct variable {
    struct text name;
    struct text value;
    struct origin origin;
};

/* A walk over all that a variable's name could stand for. */
struct search {
    const struct setting_set *set;
    const struct variable *variable;
    size_t count;       /* of the places whose name it is */
    struct place place; /* the last of them, and its key there */
    char key[128];
    struct suggest *suggest; /* NULL = what it nearly is does not matter */
    char best[NAME_MAX_BYTES];
};

/* written: what the variable is held against, which need not be what candidate is. */
static void offer(struct search *search, const char *candidate, const char *written)
{
    suggest_offer(search->suggest, written);
    if (search->suggest->best != written)
        return;
    (void)snprintf(search->best, sizeof(search->best), "%s", candidate);
    search->suggest->best = search->best;
}

static void look_at(struct search *search, const struct place *place, const char *prefix,
                    const char *key)
{
    static const char provider[] = OWN_PREFIX "PROVIDER_";
    char whole[sizeof(search->key)], name[NAME_MAX_BYTES], without[NAME_MAX_BYTES];
    (void)snprintf(whole, sizeof(whole), "%s%s", prefix, key);
    option_environment(place->section, place->name.at, whole, name, sizeof(name));
    if (text_equals(search->variable->name, name)) {
        search->count++;
        search->place = *place;
        memcpy(search->key, whole, sizeof(whole));
    }
    if (!search->suggest)
        return;
    offer(search, name, name);
    /* UNDERSTUDY_OLLAMA_MODEL: the section's word is easily left out. */
    if (text_starts(text_of(name), provider)) {
        (void)snprintf(without, sizeof(without), OWN_PREFIX "%s", name + strlen(provider));
        offer(search, name, without);
    }
}

static void look_in(struct search *search, const struct place *place)
{
    const struct strings *providers = &search->set->providers;
    char before[NAME_MAX_BYTES];
    option_environment(place->section, place->name.at, "", before, sizeof(before));
    if (!search->suggest && !text_starts(search->variable->name, before))
        return;
    OPTION_EACH (option, place->section)
        if (option->type != OPTION_HEADER && option->type != OPTION_MODEL_OF)
            look_at(search, place, "", option->key);
    OPTION_EACH (option, SECTION_RETRY)
        if (place->section == SECTION_PROVIDER)
            look_at(search, place, OPTION_RETRY_PREFIX, option->key);
    for (size_t i = 0; place->section == SECTION_MODEL && i < providers->count; i++)
        look_at(search, place, "", providers->at[i]);
}

/* Those that have a section come first: a preset does not come in the way of [provider
 * ollama_cloud]. */
static void look_in_providers(struct search *search)
{
    const struct setting_set *set = search->set;
    size_t before = search->count;
    for (int written = 1; written >= 0 && search->count == before; written--)
        for (size_t i = 0; i < set->providers.count; i++) {
            const struct place place = {SECTION_PROVIDER, text_of(set->providers.at[i])};
            if (!setting_provider_origin(set, place.name) == !written)
                look_in(search, &place);
        }
}

/* What is like the name of a model may be anything. */
static void look_everywhere(struct search *search)
{
    const struct strings *models = &search->set->models, *tokens = &search->set->tokens;
    const struct strings *tools = &search->set->tools;
    for (unsigned i = 0; i < OPTION_SECTION_COUNT; i++)
        if (!option_section_named((enum option_section)i))
            look_in(search, &(struct place){.section = (enum option_section)i});
    look_in_providers(search);
    for (size_t i = 0; i < models->count && !search->suggest; i++)
        look_in(search, &(struct place){SECTION_MODEL, text_of(models->at[i])});
    for (size_t i = 0; i < tokens->count; i++)
        look_in(search, &(struct place){SECTION_TOKEN, text_of(tokens->at[i])});
    for (size_t i = 0; i < tools->count; i++)
        look_in(search, &(struct place){SECTION_TOOL, text_of(tools->at[i])});
}

static void warn_unknown(struct search *search)
{
    struct suggest suggest = suggest_for(search->variable->name);
    if (suggest.distance > MISTAKES_MAX + 1)
        suggest.distance = MISTAKES_MAX + 1;
    search->suggest = &suggest;
    look_everywhere(search);
    report_warning(search->set->report, &search->variable->origin, "no setting has this name%s%s%s",
                   suggest.best ? "; did you mean " : "", suggest.best ? suggest.best : "",
                   suggest.best ? "?" : "");
}

static void add_own(struct setting_set *set, struct variable *variable)
{
    struct search search = {.set = set, .variable = variable};
    variable->origin.kind = ORIGIN_ENVIRONMENT;
    look_everywhere(&search);
    if (search.count == 1)
        setting_add(set, &search.place, text_of(search.key), variable->value, &variable->origin);
    else if (search.count == 0)
        warn_unknown(&search);
    else
        report_error(
            set->report, &variable->origin,
            "this name stands for %zu settings, as two sections have names that differ only "
            "in what is _ here; allowed: set them in the file or with -s",
            search.count);
}

/* An address in all the forms that the kind's own client takes. */
static void add_host(struct setting_set *set, const struct place *place, const struct kind *kind,
                     const struct variable *variable)
{
    struct buf url;
    struct error why = ERROR_NONE;
    buf_init(&url, 4096);
    int r = kind->read_host(variable->value, &url, &why);
    if (r == 0)
        setting_add(set, place, text_of("base_url"), buf_text(&url), &variable->origin);
    else if (r == -ENOMEM)
        set->report->out_of_memory = true;
    else
        report_error(set->report, &variable->origin,
                     "%s; allowed: host, :port, host:port, [v6]:port or an http:// or https:// "
                     "address of these",
                     error_is_set(&why) ? why.text : "too long");
    buf_done(&url);
}

/* preset NULL: a setting of no provider. */
static void add_if_named(struct setting_set *set, const struct option *option,
                         const struct preset *preset, const struct variable *variable)
{
    const char *name = option_plain(option, preset);
    struct place place = {.section = option->section};
    if (!name || !text_equals(variable->name, name))
        return;
    if (preset)
        place.name = text_of(preset->name);
    if (preset && option->type == OPTION_BASE_URL && preset_kind(preset)->read_host)
        add_host(set, &place, preset_kind(preset), variable);
    else
        setting_add(set, &place, text_of(option->key), variable->value, &variable->origin);
}

static void add_plain(struct setting_set *set, struct variable *variable)
{
    variable->origin.kind = ORIGIN_PLAIN;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (option->section != SECTION_PROVIDER)
            add_if_named(set, option, NULL, variable);
        for (size_t k = 0; option->section == SECTION_PROVIDER && k < preset_count(); k++)
            add_if_named(set, option, preset_at(k), variable);
    }
}

void setting_add_environment(struct setting_set *set, const char *const *environ_)
{
    for (; environ_ && *environ_; environ_++) {
        const char *equals = strchr(*environ_, '=');
        if (!equals)
            continue;
        struct text name = text_make(*environ_, (size_t)(equals - *environ_));
        struct variable variable = {name, text_of(equals + 1), {.name = name}};
        bool own = text_starts(name, OWN_PREFIX);
        if (own && !text_equals(name, "UNDERSTUDY_CONFIG"))
            add_own(set, &variable);
        else if (!own && text_trim(variable.value).len > 0)
            add_plain(set, &variable);
    }
}
