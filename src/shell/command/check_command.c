/*
 * All providers are asked at the same time, each by a chain of small fetches, with the daemon's own
 * HTTP client: proxy, certificates, timeouts and headers are those of real requests.
 *
 *     cloud:   GET /models, with each key
 *     Ollama:  GET /api/tags -> GET /api/version -> POST /api/show for each candidate
 *
 * The servers of tools are asked by tool_checkups.c. With --local only the providers of this
 * machine and its network, and the daemon itself.
 */
#include "command/check_command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/owner.h"
#include "base/portholder.h"
#include "base/shared_config.h"
#include "call/fetch.h"
#include "call/upstream.h"
#include "check/advisory.h"
#include "check/check_report.h"
#include "check/checkup.h"
#include "check/local_check.h"
#include "command/command.h"
#include "command/command_print.h"
#include "command/libraries.h"
#include "command/local_daemon.h"
#include "machine/memory.h"
#include "machine/process.h"
#include "machine/proxyword.h"
#include "machine/terminal.h"
#include "record/log.h"
#include "settings/settings.h"
#include "tool/tool_checkups.h"

/* An answer that takes longer is not worth waiting for; connecting has its own limit. */
#define ANSWER_MS  10000
#define REPORT_MAX (8u << 20)

/* The daemon answers that it is there at once, beside which the providers are what matters. */
#define DAEMON_MS  2000
#define HOLDER_MAX 128

struct check_options {
    bool json;
    bool strict;
    bool local;
};

struct probe {
    struct checkup checkup;
    struct checking *checking;
    struct fetch *fetch;
    int64_t asked_at_ms;
    size_t model; /* the candidate that is looked at */
    struct loop_task next;
    void (*step)(struct probe *probe); /* what next runs */
    void (*answered)(struct probe *probe);
};

struct checking {
    struct loop loop;
    struct upstream *upstream;
    struct probe *probes;
    size_t count;
    size_t pending; /* of them, and one more for all of the tools */
    struct tool_checkups *tools;
    struct local_daemon daemon;
    char holder[HOLDER_MAX];    /* of its address, if it is not there; without --local */
    struct libraries libraries; /* without --local */
};

static void on_done(void *arg)
{
    struct probe *probe = arg;
    probe->answered(probe);
    fetch_free(probe->fetch);
    probe->fetch = NULL;
    loop_defer(&probe->checking->loop, &probe->next);
}

static void ask(struct probe *probe, size_t key, const char *path, const char *body)
{
    const struct fetch_plan plan = {.upstream = probe->checking->upstream,
                                    .provider = probe->checkup.provider,
                                    .key = key,
                                    .path = path,
                                    .body = body,
                                    .limit_ms =
                                        probe->checkup.provider->connect_timeout_ms + ANSWER_MS,
                                    .done = on_done,
                                    .arg = probe};
    probe->asked_at_ms = loop_now_ms(&probe->checking->loop);
    probe->fetch = fetch_start(&plan);
}

static void on_part_done(void *arg)
{
    struct checking *checking = arg;
    if (--checking->pending == 0)
        loop_stop(&checking->loop);
}

static void end(struct probe *probe)
{
    on_part_done(probe->checking);
}

static void on_next(struct loop_task *task)
{
    struct probe *probe = OWNER(task, struct probe, next);
    probe->step(probe);
}

static void show_next(struct probe *probe);

static void on_shown(struct probe *probe)
{
    /* A model of which nothing more is told stays as the list told it. */
    if (fetch_status(probe->fetch) == 200)
        (void)!ollama_show_read(fetch_body(probe->fetch), &probe->checkup.models.at[probe->model],
                                NULL);
    probe->model++;
}

static void show_next(struct probe *probe)
{
    probe->model = checkup_candidate(&probe->checkup, probe->model);
    if (probe->model >= probe->checkup.models.count) {
        end(probe);
        return;
    }
    json_t *json = json_pack("{s:s}", "model", probe->checkup.models.at[probe->model].name);
    char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    probe->answered = on_shown;
    ask(probe, probe->checkup.good_key, "/api/show", body ? body : "{}");
    free(body);
}

static void on_version(struct probe *probe)
{
    if (fetch_status(probe->fetch) == 200)
        checkup_versioned(&probe->checkup, fetch_body(probe->fetch));
    probe->step = show_next;
}

static void ask_version(struct probe *probe)
{
    if (!probe->checkup.models.known) {
        end(probe);
        return;
    }
    probe->answered = on_version;
    ask(probe, probe->checkup.good_key, probe->checkup.provider->kind->version_path, NULL);
}

static void ask_first(struct probe *probe);

static void on_first(struct probe *probe)
{
    const struct checkup_probe result = {.transport = fetch_transport(probe->fetch),
                                         .status = fetch_status(probe->fetch),
                                         .detail = fetch_detail(probe->fetch),
                                         .latency_ms = loop_now_ms(&probe->checking->loop) -
                                                       probe->asked_at_ms,
                                         .date_s = fetch_date_s(probe->fetch),
                                         .now_s = clock_wall_ms() / 1000,
                                         .body = fetch_body(probe->fetch)};
    checkup_answered(&probe->checkup, &result);
    probe->step = probe->checkup.provider->kind->has_catalogue ? ask_version : end;
    if (checkup_wants_key(&probe->checkup))
        probe->step = ask_first;
}

static void ask_first(struct probe *probe)
{
    probe->answered = on_first;
    ask(probe, probe->checkup.keys_asked, checkup_path(&probe->checkup), NULL);
}

static void begin(struct checking *checking, struct shared_config *shared, bool local)
{
    const struct config *config = shared->config;
    checking->probes = xcalloc(config->provider_count, sizeof(*checking->probes));
    for (size_t i = 0; i < config->provider_count; i++) {
        if (config->providers[i].idle || (local && !config->providers[i].local))
            continue;
        struct probe *probe = &checking->probes[checking->count++];
        checkup_init(&probe->checkup, config, &config->providers[i]);
        probe->checkup.proxy_variable = proxyword_variable();
        probe->checking = checking;
        probe->next.run = on_next;
        probe->step = ask_first;
        loop_defer(&checking->loop, &probe->next);
    }
    checking->pending = checking->count;
    if (local)
        return;
    checking->pending++;
    checking->tools =
        tool_checkups_begin(checking->upstream, shared, ANSWER_MS, on_part_done, checking);
}

/* The exit status. */
static int verdict(const struct checkup *checkups, size_t count, bool strict)
{
    switch (checkup_route(checkups, count)) {
    case CHECKUP_ROUTE_CANNOT:
        return CLI_EXIT_FAULT;
    case CHECKUP_ROUTE_ONE_SIDE:
        return strict ? CLI_EXIT_ONE_SIDE : CLI_EXIT_DONE;
    case CHECKUP_ROUTE_CAN:
        break;
    }
    return CLI_EXIT_DONE;
}

/* The same of --local, where the cloud is not asked and may be the other side. */
static int local_verdict(const struct checking *checking, const struct checkup *checkups,
                         bool strict)
{
    if (checking->daemon.state != LOCAL_READY)
        return CLI_EXIT_FAULT;
    return strict && !local_check_near(checkups, checking->count) ? CLI_EXIT_ONE_SIDE
                                                                  : CLI_EXIT_DONE;
}

static int tell(const struct checking *checking, const struct checkup *checkups,
                const struct config *config, const struct check_options *options, struct buf *out)
{
    size_t count = checking->count;
    if (options->local)
        return options->json ? local_check_print_json(&checking->daemon, checkups, count, out)
                             : local_check_print(&checking->daemon, checkups, count, out);
    size_t tool_count;
    const struct tool_checkup *tools = tool_checkups_found(checking->tools, &tool_count);
    const struct check_report report = {.config = config,
                                        .checkups = checkups,
                                        .count = count,
                                        .tools = tools,
                                        .tool_count = tool_count,
                                        .found = checking->libraries.found,
                                        .daemon = &checking->daemon,
                                        .holder = checking->holder};
    const struct check_style style = {.colour = terminal_wants_colour(STDOUT_FILENO),
                                      .utf8 = terminal_is_utf8(),
                                      .columns = terminal_columns(STDOUT_FILENO)};
    if (options->json)
        return check_report_json(&report, out);
    return isatty(STDOUT_FILENO) ? check_table(&report, &style, out)
                                 : check_report_lines(&report, out);
}

static int print(const struct checking *checking, const struct config *config,
                 const struct check_options *options)
{
    struct buf out;
    struct checkup *checkups = xcalloc(checking->count + 1, sizeof(*checkups));
    for (size_t i = 0; i < checking->count; i++)
        checkups[i] = checking->probes[i].checkup; /* borrowed; the probes keep them */
    buf_init(&out, REPORT_MAX);
    int r = tell(checking, checkups, config, options, &out);
    int status = CLI_EXIT_FAULT;
    bool printed = r == 0 && command_print(&out) == CLI_EXIT_DONE;
    if (printed &&
        (options->local || advisory_worst(checking->libraries.found, config) != ADVISORY_REFUSED))
        status = options->local ? local_verdict(checking, checkups, options->strict)
                                : verdict(checkups, checking->count, options->strict);
    buf_done(&out);
    free(checkups);
    return status;
}

static void choose(const struct checking *checking)
{
    for (size_t i = 0; i < checking->count; i++)
        if (checkup_choose(&checking->probes[i].checkup) < 0)
            alloc_failed();
}

static void checking_done(struct checking *checking)
{
    for (size_t i = 0; i < checking->count; i++)
        checkup_done(&checking->probes[i].checkup);
    free(checking->probes);
    tool_checkups_free(checking->tools);
    upstream_free(checking->upstream);
    loop_done(&checking->loop);
}

/* A socket of systemd's holds the address until the daemon is started by it. */
static void look_around(struct checking *checking)
{
    const struct config_listen *listen = checking->daemon.listen;
    bool taken = checking->daemon.state == LOCAL_FOREIGN || checking->daemon.state == LOCAL_ABSENT;
    if (taken && listen && listen->host && listen->port != 0)
        portholder_find(listen->port, checking->holder, sizeof(checking->holder));
    libraries_find(&checking->libraries);
}

static int check(struct shared_config *shared, const struct check_options *options)
{
    const struct config *config = shared->config;
    struct checking checking = {0};
    int status = CLI_EXIT_FAULT;
    (void)snprintf(process_id, sizeof(process_id), "understudy-check");
    (void)signal(SIGPIPE, SIG_IGN);
    memory_set_up();
    log_silence(); /* what is found is told below */
    int r = loop_init(&checking.loop);
    if (r == 0)
        checking.upstream = upstream_new(&checking.loop);
    if (r == 0 && checking.upstream) {
        /* Both block, so they come before what has limits of its own. */
        local_daemon_ask(&config->server, options->local ? LOCAL_DAEMON_LIMIT_MS : DAEMON_MS,
                         &checking.daemon);
        if (!options->local)
            look_around(&checking);
        begin(&checking, shared, options->local);
        if (checking.pending > 0)
            loop_run(&checking.loop);
        choose(&checking);
        status = print(&checking, config, options);
    } else {
        (void)fprintf(stderr, "understudy: check cannot begin: %s\n",
                      r < 0 ? strerror(-r) : "libcurl cannot be set up");
    }
    checking_done(&checking);
    curl_global_cleanup();
    return status;
}

static int print_page(void)
{
    struct buf out;
    buf_init(&out, REPORT_MAX);
    int r = advisory_markdown(&out);
    int status = r == 0 ? command_print(&out) : CLI_EXIT_FAULT;
    buf_done(&out);
    return status;
}

int check_command(const struct loader *loader, const struct cli_call *call)
{
    if (cli_has(call, "--markdown"))
        return print_page();
    const struct check_options options = {.json = cli_has(call, "--json"),
                                          .strict = cli_has(call, "--strict"),
                                          .local = cli_has(call, "--local")};
    struct config *config = command_load(loader);
    if (!config)
        return CLI_EXIT_WRONG;
    struct shared_config *shared = shared_config_new_take(config);
    int status = check(shared, &options);
    shared_config_unref(shared);
    return status;
}
