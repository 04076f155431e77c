/*
 * Inside the room: from what was written to struct config. A setting is one key in the file, one
 * variable or one flag, with its place and its row of the option table. Unknown, double and bad
 * ones are reported as they are added; which of the good ones wins is asked for afterwards.
 */
#ifndef UNDERSTUDY_SETTING_H
#define UNDERSTUDY_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "config/config.h"
#include "settings/option.h"
#include "settings/settings.h"
#include "text/text.h"

/* ---- report.c: what is wrong, with the place it is about: "file:line: what is wrong". Nothing
 * stops at the first, so that a file is mended in one go. */

/* Where a setting comes from. A later one wins over those before it. */
enum origin_kind { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_PLAIN, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

struct origin {
    enum origin_kind kind;
    int line;         /* ORIGIN_FILE */
    struct text name; /* file name, variable name, or SECTION.KEY of the flag; borrowed */
};

/* After that many errors the rest is not shown, and a file is not read any further. */
#define REPORT_ERRORS_MAX 100

struct report {
    struct config_errors *to; /* gets the lines */
    size_t errors;            /* found, also those that are not shown */
    bool out_of_memory;
};

/* Adds a line, cut at 2,000 bytes, control bytes replaced. origin NULL: about no single place. */
void report_error(struct report *report, const struct origin *origin, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void report_warning(struct report *report, const struct origin *origin, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "file:line", "env NAME", "flag" or "default", as `understudy config` shows it. Cut at size. */
void report_origin(const struct origin *origin, char *ret, size_t size);

/* The same, but for a flag, of which there may be many: "-s SECTION.KEY". */
void report_place(const struct origin *origin, char *ret, size_t size);

/* ---- setting.c: the set of all that was written */

/* Bounds what a wrong file can cost. */
#define SETTING_COUNT_MAX    4096
#define SETTING_PROVIDER_MAX 64 /* beside the presets */
#define SETTING_PRESET_MAX   32 /* preset_count() is not more */
#define SETTING_MODEL_MAX    1024
#define SETTING_TOKEN_MAX    256 /* each is a label of metrics */
#define SETTING_TOOL_MAX     64

/* A section: which, and the NAME of [provider NAME], [model NAME], [token NAME] and [tool NAME]. */
struct place {
    enum option_section section;
    struct text name; /* at is NULL for a section without a name; borrowed */
};

struct setting {
    const struct option *option;
    enum option_section section; /* PROVIDER also for retry_*, whose option is one of RETRY */
    char *name;                  /* NULL for a section without a name */
    char *key;
    char *value;
    struct origin origin;
    bool bad; /* reported; never in effect */
};

struct setting_set {
    struct setting *at;
    size_t count;
    struct strings providers; /* the presets, then the others as they came */
    struct strings models, tokens, tools;
    struct origin provider_origin[SETTING_PRESET_MAX +
                                  SETTING_PROVIDER_MAX]; /* of the first section that names each */
    struct origin token_origin[SETTING_TOKEN_MAX];       /* the same */
    struct origin tool_origin[SETTING_TOOL_MAX];
    struct report *report;
};

/* A set that knows the presets. 0 or -ENOMEM. */
int setting_set_init(struct setting_set *set, struct report *report)
    __attribute__((warn_unused_result));

/* Where that provider's section stands, or what else named it first as one; NULL = nothing did: a
 * preset that is there by itself. */
const struct origin *setting_provider_origin(const struct setting_set *set, struct text name);

/* Wipes and frees. */
void setting_set_done(struct setting_set *set);

/*
 * Finds the section and remembers its name; false when it is none, which is reported. kind and name
 * are the two parts of "provider openai"; the name of a section without one is empty.
 */
bool setting_place(struct setting_set *set, struct text kind, struct text name,
                   const struct origin *origin, struct place *ret);

/*
 * The section that [kind] most likely stands for: "provider ollama" for ollama, "retry" for rety.
 * providers: the names known so far. False, and nothing in ret, when there is none. Cut at size.
 */
bool setting_section_suggest(struct text kind, const struct strings *providers, char *ret,
                             size_t size);

/* The key that another program's word in that section stands for; NULL when it is nobody's. */
const char *setting_key_meant(enum option_section section, struct text key);

/* Checks and adds a setting, or reports what is wrong with it. */
void setting_add(struct setting_set *set, const struct place *place, struct text key,
                 struct text value, const struct origin *origin);

/* Takes at[index] out, as if it had not been written. */
void setting_drop(struct setting_set *set, size_t index);

/* False and a line in report: what is wrong, what is allowed, did you mean. Shows no secret. */
bool setting_check(const struct setting *setting, struct report *report);

/* "X-Team" of header.X-Team. Borrowed from it, which must be one. */
static inline const char *setting_header_name(const struct setting *setting)
{
    return setting->key + strlen(OPTION_HEADER_PREFIX);
}

/* Must a setting's value be hidden: a secret itself, or a header that carries one? */
bool setting_is_secret(const struct setting *setting);

/*
 * The good setting of that key which wins: flag over environment over file, of two alike the later.
 * name is NULL for a section without one. NULL when there is none.
 */
const struct setting *setting_find(const struct setting_set *set, enum option_section section,
                                   const char *name, const char *key);

/*
 * The same for a provider's section, without the variable that holds the key of a preset's server
 * where another kind of server, which needs no key, goes by its name: that is not for it.
 */
const struct setting *setting_find_of(const struct setting_set *set,
                                      const struct config_provider *provider, const char *key);

/* Is it the one that wins? */
bool setting_wins(const struct setting_set *set, const struct setting *setting);

/* Was that key set, but badly, so that what follows from it need not be told too? */
bool setting_is_bad(const struct setting_set *set, enum option_section section, const char *name,
                    const char *key);

struct setting_title {
    char text[512];
};

/* "[retry] attempts" or "[provider openai] api_key" for messages; cut to fit. */
const char *setting_title(const struct setting *setting, struct setting_title *ret);

/* In an argument: the room for it is the caller's. */
#define SETTING_TITLE(setting) setting_title(setting, &(struct setting_title){{0}})

/* ---- config_load.c, setting_env.c: where settings are written */

/* Adds those of the file; what is wrong with it is reported with its line. 0 or -ENOMEM. */
int setting_add_file(struct setting_set *set, const struct config_source *source)
    __attribute__((warn_unused_result));

/*
 * Adds one of the command line. `retry.attempts=1`; `provider.NAME.KEY=x` or `provider NAME.KEY=x`,
 * where NAME ends at its first dot, as it holds none but the key may (header.X.Y);
 * `model NAME.PROVIDER=x`, where NAME ends at the last dot. What is wrong is reported.
 */
void setting_add_flag(struct setting_set *set, const char *flag);

/*
 * Adds what environ_ holds: UNDERSTUDY_SECTION[_NAME]_KEY, where NAME is one that set knows
 * already, and the plain names of the option table. An empty plain variable counts as not set: that
 * is how `docker run -e` and compose files pass on what is missing. Unknown UNDERSTUDY_* are warned
 * of.
 */
void setting_add_environment(struct setting_set *set, const char *const *environ_);

/*
 * As config_load; besides, *ret_set holds what was written, also after errors, until
 * setting_set_done. It borrows from source.
 */
int config_load_with_settings(const struct config_source *source, struct setting_set *ret_set,
                              struct config **ret_config, struct config_errors *ret_errors)
    __attribute__((warn_unused_result));

/* ---- config_fill.c, config_token.c, config_tool.c, config_header.c, config_origin.c,
 * config_check.c, config_advice.c: from the settings that win to the struct, and what a setting
 * cannot tell alone */

/*
 * Makes the config. Where a setting was bad its default stands in, so that what depends on others
 * can still be checked; what is wrong besides is reported. NULL only when memory is out.
 */
struct config *config_fill(const struct setting_set *set, const struct config_source *source)
    __attribute__((warn_unused_result));

/* Says what is wrong with the secret of that setting, by r and why: never the secret itself. */
void config_tell_secret(const struct setting_set *set, const struct setting *setting, int r,
                        const struct error *why);

/* Fills [server] tokens and [token NAME], whose secrets must all differ; what is wrong is reported,
 * and such a token opens nothing. 0 or -ENOMEM. */
int config_token_fill(struct config *config, const struct setting_set *set,
                      const struct config_source *source) __attribute__((warn_unused_result));

/* Wipes and frees them. */
void config_token_done(struct config_server *server);

/* Fills tools.at, one for each [tool NAME]; what is wrong is reported. 0 or -ENOMEM. */
int config_tool_fill(struct config *config, const struct setting_set *set,
                     const struct config_source *source) __attribute__((warn_unused_result));

/* Reports what contradicts another setting, and warns of what is most likely not meant: in [tool
 * NAME], and of names in [token NAME] tools that no section has. */
void config_tool_check(const struct config *config, const struct setting_set *set);

/* Wipes and frees them. */
void config_tool_done(struct config_tools *tools);

/* Pairs that grow one by one. */
struct config_pairs {
    struct config_header *at;
    size_t count;
};

/* Adds a pair, both of which it takes; 0 or -ENOMEM, also where one of the two is NULL. */
int config_pair_add(struct config_pairs *pairs, struct config_header pair)
    __attribute__((warn_unused_result));

/* Wipes and frees them. */
void config_pairs_done(struct config_pairs *pairs);

/* Adds what the header.NAME of that section say; a secret that cannot be had is reported, and is
 * empty. 0 or -ENOMEM. */
int config_headers_fill(const struct setting_set *set, const struct config_source *source,
                        const struct place *place, struct config_pairs *pairs)
    __attribute__((warn_unused_result));

/* The default of a provider's row, NULL when there is none: it may depend on name and type. */
const char *config_default(const struct option *option, const struct config_provider *provider);

/* Fills origins, each provider's api_keys_from, and LOG_FORMAT_AUTO where no format is set: 0 or
 * -ENOMEM. */
int config_origin_fill(struct config *config, const struct setting_set *set)
    __attribute__((warn_unused_result));

/* Reports settings that contradict each other or need one another, each where it was written. */
void config_check(const struct config *config, const struct setting_set *set);

/* What others can do with that file, as far as the source knows. */
struct file_access config_source_access(const struct config_source *source, const char *path);

/* Warns of files with which others could do more than they should. */
void config_advise_files(const struct config *config, const struct setting_set *set,
                         const struct config_source *source);

/* Warns of settings that are allowed and yet most likely not what was meant. */
void config_advise(const struct config *config, const struct setting_set *set,
                   const struct config_source *source);

#endif
