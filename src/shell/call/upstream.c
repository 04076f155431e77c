/*
 *     upstream_start -> over a wire, or as libcurl's transfer -> end, from a task
 *          ^
 *     pool of idle calls <--- upstream_release <-- left calls, when they end
 *
 * While bytes are handed to an owner nothing may be started or stopped. So owners note; the loop's
 * timers, watches and tasks act. A call that ends is off the wire first, and told to its owner
 * after that.
 */
#include "call/upstream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "call/upstream_impl.h"
#include "machine/memory.h"

/* Idle calls kept for the next ones, with the memory of their heads. */
#define POOL_MAX 64
/* A call that is given up without an answer after so long makes its connection doubtful. */
#define SILENT_MS 1000

static void on_left_too_long(struct loop_timer *timer);

void upstream_call_end(struct upstream_call *call, enum transport transport, const char *detail)
{
    call->transport = transport;
    call->running = false;
    free(call->detail);
    call->detail = detail[0] ? xstrdup(detail) : NULL;
    loop_defer(call->upstream->loop, &call->over);
}

static void end_left(struct upstream_call *call)
{
    call->left = false;
    loop_timer_cancel(call->upstream->loop, &call->limit);
    LIST_TAKE(call, in_left);
    if (call->released)
        upstream_release(call);
}

static void tell_end(struct loop_task *task)
{
    struct upstream_call *call = OWNER(task, struct upstream_call, over);
    if (call->left)
        end_left(call);
    else
        call->events.end(call->arg, call->transport);
}

static struct upstream_call *call_new(struct upstream *upstream)
{
    struct upstream_call *call = upstream->pool;
    if (call) {
        upstream->pool = call->next;
        upstream->pooled--;
        return call;
    }
    call = xcalloc(1, sizeof(*call));
    call->upstream = upstream;
    call->limit.due = on_left_too_long;
    call->over.run = tell_end;
    buf_init_secret(&call->head.lines, UPSTREAM_HEAD_MAX);
    buf_init_secret(&call->speech.out, UPSTREAM_OUT_MAX);
    return call;
}

static void call_free(struct upstream_call *call)
{
    buf_done(&call->head.lines);
    buf_done(&call->speech.out);
    free(call);
}

/* What it has of the request is wiped; what it may keep is memory. */
static void call_clear(struct upstream_call *call)
{
    struct buf lines = call->head.lines;
    buf_done(&call->speech.out);
    buf_done(&call->speech.rest);
    free(call->detail);
    buf_reset(&lines);
    *call = (struct upstream_call){.upstream = call->upstream,
                                   .limit.due = on_left_too_long,
                                   .over.run = tell_end,
                                   .head.lines = lines};
    buf_init_secret(&call->speech.out, UPSTREAM_OUT_MAX);
}

/* What a provider said may have quoted a key. */
static void wipe_received(struct upstream *upstream)
{
    explicit_bzero(upstream->received, sizeof(upstream->received));
    memory_forget();
}

static void drop_pool(struct upstream *upstream)
{
    upstream->pooled = 0;
    while (upstream->pool) {
        struct upstream_call *call = upstream->pool;
        upstream->pool = call->next;
        call_free(call);
    }
}

void upstream_release(struct upstream_call *call)
{
    struct upstream *upstream = call->upstream;
    call->released = true;
    if (call->left)
        return;
    assert(!call->running);
    if (call->easy)
        upstream_transfer_done(call);
    bool of_old_keys = call->era != upstream->multi.era;
    if (of_old_keys)
        wipe_received(upstream);
    call_clear(call);
    if (of_old_keys || upstream->pooled == POOL_MAX) {
        call_free(call);
        return;
    }
    call->next = upstream->pool;
    upstream->pool = call;
    upstream->pooled++;
}

void upstream_doubt(struct upstream_call *call)
{
    if (call->easy)
        upstream_transfer_doubt(call);
    else
        upstream_wire_doubt(call);
}

static void cut(struct upstream_call *call)
{
    int64_t age_ms = loop_now_ms(call->upstream->loop) - call->begun_at_ms;
    assert(!call->upstream->inside);
    /* Nobody waits for it any more, and no byte has come: it may be the path. */
    if (call->running && call->head.status == 0 && age_ms >= SILENT_MS)
        upstream_doubt(call);
    if (call->easy)
        upstream_transfer_stop(call);
    else
        upstream_wire_stop(call);
    call->running = false;
    loop_undefer(call->upstream->loop, &call->over);
}

void upstream_stop(struct upstream_call *call)
{
    if (!call->left)
        cut(call);
}

static void on_left_too_long(struct loop_timer *timer)
{
    struct upstream_call *call = OWNER(timer, struct upstream_call, limit);
    cut(call);
    end_left(call);
}

void upstream_leave(struct upstream_call *call, int64_t within_ms)
{
    struct upstream *upstream = call->upstream;
    if (call->left)
        return;
    /* The body is the owner's: what is still to be sent of it would be read after it is gone. */
    bool sent = call->easy ? upstream_transfer_is_sent(call) : upstream_wire_is_sent(call);
    if (!call->running || !sent) {
        cut(call);
        return;
    }
    call->left = true;
    LIST_ADD(&upstream->left, call, in_left);
    loop_timer_set(upstream->loop, &call->limit, loop_now_ms(upstream->loop) + within_ms);
    if (!call->easy)
        upstream_wire_unpause(call);
}

void upstream_unpause(struct upstream_call *call)
{
    assert(!call->upstream->inside);
    if (call->easy)
        curleasy_unpause(call->easy);
    else
        upstream_wire_unpause(call);
}

struct upstream_call *upstream_start(struct upstream *upstream,
                                     const struct upstream_request *request)
{
    assert(!upstream->inside && !upstream->multi.inside);
    struct upstream_call *call = call_new(upstream);
    call->events = *request->events;
    call->arg = request->arg;
    call->url = request->url;
    call->way = request->way;
    call->own_connection = request->own_connection;
    call->era = upstream->multi.era;
    call->begun_at_ms = loop_now_ms(upstream->loop);
    call->running = true;
    /* What goes wrong is told as any end, never from in here. */
    if (wires_can(request->url, &request->way))
        upstream_wire_start(call, request);
    else
        upstream_transfer_start(call, request);
    return call;
}

void upstream_woke(struct upstream *upstream)
{
    wires_drop(upstream->wires, (struct text){0});
    curlmulti_woke(&upstream->multi);
}

void upstream_read_certificates_anew(struct upstream *upstream)
{
    upstream_certificates_renew(&upstream->multi.certificates, loop_now_ms(upstream->loop));
}

const struct upstream_head *upstream_call_head(const struct upstream_call *call)
{
    return &call->head;
}

const char *upstream_call_detail(const struct upstream_call *call)
{
    return call->detail ? call->detail : "";
}

int upstream_call_proxy_status(const struct upstream_call *call)
{
    return call->proxy_status;
}

bool upstream_call_sent(const struct upstream_call *call)
{
    return call->sent;
}

struct upstream *upstream_new(struct loop *loop)
{
    struct upstream *upstream = xcalloc(1, sizeof(*upstream));
    upstream->loop = loop;
    upstream->heads_first = upstream_transfer_heads_first();
    if (!curlmulti_init(&upstream->multi, loop)) {
        free(upstream);
        return NULL;
    }
    upstream->wires = wires_new(&upstream->multi);
    return upstream;
}

struct loop *upstream_loop(const struct upstream *upstream)
{
    return upstream->loop;
}

void upstream_forget(struct upstream *upstream)
{
    curlmulti_forget(&upstream->multi);
    drop_pool(upstream);
    wipe_received(upstream);
}

void upstream_free(struct upstream *upstream)
{
    if (!upstream)
        return;
    while (upstream->left) {
        struct upstream_call *call = upstream->left;
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): end_left took the one before out */
        call->released = true;
        cut(call);
        end_left(call);
    }
    drop_pool(upstream);
    wipe_received(upstream);
    wires_free(upstream->wires);
    curlmulti_done(&upstream->multi);
    free(upstream);
}
