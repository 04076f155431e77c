/*
 * The dialects in which chat is spoken, and texts are asked to be completed. One dialect = one room
 * with its files, one const record, and its row in DIALECT_LIST. Everything else in the program
 * asks records, never formats:
 *
 *     the app and the provider speak the same   bytes are passed on, the judge of that dialect
 *                                               looks at them
 *     they do not                               the provider's half reads, the app's half writes
 *
 * A record has the halves that it can do; each half is whole, but for what is said to be NULL.
 */
#ifndef UNDERSTUDY_DIALECT_H
#define UNDERSTUDY_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/answer.h"
#include "dialect/chat.h"
#include "json/jsonform.h"
#include "kind/kind.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* A test compiles the core with a dialect of its own: DIALECT_EXTRA is a header with its
 * DIALECT_MORE. */
#define DIALECT_LIST(X)                                                                            \
    X(openai)                                                                                      \
    X(completions) /* OpenAI's older API */                                                        \
    X(responses)   /* its newer one */                                                             \
    X(anthropic)                                                                                   \
    X(ollama)                                                                                      \
    X(generate) /* and its older way */                                                            \
    DIALECT_MORE(X)

#ifdef DIALECT_EXTRA
#include DIALECT_EXTRA
#else
#define DIALECT_MORE(X)
#endif

struct dialect;
struct dialect_tools;

/* ---- requests */

/* Who is to answer, and what for; for request_write. Strings borrowed. */
struct dialect_target {
    const struct dialect *app;    /* who asks speaks it */
    const struct dialect *speaks; /* who answers speaks it */
    const char *model;            /* its name there */
    bool official;                /* a server of those who made the dialect */
    bool capabilities_known;      /* false: it is asked as if it could do everything but think */
    unsigned capabilities;        /* enum ollama_can (ollama.h) */
    int64_t num_ctx;  /* context window to ask for, in tokens; 0 = the server's own choice */
    unsigned without; /* options that it refused: bits, the dialect's own */
    const char
        *keep_alive;   /* as in the settings: "5m", "-1"; NULL or "" = the server's own choice */
    struct text begun; /* how the answer begins: it is to go on from there; empty = anew */
    bool render_only;  /* show the prompt instead of answering */
};

/* ---- answers */

enum dialect_framing { DIALECT_SSE, DIALECT_NDJSON };

/* With one line end: an empty line behind it would make an event of nothing in decoders that have
 * seen an id (WHATWG HTML, 9.2.6, as openai-python reads it). */
#define DIALECT_SSE_HEARTBEAT ": understudy is waiting for the answer\n"

/* An event of a stream, or a line of one: it has no name, and data always. */
struct dialect_event {
    struct text name;
    struct text data; /* at NULL = none came */
};

/*
 * How an answer is written, and what has been written of it. A dialect that keeps more embeds this
 * as the first member of a struct of its own, of writer_size bytes, zeroed but for this.
 */
struct dialect_writer {
    struct answer_identity identity; /* strings borrowed */
    bool include_usage;
    bool one_call;       /* only the first tool call goes out */
    bool legacy_call;    /* and as function_call, as it was before there were tools */
    struct text echo;    /* a JSON string that the text begins with; at NULL = none. Borrowed */
    struct text request; /* the app's, for those that repeat it; borrowed */
    int64_t window;      /* that the model was asked with, in tokens; 0 = not known */
    bool begun;          /* what stands before all pieces has gone out */
    size_t calls;        /* tool calls that went out so far */
    /* Of an event that says a piece of text: by the dialect, and freed with the writer. */
    struct jsonform form;
};

/* What an event of a stream told the app, for whoever goes on with that stream. */
struct dialect_said {
    bool other;     /* a call, a refusal, a sound: no text, which cannot be gone on with */
    bool uncertain; /* something else that whoever goes on could not keep to */
    enum chat_finish finish;
    struct text id; /* of the stream, a JSON string; at NULL = not told */
    int64_t created;
};

/* As apps speak it. */
struct dialect_app {
    /* 0; -EINVAL and the reason when it cannot be read, or means what no neutral request can
     * say; -ENOMEM. What is left out is named by chat_drop. */
    int (*request_read)(struct text body, struct chat_request *request, struct error *reterr);
    /* The nth of the members that it knows at the top of a request; NULL behind the last. NULL = it
     * tells none. */
    const char *(*member)(size_t n);

    size_t writer_size;
    void (*writer_done)(struct dialect_writer *writer); /* NULL = nothing is to be freed */
    /* Adds events with their framing (with delta->finish also all that ends the stream), or the
     * whole answer. Errors of buf. */
    int (*event_write)(struct dialect_writer *writer, const struct chat_delta *delta,
                       struct buf *out);
    int (*answer_write)(struct dialect_writer *writer, const struct chat_delta *delta,
                        struct buf *out);
    /* Adds what ends a stream that failed, with that message, and that readers do not take for a
     * good end. Errors of buf. */
    int (*break_write)(struct dialect_writer *writer, struct text message, struct buf *out);
    bool breaks_well; /* the body may end well behind it: see relay_breaks_well */
    /* Adds what ends a stream of which nothing but heartbeats have gone out, by the error answer
     * that would have been given: its body as it came, or, where that would not be taken for an
     * error, one with that message and code. Errors of buf. */
    int (*late_error_write)(struct text body, struct text message, const char *code,
                            struct buf *out);
    const char *heartbeat; /* may stand between any two events, and says nothing; NULL = none */

    bool hides_reasoning; /* its answers have no place for it */

    bool nameless; /* its streams have no id */

    /* Reads an event that went out, its text into content (decoded, added). 0; -EPROTO when it is
     * none; errors of buf. NULL = streams of it are not gone on with. */
    int (*said_read)(struct text data, struct buf *content, struct dialect_said *ret);
    /* For who goes on with a stream, where more is to be known of it than that it has begun: takes
     * an event that went out as if the writer had written it (-ENOTSUP: nobody can go on behind
     * that), and what the one knows into another, new one. Errors of buf. NULL, both = nothing is.
     */
    int (*follow)(struct dialect_writer *writer, struct text data);
    int (*copy)(struct dialect_writer *to, const struct dialect_writer *from);
};

/* As providers speak it. */
struct dialect_provider {
    const char *path; /* appended to base_url; NULL = nobody is asked so on behalf of others */
    unsigned carries; /* what its requests can say: enum chat_carry */
    bool pairs;       /* takes requests only where each call has its result: chat_pair_results */
    /* NULL where path is, else: 0; -EINVAL and the reason when the target cannot answer it; errors
     * of buf. */
    int (*request_write)(const struct chat_request *request, const struct dialect_target *target,
                         struct buf *out, struct error *reterr);

    size_t reader_size; /* of what it remembers from event to event, zeroed at first; it owns
                           nothing */
    /*
     * One event, and a whole body, into delta, which is reset first. Usage and finish may come in
     * any of them; delta->done says that nothing follows. An error that is told, and what is not of
     * the dialect, is noted in facts->failure and nowhere else.
     */
    void (*event_read)(void *reader, const struct dialect_event *event, struct chat_delta *delta,
                       struct answer_facts *facts);
    void (*answer_read)(struct text body, struct chat_delta *delta, struct answer_facts *facts);

    /* Which options of a request that request_write wrote do the words of a refusal (complaint.h)
     * name? Bits of dialect_target.without; 0 = none. NULL = it is not asked without them. */
    unsigned (*refused)(struct text request, const char *message);
};

/* What is done with a last event that was not closed, once the stream has ended. */
enum dialect_rest {
    DIALECT_REST_LEFT_OUT,
    DIALECT_REST_CLOSED, /* it counts, and is passed on with the end that it lacks */
    DIALECT_REST_AS_IT_IS,
};

/* A whole answer that is looked at while it comes; as dialect_judge.whole in the end. */
struct dialect_reading {
    size_t size; /* of what it remembers, which stays where it is; it owns nothing */
    void (*begin)(void *reading);
    void (*more)(void *reading, struct text so_far); /* all of it, which may have moved */
    void (*end)(void *reading, struct text content_type, struct text body, struct buf *out,
                struct answer_facts *facts);
};

/* Of answers that are passed on: are they what was asked for? Facts tell; nothing is allocated. */
struct dialect_judge {
    size_t size; /* of what it remembers from event to event, zeroed at first; it owns nothing */
    size_t event_max; /* a longer event breaks the stream */
    size_t out_max;   /* the most that waits for a slow reader */
    bool reads_on;    /* what comes behind the end is passed on, too */

    /* An event: content, finished, done, policy, tokens, failure. What fails before content, but
     * for a refusal, is not passed on. */
    void (*event)(void *judge, const struct dialect_event *event, struct answer_facts *facts);
    enum dialect_rest (*rest)(const void *judge, const struct dialect_event *event, bool clean);
    /* The stream has ended before it was done: facts->done, and what was missing is added to out;
     * or facts->failure; or neither, where this dialect lets it end so. */
    void (*end)(void *judge, enum transport transport, struct buf *out, struct answer_facts *facts);
    /* As of struct dialect_app, for a stream whose events were passed on. */
    int (*break_write)(const void *judge, struct text message, struct buf *out);
    bool breaks_well;
    /* Adds the provider's own event, of that data, that told after content that it has failed.
     * NULL = as it came. */
    int (*last_word_write)(struct text raw, struct text data, struct buf *out);

    /* A whole answer with a 2xx status. It goes on as it came, and out stays empty, but where it
     * came as events: out then has what they tell, and facts->reshaped says so. content_type: at
     * NULL when absent. */
    void (*whole)(struct text content_type, struct text body, struct buf *out,
                  struct answer_facts *facts);
    const struct dialect_reading *reading; /* NULL = only once it is all here */
    /* A whole answer where a stream was asked for, told in events. NULL = it is not looked for. */
    void (*from_whole)(struct text body, bool include_usage, struct buf *out,
                       struct answer_facts *facts);
};

/* An error answer, ours or a provider's that is told in another dialect. All is borrowed. */
struct dialect_error {
    int status;             /* 0 = of an event: the answer had begun */
    const char *type;       /* in OpenAI's word or ours: "all_providers_failed"; NULL = none */
    const char *code;       /* the same; NULL = none */
    struct text message;    /* any bytes */
    struct text request_id; /* empty = none */
    const json_t *attempts; /* NULL = they are not told */
};

struct dialect {
    const char *word;        /* by which kind.h names it: that of the list */
    unsigned asked_on;       /* by apps: a bit for each enum api_path; 0 = by none */
    const char *home;        /* all that is asked there (behind /v1, if it is there) and below is
                              * asked by its apps; NULL = nothing is */
    const char *mark;        /* a header field that no other's apps send; NULL = none is */
    const char *id_header;   /* answers name their id in it; NULL = in ours only */
    const char *id_prefix;   /* of the ids of answers that are ours */
    const char *stream_type; /* Content-Type of a stream */
    enum dialect_framing framing;
    /* Adds the body of an error answer. Errors of buf. */
    int (*error_write)(const struct dialect_error *error, struct buf *out);
    int (*error_status)(const struct dialect_error *error); /* NULL = that of the error */
    const struct dialect_app *app;           /* NULL = nothing is translated for those apps */
    const struct dialect_provider *provider; /* NULL = no provider is asked in it on behalf of
                                                others */
    const struct dialect_judge *judge;       /* NULL = none of its answers is passed on */
    const struct dialect_tools *tools;       /* tools.h; NULL = its requests offer no tools */
};

#define X(id) extern const struct dialect dialect_##id;
DIALECT_LIST(X)
#undef X

size_t dialect_count(void);
const struct dialect *dialect_at(size_t n);

/* By its word; NULL = there is none. */
const struct dialect *dialect_by_word(const char *word);

/* In which apps ask on that path; NULL = it is judged by HTTP alone. */
const struct dialect *dialect_asked(enum api_path path);

/* Is that path, as dialect.home has it, one of its apps'? */
bool dialect_is_home(const struct dialect *dialect, struct text path);

/* In which a provider of that kind is asked for what apps ask on that path; NULL = as it came. */
const struct dialect *dialect_spoken(const struct kind *kind, enum api_path path);

/* Is an answer of that kind, on that path, a translation? */
bool dialect_translates(const struct kind *kind, enum api_path path);

/* A writer of app->writer_size, begun with `how`, which has no form; NULL when memory is out.
 * _free: NULL is fine. */
struct dialect_writer *dialect_writer_new(const struct dialect_app *app,
                                          const struct dialect_writer *how);
void dialect_writer_free(const struct dialect_app *app, struct dialect_writer *writer);

/* Are error answers of both alike? NULL = OpenAI's. */
bool dialect_errs_alike(const struct dialect *a, const struct dialect *b);

/* The error answer for an app that speaks that dialect, NULL = OpenAI's: its body is added to out,
 * its status is in *ret_status. Errors of buf. */
int dialect_error_write(const struct dialect *app, const struct dialect_error *error,
                        struct buf *out, int *ret_status) __attribute__((warn_unused_result));

/* Names in `dropped` take at most this much: it becomes a header. */
#define DIALECT_DROPPED_MAX 1024

/*
 * The app's request, for whom target names: POST out to base_url + path of the provider's half. 0,
 * and the request is in out; dropped (a buf of at most
 * DIALECT_DROPPED_MAX, header-safe) names what was left out, "a, b", and stays empty when that is
 * nothing. -EINVAL and *reterr, one sentence without a full stop, when this request cannot be
 * answered there; -ENOMEM; -EMSGSIZE when out is full.
 */
int dialect_translate_request(struct text body, const struct dialect_target *target,
                              struct buf *out, struct buf *dropped, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
