/* What the files of an attempt share. Not for anybody else. */
#ifndef UNDERSTUDY_ATTEMPT_IMPL_H
#define UNDERSTUDY_ATTEMPT_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "exchange/attempt.h"
#include "http/answer_head.h"
#include "http/unpack.h"

/* A provider is paused when this much waits for a slow reader, and goes on when half is left. */
#define ATTEMPT_BACKLOG_MAX (64u << 10)

struct attempt {
    struct attempt_plan plan;
    struct upstream_call *call;
    struct answer_head head; /* its texts point into the call's */
    const char *unfit;       /* why the body is not worth reading; NULL = it may be */
    struct unpack unpack;    /* of bodies that are read here */
    struct relay *relay;     /* mode stream, 2xx */
    struct buf body;         /* whole and pass: as it came; whole: then in the app's shape */
    struct answer_facts facts;
    struct attempt_result result;
    struct provider_error error;
    char message[384];
    struct loop_timer silence;
    struct loop_task changed;
    struct loop_task complete;
    struct loop_task unpause;
    int64_t begun_at_ms;
    int64_t heard_at_ms;
    enum attempt_phase phase;
    bool heard;     /* content (stream) or a byte (else) has come */
    bool committed; /* the client has the head */
    bool paused;
    int status;
};

static inline struct loop *attempt_loop(const struct attempt *attempt)
{
    return attempt->plan.means->loop;
}

/* What waits for the client. */
static inline struct buf *attempt_outgoing(struct attempt *attempt)
{
    return attempt->relay ? relay_out(attempt->relay) : &attempt->body;
}

#endif
