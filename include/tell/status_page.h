/*
 * What /status and /status.json tell: the state of the process and of each provider, for people
 * and for programs. The shell reads the numbers; nothing here is secret.
 */
#ifndef UNDERSTUDY_STATUS_PAGE_H
#define UNDERSTUDY_STATUS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "failure/failure.h"
#include "ledger/exchange_record.h"
#include "ledger/figures.h"
#include "ollama/ollama.h"
#include "rules/breaker.h"
#include "rules/keyring.h"
#include "rules/route.h"
#include "text/buf.h"
#include "text/error.h"

struct status_provider {
    const struct config_provider *config; /* borrowed */
    bool in_route;
    bool in_messages;     /* in [route] messages */
    enum route_skip skip; /* why a request like this one would pass it over */
    enum breaker_state breaker;
    int64_t retry_in_ms;                     /* > 0: its breaker is in the way for about so long */
    int inflight;                            /* exchanges on it */
    struct keyring_state keys[API_KEYS_MAX]; /* of each of config->api_keys */
    int64_t attempts[FAILURE_COUNT];         /* that have ended, by class; FAILURE_NONE = ok */
    int64_t answered_at_ms;                  /* last, wholly and well, since 1970; 0 = not yet */
    int64_t failed_at_ms;                    /* last, in that way; 0 = not yet */
    enum failure failed;
    int failed_status; /* 0 = no answer came */
};

/* A [tool NAME], as one worker knows it. */
struct status_tool_server {
    const struct config_tool *config; /* borrowed */
    const char *state;                /* "ready", "asked", "down", "local", "off"; static */
    const char *era;      /* the version of MCP that it speaks; "" = not known; static */
    size_t listed, tools; /* that it has; that it offers */
    struct error why;     /* where it is not ready; in words */
};

/* Who would answer a plain chat if the first provider did not, and why with that model. */
struct status_standin {
    const struct config_provider *provider; /* borrowed; NULL = there is nobody */
    char *model;                            /* owned; NULL = none can, why tells what to do */
    struct error why;
};

struct status_page {
    const char *version;
    bool draining;
    bool online;
    bool local_only; /* nothing leaves the machine: understudy local on */
    int64_t uptime_ms;
    int64_t wall_ms;                      /* now, since 1970 */
    int64_t started_at_ms;                /* the process, since 1970 */
    int64_t requests, retries, fallbacks; /* since the start */
    int64_t inflight, open_streams;
    struct status_provider *providers; /* in the order of the route, then the others */
    size_t provider_count;
    struct status_tool_server *tool_servers; /* as the settings have them */
    size_t tool_server_count;
    struct status_standin standin;
    const struct exchange_record *exchanges; /* the last, oldest first; borrowed */
    size_t exchange_count;
    const struct figures *figures; /* borrowed */
};

/*
 * The providers of the settings in that order, and its tool servers, with nothing known of them. 0
 * or -ENOMEM; to be ended by status_page_done in either case.
 */
int status_page_init(struct status_page *page, const struct config *config)
    __attribute__((warn_unused_result));
void status_page_done(struct status_page *page);

/* Takes out those that nobody has set up (idle) and nobody has asked, by what was found since: a
 * keyless built-in one to which apps bring a key stays once it was, and a preset asked by name. */
void status_page_trim(struct status_page *page);

/* Lines of text. Errors of buf. */
int status_page_print(const struct status_page *page, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * Finds who stands in: the first provider of the route after its first that is on this machine or
 * network, or the first of all where that is one; else simply the second. models: what the
 * provider's server told, where it is of a kind that has a catalogue; NULL = nothing is known.
 */
const struct config_provider *status_standin_provider(const struct config *config);
void status_standin_find(struct status_standin *standin, const struct config_provider *provider,
                         const struct ollama_models *models);

/*
 * One JSON object (docs/endpoints.md): all of it, or what changes from one second to the next,
 * which leaves out the exchanges, the words, how long the daemon is up, and all but the latest
 * figures.
 */
enum status_part { STATUS_ALL, STATUS_CHANGES };
int status_page_print_json(const struct status_page *page, enum status_part part, struct buf *out)
    __attribute__((warn_unused_result));

#endif
