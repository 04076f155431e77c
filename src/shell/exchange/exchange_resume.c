/*
 * [route] continue_stream: a stream that broke after content is gone on with by the next provider,
 * in the same stream and from the same character. What the client has not read yet of the old leg
 * comes first; the new one is read when that is used up.
 */
#include <stdlib.h>

#include "answer/resume.h"
#include "base/alloc.h"
#include "daemon/worker.h"
#include "exchange/exchange_impl.h"

void exchange_resume_init(struct exchange *exchange)
{
    if (exchange->path != ROUTE_PATH_CHAT || exchange->mode != ATTEMPT_CHAT_STREAM ||
        !exchange_config(exchange)->route.continue_stream || !resume_suits(&exchange->facts))
        return;
    exchange->resume = xcalloc(1, sizeof(*exchange->resume));
    resume_init(exchange->resume);
}

void exchange_resume_done(struct exchange *exchange)
{
    if (!exchange->resume)
        return;
    resume_done(exchange->resume);
    free(exchange->resume);
    exchange->resume = NULL;
}

void exchange_resume_stop(struct exchange *exchange)
{
    if (exchange->resume)
        exchange->resume->impossible = true;
}

void exchange_resume_note(struct exchange *exchange, struct text bytes)
{
    if (exchange->resume && leg_is_answering(exchange->reading))
        resume_feed(exchange->resume, bytes);
}

/* A refusal is an answer: no other provider is a way around it. */
bool exchange_resume_begin(struct exchange *exchange, struct leg *leg)
{
    if (!exchange->resume || attempt_result(leg->attempt)->failure == FAILURE_POLICY)
        return false;
    resume_feed(exchange->resume, attempt_pending(leg->attempt));
    if (!resume_possible(exchange->resume) || exchange_steps_left(exchange) == 0)
        return false;
    exchange->phase_at_ms = loop_now_ms(&exchange->worker->loop);
    exchange_goto(exchange, EXCHANGE_RESUMING);
    return true;
}

/* The latest whose bytes the client gets: behind those stands the error. */
static struct leg *last_committed(const struct exchange *exchange)
{
    struct leg *leg = exchange->legs;
    while (!leg->committed)
        leg = leg->older;
    return leg;
}

void exchange_resume_fail(struct exchange *exchange)
{
    exchange->leg = last_committed(exchange);
    exchange_goto(exchange, EXCHANGE_STREAMING);
    attempt_break(exchange->leg->attempt);
    inbound_wake(exchange->inbound);
}
