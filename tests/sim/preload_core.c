/*
 * For one process (LD_PRELOAD) a core is written when it ends by a signal: what it does itself to
 * keep one from being written is left undone.
 */
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int sim_prctl(int option, ...) __asm__("prctl");
int sim_setrlimit(int resource, const struct rlimit *limit) __asm__("setrlimit");
int sim_setrlimit64(int resource, const struct rlimit *limit) __asm__("setrlimit64");

int sim_prctl(int option, ...)
{
    va_list args;
    va_start(args, option);
    unsigned long value = va_arg(args, unsigned long);
    va_end(args);
    return option == PR_SET_DUMPABLE ? 0 : (int)syscall(SYS_prctl, option, value, 0L, 0L, 0L);
}

int sim_setrlimit(int resource, const struct rlimit *limit)
{
    return resource == RLIMIT_CORE ? 0 : (int)syscall(SYS_setrlimit, resource, limit);
}

int sim_setrlimit64(int resource, const struct rlimit *limit)
{
    return sim_setrlimit(resource, limit);
}
