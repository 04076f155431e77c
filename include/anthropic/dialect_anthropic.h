/*
 * Anthropic's Messages API as apps speak it (2023-06-01): what the files of this dialect share.
 * Others use dialect.h. (Field names and shapes: platform.claude.com/docs/en/api/messages and the
 * types of anthropic-python 2.14, read 2026-11.)
 *
 * Readers return 0; -EINVAL and *reterr, which says what is wrong and where, for what cannot be
 * understood or not be translated; -ENOMEM. null is absent.
 */
#ifndef UNDERSTUDY_DIALECT_ANTHROPIC_H
#define UNDERSTUDY_DIALECT_ANTHROPIC_H

#include <jansson.h>

#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "json/jsonwrite.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* system: a text, or blocks of text. They become one message, a part a block. */
int dialect_anthropic_system(struct chat_request *request, json_t *system, struct error *reterr);

/* messages: an array that is not empty. */
int dialect_anthropic_messages(struct chat_request *request, json_t *messages,
                               struct error *reterr);

/*
 * Adds what a block of content says to the message: one part, several, or none. What only Anthropic
 * itself could understand (server tools and what they gave) is left out and named, what was thought
 * is left out: no other provider could sign it.
 */
int dialect_anthropic_block(const struct chat_request *request, json_t *block,
                            struct chat_message *message, struct error *reterr);

/* Adds "what[index]" in front of the reason that inner gives. -EINVAL. */
int dialect_anthropic_inside(struct error *reterr, const char *what, size_t index,
                             const struct error *inner);

/* tools and tool_choice of the request's root. */
int dialect_anthropic_tools(struct chat_request *request, struct error *reterr);

/* The whole request, see struct dialect. */
int dialect_anthropic_request_read(struct text body, struct chat_request *request,
                                   struct error *reterr);

/* A block of an answer's content. */
enum dialect_anthropic_block {
    DIALECT_ANTHROPIC_NONE,
    DIALECT_ANTHROPIC_TEXT,
    DIALECT_ANTHROPIC_THINKING,
    DIALECT_ANTHROPIC_TOOL_USE,
};

/* A piece of an answer that waits for a call to end. */
struct dialect_anthropic_held {
    struct chat_piece piece; /* its texts are in bytes */
    char *bytes;
};

/* How an answer is written, and what has been written of it. */
struct dialect_anthropic_writer {
    struct dialect_writer base;
    enum dialect_anthropic_block open; /* the block that is being told */
    size_t open_call;                  /* of a tool_use: which call of the answer it is */
    size_t blocks;                     /* that have ended */
    struct dialect_anthropic_held *held;
    size_t held_count;
    size_t held_bytes;
};

/*
 * The answer side, see struct dialect; the writer is a struct dialect_anthropic_writer, freed by
 * the third. -EPROTO: pieces of a call that has ended, or arguments that are no JSON object.
 */
int dialect_anthropic_event_write(struct dialect_writer *base, const struct chat_delta *delta,
                                  struct buf *out);
int dialect_anthropic_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                   struct buf *out);
void dialect_anthropic_writer_done(struct dialect_writer *base);

/* ---- what answers and their events share */

enum dialect_anthropic_block dialect_anthropic_block_of(const struct chat_piece *piece);

/* Is it of a call that is not to be told, since one was asked for? */
bool dialect_anthropic_is_hidden(const struct dialect_writer *writer,
                                 const struct chat_piece *piece);

/* id, type, role, model */
void dialect_anthropic_put_head(struct jsonwrite *json, const struct dialect_writer *writer);
/* type, id, name; an id that Anthropic would not take, or none, is replaced by one of ours. */
void dialect_anthropic_put_call(struct jsonwrite *json, const struct dialect_writer *writer,
                                const struct chat_piece *begin);
void dialect_anthropic_put_usage(struct jsonwrite *json, const struct chat_usage *usage);
/* stop_reason, stop_sequence */
void dialect_anthropic_put_stop(struct jsonwrite *json, const struct dialect_writer *writer,
                                const struct chat_delta *delta);

/* ---- as a provider speaks it, see struct dialect_provider */

/* What the API may refuse and can be asked without. The first bits are those of CHAT_NUMBER_TABLE.
 */
enum dialect_anthropic_option {
    DIALECT_ANTHROPIC_THINK = 1 << CHAT_NUMBER_COUNT, /* and how much */
};

/* Which of them, as request_write wrote them, does the text of a 400 name? 0 = none. */
unsigned dialect_anthropic_refused(struct text request, const char *message);

/* A text in which there is nothing to be read, which the API refuses. */
static inline bool dialect_anthropic_is_blank(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] > ' ')
            return false;
    return true;
}

/* -EINVAL and the reason where there is a part that the API cannot read. */
int dialect_anthropic_check_parts(const struct chat_request *request, struct error *reterr);

/* system: the texts of the system, and more, which is ours (empty = nothing); messages. */
void dialect_anthropic_put_system(struct jsonwrite *json, const struct chat_request *request,
                                  struct text more);
void dialect_anthropic_put_messages(struct jsonwrite *json, const struct chat_request *request,
                                    const struct dialect_target *target);

/* The schema of the answer, and of what a tool takes (NULL = nothing), as the API takes them: new
 * trees, NULL when memory is out. What is lost is named. */
json_t *dialect_anthropic_output_schema(const struct chat_request *request)
    __attribute__((warn_unused_result));
json_t *dialect_anthropic_input_schema(const struct chat_request *request, const json_t *parameters)
    __attribute__((warn_unused_result));

/* The last that were told, each one more than it is; 0 = not told. */
struct dialect_anthropic_tokens {
    int64_t input;
    int64_t written; /* into a cache */
    int64_t read;    /* from one */
    int64_t output;
};

/* What is remembered from event to event. */
struct dialect_anthropic_reader {
    enum dialect_anthropic_block open; /* that is being told; NONE also for what is left out */
    bool begun;                        /* a block, also one that is left out */
    int64_t index;                     /* its number there */
    bool has_input;                    /* tool_use: some of it has come */
    bool whole_input;                  /* tool_use: all of it came with the beginning */
    struct dialect_anthropic_tokens tokens;
};

void dialect_anthropic_event_read(void *state, const struct dialect_event *event,
                                  struct chat_delta *delta, struct answer_facts *facts);
void dialect_anthropic_answer_read(struct text body, struct chat_delta *delta,
                                   struct answer_facts *facts);

extern const struct dialect_provider dialect_anthropic_provider;
extern const struct dialect_judge dialect_anthropic_judge;

/* Tools that the daemon runs (dialect/tools.h). */
extern const struct dialect_tools dialect_anthropic_rounds;

/* ---- what reader and judge share: an event or a whole answer, which is JSON */

/* Notes the numbers that usage tells. */
void dialect_anthropic_note_tokens(struct dialect_anthropic_tokens *tokens, struct text usage);
/* All of the prompt, also what is in a cache; -1 = not told. */
int64_t dialect_anthropic_prompt_tokens(const struct dialect_anthropic_tokens *tokens);

/* Is it told that there is an error: type error, or one in its place? */
bool dialect_anthropic_is_error(struct text type, struct text error);

#endif
