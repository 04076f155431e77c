/* One ask, and what its end is to a model. */
#include "tool/tool_job.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/shared_config.h"
#include "mcp/mcp_message.h"
#include "mcp/mcp_result.h"
#include "text/buf.h"
#include "text/utf8.h"
#include "tool/tool_server.h"
#include "tool/tool_servers.h"

/* Our own words around the name of a server. */
#define WORDS_MAX 4096

struct tool_job {
    struct tool_servers *servers;
    struct tool_job_request request; /* its texts are gone */
    struct shared_config *shared;
    struct tool_ask *ask;
};

static void job_free(struct tool_job *job)
{
    shared_config_unref(job->shared);
    free(job);
}

static void job_end(struct tool_job *job, enum tool_end end, struct text text)
{
    if (end == TOOL_NETWORK)
        tool_servers_doubt(job->servers, job->request.tool);
    job->request.ended(job->request.arg, end, text);
    job_free(job);
}

static void job_fail(struct tool_job *job, enum tool_end end, const char *why, struct text more)
{
    struct buf text;
    buf_init(&text, WORDS_MAX);
    alloc_must(
        buf_printf(&text, MCP_FAILED "%s %s%.*s", job->request.tool->name, why, TEXT_ARG(more)));
    job_end(job, end, buf_text(&text));
    buf_done(&text);
}

static void job_refused(struct tool_job *job, const struct mcp_message *message)
{
    struct buf words;
    buf_init(&words, MCP_ERROR_TEXT_MAX);
    alloc_must(mcp_error_text(message, &words));
    job_fail(job, TOOL_ERROR, "refused the call: ", buf_text(&words));
    buf_done(&words);
}

static void job_result(struct tool_job *job, struct text result)
{
    bool failed = false;
    struct buf text;
    /* A failed one has a mark in front that is not the server's. */
    buf_init(&text, job->request.max_result + sizeof(MCP_FAILED));
    if (mcp_result_text(result, job->request.max_result, &text, &failed) < 0)
        job_fail(job, TOOL_PROTOCOL, "answered with a result that cannot be read",
                 (struct text){NULL, 0});
    else
        job_end(job, failed ? TOOL_ERROR : TOOL_OK, buf_text(&text));
    buf_done(&text);
}

static void on_answer(void *arg, const struct tool_answer *answer)
{
    struct tool_job *job = arg;
    struct mcp_message message;
    job->ask = NULL;
    if (answer->end != TOOL_OK) {
        job_fail(job, answer->end, answer->why, (struct text){NULL, 0});
        return;
    }
    mcp_message_read(answer->json, &message);
    if (message.kind == MCP_RESULT)
        job_result(job, message.result);
    else
        job_refused(job, &message);
}

struct tool_job *tool_job_start(struct tool_servers *servers,
                                const struct tool_job_request *request)
{
    struct tool_job *job = xcalloc(1, sizeof(*job));
    const struct mcp_tool *known = tool_servers_own(servers, request->tool, request->own_name);
    job->servers = servers;
    job->request = *request;
    job->request.own_name = job->request.arguments = (struct text){NULL, 0};
    job->shared = shared_config_ref(request->shared);
    const struct tool_ask_plan plan = {.what = TOOL_ASK_CALL,
                                       .shared = request->shared,
                                       .tool = request->tool,
                                       .text = request->own_name,
                                       .arguments = request->arguments,
                                       .parameters = text_of(known ? known->parameters : NULL),
                                       .within_ms = request->timeout_ms,
                                       .done = on_answer,
                                       .arg = job};
    job->ask = tool_ask_start(tool_servers_server(servers, request->tool), &plan);
    return job;
}

void tool_job_cancel(struct tool_job *job)
{
    tool_ask_cancel(job->ask);
    job_free(job);
}
