/*
 * The main thread has a loop of its own, for signals and the watchdog; the workers run in threads,
 * which block all signals. The watchdog is fed when every worker has answered.
 */
#include "daemon/service.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/owner.h"
#include "command/command.h"
#include "config/config.h"
#include "control/control.h"
#include "control/control_word.h"
#include "daemon/crew.h"
#include "daemon/greet.h"
#include "daemon/telltale.h"
#include "daemon/worker.h"
#include "door/listeners.h"
#include "door/neighbour.h"
#include "ledger/client_rates.h"
#include "machine/memory.h"
#include "machine/notify.h"
#include "machine/process.h"
#include "provider/health.h"
#include "provider/local_switch.h"
#include "provider/online.h"
#include "record/log.h"
#include "record/metrics.h"
#include "record/reminder.h"
#include "record/usage_file.h"
#include "settings/settings.h"

struct service {
    const struct loader *loader;
    struct shared_config *shared;
    struct listeners sockets;
    struct loop loop;
    struct crew crew;
    struct control *control; /* NULL = there is none */
    struct loop_watch signals;
    struct loop_timer watchdog;
    struct loop_timer patience; /* with workers that were told to stop at once */
    struct greet *greet;
    struct telltale telltale;
    struct reminder reminder;
    int reloads; /* whose settings not every worker goes by yet */
    bool draining;
    bool wrong; /* the settings do not go with the sockets that were passed */
};

/* More than a worker takes to write its last words (worker.c). */
#define PATIENCE_MS 1000

static bool left_worker;

/* Whatever holds it up, a second signal is the last. */
static void on_patience_end(struct loop_timer *timer)
{
    struct service *service = OWNER(timer, struct service, patience);
    log_warning("stopping", LOG_STR("message", "a worker does not end, and is left"));
    left_worker = true;
    loop_stop(&service->loop);
}

bool service_left_worker(void)
{
    return left_worker;
}

static bool same_listen(const struct config_server *a, const struct config_server *b)
{
    if (a->listen_count != b->listen_count || a->workers != b->workers)
        return false;
    for (size_t i = 0; i < a->listen_count; i++) {
        const struct config_listen *x = &a->listen[i], *y = &b->listen[i];
        bool same_path = x->path && y->path ? strcmp(x->path, y->path) == 0 : x->path == y->path;
        bool same_host = x->host && y->host ? strcmp(x->host, y->host) == 0 : x->host == y->host;
        if (!same_path || !same_host || x->port != y->port)
            return false;
    }
    return true;
}

static void take_settings(struct service *service, struct config *config)
{
    if (!same_listen(&service->shared->config->server, &config->server))
        log_warning("reload", LOG_STR("message", "server.listen and server.workers have changed: "
                                                 "that takes effect at the next start"));
    shared_config_unref(service->shared);
    service->shared = shared_config_new_take(config);
    health_configure(config);
    client_rates_configure(config, loop_now_ms(&service->loop));
    log_setup(config->log.level, config->log.format);
    usage_file_open(config->log.usage_file);
    online_setup(config);
    crew_order_configure(&service->crew, service->shared);
    service->reloads++;
    crew_call(&service->crew);
    telltale_look(&service->telltale);
}

/* Whoever can connect can spend the key's money: that has to be meant. */
static bool is_exposed(const struct service *service, const struct config_server *server,
                       struct error *reterr)
{
    const struct listener *socket = listeners_exposed(&service->sockets, server);
    if (socket)
        error_set(reterr,
                  "%s, which is listened on, is reachable from other machines and nobody has to "
                  "show a token; allowed: loopback addresses, or set [server] tokens, or "
                  "allow_unauthenticated = yes",
                  socket->address);
    return socket;
}

/* NULL: they stay as they are, and why has been told. */
static struct config *load_again(const struct service *service)
{
    struct config *config = NULL;
    struct config_errors errors;
    struct error why = ERROR_NONE;
    int r = loader_load(service->loader, &config, &errors);
    for (size_t i = 0; i < errors.warnings.count; i++)
        log_warning("settings", LOG_STR("message", errors.warnings.at[i]));
    for (size_t i = 0; i < errors.errors.count; i++)
        log_error("settings", LOG_STR("message", errors.errors.at[i]));
    config_errors_done(&errors);
    if (r == -ENOMEM)
        log_error("settings", LOG_STR("message", "out of memory"));
    if (r < 0)
        return NULL;
    if (!is_exposed(service, &config->server, &why) &&
        config_may_replace(service->shared->config, config, &why))
        return config;
    log_error("settings", LOG_STR("message", why.text));
    config_free(config);
    return NULL;
}

static void reload(struct service *service)
{
    notify_reloading();
    struct config *config = load_again(service);
    if (config) {
        take_settings(service, config);
        return;
    }
    log_error("reload", LOG_STR("message", "the settings are wrong: the old ones stay"));
    /* Whoever moved the file away expects a new one all the same. */
    usage_file_open(service->shared->config->log.usage_file);
    notify_ready();
}

/* The first signal lets running answers finish, the second ends them. */
static void stop(struct service *service)
{
    if (service->draining) {
        log_info("stopping", LOG_STR("message", "at once"));
        crew_order(&service->crew, worker_order_stop);
        loop_timer_set(&service->loop, &service->patience,
                       loop_now_ms(&service->loop) + PATIENCE_MS);
        return;
    }
    notify_stopping();
    log_info("stopping",
             LOG_INT("drain_timeout_ms", service->shared->config->server.drain_timeout_ms),
             LOG_STR("message", "running answers may finish; another signal ends them"));
    service->draining = service->telltale.stopping = true;
    telltale_look(&service->telltale);
    crew_order(&service->crew, worker_order_drain);
}

static void on_signal(struct loop_watch *watch, uint32_t events)
{
    struct service *service = OWNER(watch, struct service, signals);
    struct signalfd_siginfo info;
    (void)events;
    if (read(watch->fd, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo != SIGHUP)
        stop(service);
    else if (!service->draining)
        reload(service);
}

static int watch_signals(struct service *service)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ,
                 SIG_IGN); /* a file at its limit (LimitFSIZE=) is as a disk that is full */
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    service->signals.ready = on_signal;
    return fd < 0 ? -errno : loop_watch_add(&service->loop, &service->signals, fd, EPOLLIN);
}

static void on_watchdog(struct loop_timer *timer)
{
    struct service *service = OWNER(timer, struct service, watchdog);
    crew_call(&service->crew);
    loop_timer_set(&service->loop, timer, loop_now_ms(&service->loop) + notify_watchdog_ms() / 2);
}

static void on_answered(struct crew *crew)
{
    struct service *service = OWNER(crew, struct service, crew);
    /* Every worker goes by them now: whoever waits for this word may count on it. */
    bool reloaded = service->reloads > 0;
    for (; service->reloads > 0; service->reloads--)
        log_info("reloaded");
    if (reloaded)
        notify_ready();
    if (notify_watchdog_ms() > 0)
        notify_watchdog();
}

static void on_ended(struct crew *crew)
{
    struct service *service = OWNER(crew, struct service, crew);
    loop_stop(&service->loop);
}

/* Each connection of a client may need one to a provider beside it. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* What waits for a provider out there goes on at once; what was sent may still answer. */
static void on_set_local(void *arg, bool on)
{
    struct service *service = arg;
    local_switch_set(on);
    log_warning("local", LOG_STR("set", control_word(control_word_of(on))),
                LOG_STR("message", on ? "nothing leaves the machine until it is off, or the next "
                                        "start"
                                      : "providers that are not local are asked again"));
    if (on)
        crew_order(&service->crew, worker_order_local);
}

static const char *on_standing(const void *arg)
{
    const struct service *service = arg;
    return service->telltale.told;
}

static void announce(struct service *service)
{
    for (size_t i = 0; i < service->sockets.count; i++)
        log_info("listening", LOG_STR("address", service->sockets.at[i].address),
                 LOG_STR("version", UNDERSTUDY_VERSION));
    if (geteuid() == 0 && !process_in_container())
        log_info("root", LOG_STR("message", "running as root is not needed: use an ordinary "
                                            "user or the systemd unit"));
    service->greet = greet_new(&service->crew.workers[0], &service->sockets);
}

static void service_done(struct service *service)
{
    control_free(service->control);
    greet_free(service->greet);
    telltale_done(&service->telltale);
    crew_done(&service->crew);
    reminder_done(&service->reminder);
    if (service->signals.fd >= 0)
        close(service->signals.fd);
    listeners_close(&service->sockets);
    shared_config_unref(service->shared);
    loop_done(&service->loop);
    health_done();
    client_rates_done();
    usage_file_done();
}

static void set_up_process(void)
{
    char hex[17];
    clock_random_hex(hex, 8);
    (void)snprintf(process_id, sizeof(process_id), "understudy-%s", hex);
    raise_file_limit();
    memory_set_up();
    metrics_setup();
}

/* A user's own service, where the machine's serves already, is no fault of anybody. */
static void tell_of_neighbour(const struct config_server *server, struct error *reterr)
{
    for (size_t i = 0; i < server->listen_count && !error_is_set(reterr); i++)
        if (neighbour_is_understudy(&server->listen[i]))
            error_set(reterr,
                      "another understudy serves on %s port %" PRIu16 " already, perhaps the "
                      "machine's own service: apps can use that one; to run this one beside it set "
                      "[server] listen to another port",
                      server->listen[i].host, server->listen[i].port);
}

/* Before any socket is there to receive a request, and once there are settings to log by. */
static int begin(struct service *service, struct error *reterr)
{
    const struct config_server *server = &service->shared->config->server;
    int r = loop_init(&service->loop);
    if (r == 0)
        r = watch_signals(service);
    if (r == 0)
        r = reminder_init(&service->reminder, &service->loop);
    if (r < 0) {
        error_set(reterr, "the event loop could not be made: %s", strerror(-r));
        return r;
    }
    struct error taken = ERROR_NONE;
    r = listeners_open(server, &service->sockets, &taken);
    if (r == -EADDRINUSE)
        tell_of_neighbour(server, reterr);
    if (r < 0)
        error_set(reterr, "%s", taken.text);
    service->wrong = r == 0 && is_exposed(service, server, reterr);
    if (r < 0 || service->wrong)
        return r < 0 ? r : -EPERM;
    return crew_init(&service->crew, &service->loop, service->shared, &service->sockets, reterr);
}

/* Until all workers have ended. */
static int run(struct service *service, struct error *reterr)
{
    const struct control_owner owner = {
        .set_local = on_set_local,
        .standing = on_standing,
        .address = service->sockets.count ? service->sockets.at[0].address : "",
        .arg = service};
    service->control = control_new(&service->loop, &owner);
    announce(service);
    int r = crew_start(&service->crew, reterr);
    if (r < 0)
        return r;
    notify_ready();
    r = telltale_init(&service->telltale, &service->loop, &service->shared,
                      service->sockets.count ? service->sockets.at[0].address : "");
    if (r < 0)
        log_warning("service_manager", LOG_STR("message", "it is not told what is going on"),
                    LOG_STR("error", strerror(-r)));
    if (notify_watchdog_ms() > 0)
        on_watchdog(&service->watchdog);
    loop_run(&service->loop);
    return 0;
}

int service_run(const struct loader *loader, struct config *config)
{
    struct service service = {
        .loader = loader,
        .loop = {.epoll_fd = -1},
        .crew = {.bell = {.fd = -1}, .answered = on_answered, .ended = on_ended},
        .signals = {.fd = -1},
        .telltale = {.bell = {.fd = -1}}};
    struct error why = ERROR_NONE;
    service.shared = shared_config_new_take(config);
    service.watchdog.due = on_watchdog;
    service.patience.due = on_patience_end;
    log_setup(config->log.level, config->log.format);
    usage_file_open(config->log.usage_file);
    set_up_process();
    health_configure(config);
    client_rates_configure(config, clock_monotonic_ms());
    online_setup(config);
    int r = begin(&service, &why);
    if (r == 0)
        r = run(&service, &why);
    if (r < 0) {
        log_error("start", LOG_STR("message", why.text));
        notify_status("%s", why.text);
        crew_order(&service.crew, worker_order_stop);
    }
    if (left_worker) { /* what it may still use stays; what would outlive the process goes */
        control_free(service.control);
        listeners_remove_files(&service.sockets);
        return 0;
    }
    crew_join(&service.crew);
    service_done(&service);
    curl_global_cleanup();
    if (service.wrong)
        return CLI_EXIT_WRONG;
    return r < 0 ? 1 : 0;
}
