/*
 * One entry a server as its section has it: when any of that changes it is another server, of which
 * nothing is known. The old one stays for as long as something is under way with it.
 */
#include "tool/tool_servers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "base/shared_config.h"
#include "call/upstream.h"
#include "provider/local_switch.h"
#include "text/buf.h"
#include "tool/tool_list.h"
#include "tool/tool_server.h"

/* One who waits for a list waits no longer. */
#define WAIT_MS 2000
/* What a section can say is bounded by the settings. */
#define IDENTITY_MAX ((size_t)64 << 20)

struct entry {
    struct entry *next;
    struct tool_servers *servers;
    struct buf identity; /* all that its section says but for how long it may take */
    char *name;
    struct tool_server server;
    struct tool_list list;
    struct tool_waiter *waiters;
    struct tool_waiter *told; /* those that are being told */
};

struct tool_servers {
    struct upstream *upstream;
    struct shared_config *const *shared; /* in effect */
    struct entry *entries;
};

static struct loop *loop_of(const struct tool_servers *servers)
{
    return upstream_loop(servers->upstream);
}

static int64_t now_of(const struct tool_servers *servers)
{
    return loop_now_ms(loop_of(servers));
}

static bool is_barred(const struct config_tool *tool)
{
    return !tool->local && local_switch_is_on();
}

/* Has it anything that it might be asked for? */
static bool is_asked(const struct config_tool *tool)
{
    return tool->allow.count > 0 && !is_barred(tool);
}

/* ---- which is which */

static void put(struct buf *identity, const char *word)
{
    alloc_must(buf_append(identity, word ? word : "", word ? strlen(word) + 1 : 1));
}

static void identity_write(const struct config_tool *tool, struct buf *ret)
{
    buf_init_secret(ret, IDENTITY_MAX);
    put(ret, tool->name);
    put(ret, tool->url);
    put(ret, tool->socket);
    put(ret, tool->api_key);
    for (size_t i = 0; i < tool->header_count; i++) {
        put(ret, tool->headers[i].name);
        put(ret, tool->headers[i].value);
    }
    put(ret, NULL);
    for (size_t i = 0; i < tool->allow.count; i++)
        put(ret, tool->allow.at[i]);
}

static bool entry_is(const struct entry *entry, const struct config_tool *tool)
{
    struct buf identity;
    identity_write(tool, &identity);
    bool same = text_same(buf_text(&identity), buf_text(&entry->identity));
    buf_done(&identity);
    return same;
}

/* The section in effect that it is; NULL: it is in the settings no more, or has changed. */
static const struct config_tool *section_of(const struct entry *entry)
{
    const struct config *config = (*entry->servers->shared)->config;
    const struct config_tool *tool = config_tool_by_name(config, text_of(entry->name));
    return tool && entry_is(entry, tool) ? tool : NULL;
}

/* ---- the list */

static void on_settled(struct tool_list *list)
{
    struct entry *entry = OWNER(list, struct entry, list);
    struct loop *loop = loop_of(entry->servers);
    /* One that is told may wait again, or take another one out. */
    entry->told = entry->waiters;
    entry->waiters = NULL;
    while (entry->told) {
        struct tool_waiter *waiter = entry->told;
        entry->told = waiter->next;
        loop_timer_cancel(loop, &waiter->limit);
        waiter->waiting = false;
        waiter->ready(waiter);
    }
}

/* False: it is not asked, and was not. */
static bool entry_ask(struct entry *entry)
{
    const struct config_tool *tool = section_of(entry);
    if (entry->list.ask)
        return true;
    if (!tool || !is_asked(tool) || !tool_list_is_due(&entry->list, now_of(entry->servers)))
        return false;
    tool_list_ask(&entry->list, *entry->servers->shared, tool);
    return true;
}

static void on_learn(struct tool_server *server, struct shared_config *shared,
                     const struct config_tool *tool)
{
    struct entry *entry = OWNER(server, struct entry, server);
    if (tool_list_rests(&entry->list, now_of(entry->servers)))
        tool_server_wake(server, &entry->list.failure);
    else
        tool_list_ask(&entry->list, shared, tool);
}

/* A server that says so all the time is not followed all the time. */
static void on_list_changed(struct tool_server *server)
{
    struct entry *entry = OWNER(server, struct entry, server);
    struct tool_list *list = &entry->list;
    list->is_stale = true;
    if (list->is_known && now_of(entry->servers) - list->at_ms >= TOOL_LIST_CHANGED_MS)
        (void)entry_ask(entry);
}

/* ---- entries */

static struct entry *entry_of(struct tool_servers *servers, const struct config_tool *tool)
{
    for (struct entry *entry = servers->entries; entry; entry = entry->next)
        if (strcmp(entry->name, tool->name) == 0 && entry_is(entry, tool))
            return entry;
    struct entry *entry = xcalloc(1, sizeof(*entry));
    entry->servers = servers;
    entry->name = xstrdup(tool->name);
    identity_write(tool, &entry->identity);
    entry->server.learn = on_learn;
    entry->server.list_changed = on_list_changed;
    tool_server_init(&entry->server, servers->upstream, tool->socket);
    tool_list_init(&entry->list, &entry->server, on_settled);
    entry->next = servers->entries;
    return servers->entries = entry;
}

static void entry_free(struct entry *entry)
{
    assert(!entry->waiters && !entry->told);
    tool_list_done(&entry->list);
    tool_server_done(&entry->server);
    buf_done(&entry->identity);
    free(entry->name);
    free(entry);
}

static void forget_gone(struct tool_servers *servers)
{
    struct entry **at = &servers->entries;
    while (*at) {
        struct entry *entry = *at;
        bool is_idle = !entry->server.asks && !entry->waiters && !entry->told;
        if (section_of(entry) || !is_idle) {
            at = &entry->next;
            continue;
        }
        *at = entry->next;
        entry_free(entry);
    }
}

/* ---- who waits */

static void take_out(struct tool_waiter **list, const struct tool_waiter *waiter)
{
    while (*list && *list != waiter)
        list = &(*list)->next;
    if (*list)
        *list = waiter->next;
}

static void on_waited(struct loop_timer *timer)
{
    struct tool_waiter *waiter = OWNER(timer, struct tool_waiter, limit);
    tool_servers_leave(waiter->servers, waiter);
    waiter->ready(waiter);
}

void tool_servers_leave(struct tool_servers *servers, struct tool_waiter *waiter)
{
    if (!waiter->waiting)
        return;
    for (struct entry *entry = servers->entries; entry; entry = entry->next) {
        take_out(&entry->waiters, waiter);
        take_out(&entry->told, waiter);
    }
    loop_timer_cancel(loop_of(servers), &waiter->limit);
    waiter->waiting = false;
}

void tool_servers_wait(struct tool_servers *servers, const struct config_tool *tool,
                       struct tool_waiter *waiter)
{
    struct entry *entry = entry_of(servers, tool);
    struct tool_waiter **end = &entry->waiters;
    int64_t within_ms = is_asked(tool) && entry_ask(entry) ? WAIT_MS : 0;
    while (*end)
        end = &(*end)->next;
    *end = waiter;
    waiter->next = NULL;
    waiter->waiting = true;
    waiter->servers = servers;
    waiter->limit.due = on_waited;
    loop_timer_set(loop_of(servers), &waiter->limit, now_of(servers) + within_ms);
}

bool tool_servers_is_ready(struct tool_servers *servers, const struct config_tool *tool)
{
    if (!is_asked(tool))
        return true;
    struct entry *entry = entry_of(servers, tool);
    bool is_told = entry->list.is_known && !entry->list.has_failed;
    return !entry_ask(entry) || is_told;
}

/* ---- what is known */

const struct mcp_tools *tool_servers_tools(struct tool_servers *servers,
                                           const struct config_tool *tool, const char **ret_why)
{
    const char *why = NULL;
    const struct tool_list *list = &entry_of(servers, tool)->list;
    if (tool->allow.count == 0)
        why = "it allows no tool";
    else if (is_barred(tool))
        why = "it is not local, and nothing may leave this machine (local on)";
    else if (list->has_failed)
        why = "it is down";
    else if (!list->is_known)
        why = "it has not answered yet";
    else if (list->tools.count == 0)
        why = "it has none of the tools that are allowed";
    if (ret_why)
        *ret_why = why;
    return why ? NULL : &list->tools;
}

static const char *state_of(const struct config_tool *tool, const struct tool_list *list)
{
    if (tool->allow.count == 0)
        return "off";
    if (is_barred(tool))
        return "local";
    if (list->has_failed)
        return "down";
    return list->is_known ? "ready" : "asked";
}

void tool_servers_look(struct tool_servers *servers, const struct config_tool *tool,
                       struct tool_facts *ret)
{
    const struct entry *entry = entry_of(servers, tool);
    const struct tool_list *list = &entry->list;
    const char *why;
    (void)tool_servers_tools(servers, tool, &why);
    *ret = (struct tool_facts){
        .state = state_of(tool, list),
        .era = mcp_session_version(&entry->server.session),
        .why = why ? why : "",
        .detail = list->has_failed ? list->failure.why : "",
        .listed = list->tools.listed,
        .allowed = list->tools.count,
        .age_ms = list->is_known ? now_of(servers) - list->at_ms : -1,
    };
}

struct tool_server *tool_servers_server(struct tool_servers *servers,
                                        const struct config_tool *tool)
{
    return &entry_of(servers, tool)->server;
}

const struct mcp_tool *tool_servers_own(struct tool_servers *servers,
                                        const struct config_tool *tool, struct text own_name)
{
    const struct mcp_tools *tools = &entry_of(servers, tool)->list.tools;
    for (size_t i = 0; i < tools->count; i++)
        if (text_equals(own_name, tools->at[i].own))
            return &tools->at[i];
    return NULL;
}

void tool_servers_doubt(struct tool_servers *servers, const struct config_tool *tool)
{
    entry_of(servers, tool)->list.is_stale = true;
}

/* ---- their life */

void tool_servers_warm(struct tool_servers *servers)
{
    const struct config_tools *tools = &(*servers->shared)->config->tools;
    forget_gone(servers);
    for (size_t i = 0; i < tools->count; i++) {
        const struct config_tool *tool = &tools->at[i];
        if (!is_asked(tool))
            continue;
        struct entry *entry = entry_of(servers, tool);
        entry->list.is_stale = true;
        tool_list_ask(&entry->list, *servers->shared, tool);
    }
}

struct tool_servers *tool_servers_new(struct upstream *upstream,
                                      struct shared_config *const *shared)
{
    struct tool_servers *servers = xcalloc(1, sizeof(*servers));
    servers->upstream = upstream;
    servers->shared = shared;
    return servers;
}

void tool_servers_free(struct tool_servers *servers)
{
    if (!servers)
        return;
    while (servers->entries) {
        struct entry *entry = servers->entries;
        servers->entries = entry->next;
        entry_free(entry);
    }
    free(servers);
}
