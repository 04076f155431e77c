/*
 * The set of all settings. The order of checks is the order in which a reader of the file would
 * stumble: the section, its name, the key, the key again, the value. A value is read into a struct
 * that nobody uses, to hear what is said of it.
 */
#include "settings/setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/headers.h"
#include "settings/secret.h"
#include "text/count.h"
#include "text/line.h"
#include "text/suggest.h"
#include "text/utf8.h"

#define SHOWN_MAX 60

/* Any of the structs that a row's field can be in. */
union fields {
    struct config config;
    struct retry_policy retry;
    struct config_provider provider;
    struct config_model model;
    struct config_token token;
    struct config_tool tool;
};

int setting_set_init(struct setting_set *set, struct report *report)
{
    *set = (struct setting_set){.report = report};
    int r = 0;
    for (size_t i = 0; r == 0 && i < preset_count(); i++)
        r = string_list_add(&set->providers, text_of(preset_at(i)->name));
    return r;
}

const struct origin *setting_provider_origin(const struct setting_set *set, struct text name)
{
    for (size_t i = 0; i < set->providers.count; i++)
        if (text_equals(name, set->providers.at[i]) &&
            set->provider_origin[i].kind != ORIGIN_DEFAULT)
            return &set->provider_origin[i];
    return NULL;
}

static void setting_done(struct setting *setting)
{
    free(setting->name);
    free(setting->key);
    string_wipe(setting->value);
}

void setting_set_done(struct setting_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        setting_done(&set->at[i]);
    free(set->at);
    string_list_done(&set->providers);
    string_list_done(&set->models);
    string_list_done(&set->tokens);
    string_list_done(&set->tools);
    *set = (struct setting_set){0};
}

const char *setting_title(const struct setting *setting, struct setting_title *ret)
{
    (void)snprintf(ret->text, sizeof(ret->text), "[%s%s%.200s] %.200s",
                   option_section_word(setting->section), setting->name ? " " : "",
                   setting->name ? setting->name : "", setting->key);
    return ret->text;
}

static void tell_unknown_section(struct setting_set *set, struct text kind,
                                 const struct origin *origin)
{
    char meant[128], allowed[OPTION_SECTIONS_MAX];
    bool found = setting_section_suggest(kind, &set->providers, meant, sizeof(meant));
    option_section_list(false, allowed, sizeof(allowed));
    report_error(set->report, origin, "unknown section \"%.*s\"; allowed: %s%s",
                 TEXT_ARG(text_cut(kind, 100)), allowed, SUGGEST_HINT(found ? meant : NULL));
}

/* What is wrong with the name of a section, if anything. */
static bool is_wrong_name(enum option_section section, struct text name, struct error *ret)
{
    char allowed[OPTION_SECTIONS_MAX + OPTION_NAME_FORM_MAX];
    bool named = option_section_named(section), model = section == SECTION_MODEL;
    if (!named && name.len > 0) {
        error_set(ret, "this section has no name; allowed: its word alone%s",
                  section == SECTION_TOOLS ? ", or [tool NAME] for a server" : "");
    } else if (named && name.len == 0) {
        option_section_list(true, allowed, sizeof(allowed));
        error_set(ret, "the section needs a name; allowed: %s", allowed);
    } else if (model && name.len > MODEL_NAME_MAX) {
        error_set(ret, "too long a name; allowed: up to %d bytes", MODEL_NAME_MAX);
    } else if (section == SECTION_TOKEN && !option_token_name_valid(name)) {
        error_set(ret, "not the name of a token; allowed: 1 to %d letters, digits, '-' and '_'",
                  TOKEN_NAME_MAX);
    } else if (section == SECTION_TOOL && !option_tool_name_valid(name)) {
        error_set(ret, "not the name of a tool's server; allowed: %s", OPTION_TOOL_NAME_FORM);
    } else if (section == SECTION_PROVIDER && !option_provider_name_valid(name)) {
        option_provider_name_form(allowed, sizeof(allowed));
        error_set(ret, "not the name of a provider; allowed: %s", allowed);
    }
    return error_is_set(ret);
}

/* Where the names of such sections are kept. */
struct names {
    struct strings *list;
    struct origin *origins; /* beside them; NULL = nobody asks */
    size_t max, free;       /* how many there may be, and of them without a section */
};

static struct names names_of(struct setting_set *set, enum option_section section)
{
    if (section == SECTION_MODEL)
        return (struct names){&set->models, NULL, SETTING_MODEL_MAX, 0};
    if (section == SECTION_TOKEN)
        return (struct names){&set->tokens, set->token_origin, SETTING_TOKEN_MAX, 0};
    if (section == SECTION_TOOL)
        return (struct names){&set->tools, set->tool_origin, SETTING_TOOL_MAX, 0};
    size_t presets = preset_count();
    return (struct names){&set->providers, set->provider_origin, presets + SETTING_PROVIDER_MAX,
                          presets};
}

static bool remember_name(struct setting_set *set, const struct place *place,
                          const struct origin *origin)
{
    struct names names = names_of(set, place->section);
    for (size_t i = 0; i < names.list->count; i++) {
        if (!text_equals(place->name, names.list->at[i]))
            continue;
        if (names.origins && names.origins[i].kind == ORIGIN_DEFAULT) /* a preset */
            names.origins[i] = *origin;
        return true;
    }
    if (names.list->count == names.max) {
        report_error(set->report, origin, "too many sections; allowed: up to %zu of [%s NAME]",
                     names.max - names.free, option_section_word(place->section));
        return false;
    }
    if (string_list_add(names.list, place->name) < 0) {
        set->report->out_of_memory = true;
        return false;
    }
    if (names.origins)
        names.origins[names.list->count - 1] = *origin;
    return true;
}

bool setting_place(struct setting_set *set, struct text kind, struct text name,
                   const struct origin *origin, struct place *ret)
{
    *ret = (struct place){0};
    if (!option_section_find(kind, &ret->section)) {
        tell_unknown_section(set, kind, origin);
        return false;
    }
    struct error wrong = ERROR_NONE;
    if (is_wrong_name(ret->section, name, &wrong)) {
        report_error(set->report, origin, "section \"%.*s%s%.*s\": %s", TEXT_ARG(kind),
                     name.len ? " " : "", TEXT_ARG(text_cut(name, 100)), wrong.text);
        return false;
    }
    if (!option_section_named(ret->section))
        return true;
    ret->name = name;
    return remember_name(set, ret, origin);
}

static void list_keys(enum option_section section, char *ret, size_t size, struct suggest *suggest)
{
    struct line line = line_to(ret, size);
    const char *comma = "";
    OPTION_EACH (option, section) {
        suggest_offer(suggest, option->key);
        line_add(&line, "%s%s", comma, option->key);
        comma = ", ";
    }
}

/* What may stand there, and what was meant: rows of the section, or of [retry] behind retry_. */
static void tell_unknown_key(struct setting_set *set, const struct setting *setting)
{
    char allowed[512], meant[64];
    bool provider = setting->section == SECTION_PROVIDER;
    bool retry = provider && text_starts(text_of(setting->key), OPTION_RETRY_PREFIX);
    const char *prefix = retry ? OPTION_RETRY_PREFIX : "";
    struct suggest suggest = suggest_for(text_of(setting->key + strlen(prefix)));
    list_keys(retry ? SECTION_RETRY : setting->section, allowed, sizeof(allowed), &suggest);
    if (setting_key_meant(setting->section, text_of(setting->key)))
        suggest.best = setting_key_meant(setting->section, text_of(setting->key));
    (void)snprintf(meant, sizeof(meant), "%s%s", prefix, suggest.best ? suggest.best : "");
    report_error(set->report, &setting->origin, "unknown key \"%.100s\" in [%s]; allowed: %s%s%s%s",
                 setting->key, option_section_word(setting->section),
                 retry ? "retry_ before one of " : "", allowed,
                 provider && !retry ? ", retry_attempts and so on" : "",
                 SUGGEST_HINT(suggest.best ? meant : NULL));
}

/* RFC 9110, 5.6.2; and the headers that belong to the connection or to us. */
static const char *wrong_header(enum option_section section, struct text name)
{
    static const char *const ours[] = {
        "host",    "content-length", "transfer-encoding", "connection", "te",  "keep-alive",
        "trailer", "upgrade",        "proxy-connection",  "expect",     "via", "accept-encoding"};
    bool is_mcp = section == SECTION_TOOL &&
                  (text_starts_nocase(name, "mcp-") || text_equals_nocase(name, "accept") ||
                   text_equals_nocase(name, "content-type"));
    if (name.len > 0 && !header_name_valid(name))
        return "not the name of a header; allowed: letters, digits and !#$%&'*+-.^_`|~";
    for (size_t i = 0; i < COUNT(ours); i++)
        if (text_equals_nocase(name, ours[i]))
            return "this header is made by understudy itself; allowed: any other";
    if (is_mcp)
        return "this header is a part of the protocol; allowed: any other";
    if (text_starts_nocase(name, "x-understudy-"))
        return "headers of understudy are not sent on; allowed: any other";
    return name.len > 0 && name.len <= 100 ? NULL
                                           : "not the name of a header; allowed: 1 to 100 bytes";
}

static bool same_key(const struct setting *a, enum option_section section, const char *name,
                     const char *key)
{
    if (a->section != section || (a->name == NULL) != (name == NULL))
        return false;
    if (name && strcmp(a->name, name) != 0)
        return false;
    return a->option->type == OPTION_HEADER ? strcasecmp(a->key, key) == 0
                                            : strcmp(a->key, key) == 0;
}

static bool is_duplicate(struct setting_set *set, const struct setting *setting)
{
    if (setting->origin.kind != ORIGIN_FILE)
        return false;
    for (size_t i = 0; i < set->count; i++) {
        const struct setting *other = &set->at[i];
        if (other->origin.kind != ORIGIN_FILE ||
            !same_key(other, setting->section, setting->name, setting->key))
            continue;
        report_error(set->report, &setting->origin,
                     "duplicate key %s; allowed: once, and line %d has it already",
                     SETTING_TITLE(setting), other->origin.line);
        return true;
    }
    return false;
}

bool setting_is_secret(const struct setting *setting)
{
    if (setting->option->type != OPTION_HEADER)
        return setting->option->secret;
    return header_is_secret(text_of(setting_header_name(setting)));
}

/* In a file the lines are checked before; variables and flags come as they are. */
static const char *wrong_bytes(struct text value)
{
    for (size_t i = 0; i < value.len;) {
        size_t n = utf8_length(value.at + i, value.len - i);
        if (n == 0)
            return "bytes that are not UTF-8";
        i += n;
    }
    return secret_has_control(value) ? "a control byte" : NULL;
}

static void offer_words(struct suggest *suggest, const struct option *option)
{
    for (const struct option_word *word = option->choices; word && word->word; word++)
        suggest_offer(suggest, word->word);
    for (size_t i = 0; option->type == OPTION_ABILITIES && option_ability(i); i++)
        suggest_offer(suggest, option_ability(i));
    for (unsigned i = 1; option->type == OPTION_CLASSES && i < FAILURE_COUNT; i++)
        if (option_classes(option) & FAILURE_BIT(i))
            suggest_offer(suggest, failure_word((enum failure)i));
}

static const char *find_suggestion(const struct option *option, struct text value)
{
    struct text item;
    while (string_list_item(&value, &item)) {
        struct suggest suggest = suggest_for(item);
        offer_words(&suggest, option);
        if (suggest.best && !text_equals(item, suggest.best))
            return suggest.best;
    }
    return NULL;
}

/* An address with an '@' may hold a password, and a tool's behind a '?' a key. */
static bool may_be_shown(const struct setting *setting)
{
    enum option_type type = setting->option->type;
    bool tool = type == OPTION_TOOL_URL;
    bool address = tool || type == OPTION_BASE_URL || type == OPTION_CHECK_URL ||
                   type == OPTION_PROXY || type == OPTION_COLLECTOR;
    return !setting_is_secret(setting) && !(address && strchr(setting->value, '@')) &&
           !(tool && strchr(setting->value, '?'));
}

static void tell(const struct setting *setting, const char *reason, struct report *report)
{
    char allowed[OPTION_ALLOWED_MAX], shown[SHOWN_MAX + 16] = "";
    bool secret = !may_be_shown(setting);
    struct text value = text_of(setting->value);
    const char *mean = secret ? NULL : find_suggestion(setting->option, value);
    bool hash = setting->origin.kind == ORIGIN_FILE && !secret && strstr(setting->value, " #");
    option_allowed(setting->option, allowed, sizeof(allowed));
    if (!secret)
        (void)snprintf(shown, sizeof(shown), " = \"%.*s%s\"", SHOWN_MAX, setting->value,
                       value.len > SHOWN_MAX ? "..." : "");
    report_error(report, &setting->origin, "%s%s: %s; allowed: %s%s%s", SETTING_TITLE(setting),
                 shown, reason, allowed, SUGGEST_HINT(mean),
                 hash ? "; a comment behind a value begins with \" ;\"" : "");
}

bool setting_check(const struct setting *setting, struct report *report)
{
    union fields scratch;
    struct error why = ERROR_NONE;
    const char *reason = setting->option->secret ? NULL : wrong_bytes(text_of(setting->value));
    int r = reason ? -EINVAL : 0;
    memset(&scratch, 0, sizeof(scratch));
    if (!reason)
        r = option_store(setting->option, text_of(setting->value), &scratch, &why);
    if (r == 0)
        option_release(setting->option, &scratch);
    else if (r == -ENOMEM)
        report->out_of_memory = true;
    else if (reason || error_is_set(&why))
        tell(setting, reason ? reason : why.text, report);
    else
        tell(setting, r == -ERANGE ? "out of range" : "not valid", report);
    return r == 0;
}

/* Keeps it, whatever is wrong with its value, so that a later duplicate is still one. */
static bool check(struct setting_set *set, struct setting *setting)
{
    setting->option = option_find(setting->section, text_of(setting->key));
    if (!setting->option) {
        tell_unknown_key(set, setting);
        return false;
    }
    const char *wrong = setting->option->type == OPTION_HEADER
                            ? wrong_header(setting->section, text_of(setting_header_name(setting)))
                            : NULL;
    if (wrong) {
        report_error(set->report, &setting->origin, "key \"%.150s\": %s", setting->key, wrong);
        return false;
    }
    if (is_duplicate(set, setting))
        return false;
    setting->bad = !setting_check(setting, set->report);
    return true;
}

static char *copy(struct text text)
{
    return strndup(text.at ? text.at : "", text.len);
}

void setting_add(struct setting_set *set, const struct place *place, struct text key,
                 struct text value, const struct origin *origin)
{
    if (set->count == SETTING_COUNT_MAX) {
        report_error(set->report, origin, "too many settings; allowed: up to %d",
                     SETTING_COUNT_MAX);
        return;
    }
    bool named = option_section_named(place->section);
    struct setting setting = {.section = place->section,
                              .name = named ? copy(place->name) : NULL,
                              .key = copy(text_trim(key)),
                              .value = copy(text_trim(value)),
                              .origin = *origin};
    struct setting *at = set->at;
    if ((set->count & (set->count - 1)) == 0) /* full: room is a power of two */
        at = realloc(set->at, (set->count ? set->count * 2 : 1) * sizeof(*at));
    if (at)
        set->at = at;
    bool whole = at && setting.key && setting.value && (setting.name || !named);
    if (!whole)
        set->report->out_of_memory = true;
    if (whole && check(set, &setting))
        set->at[set->count++] = setting;
    else
        setting_done(&setting);
}

void setting_drop(struct setting_set *set, size_t index)
{
    setting_done(&set->at[index]);
    set->count--;
    memmove(&set->at[index], &set->at[index + 1], (set->count - index) * sizeof(set->at[0]));
}

static bool is_for(const struct setting *setting, const struct config_provider *provider)
{
    return !provider || setting->origin.kind != ORIGIN_PLAIN ||
           setting->option->type != OPTION_KEYS || config_provider_needs_key(provider);
}

/* The variable of a preset's key is part of the preset: its section overrides it. */
static enum origin_kind rank_of(const struct setting *setting)
{
    if (setting->origin.kind != ORIGIN_PLAIN || setting->option->type != OPTION_KEYS)
        return setting->origin.kind;
    const struct preset *preset = preset_by_name(text_of(setting->name));
    return preset && !preset->key_is_setting ? ORIGIN_DEFAULT : ORIGIN_PLAIN;
}

/* provider NULL: whatever the provider is like. */
static const struct setting *find(const struct setting_set *set, const struct place *place,
                                  const char *key, const struct config_provider *provider)
{
    const struct setting *best = NULL;
    for (size_t i = 0; i < set->count; i++) {
        const struct setting *setting = &set->at[i];
        if (setting->bad || !same_key(setting, place->section, place->name.at, key) ||
            !is_for(setting, provider))
            continue;
        if (!best || rank_of(setting) >= rank_of(best))
            best = setting;
    }
    return best;
}

const struct setting *setting_find(const struct setting_set *set, enum option_section section,
                                   const char *name, const char *key)
{
    const struct place place = {.section = section, .name = {name, 0}};
    return find(set, &place, key, NULL);
}

const struct setting *setting_find_of(const struct setting_set *set,
                                      const struct config_provider *provider, const char *key)
{
    const struct place place = {.section = SECTION_PROVIDER, .name = text_of(provider->name)};
    return find(set, &place, key, provider);
}

bool setting_wins(const struct setting_set *set, const struct setting *setting)
{
    return setting_find(set, setting->section, setting->name, setting->key) == setting;
}

bool setting_is_bad(const struct setting_set *set, enum option_section section, const char *name,
                    const char *key)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->at[i].bad && same_key(&set->at[i], section, name, key))
            return true;
    return false;
}
