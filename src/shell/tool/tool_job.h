/*
 * One call of a tool. It is sent once; only where the server has said that it did not take it (it
 * speaks another era, it has forgotten the session) it is sent once more. What was lost on the way
 * is never repeated.
 */
#ifndef UNDERSTUDY_TOOL_JOB_H
#define UNDERSTUDY_TOOL_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "text/text.h"
#include "tools/tool_end.h"

struct shared_config;
struct tool_job;
struct tool_servers;

/* All texts are borrowed for the call of tool_job_start. */
struct tool_job_request {
    const struct config_tool *tool; /* of shared */
    struct shared_config *shared;   /* a user of it is taken */
    struct text own_name;           /* the tool's, in the server's words */
    struct text arguments;          /* JSON text of an object; empty = none */
    int64_t timeout_ms;             /* for all of it */
    size_t max_result;              /* in bytes: a longer result is cut, with a mark */
    /*
     * Runs from the loop, never from inside tool_job_start, once unless the job was cancelled; the
     * job is gone then. text is what the model gets, until it returns; begins with "[tool error] "
     * where end is not TOOL_OK.
     */
    void (*ended)(void *arg, enum tool_end end, struct text text);
    void *arg;
};

struct tool_job *tool_job_start(struct tool_servers *servers,
                                const struct tool_job_request *request);

/* Nobody wants its result any more: the server is told, as its era has it. */
void tool_job_cancel(struct tool_job *job);

#endif
