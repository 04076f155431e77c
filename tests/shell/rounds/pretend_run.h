/*
 * Whole runs: an app, providers and tools that are pretended, with time that is moved by hand. A
 * program includes it once.
 */
#ifndef UNDERSTUDY_TESTS_PRETEND_RUN_H
#define UNDERSTUDY_TESTS_PRETEND_RUN_H

#include "../exchange/pretend_exchange.h"
#include "rounds/tool_run.h"

/* ---- servers of tools, in place of shell/tool */

#define WORD(text) ((char[]){text})

static struct mcp_tool listed[] = {{.own = WORD("today"),
                                    .offered = WORD("weather__today"),
                                    .description = WORD("The weather of today"),
                                    .parameters = WORD("{\"type\":\"object\"}")}};
static struct mcp_tools list = {.at = listed, .count = 1};
static bool ready, down;
static struct tool_waiter *waiting;

bool tool_servers_is_ready(struct tool_servers *servers, const struct config_tool *tool)
{
    (void)servers;
    (void)tool;
    return ready;
}

void tool_servers_wait(struct tool_servers *servers, const struct config_tool *tool,
                       struct tool_waiter *waiter)
{
    (void)servers;
    (void)tool;
    waiter->waiting = true;
    waiting = waiter;
}

void tool_servers_leave(struct tool_servers *servers, struct tool_waiter *waiter)
{
    (void)servers;
    waiter->waiting = false;
    waiting = NULL;
}

const struct mcp_tools *tool_servers_tools(struct tool_servers *servers,
                                           const struct config_tool *tool, const char **ret_why)
{
    (void)servers;
    *ret_why = down ? "down" : NULL;
    return down || strcmp(tool->name, "weather") != 0 ? NULL : &list;
}

#define JOBS_MAX 64

struct tool_job {
    struct tool_job_request request;
    char name[64], arguments[256];
    bool over, cancelled;
};

static struct tool_job jobs[JOBS_MAX];
static int job_count;

struct tool_job *tool_job_start(struct tool_servers *servers,
                                const struct tool_job_request *request)
{
    struct tool_job *job = &jobs[job_count++];
    (void)servers;
    ck_assert_int_lt(job_count, JOBS_MAX);
    *job = (struct tool_job){.request = *request};
    (void)snprintf(job->name, sizeof(job->name), "%.*s", TEXT_ARG(request->own_name));
    (void)snprintf(job->arguments, sizeof(job->arguments), "%.*s", TEXT_ARG(request->arguments));
    return job;
}

void tool_job_cancel(struct tool_job *job)
{
    ck_assert(!job->over);
    job->over = job->cancelled = true;
}

__attribute__((unused)) static void end_job(int i, enum tool_end end, const char *text)
{
    ck_assert(!jobs[i].over);
    jobs[i].over = true;
    jobs[i].request.ended(jobs[i].request.arg, end, text_of(text));
    settle();
}

/* ---- the world */

#define TOOLS                                                                                      \
    "[tool weather]\nurl = http://127.0.0.1:9/mcp\nallow = *\ntimeout = 20s\n"                     \
    "[tool mail]\nurl = http://127.0.0.1:9/mail\nallow = *\n"
#define SETTINGS TOOLS TWO_CLOUDS

static struct tool_runs runs;
static struct tool_run *run;

static void begin(const char *ini)
{
    world_begin(ini);
    runs = (struct tool_runs){.exchanges = &exchanges};
    run = NULL;
    ready = true;
    down = false;
    waiting = NULL;
    job_count = 0;
}

static void setup(void)
{
    begin(SETTINGS);
}

static void end_run(bool gone)
{
    if (run && gone)
        tool_run_client_gone(run);
    else if (run)
        tool_run_client_end(run);
    run = NULL;
    settle();
}

static void teardown(void)
{
    end_run(true);
    ck_assert_ptr_null(runs.first);
    world_end();
}

__attribute__((unused)) static void ask_tools(const char *body, const char *tools)
{
    const struct client me = {.head = pretend_on_head, .more = pretend_on_more, .arg = &client};
    const struct header_field field = {text_of("x-understudy-tools"), text_of(tools)};
    struct client_request request = make_request(CHAT, body, &field, tools ? 1 : 0);
    run = tool_run_start(&runs, &me, &request);
    if (!run)
        buf_done(&request.body);
    settle();
}

#define CALL(id, name, arguments)                                                                  \
    "{\"id\":\"" id "\",\"type\":\"function\",\"function\":{\"name\":\"" name                      \
    "\",\"arguments\":\"" arguments "\"}}"
#define CALLS(content, calls, usage)                                                               \
    "{\"id\":\"r\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{"         \
    "\"role\":\"assistant\",\"content\":" content ",\"tool_calls\":[" calls                        \
    "]},\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":10,"                       \
    "\"completion_tokens\":" usage "}}"
#define SAYS(text)                                                                                 \
    "{\"id\":\"r\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{"         \
    "\"role\":\"assistant\",\"content\":\"" text "\"},\"finish_reason\":\"stop\"}],\"usage\":{"    \
    "\"prompt_tokens\":20,\"completion_tokens\":3}}"
#define TODAY CALL("c1", "weather__today", "{\\\"city\\\":\\\"Oslo\\\"}")

__attribute__((unused)) static bool asked(const char *part)
{
    return strstr(call_now()->body, part) != NULL;
}

#endif
