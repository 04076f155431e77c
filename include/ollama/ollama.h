/*
 * What we know about an Ollama server's models, and what to ask it for. Pure: parses what
 * GET /api/tags and POST /api/show answer, chooses by preference and need. (OLLAMA.md is the source
 * of the shapes.)
 */
#ifndef UNDERSTUDY_OLLAMA_H
#define UNDERSTUDY_OLLAMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "request/request_facts.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"
#include "tokens/ollama_tokens.h"

/* What a model can do; the bits of capabilities. */
enum ollama_can {
    OLLAMA_CAN_COMPLETION = 1 << 0,
    OLLAMA_CAN_TOOLS = 1 << 1,
    OLLAMA_CAN_VISION = 1 << 2,
    OLLAMA_CAN_THINKING = 1 << 3,
    OLLAMA_CAN_EMBEDDING = 1 << 4,
    OLLAMA_CAN_AUDIO = 1 << 5,
};

struct ollama_model {
    char *name;              /* with its tag: "ministral-3:3b" */
    bool capabilities_known; /* /api/tags tells none, or not all of them: then /api/show must */
    unsigned capabilities;   /* enum ollama_can */
    int64_t context_length;  /* the model's own limit in tokens; 0 = not known */
    bool remote;             /* answered by somebody else's machine: remote_host or a :cloud name */
    char *modified_at;       /* as the server writes it; NULL = not told */
    int64_t loaded_context;  /* the window it is in memory with; 0 = it is not, or not known */
    char *digest;            /* of its weights, template and parameters; NULL = not told */
    struct ollama_rates rates; /* learned by using it */
    char *told;                /* its entry of /api/tags, JSON */
};

/* The models installed on one server. */
struct ollama_models {
    struct ollama_model *at;
    size_t count;
    bool known; /* false: the server never told (then any name may be tried) */
};

void ollama_models_done(struct ollama_models *models);

/* Reads the answer of /api/tags. Capabilities are known where the list cannot have left one out. 0,
 * or -EINVAL and *reterr (then *ret is empty and not known). */
int ollama_tags_read(struct text body, struct ollama_models *ret, struct error *reterr)
    __attribute__((warn_unused_result));

/* Adds what /api/show says to one model: capabilities, context length, remote. */
int ollama_show_read(struct text body, struct ollama_model *model, struct error *reterr)
    __attribute__((warn_unused_result));

/* Is it still the model that it was: the same digest, and where none is told, unchanged since? */
bool ollama_model_is_same(const struct ollama_model *model, const struct ollama_model *before);

/* Takes over what was known and learned of the same model, so that it need not be asked for again;
 * nothing when it has changed since. */
void ollama_model_recall(struct ollama_model *model, const struct ollama_models *before);

/* Reads the answer of /api/ps: sets loaded_context of every model. Errors as of the above. */
int ollama_ps_read(struct text body, struct ollama_models *models, struct error *reterr)
    __attribute__((warn_unused_result));

/* By name; "x" is "x:latest", letter case ignored as Ollama does. NULL = not installed. */
struct ollama_model *ollama_model_find(const struct ollama_models *models, struct text name);

/* The name without what stands for nothing: ":latest". */
struct text ollama_name_plain(struct text name);

/* Does the name, by itself, say that somebody else's machine would answer (:cloud, -cloud tag)? */
bool ollama_name_is_cloud(struct text name);

/*
 * The model that answers: the wanted name where it is installed (or explicit: named by the app as
 * PROVIDER:MODEL or by a [model] line), else the first of the provider's preferences that is
 * installed and can do what the request needs (embed, tools, vision, audio; capabilities not known
 * count as able), `auto` being any installed one that can. Models that leave the machine are passed
 * over unless allow_cloud. When models are not known: the wanted name if explicit, else the first
 * preference that is not `auto`. 0 and *ret_name (malloc'ed), or -ENOENT and *reterr: why none fits
 * and what to do ("no installed Ollama model can see images; try `ollama pull ...`"). -EMSGSIZE and
 * *reterr when all that could answer have too small a window. -ENOMEM.
 */
struct ollama_need {
    const char *wanted; /* NULL = no wish */
    bool explicit_;     /* the wish must be met: no other model stands in */
    bool embeds;        /* it is to embed texts, not to chat */
    bool near_only;     /* whatever allow_cloud says: no model that another machine answers */
    const struct request_facts *facts;
    const struct ollama_count *count; /* of the prompt; NULL = not known. Rules a model out only
                                       * when it is more than one and a half times its window */
};
int ollama_choose(const struct config_provider *provider, const struct ollama_models *models,
                  const struct ollama_need *need, char **ret_name, struct error *reterr)
    __attribute__((warn_unused_result));

/* Room for the answer where the request names no limit. */
#define OLLAMA_ANSWER_TOKENS 2048

/* What the window has to hold: the prompt, and its answer of max_tokens (not above 0 = no limit is
 * named). Saturates at INT64_MAX. */
int64_t ollama_tokens_with_answer(int64_t prompt_tokens, int64_t max_tokens);

/*
 * The context window to ask for: the provider's num_ctx when set; else the smallest of 8K, 16K, 32K
 * ... that holds estimate + answer, not above the model's own limit, and not below what is already
 * loaded (loaded 0 = nothing known: a smaller window would reload the model).
 */
int64_t ollama_num_ctx(const struct config_provider *provider, const struct ollama_model *model,
                       int64_t need_tokens, int64_t loaded);

/* What is known of the window that a model is in memory with: another one would load it anew. */
struct ollama_window_known {
    int64_t told;           /* by /api/ps; 0 = it is not loaded, or not with what window */
    int64_t told_at_ms;     /* when the server was last asked; 0 = never */
    int64_t asked;          /* the window last asked for from here; 0 = none */
    int64_t asked_at_ms;    /* when */
    const char *keep_alive; /* the setting; NULL = Ollama's own */
};

/*
 * The window to go by: what was asked for here counts until the server is asked again, and not
 * longer than Ollama keeps a model; else what the server told. 0 = not loaded, or not known.
 */
int64_t ollama_window_of(const struct ollama_window_known *known, int64_t now_ms);

/*
 * The answer of /api/chat to a request that only shows the prompt: does that end with exactly the
 * text with which the answer is to begin, so that the model's turn is left open and it goes on?
 */
bool ollama_rendered_open(struct text body, struct text begun);

/*
 * How long a prompt is that Ollama's error calls too long, as it counted: n_prompt_tokens of
 * llama-server's error, which 0.30 and later pass on as text in their own. 0 = not told.
 */
int64_t ollama_overflow_read(struct text body);

#endif
