/* Datagrams of NAME=VALUE lines to the socket that $NOTIFY_SOCKET names: sd_notify(3). */
#include "machine/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define MESSAGE_MAX 512

/* "/path", or "@name" in the abstract namespace, where the first byte is NUL. 0: none of both. */
static socklen_t make_address(const char *name, struct sockaddr_un *ret)
{
    size_t len = name ? strlen(name) : 0;
    if (len < 2 || len >= sizeof(ret->sun_path) || (name[0] != '/' && name[0] != '@'))
        return 0;
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret->sun_path, name, len);
    if (name[0] == '@')
        ret->sun_path[0] = '\0';
    /* The NUL at the end belongs to a path, but would be part of an abstract name. */
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '/'));
}

static void notify(const char *message)
{
    struct sockaddr_un address;
    /* A manager that does not read must not hold us up for ever. */
    struct timeval patience = {.tv_sec = 1};
    socklen_t len = make_address(getenv("NOTIFY_SOCKET"), &address);
    if (len == 0)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    (void)sendto(fd, message, strlen(message), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                 len);
    close(fd);
}

void notify_ready(void)
{
    notify("READY=1");
}

void notify_reloading(void)
{
    char message[64];
    /* Rounded up: systemd takes no instant before the one at which it sent the signal. */
    int64_t now_us = (clock_monotonic_ms() + 1) * 1000;
    (void)snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now_us);
    notify(message);
}

void notify_stopping(void)
{
    notify("STOPPING=1");
}

void notify_status(const char *format, ...)
{
    static const char name[] = "STATUS=";
    char message[MESSAGE_MAX];
    va_list args;
    memcpy(message, name, sizeof(name));
    va_start(args, format);
    (void)vsnprintf(message + sizeof(name) - 1, sizeof(message) - sizeof(name) + 1, format, args);
    va_end(args);
    /* A second line would be taken for another variable. */
    message[strcspn(message, "\n")] = '\0';
    notify(message);
}

void notify_watchdog(void)
{
    notify("WATCHDOG=1");
}

/* A positive whole number; 0 for anything else. */
static int64_t read_number(const char *text)
{
    char *end;
    if (!text || text[0] < '0' || text[0] > '9')
        return 0;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    return errno || *end ? 0 : number;
}

int64_t notify_watchdog_ms(void)
{
    const char *process = getenv("WATCHDOG_PID");
    if (process && read_number(process) != (int64_t)getpid())
        return 0;
    int64_t us = read_number(getenv("WATCHDOG_USEC"));
    return us > 0 && us < 1000 ? 1 : us / 1000;
}
