/*
 * libmicrohttpd's rules, measured on 0.9.75, that shape this file: a reply queued in the first call
 * of the handler makes it close the connection when a body was announced, so refusals of requests
 * without a body wait for the second call; in the middle of a body nothing can be queued; after a
 * resume the handler is called again; a reader that gives 0 bytes without suspending spins. How a
 * reply goes out is in inbound_reply.c.
 */
#include "serve/inbound.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/object.h"
#include "http/header_fit.h"
#include "http/headers.h"
#include "httpd/headroom.h"
#include "httpd/rawhead.h"
#include "kind/api_path.h"
#include "record/log.h"
#include "request/request.h"
#include "serve/connection.h"
#include "serve/limits.h"

/* One more than the guard lets in. */
#define HEADERS_MAX 256
/* How much of a body that is too large is still read, so that the client gets to see the 413. */
#define DISCARD_MAX (64u << 20)
/* From this size on a body is read while it comes. */
#define READ_AHEAD_MIN (64u << 10)
/* Later versions of the library refuse such a head themselves, and lay it out in another way. */
#define ALTERS_HEADS (MHD_VERSION < 0x00097600)

_Static_assert(sizeof(struct inbound) <= OBJECT_MAX, "object.h");

struct inbound *inbound_new(struct inbound_shared *shared, struct MHD_Connection *mhd,
                            const char *target)
{
    struct inbound *inbound = object_new(sizeof(*inbound));
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    inbound->shared = shared;
    inbound->mhd = mhd;
    inbound->connection = info ? info->socket_context : NULL;
    inbound->target = xstrdup(target);
    buf_init(&inbound->body, limits_server(shared->limits)->max_body_bytes);
    reply_init(&inbound->reply, 0);
    chunks_init(&inbound->chunks);
    if (inbound->connection)
        connection_request_begins(inbound->connection, inbound);
    return inbound;
}

static void close_job(struct inbound *inbound, bool client_gone)
{
    const struct inbound_job *job = inbound->job;
    inbound->job = NULL;
    if (job)
        job->closed(inbound->job_arg, client_gone);
}

void inbound_completed(struct inbound *inbound, enum MHD_RequestTerminationCode how)
{
    struct connection *connection = inbound->connection;
    bool sent = inbound->state == INBOUND_SENDING &&
                (how == MHD_REQUEST_TERMINATED_COMPLETED_OK || inbound->broken);
    close_job(inbound, !sent);
    if (connection)
        connection_request_over(connection);
    assert(!inbound->wake);
    reply_done(&inbound->reply);
    chunks_done(&inbound->chunks);
    buf_done(&inbound->body);
    hold_end(&inbound->hold);
    request_reading_free(inbound->reading);
    free(inbound->headers);
    free(inbound->client);
    free(inbound->target);
    object_free(inbound, sizeof(*inbound));
}

void inbound_set_job(struct inbound *inbound, const struct inbound_job *job, void *arg)
{
    inbound->job = job;
    inbound->job_arg = arg;
}

bool inbound_header(const struct inbound *inbound, const char *lower_case, struct text *ret_value)
{
    for (size_t i = 0; i < inbound->header_count; i++) {
        if (!header_name_is(inbound->headers[i].name, lower_case))
            continue;
        *ret_value = inbound->headers[i].value;
        return true;
    }
    return false;
}

const struct dialect *inbound_dialect(const struct inbound *inbound)
{
    struct text path = guard_api_path(inbound->verdict.path);
    struct text value;
    for (size_t i = 0; i < dialect_count(); i++)
        if (dialect_is_home(dialect_at(i), path))
            return dialect_at(i);
    /* What apps of another one ask says more than a header. */
    if (dialect_asked(api_path_of(text_of("POST"), path)))
        return NULL;
    for (size_t i = 0; i < dialect_count(); i++)
        if (dialect_at(i)->mark && inbound_header(inbound, dialect_at(i)->mark, &value))
            return dialect_at(i);
    return NULL;
}

struct forward_app inbound_forward_app(const struct inbound *inbound)
{
    const struct guard_verdict *verdict = &inbound->verdict;
    return (struct forward_app){.fields = inbound->headers,
                                .count = inbound->header_count,
                                .authorization_is_token = verdict->authorization_is_token,
                                .x_api_key_is_token = verdict->api_key_is_token,
                                .api_key_is_token = verdict->authenticated_by_token};
}

/* NOLINTNEXTLINE(readability-function-size): the library's form */
static enum MHD_Result collect_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                      size_t name_len, const char *value, size_t value_len)
{
    struct inbound *inbound = arg;
    (void)kind;
    if (inbound->header_count == inbound->header_room)
        return MHD_NO;
    inbound->headers[inbound->header_count++] = (struct header_field){
        text_make(name, name_len), text_make(value ? value : "", value ? value_len : 0)};
    return MHD_YES;
}

/* message: where that of a refusal goes. */
static void look_at_head(struct inbound *inbound, const char *version,
                         char message[static GUARD_MESSAGE_MAX])
{
    const struct connection *connection = inbound->connection;
    int count = MHD_get_connection_values_n(inbound->mhd, MHD_HEADER_KIND, NULL, NULL);
    inbound->header_room = count > HEADERS_MAX ? HEADERS_MAX : count > 0 ? (size_t)count : 0;
    inbound->headers = xcalloc(inbound->header_room + 1, sizeof(*inbound->headers));
    (void)MHD_get_connection_values_n(inbound->mhd, MHD_HEADER_KIND, collect_header, inbound);
    struct guard_request request = {
        .method = text_of(inbound->method),
        .target = text_of(inbound->target),
        .version = text_of(version),
        .headers = inbound->headers,
        .header_count = inbound->header_count,
        .altered =
            ALTERS_HEADS && rawhead_is_altered(version, inbound->headers, inbound->header_count),
        .unix_socket = connection && connection->unix_socket,
        .port = connection ? connection->port : 0,
    };
    guard_check(limits_server(inbound->shared->limits), &request, message, &inbound->verdict);
    /* By its name: other settings may be in effect when the body is here. */
    if (inbound->verdict.token)
        inbound->client = xstrdup(inbound->verdict.token->name);
    inbound->verdict.token = NULL;
}

static void refuse_by_verdict(struct inbound *inbound)
{
    const struct guard_verdict *verdict = &inbound->verdict;
    const struct reply_error error = {.status = verdict->status,
                                      .type = verdict->type,
                                      .code = verdict->code,
                                      .message = verdict->message,
                                      .app = inbound_dialect(inbound)};
    reply_from_error(&inbound->reply, &error);
    if (verdict->allow)
        reply_header(&inbound->reply, "Allow", verdict->allow);
    if (verdict->status == 426) /* RFC 9110, 15.5.22: names what to use */
        reply_header(&inbound->reply, "Upgrade", "HTTP/1.1");
    /* What we cannot frame for sure must not be followed by another request. */
    inbound->reply.close = verdict->status == 400 || verdict->expects_body;
}

static void refuse_for(struct inbound *inbound, const char *code, const char *message)
{
    reply_overloaded(&inbound->reply, inbound_dialect(inbound), code, message);
    inbound->reply.close = true;
}

static size_t room_for_bodies(const struct inbound *inbound)
{
    return limits_server(inbound->shared->limits)->max_body_total_bytes;
}

static void refuse_too_big(struct inbound *inbound)
{
    char message[128];
    (void)snprintf(message, sizeof(message),
                   "the request body is larger than %zu bytes (see server.max_body)",
                   inbound->body.max);
    const struct reply_error error = {.status = 413,
                                      .type = "invalid_request_error",
                                      .code = "request_too_large",
                                      .message = message,
                                      .app = inbound_dialect(inbound)};
    reply_from_error(&inbound->reply, &error);
    inbound->reply.close = true;
}

/* The first call: only the head is known. */
static enum MHD_Result begin(struct inbound *inbound, const char *version)
{
    char message[GUARD_MESSAGE_MAX];
    if (inbound->connection && headroom_is_spent(inbound->mhd)) {
        /* Past the library, which might have no room for the answer. */
        connection_end(inbound->connection, LASTWORD_LARGE_HEAD);
        return MHD_NO;
    }
    look_at_head(inbound, version, message);
    inbound->chunked = strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
    int64_t length = inbound->verdict.content_length;
    if (inbound->connection)
        inbound->connection->watcher =
            inbound->verdict.status == 0 && guard_endpoint_is_probe(inbound->verdict.endpoint);
    if (inbound->connection && inbound->connection->surplus &&
        inbound->verdict.endpoint != ENDPOINT_HEALTHZ) {
        inbound->verdict.status = 503;
        refuse_for(inbound, "max_connections", LASTWORD_CROWD_MESSAGE);
    } else if (inbound->verdict.status != 0) {
        refuse_by_verdict(inbound);
    } else if (length > 0 && !hold_has_room((size_t)length, room_for_bodies(inbound))) {
        /* For the length that was announced; else it shows as the body comes. */
        inbound->verdict.status = 503;
        refuse_for(inbound, "max_body_total", LASTWORD_NO_ROOM_MESSAGE);
    }
    inbound->verdict.message = NULL; /* it stands here, and ends with this call */
    if (inbound->connection)
        connection_expect_nothing(inbound->connection);
    if (inbound->verdict.status == 0) {
        inbound->state = INBOUND_BODY;
        if (inbound->verdict.expects_body && inbound->connection)
            connection_expect_body(inbound->connection);
        return MHD_YES;
    }
    inbound->state = INBOUND_REFUSED;
    return inbound->reply.close ? inbound_queue_reply(inbound) : MHD_YES;
}

/* A large body is read while it comes: to read all of it at its end would take one long turn. One
 * that is packed is read when it is unpacked. */
static void read_ahead(struct inbound *inbound, size_t more)
{
    struct text body = buf_text(&inbound->body), coding;
    bool first = body.len >= READ_AHEAD_MIN && body.len - more < READ_AHEAD_MIN;
    if (first && !inbound_header(inbound, "content-encoding", &coding))
        inbound->reading =
            request_reading_new(api_path_of(text_of(inbound->method), inbound->verdict.api_path));
    if (inbound->reading)
        request_reading_more(inbound->reading, body);
}

/* 0, -EMSGSIZE when the body is larger than allowed, -ENOMEM when there is no room for it. */
static int add_to_body(struct inbound *inbound, const char *bytes, size_t len)
{
    if (len > inbound->body.max - inbound->body.len)
        return -EMSGSIZE;
    if (!hold_grow(&inbound->hold, len, room_for_bodies(inbound)))
        return -ENOMEM;
    if (inbound->body.len == 0 && inbound->verdict.content_length > 0)
        buf_reserve(&inbound->body, (size_t)inbound->verdict.content_length);
    return buf_append(&inbound->body, bytes, len);
}

static enum MHD_Result take_body(struct inbound *inbound, const char *bytes, size_t *len)
{
    size_t n = *len;
    *len = 0;
    if (inbound->state == INBOUND_BODY) {
        int r = add_to_body(inbound, bytes, n);
        if (r == 0) {
            read_ahead(inbound, n);
            return MHD_YES;
        }
        buf_done(&inbound->body);
        hold_end(&inbound->hold);
        if (r == -ENOMEM) {
            /* At once, which the library cannot: who waits for the end of this body holds others
             * up. */
            if (inbound->connection)
                connection_end(inbound->connection, LASTWORD_NO_ROOM);
            return MHD_NO;
        }
        inbound->state = INBOUND_TOO_BIG;
    }
    inbound->discarded += n;
    return inbound->discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
}

enum MHD_Result inbound_step(struct inbound *inbound, const char *method, const char *version,
                             const char *bytes, size_t *len)
{
    if (inbound->connection && inbound->connection->ended)
        return MHD_NO;
    if (inbound->state == INBOUND_HEAD) {
        inbound->method = method;
        return begin(inbound, version);
    }
    if (*len > 0)
        return take_body(inbound, bytes, len);
    /* The whole request is here, or the connection was resumed. */
    switch (inbound->state) {
    case INBOUND_TOO_BIG:
        refuse_too_big(inbound);
        return inbound_queue_reply(inbound);
    case INBOUND_REFUSED:
    case INBOUND_REPLY:
        return inbound_queue_reply(inbound);
    case INBOUND_BODY:
        if (inbound->connection)
            connection_expect_nothing(inbound->connection);
        inbound_enter_whole(inbound, INBOUND_JOB);
        inbound->shared->dispatch(inbound->shared->arg, inbound);
        if (inbound->state == INBOUND_REPLY)
            return inbound_queue_reply(inbound);
        /* Who hung up before this was read is told of by nobody else. */
        if (inbound->connection && inbound->connection->gone) {
            inbound_gone(inbound);
            return MHD_NO;
        }
        break;
    case INBOUND_JOB:
        break;
    case INBOUND_HEAD:
    case INBOUND_SENDING:
    case INBOUND_GONE:
        return MHD_NO;
    }
    inbound_suspend(inbound);
    return MHD_YES;
}

void inbound_reply_take(struct inbound *inbound, struct reply *reply)
{
    assert(inbound->state == INBOUND_JOB);
    reply_done(&inbound->reply);
    inbound->reply = *reply;
    reply_init(reply, 0);
    inbound_enter_whole(inbound, INBOUND_REPLY);
    inbound_wake(inbound);
}

void inbound_gone(struct inbound *inbound)
{
    /* Its answer is out, or a small one of our own: let the rest be written if it can. */
    bool all_given =
        inbound->state == INBOUND_SENDING && (!inbound->reply.source || inbound->ended);
    if (!inbound->job || all_given)
        return;
    inbound_enter_whole(inbound, INBOUND_GONE);
    inbound_be_looked_at(inbound);
    close_job(inbound, true);
    if (inbound->connection)
        connection_shut(inbound->connection);
    inbound_wake(inbound);
}
