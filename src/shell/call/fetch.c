/* See fetch.h. */
#include "call/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/owner.h"
#include "call/upstream.h"
#include "http/headers.h"
#include "http/http_date.h"
#include "http/unpack.h"
#include "machine/process.h"
#include "rules/forward.h"
#include "rules/mask.h"

#define BODY_MAX    (8u << 20)
#define HEADERS_MAX (256u << 10)

struct fetch {
    struct fetch_plan plan;
    struct upstream_call *call;
    struct buf headers;
    struct buf body;
    struct unpack unpack;
    char *url;
    char *sent;
    struct loop_timer limit;
    enum transport transport;
};

static void on_head(void *arg)
{
    struct fetch *fetch = arg;
    struct codings codings = {0};
    struct text name, value;
    size_t position = 0;
    while (upstream_head_next(upstream_call_head(fetch->call), &position, &name, &value))
        if (header_name_is(name, "content-encoding"))
            codings_read(&codings, value);
    unpack_begin(&fetch->unpack, &codings);
}

static enum upstream_take on_body(void *arg, struct text bytes)
{
    struct fetch *fetch = arg;
    if (!unpack_take(&fetch->unpack, &bytes) || buf_append_text(&fetch->body, bytes) < 0)
        return UPSTREAM_STOP;
    return UPSTREAM_TAKEN;
}

/* What is no success may quote the key that it refuses, and some of it is a client's to read. */
static void mask_refusal(struct fetch *fetch)
{
    int status = upstream_call_head(fetch->call)->status;
    if (status < 200 || status > 299)
        fetch->body.len = mask_provider(fetch->plan.provider, fetch->body.data, fetch->body.len);
}

static void finish(struct fetch *fetch, enum transport transport)
{
    bool cut = transport == TRANSPORT_OK && !unpack_is_whole(&fetch->unpack);
    fetch->transport = cut ? TRANSPORT_TRUNCATED : transport;
    upstream_stop(fetch->call);
    mask_refusal(fetch);
    loop_timer_cancel(upstream_loop(fetch->plan.upstream), &fetch->limit);
    fetch->plan.done(fetch->plan.arg);
}

static void on_end(void *arg, enum transport transport)
{
    finish(arg, transport);
}

static void on_limit(struct loop_timer *timer)
{
    struct fetch *fetch = OWNER(timer, struct fetch, limit);
    finish(fetch, upstream_call_sent(fetch->call) ? TRANSPORT_FIRST_BYTE_TIMEOUT
                                                  : TRANSPORT_CONNECT_TIMEOUT);
}

static const struct upstream_events events = {.head = on_head, .body = on_body, .end = on_end};

struct fetch *fetch_start(const struct fetch_plan *plan)
{
    struct fetch *fetch = xcalloc(1, sizeof(*fetch));
    const struct buf none = {0};
    fetch->plan = *plan;
    fetch->limit.due = on_limit;
    buf_init_secret(&fetch->headers, HEADERS_MAX);
    buf_init_secret(&fetch->body, BODY_MAX);
    unpack_init(&fetch->unpack);
    fetch->url = xasprintf("%s%s", plan->provider->base_url, plan->path);
    fetch->sent = plan->body ? xstrdup(plan->body) : NULL;
    const struct forward_target target = {.provider = plan->provider,
                                          .key = plan->key,
                                          .json = plan->body != NULL,
                                          .foreign = plan->foreign,
                                          .credential = plan->credential,
                                          .process = process_id};
    alloc_must(
        forward_headers(plan->app_headers ? plan->app_headers : &none, &target, &fetch->headers));
    struct upstream_request request = {
        .method = plan->body ? "POST" : "GET",
        .url = fetch->url,
        .body = text_of(fetch->sent),
        .own_connection = true,
        .headers = &fetch->headers,
        .way = upstream_way_of(plan->provider),
        .events = &events,
        .arg = fetch,
    };
    struct loop *loop = upstream_loop(plan->upstream);
    fetch->call = upstream_start(plan->upstream, &request);
    loop_timer_set(loop, &fetch->limit, loop_now_ms(loop) + plan->limit_ms);
    return fetch;
}

void fetch_free(struct fetch *fetch)
{
    if (!fetch)
        return;
    upstream_stop(fetch->call);
    upstream_release(fetch->call);
    loop_timer_cancel(upstream_loop(fetch->plan.upstream), &fetch->limit);
    buf_done(&fetch->headers);
    buf_done(&fetch->body);
    unpack_done(&fetch->unpack);
    free(fetch->url);
    free(fetch->sent);
    free(fetch);
}

int fetch_status(const struct fetch *fetch)
{
    return fetch->transport == TRANSPORT_OK ? upstream_call_head(fetch->call)->status : 0;
}

enum transport fetch_transport(const struct fetch *fetch)
{
    return fetch->transport;
}

struct text fetch_body(const struct fetch *fetch)
{
    return buf_text(&fetch->body);
}

int64_t fetch_date_s(const struct fetch *fetch)
{
    struct text value;
    int64_t date_s = 0;
    bool told = fetch_status(fetch) != 0 &&
                upstream_head_get(upstream_call_head(fetch->call), "date", &value) &&
                http_date_parse(value, clock_wall_ms() / 1000, &date_s);
    return told ? date_s : 0;
}

const char *fetch_detail(const struct fetch *fetch)
{
    return fetch->transport == TRANSPORT_OK ? "" : upstream_call_detail(fetch->call);
}
