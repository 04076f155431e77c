/* What is known, how long it counts, and lessons: a list, the latest first. */
#include "ollama/ollama_known.h"

#include <stdlib.h>
#include <string.h>

/* Older knowledge is renewed in the background, and is too old to go by at all. */
#define RENEW_MS   30000
#define TOO_OLD_MS 600000
/* What is in memory changes with every other program that uses the server. */
#define LOADED_OLD_MS 3000

#define LESSONS_MAX 256

struct ollama_lesson {
    struct ollama_lesson *next;
    char *model;
    char *digest;    /* of the model that it was learned of; NULL = not told */
    int64_t num_ctx; /* last asked for; 0 = none */
    int64_t noted_at_ms;
    bool prefill_seen;
    bool prefill_open;
};

static void lesson_free(struct ollama_lesson *lesson)
{
    free(lesson->model);
    free(lesson->digest);
    free(lesson);
}

void ollama_known_done(struct ollama_known *known)
{
    ollama_models_done(&known->models);
    while (known->lessons) {
        struct ollama_lesson *lesson = known->lessons;
        known->lessons = lesson->next;
        lesson_free(lesson);
    }
}

int64_t ollama_known_age_ms(const struct ollama_known *known, int64_t now_ms)
{
    return known->models.known ? now_ms - known->told_at_ms : -1;
}

bool ollama_known_ready(const struct ollama_known *known, int64_t now_ms, enum ollama_ask *ret_ask)
{
    int64_t age_ms = ollama_known_age_ms(known, now_ms);
    bool recent = age_ms >= 0 && age_ms <= RENEW_MS;
    bool usable = age_ms >= 0 && age_ms <= TOO_OLD_MS;
    if (usable && now_ms - known->loaded_at_ms <= LOADED_OLD_MS) {
        *ret_ask = recent ? OLLAMA_ASK_NOTHING : OLLAMA_ASK_ALL;
        return true;
    }
    *ret_ask = recent ? OLLAMA_ASK_LOADED : OLLAMA_ASK_ALL;
    return false;
}

static const char *digest_of(const struct ollama_known *known, const char *model)
{
    const struct ollama_model *told = ollama_model_find(&known->models, text_of(model));
    return told ? told->digest : NULL;
}

/* Another digest under the same name is another model. */
static bool is_of(const struct ollama_lesson *lesson, const char *model, const char *digest)
{
    return strcmp(lesson->model, model) == 0 &&
           (!lesson->digest || !digest || strcmp(lesson->digest, digest) == 0);
}

static struct ollama_lesson *lesson_of(const struct ollama_known *known, const char *model)
{
    const char *digest = digest_of(known, model);
    struct ollama_lesson *lesson = known->lessons;
    while (lesson && !is_of(lesson, model, digest))
        lesson = lesson->next;
    return lesson;
}

/* Takes out those of a model that has gone, and what is beyond LESSONS_MAX with one more. */
static void forget(struct ollama_known *known, const char *model)
{
    size_t count = 0;
    for (struct ollama_lesson **at = &known->lessons; *at;) {
        struct ollama_lesson *lesson = *at;
        if (strcmp(lesson->model, model) != 0 && ++count < LESSONS_MAX) {
            at = &lesson->next;
            continue;
        }
        *at = lesson->next;
        lesson_free(lesson);
    }
}

/* To be written to; NULL when memory is out. */
static struct ollama_lesson *lesson_for(struct ollama_known *known, const char *model)
{
    struct ollama_lesson *lesson = lesson_of(known, model);
    const char *digest = digest_of(known, model);
    if (lesson) {
        if (!lesson->digest && digest)
            lesson->digest = strdup(digest);
        return lesson;
    }
    forget(known, model);
    lesson = calloc(1, sizeof(*lesson));
    if (!lesson)
        return NULL;
    lesson->model = strdup(model);
    lesson->digest = digest ? strdup(digest) : NULL;
    if (!lesson->model || (digest && !lesson->digest)) {
        lesson_free(lesson);
        return NULL;
    }
    lesson->next = known->lessons;
    known->lessons = lesson;
    return lesson;
}

int64_t ollama_known_window(const struct ollama_known *known, const char *model,
                            const char *keep_alive, int64_t now_ms)
{
    const struct ollama_lesson *lesson = lesson_of(known, model);
    const struct ollama_model *told = ollama_model_find(&known->models, text_of(model));
    const struct ollama_window_known window = {.told = told ? told->loaded_context : 0,
                                               .told_at_ms = known->loaded_at_ms,
                                               .asked = lesson ? lesson->num_ctx : 0,
                                               .asked_at_ms = lesson ? lesson->noted_at_ms : 0,
                                               .keep_alive = keep_alive};
    return ollama_window_of(&window, now_ms);
}

void ollama_known_note_window(struct ollama_known *known, const char *model, int64_t num_ctx,
                              int64_t now_ms)
{
    struct ollama_lesson *lesson = lesson_for(known, model);
    if (!lesson)
        return;
    lesson->num_ctx = num_ctx;
    lesson->noted_at_ms = now_ms;
}

bool ollama_known_prefill(const struct ollama_known *known, const char *model, bool *ret_open)
{
    const struct ollama_lesson *lesson = lesson_of(known, model);
    if (!lesson || !lesson->prefill_seen)
        return false;
    *ret_open = lesson->prefill_open;
    return true;
}

void ollama_known_note_prefill(struct ollama_known *known, const char *model, bool open)
{
    struct ollama_lesson *lesson = lesson_for(known, model);
    if (!lesson)
        return;
    lesson->prefill_seen = true;
    lesson->prefill_open = open;
}

void ollama_known_note_prompt(struct ollama_known *known, const char *model,
                              const struct ollama_count *count, int64_t tokens)
{
    struct ollama_model *told = ollama_model_find(&known->models, text_of(model));
    if (told && tokens > 0)
        ollama_rates_learn(&told->rates, count, tokens);
    else if (told)
        ollama_rates_doubt(&told->rates);
}
