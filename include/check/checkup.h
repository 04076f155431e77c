/*
 * `understudy check`: what a provider's answers to a few free questions mean (GET /models of a
 * cloud; GET /api/tags, /api/version and POST /api/show of an Ollama), and how it is told. The
 * shell asks.
 */
#ifndef UNDERSTUDY_CHECKUP_H
#define UNDERSTUDY_CHECKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "config/config.h"
#include "failure/failure.h"
#include "ollama/ollama.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

enum checkup_key {
    CHECKUP_KEY_UNKNOWN, /* no answer that tells */
    CHECKUP_KEY_ACCEPTED,
    CHECKUP_KEY_REFUSED,
    CHECKUP_KEY_NOT_SET,    /* the app's own is passed on */
    CHECKUP_KEY_NOT_NEEDED, /* api_key = none, or an Ollama without one */
};

/* What a fallback may have to do: plain text, with tools, with images. */
enum checkup_task { CHECKUP_PLAIN, CHECKUP_TOOLS, CHECKUP_IMAGES };
#define CHECKUP_TASK_COUNT 3

#define CHECKUP_VERSION_MAX 64
#define CHECKUP_ABSENT_OF   " (of "

/* What is known of one provider. */
struct checkup {
    const struct config *config; /* borrowed, as is its provider: */
    const struct config_provider *provider;
    bool in_route;
    bool in_messages;         /* in [route] messages */
    int status;               /* 0 = not reached */
    int64_t latency_ms;       /* -1 = not reached */
    enum failure failure;     /* of the first question */
    enum transport transport; /* of the first question */
    bool not_running;         /* nobody listens at its address on this machine */
    struct error trouble;     /* in words, without a full stop; nothing that the provider says */
    enum checkup_key key;     /* of the one that is accepted, else of the last */
    enum checkup_key keys[API_KEYS_MAX]; /* of each that the first question was asked with */
    size_t keys_asked;
    size_t good_key;       /* the one that the list of models came with; 0 where none did */
    int64_t date_s, now_s; /* as of the probe */
    int64_t model_count;   /* -1 = not known */
    struct strings absent; /* the settings' models that its list has not: "NAME (of SETTING)",
                              CHECKUP_ABSENT_OF between */
    char version[CHECKUP_VERSION_MAX];  /* Ollama; "" = not told */
    struct ollama_models models;        /* Ollama */
    char *fallback[CHECKUP_TASK_COUNT]; /* Ollama: the model that would answer, NULL = none */
    struct error why_none[CHECKUP_TASK_COUNT]; /* why there is none */
    /* A variable of the environment that names a proxy, which is not read; NULL = none. Borrowed.
     */
    const char *proxy_variable;
};

void checkup_init(struct checkup *checkup, const struct config *config,
                  const struct config_provider *provider);
void checkup_done(struct checkup *checkup);

/* How the first question ended. */
struct checkup_probe {
    enum transport transport;
    int status;         /* 0 = no answer */
    const char *detail; /* what the HTTP client says of a failure, "" = nothing */
    int64_t latency_ms;
    int64_t date_s; /* the Date of the answer, since 1970; 0 = it had none */
    int64_t now_s;  /* what this machine's clock showed then */
    struct text body;
};

/* The first question: the path of its kind's list of models, asked by GET; with the first key, then
 * with each of the others for as long as checkup_wants_key, which is keys_asked. */
const char *checkup_path(const struct checkup *checkup);
bool checkup_wants_key(const struct checkup *checkup);
void checkup_answered(struct checkup *checkup, const struct checkup_probe *probe);

/* The body of /api/version. */
void checkup_versioned(struct checkup *checkup, struct text body);

/* The next installed model from there on that may come into use (or all, for `auto`); at the end
 * models.count. */
size_t checkup_candidate(const struct checkup *checkup, size_t from);

/* After the models are known in full: sets fallback. 0 or -ENOMEM. */
int checkup_choose(struct checkup *checkup) __attribute__((warn_unused_result));

/* Can this provider answer a chat request, as far as one can see? */
bool checkup_can_answer(const struct checkup *checkup);

/* ONE_SIDE: when that provider, or all that is left on its side of the internet, fails too, nobody
 * can. A route of one provider has no other side. */
enum checkup_route { CHECKUP_ROUTE_CANNOT, CHECKUP_ROUTE_ONE_SIDE, CHECKUP_ROUTE_CAN };

enum checkup_route checkup_route(const struct checkup *checkups, size_t count);

/* The variable that would have to be told to one who wonders why it cannot be reached, or NULL. */
const char *checkup_hint(const struct checkup *checkup);

/* The variable in which a key that is missing was looked for; NULL = in none. */
const char *checkup_key_variable(const struct checkup *checkup);

/* One provider: its line; as JSON, for the caller to release, NULL when memory is out. Errors of
 * buf. */
int checkup_print_line(const struct checkup *checkup, struct buf *out)
    __attribute__((warn_unused_result));
json_t *checkup_json(const struct checkup *checkup) __attribute__((warn_unused_result));

/* Of one with a list of installed models: which of them a fallback would use. Errors of buf. */
int checkup_print_fallback(const struct checkup *checkup, struct buf *out)
    __attribute__((warn_unused_result));

#endif
