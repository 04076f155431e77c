/*
 * The neutral chat: what a request asks and what an answer says, whoever speaks it. Dialects
 * (dialect.h) read their own JSON into it and write it out of it, so each of them knows only
 * itself.
 *
 *     the app's request  --> struct chat_request --> the provider's request
 *     the app's answer   <-- struct chat_delta   <-- the provider's answer, or an event of it
 *
 * A request is a list of messages, a message a list of parts in the order in which they were said.
 * An answer is a list of pieces; a stream tells them in as many deltas as it has events.
 */
#ifndef UNDERSTUDY_CHAT_H
#define UNDERSTUDY_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* ---- what a request asks */

/*
 * Several system texts in a row stay several messages, or parts of one: some dialects give the
 * first of them a meaning by its place. A message of CHAT_ROLE_TOOL is the result of one call.
 */
enum chat_role { CHAT_ROLE_SYSTEM, CHAT_ROLE_USER, CHAT_ROLE_ASSISTANT, CHAT_ROLE_TOOL };

/* The model's wish to have a tool called. */
struct chat_call {
    struct text id; /* empty = none was given */
    struct text name;
    struct text arguments; /* JSON text of an object; custom: any text */
    bool custom;           /* of a tool of CHAT_TOOL_CUSTOM */
};

enum chat_part_kind {
    CHAT_PART_TEXT,
    CHAT_PART_IMAGE,
    CHAT_PART_AUDIO,
    CHAT_PART_DOCUMENT,
    CHAT_PART_REASONING, /* assistant: what it thought */
    CHAT_PART_CALL,      /* assistant */
};

/* What the bytes of an image, a sound or a document are. */
enum chat_source {
    CHAT_SOURCE_BASE64, /* of the thing itself, without any prefix */
    CHAT_SOURCE_URL,    /* where it can be fetched: only to who carries CHAT_CARRY_URL */
    CHAT_SOURCE_TEXT,   /* document: UTF-8 */
};

struct chat_part {
    enum chat_part_kind kind;
    enum chat_source source;
    struct text data;      /* text, reasoning: UTF-8; image, audio, document: by source */
    struct text media;     /* "image/png", "wav"; empty = text, or not told */
    struct text title;     /* document; empty = none */
    struct text context;   /* document: what else is to be known of it; empty = nothing */
    struct text signature; /* reasoning: by which its maker knows it again; empty = none */
    struct chat_call call; /* CHAT_PART_CALL */
};

struct chat_message {
    enum chat_role role;
    struct chat_part *parts;
    size_t part_count;
    size_t part_room;
    struct text call_id;   /* tool: the call that this is the result of; empty = not told */
    struct text call_name; /* tool: the tool's name, looked up by call_id where it can be */
    bool is_error;         /* tool: it failed, and the parts say how */
};

enum chat_tool_kind {
    CHAT_TOOL_FUNCTION, /* takes a JSON object */
    CHAT_TOOL_CUSTOM,   /* takes a text, in the shape that format tells */
};

struct chat_tool {
    enum chat_tool_kind kind;
    struct text name;
    struct text description;  /* empty = none */
    const json_t *parameters; /* function: its JSON schema as the app wrote it; NULL = none */
    bool strict;              /* function: the model is held to the schema */
    struct text format;       /* custom: a grammar, or what else says it; empty = any text */
};

/* Which tools may be called, or must. */
enum chat_choice {
    CHAT_CHOICE_AUTO,
    CHAT_CHOICE_ANY,   /* one of them */
    CHAT_CHOICE_NAMED, /* the one of chat_request.choice_name */
    CHAT_CHOICE_NONE,  /* those that were offered are still shown */
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

/* Whether to think, where that is said beside how much. */
enum chat_thinking {
    CHAT_THINKING_UNSET, /* by effort alone */
    CHAT_THINKING_OFF,
    CHAT_THINKING_ON,
    CHAT_THINKING_ADAPTIVE, /* as the model sees fit */
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

/*
 * What the dialect that a request is written in can say, bits. What it cannot, a reader leaves out
 * and names at once (chat_drop), or refuses, so that the list keeps the order of the request.
 */
enum chat_carry {
    CHAT_CARRY_URL = 1,    /* an image by its URL */
    CHAT_CARRY_STRICT = 2, /* strict, of tools and schemas */
    CHAT_CARRY_CHOICE = 4, /* that a tool must be called; see chat_choose */
};

struct chat_request {
    json_t *root;        /* owns the texts and schemas below */
    struct buf *dropped; /* borrowed; see chat_drop */
    unsigned carries;    /* of whom it is written for */
    struct chat_message *messages;
    size_t message_count;
    size_t message_room;
    struct chat_tool *tools; /* those that may be called */
    size_t tool_count;
    size_t tool_room;
    enum chat_choice choice;
    struct text choice_name;
    bool one_call; /* not several at once */
    enum chat_format format;
    const char *format_field; /* as the app calls it, to be named when it is left out; static */
    const json_t *schema;
    struct text schema_name; /* empty = none */
    bool schema_strict;
    struct text *stop;
    size_t stop_count;
    const char *stop_field; /* as above */
    struct chat_number number[CHAT_NUMBER_COUNT];
    int64_t max_tokens;      /* 0 = no limit given */
    const char *limit_field; /* as above */
    bool logprobs;
    int top_logprobs; /* 0..20 */
    enum chat_effort effort;
    enum chat_thinking thinking;
    int64_t thinking_budget;  /* in tokens; 0 = not told */
    const char *effort_field; /* as above, of effort and thinking; NULL = the app asked for none */
    struct text user;         /* who asks, as the app names them; empty = not told */
    bool stream;
};

/* An empty request. dropped collects the names of what cannot be carried over, kept by the caller.
 */
void chat_request_init(struct chat_request *request, struct buf *dropped);
void chat_request_done(struct chat_request *request);

/* One more at the end, zeroed but for its role or kind; good until the next one is added. NULL when
 * memory is out. */
struct chat_message *chat_add_message(struct chat_request *request, enum chat_role role);
struct chat_part *chat_add_part(struct chat_message *message, enum chat_part_kind kind);
struct chat_tool *chat_add_tool(struct chat_request *request);

/* A part of text. 0 or -ENOMEM. */
int chat_add_text(struct chat_message *message, struct text text)
    __attribute__((warn_unused_result));

/*
 * The next part of that kind from *position on, which starts at 0; NULL when there is none.
 *     for (size_t at = 0; (part = chat_next_part(message, CHAT_PART_CALL, &at));)
 */
const struct chat_part *chat_next_part(const struct chat_message *message, enum chat_part_kind kind,
                                       size_t *position);

/*
 * Adds all that the message says to out, as one text: the parts of text, and documents that are
 * text (title and context before them), joined by line ends; a result that tells of an error begins
 * with "[tool error] ", once. Errors of buf.
 */
int chat_message_text(const struct chat_message *message, struct buf *out)
    __attribute__((warn_unused_result));

/* Adds what the message's author thought, joined by line ends. Errors of buf. */
int chat_message_reasoning(const struct chat_message *message, struct buf *out)
    __attribute__((warn_unused_result));

/* The tool that the call of that id named, the latest first: ids may be used again. Empty = none.
 */
struct text chat_call_name(const struct chat_request *request, struct text id);

/*
 * Puts each result right behind the message that has its call, before anybody else has called
 * anything; a call that nobody answered gets a result of nothing, and a result that no call is left
 * for becomes what the user says. For those who refuse any other order. 0 or -ENOMEM: the request
 * is as it was then.
 */
int chat_pair_results(struct chat_request *request) __attribute__((warn_unused_result));

/*
 * Sets which tools may or must be called, once they have been read. To whom CHAT_CARRY_CHOICE is
 * foreign a wish to force is told as far as it goes: only the tool that was named is offered, and
 * field is named as dropped. What forbids is exact: none are offered. -EINVAL and *reterr when
 * there is no tool of that name.
 */
int chat_choose(struct chat_request *request, enum chat_choice choice, struct text name,
                const char *field, struct error *reterr) __attribute__((warn_unused_result));

/* Keeps the tools that are wanted, and tells how many. */
size_t chat_keep_tools(struct chat_request *request,
                       bool (*wanted)(const struct chat_tool *tool, const void *arg),
                       const void *arg);

/*
 * Notes in request->dropped ("a, b, c", each name once) that a field of the request was left out.
 * A name that could not stand in a header is noted as "other"; what has no room is left out. NULL
 * is none.
 */
void chat_drop(const struct chat_request *request, const char *field);

/* Adds the names in such a list but for that one. True: it was among them. Errors of buf leave it
 * out. */
bool chat_dropped_without(struct text dropped, const char *name, struct buf *out);

/* The name of a number, static. */
const char *chat_number_name(enum chat_number_id id);
bool chat_number_whole(enum chat_number_id id);

/* A JSON string's bytes, NULs included; empty for NULL and what is no string. */
struct text chat_json_text(const json_t *string);

/* ---- what an answer says */

enum chat_piece_kind {
    CHAT_PIECE_TEXT,
    CHAT_PIECE_REASONING,
    CHAT_PIECE_CALL_BEGIN, /* a call, so far without its arguments */
    CHAT_PIECE_CALL_MORE,  /* some more of them; there may be none */
    CHAT_PIECE_CALL_END,
};

struct chat_piece {
    enum chat_piece_kind kind;
    struct text text;      /* UTF-8; of a call the next bytes of what chat_call.arguments holds */
    struct text signature; /* reasoning: it ends here, and this is its maker's mark; or empty */
    size_t call;           /* of a call: which one of the answer, from 0 */
    struct text id;        /* CALL_BEGIN; empty = none was given */
    struct text name;      /* CALL_BEGIN */
    bool custom;           /* CALL_BEGIN: of a tool of CHAT_TOOL_CUSTOM */
};

enum chat_finish {
    CHAT_FINISH_NONE, /* not finished yet */
    CHAT_FINISH_STOP,
    CHAT_FINISH_STOP_SEQUENCE, /* at chat_delta.stop_sequence */
    CHAT_FINISH_LENGTH,
    CHAT_FINISH_TOOL_CALLS,
    CHAT_FINISH_FILTER, /* the model, or who watches it, refused */
};

/* What was told so far, in tokens; -1 = not told. */
struct chat_usage {
    int64_t prompt;        /* all of it, also what was cached */
    int64_t completion;    /* reasoning included */
    int64_t cached;        /* of prompt: read from a cache */
    int64_t cache_written; /* of prompt: put into one */
    int64_t reasoning;     /* of completion */
};

/* A later word stands for an earlier one: takes over what is told in `later`. */
void chat_usage_take(struct chat_usage *usage, const struct chat_usage *later);

/*
 * A piece of an answer, or all of it. Texts point into strings or into the JSON that it was read
 * from: they live until either is used again. Made to be used again and again without allocating.
 */
struct chat_delta {
    struct chat_piece *pieces; /* in the order of the answer; piece_room are allocated */
    size_t piece_count;
    size_t piece_room;
    size_t calls;         /* that have begun in this answer; kept by chat_delta_reset */
    struct text logprobs; /* valid JSON: array of {token, logprob, bytes, top_logprobs}; empty =
                             none */
    enum chat_finish finish;
    struct text stop_sequence;
    struct chat_usage usage;
    bool done;          /* nothing follows: whoever answers says that this is all */
    struct buf strings; /* memory of decoded texts */
};

/* Empty, and nothing is told of usage. */
void chat_delta_init(struct chat_delta *delta);
void chat_delta_done(struct chat_delta *delta);

/* Empties it and keeps its memory. */
void chat_delta_reset(struct chat_delta *delta);

/* One more piece at the end, zeroed but for its kind; NULL when memory is out. */
struct chat_piece *chat_add_piece(struct chat_delta *delta, enum chat_piece_kind kind);

/* A piece of text or reasoning; none where there is nothing in it. 0 or -ENOMEM. */
int chat_say(struct chat_delta *delta, enum chat_piece_kind kind, struct text text)
    __attribute__((warn_unused_result));

/* The next call of the answer, which came whole: its beginning, its arguments and its end. 0 or
 * -ENOMEM. */
int chat_say_call(struct chat_delta *delta, const struct chat_call *call)
    __attribute__((warn_unused_result));

/* Is there a piece of that kind? */
bool chat_has_piece(const struct chat_delta *delta, enum chat_piece_kind kind);

/* Adds all pieces of that kind, and of call (whatever it is for text and reasoning), to out: what a
 * whole answer says at one place. Errors of buf. */
int chat_join(const struct chat_delta *delta, enum chat_piece_kind kind, size_t call,
              struct buf *out) __attribute__((warn_unused_result));

#endif
