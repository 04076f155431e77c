/*
 * Tools that the daemon runs: what a dialect knows of them as its apps speak it. Every dialect
 * whose requests can offer tools fills a struct dialect_tools; the rest of the program asks the
 * record.
 *
 * A round is one request and its answer. Between two rounds the calls of our tools are run; the
 * app gets one answer for all of them, in which its own calls are and ours are not:
 *
 *     round 1   "Let me look. "  call weather__today     held back: the call, the end
 *     round 2   "It is raining."  end                    usage: the sum
 *     the app   "Let me look. "  "It is raining."  end
 *
 * In a turn that calls tools of both, ours are held back and the end says that a tool was called.
 *
 * Texts of answers and requests are JSON that jsonspan_check accepted; an answer, and a round of a
 * stream, is at most TOOL_ANSWER_MAX. Functions return 0 or -errno: -ENOMEM, -EMSGSIZE where a
 * buf is full, and what else is said (out may hold a part then).
 */
#ifndef UNDERSTUDY_DIALECT_TOOLS_H
#define UNDERSTUDY_DIALECT_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "dialect/dialect.h"
#include "text/buf.h"
#include "text/text.h"

#define TOOL_ANSWER_MAX ((size_t)64 << 20)

/* A tool of ours, as a request offers it. Borrowed. */
struct tool_offer {
    struct text name; /* [A-Za-z0-9_-], at most 64 */
    struct text description;
    struct text parameters; /* JSON text of a schema object */
};

/* A call in an answer, its texts decoded. */
struct tool_call {
    struct text id; /* empty = it has none */
    struct text name;
    struct text
        arguments; /* JSON text of an object, "" for none, or what the model wrote instead */
};

/* The calls of an answer, in their order. They own their texts. */
struct tool_calls {
    struct tool_call *at;
    size_t count;
    char **memory; /* of the texts of each */
};

/* What a call led to: for the model. Borrowed. */
struct tool_result {
    struct text id;   /* of the call */
    struct text name; /* of the tool */
    struct text text; /* UTF-8; begins with "[tool error] " when it failed */
    bool failed;
};

/* Is a tool of that (decoded) name run by us in this exchange? */
typedef bool tool_is_ours(const void *arg, struct text name);

/*
 * Makes one stream of the streams of all rounds. Each dialect embeds it as the first member of a
 * struct of its own, of weaver_size bytes, zeroed but for this.
 */
struct tool_weaver {
    tool_is_ours *is_ours; /* calls of these names are held back */
    const void *arg;       /* of is_ours; borrowed */
    size_t ours, theirs;   /* calls of this round so far */
};

struct dialect_tools {
    /* The member of a request that has the conversation: "messages", "input". */
    const char *turns;

    /* ---- requests */

    /* Does {"type":"mcp"} among its tools name a [tool NAME]? In other dialects it is a tool of the
     * provider's, and stays. */
    bool names_servers;
    /* The (decoded) name of an element of the request's "tools" is added to out; -ENOENT: it has
     * none (web_search, a tool of the provider's). */
    int (*name_read)(struct text tool, struct buf *out);
    /* Adds one element for "tools". */
    int (*offer_write)(const struct tool_offer *offer, struct buf *out);
    /* Does that value of tool_choice demand that a tool is called: any, or a named one? */
    bool (*choice_forces)(struct text choice);

    /* ---- whole answers, of a 2xx status, in this dialect */

    /* All the calls in it that an app is to run, added to *calls (tool_calls_init). */
    int (*calls_read)(struct text answer, struct tool_calls *calls);
    /*
     * Adds what comes behind the turns of the request once the calls of its answer were run: the
     * answer's own turn as it came, every byte of it (signatures and reasoning have to travel
     * back), and the results, in the order of the calls. Elements with commas between them, no
     * brackets.
     */
    int (*turn_write)(struct text answer, const struct tool_result *results, size_t count,
                      struct buf *out);
    /*
     * The one answer that the app gets: last, the answer of the last round, of which every byte
     * stays but for usage, which becomes the sum over all rounds, details included; what earlier
     * rounds said in text, which is put before its text, so that a whole answer says what a stream
     * says; and calls that are ours, which are left out: an answer without any other ends as one
     * without calls. earlier: the answers of the rounds before, one JSON array.
     */
    int (*answers_join)(struct text earlier, struct text last, tool_is_ours *is_ours,
                        const void *arg, struct buf *out);

    /* ---- streams: one weaver for all rounds */

    size_t weaver_size;
    /*
     * Takes an event; raw: its bytes with the line ends. Adds what the app gets of it: byte for
     * byte where nothing has to change. Held back are our calls and how the round ends (the reason,
     * usage, the event that says so). Indexes, numbers and ids go on over the rounds as in one
     * stream. Events of an error pass.
     */
    int (*weave)(struct tool_weaver *weaver, const struct dialect_event *event, struct text raw,
                 struct buf *out);
    /* Adds the answer of this round as a whole one, for calls_read and turn_write: with all that
     * has to travel back. -EPROTO: its events make none. */
    int (*weave_answer)(const struct tool_weaver *weaver, struct buf *out);
    /* Another round follows: how this one ended is forgotten, its usage is added up. */
    int (*weave_next)(struct tool_weaver *weaver);
    /* That was the last one. Adds comment, a comment of SSE with its one line end (empty = none;
     * lines of JSON have no comments: it is not written), then the end that was held back, with the
     * usage of all rounds. */
    int (*weave_end)(struct tool_weaver *weaver, struct text comment, struct buf *out);
    /* Frees what it owns. */
    void (*weaver_done)(struct tool_weaver *weaver);
};

/* A weaver of tools->weaver_size; NULL when memory is out. is_ours, arg: borrowed. _free: NULL is
 * fine. */
struct tool_weaver *tool_weaver_new(const struct dialect_tools *tools, tool_is_ours *is_ours,
                                    const void *arg);
void tool_weaver_free(const struct dialect_tools *tools, struct tool_weaver *weaver);

/* ---- what the halves share */

void tool_calls_init(struct tool_calls *calls);
/*
 * Adds a call by JSON values out of an answer: strings are decoded, what is absent (at NULL) or
 * null is empty, everything else stays as it is written (arguments that are an object).
 */
int tool_calls_add(struct tool_calls *calls, struct text id, struct text name,
                   struct text arguments) __attribute__((warn_unused_result));
/* Empties it. */
void tool_calls_done(struct tool_calls *calls);

/* Is the tool of that name, a JSON string, ours? False for what is no string. -ENOMEM. */
int tool_name_is_ours(tool_is_ours *is_ours, const void *arg, struct text string, bool *ret)
    __attribute__((warn_unused_result));

/* Values that stand in a JSON text, each with a number of the caller's. */
struct tool_marks {
    struct tool_mark {
        const char *at;
        size_t number;
    } * at;
    size_t count, room;
};

/* Marks a value that stands behind those that are marked. -ENOMEM. */
int tool_marks_add(struct tool_marks *marks, struct text value, size_t number)
    __attribute__((warn_unused_result));
/* NULL = it is not marked. */
const struct tool_mark *tool_marks_find(const struct tool_marks *marks, struct text value);
/* Empties it. */
void tool_marks_done(struct tool_marks *marks);

/*
 * Adds the sum of two usages, JSON objects, to out: numbers are added up member by member, in
 * objects of theirs as well; of everything else later's is kept. Where one of them is no object (at
 * NULL, null) the other stays as it is written; where both are none nothing is added.
 */
int tool_usage_sum(struct text earlier, struct text later, struct buf *out)
    __attribute__((warn_unused_result));

#endif
