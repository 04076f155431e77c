/* See greet.h. Two questions at a time, one limit for both. */
#include "daemon/greet.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "call/fetch.h"
#include "check/checkup.h"
#include "daemon/worker.h"
#include "door/listeners.h"
#include "provider/catalog.h"
#include "provider/health.h"
#include "record/log.h"
#include "tell/greeting.h"

#define PATIENCE_MS 1000
#define LINES_MAX   65536

struct greet {
    struct worker *worker;
    struct shared_config *shared; /* of the start, whatever a reload brings */
    const char **addresses;       /* of the sockets, NULL at the end */
    const struct config_provider *ollama;
    struct fetch *version;
    struct catalog_waiter models;
    struct loop_timer limit;
    struct loop_task begin;
    bool has_version, has_models, told;
};

static struct loop *loop_of(const struct greet *greet)
{
    return &greet->worker->loop;
}

/* The model of a plain chat, malloc'ed; NULL = none. */
static char *find_model(const struct greet *greet)
{
    static const struct request_facts plain = {.n = 1, .max_tokens = -1};
    const struct ollama_need need = {.facts = &plain};
    char *model = NULL;
    (void)!ollama_choose(greet->ollama, catalog_models(greet->worker->catalog, greet->ollama),
                         &need, &model, NULL);
    return model;
}

static void tell(struct greet *greet)
{
    struct buf lines;
    struct checkup check = {.provider = greet->ollama};
    char *model = NULL;
    if (greet->has_version && fetch_status(greet->version) == 200)
        checkup_versioned(&check, fetch_body(greet->version));
    struct greeting greeting = {.program = "understudy " UNDERSTUDY_VERSION,
                                .config = greet->shared->config,
                                .addresses = greet->addresses,
                                .version = check.version};
    if (greet->ollama) {
        bool absent = greet->has_version && fetch_transport(greet->version) == TRANSPORT_CONNECT;
        bool known = catalog_models(greet->worker->catalog, greet->ollama)->known;
        greeting.ollama = known    ? GREETING_OLLAMA_ANSWERS
                          : absent ? GREETING_OLLAMA_ABSENT
                                   : GREETING_OLLAMA_SILENT;
        greeting.model = model = find_model(greet);
    }
    greet->told = true;
    loop_timer_cancel(loop_of(greet), &greet->limit);
    buf_init(&lines, LINES_MAX);
    if (greeting_print(&greeting, &lines) == 0)
        for (const char *line = lines.data, *end; line && (end = strchr(line, '\n'));
             line = end + 1)
            log_say(text_make(line, (size_t)(end - line)));
    buf_done(&lines);
    free(model);
}

static void tell_if_known(struct greet *greet)
{
    if (greet->has_version && greet->has_models && !greet->told)
        tell(greet);
}

static void on_version(void *arg)
{
    struct greet *greet = arg;
    greet->has_version = true;
    tell_if_known(greet);
}

static void on_models(struct catalog_waiter *waiter)
{
    struct greet *greet = OWNER(waiter, struct greet, models);
    greet->has_models = true;
    tell_if_known(greet);
}

static void on_limit(struct loop_timer *timer)
{
    struct greet *greet = OWNER(timer, struct greet, limit);
    if (!greet->told)
        tell(greet);
}

static void on_begin(struct loop_task *task)
{
    struct greet *greet = OWNER(task, struct greet, begin);
    if (!greet->ollama) {
        tell(greet);
        return;
    }
    const struct fetch_plan plan = {
        .upstream = greet->worker->upstream,
        .provider = greet->ollama,
        .key = health_key_beside(greet->ollama, loop_now_ms(loop_of(greet))),
        .path = greet->ollama->kind->version_path,
        .limit_ms = PATIENCE_MS,
        .done = on_version,
        .arg = greet};
    loop_timer_set(loop_of(greet), &greet->limit, loop_now_ms(loop_of(greet)) + PATIENCE_MS);
    greet->version = fetch_start(&plan);
    catalog_wait_ready(greet->worker->catalog, greet->ollama, &greet->models);
}

struct greet *greet_new(struct worker *worker, const struct listeners *sockets)
{
    if (!log_is_for_people())
        return NULL;
    struct greet *greet = xcalloc(1, sizeof(*greet));
    greet->worker = worker;
    greet->shared = shared_config_ref(worker->shared);
    greet->ollama = greeting_first(greet->shared->config, GREETING_OLLAMA);
    greet->models.ready = on_models;
    greet->limit.due = on_limit;
    greet->begin.run = on_begin;
    greet->addresses = xcalloc(sockets->count + 1, sizeof(*greet->addresses));
    for (size_t i = 0; i < sockets->count; i++)
        greet->addresses[i] = sockets->at[i].address;
    loop_defer(loop_of(greet), &greet->begin);
    return greet;
}

void greet_free(struct greet *greet)
{
    if (!greet)
        return;
    loop_timer_cancel(loop_of(greet), &greet->limit);
    catalog_leave(greet->worker->catalog, &greet->models);
    fetch_free(greet->version);
    shared_config_unref(greet->shared);
    free(greet->addresses);
    free(greet);
}
