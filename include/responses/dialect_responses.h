/*
 * OpenAI's Responses API as an app speaks it: what the files of this dialect share. Others use
 * dialect.h. (Items, tools and events: platform.openai.com/docs/api-reference/responses and its
 * Python SDK 3.54.0; what Codex sends and reads: codex-rs; all read 2026-11.)
 */
#ifndef UNDERSTUDY_DIALECT_RESPONSES_H
#define UNDERSTUDY_DIALECT_RESPONSES_H

#include <jansson.h>

#include "dialect/chat.h"
#include "dialect/dialect.h"
#include "json/jsonwrite.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* ---- requests. Readers return 0; -EINVAL and *reterr for what cannot be translated; -ENOMEM. */

/* input, a text or a list of items, into request->messages. */
int dialect_responses_input(struct chat_request *request, const json_t *input,
                            struct error *reterr);

/* Names an item of the list as left out, by its type: "tools.web_search". */
void dialect_responses_drop_type(const struct chat_request *request, const char *list,
                                 const json_t *item);

/* tools and tool_choice of the request's root. */
int dialect_responses_tools(struct chat_request *request, struct error *reterr);

/*
 * Other APIs have no groups of tools: one of a group is offered by the group's name and its own in
 * one. They take names of up to so many bytes; of a longer one the end is made a number.
 */
#define DIALECT_RESPONSES_NAME_MAX 64
struct dialect_responses_name {
    char at[DIALECT_RESPONSES_NAME_MAX + 1];
    size_t len;
};
/* space: the group's name, not empty. */
struct dialect_responses_name dialect_responses_flat(struct text space, struct text name);

/* A tool as the app knows it. */
struct dialect_responses_tool {
    struct text space; /* its group; empty = none */
    struct text name;
    bool custom;
};

/* The tool that is offered by that name; tools: as in the request, which owns the texts. False:
 * there is none. */
bool dialect_responses_find(const json_t *tools, struct text offered,
                            struct dialect_responses_tool *ret);

/* What a custom tool is given, a JSON string, out of the arguments of the function that it was
 * offered as: {"input": "..."}; a model that calls its only argument another name means the same.
 * False: they are no such object. */
bool dialect_responses_wrapped(struct text arguments, struct text *ret);

/* ---- answers */

enum dialect_responses_kind {
    DIALECT_RESPONSES_MESSAGE,
    DIALECT_RESPONSES_REASONING,
    DIALECT_RESPONSES_FUNCTION,
    DIALECT_RESPONSES_CUSTOM,
};

/* An item of the answer's output. */
struct dialect_responses_item {
    enum dialect_responses_kind kind;
    bool ended;
    bool cut;            /* it broke off where the answer did */
    bool wrapped;        /* custom: asked for as a function, it comes as the input of one */
    size_t call;         /* which call of the answer it is */
    struct buf text;     /* what it says, or arguments or input, as far as it has come */
    struct buf logprobs; /* message: elements of a JSON array */
    struct buf call_id;  /* of a call; empty = one is made */
    struct buf name;     /* of a call, as the app knows its tool */
    struct buf space;    /* and the tool's group; empty = none */
    struct buf id;       /* that another writer gave it; empty = it is ours */
    struct buf told;     /* done by another writer: as it was told, JSON; empty = it is ours */
};

/* The members of a request that its response repeats. */
#define DIALECT_RESPONSES_ECHO_COUNT 18

/* What has been written of an answer; see struct dialect. */
struct dialect_responses_writer {
    struct dialect_writer base;
    struct text echo[DIALECT_RESPONSES_ECHO_COUNT]; /* spans of the request; at NULL = absent */
    json_t *tools;                                  /* of the request, once a call has come */
    struct buf *out;     /* where events go; NULL = a whole answer has none */
    int64_t next_number; /* of the next event */
    size_t formed;       /* the item whose texts base.form is for, from 1; 0 = none */
    struct dialect_responses_item *items;
    size_t item_count;
    size_t item_room;
    size_t open; /* the message or the thought under way, from 1; 0 = none */
};

int dialect_responses_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                  struct buf *out);
int dialect_responses_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                   struct buf *out);
int dialect_responses_break_write(struct dialect_writer *writer, struct text message,
                                  struct buf *out);
/* Adds response.failed with that error, an object; see break_write. Errors of buf. */
int dialect_responses_fail(struct dialect_responses_writer *writer, struct text error,
                           struct buf *out);
void dialect_responses_writer_done(struct dialect_writer *writer);

/* Of answers that are passed on. */
extern const struct dialect_judge dialect_responses_judge;

/*
 * Tools that the daemon runs (dialect/tools.h). Ours are functions without a group. All other calls
 * that are the app's are told by a name that no tool of ours has, with a full stop in it:
 * NAMESPACE.NAME for functions of a group, TYPE.NAME for others ("custom_tool_call.apply_patch",
 * "local_shell_call.").
 *
 * In a request a group has the names of its members, each as dialect_responses_flat has it for
 * providers without groups: a line each, since no name has a line end. One without members has
 * none.
 */
extern const struct dialect_tools dialect_responses_rounds;

/* dialect_responses_follow.c: for who goes on with a stream that another writer began: takes an
 * event of it as if the writer had written it, -ENOTSUP where none can go on behind that; and what
 * was written so far into a new writer. Errors of buf. */
int dialect_responses_said_read(struct text data, struct buf *content, struct dialect_said *ret)
    __attribute__((warn_unused_result));
int dialect_responses_follow(struct dialect_writer *writer, struct text event)
    __attribute__((warn_unused_result));
int dialect_responses_copy(struct dialect_writer *to, const struct dialect_writer *from)
    __attribute__((warn_unused_result));

/* One more item of the output, of that kind. 0 or -ENOMEM. */
int dialect_responses_begin_item(struct dialect_responses_writer *writer,
                                 enum dialect_responses_kind kind)
    __attribute__((warn_unused_result));

/* dialect_responses_object.c: the response as a member of that name, NULL = at the top. last: the
 * delta that ended it; NULL = it is not over, or failed. error: an object; NULL = none. */
void dialect_responses_put_response(struct jsonwrite *json, const char *name,
                                    const struct dialect_responses_writer *writer,
                                    const struct chat_delta *last, const struct text *error);
/* An item of its output; begun: it says nothing yet. */
void dialect_responses_put_item(struct jsonwrite *json, const char *name,
                                const struct dialect_responses_writer *writer, size_t index,
                                bool begun);
/* The part of a message, or of a thought's summary, with that text. */
void dialect_responses_put_part(struct jsonwrite *json, const char *name,
                                const struct dialect_responses_item *item, bool begun);
void dialect_responses_put_item_id(struct jsonwrite *json, const char *name,
                                   const struct dialect_responses_writer *writer, size_t index);
/* Finds the members that are repeated in the app's request. */
void dialect_responses_read_echo(struct dialect_responses_writer *writer, struct text request);

#endif
