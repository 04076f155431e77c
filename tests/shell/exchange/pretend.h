/*
 * A world without sockets for the tests of this room: a loop whose time the test lets pass, and in
 * place of call/upstream.c a wire whose calls wait for the test to answer them. A program includes
 * it once.
 */
#ifndef UNDERSTUDY_TESTS_PRETEND_H
#define UNDERSTUDY_TESTS_PRETEND_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop.h"
#include "call/upstream.h"

/* ---- time */

#define PRETEND_BEGIN_MS 1000000

static struct loop loop;
static int64_t pretend_now_ms = PRETEND_BEGIN_MS;
static int pretend_turns;

int64_t clock_monotonic_ms(void)
{
    return pretend_now_ms;
}

int64_t clock_monotonic_us(void)
{
    return pretend_now_ms * 1000;
}

int64_t clock_slept_ms(void)
{
    return 0;
}

int64_t clock_wall_ms(void)
{
    return 1700000000000 + pretend_now_ms;
}

double clock_random_unit(void)
{
    return 0.5;
}

void clock_random_hex(char *out, size_t bytes)
{
    memset(out, '7', 2 * bytes);
    out[2 * bytes] = '\0';
}

static int64_t pretend_turn(struct loop_hook *hook)
{
    (void)hook;
    if (--pretend_turns <= 0)
        loop_stop(&loop);
    return 0;
}

/* What is queued or due happens. */
static void settle(void)
{
    pretend_turns = 3;
    loop.stopped = false;
    loop_run(&loop);
}

/* So much time passes at once. */
__attribute__((unused)) static void pass_ms(int64_t ms)
{
    pretend_now_ms += ms;
    settle();
}

/* ---- the wire */

#define PRETEND_CALLS 64

struct upstream_call {
    struct upstream_request request; /* what it points to is there until the call is released */
    struct upstream_head head;
    char url[256], body[4096]; /* kept beyond that */
    bool over, stopped, left, doubted, released, unpaused;
};

/* In the order in which they were started. */
struct upstream {
    struct upstream_call *calls[PRETEND_CALLS];
    int started;
};

static struct upstream wire;

struct upstream_call *upstream_start(struct upstream *upstream,
                                     const struct upstream_request *request)
{
    struct upstream_call *call = xcalloc(1, sizeof(*call));
    ck_assert_int_lt(upstream->started, PRETEND_CALLS);
    call->request = *request;
    buf_init(&call->head.lines, 65536);
    (void)snprintf(call->url, sizeof(call->url), "%s", request->url);
    (void)snprintf(call->body, sizeof(call->body), "%.*s", TEXT_ARG(request->body));
    return upstream->calls[upstream->started++] = call;
}

struct loop *upstream_loop(const struct upstream *upstream)
{
    (void)upstream;
    return &loop;
}

void upstream_stop(struct upstream_call *call)
{
    call->stopped |= !call->over;
    call->over = true;
}

void upstream_leave(struct upstream_call *call, int64_t within_ms)
{
    (void)within_ms;
    call->left = call->over = true;
}

void upstream_release(struct upstream_call *call)
{
    ck_assert(call->over);
    call->released = true;
}

void upstream_doubt(struct upstream_call *call)
{
    call->doubted = true;
}

void upstream_unpause(struct upstream_call *call)
{
    call->unpaused = true;
}

const struct upstream_head *upstream_call_head(const struct upstream_call *call)
{
    return &call->head;
}

const char *upstream_call_detail(const struct upstream_call *call)
{
    (void)call;
    return "";
}

int upstream_call_proxy_status(const struct upstream_call *call)
{
    (void)call;
    return 0;
}

bool upstream_call_sent(const struct upstream_call *call)
{
    return call != NULL;
}

/* The latest one. */
__attribute__((unused)) static struct upstream_call *call_now(void)
{
    ck_assert_int_gt(wire.started, 0);
    return wire.calls[wire.started - 1];
}

static bool ends_so(const char *text, const char *ending)
{
    size_t len = strlen(text), want = strlen(ending);
    return len >= want && strcmp(text + len - want, ending) == 0;
}

/* The latest one to a URL that ends so; NULL = there was none. */
__attribute__((unused)) static struct upstream_call *call_to(const char *ending)
{
    for (int i = wire.started; i-- > 0;)
        if (ends_so(wire.calls[i]->url, ending))
            return wire.calls[i];
    return NULL;
}

__attribute__((unused)) static int calls_to(const char *ending)
{
    int count = 0;
    for (int i = 0; i < wire.started; i++)
        count += ends_so(wire.calls[i]->url, ending);
    return count;
}

/* Is it waited for still? */
__attribute__((unused)) static bool is_open(const struct upstream_call *call)
{
    return !call->over && !call->released;
}

/* fields: each with its CRLF. */
__attribute__((unused)) static void send_head(struct upstream_call *call, int status,
                                              const char *fields)
{
    ck_assert(is_open(call));
    call->head.status = status;
    ck_assert_int_eq(buf_printf(&call->head.lines, "HTTP/1.1 %d x\r\n%s\r\n", status, fields), 0);
    call->request.events->head(call->request.arg);
}

__attribute__((unused)) static enum upstream_take send_bytes(struct upstream_call *call,
                                                             const char *bytes)
{
    return is_open(call) ? call->request.events->body(call->request.arg, text_of(bytes))
                         : UPSTREAM_STOP;
}

__attribute__((unused)) static void send_end(struct upstream_call *call, enum transport transport)
{
    if (!is_open(call))
        return;
    call->over = true;
    call->request.events->end(call->request.arg, transport);
}

#define JSON_TYPE   "Content-Type: application/json\r\n"
#define EVENTS_TYPE "Content-Type: text/event-stream\r\n"

/* A whole answer. */
__attribute__((unused)) static void send_answer(struct upstream_call *call, int status,
                                                const char *json)
{
    send_head(call, status, JSON_TYPE);
    if (send_bytes(call, json) == UPSTREAM_STOP)
        send_end(call, TRANSPORT_TOO_LARGE);
    else
        send_end(call, TRANSPORT_OK);
    settle();
}

/* ---- the world */

static struct loop_hook pretend_hook = {.turn = pretend_turn};

static void pretend_begin(void)
{
    pretend_now_ms = PRETEND_BEGIN_MS;
    wire = (struct upstream){0};
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &pretend_hook);
}

/* All calls must have been given back. */
static void pretend_end(void)
{
    for (int i = 0; i < wire.started; i++) {
        ck_assert_msg(wire.calls[i]->released, "call %d was not given back", i);
        buf_done(&wire.calls[i]->head.lines);
        free(wire.calls[i]);
    }
    loop_done(&loop);
}

#endif
