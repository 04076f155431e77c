/*
 * The options of a request, and which of them Ollama has refused: versions and models differ in
 * what they take, and say so with a 400 that names the option. It is left out then, and named.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "ollama/dialect_ollama.h"
#include "ollama/ollama.h"
#include "text/count.h"
#include "text/wording.h"

/* How much it is to think, as a level or true, where only that is taken. */
static void put_effort(struct jsonwrite *json, const struct chat_request *request,
                       const struct dialect_target *target)
{
    static const char *const levels[] = {
        [CHAT_EFFORT_UNSET] = NULL,      [CHAT_EFFORT_NONE] = NULL,   [CHAT_EFFORT_LOW] = "low",
        [CHAT_EFFORT_MEDIUM] = "medium", [CHAT_EFFORT_HIGH] = "high", [CHAT_EFFORT_MAX] = "max",
    };
    const char *level = levels[request->effort];
    if (request->thinking == CHAT_THINKING_OFF || request->effort == CHAT_EFFORT_NONE)
        jsonwrite_bool(json, "think", false);
    else if (level && !(target->without & DIALECT_OLLAMA_THINK_LEVEL))
        jsonwrite_string(json, "think", text_of(level));
    else
        jsonwrite_bool(json, "think", true);
    if (level && target->without & DIALECT_OLLAMA_THINK_LEVEL)
        chat_drop(request, request->effort_field);
    if (request->thinking_budget > 0 && request->thinking != CHAT_THINKING_OFF)
        chat_drop(request, "thinking.budget_tokens");
}

/* Only to a model that is known to think: any other answers 400 to all but false. */
void dialect_ollama_put_think(struct jsonwrite *json, const struct chat_request *request,
                              const struct dialect_target *target)
{
    bool thinks = target->capabilities_known && (target->capabilities & OLLAMA_CAN_THINKING);
    bool told = request->effort != CHAT_EFFORT_UNSET || request->thinking != CHAT_THINKING_UNSET;
    if (!thinks || !told)
        return;
    if (target->without & DIALECT_OLLAMA_THINK)
        chat_drop(request, request->effort_field);
    else
        put_effort(json, request, target);
}

/*
 * Reals are 32 bits wide there. 0.33 refuses a repeat_last_n below 0 and a repeat_penalty of 0,
 * which ends the runner of 0.24, with all that it is doing for others.
 */
static bool is_taken(enum chat_number_id id, const struct chat_number *number)
{
    double value = number->whole ? (double)number->integer : number->real;
    if (id == CHAT_NUMBER_REPEAT_PENALTY && value <= 0)
        return false;
    return (id != CHAT_NUMBER_REPEAT_LAST_N || value >= 0) && fabs(value) <= (double)FLT_MAX;
}

static void put_number(struct jsonwrite *json, const struct chat_request *request,
                       enum chat_number_id id, unsigned without)
{
    const struct chat_number *number = &request->number[id];
    const char *name = chat_number_name(id);
    if (!number->set)
        return;
    if (!is_taken(id, number) || without & 1u << id)
        chat_drop(request, name);
    else if (number->whole)
        jsonwrite_integer(json, name, number->integer);
    else
        jsonwrite_real(json, name, number->real);
}

static void put_stop(struct jsonwrite *json, const struct chat_request *request, unsigned without)
{
    if (request->stop_count == 0)
        return;
    if (without & DIALECT_OLLAMA_STOP) {
        chat_drop(request, request->stop_field);
        return;
    }
    jsonwrite_open(json, "stop", '[');
    for (size_t i = 0; i < request->stop_count; i++)
        jsonwrite_string(json, NULL, request->stop[i]);
    jsonwrite_close(json, ']');
}

/* A limit beyond 32 bits is none, and would overflow there. */
static void put_limit(struct jsonwrite *json, const struct chat_request *request, unsigned without)
{
    int64_t limit = request->max_tokens;
    if (limit > 0 && without & DIALECT_OLLAMA_LIMIT)
        chat_drop(request, request->limit_field);
    else if (limit > 0)
        jsonwrite_integer(json, "num_predict", limit < INT32_MAX ? limit : INT32_MAX);
}

void dialect_ollama_put_options(struct jsonwrite *json, const struct chat_request *request,
                                const struct dialect_target *target)
{
    jsonwrite_open(json, "options", '{');
    if (target->num_ctx > 0)
        jsonwrite_integer(json, "num_ctx", target->num_ctx);
    put_limit(json, request, target->without);
    for (int id = 0; id < CHAT_NUMBER_COUNT; id++)
        put_number(json, request, (enum chat_number_id)id, target->without);
    put_stop(json, request, target->without);
    jsonwrite_close(json, '}');
}

void dialect_ollama_put_logprobs(struct jsonwrite *json, const struct chat_request *request,
                                 const struct dialect_target *target)
{
    if (!request->logprobs)
        return;
    if (target->without & DIALECT_OLLAMA_LOGPROBS) {
        chat_drop(request, "logprobs");
        return;
    }
    jsonwrite_bool(json, "logprobs", true);
    if (request->top_logprobs == 0)
        return;
    if (target->without & DIALECT_OLLAMA_TOP_LOGPROBS)
        chat_drop(request, "top_logprobs");
    else
        jsonwrite_integer(json, "top_logprobs", request->top_logprobs);
}

/* ---- what was refused */

/* Words of requests that are not numbers: what it is called, where it stands, its bit. */
static const struct {
    const char *word;
    bool in_options;
    unsigned bit;
} others[] = {
    {"stop", true, DIALECT_OLLAMA_STOP},
    {"num_predict", true, DIALECT_OLLAMA_LIMIT},
    {"logprobs", false, DIALECT_OLLAMA_LOGPROBS},
    {"top_logprobs", false, DIALECT_OLLAMA_TOP_LOGPROBS},
    {"keep_alive", false, DIALECT_OLLAMA_KEEP_ALIVE},
};

/* A level is asked for in another way first; false, or the wish itself, only left out. */
static unsigned refused_think(struct text request, const char *message)
{
    struct text value;
    bool wish = wording_names(message, "thinking"); /* "m" does not support thinking */
    if (!jsonspan_get(request, "think", &value) || (!wish && !wording_names(message, "think")))
        return 0;
    bool level = jsonspan_type(value) == JSONSPAN_STRING;
    return level && !wish ? DIALECT_OLLAMA_THINK_LEVEL : DIALECT_OLLAMA_THINK;
}

unsigned dialect_ollama_refused(struct text request, const char *message)
{
    struct text options = text_make("", 0), value;
    unsigned refused = refused_think(request, message);
    (void)jsonspan_get(request, "options", &options);
    for (int id = 0; id < CHAT_NUMBER_COUNT; id++) {
        const char *name = chat_number_name((enum chat_number_id)id);
        if (wording_names(message, name) && jsonspan_get(options, name, &value))
            refused |= 1u << id;
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        struct text object = others[i].in_options ? options : request;
        if (wording_names(message, others[i].word) && jsonspan_get(object, others[i].word, &value))
            refused |= others[i].bit;
    }
    return refused;
}
