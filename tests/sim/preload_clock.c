/*
 * A clock for one process, loaded into it before the C library (LD_PRELOAD): the first eight bytes
 * of the file SIM_CLOCK are milliseconds that it is ahead of the others, the next eight those that
 * the machine slept, which CLOCK_MONOTONIC does not count, the next eight, where they are not 0,
 * the ns of CLOCK_MONOTONIC at which all clocks stand still, and the last eight milliseconds by
 * which somebody has set CLOCK_REALTIME. They may be changed at any time.
 * Waits of the kernel are not shortened by that: what is due is seen when something wakes the
 * process.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_IN_MS 1000000L
#define NS_IN_S  1000000000L

static const volatile int64_t *ahead_ms; /* [1]: slept, [2]: stands still at, [3]: set */

__attribute__((constructor)) static void set_up(void)
{
    const char *file = getenv("SIM_CLOCK");
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    const void *at = mmap(NULL, 4 * sizeof(*ahead_ms), PROT_READ, MAP_SHARED, fd, 0);
    ahead_ms = at == MAP_FAILED ? NULL : at;
    close(fd);
}

int sim_clock_gettime(clockid_t id, struct timespec *now) __asm__("clock_gettime");
time_t sim_time(time_t *ret_now) __asm__("time");

static int64_t ns_of(const struct timespec *time)
{
    return time->tv_sec * NS_IN_S + time->tv_nsec;
}

/* How long the clocks have been standing still. */
static int64_t stood_ns(void)
{
    struct timespec now;
    if (ahead_ms[2] == 0 || syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) < 0)
        return 0;
    return ns_of(&now) - ahead_ms[2];
}

int sim_clock_gettime(clockid_t id, struct timespec *now)
{
    int r = (int)syscall(SYS_clock_gettime, id, now);
    if (r < 0 || !ahead_ms || id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID)
        return r;
    int64_t ns = ns_of(now) + ahead_ms[0] * NS_IN_MS - stood_ns();
    if (id != CLOCK_MONOTONIC)
        ns += ahead_ms[1] * NS_IN_MS;
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
        ns += ahead_ms[3] * NS_IN_MS;
    now->tv_sec = ns / NS_IN_S;
    now->tv_nsec = ns % NS_IN_S;
    return 0;
}

time_t sim_time(time_t *ret_now)
{
    struct timespec now;
    (void)sim_clock_gettime(CLOCK_REALTIME, &now);
    if (ret_now)
        *ret_now = now.tv_sec;
    return now.tv_sec;
}
