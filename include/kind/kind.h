/*
 * THE table of provider kinds. A kind is one const record; all else asks its columns and names
 * none. A new one: its record, its row in KIND_LIST, and the dialect that it speaks.
 */
#ifndef UNDERSTUDY_KIND_H
#define UNDERSTUDY_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "failure/failure.h"
#include "kind/api_path.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/*
 * In the order in which their errors and defaults are told; the first stands in where a type is
 * wrong. A test compiles the core with a kind of its own: KIND_EXTRA is a header with its
 * KIND_MORE.
 */
#define KIND_LIST(X)                                                                               \
    X(openai)                                                                                      \
    X(ollama)                                                                                      \
    X(anthropic)                                                                                   \
    KIND_MORE(X)

#ifdef KIND_EXTRA
#include KIND_EXTRA
#else
#define KIND_MORE(X)
#endif

/* When it serves a path. */
enum kind_serve {
    KIND_SERVES_NEVER,
    KIND_SERVES_NAMED, /* where a [model] line or a prefix names a model there */
    KIND_SERVES_FIRST, /* the first of its kind in the route */
    KIND_SERVES_ALWAYS,
};

struct kind_path {
    const char *speaks; /* the dialect in which that is asked (dialect.h); NULL = as it came */
    enum kind_serve serves;
    const char *absent; /* what a 404 there means where older servers lack it; NULL = nothing */
};

/* A header field; name NULL = none. */
struct kind_field {
    const char *name;
    const char *value;
};

/* Endings of an address that are a request's path and no base_url. */
#define KIND_REQUEST_PATHS_MAX 4

struct kind {
    const char *word;   /* in the setting `type` */
    const char *remark; /* what speaks so, told where a type is missing; NULL = the word says it */
    const char *title;  /* of its errors, where everybody has failed */
    const char *server; /* what runs there, as people call it; NULL = anything */
    const char *start_with; /* with server: the command that starts it */

    /* What these settings are by default, as in the file; NULL = as the row of option.c says, which
     * may be none. */
    const char *model;
    const char *first_byte_timeout;
    const char *idle_timeout;
    const char *max_inflight;

    /* Makes a base_url of what a plain variable holds (preset.h); NULL = it is one. Errors as
     * ollama_host_url. */
    int (*read_host)(struct text value, struct buf *out, struct error *reterr);
    const char *usual_ending; /* of base_url, said where nothing is found there; NULL = none */
    const char *cut_ending;   /* of base_url, pasted from elsewhere and taken off; NULL = none */
    const char *request_paths[KIND_REQUEST_PATHS_MAX]; /* NULL at the end, if there is room */

    bool is_cloud;          /* far away and paid for, unless it is local: told as the cloud */
    bool by_messages;       /* apps that were made for it have the route [route] messages */
    bool needs_key;         /* not asked without a key, its own or the app's */
    const char *key_header; /* the field that carries the key, and what stands before it there */
    const char *key_scheme;
    bool takes_app_headers; /* of apps that were made for it (kind_of_apps): their end-to-end fields
                             * and their own credential */
    const char *accept;     /* else this goes there as Accept */
    struct kind_field always; /* goes there where nobody else says it */
    const char *own_fields;   /* how the names of fields begin that go to no other kind, in lower
                               * case; NULL = there are none */

    enum speaker speaker; /* whose words its errors are in */
    /* It has installed models, some of them loaded, each with a window of its own: what may be
     * asked of which is looked up there first (ollama.h), and which one is meant by a list of
     * wishes. */
    bool has_catalogue;

    const char *version;      /* between base_url and what follows /v1 where apps ask */
    const char *list_path;    /* below base_url: what models it has; it asks for no key's money */
    const char *list_all;     /* the same, asked so that all come at once; NULL = they do */
    const char *version_path; /* below base_url: its version; NULL = it tells none */

    struct kind_path path[API_PATH_COUNT];
};

#define X(id) extern const struct kind kind_##id;
KIND_LIST(X)
#undef X

/* Where, below base_url, all models are listed. */
static inline const char *kind_list(const struct kind *kind)
{
    return kind->list_all ? kind->list_all : kind->list_path;
}

size_t kind_count(void);
const struct kind *kind_at(size_t n);

/* By the setting `type`, as written there; NULL = there is none. */
const struct kind *kind_by_word(struct text word);

/* The kind that apps were made for which ask on that path. */
const struct kind *kind_of_apps(enum api_path path);

/* The kind whose own fields that header field is one of; NULL = it is for all. */
const struct kind *kind_by_field(struct text name);

/* For messages, cut at size: the words of all with their remarks, "openai (anything that speaks it)
 * or ollama"; of those with a catalogue, "ollama". */
#define KIND_WORDS_MAX 256
void kind_words(char *ret, size_t size);
void kind_words_with_catalogue(char *ret, size_t size);

#endif
