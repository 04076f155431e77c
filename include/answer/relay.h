/*
 * One provider's answer on its way to the app. Bytes in from the provider; bytes out for the app,
 * and facts about what has come. From a provider that speaks the app's dialect the bytes out are
 * the bytes in, byte for byte; from others they are a translation. Pure: no socket, no clock.
 *
 *     provider's bytes --> framing (frames.h) --> judge | translate --> out
 *                                                       \--> facts
 *
 * The exchange holds `out` back until facts.content; what fails before that is never seen by
 * the app, but for a refusal: where facts.failure is FAILURE_POLICY, out ends with the provider's
 * own words for it.
 */
#ifndef UNDERSTUDY_RELAY_H
#define UNDERSTUDY_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "dialect/answer.h"
#include "text/buf.h"
#include "text/text.h"

struct config_provider;
struct relay; /* opaque, on the heap */
struct dialect;
struct resume;

struct relay_options {
    const struct dialect *app;       /* who asks speaks it */
    const struct dialect *from;      /* who answers speaks it */
    struct answer_identity identity; /* of a translation; strings borrowed */
    bool include_usage;              /* the app asked for the usage frame */
    bool one_tool_call;              /* parallel_tool_calls: false was asked; keep the first only */
    bool legacy_call;                /* functions were offered, not tools: answer with the like */
    int64_t window;                  /* of the model, in tokens; 0 = not known */
    struct text
        echo; /* completions: the prompt as JSON, before the text; at NULL = none. Borrowed */
    struct text request; /* the app's, for dialects that repeat it. Borrowed */
    /* Not NULL: the answer is put behind what has gone out already (relay_resume.h). Borrowed. */
    const struct resume *resume;
    bool prefilled;   /* the provider was given that text and goes on from it */
    const char *seam; /* the provider's name, for the comment that marks the seam */
    /*
     * Put into the answer's text, before it or behind it: such an answer is told anew in the app's
     * dialect, whoever gave it, where its dialect can be read. Empty = nothing is. Borrowed.
     */
    struct text announce;
    bool announce_behind;
    /* Whose secrets are hidden in what is told of a failure (mask.h). NULL = nobody's. Borrowed. */
    const struct config_provider *secrets;
};

/* A streamed answer (the app asked for a stream). NULL when memory is out. */
struct relay *relay_new(const struct relay_options *options);
void relay_free(struct relay *relay);

/*
 * Takes bytes of the provider's 200 answer. Never fails by itself: a stream that cannot be accepted
 * shows in facts.failure (an error event or error object, an event too large, for Ollama a line
 * that is no JSON, an event stream that is no event stream at all: HTML, JSON that is no answer),
 * and takes nothing more. A whole JSON answer is told in events (reshape.h).
 */
void relay_feed(struct relay *relay, struct text bytes);

/*
 * The provider's answer has ended; transport says how. Complete (how it ended has come and the
 * transport ended cleanly, or its dialect's own end has come): what is missing at the end ([DONE],
 * the frame of usage) is added to out; TRANSPORT_IDLE_TIMEOUT after finish_reason is such an end,
 * too. Not complete: facts.failure is set (unless it was set before): FAILURE_PROTOCOL for a cut,
 * the transport's class otherwise; an unfinished event's bytes never get into out.
 */
void relay_end(struct relay *relay, enum transport transport);

/*
 * For a stream that broke after content had gone out, and that nobody goes on with: adds what ends
 * it to out, and nothing that makes it a good end: the provider's own error event as it came, but
 * for its secrets, where it sent one; else ours, in the app's dialect, with facts' message. Once.
 */
void relay_break(struct relay *relay);

/*
 * May the body end well behind what relay_break added? So it is with Responses, whose readers lose
 * the event to a body that breaks off (Codex); chat's end broken, for those that look for nothing
 * but [DONE].
 */
bool relay_breaks_well(const struct relay *relay);

const struct answer_facts *relay_facts(const struct relay *relay);

/* Bytes for the app; the caller consumes from it. */
struct buf *relay_out(struct relay *relay);

/*
 * A large whole answer is judged while it comes, piece by piece, since a turn of the loop that does
 * it at its end lets all streams wait. (Not in a thread of its own, and not in slices behind the
 * end: what has just come is in the cache, and the exchange needs no state in which its answer is
 * here and not known yet.) NULL: it can be looked at only once it is all here (a translation, or a
 * dialect that reads no pieces), or memory is out.
 */
struct relay_reading;
struct relay_reading *relay_reading_new(const struct relay_options *options);
void relay_reading_free(struct relay_reading *reading);

/* so_far: all that has come, which may have moved. */
void relay_reading_more(struct relay_reading *reading, struct text so_far);

/*
 * A whole (not streamed) answer with a 2xx status: is it what was asked for? Facts tell; when they
 * hold no failure, body then is the answer in the app's dialect: where the provider speaks it the
 * same bytes, which are not moved, however many. With one it stays as it came. content_type: value
 * of the header, at NULL when absent (HTML is refused even if it parses). reading: what is known
 * of it so far, NULL = nothing.
 */
void relay_whole(const struct relay_options *options, struct relay_reading *reading,
                 struct text content_type, struct buf *body, struct answer_facts *ret_facts);

#endif
