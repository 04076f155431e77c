/*
 * What the client asked: made once, when the request is here whole, and const from then on. The
 * exchange owns it and lends it to its legs.
 */
#ifndef UNDERSTUDY_INQUIRY_H
#define UNDERSTUDY_INQUIRY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/shared_config.h"
#include "call/delivery.h"
#include "dialect/dialect.h"
#include "exchange/round.h"
#include "http/headers.h"
#include "ollama/ollama.h"
#include "request/request.h"
#include "rules/route.h"
#include "serve/hold.h"
#include "serve/reply.h"

struct client_request;
struct catalog;
struct online;

/* Of the prompt's tokens, made when the first Ollama is asked: the body may be long. */
struct inquiry_count {
    bool made;
    struct ollama_count count;
};

struct inquiry {
    struct shared_config *shared; /* those that it began under */
    enum api_path path;
    const struct dialect *told_in; /* errors of ours; NULL = OpenAI's */
    enum delivery_mode mode;
    char id[24];
    char completion_id[48];
    char *client;                     /* [token NAME] whose token came; NULL = none with a name */
    const struct config_token *token; /* that one, in the settings; NULL = it is gone from them */
    bool no_body;                     /* the app sent none, not even an empty one */
    char *method;
    char *target;       /* behind /v1 */
    struct buf headers; /* the app's that may travel */
    struct buf body;
    struct hold hold;                /* of body */
    struct request_reading *reading; /* of body, until that is read; NULL = it was not begun */
    struct request_facts facts;      /* of no other path than those of api_path.h */
    char *unread;                /* why body, which goes on as it is, could not be read; if so */
    struct inquiry_count *count; /* see inquiry_count_prompt */
    struct steering steering;
    char *only; /* steering.route, kept */
    struct route route;
    struct inquiry_trace trace;
    int64_t begun_at_ms;
    int64_t begun_wall_s;
    int64_t deadline_ms; /* how long it may take */
};

/* What came in, with an id and its time; body and hold of the request move. Takes a user of the
 * settings of its own. */
struct inquiry *inquiry_new(struct shared_config *shared, struct client_request *request,
                            int64_t now_ms);
void inquiry_free(struct inquiry *inquiry);

/* It is traced from now on: in the app's trace, or in one of its own where the app told none that
 * can be gone on with. */
void inquiry_begin_trace(struct inquiry *inquiry);

/* Reads it and plans its route; false and *refusal filled when it cannot be served, or is served
 * with that: a cloud's model is loaded always. catalog tells what is installed where. */
bool inquiry_read(struct inquiry *inquiry, const struct client_request *request,
                  struct online *online, struct catalog *catalog, struct reply *refusal)
    __attribute__((warn_unused_result));

const struct ollama_count *inquiry_count_prompt(const struct inquiry *inquiry);

static inline const struct config *inquiry_config(const struct inquiry *inquiry)
{
    return inquiry->shared->config;
}

/* Does it count against the requests of its client: is a model asked? To count tokens asks none. */
static inline bool inquiry_is_counted(const struct inquiry *inquiry)
{
    return strcmp(inquiry->method, "POST") == 0 && !api_path_is_estimated(inquiry->path);
}

/* By what its answers hold, or by HTTP alone? */
static inline bool inquiry_is_judged(const struct inquiry *inquiry)
{
    return inquiry->mode != DELIVERY_PASS;
}

/* In which the app speaks; NULL = its answers are judged by HTTP alone. */
const struct dialect *inquiry_dialect(const struct inquiry *inquiry);

#endif
