/*
 * One HTTP request that came in, from its request line to the end of its reply. Between the
 * client's side (libmicrohttpd) and a job that makes the reply (an exchange, a list of models).
 *
 *     first look (guard) -> body -> job starts, connection suspended -> reply: whole, or a source
 *
 * A job is told `closed` exactly once: when the reply is out, or when the client went away before
 * that. After that call the inbound is no longer the job's to touch.
 */
#ifndef UNDERSTUDY_INBOUND_H
#define UNDERSTUDY_INBOUND_H

#include <stdbool.h>

#include <microhttpd.h>

#include "guard/guard.h"
#include "rules/forward.h"
#include "serve/chunks.h"
#include "serve/hold.h"
#include "serve/reply.h"
#include "text/buf.h"

struct connection;
struct inbound;
struct limits;
struct request_reading;

struct inbound_job {
    void (*closed)(void *arg, bool client_gone);
};

/* Requests whose connections the library has suspended, and which of them have something to say at
 * the end of this turn, or of the next one. */
struct waking {
    struct inbound *first;
    struct inbound *later; /* they have said enough for one turn */
    int suspended;
};

/* What all requests of one server share; the server embeds it and lends it to each. */
struct inbound_shared {
    const struct limits *limits;
    struct waking waking;
    /* The request is here whole: replies at once, or starts a job that will. */
    void (*dispatch)(void *arg, struct inbound *inbound);
    void *arg;
};

struct inbound {
    struct inbound_shared *shared;
    struct connection *connection;
    struct MHD_Connection *mhd;
    char *target; /* as it came in the request line */
    const char *method;
    struct guard_verdict verdict;
    char *client;                 /* [token NAME] whose token came; NULL = none with a name */
    struct header_field *headers; /* borrowed from the library until the reply is out */
    size_t header_count;
    size_t header_room;
    struct buf body;
    struct hold hold;                /* of body */
    struct request_reading *reading; /* of body, where it is a large one; NULL = not begun */
    enum inbound_state {
        INBOUND_HEAD,    /* only the request line is known */
        INBOUND_REFUSED, /* by its head; the reply waits for the end of the request */
        INBOUND_BODY,    /* the body comes in */
        INBOUND_TOO_BIG, /* the body is larger than allowed; the rest is thrown away */
        INBOUND_JOB,     /* a job works on the reply */
        INBOUND_REPLY,   /* the reply is ready to be queued */
        INBOUND_SENDING, /* the library sends it */
        INBOUND_GONE,    /* the client went away */
    } state;
    bool suspended;
    bool chunked; /* a streamed reply is sent in chunks */
    bool past;    /* its head is out, and they go past the library */
    struct chunks chunks;
    bool ended;  /* the reply's source said REPLY_END or REPLY_BROKEN */
    bool broken; /* the reply's source said REPLY_BROKEN */
    bool wake;   /* in the list of those that have something to say */
    struct inbound *next_wake;
    size_t discarded;
    struct reply reply;
    const struct inbound_job *job;
    void *job_arg;
};

/* libmicrohttpd's callbacks end here. */
struct inbound *inbound_new(struct inbound_shared *shared, struct MHD_Connection *mhd,
                            const char *target);
enum MHD_Result inbound_step(struct inbound *inbound, const char *method, const char *version,
                             const char *bytes, size_t *len);
void inbound_completed(struct inbound *inbound, enum MHD_RequestTerminationCode how);

/* A turn ends: those that have said enough in the one before may go on. */
void inbound_turn(struct waking *waking);

/* Those that have something to say go on. True: the library is to run, for some of them. */
bool inbound_wake_all(struct waking *waking);

/* The client hung up. */
void inbound_gone(struct inbound *inbound);

/* A job takes the request: from now on it is told when it closes. */
void inbound_set_job(struct inbound *inbound, const struct inbound_job *job, void *arg);

/* Hands over the reply (moved out of *reply). The client sees nothing before this. */
void inbound_reply_take(struct inbound *inbound, struct reply *reply);

/* A source that said REPLY_WAIT has something now. */
void inbound_wake(struct inbound *inbound);

/* The value of the first request header of that lower-case name; false when there is none. */
bool inbound_header(const struct inbound *inbound, const char *lower_case, struct text *ret_value);

/* In which the app speaks, by the path and by fields that others do not send: errors are told in
 * it. NULL = OpenAI's. */
const struct dialect *inbound_dialect(const struct inbound *inbound);

/* Its header fields, and which of them hold a token of ours; until the reply is out. */
struct forward_app inbound_forward_app(const struct inbound *inbound);

/* ---- between inbound.c and inbound_reply.c */

/* The state in which all of the request is here: whatever comes now is of the next one. */
void inbound_enter_whole(struct inbound *inbound, enum inbound_state state);

/* Until it is woken. */
void inbound_suspend(struct inbound *inbound);

/* Gives the reply to the library; MHD_NO: it could not be, and the connection ends. */
enum MHD_Result inbound_queue_reply(struct inbound *inbound);

/* So that the library notices soon that its connection has ended. */
void inbound_be_looked_at(struct inbound *inbound);

#endif
