/*
 * The fourth kind of relay.h: a stream of the Responses API on its way through. Every byte goes out
 * as it came, event by event, and nothing is asked of the events but how the stream stands: begun,
 * told to be over, or broken. Held inside struct relay; nobody else needs it.
 *
 * Events: platform.openai.com/docs/api-reference/responses-streaming, read in November 2026.
 */
#ifndef UNDERSTUDY_RELAY_RESPONSES_H
#define UNDERSTUDY_RELAY_RESPONSES_H

#include <stdbool.h>
#include <stdint.h>

#include "dialect/answer.h"
#include "failure/failure.h"
#include "http/sse.h"
#include "text/buf.h"
#include "text/text.h"

/* An event may hold an image in base64, or the whole response with the tools that were offered. */
#define RELAY_RESPONSES_EVENT_MAX ((size_t)32 << 20)
#define RELAY_RESPONSES_OUT_MAX   ((size_t)64 << 20)

struct relay_responses {
    struct sse sse;
    struct buf id, created_at, model; /* of the response, as JSON; empty = not told, or too long */
    int64_t next_number;              /* the sequence_number of an event that would follow */
    bool ours;                        /* an event of the Responses API has come */
    bool told;                        /* an event has told an error */
};

void relay_responses_init(struct relay_responses *responses);
void relay_responses_done(struct relay_responses *responses);

/*
 * As relay_feed and relay_end, but for this: facts.content is set by the first event with data,
 * facts.done by one that says how the response ended (completed, incomplete, failed); what follows
 * that is passed on, too. A stream without any event of the Responses API is judged by its
 * transport alone.
 */
void relay_responses_feed(struct relay_responses *responses, struct text bytes, struct buf *out,
                          struct answer_facts *facts);
void relay_responses_end(struct relay_responses *responses, enum transport transport,
                         struct buf *out, struct answer_facts *facts);

/*
 * Adds the event response.failed: the error in response.error, where readers of the protocol look,
 * and on top, where the official SDKs do. Nothing when the provider has told an error itself.
 */
void relay_responses_break(const struct relay_responses *responses, struct text message,
                           struct buf *out);

#endif
