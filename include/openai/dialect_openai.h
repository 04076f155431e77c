/*
 * OpenAI's chat completions: what the files of this dialect, and of others of that house, share.
 * Others use dialect.h. (Field names and shapes: platform.openai.com/docs/api-reference/chat, read
 * 2026-11; parts that other servers of the same dialect added are marked where they are read.)
 *
 * Readers return 0; -EINVAL and *reterr for what cannot be translated; -ENOMEM. null is absent.
 */
#ifndef UNDERSTUDY_DIALECT_OPENAI_H
#define UNDERSTUDY_DIALECT_OPENAI_H

#include <jansson.h>

#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "json/jsonscan.h"
#include "json/jsonwrite.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* A member of a request and who reads it; NULL = known, and nothing is to be done. */
typedef int dialect_openai_read_fn(struct chat_request *request, const json_t *value,
                                   struct error *reterr);
struct dialect_openai_field {
    const char *name;
    dialect_openai_read_fn *read;
};

/* All that a kind of request may have. */
struct dialect_openai_fields {
    const struct dialect_openai_field *at;
    size_t count;
    bool numbers; /* and those of CHAT_NUMBER_TABLE */
};

/* The nth of them; NULL behind the last. */
const char *dialect_openai_member(const struct dialect_openai_fields *fields, size_t n);

/* Parses the body into request->root: an object. */
int dialect_openai_load(struct text body, struct chat_request *request, struct error *reterr);

/* Has every member that is there read, in the order of the table. Stops at the first error. */
int dialect_openai_fields_read(const struct dialect_openai_fields *fields,
                               struct chat_request *request, struct error *reterr);

/* Reads the numbers, and notes members that the table does not know as dropped. */
void dialect_openai_rest_read(const struct dialect_openai_fields *fields,
                              struct chat_request *request);

/*
 * Notes the members of an object inside the request that are not known as dropped, "prefix.member":
 * but for those that are null or false, which ask for nothing. known: names, NULL at the end.
 */
void dialect_openai_drop_members(const struct chat_request *request, const json_t *object,
                                 const char *prefix, const char *const *known);

/* Readers that several tables name. */
dialect_openai_read_fn dialect_openai_n;
dialect_openai_read_fn dialect_openai_stream;
dialect_openai_read_fn dialect_openai_max_tokens;
dialect_openai_read_fn dialect_openai_stop;
dialect_openai_read_fn dialect_openai_logit_bias; /* an empty one asks for nothing */
dialect_openai_read_fn dialect_openai_stream_options;
dialect_openai_read_fn dialect_openai_format; /* response_format, wherever its schema stands */

/* A limit of tokens under that name. 0 means no limit to some, and nothing at all to others: it is
 * left out. Always 0. */
int dialect_openai_limit(struct chat_request *request, const json_t *value, const char *name);

/* A whole number, which may be written as 7.0. False: anything else. */
bool dialect_openai_whole(const json_t *value, int64_t *ret);

/* Takes the number, whole where it has to be. False: it is none, and *number is not set. */
bool dialect_openai_number(enum chat_number_id id, const json_t *value, struct chat_number *number);

/* Into the request, for dialects that refuse what is none: -EINVAL and "options.top_p is not a
 * number", where `where` is what stands before the name. */
int dialect_openai_number_or_refuse(struct chat_request *request, enum chat_number_id id,
                                    const json_t *value, const char *where, struct error *reterr);

/* messages: an array that is not empty. */
int dialect_openai_messages(struct chat_request *request, const json_t *messages,
                            struct error *reterr);

/* tools, functions, tool_choice and function_call of the request's root, into request->tools. */
int dialect_openai_tools(struct chat_request *request, struct error *reterr);

/*
 * One part of a message's content: text, or an image or a sound: the base64 of a data URL, an
 * image's own URL where CHAT_CARRY_URL is among what is carried.
 */
int dialect_openai_part(const json_t *part, unsigned carries, struct chat_part *ret,
                        struct error *reterr);

/* Is the part no content but what was thought before it: thinking, reasoning, redacted_thinking? */
bool dialect_openai_is_thought(const json_t *part);

/* What such a part says, its pieces joined by line ends; empty when nothing. The text is kept in
 * the part. 0 or -ENOMEM. */
int dialect_openai_thought(json_t *part, struct text *ret) __attribute__((warn_unused_result));

/*
 * The arguments of a call: JSON text in a string of the object's member of that name. Some clients
 * send the object itself: it is made text, and kept in the tree in its place. What a model began
 * and did not finish is no object: {} stands for it, and it is named as field. 0 or -ENOMEM.
 */
int dialect_openai_arguments(struct chat_request *request, json_t *object, const char *field,
                             struct text *ret) __attribute__((warn_unused_result));

/* A word for how much to think; one that is not known is named as field. */
void dialect_openai_effort(struct chat_request *request, const json_t *word, const char *field);

/* Of chat, and of completions. */
extern const struct dialect_judge dialect_openai_judge;

/* See struct dialect_app. */
int dialect_openai_break_write(struct dialect_writer *writer, struct text message, struct buf *out);
int dialect_openai_said_read(struct text data, struct buf *content, struct dialect_said *ret);

/* The body of an error answer, see struct dialect:
 *     {"error":{"message","type","param":null,"code","attempts"}} */
int dialect_openai_error_write(const struct dialect_error *error, struct buf *out);

/* The answer side, see struct dialect_app. */
int dialect_openai_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                               struct buf *out);
int dialect_openai_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                struct buf *out);

/* ---- for apps that speak otherwise: see struct dialect */

/* What can be left out of a request. The first bits are those of CHAT_NUMBER_TABLE. */
enum dialect_openai_option {
    DIALECT_OPENAI_STOP = 1 << CHAT_NUMBER_COUNT,
    DIALECT_OPENAI_LIMIT = 1 << (CHAT_NUMBER_COUNT + 1),
    DIALECT_OPENAI_EFFORT = 1 << (CHAT_NUMBER_COUNT + 2),
    DIALECT_OPENAI_LOGPROBS = 1 << (CHAT_NUMBER_COUNT + 3),
    DIALECT_OPENAI_USAGE = 1 << (CHAT_NUMBER_COUNT + 4), /* stream_options; our own wish */
};

int dialect_openai_request_write(const struct chat_request *request,
                                 const struct dialect_target *target, struct buf *out,
                                 struct error *reterr);
/* The argument of a function that stands for a tool which takes a text. */
#define DIALECT_OPENAI_INPUT "input"
/* The schema that such a function has, as a member of that name. */
void dialect_openai_put_custom(struct jsonwrite *json, const char *name,
                               const struct chat_tool *tool);
/* The member tools, for whoever offers them as OpenAI does; put_function adds what a function has
 * beside its name and description. */
void dialect_openai_put_tools(struct jsonwrite *json, const struct chat_request *request,
                              void (*put_function)(struct jsonwrite *, const struct chat_tool *));
/* dialect_openai_write_message.c: the member messages. */
void dialect_openai_put_messages(struct jsonwrite *json, const struct chat_request *request);
unsigned dialect_openai_refused(struct text request, const char *message);

/* Is it OpenAI's own server, or Azure's? By the host. */
bool dialect_openai_is_official(const char *base_url);

/* An answer with more calls has a fault. */
#define DIALECT_OPENAI_CALLS_MAX 64

/* A call that has begun. What has come of its arguments tells whether they are whole: another call
 * that begins ends only those that are, the pieces of others may still come. */
struct dialect_openai_begun {
    int64_t index;
    uint32_t id;  /* a hash; 0 = it has none */
    size_t depth; /* brackets that are open */
    bool in_string;
    bool escaped; /* the next byte of the string means itself */
    bool whole;   /* a bracket was opened, and all are closed */
    bool ended;
};

struct dialect_openai_reader {
    struct dialect_openai_begun calls[DIALECT_OPENAI_CALLS_MAX];
    size_t count;
    bool refused;  /* text has come as a refusal */
    bool begun;    /* a choice has come */
    bool finished; /* it has had its finish_reason */
};

void dialect_openai_event_read(void *reader, const struct dialect_event *event,
                               struct chat_delta *delta, struct answer_facts *facts);
void dialect_openai_answer_read(struct text body, struct chat_delta *delta,
                                struct answer_facts *facts);

/* Opens the answer, or an event of it, with the members that all of them begin with. */
void dialect_openai_put_head(struct jsonwrite *json, const struct dialect_writer *writer,
                             const char *object);
/*
 * Takes the numbers that usage tells. What came from a cache is told in prompt_tokens_details
 * .cached_tokens, by DeepSeek as prompt_cache_hit_tokens (api-docs.deepseek.com/guides/kv_cache)
 * and by Moonshot as cached_tokens (platform.moonshot.ai/docs/api/chat), read 2026-11.
 */
void dialect_openai_read_usage(struct text usage, struct chat_usage *ret);

/* The same in a walk (jsonscan.h) that usage is a part of: the rows of its table from `at` on, for
 * the value `in`, and, once they are found, what they say. */
#define DIALECT_OPENAI_USAGE(at, in_)                                                              \
    [(at)] = {.name = "prompt_tokens", .in = (in_)},                                               \
    [(at) + 1] = {.name = "completion_tokens", .in = (in_)},                                       \
    [(at) + 2] = {.name = "cached_tokens", .in = (in_)},                                           \
    [(at) + 3] = {.name = "prompt_cache_hit_tokens", .in = (in_)},                                 \
    [(at) + 4] = {.name = "prompt_tokens_details", .in = (in_)},                                   \
    [(at) + 5] = {.name = "completion_tokens_details", .in = (in_)},                               \
    [(at) + 6] = {.name = "cached_tokens", .in = JSONSCAN_IN((at) + 4)},                           \
    [(at) + 7] = {.name = "reasoning_tokens", .in = JSONSCAN_IN((at) + 5)}
#define DIALECT_OPENAI_USAGE_ROWS 8
void dialect_openai_take_usage(const struct jsonspan_wanted rows[static DIALECT_OPENAI_USAGE_ROWS],
                               struct chat_usage *ret);
void dialect_openai_put_usage(struct jsonwrite *json, const struct chat_delta *delta);
/*
 * Where the window was too small for prompt and answer, so that the model has forgotten the
 * beginning: a member that says so, behind those that the app knows.
 *     "understudy": {"warning": "window_exceeded", "num_ctx", "tokens", "message"}
 */
void dialect_openai_put_warning(struct jsonwrite *json, const struct dialect_writer *writer,
                                const struct chat_delta *delta);
/* A token with its logprob and those that might have stood there. */
void dialect_openai_put_logprob(struct jsonwrite *json, struct text token);
/* Why the text ended, in OpenAI's word. */
const char *dialect_openai_finish_word(enum chat_finish finish);
/* The event of usage, if it was asked for, and [DONE]. */
int dialect_openai_put_end(const struct dialect_writer *writer, const struct chat_delta *delta,
                           const char *object, struct buf *out);
/* An event of that object up to the inside of its head; closes the object and the event. Errors of
 * buf. */
struct jsonwrite dialect_openai_open_event(const struct dialect_writer *writer, const char *object,
                                           struct buf *out);
int dialect_openai_close_event(struct jsonwrite *json);

#endif
