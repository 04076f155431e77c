/*
 * What a provider sends for one request, and what it is worth: judged by content (relay.h). Knows
 * no wire, no loop and no client: whoever has these brings head, bytes and end, in this order, and
 * looks at the members after each.
 */
#ifndef UNDERSTUDY_DELIVERY_H
#define UNDERSTUDY_DELIVERY_H

#include <stdbool.h>

#include "answer/relay.h"
#include "call/upstream_head.h"
#include "config/config.h"
#include "http/answer_head.h"
#include "http/unpack.h"
#include "rules/retry.h"
#include "text/buf.h"

enum delivery_mode {
    DELIVERY_WHOLE,  /* an answer with choices (chat, completions) in one piece */
    DELIVERY_STREAM, /* such an answer as events */
    DELIVERY_PASS,   /* another path: judged by HTTP alone */
};

/* What was asked for. Borrowed until delivery_done. */
struct delivery_plan {
    enum delivery_mode mode;
    const struct config_provider *provider;
    struct relay_options relay;
    bool counts; /* DELIVERY_PASS: a number of tokens is asked for, and nothing else will do */
    const char *absent; /* what a bare 404 or 405 means: an old server; NULL = nothing special */
};

struct delivery {
    struct delivery_plan plan;
    const struct upstream_head *head; /* borrowed; NULL before it has come */
    int status;                       /* 0 before the head */
    struct answer_head form;          /* its texts point into head */
    const char *unfit;                /* why the body is not worth reading; NULL = it may be */
    struct unpack unpack;             /* of bodies that are read here */
    struct relay *relay;              /* of a 2xx whose events are looked at on their way through */
    struct buf body;                  /* else: as it came; after the end in the app's shape */
    struct relay_reading *reading;    /* of a large one; NULL = it is looked at once it is here */
    bool heard;                       /* content (of events) or a byte (of others) has come */
    bool ready;                       /* the app may have what has come */
    struct attempt_result result;     /* from the end on */
    /* What most never have, and a stream that is under way never: it would be half of this. */
    struct answer_facts *facts; /* of a body that was read whole; NULL before its end */
    struct delivery_told *told; /* NULL = it has not failed */
};

/* What is told of a failure, masked. */
struct delivery_told {
    struct provider_error error; /* the provider's own; empty = none */
    char message[384];           /* for people */
};

void delivery_init(struct delivery *delivery, const struct delivery_plan *plan);
void delivery_done(struct delivery *delivery);

/* The head is here. A body that is unfit is to be taken off the wire, and ends as TOO_LARGE. */
void delivery_head(struct delivery *delivery, const struct upstream_head *head);

/* Bytes of the body, as they came. False: no more of it is wanted; it ends as TOO_LARGE. */
bool delivery_bytes(struct delivery *delivery, struct text bytes);

/* It is over, by that; detail says more of a transport that failed, for people. */
void delivery_end(struct delivery *delivery, enum transport transport, const char *detail);

/* The event that ends a stream has come. */
bool delivery_is_done(const struct delivery *delivery);

/* May the body for the app end well? An error event that ends it for its readers is such an end. */
bool delivery_ends_well(const struct delivery *delivery);

const struct answer_facts *delivery_facts(const struct delivery *delivery);

/* What is for the app, or an error's body; whoever reads consumes from it. */
struct buf *delivery_out(struct delivery *delivery);

/* Whatever the head says of codings: is the body there without them? */
bool delivery_is_unpacked(const struct delivery *delivery);

#endif
