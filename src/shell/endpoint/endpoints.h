/* What the endpoints of one worker work with; made and owned by the worker, lent to each request.
 */
#ifndef UNDERSTUDY_ENDPOINTS_H
#define UNDERSTUDY_ENDPOINTS_H

#include "base/loop.h"
#include "base/shared_config.h"
#include "rules/model_lists.h"

struct catalog;
struct events;
struct exchanges;
struct online;
struct server;
struct tool_runs;
struct tool_servers;
struct upstream;

struct endpoints {
    struct loop *loop;
    struct shared_config *const *shared; /* where those in effect stand (shared_config.h) */
    struct upstream *upstream;
    struct catalog *catalog;
    struct tool_servers *tools;
    struct online *online;
    struct server *server;
    struct model_lists model_lists; /* of clouds */
    struct exchanges *exchanges;
    struct tool_runs *tool_runs;
    struct events *events; /* of /status/events */
};

static inline const struct config *endpoints_config(const struct endpoints *endpoints)
{
    return (*endpoints->shared)->config;
}

#endif
