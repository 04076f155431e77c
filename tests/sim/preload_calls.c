/*
 * For one process (LD_PRELOAD) the kernel does less than it was asked for: every third of these
 * calls is interrupted (EINTR), and each that reads or writes does half of it. Not where a
 * descriptor is watched by its edges (EPOLLET): there less than was asked for means that no more
 * can be done, epoll(7). The file SIM_CALLS, eight bytes, counts those that were so.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int64_t *spoilt;
static int64_t calls;
static char by_edge[1024]; /* descriptors */

__attribute__((constructor)) static void set_up(void)
{
    const char *file = getenv("SIM_CALLS");
    int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *at = mmap(NULL, sizeof(*spoilt), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    spoilt = at == MAP_FAILED ? NULL : at;
    close(fd);
}

static void count(void)
{
    __atomic_add_fetch(spoilt, 1, __ATOMIC_RELAXED);
}

static int is_by_edge(int fd)
{
    return fd < 0 || fd >= (int)sizeof(by_edge) || by_edge[fd];
}

static int interrupted(int fd)
{
    if (!spoilt || is_by_edge(fd) || __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % 3 != 0)
        return 0;
    count();
    errno = EINTR;
    return 1;
}

/* An eventfd, a timerfd and a signalfd take and give eight bytes or more at once, or fail. */
static size_t some(int fd, size_t len)
{
    if (!spoilt || is_by_edge(fd) || len <= 128)
        return len;
    count();
    return len / 2;
}

ssize_t sim_read(int fd, void *to, size_t len) __asm__("read");
ssize_t sim_read_chk(int fd, void *to, size_t len, size_t room) __asm__("__read_chk");
ssize_t sim_recv(int fd, void *to, size_t len, int flags) __asm__("recv");
ssize_t sim_send(int fd, const void *from, size_t len, int flags) __asm__("send");
ssize_t sim_sendmsg(int fd, const struct msghdr *message, int flags) __asm__("sendmsg");
int sim_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags) __asm__("accept4");
int sim_epoll_wait(int fd, struct epoll_event *to, int max, int ms) __asm__("epoll_wait");
int sim_poll(struct pollfd *fds, nfds_t n, int ms) __asm__("poll");
int sim_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event) __asm__("epoll_ctl");

int sim_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    if (what != EPOLL_CTL_DEL && fd >= 0 && fd < (int)sizeof(by_edge))
        by_edge[fd] = (event->events & EPOLLET) != 0;
    return (int)syscall(SYS_epoll_ctl, epoll, what, fd, event);
}

ssize_t sim_read(int fd, void *to, size_t len)
{
    return interrupted(fd) ? -1 : syscall(SYS_read, fd, to, some(fd, len));
}

ssize_t sim_read_chk(int fd, void *to, size_t len, size_t room)
{
    (void)room;
    return sim_read(fd, to, len);
}

ssize_t sim_recv(int fd, void *to, size_t len, int flags)
{
    size_t part = flags & MSG_PEEK ? len : some(fd, len);
    return interrupted(fd) ? -1 : syscall(SYS_recvfrom, fd, to, part, flags, NULL, NULL);
}

ssize_t sim_send(int fd, const void *from, size_t len, int flags)
{
    return interrupted(fd) ? -1 : syscall(SYS_sendto, fd, from, some(fd, len), flags, NULL, 0);
}

/* Only the first of several parts. */
ssize_t sim_sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct msghdr part = *message;
    if (spoilt && !is_by_edge(fd) && part.msg_iovlen > 1 && part.msg_iov[0].iov_len > 0) {
        part.msg_iovlen = 1;
        count();
    }
    return interrupted(fd) ? -1 : syscall(SYS_sendmsg, fd, &part, flags);
}

int sim_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags)
{
    return interrupted(fd) ? -1 : (int)syscall(SYS_accept4, fd, from, len, flags);
}

int sim_epoll_wait(int fd, struct epoll_event *to, int max, int ms)
{
    return interrupted(fd) ? -1 : (int)syscall(SYS_epoll_pwait, fd, to, max, ms, NULL, 0);
}

int sim_poll(struct pollfd *fds, nfds_t n, int ms)
{
    return interrupted(0) ? -1 : (int)syscall(SYS_poll, fds, n, ms);
}
