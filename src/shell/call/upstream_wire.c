/*
 * A call over a wire: HTTP/1.1, one request at a time.
 *
 *     wires_get --opened--> head and body are sent --> http1_read --> head, body, end
 *         ^                         |                      |
 *         \-- a kept wire that took nothing                \-- the wire is kept, or closed
 *
 * What comes is received into one place that all calls share, and handed on from there; it is only
 * kept while the owner takes nothing. A request is delivered once: where a kept wire breaks before
 * the first byte of it was taken nothing can have been delivered, and another wire is tried.
 */
#include <errno.h>
#include <string.h>

#include "base/owner.h"
#include "call/upstream_impl.h"
#include "http/http1_request.h"

/* A body up to here goes out in one piece with the head: one packet, one record of TLS. */
#define BODY_WITH_HEAD ((size_t)8 << 10)
/* What a head has beside the address and the fields that are given, about. */
#define OWN_LINES 128
/* So often a server is received from in one turn, that others have theirs. */
#define RECEIVES_MAX 16
/* So much is sent in one turn: a system call that takes 30 MB lets all streams wait for 8 ms. */
#define SEND_MAX ((size_t)1 << 20)

static void wire_begin(struct upstream_call *call, bool fresh);

static bool all_sent(const struct upstream_speech *speech)
{
    return speech->sent == speech->total;
}

bool upstream_wire_is_sent(const struct upstream_call *call)
{
    return all_sent(&call->speech);
}

static void give_back(struct upstream_call *call, bool usable)
{
    struct wire *wire = call->speech.wire;
    call->speech.wire = NULL;
    loop_timer_cancel(call->upstream->loop, &call->speech.again);
    loop_undefer(call->upstream->loop, &call->speech.begin);
    if (!wire)
        return;
    if (usable)
        wire_keep(wire);
    else
        wire_close(wire);
}

/* What a fresh connection does says nothing about those that are kept. */
void upstream_wire_doubt(struct upstream_call *call)
{
    const struct wire *wire = call->speech.wire;
    if (wire && call->sent && wire_was_kept(wire))
        wires_drop(call->upstream->wires, wire_origin(wire));
}

static void fail(struct upstream_call *call, enum transport transport, const char *detail)
{
    if (transport == TRANSPORT_RESET && call->speech.broken && !http1_begun(&call->speech.http1))
        transport = TRANSPORT_SEND;
    if (!call->left && (transport == TRANSPORT_RESET || transport == TRANSPORT_SEND))
        upstream_wire_doubt(call);
    upstream_call_end(call, transport, detail);
    give_back(call, false);
}

/* ---- what comes */

/* It came whole. A wire whose server says more than was asked for is not used again. */
static void finish(struct upstream_call *call, bool surplus)
{
    const struct upstream_speech *speech = &call->speech;
    bool usable =
        http1_keeps(&speech->http1) && !surplus && all_sent(speech) && !call->own_connection;
    upstream_call_end(call, TRANSPORT_OK, "");
    give_back(call, usable);
}

/* By what fault the response is no good. */
static void fail_by_content(struct upstream_call *call, const char *detail)
{
    const struct http1 *http1 = &call->speech.http1;
    switch (http1->fault) {
    case HTTP1_NOTHING:
        fail(call, TRANSPORT_RESET, detail);
        return;
    case HTTP1_CUT:
        fail(call, TRANSPORT_TRUNCATED, detail);
        return;
    case HTTP1_NO_MEMORY:
        fail(call, TRANSPORT_TOO_LARGE, detail);
        return;
    case HTTP1_SOUND:
    case HTTP1_MALFORMED:
        break;
    }
    fail(call, TRANSPORT_MALFORMED, detail);
}

/* What was not taken is kept, with what came behind it up to end, and nothing more is received. */
static void hold(struct upstream_call *call, struct text piece, const char *end)
{
    struct upstream_speech *speech = &call->speech;
    struct text rest = text_make(piece.at, (size_t)(end - piece.at));
    struct buf kept;
    buf_init_secret(&kept, 2 * UPSTREAM_RECEIVE);
    int r = buf_append_text(&kept, rest); /* it may be what stands in the old one */
    buf_done(&speech->rest);
    if (r < 0) {
        fail(call, TRANSPORT_TOO_LARGE, "no memory is left for it");
        return;
    }
    speech->rest = kept;
    speech->owed = piece.len;
    speech->paused = true;
    wire_wait(speech->wire, false, !all_sent(speech));
}

/* False: nothing more can be handed on now. The wire may have been given back. */
static bool take_body(struct upstream_call *call, struct text piece, const char *end)
{
    if (call->left || piece.len == 0)
        return true;
    call->upstream->inside = true;
    enum upstream_take take = call->events.body(call->arg, piece);
    call->upstream->inside = false;
    switch (take) {
    case UPSTREAM_TAKEN:
        return true;
    case UPSTREAM_PAUSE:
        hold(call, piece, end);
        return false;
    case UPSTREAM_STOP:
        break;
    }
    fail(call, TRANSPORT_TOO_LARGE, "");
    return false;
}

/* False: nothing more is to be received now. */
static bool take(struct upstream_call *call, struct text bytes)
{
    struct http1 *http1 = &call->speech.http1;
    const char *end = bytes.at + bytes.len;
    struct text piece = {0};
    for (;;) {
        switch (http1_read(http1, &bytes, &piece)) {
        case HTTP1_MORE:
            return true;
        case HTTP1_HEAD:
            call->head.status = http1->status;
            call->upstream->inside = true;
            if (!call->left)
                call->events.head(call->arg);
            call->upstream->inside = false;
            break;
        case HTTP1_BODY:
            if (!take_body(call, piece, end))
                return false;
            break;
        case HTTP1_END:
            finish(call, bytes.len > 0);
            return false;
        case HTTP1_BAD:
            fail_by_content(call, http1->why);
            return false;
        }
    }
}

/* It has closed its side. */
static void take_close(struct upstream_call *call)
{
    struct http1 *http1 = &call->speech.http1;
    if (http1_close(http1) == HTTP1_END)
        finish(call, true);
    else
        fail_by_content(call, http1->why);
}

/* Of a bare socket the loop tells again; TLS may hold what no socket tells of. */
static void receive(struct upstream_call *call)
{
    char *place = call->upstream->received;
    bool hides = wire_hides(call->speech.wire);
    for (int i = 0; i == 0 || hides; i++) {
        if (i == RECEIVES_MAX) {
            loop_timer_set(call->upstream->loop, &call->speech.again, 0);
            return;
        }
        ssize_t n = wire_receive(call->speech.wire, place, UPSTREAM_RECEIVE);
        if (n == -EAGAIN)
            return;
        if (n < 0) {
            fail(call, TRANSPORT_RESET, wire_detail(call->speech.wire));
            return;
        }
        if (n == 0) {
            take_close(call);
            return;
        }
        if (!take(call, text_make(place, (size_t)n)))
            return;
    }
}

static void on_again(struct loop_timer *timer)
{
    struct upstream_call *call = OWNER(timer, struct upstream_call, speech.again);
    const struct upstream_speech *speech = &call->speech;
    if (!speech->paused)
        receive(call);
    if (speech->wire && speech->broken && !http1_begun(&speech->http1))
        fail(call, TRANSPORT_SEND, wire_detail(speech->wire));
}

void upstream_wire_unpause(struct upstream_call *call)
{
    struct upstream_speech *speech = &call->speech;
    if (!call->running || !speech->paused)
        return;
    speech->paused = false;
    struct text rest = buf_text(&speech->rest);
    struct text owed = text_make(rest.at, speech->owed);
    if (!take_body(call, owed, rest.at + rest.len) || !take(call, text_skip(rest, owed.len)))
        return;
    buf_done(&speech->rest);
    wire_wait(speech->wire, true, !all_sent(speech));
    if (wire_hides(speech->wire))
        receive(call);
}

/* ---- what goes */

/*
 * An answer that came before all was sent is worth more than how the sending broke: servers that
 * refuse a body close on it. It is looked for in the next turn. Where a kept wire has taken nothing
 * nobody has seen anything of the request.
 */
static void sending_broke(struct upstream_call *call)
{
    struct upstream_speech *speech = &call->speech;
    if (speech->sent == 0 && wire_was_kept(speech->wire)) {
        give_back(call, false);
        call->sent = false;
        wire_begin(call, false);
        return;
    }
    speech->broken = true;
    wire_wait(speech->wire, !speech->paused, false);
    loop_timer_set(call->upstream->loop, &speech->again, 0);
}

/* What is to be sent next, at most SEND_MAX of the body. */
static int pieces_left(const struct upstream_speech *speech, struct iovec pieces[2])
{
    size_t head = speech->sent < speech->out.len ? speech->out.len - speech->sent : 0;
    size_t body = speech->total - speech->sent - head;
    int count = 0;
    if (head > 0)
        pieces[count++] =
            (struct iovec){.iov_base = speech->out.data + speech->sent, .iov_len = head};
    if (body > 0)
        pieces[count++] = (struct iovec){
            .iov_base = (void *)(uintptr_t)(speech->body.at + speech->body.len - body),
            .iov_len = body < SEND_MAX ? body : SEND_MAX};
    return count;
}

static void send_rest(struct upstream_call *call)
{
    struct upstream_speech *speech = &call->speech;
    size_t begun_at = speech->sent;
    call->sent = true;
    while (!all_sent(speech) && !speech->broken && speech->sent - begun_at < SEND_MAX) {
        struct iovec pieces[2];
        ssize_t n = wire_send(speech->wire, pieces, pieces_left(speech, pieces));
        if (n == -EAGAIN)
            break;
        if (n < 0) {
            sending_broke(call);
            return;
        }
        speech->sent += (size_t)n;
    }
    if (all_sent(speech))
        buf_done(&speech->out);
    wire_wait(speech->wire, !speech->paused, !all_sent(speech) && !speech->broken);
}

/* ---- from the wire */

static void on_opened(void *arg, enum transport transport)
{
    struct upstream_call *call = arg;
    call->proxy_status = wire_proxy_status(call->speech.wire);
    if (transport == TRANSPORT_OK)
        send_rest(call);
    else
        fail(call, transport, wire_detail(call->speech.wire));
}

static void on_ready(void *arg, bool can_receive, bool can_send)
{
    struct upstream_call *call = arg;
    if (can_send && !all_sent(&call->speech))
        send_rest(call);
    if (can_receive && call->speech.wire && wire_is_open(call->speech.wire) && !call->speech.paused)
        receive(call);
}

static void wire_begin(struct upstream_call *call, bool fresh)
{
    static const struct wire_owner owner = {.opened = on_opened, .ready = on_ready};
    const struct wire_plan plan = {
        .url = call->url, .way = &call->way, .fresh = fresh, .owner = &owner, .arg = call};
    call->speech.wire = wires_get(call->upstream->wires, &plan);
    if (wire_is_open(call->speech.wire))
        send_rest(call);
}

/* A kept wire is looked at here, so that nothing comes between that and the sending. */
static void on_begin(struct loop_task *task)
{
    struct upstream_call *call = OWNER(task, struct upstream_call, speech.begin);
    wire_begin(call, call->own_connection);
}

/* ---- for upstream.c */

void upstream_wire_start(struct upstream_call *call, const struct upstream_request *request)
{
    struct upstream_speech *speech = &call->speech;
    const struct http1_request head = {.method = request->method,
                                       .url = request->url,
                                       .headers = request->headers,
                                       .has_body = request->body.at != NULL,
                                       .body_bytes = request->body.len};
    speech->again.due = on_again;
    speech->begin.run = on_begin;
    speech->body = request->body.at ? request->body : text_of("");
    http1_init(&speech->http1, &call->head.lines, strcmp(request->method, "HEAD") == 0);
    bool together = speech->body.len <= BODY_WITH_HEAD;
    buf_reserve(&speech->out, strlen(request->url) + request->headers->len + OWN_LINES +
                                  (together ? speech->body.len : 0));
    int r = http1_request_write(&head, &speech->out);
    if (r == 0 && together) {
        r = buf_append_text(&speech->out, speech->body);
        speech->body = text_of("");
    }
    speech->total = speech->out.len + speech->body.len;
    if (r == 0)
        loop_defer_last(call->upstream->loop, &speech->begin);
    else if (r == -EINVAL)
        upstream_call_end(call, TRANSPORT_INTERNAL, "the address is none");
    else
        upstream_call_end(call, TRANSPORT_INTERNAL, strerror(-r));
}

void upstream_wire_stop(struct upstream_call *call)
{
    give_back(call, false);
}
