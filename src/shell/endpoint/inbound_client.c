/* The two speak almost the same words: here they are put together. */
#include "endpoint/inbound_client.h"

#include "endpoint/endpoints.h"
#include "exchange/exchange.h"
#include "rounds/tool_run.h"
#include "serve/inbound.h"

static void on_head(void *arg, struct reply *reply)
{
    inbound_reply_take(arg, reply);
}

static void on_more(void *arg)
{
    inbound_wake(arg);
}

static void on_closed(void *arg, bool client_gone)
{
    if (client_gone)
        exchange_client_gone(arg);
    else
        exchange_client_end(arg);
}

static const struct inbound_job job = {.closed = on_closed};

static void on_run_closed(void *arg, bool client_gone)
{
    if (client_gone)
        tool_run_client_gone(arg);
    else
        tool_run_client_end(arg);
}

static const struct inbound_job run_job = {.closed = on_run_closed};

/* The exchange may have answered when exchange_start returns; that it closes is told later. */
void inbound_client_start(struct endpoints *at, struct inbound *inbound)
{
    const struct client client = {.head = on_head, .more = on_more, .arg = inbound};
    struct client_request request = {.method = inbound->method,
                                     .path = inbound->verdict.api_path,
                                     .query = inbound->verdict.query,
                                     .app = inbound_forward_app(inbound),
                                     .client = inbound->client,
                                     .dialect = inbound_dialect(inbound),
                                     .no_body = !inbound->verdict.expects_body,
                                     .body = inbound->body,
                                     .hold = inbound->hold,
                                     .reading = inbound->reading};
    buf_init(&inbound->body, 0);
    inbound->reading = NULL;
    inbound->hold = (struct hold){0};
    struct tool_run *run = tool_run_start(at->tool_runs, &client, &request);
    if (run)
        inbound_set_job(inbound, &run_job, run);
    else
        inbound_set_job(inbound, &job, exchange_start(at->exchanges, &client, &request));
}
