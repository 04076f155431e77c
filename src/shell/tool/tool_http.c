/*
 * Inside libcurl the bytes are only kept; a task looks at them behind the event. Whatever
 * the Content-Type says, a body that is no event stream is taken for one message.
 */
#include "tool/tool_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "call/upstream.h"
#include "http/headers.h"
#include "http/sse.h"
#include "http/unpack.h"

/* In bytes, of where a redirect goes to. */
#define PLACE_MAX 100

struct tool_http {
    struct tool_http_plan plan;
    struct upstream_call *call;
    struct unpack unpack;
    struct buf came; /* all of a body; of a stream what was not looked at yet */
    size_t came_sum; /* bytes, ever */
    struct sse sse;
    bool is_stream;
    struct buf answer;
    struct text session;
    struct loop_task look;
};

static struct loop *loop_of(const struct tool_http *http)
{
    return upstream_loop(http->plan.upstream);
}

/* ---- inside libcurl */

static void on_head(void *arg)
{
    struct tool_http *http = arg;
    const struct upstream_head *head = upstream_call_head(http->call);
    struct codings codings = {0};
    struct text name, value;
    size_t position = 0;
    while (upstream_head_next(head, &position, &name, &value))
        if (header_name_is(name, "content-encoding"))
            codings_read(&codings, value);
        else if (header_name_is(name, "content-type"))
            http->is_stream = text_starts_nocase(value, "text/event-stream");
        else if (header_name_is(name, "mcp-session-id"))
            http->session = value;
    unpack_begin(&http->unpack, &codings);
}

static enum upstream_take on_body(void *arg, struct text bytes)
{
    struct tool_http *http = arg;
    if (http->plan.id == 0) /* the status is all that is wanted */
        return UPSTREAM_TAKEN;
    if (!unpack_take(&http->unpack, &bytes))
        return UPSTREAM_STOP;
    http->came_sum += bytes.len;
    if (http->came_sum > TOOL_MESSAGE_MAX || buf_append_text(&http->came, bytes) < 0)
        return UPSTREAM_STOP;
    if (http->is_stream)
        loop_defer(loop_of(http), &http->look);
    return UPSTREAM_TAKEN;
}

/* ---- from the loop */

static void http_finish(struct tool_http *http, const struct tool_answer *answer)
{
    loop_undefer(loop_of(http), &http->look);
    upstream_stop(http->call); /* what follows in a stream is nobody's */
    http->plan.done(http->plan.arg, answer);
}

static struct tool_answer answer_begin(const struct tool_http *http, enum tool_end end)
{
    return (struct tool_answer){.end = end,
                                .lost = upstream_call_sent(http->call),
                                .status = upstream_call_head(http->call)->status,
                                .json = buf_text(&http->answer),
                                .session = http->session};
}

/* Does it answer the message? A request whose id the server could not read is refused with none. */
static bool is_answer(const struct tool_http *http, const struct mcp_message *message)
{
    bool is_result = message->kind == MCP_RESULT || message->kind == MCP_ERROR;
    return is_result && (message->id == http->plan.id ||
                         (message->kind == MCP_ERROR && message->id == MCP_NO_ID));
}

static bool http_is_answered(struct tool_http *http, struct text json)
{
    struct mcp_message message;
    mcp_message_read(json, &message);
    if (!is_answer(http, &message)) {
        if (http->plan.heard && http->is_stream)
            http->plan.heard(http->plan.arg, &message);
        return false;
    }
    buf_reset(&http->answer);
    alloc_must(buf_append_text(&http->answer, json));
    return true;
}

/* Looks for the answer among the events that have come whole. -errno: there will be none. */
static int http_read_events(struct tool_http *http, bool *ret_answered)
{
    struct sse_event event;
    while (http->came.len > 0 && !*ret_answered) {
        size_t n = http->came.len < SSE_PUSH_MAX ? http->came.len : SSE_PUSH_MAX;
        int r = sse_push(&http->sse, text_make(http->came.data, n));
        if (r < 0)
            return r;
        buf_consume(&http->came, n);
        while (!*ret_answered && sse_next(&http->sse, &event))
            *ret_answered = event.has_data && http_is_answered(http, event.data);
    }
    return 0;
}

static void http_fail(struct tool_http *http, enum tool_end end, const char *why)
{
    struct tool_answer answer = answer_begin(http, end);
    (void)snprintf(answer.why, sizeof(answer.why), "%s", why);
    http_finish(http, &answer);
}

/* What has come is all of a message, or as much of a stream as there is. True: it is over. */
static bool http_look(struct tool_http *http)
{
    bool answered = false;
    if (http->plan.id == 0)
        answered = true;
    else if (!http->is_stream)
        answered = http_is_answered(http, buf_text(&http->came));
    else if (http_read_events(http, &answered) < 0) {
        http_fail(http, TOOL_TOO_LARGE, "answered with more than 8 MB");
        return true;
    }
    if (!answered)
        return false;
    const struct tool_answer answer = answer_begin(http, TOOL_OK);
    http_finish(http, &answer);
    return true;
}

static void on_look(struct loop_task *task)
{
    (void)http_look(OWNER(task, struct tool_http, look));
}

/* Where to, as far as a log may have it: without a user, and without what is behind the path. */
static void elsewhere_write(const struct tool_http *http, char why[TOOL_WHY_MAX])
{
    const struct upstream_head *head = upstream_call_head(http->call);
    struct text place = {NULL, 0};
    size_t len = 0;
    (void)upstream_head_get(head, "location", &place);
    while (len < place.len && len < PLACE_MAX && !strchr("?#@\\", place.at[len]) &&
           place.at[len] > ' ' && place.at[len] < 0x7f)
        len++;
    if (len == 0 || (len < place.len && place.at[len] == '@'))
        place = text_of("another address");
    else
        place.len = len;
    (void)snprintf(why, TOOL_WHY_MAX, "redirects to %.*s (status %d), which is not followed",
                   TEXT_ARG(place), head->status);
}

/* The answer is here, and none of it is what was asked for. */
static void http_end_unanswered(struct tool_http *http)
{
    int status = upstream_call_head(http->call)->status;
    struct tool_answer answer = answer_begin(http, TOOL_PROTOCOL);
    const char *why = http->is_stream ? "ended its answer before the result"
                                      : "answered with something that is not MCP";
    if (http->is_stream && status < 300)
        answer.end = TOOL_NETWORK;
    if (status >= 300 && status < 400)
        elsewhere_write(http, answer.why);
    else if (status >= 400)
        (void)snprintf(answer.why, sizeof(answer.why), "answered with status %d", status);
    else
        (void)snprintf(answer.why, sizeof(answer.why), "%s", why);
    http_finish(http, &answer);
}

static enum tool_end end_of(enum transport transport)
{
    switch (transport_failure(transport)) {
    case FAILURE_TIMEOUT:
        return TOOL_TIMEOUT;
    case FAILURE_PROTOCOL:
        return transport == TRANSPORT_MALFORMED ? TOOL_PROTOCOL : TOOL_NETWORK;
    case FAILURE_NONE:
    case FAILURE_NETWORK:
    case FAILURE_SERVER:
    case FAILURE_RATE_LIMIT:
    case FAILURE_AUTH:
    case FAILURE_QUOTA:
    case FAILURE_MODEL:
    case FAILURE_CONTEXT:
    case FAILURE_POLICY:
    case FAILURE_REQUEST:
    case FAILURE_REDIRECT:
    case FAILURE_SKIPPED:
    case FAILURE_CANCELLED:
        break;
    }
    return TOOL_NETWORK;
}

static const char *sentence_of(enum transport transport)
{
    switch (transport) {
    case TRANSPORT_DNS:
        return "was not reached: its name could not be resolved";
    case TRANSPORT_CONNECT:
        return "was not reached: it refused the connection, or its host is unreachable";
    case TRANSPORT_TLS:
        return "was not reached: the TLS handshake broke off";
    case TRANSPORT_CERTIFICATE:
        return "was not reached: its certificate is not trusted";
    case TRANSPORT_CONNECT_TIMEOUT:
        return "was not reached in time";
    case TRANSPORT_NO_DESCRIPTOR:
        return "was not reached: no file descriptor is left here";
    case TRANSPORT_MALFORMED:
        return "answered with something that is not HTTP";
    case TRANSPORT_OK:
    case TRANSPORT_PROXY:
    case TRANSPORT_PROXY_AUTH:
    case TRANSPORT_SEND:
    case TRANSPORT_RESET:
    case TRANSPORT_FIRST_BYTE_TIMEOUT:
    case TRANSPORT_IDLE_TIMEOUT:
    case TRANSPORT_TRUNCATED:
    case TRANSPORT_TOO_LARGE:
    case TRANSPORT_DEADLINE:
    case TRANSPORT_INTERNAL:
        break;
    }
    return "broke the connection before it answered";
}

/* Cut by us, at its size or because what it was packed in is broken. */
static void http_end_stopped(struct tool_http *http)
{
    if (http->came_sum > TOOL_MESSAGE_MAX)
        http_fail(http, TOOL_TOO_LARGE, "answered with more than 8 MB");
    else
        http_fail(http, TOOL_PROTOCOL, "answered with something that cannot be unpacked");
}

static void on_end(void *arg, enum transport transport)
{
    struct tool_http *http = arg;
    bool whole =
        transport == TRANSPORT_OK && (http->plan.id == 0 || unpack_is_whole(&http->unpack));
    int status = upstream_call_head(http->call)->status;
    bool elsewhere = status >= 300 && status < 400;
    /* Of a stream that broke the answer may be here, which is then good. */
    if ((whole || http->is_stream) && !elsewhere && http_look(http))
        return;
    if (whole)
        http_end_unanswered(http);
    else if (transport == TRANSPORT_TOO_LARGE)
        http_end_stopped(http);
    else
        http_fail(http, end_of(transport), sentence_of(transport));
}

static const struct upstream_events events = {.head = on_head, .body = on_body, .end = on_end};

struct tool_http *tool_http_start(const struct tool_http_plan *plan)
{
    struct tool_http *http = xcalloc(1, sizeof(*http));
    http->plan = *plan;
    http->look.run = on_look;
    unpack_init(&http->unpack);
    buf_init(&http->came, TOOL_MESSAGE_MAX);
    buf_init(&http->answer, TOOL_MESSAGE_MAX);
    sse_init(&http->sse, TOOL_MESSAGE_MAX);
    const struct upstream_request request = {
        .method = "POST",
        .url = plan->tool->url,
        .body = plan->message,
        .own_connection = true,
        .headers = plan->headers,
        .way = {.connect_timeout_ms = plan->connect_within_ms},
        .events = &events,
        .arg = http,
    };
    http->call = upstream_start(plan->upstream, &request);
    return http;
}

void tool_http_free(struct tool_http *http)
{
    if (!http)
        return;
    loop_undefer(loop_of(http), &http->look);
    upstream_stop(http->call);
    upstream_release(http->call);
    unpack_done(&http->unpack);
    sse_done(&http->sse);
    buf_done(&http->came);
    buf_done(&http->answer);
    free(http);
}
