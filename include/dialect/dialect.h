/*
 * The dialects in which chat is spoken, and texts are asked to be completed. One dialect = one
 * const record at the bottom of its own file; a direction in which it is not spoken is NULL.
 * Everything else in the program names records, never formats.
 */
#ifndef UNDERSTUDY_DIALECT_H
#define UNDERSTUDY_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/answer.h"
#include "dialect/chat.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

enum dialect_framing { DIALECT_SSE, DIALECT_NDJSON };

/* Who is to answer, for request_write. Strings borrowed. */
struct dialect;
struct dialect_target {
    const char *model;       /* its name there */
    bool capabilities_known; /* false: it is asked as if it could do everything but think */
    unsigned capabilities;   /* enum ollama_can (ollama.h) */
    int64_t num_ctx;         /* context window to ask for, in tokens; 0 = the server's own choice */
    unsigned without;        /* options that it refused: bits of enum dialect_ollama_option */
    const char
        *keep_alive;   /* as in the settings: "5m", "-1"; NULL or "" = the server's own choice */
    struct text begun; /* how the answer begins: it is to go on from there; empty = anew */
    bool render_only;  /* show the prompt instead of answering */
    const struct dialect *app; /* who asks speaks it; NULL = dialect_openai */
};

/* How an answer is written, and what has been written of it. Zeroed but for the first seven. */
struct dialect_writer {
    struct answer_identity identity; /* strings borrowed */
    bool include_usage;
    bool one_call;       /* only the first tool call goes out */
    bool legacy_call;    /* and as function_call, as it was before there were tools */
    struct text echo;    /* a JSON string that the text begins with; at NULL = none. Borrowed */
    struct text request; /* the app's, for those that repeat it; borrowed */
    int64_t window;      /* that the model was asked with, in tokens; 0 = not known */
    bool begun;
    size_t calls;      /* tool calls that went out so far */
    size_t characters; /* of tokens whose logprobs went out so far */
};

struct dialect {
    const char *name;
    const char *chat_path; /* appended to base_url */
    enum dialect_framing framing;
    bool hides_reasoning; /* its answers have no place for it */
    unsigned carries;     /* what its requests can say: enum chat_carry */

    /* 0; -EINVAL and the reason when it cannot be read, or means what no neutral request can
     * say; -ENOMEM. What is left out is named by chat_drop. */
    int (*request_read)(struct text body, struct chat_request *request, struct error *reterr);
    /* 0; -EINVAL and the reason when the target cannot answer it; errors of buf. */
    int (*request_write)(const struct chat_request *request, const struct dialect_target *target,
                         struct buf *out, struct error *reterr);

    /* One event's data or line, and a whole body; neither an error object. 0; -EPROTO and the
     * reason when it is not what the dialect says; -ENOMEM. */
    int (*event_read)(struct text event, struct chat_delta *delta, struct error *reterr);
    int (*answer_read)(struct text body, struct chat_delta *delta, struct error *reterr);

    /* Adds events with their framing (with delta->finish also all that ends the stream), or the
     * whole answer. Errors of buf. */
    int (*event_write)(struct dialect_writer *writer, const struct chat_delta *delta,
                       struct buf *out);
    int (*answer_write)(struct dialect_writer *writer, const struct chat_delta *delta,
                        struct buf *out);
};

extern const struct dialect dialect_openai;      /* requests read, answers written */
extern const struct dialect dialect_completions; /* the same, of OpenAI's older API */
extern const struct dialect dialect_responses;   /* the same, of its newer one */
extern const struct dialect dialect_ollama;      /* requests written, answers read */
extern const struct dialect dialect_anthropic;   /* requests read, answers written */

/* Names in `dropped` take at most this much: it becomes a header. */
#define DIALECT_DROPPED_MAX 1024

/*
 * An app's request, in the dialect that target names, for an Ollama provider: POST out to base_url
 * + dialect_ollama.chat_path. 0, and the request is in out; dropped (a buf of at most
 * DIALECT_DROPPED_MAX, header-safe) names what was left out, "a, b", and stays empty when that is
 * nothing. -EINVAL and *reterr, one sentence without a full stop, when this request cannot be
 * answered there; -ENOMEM; -EMSGSIZE when out is full.
 */
int dialect_translate_request(struct text body, const struct dialect_target *target,
                              struct buf *out, struct buf *dropped, struct error *reterr)
    __attribute__((warn_unused_result));

/* Was the window too small for both, so that the model has not seen the beginning to the end?
 * num_ctx 0 = it is not known. */
bool dialect_window_exceeded(int64_t prompt_tokens, int64_t completion_tokens, int64_t num_ctx);

#endif
