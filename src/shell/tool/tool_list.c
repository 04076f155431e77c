/* See tool_list.h. */
#include "tool/tool_list.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/shared_config.h"
#include "call/upstream.h"
#include "record/log.h"
#include "record/repeat.h"

#define CURSOR_MAX ((size_t)64 << 10)

static void ask_page(struct tool_list *list, struct text cursor);

static int64_t now_of(const struct tool_list *list)
{
    return loop_now_ms(upstream_loop(list->server->upstream));
}

static void forget_pages(struct tool_list *list)
{
    mcp_tools_done(&list->fresh);
    string_list_done(&list->cursors);
}

static void list_settle(struct tool_list *list)
{
    struct shared_config *shared = list->plan.shared;
    forget_pages(list);
    list->at_ms = now_of(list);
    tool_server_wake(list->server, list->has_failed ? &list->failure : NULL);
    list->settled(list);
    shared_config_unref(shared);
}

static void list_fail(struct tool_list *list, const struct tool_answer *answer)
{
    const char *name = list->plan.tool->name;
    list->has_failed = true;
    list->failure = *answer;
    list->failure.json = list->failure.session = (struct text){NULL, 0};
    if (repeat_may_say(LOG_LEVEL_WARNING, "tool_server", name, now_of(list)))
        log_warning("tool_server", LOG_STR("tool", name), LOG_STR("message", list->failure.why),
                    LOG_KNOWN("status", answer->status > 0 ? answer->status : -1));
    list_settle(list);
}

static void list_fail_so(struct tool_list *list, enum tool_end end, const char *why)
{
    struct tool_answer answer = {.end = end};
    (void)snprintf(answer.why, sizeof(answer.why), "%s", why);
    list_fail(list, &answer);
}

/* Its own words stay out of the log: they may be anything, a key among it. */
static void list_refused(struct tool_list *list, int64_t code)
{
    char why[TOOL_WHY_MAX];
    (void)snprintf(why, sizeof(why), "does not list its tools (JSON-RPC error %" PRId64 ")", code);
    list_fail_so(list, TOOL_ERROR, why);
}

static void list_told(struct tool_list *list)
{
    if (list->has_failed)
        log_info("tool_server", LOG_STR("tool", list->plan.tool->name),
                 LOG_STR("message", "it answers again"));
    if (list->fresh.count == 0 && list->plan.tool->allow.count > 0 &&
        repeat_may_say(LOG_LEVEL_WARNING, "tool_server", list->plan.tool->name, now_of(list)))
        log_warning("tool_server", LOG_STR("tool", list->plan.tool->name),
                    LOG_STR("message", "it has none of the tools that are allowed"));
    mcp_tools_done(&list->tools);
    list->tools = list->fresh;
    list->fresh = (struct mcp_tools){0};
    list->is_known = true;
    list->has_failed = false;
    list_settle(list);
}

/* A cursor that comes again would go round in a circle. */
static bool is_next(const struct tool_list *list, struct text cursor)
{
    return cursor.len > 0 && list->cursors.count + 1 < TOOL_PAGES_MAX &&
           !string_list_has(&list->cursors, cursor);
}

static void list_page(struct tool_list *list, const struct mcp_message *message)
{
    const struct config_tool *tool = list->plan.tool;
    struct buf cursor;
    buf_init(&cursor, CURSOR_MAX);
    if (mcp_tools_read(message->result, tool->name, &tool->allow, &list->fresh, &cursor) < 0) {
        list_fail_so(list, TOOL_PROTOCOL, "answered with a list of tools that cannot be read");
    } else if (is_next(list, buf_text(&cursor))) {
        alloc_must(string_list_add(&list->cursors, buf_text(&cursor)));
        ask_page(list, buf_text(&cursor));
    } else {
        list_told(list);
    }
    buf_done(&cursor);
}

static void on_answer(void *arg, const struct tool_answer *answer)
{
    struct tool_list *list = arg;
    struct mcp_message message;
    list->ask = NULL;
    if (answer->end != TOOL_OK) {
        list_fail(list, answer);
        return;
    }
    mcp_message_read(answer->json, &message);
    if (message.kind == MCP_RESULT)
        list_page(list, &message);
    else
        list_refused(list, message.code);
}

/* All pages within the time of one call. */
static void ask_page(struct tool_list *list, struct text cursor)
{
    int64_t left_ms = list->end_at_ms - now_of(list);
    list->plan.text = cursor;
    list->plan.within_ms = left_ms > 0 ? left_ms : 0;
    list->ask = tool_ask_start(list->server, &list->plan);
}

void tool_list_ask(struct tool_list *list, struct shared_config *shared,
                   const struct config_tool *tool)
{
    if (list->ask)
        return;
    list->is_stale = false;
    list->end_at_ms = now_of(list) + tool->timeout_ms;
    list->plan = (struct tool_ask_plan){.what = TOOL_ASK_LIST,
                                        .shared = shared_config_ref(shared),
                                        .tool = tool,
                                        .done = on_answer,
                                        .arg = list};
    ask_page(list, (struct text){NULL, 0});
}

bool tool_list_is_due(const struct tool_list *list, int64_t now_ms)
{
    if (list->ask || tool_list_rests(list, now_ms))
        return false;
    return !list->is_known || list->is_stale || list->has_failed ||
           now_ms - list->at_ms >= TOOL_LIST_OLD_MS;
}

bool tool_list_rests(const struct tool_list *list, int64_t now_ms)
{
    return list->has_failed && now_ms - list->at_ms < TOOL_LIST_AGAIN_MS;
}

void tool_list_init(struct tool_list *list, struct tool_server *server,
                    void (*settled)(struct tool_list *list))
{
    list->server = server;
    list->settled = settled;
}

void tool_list_done(struct tool_list *list)
{
    if (list->ask) {
        tool_ask_cancel(list->ask);
        shared_config_unref(list->plan.shared);
    }
    forget_pages(list);
    mcp_tools_done(&list->tools);
}
