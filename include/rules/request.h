/*
 * What we read of an app's request before it is passed on byte for byte: just enough to route
 * it. Everything else in it is the provider's business.
 */
#ifndef UNDERSTUDY_REQUEST_H
#define UNDERSTUDY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kind/api_path.h"
#include "rules/request_model.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

struct request_facts {
    bool has_model; /* false: absent or null */
    struct text
        model_span; /* the value's bytes in the body, quotes included (or null); at NULL = absent */
    char *model;    /* decoded, malloc'ed; NULL when there is none */
    bool stream;
    bool include_usage; /* stream_options.include_usage */
    bool tools;         /* a tools or functions array that is not empty, and may be used */
    bool images; /* some message (of responses: some input) has an image_url or input_image part, or
                  * an image block */
    bool audio;  /* some message has an input_audio part */
    bool one_tool_call; /* parallel_tool_calls: false, disable_parallel_tool_use */
    bool legacy_call;   /* functions instead of tools: a call is expected as function_call */
    bool shaped;        /* response_format asks for JSON */
    bool logprobs;
    bool reasoning; /* reasoning_effort, reasoning, effort or thinking asked for, other than none */
    bool kept;      /* responses: it refers to what only the first cloud may have kept: an
                     * answer, a conversation, a template, a file */
    bool load;      /* Ollama's: nothing is asked, only that the model be loaded */
    int64_t n;      /* 1 when absent */
    int64_t max_tokens; /* max_completion_tokens, else max_tokens; of responses
                         * max_output_tokens; of Ollama's num_predict; -1 = none */
    struct text echo;   /* completions: the prompt, a JSON string in the body that is to stand
                         * before the answer; at NULL = not asked for */
    size_t messages;    /* elements of messages */
    size_t image_count;
};

/*
 * Reads the body of a request for that path, of which only the members that mean something there
 * are looked at. 0 and *ret (freed with request_facts_done), or -EINVAL and
 * *reterr for what no provider could understand either, each saying what to do: empty, not JSON
 * (where), not an object, `model` or `stream` twice, model not a string or empty or too long, model
 * with control characters, none where Ollama's apps ask, stream not a boolean (null is absent), and
 * of chat and Messages messages missing or not an array, and what request_parts_check refuses.
 * -ENOMEM. Unknown members, and odd values of members that we only look at, are not our business.
 * Of other members that are there twice the last counts.
 */
int request_read(enum api_path path, struct text body, struct request_facts *ret,
                 struct error *reterr) __attribute__((warn_unused_result));

/* Is one text asked for, which may say more than the model did: no tools, no JSON, not several? */
static inline bool request_is_plain_text(const struct request_facts *facts)
{
    return !facts->tools && !facts->shaped && facts->n <= 1;
}

void request_facts_done(struct request_facts *facts);

#endif
