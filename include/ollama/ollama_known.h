/*
 * All that is known of one Ollama beyond an answer: its models, when they were told, and what was
 * learned of them by using them. Pure: the shell (catalog.h) asks, and the time comes in. Instants
 * are monotonic ms.
 */
#ifndef UNDERSTUDY_OLLAMA_KNOWN_H
#define UNDERSTUDY_OLLAMA_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ollama/ollama.h"
#include "text/error.h"
#include "text/text.h"

struct ollama_lesson;

/* {0} knows nothing. */
struct ollama_known {
    struct ollama_models models;
    int64_t told_at_ms;   /* the list of models; only while models.known */
    int64_t loaded_at_ms; /* their loaded_context; 0 = never */
    struct ollama_lesson *lessons;
};

void ollama_known_done(struct ollama_known *known);

/* How long ago the list of models was told; -1 = it never was. */
int64_t ollama_known_age_ms(const struct ollama_known *known, int64_t now_ms);

/* How much is to be asked for. */
enum ollama_ask {
    OLLAMA_ASK_NOTHING,
    OLLAMA_ASK_LOADED, /* only what is in memory, which every other program changes */
    OLLAMA_ASK_ALL,
};

/*
 * Is there something to go by: a list of models that is not too old (10 minutes), and what is
 * loaded told within 3 s? *ret_ask: what to ask for, in the background where it is ready (a list of
 * more than 30 s), else before it is used.
 */
bool ollama_known_ready(const struct ollama_known *known, int64_t now_ms, enum ollama_ask *ret_ask);

/*
 * What was learned of one model by using it. Another digest under its name is another model, of
 * which nothing is known yet. Where memory is out, nothing is noted. Lessons of models that nobody
 * lists are forgotten, the oldest first, when there are more than 256.
 */
/* The window that a model is loaded with, as told or as was asked for since; 0 = it is not loaded,
 * or that is not known (ollama_window_of). keep_alive: the provider's setting, NULL = none. */
int64_t ollama_known_window(const struct ollama_known *known, const char *model,
                            const char *keep_alive, int64_t now_ms);
void ollama_known_note_window(struct ollama_known *known, const char *model, int64_t num_ctx,
                              int64_t now_ms);

/* Does its template leave a last message of the assistant open? False: that was not seen yet. */
bool ollama_known_prefill(const struct ollama_known *known, const char *model, bool *ret_open);
void ollama_known_note_prefill(struct ollama_known *known, const char *model, bool open);

/* So many tokens did it tell for a prompt that was counted so; 0 = it found it too long. */
void ollama_known_note_prompt(struct ollama_known *known, const char *model,
                              const struct ollama_count *count, int64_t tokens);

/*
 * A renewal of that knowledge: questions, one after the other, until none is left.
 *
 *     ASK_ALL: GET /api/tags, POST /api/show for each model of which the list does not say all that
 *     it can do (one that has not changed is not asked for again; 32 at most), GET /api/ps.
 *     ASK_LOADED: GET /api/ps.
 *
 * All of them together may take two seconds: what is not answered by then stays not known. Where
 * the list does not come, what was known stays, and gets older.
 */
struct ollama_renewal {
    struct ollama_known *known; /* lent */
    int64_t end_at_ms;
    enum ollama_renewal_step {
        OLLAMA_RENEWAL_OVER,
        OLLAMA_RENEWAL_TAGS,
        OLLAMA_RENEWAL_SHOW,
        OLLAMA_RENEWAL_PS,
    } step;
    struct ollama_models fresh; /* what is being learned */
    size_t shown;               /* of fresh: looked at so far */
    size_t asked;
};

void ollama_renewal_begin(struct ollama_renewal *renewal, struct ollama_known *known,
                          enum ollama_ask ask, int64_t now_ms);
/* Ends it half-way: nothing of it is known. OVER, and {0}: fine. */
void ollama_renewal_done(struct ollama_renewal *renewal);

struct ollama_question {
    const char *path;
    char *body; /* JSON for a POST, malloc'ed; NULL = GET */
    int64_t within_ms;
};

/* What to ask now; false when all has been asked. */
bool ollama_renewal_question(const struct ollama_renewal *renewal, int64_t now_ms,
                             struct ollama_question *ret);

/*
 * The answer to that question; status 0 = none came. With the last one what was learned becomes
 * what is known. *reterr: the answer is not what Ollama answers.
 */
void ollama_renewal_answer(struct ollama_renewal *renewal, int status, struct text body,
                           int64_t now_ms, struct error *reterr);

#endif
