/*
 * What was tried in one exchange, in order: for headers, log, the error that names everything, and
 * for what the client is told in the end (outcome.h).
 */
#ifndef UNDERSTUDY_HISTORY_H
#define UNDERSTUDY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "config/config.h"
#include "failure/failure.h"
#include "http/traceparent.h"
#include "rules/route.h"
#include "text/buf.h"

struct history_entry {
    const struct config_provider *provider; /* borrowed */
    char *model;                            /* asked for; NULL = not known */
    size_t key;           /* which of several it was asked with, from 1; 0 = it has not several */
    int status;           /* 0 = no answer came */
    enum failure failure; /* FAILURE_NONE: it answered */
    enum route_skip skip; /* with FAILURE_SKIPPED */
    const char *reason;   /* why that provider is not asked again, one static word; NULL = it is, or
                             has answered */
    int64_t start_ms;     /* since the exchange began */
    int64_t queued_ms;    /* before that it waited for a place there so long */
    int64_t ms;           /* until it ended; of one that answers until its first content came */
    int64_t pause_ms;     /* and so long was waited for the next try there; 0 = not at all */
    bool hedge;           /* it began beside one that was silent */
    int64_t wait_ms; /* -1 = none: the wait that it named, or with FAILURE_SKIPPED until it may be
                        tried; filled in before outcome_decide is asked */
    char *message;
    char span[SPAN_ID_SIZE]; /* by which its own request was traced; "" = it was not */
};

struct history {
    struct history_entry *at;
    size_t count;
    /* What was tried in the rounds before this one: told beside it where all attempts are told
     * (history_attempts), and by nothing else looked at. NULL = it is the first. Borrowed. */
    const struct history *before;
};

void history_done(struct history *history);

/* Adds a copy of the entry (texts copied). 0 or -ENOMEM. */
int history_add(struct history *history, const struct history_entry *entry)
    __attribute__((warn_unused_result));

/* Moves all entries of `from` behind those of the history; `from` is empty then. 0 or -ENOMEM:
 * nothing was moved. */
int history_take(struct history *history, struct history *from) __attribute__((warn_unused_result));

/* The last entry of that provider, an answer that had begun, has failed after all. 0 or -ENOMEM. */
int history_note_break(struct history *history, const struct config_provider *provider,
                       enum failure failure, const char *message)
    __attribute__((warn_unused_result));

/* The answer of that provider's last entry has ended, well or not, so long after it was asked. */
void history_note_end(struct history *history, const struct config_provider *provider, int64_t ms);

/* That provider is asked again after so long. */
void history_note_pause(struct history *history, const struct config_provider *provider,
                        int64_t pause_ms);

/* It is not: that pause was over so long after the exchange began. */
void history_end_pause(struct history *history, const struct config_provider *provider,
                       int64_t at_ms);

/* Why the provider of its last entry is not asked again: one static word. */
void history_note_reason(struct history *history, const struct config_provider *provider,
                         const char *reason);

/* That word, or why it was skipped: "budget", "no-key"; NULL = none. */
const char *history_reason(const struct history_entry *entry);

/* "rate_limit", "skipped-offline" */
const char *history_word(const struct history_entry *entry);

/* The last entry that failed or was skipped, not one that was cancelled; NULL = there is none. */
const struct history_entry *history_last_failed(const struct history *history);

/* Providers that were tried and how often, as the route has them: "openai=3, ollama=1"; "" when
 * none was. */
void history_attempts(const struct history *history, const struct route *route, struct buf *out);

/* Was no provider tried at all? */
bool history_untried(const struct history *history);

/* The class with which every attempt that was made has failed; FAILURE_NONE = they differ, or there
 * was none. */
enum failure history_common_failure(const struct history *history);

/* "Cloud error: ... Ollama error: ...": the last word of each provider. */
void history_message(const struct history *history, struct buf *out);

/* attempts[] of an error. A new reference; NULL when memory is out. */
json_t *history_json(const struct history *history);

#endif
