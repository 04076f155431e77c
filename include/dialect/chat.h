/*
 * The neutral chat: what a request asks and what an answer says, whoever speaks it. Dialects
 * (dialect.h) read their own JSON into it and write it out of it, so each of them knows only
 * itself.
 *
 *     OpenAI request --> struct chat_request --> Ollama request
 *     OpenAI answer  <-- struct chat_delta   <-- Ollama answer, or one line of its stream
 */
#ifndef UNDERSTUDY_CHAT_H
#define UNDERSTUDY_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "text/buf.h"
#include "text/text.h"

enum chat_role { CHAT_ROLE_SYSTEM, CHAT_ROLE_USER, CHAT_ROLE_ASSISTANT, CHAT_ROLE_TOOL };

enum chat_part_kind { CHAT_PART_TEXT, CHAT_PART_IMAGE, CHAT_PART_AUDIO };

/* A piece of a message: UTF-8 text, or the base64 of an image or a sound without any prefix. */
struct chat_part {
    enum chat_part_kind kind;
    struct text data;
    struct text media; /* "image/png", "wav"; empty = text, or not told */
};

/* The model's wish to have a function called. */
struct chat_call {
    struct text id; /* empty = none was given */
    struct text name;
    struct text arguments; /* JSON text of an object */
};

struct chat_message {
    enum chat_role role;
    struct chat_part *parts;
    size_t part_count;
    struct text reasoning;   /* assistant: what it thought; empty = not told */
    struct chat_call *calls; /* assistant */
    size_t call_count;
    struct text call_id;   /* tool: the call that this is the result of; empty = not told */
    struct text call_name; /* tool: the function's name, looked up by call_id where it can be */
};

struct chat_tool {
    struct text name;
    struct text description;  /* empty = none */
    const json_t *parameters; /* its JSON schema as the app wrote it; NULL = none */
};

enum chat_format {
    CHAT_FORMAT_TEXT,
    CHAT_FORMAT_JSON,   /* any JSON object */
    CHAT_FORMAT_SCHEMA, /* JSON after chat_request.schema */
};

/* How much to think: id, the words that ask for it are the dialect's business. */
enum chat_effort {
    CHAT_EFFORT_UNSET,
    CHAT_EFFORT_NONE,
    CHAT_EFFORT_LOW,
    CHAT_EFFORT_MEDIUM,
    CHAT_EFFORT_HIGH,
    CHAT_EFFORT_MAX,
};

/* The numbers that steer sampling: id, name (OpenAI's and its servers' use), must be whole. */
#define CHAT_NUMBER_TABLE(X)                                                                       \
    X(TEMPERATURE, "temperature", false)                                                           \
    X(TOP_P, "top_p", false)                                                                       \
    X(FREQUENCY_PENALTY, "frequency_penalty", false)                                               \
    X(PRESENCE_PENALTY, "presence_penalty", false)                                                 \
    X(SEED, "seed", true)                                                                          \
    X(TOP_K, "top_k", true)                                                                        \
    X(MIN_P, "min_p", false)                                                                       \
    X(TYPICAL_P, "typical_p", false)                                                               \
    X(REPEAT_PENALTY, "repeat_penalty", false)                                                     \
    X(REPEAT_LAST_N, "repeat_last_n", true)

enum chat_number_id {
#define X(id, name, whole) CHAT_NUMBER_##id,
    CHAT_NUMBER_TABLE(X)
#undef X
};

#define CHAT_NUMBER_COUNT 10

struct chat_number {
    bool set; /* false: the app did not say */
    bool whole;
    int64_t integer; /* when whole */
    double real;     /* when not */
};

struct chat_request {
    json_t *root;        /* owns the texts and schemas below */
    struct buf *dropped; /* borrowed; see chat_drop */
    struct chat_message *messages;
    size_t message_count;
    struct chat_tool *tools; /* those that may be called */
    size_t tool_count;
    enum chat_format format;
    const json_t *schema;
    struct text *stop;
    size_t stop_count;
    struct chat_number number[CHAT_NUMBER_COUNT];
    int64_t max_tokens; /* 0 = no limit given */
    bool logprobs;
    int top_logprobs; /* 0..20 */
    enum chat_effort effort;
    bool stream;
};

/* An empty request. dropped collects the names of what cannot be carried over, kept by the caller.
 */
void chat_request_init(struct chat_request *request, struct buf *dropped);
void chat_request_done(struct chat_request *request);

/*
 * Notes in request->dropped ("a, b, c", each name once) that a field of the request was left out.
 * A name that could not stand in a header is noted as "other"; what has no room is left out.
 */
void chat_drop(const struct chat_request *request, const char *field);

/* The name of a number, static. */
const char *chat_number_name(enum chat_number_id id);
bool chat_number_whole(enum chat_number_id id);

/* A JSON string's bytes, NULs included; empty for NULL and what is no string. */
struct text chat_json_text(const json_t *string);

enum chat_finish {
    CHAT_FINISH_NONE, /* not finished yet */
    CHAT_FINISH_STOP,
    CHAT_FINISH_LENGTH,
    CHAT_FINISH_TOOL_CALLS,
    CHAT_FINISH_FILTER,
};

/*
 * A piece of an answer, or all of it. Texts point into strings or into the JSON that it was read
 * from: they live until either is used again. Made to be used again and again without allocating.
 */
struct chat_delta {
    struct text content;
    struct text reasoning;
    struct chat_call *calls; /* whole calls; call_room are allocated */
    size_t call_count;
    size_t call_room;
    struct text logprobs; /* valid JSON: array of {token, logprob, bytes, top_logprobs}; empty =
                             none */
    enum chat_finish finish;
    int64_t prompt_tokens; /* with finish */
    int64_t completion_tokens;
    struct buf strings; /* memory of decoded texts */
};

void chat_delta_init(struct chat_delta *delta);
void chat_delta_done(struct chat_delta *delta);

/* Empties it and keeps its memory. */
void chat_delta_reset(struct chat_delta *delta);

/* Room for one more call at the end, zeroed; NULL when memory is out. */
struct chat_call *chat_delta_add_call(struct chat_delta *delta);

#endif
