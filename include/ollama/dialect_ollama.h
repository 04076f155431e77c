/*
 * Ollama's native chat API: what the files of this dialect share. Others use dialect.h.
 * (api/types.go of Ollama 0.33.0, and what 0.24 and 0.33 were seen to do.)
 */
#ifndef UNDERSTUDY_DIALECT_OLLAMA_H
#define UNDERSTUDY_DIALECT_OLLAMA_H

#include <jansson.h>

#include "dialect/chat.h"
#include "dialect/dialect.h"
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
