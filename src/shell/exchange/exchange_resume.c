/*
 * [route] continue_stream: a stream that broke after content is gone on with by the next provider,
 * in the same stream and from the same character. What the client has not read yet of the old leg
 * comes first; the new one is read when that is used up.
 */
#include <stdlib.h>

#include "answer/resume.h"
#include "base/alloc.h"
#include "exchange/exchange.h"

void exchange_resume_init(struct exchange *exchange)
{
    if (exchange->inquiry->path != API_PATH_CHAT || exchange->inquiry->mode != DELIVERY_STREAM ||
        !inquiry_config(exchange->inquiry)->route.continue_stream ||
        !resume_suits(&exchange->inquiry->facts))
        return;
    exchange->stream.resume = xcalloc(1, sizeof(*exchange->stream.resume));
    resume_init(exchange->stream.resume);
}

void exchange_resume_done(struct exchange *exchange)
{
    if (!exchange->stream.resume)
        return;
    resume_done(exchange->stream.resume);
    free(exchange->stream.resume);
    exchange->stream.resume = NULL;
}

void exchange_resume_stop(struct exchange *exchange)
{
    if (exchange->stream.resume)
        exchange->stream.resume->impossible = true;
}

void exchange_resume_note(struct exchange *exchange, struct text bytes)
{
    if (exchange->stream.resume && leg_is_answering(exchange->stream.reading))
        resume_feed(exchange->stream.resume, bytes);
}

/* A refusal is an answer: no other provider is a way around it. */
bool exchange_resume_may(struct exchange *exchange, struct leg *leg, int steps_left)
{
    if (!exchange->stream.resume || attempt_result(leg->attempt)->failure == FAILURE_POLICY)
        return false;
    resume_feed(exchange->stream.resume, attempt_pending(leg->attempt));
    return resume_possible(exchange->stream.resume) && steps_left > 0;
}

struct leg *exchange_resume_last(const struct exchange *exchange)
{
    struct leg *leg = exchange->legs;
    while (!leg->committed)
        leg = leg->older;
    return leg;
}
