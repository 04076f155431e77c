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

#include "failure/failure.h"
#include "kind/kind.h"
#include "kind/preset.h"
#include "text/error.h"
#include "text/string_list.h"
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
      "One section for each provider. Presets (docs/providers.md) exist without one; it "          \
      "overrides "                                                                                 \
      "any key of theirs.")                                                                        \
    X(MODEL, "model", true,                                                                        \
      "What providers use for requests that ask for the model NAME. NAME may end in *, for any "   \
      "rest; the whole name goes before those, a longer one before a shorter.")                    \
    X(TOKEN, "token", true,                                                                        \
      "A client with a token of its own: it is told by NAME in log, usage file and metrics, and "  \
      "may be held to some providers and to a number of requests. Any of these, as any of "        \
      "[server] tokens, opens the door, and one of either closes it.")                             \
    X(TOOL, "tool", true,                                                                          \
      "An MCP server, whose tools requests may ask for by NAME (docs/tools.md): the model gets "   \
      "them as NAME__TOOL, understudy calls them, and the app gets the answer.")                   \
    X(TOOLS, "tools", false, "How much may be done with tools in one request.")                    \
    X(LOG, "log", false, "What is written down.")

enum option_section {
#define X(id, word, named, text) SECTION_##id,
    OPTION_SECTIONS(X)
#undef X
};

#define X(...) +1 /* NOLINT(bugprone-macro-parentheses): a sum */
enum { OPTION_SECTION_COUNT = OPTION_SECTIONS(X) };
#undef X

/*
 * id, reader (of option_value.c), check of one text (of option_text.c), what may be written.
 */
#define OPTION_TYPES(X)                                                                            \
    X(LISTEN, listen_list, any, "address:port, [v6]:port or unix:/path, separated by commas")      \
    X(HOSTS, list, host, "host names or addresses, with or without a port, separated by commas")   \
    X(ORIGINS, list, origin,                                                                       \
      "scheme://host[:port], at its end * for any rest, separated by commas")                      \
    X(NAMES, list, name, "names of providers, separated by commas")                                \
    X(MODELS, list, model, "names of models, separated by commas")                                 \
    X(MEMBERS, rules, member,                                                                      \
      "members of a request such as logprobs or stream_options.include_usage, separated by "       \
      "commas; model, messages and stream stay")                                                   \
    X(RENAMES, rules, rename,                                                                      \
      "OLD:NEW or OBJECT.OLD:OBJECT.NEW, separated by commas; model, messages and stream stay")    \
    X(ABILITIES, list, ability,                                                                    \
      "completion, tools, vision, thinking, audio, insert, embedding, separated by commas")        \
    X(CLASSES, classes, any, "failure classes separated by commas: ")                              \
    X(BOOL, boolean, any, UNITS_BOOL_FORM)                                                         \
    X(CHOICE, choice, any, "")                                                                     \
    X(KIND, choice, any, "")                                                                       \
    X(INT, integer, any, "a whole number")                                                         \
    X(NUMBER, number, any, "a number such as 1 or 0.5")                                            \
    X(SIZE, size, any, UNITS_SIZE_FORM)                                                            \
    X(TOKENS, size, any, "a number of tokens such as 8192 or 8K")                                  \
    X(DURATION, duration, any, UNITS_DURATION_FORM)                                                \
    X(FIRST_BYTE, first_byte, any, UNITS_DURATION_FORM ", or two: streamed, not streamed")         \
    X(MILLISECONDS, integer, any, "a whole number of milliseconds")                                \
    X(BASE_URL, string, base_url,                                                                  \
      "an http:// or https:// address without user, query and fragment")                           \
    X(CHECK_URL, string, check_url, "an http:// or https:// address without user and fragment")    \
    X(COLLECTOR, string, check_url, "an http:// or https:// address without user and fragment")    \
    X(PROXY, string, proxy,                                                                        \
      "http://, https://, socks4://, socks4a://, socks5:// or socks5h:// and a host")              \
    X(PATH, string, any, "the path of a file")                                                     \
    X(KEEP_ALIVE, string, keep_alive,                                                              \
      "a duration as Ollama reads it: 5m, 1h30m, 300 (seconds), 0, -1")                            \
    X(ANNOUNCE, string, announce, "prefix TEXT or suffix TEXT")                                    \
    X(KEYS, checked, keys,                                                                         \
      "keys by preference, each itself, env:NAME, file:PATH or credential:NAME, separated by "     \
      "commas")                                                                                    \
    X(SECRETS, secrets, secret,                                                                    \
      "secrets, each itself, env:NAME, file:PATH or credential:NAME, separated by commas")         \
    X(SECRET, checked, secret, "the secret itself, env:NAME, file:PATH or credential:NAME")        \
    X(TOOL_URL, string, tool_url,                                                                  \
      "an http:// or https:// address without user and fragment, or unix:/path")                   \
    X(TOOL_NAMES, list, tool_name,                                                                 \
      "names of the server's tools, separated by commas, or * for all")                            \
    X(TOOL_SECTIONS, list, tool_section, "NAMEs of [tool NAME] sections, separated by commas")     \
    X(RATE, rate, any, UNITS_RATE_FORM)                                                            \
    X(HEADER, checked, header, "1 to 8192 bytes without control bytes")                            \
    X(MODEL_OF, checked, model, "the name of a model")

enum option_type {
#define X(id, reader, check, form) OPTION_##id,
    OPTION_TYPES(X)
#undef X
};

#define X(...) +1 /* NOLINT(bugprone-macro-parentheses): a sum */
enum { OPTION_TYPE_COUNT = OPTION_TYPES(X) };
#undef X

/* A word that may stand in place of a value, or, for OPTION_CHOICE, one of all values. */
struct option_word {
    const char *word; /* NULL ends a list */
    int64_t value;    /* for types that hold text: nothing, the word means NULL */
};

struct option {
    enum option_section section;
    const char *key; /* "header.NAME" and "PROVIDER" stand for all keys of that form */
    enum option_type type;
    bool secret;                       /* the value is never shown */
    bool of_catalogue;                 /* it means something to kinds that have one only */
    double min, max;                   /* limits, both included; equal = none */
    const struct option_word *choices; /* NULL = none */
    const char *value; /* default as it would be written in the file; NULL = none, or by_kind */
    const char *plain; /* plain environment name; NULL = none, or a preset's (preset.h) */
    /* The default where it differs between kinds: offset of a string in struct kind; 0 = it does
     * not. option_value looks at either. */
    size_t by_kind;
    const char *derived; /* in words, what holds while nothing is set; NULL = value says it */
    /*
     * Of the field: in struct config; for RETRY, PROVIDER, MODEL, TOKEN, TOOL in struct
     * retry_policy, config_provider, config_model, config_token, config_tool.
     */
    size_t offset;
    const char *text; /* sentences for people */
};

/* The default with a provider of that kind, the plain variable of a preset; NULL = of a setting of
 * no provider. NULL: there is none. What a preset has by default: config_default (setting.h). */
const char *option_value(const struct option *option, const struct kind *kind);
const char *option_plain(const struct option *option, const struct preset *preset);

/* Does a provider of that kind (NULL: no provider) take notice of it? */
bool option_concerns(const struct option *option, const struct kind *kind);

/* The rows in order of print, grouped by section. */
size_t option_count(void);
const struct option *option_at(size_t n);

/* The row of that section behind before, or its first (before NULL); NULL at the end. */
const struct option *option_next(enum option_section section, const struct option *before);

/* NOLINTBEGIN(bugprone-macro-parentheses): it names a variable */
#define OPTION_EACH(option, section)                                                               \
    for (const struct option *option = option_next(section, NULL); option;                         \
         option = option_next(section, option))
/* NOLINTEND(bugprone-macro-parentheses) */

/* Before the name of a header, before a key of [retry] in a provider's section, and before the path
 * of a socket in the url of a tool. */
#define OPTION_HEADER_PREFIX "header."
#define OPTION_RETRY_PREFIX  "retry_"
#define OPTION_SOCKET_PREFIX "unix:"

/*
 * The row of a key as written in the file: "attempts", and in a provider section also
 * "retry_attempts"; there and in a tool's "header.X-Team". In a model section any key but those of
 * its other rows is PROVIDER. NULL when there is no such key.
 */
const struct option *option_find(enum option_section section, struct text key);

/* "openai" and so on, and what it is about. */
const char *option_section_word(enum option_section section);
const char *option_section_text(enum option_section section);
bool option_section_named(enum option_section section);

#define OPTION_SECTIONS_MAX 160

/* What may stand between [ and ]: "server, provider NAME", or only those with a name. Cut at size.
 */
void option_section_list(bool only_named, char *ret, size_t size);

/*
 * The dot that ends NAME in "NAME.KEY" of a section with names: the last one for a model, whose own
 * name may have some; else the first, since header.NAME is one key. NULL = there is none.
 */
const char *option_name_end(enum option_section section, struct text rest);

/* False when no section has that word. */
bool option_section_find(struct text word, enum option_section *ret);

/* ---- option_form.c: a row in words, for messages and pages */

#define OPTION_ALLOWED_MAX 320

/* What may be written, with words and limits: "auto, off, or a duration ... from 1ms to 1d". */
void option_allowed(const struct option *option, char *ret, size_t size);

/* The failure classes that an OPTION_CLASSES may name. */
failure_set option_classes(const struct option *option);

/*
 * The environment name of a key as the file has it, UNDERSTUDY_SECTION[_NAME]_KEY, cut at size;
 * name is NULL for a section without one. Every byte but letters and digits is '_' there. "" for
 * header.NAME, which has none.
 */
void option_environment(enum option_section section, const char *name, const char *key, char *ret,
                        size_t size);

/* ---- option_text.c, option_value.c: reading the text of a setting as its row says */

#define OPTION_NAME_FORM_MAX 160

/* Is it the name of a provider section: [A-Za-z0-9_-]+, neither another key of [model NAME] nor
 * all? And the same in words, cut at size. */
bool option_provider_name_valid(struct text name);
void option_provider_name_form(char *ret, size_t size);

#define TOKEN_NAME_MAX 64

/* Is it the name of a token section: 1 to 64 of [A-Za-z0-9_-]? */
bool option_token_name_valid(struct text name);

/* Is it the name of a tool section: 1 to TOOL_NAME_MAX of [A-Za-z0-9_-], so that NAME__TOOL tells
 * where NAME ends, and not none? And the same in words. */
bool option_tool_name_valid(struct text name);
#define OPTION_TOOL_NAME_FORM                                                                      \
    "1 to 32 letters, digits, '-' and '_', without \"__\" and no '_' at the end, but not none"

/* The nth thing that a model can do, as Ollama calls it in what /api/show answers; NULL at the end.
 */
const char *option_ability(size_t n);

/* Checks one text (of a list: one element). 0 or -EINVAL and *reterr. */
int option_check_text(enum option_type type, struct text text, struct error *reterr)
    __attribute__((warn_unused_result));

/* Reads a comma list, each element checked and none twice. 0, -EINVAL and *reterr, -ENOMEM. */
int option_read_list(enum option_type type, struct text text, struct strings *ret,
                     struct error *reterr) __attribute__((warn_unused_result));

/*
 * Reads text into option's field of the struct at base (which one: see offset); what the field
 * held is not freed. Secrets, headers and a model's providers are only checked, not stored: they
 * need more than a field. 0, -EINVAL or -ERANGE (*reterr may say why; it never repeats a secret),
 * or -ENOMEM.
 */
int option_store(const struct option *option, struct text text, void *base, struct error *reterr)
    __attribute__((warn_unused_result));

/* Frees and wipes what the field holds. */
void option_release(const struct option *option, void *base);

#endif
