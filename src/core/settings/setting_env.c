/*
 * A variable's name cannot be taken apart (is A_B one name or two?), so it is
 * held against each name that could be: every row, and for providers and models every known NAME.
 */
#include <errno.h>
#include <stdio.h>

#include "settings/setting.h"
#include "text/suggest.h"

#define OWN_PREFIX      "UNDERSTUDY_"
#define PROVIDER_PREFIX "UNDERSTUDY_PROVIDER_"

/* In a name that was meant for another: these names are long, and much of them is always right. */
#define MISTAKES_MAX 3

struct variable {
    struct text name;
    struct text value;
    struct origin origin;
};

/* What a name was found to stand for. */
struct match {
    size_t count;
    struct place place;
    char key[128];
};

/* Takes word off the front of rest as it is written in a variable's name. */
static bool take_word(struct text *rest, const char *word)
{
    size_t len = strlen(word);
    if (len > rest->len)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = word[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        else if (!text_is_digit(c) && !(c >= 'A' && c <= 'Z'))
            c = '_';
        if (rest->at[i] != c)
            return false;
    }
    *rest = text_skip(*rest, len);
    return true;
}

static void match_key(struct match *match, const struct place *place, struct text rest,
                      const char *prefix, const char *key)
{
    if (!take_word(&rest, prefix) || !take_word(&rest, key) || rest.len > 0)
        return;
    match->count++;
    match->place = *place;
    (void)snprintf(match->key, sizeof(match->key), "%s%s", prefix, key);
}

/* rest: what follows the section and its NAME. */
static void match_keys(const struct setting_set *set, struct match *match,
                       const struct place *place, struct text rest)
{
    bool provider = place->section == SECTION_PROVIDER, model = place->section == SECTION_MODEL;
    OPTION_EACH (option, place->section)
        if (option->type != OPTION_HEADER && option->type != OPTION_MODEL_OF)
            match_key(match, place, rest, "", option->key);
    OPTION_EACH (option, SECTION_RETRY)
        if (provider)
            match_key(match, place, rest, "retry_", option->key);
    for (size_t i = 0; model && i < set->providers.count; i++)
        match_key(match, place, rest, "", set->providers.at[i]);
}

static void match_name(const struct setting_set *set, struct match *match, struct place *place,
                       struct text rest, const char *name)
{
    place->name = text_of(name);
    if (take_word(&rest, name) && take_word(&rest, "_"))
        match_keys(set, match, place, rest);
}

/* Those that have a section first: a preset does not come in the way of [provider ollama_cloud]. */
static void match_providers(const struct setting_set *set, struct match *match, struct place *place,
                            struct text rest)
{
    for (int written = 1; written >= 0 && match->count == 0; written--)
        for (size_t n = 0; n < set->providers.count; n++)
            if (!setting_provider_origin(set, text_of(set->providers.at[n])) == !written)
                match_name(set, match, place, rest, set->providers.at[n]);
}

static struct match match_own(const struct setting_set *set, struct text name)
{
    struct match match = {0};
    for (unsigned i = 0; i < OPTION_SECTION_COUNT; i++) {
        struct place place = {.section = (enum option_section)i};
        struct text rest = text_skip(name, strlen(OWN_PREFIX));
        if (!take_word(&rest, option_section_word(place.section)) || !take_word(&rest, "_"))
            continue;
        if (!option_section_named(place.section))
            match_keys(set, &match, &place, rest);
        else if (i == SECTION_PROVIDER)
            match_providers(set, &match, &place, rest);
        for (size_t n = 0; i == SECTION_MODEL && n < set->models.count; n++)
            match_name(set, &match, &place, rest, set->models.at[n]);
    }
    return match;
}

struct best {
    struct suggest suggest;
    char name[96]; /* of the best so far */
};

/* written: what the variable is held against, which need not be what candidate is. */
static void offer_as(struct best *best, const char *candidate, const char *written)
{
    suggest_offer(&best->suggest, written);
    if (best->suggest.best != written)
        return;
    (void)snprintf(best->name, sizeof(best->name), "%s", candidate);
    best->suggest.best = best->name;
}

static void offer(struct best *best, const struct option *option, enum option_section section,
                  const char *name)
{
    char candidate[sizeof(best->name)];
    option_environment(option, section, name, candidate, sizeof(candidate));
    offer_as(best, candidate, candidate);
    if (section != SECTION_PROVIDER || strlen(candidate) < strlen(PROVIDER_PREFIX))
        return;
    /* UNDERSTUDY_OLLAMA_MODEL: the section's word is easily left out. */
    char without[sizeof(candidate)];
    (void)snprintf(without, sizeof(without), OWN_PREFIX "%s", candidate + strlen(PROVIDER_PREFIX));
    offer_as(best, candidate, without);
}

static void warn_unknown(struct setting_set *set, const struct variable *variable)
{
    struct best best = {.suggest = suggest_for(variable->name)};
    if (best.suggest.distance > MISTAKES_MAX + 1)
        best.suggest.distance = MISTAKES_MAX + 1;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (option->section == SECTION_MODEL)
            continue;
        if (!option_section_named(option->section))
            offer(&best, option, option->section, NULL);
        bool provider = option->section == SECTION_PROVIDER || option->section == SECTION_RETRY;
        size_t all = set->providers.count;
        for (size_t p = 0; provider && p < all; p++) /* the presets, which come first, last */
            offer(&best, option, SECTION_PROVIDER, set->providers.at[(p + preset_count()) % all]);
    }
    bool found = best.suggest.best;
    report_warning(set->report, &variable->origin, "no setting has this name%s%s%s",
                   found ? "; did you mean " : "", found ? best.name : "", found ? "?" : "");
}

static void add_own(struct setting_set *set, struct variable *variable)
{
    struct match match = match_own(set, variable->name);
    variable->origin.kind = ORIGIN_ENVIRONMENT;
    if (match.count == 1)
        setting_add(set, &match.place, text_of(match.key), variable->value, &variable->origin);
    else if (match.count > 1)
        report_error(
            set->report, &variable->origin,
            "this name stands for %zu settings, as two sections have names that differ only "
            "in what is _ here; allowed: set them in the file or with -s",
            match.count);
    else
        warn_unknown(set, variable);
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
