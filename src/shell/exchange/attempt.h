/*
 * One delivery to one provider on the wire, with its limits of time; what comes of it is judged by
 * delivery.h. The owner (a leg) is called from the loop, never from inside libcurl.
 *
 *     RUNNING --first content--> READY --end--> ENDED
 *        \----------end or a time limit---------^
 */
#ifndef UNDERSTUDY_ATTEMPT_H
#define UNDERSTUDY_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "call/delivery.h"
#include "call/upstream_head.h"
#include "provider/means.h"
#include "serve/reply.h"

struct attempt_plan {
    const struct means *means;
    struct delivery_plan delivery;
    const char *method;
    const char *url;
    struct buf *headers; /* for upstream_request */
    struct text body;
    int64_t first_limit_ms; /* until the first content, from now */
    void (*changed)(void *arg);
    void *arg;
};

enum attempt_phase { ATTEMPT_RUNNING, ATTEMPT_READY, ATTEMPT_ENDED };

struct attempt;

/* What the plan points to is borrowed until attempt_free. */
struct attempt *attempt_start(const struct attempt_plan *plan);

/* Ends the call on the wire at once if it is still under way. NULL is fine. */
void attempt_free(struct attempt *attempt);

/* Ends it now, for that reason; the owner is told from the loop. Nothing after ENDED. */
void attempt_abort(struct attempt *attempt, enum transport transport);

/*
 * The client went away: off the wire at once, and the owner is not told. Nothing after ENDED. One
 * that the client has the whole of is not cancelled but ends well.
 */
void attempt_cancel(struct attempt *attempt);

/* Cancels it because another one was faster. Where not even a head had come until then, the path
 * of a connection that was kept may be gone (see upstream_doubt). */
void attempt_outrun(struct attempt *attempt);

enum attempt_phase attempt_phase(const struct attempt *attempt);

/* The client has the head, so that what it has the whole of is not cancelled any more. */
void attempt_commit(struct attempt *attempt);

/* A stream that was committed to and failed ends with the error event (relay_break). */
void attempt_break(struct attempt *attempt);

/* Bytes that wait for the client. Until the next turn. */
struct text attempt_pending(struct attempt *attempt);

/* Bytes for the client, in mode stream and pass: as a reply's source has them (reply.h). */
enum reply_more attempt_look(struct attempt *attempt, struct text *ret_bytes);
void attempt_take(struct attempt *attempt, size_t n);

/* After ENDED: failure is FAILURE_NONE when the answer is whole and good. */
const struct attempt_result *attempt_result(const struct attempt *attempt);

/* How it is told: a refusal is an answer, but not one like the others. */
enum failure attempt_class(const struct attempt *attempt);

/* What went wrong, for people: never the request's content. "" when nothing did. */
const char *attempt_message(const struct attempt *attempt);

/* The provider's own error, empty when it told none. */
const struct provider_error *attempt_error(const struct attempt *attempt);

const struct answer_facts *attempt_facts(const struct attempt *attempt);
const struct upstream_head *attempt_head(const struct attempt *attempt);
/* Whatever the head says of codings: is the body there without them? */
bool attempt_is_unpacked(const struct attempt *attempt);

int64_t attempt_begun_ms(const struct attempt *attempt);

/* The whole body: the answer in the app's shape, or the provider's error as it came. Of a stream
 * what the relay let out, with the refusal that ended it. */
struct buf *attempt_body(struct attempt *attempt);

#endif
