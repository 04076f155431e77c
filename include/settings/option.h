/*
 * THE table of settings. A setting exists because it has a row here; from the row come parsing,
 * range errors, the environment name, `understudy config`, conf/understudy.ini and
 * docs/configuration.md.
 */
#ifndef UNDERSTUDY_OPTION_H
#define UNDERSTUDY_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/text.h"
#include "text/units.h"

/* id, word in the file, has a name of its own ([provider openai]), what it is about. */
#define OPTION_SECTIONS(X)                                                                         \
    X(SERVER, "server", false, "Where apps connect, who may, and how much they may ask for.")      \
    X(ROUTE, "route", false, "Who answers, in which order, and by when.")                          \
    X(RETRY, "retry", false, "When and how one provider is asked again.")                          \
    X(CONNECTIVITY, "connectivity", false, "How it is found out whether the machine is online.")   \
    X(BREAKER, "breaker", false, "When a provider that keeps failing is left alone for a while.")  \
    X(PROVIDER, "provider", true,                                                                  \
      "One section for each provider; openai and ollama exist without one.")                       \
    X(MODEL, "model", true, "What providers use for requests that ask for the model NAME.")        \
    X(LOG, "log", false, "What is written down.")

enum option_section {
#define X(id, word, named, text) SECTION_##id,
    OPTION_SECTIONS(X)
#undef X
};

#define OPTION_SECTION_COUNT 8

/*
 * id, reader (of option_value.c), what may be written, what a bare number counts ("" = nothing).
 */
#define OPTION_TYPES(X)                                                                            \
    X(LISTEN, listen, "address:port, [v6]:port or unix:/path, separated by commas", "")            \
    X(HOSTS, list, "host names or addresses, with or without a port, separated by commas", "")     \
    X(ORIGINS, list, "scheme://host[:port], at its end * for any rest, separated by commas", "")   \
    X(NAMES, list, "names of providers, separated by commas", "")                                  \
    X(MODELS, list, "names of models, separated by commas", "")                                    \
    X(CLASSES, classes, "failure classes separated by commas: ", "")                               \
    X(BOOL, bool, UNITS_BOOL_FORM, "")                                                             \
    X(CHOICE, choice, "", "")                                                                      \
    X(INT, integer, "a whole number", "")                                                          \
    X(NUMBER, number, "a number such as 1 or 0.5", "")                                             \
    X(SIZE, size, UNITS_SIZE_FORM, "bytes")                                                        \
    X(TOKENS, size, "a number of tokens such as 8192 or 8K", "tokens")                             \
    X(DURATION, duration, UNITS_DURATION_FORM, "seconds")                                          \
    X(FIRST_BYTE, first_byte, UNITS_DURATION_FORM ", or two: streamed, not streamed", "seconds")   \
    X(MILLISECONDS, integer, "a whole number of milliseconds", "milliseconds")                     \
    X(BASE_URL, text, "an http:// or https:// address without user, query and fragment", "")       \
    X(CHECK_URL, text, "an http:// or https:// address without user and fragment", "")             \
    X(PROXY, text, "http://, https://, socks4://, socks4a://, socks5:// or socks5h:// and a host", \
      "")                                                                                          \
    X(PATH, text, "the path of a file", "")                                                        \
    X(KEEP_ALIVE, text, "a duration as Ollama reads it: 5m, 1h30m, 300 (seconds), 0, -1", "")      \
    X(SECRET, checked, "the secret itself, env:NAME, file:PATH or credential:NAME", "")            \
    X(SECRETS, secrets,                                                                            \
      "secrets, each itself, env:NAME, file:PATH or credential:NAME, "                             \
      "separated by commas",                                                                       \
      "")                                                                                          \
    X(HEADER, checked, "1 to 8192 bytes without control bytes", "")                                \
    X(MODEL_OF, checked, "the name of a model", "")

enum option_type {
#define X(id, reader, form, unit) OPTION_##id,
    OPTION_TYPES(X)
#undef X
};

#define OPTION_TYPE_COUNT 24

/* A word that may stand in place of a value, or, for OPTION_CHOICE, one of all values. */
struct option_word {
    const char *word; /* NULL ends a list */
    int64_t value;    /* for types that hold text: nothing, the word means NULL */
};

/* Whom a provider's setting concerns. */
enum option_concerns { CONCERNS_ALL, CONCERNS_OLLAMA };

struct option {
    enum option_section section;
    const char *key; /* "header.NAME" and "PROVIDER" stand for all keys of that form */
    enum option_type type;
    bool secret;      /* the value is never shown */
    bool named_value; /* the default belongs to the provider of that name, not to the type */
    enum option_concerns concerns;
    double min, max;                   /* limits, both included; equal = none */
    const struct option_word *choices; /* NULL = none */
    /*
     * Default as it would be written in the file; NULL = there is none to write. For a provider
     * by enum provider_kind, elsewhere the first one counts.
     */
    const char *value[2];
    const char *plain[2]; /* plain environment names, indexed in the same way; NULL = none */
    const char *derived;  /* in words, what holds while nothing is set; NULL = value says it */
    /*
     * Of the field: in struct config; for RETRY, PROVIDER, MODEL in struct retry_policy,
     * config_provider, config_model.
     */
    size_t offset;
    const char *text; /* sentences for people */
};

/* The rows in order of print, grouped by section. */
size_t option_count(void);
const struct option *option_at(size_t n);

/*
 * The row of a key as written in the file: "attempts", and in a provider section also
 * "retry_attempts" and "header.X-Team". In a model section any key but hedge_after is PROVIDER.
 * NULL when there is no such key.
 */
const struct option *option_find(enum option_section section, struct text key);

/* "openai" and so on, and what it is about. */
const char *option_section_word(enum option_section section);
const char *option_section_text(enum option_section section);
bool option_section_named(enum option_section section);

/* False when no section has that word. */
bool option_section_find(struct text word, enum option_section *ret);

#endif
