/*
 * Tells where a long turn of the daemon's loop is, loaded into it (LD_PRELOAD).
 *
 * SIM_TURNS is a file. A turn that has lasted for 5 ms is looked at then, and every 5 ms after
 * that: a line "look CPU_US", how much of the turn its thread was on a processor, and a line for
 * each caller, the innermost first. When such a turn ends there is a line "end WALL_US CPU_US". The
 * loop is known by the number of events for which it has room; what waits inside of a turn has
 * another.
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LOOP_EVENTS_MAX 256 /* src/shell/base/loop.h */
#define LOOK_NS         5000000L
#define CALLERS_MAX     48
#define LOOK_SIGNAL     (SIGRTMIN + 3)

typedef int wait_function(int, struct epoll_event *, int, int);

static int file = -1;
static _Thread_local timer_t timer;
static _Thread_local bool has_timer;
static _Thread_local volatile sig_atomic_t looks;
static _Thread_local int64_t woke_us, woke_cpu_us;

static int64_t now_us(clockid_t id)
{
    struct timespec t;
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void look(int number)
{
    void *callers[CALLERS_MAX];
    char line[64];
    (void)number;
    looks++;
    int len = snprintf(line, sizeof(line), "look %lld\n",
                       (long long)(now_us(CLOCK_THREAD_CPUTIME_ID) - woke_cpu_us));
    (void)!write(file, line, (size_t)len);
    backtrace_symbols_fd(callers, backtrace(callers, CALLERS_MAX), file);
}

/* backtrace() loads a library when it is first called: not in a handler. */
static void set_up(void)
{
    void *caller;
    struct sigaction action = {.sa_handler = look, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = LOOK_SIGNAL};
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    const char *path = getenv("SIM_TURNS");
    if (file < 0 && path)
        file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)backtrace(&caller, 1);
    (void)sigaction(LOOK_SIGNAL, &action, NULL);
    has_timer = timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
}

static void set_timer(long ns)
{
    const struct itimerspec each = {{0, ns}, {0, ns}};
    if (has_timer)
        (void)timer_settime(timer, 0, &each, NULL);
}

static void tell_end(void)
{
    char line[64];
    int len = snprintf(line, sizeof(line), "end %lld %lld\n",
                       (long long)(now_us(CLOCK_MONOTONIC) - woke_us),
                       (long long)(now_us(CLOCK_THREAD_CPUTIME_ID) - woke_cpu_us));
    (void)!write(file, line, (size_t)len);
}

int epoll_wait(int fd, struct epoll_event *events, int max, int wait_ms)
{
    static wait_function *function;
    if (!function)
        *(void **)&function = dlsym(RTLD_NEXT, "epoll_wait"); /* as POSIX shows it */
    if (max != LOOP_EVENTS_MAX)
        return function(fd, events, max, wait_ms);
    if (!has_timer)
        set_up();
    set_timer(0);
    if (looks > 0)
        tell_end();
    looks = 0;
    int n = function(fd, events, max, wait_ms);
    woke_us = now_us(CLOCK_MONOTONIC);
    woke_cpu_us = now_us(CLOCK_THREAD_CPUTIME_ID);
    set_timer(LOOK_NS);
    return n;
}
