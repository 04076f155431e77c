/*
 * Asks one MCP server as the daemon does, without the daemon: its list, then the calls that are
 * named, one after the other. For tests/tools/run.
 *
 *     drive http://127.0.0.1:8001/mcp|unix:PATH [TOOL ARGUMENTS]...
 *
 * Prints lines of JSON: {"state", "era", "why", "detail", "tools": [names]}, and {"end", "text"}
 * for each call. Each call has 10 seconds. A TOOL of "-" waits for a second, one of "+N" makes the
 * next call N times at once, one of "!" cancels the next call after ARGUMENTS milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/owner.h"
#include "base/shared_config.h"
#include "call/upstream.h"
#include "json/jsonspan.h"
#include "record/log.h"
#include "record/metrics.h"
#include "tool/tool_job.h"
#include "tool/tool_servers.h"

#define LIST_MS  20000
#define CALL_MS  10000
#define TEXT_MAX ((size_t)1 << 20)

static struct loop loop;
static char name[] = "x", every[] = "*";
static char *allow[] = {every, NULL};
static struct config_tool tool = {
    .name = name, .allow = {allow, 1}, .timeout_ms = CALL_MS, .local = true};
static struct config config = {.tools = {.at = &tool, .count = 1}};
static struct shared_config shared = {.users = 1, .config = &config};
static struct shared_config *in_effect = &shared;
static struct tool_servers *servers;
static struct tool_job *job; /* to be cancelled */
static char **next;          /* of the arguments */
static int running, times = 1;
static int64_t begun_at_ms;

static void go_on(void);

static void print_string(const char *before, struct text text)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    alloc_must(jsonspan_encode(text, &out));
    printf("%s%s", before, out.data);
    buf_done(&out);
}

static void on_due(struct loop_timer *timer)
{
    (void)timer;
    if (job) {
        tool_job_cancel(job);
        job = NULL;
        running--;
        printf("{\"end\":\"cancelled\"}\n");
    }
    if (running == 0)
        go_on();
}

static struct loop_timer timer = {.due = on_due};

static void on_ended(void *arg, enum tool_end end, struct text text)
{
    (void)arg;
    printf("{\"end\":\"%s\"", tool_end_word(end));
    print_string(",\"text\":", text);
    printf("}\n");
    if (job)
        loop_timer_cancel(&loop, &timer);
    job = NULL;
    if (--running == 0)
        go_on();
}

static struct tool_job *start(const char *own_name, const char *arguments)
{
    const struct tool_job_request request = {.tool = &tool,
                                             .shared = &shared,
                                             .own_name = text_of(own_name),
                                             .arguments = text_of(arguments),
                                             .timeout_ms = CALL_MS,
                                             .max_result = 50000,
                                             .ended = on_ended};
    running++;
    return tool_job_start(servers, &request);
}

/* What is named next. */
static void go_on(void)
{
    int64_t cancel_ms = -1;
    times = 1;
    for (; *next; next += 2) {
        if (strcmp(*next, "!") == 0)
            cancel_ms = strtol(next[1], NULL, 10);
        else if (**next == '+')
            times = (int)strtol(*next + 1, NULL, 10);
        else
            break;
    }
    if (!*next) {
        loop_stop(&loop);
        return;
    }
    const char *own_name = next[0], *arguments = next[1];
    next += 2;
    if (strcmp(own_name, "-") == 0) {
        loop_timer_set(&loop, &timer, loop_now_ms(&loop) + 1000);
        return;
    }
    for (int i = 0; i < times; i++) {
        struct tool_job *started = start(own_name, arguments);
        if (cancel_ms >= 0)
            job = started;
    }
    if (cancel_ms >= 0)
        loop_timer_set(&loop, &timer, loop_now_ms(&loop) + cancel_ms);
}

static void print_list(void)
{
    struct tool_facts facts;
    const struct mcp_tools *tools = tool_servers_tools(servers, &tool, NULL);
    tool_servers_look(servers, &tool, &facts);
    printf("{\"state\":\"%s\",\"era\":\"%s\"", facts.state, facts.era);
    print_string(",\"why\":", text_of(facts.why));
    print_string(",\"detail\":", text_of(facts.detail));
    printf(",\"tools\":[");
    for (size_t i = 0; tools && i < tools->count; i++)
        print_string(i ? "," : "", text_of(tools->at[i].own));
    printf("]}\n");
}

static void on_ready(struct tool_waiter *waiter)
{
    const char *why;
    const struct mcp_tools *tools = tool_servers_tools(servers, &tool, &why);
    /* A server that was started for us may take its time. */
    if (!tools && !tool_servers_is_ready(servers, &tool) &&
        loop_now_ms(&loop) - begun_at_ms < LIST_MS) {
        tool_servers_wait(servers, &tool, waiter);
        return;
    }
    print_list();
    go_on();
}

int main(int argc, char **argv)
{
    static struct tool_waiter waiter = {.ready = on_ready};
    if (argc < 2 || argc % 2 != 0) {
        (void)fputs("usage: drive URL|unix:PATH [TOOL ARGUMENTS]...\n", stderr);
        return 2;
    }
    log_setup(LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT);
    metrics_setup();
    if (strncmp(argv[1], "unix:", 5) == 0)
        tool.socket = argv[1] + 5;
    else
        tool.url = argv[1];
    next = argv + 2;
    struct upstream *upstream = loop_init(&loop) == 0 ? upstream_new(&loop) : NULL;
    if (!upstream)
        return 1;
    servers = tool_servers_new(upstream, &in_effect);
    loop.now_ms = begun_at_ms = clock_monotonic_ms();
    tool_servers_wait(servers, &tool, &waiter);
    loop_run(&loop);
    tool_servers_free(servers);
    upstream_free(upstream);
    loop_done(&loop);
    return 0;
}
