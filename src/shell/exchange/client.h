/*
 * Who asks and gets the answer, as an exchange sees it: a connection of the HTTP server
 * (endpoint/inbound_client.c), a test, whoever else wants an answer. Four words go between the two:
 *
 *     exchange -- head --> client      once: the status, the fields, and a body that is whole
 *     exchange -- more --> client      a body that is a stream, and had nothing, has something now
 *     exchange <-- end --- client      it has taken all of the answer     exchange_client_end
 *     exchange <-- gone -- client      it went away before that           exchange_client_gone
 *
 * Nobody pushes: a stream is the source of the head's reply, and who has room reads it (reply.h).
 * While nobody reads, the provider is paused. After end or gone, one of which comes for certain,
 * the client is there no more for the exchange, nor the exchange for the client.
 */
#ifndef UNDERSTUDY_CLIENT_H
#define UNDERSTUDY_CLIENT_H

#include <stdbool.h>

#include "rules/forward.h"
#include "serve/hold.h"
#include "serve/reply.h"
#include "text/buf.h"
#include "text/text.h"

struct request_reading;
struct round_past;

/* Both are called from the loop or inside exchange_start, and only note: what comes of them (a read
 * of the source, end, gone) is for later. */
struct client {
    void (*head)(void *arg, struct reply *reply); /* moves *reply */
    void (*more)(void *arg);
    void *arg;
};

/* What it asks. The texts are borrowed for the call that it is given to; body, hold and reading are
 * given away with it. */
struct client_request {
    const char *method;
    struct text path;              /* behind /v1 */
    struct text query;             /* with its question mark; may be empty */
    struct forward_app app;        /* its fields */
    const char *client;            /* [token NAME] whose token it brought; NULL = none's */
    const struct dialect *dialect; /* in which errors of ours are told; NULL = OpenAI's */
    bool no_body;                  /* not even an empty one */
    struct buf body;
    struct hold hold; /* of body */
    /* Of body, which then is not packed; NULL = it was not begun. */
    struct request_reading *reading;
    bool unpacked; /* body is without the codings that the fields tell of */
    /* One of several rounds of one answer (round.h); NULL = it is all of it. */
    struct round_past *past;
};

#endif
