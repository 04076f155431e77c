/*
 * What was written, before it is in effect: one entry for each key in the file, variable and flag,
 * with its place and its row of the option table. Unknown, double and bad ones are reported as they
 * are added; which of the good ones wins is asked for afterwards.
 */
#ifndef UNDERSTUDY_SETTING_H
#define UNDERSTUDY_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/config.h"
#include "settings/option.h"
#include "settings/report.h"
#include "text/text.h"

/* Bounds what a wrong file can cost. */
#define SETTING_COUNT_MAX    4096
#define SETTING_PROVIDER_MAX 64
#define SETTING_MODEL_MAX    1024

/* A section: which, and the NAME of [provider NAME] and [model NAME]. */
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
    struct strings providers; /* openai, ollama, then the others as they came */
    struct strings models;
    struct origin provider_origin[SETTING_PROVIDER_MAX]; /* where each was first named */
    struct report *report;
};

/* A set that knows the providers of the defaults. 0 or -ENOMEM. */
int setting_set_init(struct setting_set *set, struct report *report)
    __attribute__((warn_unused_result));

/* Wipes and frees. */
void setting_set_done(struct setting_set *set);

/*
 * Finds the section and remembers its name; false when it is none, which is reported. kind and name
 * are the two parts of "provider openai"; the name of a section without one is empty.
 */
bool setting_place(struct setting_set *set, struct text kind, struct text name,
                   const struct origin *origin, struct place *ret);

/* Checks and adds a setting, or reports what is wrong with it. */
void setting_add(struct setting_set *set, const struct place *place, struct text key,
                 struct text value, const struct origin *origin);

/*
 * The good setting of that key which wins: flag over environment over file, of two alike the later.
 * name is NULL for a section without one. NULL when there is none.
 */
const struct setting *setting_find(const struct setting_set *set, enum option_section section,
                                   const char *name, const char *key);

/* Was that key set, but badly, so that what follows from it need not be told too? */
bool setting_is_bad(const struct setting_set *set, enum option_section section, const char *name,
                    const char *key);

/* "[retry] attempts" or "[provider openai] api_key" for messages. Cut at size. */
void setting_title(const struct setting *setting, char *ret, size_t size);

#endif
