/*
 * THE table of presets: the providers that need no section. A preset is what a [provider NAME]
 * would say, known beforehand; a section, a variable or a flag overrides any key of it. One row
 * each, with where it was read and when.
 */
#ifndef UNDERSTUDY_PRESET_H
#define UNDERSTUDY_PRESET_H

#include <stdbool.h>
#include <stddef.h>

#include "kind/kind.h"
#include "text/text.h"

/* A test compiles the core with a row of its own: PRESET_MORE, of KIND_EXTRA (kind.h). */
#ifndef PRESET_MORE
#define PRESET_MORE
#endif

/* What a key of the provider's section is by default where its type says something else. */
struct preset_default {
    const char *key;   /* as in the file; NULL ends the list */
    const char *value; /* "" = it has none */
};

#define PRESET_DEFAULTS_MAX 8

/* Which ids of tool calls it does not refuse. */
enum preset_ids {
    PRESET_IDS_ANY,
    PRESET_IDS_NINE, /* of exactly nine letters and digits */
    PRESET_IDS_WORD, /* of letters, digits, '_' and '-' */
};

struct preset {
    const char *name;
    const char *type;          /* the word of its kind */
    const char *base_url;      /* NULL = has to be set, in the form of base_url_form */
    const char *base_url_form; /* with words in capitals to be replaced; NULL = base_url is known */
    const char *key_variable;  /* the plain variable that holds its key; NULL = it needs none */
    bool key_is_setting; /* key_variable wins over the file, as a setting's name does; that of the
                            others is part of the preset, which its section overrides */
    const char *base_url_variable; /* the plain variable that sets it; NULL = there is none */
    const char *model_variable;
    struct preset_default defaults[PRESET_DEFAULTS_MAX];
    /* It is told of, asked and told as one that is there, whether or not anybody names it; and the
     * app's own credential may go there where it has no key. The others never get that. */
    bool built_in;
    bool is_far;    /* a cloud, although its kind is no cloud's */
    bool is_family; /* Ollama's library has models of that name: NAME:7B may mean one of them */
    bool names_own; /* its models go by names that its user gave them, which are in no list */
    enum preset_ids ids;   /* of tool calls, that it takes */
    bool signed_calls;     /* it refuses a tool call without the signature that it gave with it */
    const char *traced_as; /* gen_ai.provider.name of its spans (trace/spans.h); NULL = its name */
    const char *note;      /* what it is peculiar about or refuses; NULL = nothing is known */
    const char *source;    /* its page */
    const char *read_on;   /* when that was read: year and month; NULL = the row is from memory */
};

size_t preset_count(void);
const struct preset *preset_at(size_t n);

/* By the name of the provider; NULL = it is none. */
const struct preset *preset_by_name(struct text name);

const struct kind *preset_kind(const struct preset *preset);

/* What a key of its section is by default, type and base_url among them: "" = nothing, NULL = as
 * its type says. */
const char *preset_value(const struct preset *preset, const char *key);

/* The plain variable that sets that key, NULL = there is none. */
const char *preset_variable(const struct preset *preset, const char *key);

/* For messages, cut at size: the names of the built-in ones, "openai, ollama, anthropic"; and those
 * of all others. */
#define PRESET_NAMES_MAX 512
void preset_names_built_in(char *ret, size_t size);
void preset_names_others(char *ret, size_t size);

#endif
