/* The daemon's own client of MCP asks, so what it finds is what a request would. */
#include "tool/tool_checkups.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "base/owner.h"
#include "base/shared_config.h"
#include "call/upstream.h"
#include "tool/tool_servers.h"

struct probe {
    struct tool_checkups *tools;
    const struct config_tool *tool;
    struct tool_waiter waiter;
};

struct tool_checkups {
    struct upstream *upstream;
    struct shared_config *shared;
    struct tool_servers *servers;
    struct tool_checkup *checkups;
    struct probe *probes; /* beside them */
    size_t count, pending;
    int64_t limit_ms, end_at_ms;
    struct loop_task over;
    void (*done)(void *arg);
    void *arg;
};

static void on_over(struct loop_task *task)
{
    struct tool_checkups *tools = OWNER(task, struct tool_checkups, over);
    tools->done(tools->arg);
}

static void end(struct tool_checkups *tools)
{
    if (tools->pending == 0)
        loop_defer(upstream_loop(tools->upstream), &tools->over);
}

static void take(struct probe *probe, const struct tool_facts *facts)
{
    struct tool_checkups *tools = probe->tools;
    struct tool_checkup *checkup = &tools->checkups[probe - tools->probes];
    const struct mcp_tools *list = tool_servers_tools(tools->servers, probe->tool, NULL);
    static const struct mcp_tools none = {0};
    checkup->version = facts->era;
    if (strcmp(facts->state, "ready") == 0)
        alloc_must(tool_checkup_listed(checkup, list ? list : &none));
    else if (facts->detail[0])
        error_set(&checkup->trouble, "%s", facts->detail);
    else
        error_set(&checkup->trouble, "did not answer within %" PRId64 " s", tools->limit_ms / 1000);
}

/* One who waits is told after two seconds that there is nothing yet. */
static void on_ready(struct tool_waiter *waiter)
{
    struct probe *probe = OWNER(waiter, struct probe, waiter);
    struct tool_checkups *tools = probe->tools;
    struct tool_facts facts;
    tool_servers_look(tools->servers, probe->tool, &facts);
    if (strcmp(facts.state, "asked") == 0 &&
        loop_now_ms(upstream_loop(tools->upstream)) < tools->end_at_ms) {
        tool_servers_wait(tools->servers, probe->tool, waiter);
        return;
    }
    take(probe, &facts);
    tools->pending--;
    end(tools);
}

struct tool_checkups *tool_checkups_begin(struct upstream *upstream, struct shared_config *shared,
                                          int64_t limit_ms, void (*done)(void *arg), void *arg)
{
    struct tool_checkups *tools = xcalloc(1, sizeof(*tools));
    struct config_tools *all = &shared->config->tools;
    *tools = (struct tool_checkups){.upstream = upstream,
                                    .shared = shared,
                                    .count = all->count,
                                    .pending = all->count,
                                    .limit_ms = limit_ms,
                                    .end_at_ms = loop_now_ms(upstream_loop(upstream)) + limit_ms,
                                    .over = {.run = on_over},
                                    .done = done,
                                    .arg = arg};
    tools->servers = tool_servers_new(upstream, &tools->shared);
    tools->checkups = xcalloc(tools->count + 1, sizeof(*tools->checkups));
    tools->probes = xcalloc(tools->count + 1, sizeof(*tools->probes));
    for (size_t i = 0; i < tools->count; i++) {
        struct config_tool *tool = &all->at[i];
        tool_checkup_init_take(&tools->checkups[i], tool, tool->allow);
        tool->allow = (struct strings){0};
        alloc_must(string_list_add(&tool->allow, text_of("*")));
    }
    for (size_t i = 0; i < tools->count; i++) {
        tools->probes[i] =
            (struct probe){.tools = tools, .tool = &all->at[i], .waiter = {.ready = on_ready}};
        tool_servers_wait(tools->servers, &all->at[i], &tools->probes[i].waiter);
    }
    end(tools);
    return tools;
}

const struct tool_checkup *tool_checkups_found(const struct tool_checkups *tools, size_t *ret_count)
{
    *ret_count = tools ? tools->count : 0;
    return tools ? tools->checkups : NULL;
}

void tool_checkups_free(struct tool_checkups *tools)
{
    if (!tools)
        return;
    tool_servers_free(tools->servers);
    for (size_t i = 0; i < tools->count; i++)
        tool_checkup_done(&tools->checkups[i]);
    free(tools->checkups);
    free(tools->probes);
    free(tools);
}
