/*
 * Ollama's native chat API: what the files of this dialect share. Others use dialect.h.
 * (api/types.go of Ollama 0.33.0, and what 0.24 and 0.33 were seen to do.)
 */
#ifndef UNDERSTUDY_DIALECT_OLLAMA_H
#define UNDERSTUDY_DIALECT_OLLAMA_H

#include <jansson.h>

#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "dialect/tools.h"
#include "text/error.h"
#include "text/text.h"

/*
 * A tool's parameters in the shape that Ollama can read: a new tree, NULL when memory is out.
 * Its types are strict (a property that is `true`, or a list as the type of the whole, gets the
 * request refused) and it knows no $ref, oneOf, allOf or const. Local $refs are inlined; one that
 * leads back into itself keeps only type and description.
 * parameters NULL: of a tool that takes none. Left out, Ollama would pass properties: null on, and
 * 0.33 refuses the request for it where the model brings a Jinja template.
 */
json_t *dialect_ollama_schema(const json_t *parameters) __attribute__((warn_unused_result));

/* One line of a stream, and a whole answer; see struct dialect_provider. */
void dialect_ollama_event_read(void *reader, const struct dialect_event *event,
                               struct chat_delta *delta, struct answer_facts *facts);
void dialect_ollama_answer_read(struct text body, struct chat_delta *delta,
                                struct answer_facts *facts);

/* ---- as apps speak it, see struct dialect_app; _generate: where that differs */

/* The images of a message, base64. Members of an array; NULL and null are fine. */
int dialect_ollama_read_images(struct chat_message *message, const json_t *images,
                               struct error *reterr);
int dialect_ollama_read_messages(struct chat_request *request, json_t *messages,
                                 struct error *reterr);
int dialect_ollama_request_read(struct text body, struct chat_request *request,
                                struct error *reterr);
int dialect_generate_request_read(struct text body, struct chat_request *request,
                                  struct error *reterr);
const char *dialect_ollama_member(size_t n);
const char *dialect_generate_member(size_t n);

/* A call of the answer, whose arguments come in pieces. */
struct dialect_ollama_call {
    size_t number; /* chat_piece.call */
    struct buf name;
    struct buf id;
    struct buf arguments;
    bool ended;
    bool told; /* it has gone out */
};

/* What has been written of an answer. */
struct dialect_ollama_writer {
    struct dialect_writer base;
    struct dialect_ollama_call *calls;
    size_t count;
    int64_t first_ms; /* when the first piece went out, since the request came */
};

void dialect_ollama_writer_done(struct dialect_writer *base);
int dialect_ollama_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                               struct buf *out);
int dialect_ollama_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                struct buf *out);
int dialect_generate_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                 struct buf *out);
int dialect_generate_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                  struct buf *out);
int dialect_ollama_break_write(struct dialect_writer *writer, struct text message, struct buf *out);
int dialect_ollama_late_error(struct text body, struct text message, const char *code,
                              struct buf *out);
int dialect_ollama_error_write(const struct dialect_error *error, struct buf *out);
/* The answer, or the only line of it, to who wants that model loaded, which it is. Errors of buf.
 */
int dialect_ollama_loaded_write(bool generate, const char *model, int64_t now_s, struct buf *out)
    __attribute__((warn_unused_result));
int dialect_ollama_said_read(struct text data, struct buf *content, struct dialect_said *ret);
/* {"error":"text"} as a line. Errors of buf. */
int dialect_ollama_error_line(struct text message, struct buf *out);

extern const struct dialect_judge dialect_ollama_judge;

/* ---- tools that the daemon runs, see struct dialect_tools. A whole answer and the last line of a
 * stream have the same members, and the same changes are made in both. */

/* Which part of a line is written: of a last one, what it says besides, as a line that is none; or
 * the end alone. */
enum dialect_ollama_part { DIALECT_OLLAMA_WHOLE, DIALECT_OLLAMA_SHOWN, DIALECT_OLLAMA_END };

/* What is changed in a line, or a whole answer. */
struct dialect_ollama_edit {
    struct text text;   /* goes before the content; empty = nothing does */
    struct text counts; /* an object: the numbers that the end tells; empty = as they came */
    enum dialect_ollama_part part;
    struct tool_marks calls; /* number: DIALECT_OLLAMA_OURS, which goes, or the call's new index */
};

#define DIALECT_OLLAMA_OURS ((size_t)-1)

/* Finds out whose the calls of a message are, counts them, and marks those that change. -ENOMEM. */
int dialect_ollama_mark_calls(struct text message, struct tool_weaver *weaver,
                              struct tool_marks *marks) __attribute__((warn_unused_result));

/* Adds the line as it is changed; nothing where it stays as it is: then *ret_changed is false.
 * Errors of buf. */
int dialect_ollama_edit(const struct dialect_ollama_edit *edit, struct text line, bool *ret_changed,
                        struct buf *out) __attribute__((warn_unused_result));

/* Adds what the line tells to be counted, tokens and durations, to an object of such numbers, or an
 * empty text. Errors of buf. */
int dialect_ollama_count(struct buf *counts, struct text line) __attribute__((warn_unused_result));

/* dialect_ollama_rounds.c: requests and whole answers. */
int dialect_ollama_offer_write(const struct tool_offer *offer, struct buf *out);
bool dialect_ollama_choice_forces(struct text choice);
int dialect_ollama_calls_read(struct text answer, struct tool_calls *calls);
int dialect_ollama_turn_write(struct text answer, const struct tool_result *results, size_t count,
                              struct buf *out);
int dialect_ollama_answers_join(struct text earlier, struct text last, tool_is_ours *is_ours,
                                const void *arg, struct buf *out);

/* dialect_ollama_weave.c: streams. */

struct dialect_ollama_weaver {
    struct tool_weaver base;
    bool begun;         /* the buffers have their maximum */
    bool failed;        /* an error has come: what is behind it passes */
    struct buf content; /* of this round's answer, decoded, as is thinking */
    struct buf thinking;
    struct buf calls;   /* elements, with commas between them */
    struct buf others;  /* further members of its message, with commas between them */
    struct buf last;    /* the line that ends it, as it came; empty = it has not */
    struct buf held;    /* that line as the app gets it, and what came behind it */
    struct buf earlier; /* what the rounds before told to be counted; an object, or empty */
};

int dialect_ollama_weave(struct tool_weaver *base, const struct dialect_event *event,
                         struct text raw, struct buf *out);
int dialect_ollama_weave_answer(const struct tool_weaver *base, struct buf *out);
int dialect_ollama_weave_next(struct tool_weaver *base);
int dialect_ollama_weave_end(struct tool_weaver *base, struct text comment, struct buf *out);
void dialect_ollama_weaver_done(struct tool_weaver *base);

/* The body of POST /api/generate that only loads target's model. Errors of buf. */
int dialect_ollama_load_write(const struct dialect_target *target, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * What Ollama may refuse and can be asked without. The first bits are those of CHAT_NUMBER_TABLE.
 * A format, tools or a window are not among them: without them the answer would be another one.
 */
enum dialect_ollama_option {
    DIALECT_OLLAMA_STOP = 1 << CHAT_NUMBER_COUNT,
    DIALECT_OLLAMA_LIMIT = 1 << (CHAT_NUMBER_COUNT + 1),
    DIALECT_OLLAMA_LOGPROBS = 1 << (CHAT_NUMBER_COUNT + 2),
    DIALECT_OLLAMA_TOP_LOGPROBS = 1 << (CHAT_NUMBER_COUNT + 3),
    DIALECT_OLLAMA_KEEP_ALIVE = 1 << (CHAT_NUMBER_COUNT + 4),
    DIALECT_OLLAMA_THINK = 1 << (CHAT_NUMBER_COUNT + 5),       /* not a word of it */
    DIALECT_OLLAMA_THINK_LEVEL = 1 << (CHAT_NUMBER_COUNT + 6), /* true instead of how much */
};

/*
 * Which options of a request that request_write wrote does the text of Ollama's 400 name? As in
 * "typical_p is no longer supported", "think value \"medium\" is not supported". 0 = none.
 */
unsigned dialect_ollama_refused(struct text request, const char *message);

/* Puts options and think into the request, but for target->without, which is named as dropped. */
struct jsonwrite;
void dialect_ollama_put_options(struct jsonwrite *json, const struct chat_request *request,
                                const struct dialect_target *target);
void dialect_ollama_put_think(struct jsonwrite *json, const struct chat_request *request,
                              const struct dialect_target *target);
void dialect_ollama_put_logprobs(struct jsonwrite *json, const struct chat_request *request,
                                 const struct dialect_target *target);

#endif
