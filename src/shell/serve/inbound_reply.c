/*
 * How a reply goes out. A whole one by the library alone. Of a stream in chunks it sends the head
 * and the end; what is between goes past it, while its connection stays suspended:
 *
 *     queue_reply -> head -> on_read, suspended -> say_past_library, ... -> on_read -> last chunk
 *
 * When it calls a reader, all that it had before is on the socket.
 */
#include <errno.h>
#include <string.h>

#include "http/header_fit.h"
#include "httpd/headroom.h"
#include "httpd/large_reply.h"
#include "record/log.h"
#include "serve/connection.h"
#include "serve/inbound.h"

/* The library asks the source of a stream without chunks for this much at a time. Of one in chunks
 * it has a block, too, and never uses it. */
#define STREAM_BLOCK    4096
#define STREAM_NO_BLOCK 1
/* So much of one stream goes out in a turn, that others have theirs: a megabyte. */
#define CHUNKS_A_TURN 16
/* Of the log's line about fields that were left out. */
#define LEFT_OUT_MAX 1024

/* The state in which all of the request is here: whatever comes now is of the next one. */
void inbound_enter_whole(struct inbound *inbound, enum inbound_state state)
{
    inbound->state = state;
    if (inbound->connection)
        inbound->connection->whole = true;
}

void inbound_suspend(struct inbound *inbound)
{
    inbound->suspended = true;
    inbound->shared->waking.suspended++;
    MHD_suspend_connection(inbound->mhd);
}

enum said {
    SAID,            /* all that there is, or that there is room for */
    SAID_ENOUGH,     /* for this turn */
    SAID_TO_LIBRARY, /* it is to go on, with the end or because there is nobody to write to */
};

/* 1: the next chunk is out. 0: there is none, and *ret says what that means. -errno of chunks_send.
 */
static int say_chunk(struct inbound *inbound, enum said *ret)
{
    const struct reply *reply = &inbound->reply;
    struct text bytes = text_of("");
    enum reply_more more = reply->source->look(reply->arg, &bytes);
    if (more != REPLY_BYTES) {
        *ret = more == REPLY_WAIT ? SAID : SAID_TO_LIBRARY;
        return 0;
    }
    bytes = text_cut(bytes, CHUNK_MAX);
    int r = chunks_send(&inbound->chunks, inbound->connection->fd, bytes);
    if (r == 0 || r == -EAGAIN)
        reply->source->take(reply->arg, bytes.len);
    return r < 0 ? r : 1;
}

/* What a stream has to say goes out past the library, whose connection stays suspended. */
static enum said say_past_library(struct inbound *inbound)
{
    struct connection *connection = inbound->connection;
    enum said said = SAID;
    if (inbound->state != INBOUND_SENDING || !inbound->past)
        return SAID_TO_LIBRARY;
    int r = chunks_flush(&inbound->chunks, connection->fd);
    for (int i = 0; r >= 0 && i < CHUNKS_A_TURN; i++) {
        r = say_chunk(inbound, &said);
        if (r == 0)
            return said;
    }
    if (r >= 0)
        return SAID_ENOUGH;
    if (r == -EAGAIN && connection_await_room(connection) == 0)
        return SAID;
    connection_lost(connection);
    return inbound->wake ? SAID : SAID_TO_LIBRARY; /* by that, as one that is gone */
}

static void list_wake(struct inbound *inbound, struct inbound **list)
{
    inbound->wake = true;
    inbound->next_wake = *list;
    *list = inbound;
}

void inbound_turn(struct waking *waking)
{
    while (waking->later) {
        struct inbound *inbound = waking->later;
        waking->later = inbound->next_wake;
        list_wake(inbound, &waking->first);
    }
}

bool inbound_wake_all(struct waking *waking)
{
    bool resumed = false;
    while (waking->first) {
        struct inbound *inbound = waking->first;
        waking->first = inbound->next_wake;
        inbound->wake = false;
        enum said said = say_past_library(inbound);
        if (said == SAID_ENOUGH)
            list_wake(inbound, &waking->later);
        if (said != SAID_TO_LIBRARY)
            continue;
        inbound->suspended = false;
        waking->suspended--;
        MHD_resume_connection(inbound->mhd);
        resumed = true;
    }
    return resumed;
}

void inbound_wake(struct inbound *inbound)
{
    if (!inbound->suspended || inbound->wake)
        return;
    /* When there is room again it is woken anyhow. */
    if (inbound->connection && inbound->connection->full && inbound->state == INBOUND_SENDING)
        return;
    list_wake(inbound, &inbound->shared->waking.first);
}

/*
 * The library (0.9.75, MHD_epoll) takes a connection away that ended in its own turn when it next
 * looks for those that are silent for too long: from the one that is the longest, and no further
 * than to the first that is not. At those with a limit of their own it looks each time.
 */
void inbound_be_looked_at(struct inbound *inbound)
{
    (void)MHD_set_connection_option(inbound->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 1U);
}

/* First when the head is out. From then on the library sends nothing but the end; or all of it, to
 * a client that knows of no chunks. */
static ssize_t on_read(void *arg, uint64_t position, char *out, size_t max)
{
    struct inbound *inbound = arg;
    size_t len = 0;
    (void)position;
    if (inbound->state == INBOUND_GONE)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (inbound->chunked && inbound->connection && !inbound->past) {
        inbound->past = true;
        headroom_give_back(inbound->method, inbound->connection->rests_at_ms == 0);
        inbound_suspend(inbound);
        inbound_wake(inbound);
        return 0;
    }
    switch (reply_read(&inbound->reply, out, max, &len)) {
    case REPLY_BYTES:
        return (ssize_t)len;
    case REPLY_END:
        inbound->ended = true;
        return MHD_CONTENT_READER_END_OF_STREAM;
    case REPLY_BROKEN:
        inbound->ended = inbound->broken = true;
        inbound_be_looked_at(inbound);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    case REPLY_WAIT:
        break;
    }
    inbound_suspend(inbound);
    return 0;
}

static struct MHD_Response *make_response(struct inbound *inbound)
{
    struct reply *reply = &inbound->reply;
    if (reply->source)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
                                                 inbound->chunked ? STREAM_NO_BLOCK : STREAM_BLOCK,
                                                 on_read, inbound, NULL);
    size_t len = 0;
    char *bytes = buf_steal(&reply->body, &len);
    if (!bytes)
        return NULL;
    struct MHD_Response *response =
        large_reply_is_due(len)
            ? large_reply_new(bytes, len)
            : MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
    if (!response)
        free(bytes);
    return response;
}

/* False: memory was out for one of them. What the library takes for no field is left out. */
static bool add_response_headers(struct MHD_Response *response, struct reply *reply)
{
    char *line = reply->headers.data;
    const char *end = reply->headers.data + reply->headers.len;
    while (line && line < end) {
        char *next = line + strlen(line) + 1;
        char *colon = strchr(line, ':');
        *colon = '\0';
        errno = 0; /* as the library says only that it did not */
        if (MHD_add_response_header(response, line, colon + 2) != MHD_YES && errno == ENOMEM)
            return false;
        line = next;
    }
    return true;
}

static struct text id_of(const struct buf *lines)
{
    static const char name[] = HEADER_ID ": ";
    const char *end = lines->data + lines->len;
    for (const char *line = lines->data; line && line < end; line += strlen(line) + 1)
        if (strncmp(line, name, sizeof(name) - 1) == 0)
            return text_skip(text_of(line), sizeof(name) - 1);
    return text_of("");
}

/* An answer that was paid for is delivered, if need be without some of its fields. */
static void fit_headers(struct inbound *inbound)
{
    struct buf left_out;
    buf_init(&left_out, LEFT_OUT_MAX);
    size_t room = headroom_left(inbound->mhd);
    if (header_fit(&inbound->reply.headers, room, &left_out) > 0)
        log_warning("headers_left_out", LOG_TEXT("id", id_of(&inbound->reply.headers)),
                    LOG_TEXT("headers", buf_text(&left_out)), LOG_INT("room", (int64_t)room));
    buf_done(&left_out);
}

enum MHD_Result inbound_queue_reply(struct inbound *inbound)
{
    struct reply *reply = &inbound->reply;
    if (inbound->verdict.origin.at) {
        reply_header_text(reply, text_of("Access-Control-Allow-Origin"), inbound->verdict.origin);
        reply_header(reply, "Access-Control-Expose-Headers", HEADERS_OWN);
        reply_header(reply, "Vary", "Origin");
    }
    if (inbound->shared->limits->draining)
        reply->close = true;
    if (reply->close)
        reply_header(reply, "Connection", "close");
    fit_headers(inbound);
    struct MHD_Response *response = reply->lacks_field ? NULL : make_response(inbound);
    if (response && !add_response_headers(response, reply)) {
        MHD_destroy_response(response);
        response = NULL;
    }
    if (!response) {
        /* Past the library, which has no memory for any. */
        if (inbound->connection)
            connection_end(inbound->connection, LASTWORD_NO_MEMORY);
        return MHD_NO;
    }
    buf_done(&reply->headers);
    inbound_enter_whole(inbound, INBOUND_SENDING);
    enum MHD_Result r = MHD_queue_response(inbound->mhd, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return r;
}
