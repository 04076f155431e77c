/* A page of the status, of three providers of which nothing is known yet. */
#ifndef UNDERSTUDY_STATUS_CASE_H
#define UNDERSTUDY_STATUS_CASE_H

#include "config_case.h"
#include "tell/status_page.h"

#define SETTINGS                                                                                   \
    "[provider lab]\ntype = openai\nbase_url = http://lab/v1\napi_key = sk-secret\n"               \
    "[route]\npriority = ollama, openai\n"

struct made {
    struct config_case loaded;
    struct status_page page;
    struct buf out;
};

static inline struct made make(void)
{
    struct made made = {.loaded = config_case_load(SETTINGS, LIST(NULL), LIST(NULL))};
    ck_assert_int_eq(made.loaded.r, 0);
    ck_assert_int_eq(status_page_init(&made.page, made.loaded.config), 0);
    status_page_trim(&made.page);
    made.page.version = "1.2.3";
    buf_init(&made.out, 1 << 16);
    return made;
}

static inline void made_done(struct made *made)
{
    status_page_done(&made->page);
    config_case_done(&made->loaded);
    buf_done(&made->out);
}

static inline void make_busy(struct status_page *o)
{
    o->online = true;
    o->uptime_ms = 62999;
    o->requests = 12;
    o->retries = 4;
    o->fallbacks = 3;
    o->inflight = 2;
    o->open_streams = 1;
    o->providers[0].inflight = 2;
    o->providers[0].attempts[FAILURE_NONE] = 3;
    o->providers[1].skip = ROUTE_SKIP_BREAKER;
    o->providers[1].breaker = BREAKER_OPEN;
    o->providers[1].retry_in_ms = 7001;
    o->providers[1].attempts[FAILURE_NONE] = 9;
    o->providers[1].attempts[FAILURE_SERVER] = 5;
}

#define WITH_TOOLS                                                                                 \
    "[tool weather]\nurl = https://mcp.example/mcp?key=CANARY\nallow = a, b\n"                     \
    "[tool notes]\nurl = unix:/run/notes.sock\nallow = *\n"

static inline struct made make_with_tools(void)
{
    struct made made = {.loaded = config_case_load(WITH_TOOLS, LIST(NULL), LIST(NULL))};
    ck_assert_int_eq(made.loaded.r, 0);
    ck_assert_int_eq(status_page_init(&made.page, made.loaded.config), 0);
    status_page_trim(&made.page);
    made.page.version = "1.2.3";
    struct status_tool_server *servers = made.page.tool_servers;
    servers[0].state = "ready";
    servers[0].era = "2026-07-28";
    servers[0].listed = 5;
    servers[0].tools = 2;
    servers[1].state = "down";
    error_set(&servers[1].why, "it was not reached");
    buf_init(&made.out, 1 << 16);
    return made;
}

#define MANY_KEYS                                                                                  \
    "[provider openai]\napi_key = sk-secret-1, sk-secret-2, sk-secret-3, sk-secret-4\n"

/* At 2026-11-29 00:00:00. */
static inline struct made make_with_keys(void)
{
    struct made made = {.loaded = config_case_load(MANY_KEYS, LIST(NULL), LIST(NULL))};
    ck_assert_int_eq(made.loaded.r, 0);
    ck_assert_int_eq(status_page_init(&made.page, made.loaded.config), 0);
    status_page_trim(&made.page);
    made.page.version = "1.2.3";
    made.page.wall_ms = 1795910400000;
    struct keyring_state *keys = made.page.providers[0].keys;
    keys[0] = (struct keyring_state){FAILURE_AUTH, KEYRING_RELOAD};
    keys[2] = (struct keyring_state){FAILURE_RATE_LIMIT, 61000};
    keys[3] = (struct keyring_state){FAILURE_QUOTA, 600000};
    buf_init(&made.out, 1 << 16);
    return made;
}

#endif
