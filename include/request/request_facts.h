/* What an app's request says, and how it is put together from the members of its body. */
#ifndef UNDERSTUDY_REQUEST_FACTS_H
#define UNDERSTUDY_REQUEST_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kind/api_path.h"
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

/* Is one text asked for, which may say more than the model did: no tools, no JSON, not several? */
static inline bool request_is_plain_text(const struct request_facts *facts)
{
    return !facts->tools && !facts->shaped && facts->n <= 1;
}

void request_facts_done(struct request_facts *facts);

/*
 * From the members of one body: begin, each member in turn, end. What is in the messages is for
 * somebody else (request_parts.h).
 */
struct request_facts_reading {
    enum api_path path;
    struct request_facts *facts; /* borrowed, as reterr */
    struct error *reterr;
    struct text messages; /* of responses the input; at NULL = none */
    bool asks;            /* of Ollama's generate: there is something to be answered */
    /* Its own: */
    uint64_t seen;      /* a bit for each row of the table */
    struct text prompt; /* of completions, where it is one text */
    bool echo;
    int64_t max_tokens; /* the older member, which max_completion_tokens overrules */
    bool functions;     /* the older form of tools */
    bool no_calls;      /* tool_choice or function_call: none */
};
void request_facts_begin(struct request_facts_reading *reading, enum api_path path,
                         struct request_facts *facts, struct error *reterr);
/* The name with its quotes. 0, -ENOMEM, or -EINVAL and what is wrong with it. */
int request_facts_member(struct request_facts_reading *reading, struct text name, struct text value)
    __attribute__((warn_unused_result));
void request_facts_end(struct request_facts_reading *reading);

#endif
