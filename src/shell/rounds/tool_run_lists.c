/* Before the first round: what the servers that are asked for offer. One that does not tell in time
 * takes nothing from the answer but its tools. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "record/log.h"
#include "rounds/tool_run.h"

struct tool_run_waiter {
    struct tool_waiter waiter;
    struct tool_run *run;
};

static void on_listed(struct tool_waiter *waiter)
{
    tool_run_wake(OWNER(waiter, struct tool_run_waiter, waiter)->run);
}

void tool_run_lists_wait(struct tool_run *run)
{
    struct tool_servers *servers = run->all->servers;
    run->waiters = xcalloc(run->wish.count ? run->wish.count : 1, sizeof(*run->waiters));
    for (size_t i = 0; i < run->wish.count; i++) {
        struct tool_run_waiter *own = &run->waiters[i];
        *own = (struct tool_run_waiter){.waiter = {.ready = on_listed}, .run = run};
        if (!tool_servers_is_ready(servers, run->wish.at[i].tool))
            tool_servers_wait(servers, run->wish.at[i].tool, &own->waiter);
    }
}

bool tool_run_lists_are_told(const struct tool_run *run)
{
    for (size_t i = 0; i < run->wish.count; i++)
        if (run->waiters[i].waiter.waiting)
            return false;
    return true;
}

void tool_run_lists_leave(struct tool_run *run)
{
    for (size_t i = 0; run->waiters && i < run->wish.count; i++)
        if (run->waiters[i].waiter.waiting)
            tool_servers_leave(run->all->servers, &run->waiters[i].waiter);
    free(run->waiters);
    run->waiters = NULL;
}

void tool_run_lists_take(struct tool_run *run)
{
    tool_run_lists_leave(run);
    for (size_t i = 0; i < run->wish.count; i++) {
        const char *why = NULL;
        const struct tool_wish_one *one = &run->wish.at[i];
        const struct mcp_tools *tools = tool_servers_tools(run->all->servers, one->tool, &why);
        alloc_must(tool_kit_add(&run->kit, one, tools));
        if (!tools)
            log_debug("tools_down", LOG_STR("id", run->past.id), LOG_STR("tool", one->tool->name),
                      LOG_STR("reason", why));
    }
    run->past.down = run->kit.down;
}
