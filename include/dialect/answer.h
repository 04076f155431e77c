/*
 * What is known about a provider's answer while and after it comes in, whoever gave it and
 * whether it is a stream or not. Read by the exchange to decide; filled by relay.h.
 */
#ifndef UNDERSTUDY_ANSWER_H
#define UNDERSTUDY_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "failure/failure.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* A single event larger than this breaks the stream (a provider that sends one endless line). */
#define ANSWER_EVENT_MAX (4u << 20)

struct answer_facts {
    bool content;  /* something for the reader has come: text, reasoning, refusal, tool call or a
                      finish_reason */
    bool underway; /* content has come that the app has already (relay_resume.h), or is not told */
    bool finished; /* a finish_reason (Ollama: done:true) has come */
    bool done;     /* [DONE] (Ollama: done:true) has come */
    bool reshaped; /* it is in another form than it came in: events, or one answer (reshape.h) */
    bool policy;   /* finish_reason content_filter: an answer, and noted */
    int64_t tool_calls;        /* that have begun and the app is to run, told to it or not yet */
    int64_t prompt_tokens;     /* -1 = not told */
    int64_t completion_tokens; /* -1 = not told */
    int64_t cached_tokens;     /* of the prompt's, read from a cache there; -1 = not told */
    enum failure failure;      /* FAILURE_NONE so far; else why the answer is not acceptable */
    bool repeats;    /* with failure: the same would only come again, a stream in place of a whole
                        answer or the other way round */
    bool told_aside; /* with failure: it was told where apps do not look */
    struct provider_error error; /* with failure: what the provider (or we) say about it */
};

/* Nothing is known yet. */
#define ANSWER_FACTS_NONE                                                                          \
    {                                                                                              \
        .prompt_tokens = -1, .completion_tokens = -1, .cached_tokens = -1                          \
    }
struct answer_facts answer_facts_none(void);

/* Sets failure and the message; the first failure wins. The code is the class's word. */
void answer_fail(struct answer_facts *facts, enum failure failure, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets failure and what the provider said; the first failure wins. */
void answer_fail_error(struct answer_facts *facts, enum failure failure,
                       const struct provider_error *error);

/* The class of the error that body tells, in those words; one that says nothing is the server's
 * fault. */
void answer_fail_told(struct answer_facts *facts, enum speaker speaker, struct text body);

/* FAILURE_PROTOCOL: an event that could not be taken, by that error of buf or, -EPROTO, of a writer
 * (a call with arguments that nobody can use); or one that could not be read, for that reason,
 * without one for want of memory. */
void answer_fail_errno(struct answer_facts *facts, int r);
void answer_fail_read(struct answer_facts *facts, const struct error *why);

/* FAILURE_PROTOCOL with that reason where the connection ended in order, else by how it ended. */
void answer_fail_cut(struct answer_facts *facts, enum transport transport, const char *reason);

/* What is said of a stream that ended before it told how, by whether it held anything. */
#define ANSWER_EMPTY "the stream ended without any content"
#define ANSWER_CUT   "the stream ended before the answer was finished"

/* The stream has ended: is it whole, though its dialect's own end is missing? So it is where how
 * the answer ended has come, and the connection did not break. */
bool answer_ends_well(const struct answer_facts *facts, enum transport transport);

/* The same for a stream that is passed on: where it is whole, ending is added to out and the answer
 * is done; else it has failed. */
void answer_end(struct answer_facts *facts, enum transport transport, const char *ending,
                struct buf *out);

/* Nothing more counts: it is done, or has failed. */
static inline bool answer_is_over(const struct answer_facts *facts)
{
    return facts->done || facts->failure != FAILURE_NONE;
}

/* Was the window too small for both, so that the model has not seen the beginning to the end?
 * num_ctx 0 = it is not known. */
bool answer_window_exceeded(int64_t prompt_tokens, int64_t completion_tokens, int64_t num_ctx);

/* How the answer given to the app is named. Borrowed; must outlive the relay. */
struct answer_identity {
    const char *id;    /* "chatcmpl-..." */
    const char *model; /* the true model */
    int64_t created;   /* seconds since 1970 */
    /* For those that tell how long it took: a clock, and what it showed when the request came.
     * NULL = nobody tells the time. */
    int64_t (*now_ms)(void);
    int64_t begun_ms;
};

#endif
