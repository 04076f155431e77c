/*
 * In place of call/upstream.c, for what asks one thing at a time: the request waits for the test to
 * end it, and time passes as the test says. Included once in a test.
 */
#ifndef UNDERSTUDY_PRETEND_UPSTREAM_H
#define UNDERSTUDY_PRETEND_UPSTREAM_H

#include <stdlib.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "call/upstream.h"
#include "unit.h"

struct upstream {
    int started;
    struct upstream_call *call; /* the last one; NULL = it was given back */
};

struct upstream_call {
    struct upstream_request request;
    struct upstream_head head;
    int proxy_status;
    bool stopped;
};

static struct loop loop;
static struct upstream wire;

struct upstream_call *upstream_start(struct upstream *upstream,
                                     const struct upstream_request *request)
{
    ck_assert_ptr_null(upstream->call);
    struct upstream_call *call = xcalloc(1, sizeof(*call));
    call->request = *request;
    buf_init(&call->head.lines, 1000);
    upstream->started++;
    return upstream->call = call;
}

struct loop *upstream_loop(const struct upstream *upstream)
{
    (void)upstream;
    return &loop;
}

void upstream_stop(struct upstream_call *call)
{
    call->stopped = true;
}

void upstream_doubt(struct upstream_call *call)
{
    ck_assert(!call->stopped);
}

void upstream_release(struct upstream_call *call)
{
    ck_assert(call->stopped);
    wire.call = NULL;
    buf_done(&call->head.lines);
    free(call);
}

const struct upstream_head *upstream_call_head(const struct upstream_call *call)
{
    return &call->head;
}

const char *upstream_call_detail(const struct upstream_call *call)
{
    (void)call;
    return "refused";
}

int upstream_call_proxy_status(const struct upstream_call *call)
{
    return call->proxy_status;
}

/* The request under way gets that answer, body NULL: without one; status 0: none. */
static void wire_end(int status, const char *body)
{
    struct upstream_call *call = wire.call;
    ck_assert_ptr_nonnull(call);
    call->head.status = status;
    if (status > 0 && body)
        (void)call->request.events->body(call->request.arg, text_of(body));
    call->request.events->end(call->request.arg, status ? TRANSPORT_OK : TRANSPORT_CONNECT);
}

/* What comes due by then comes due. */
static void pass(int64_t ms)
{
    loop.now_ms += ms;
    while (loop.timer_count > 0 && loop.heap[1]->at_ms <= loop.now_ms) {
        struct loop_timer *timer = loop.heap[1];
        loop_timer_cancel(&loop, timer);
        timer->due(timer);
    }
}

#endif
