/*
 * A bound name outlives its process. Whether anybody still listens is asked by connecting: refused
 * means that the file is only a leftover.
 */
#include "door/unixsocket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/dial.h"

static int new_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

/* 0 when the file is a socket that nobody listens on, and was removed; else -EADDRINUSE. */
static int remove_leftover(const struct sockaddr_un *address)
{
    struct stat st;
    if (lstat(address->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return -EADDRINUSE;
    int fd = new_socket();
    if (fd < 0)
        return fd;
    bool refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
                   errno == ECONNREFUSED;
    close(fd);
    return refused && unlink(address->sun_path) == 0 ? 0 : -EADDRINUSE;
}

static int bind_once(int fd, const struct sockaddr_un *address)
{
    return bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
}

static int bind_and_listen(int fd, mode_t mode, const struct sockaddr_un *address)
{
    /* On Linux the file takes its mode from the socket, less the umask: it is never wider. */
    if (fchmod(fd, mode) < 0)
        return -errno;
    int r = bind_once(fd, address);
    if (r == -EADDRINUSE) {
        r = remove_leftover(address);
        r = r < 0 ? r : bind_once(fd, address);
    }
    if (r < 0)
        return r;
    /* What the umask took away (the group's right to connect) comes back. */
    if (chmod(address->sun_path, mode) < 0 || listen(fd, SOMAXCONN) < 0)
        return -errno;
    return 0;
}

static const char *advice(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "another process listens on it, or it is not a socket";
    case ENAMETOOLONG:
        return "the path is longer than a unix socket's may be (107 bytes)";
    case ENOENT:
        return "its directory does not exist";
    default:
        return strerror(error);
    }
}

int unixsocket_open(const char *path, mode_t mode, struct unixsocket *ret, struct error *reterr)
{
    struct sockaddr_un address;
    struct stat st = {0};
    int fd = new_socket();
    int r = fd < 0 ? fd : dial_unix_address(path, &address);
    if (r >= 0)
        r = bind_and_listen(fd, mode, &address);
    if (r == 0 && lstat(path, &st) < 0)
        r = -errno;
    if (r < 0) {
        if (fd >= 0)
            close(fd);
        error_set(reterr, "cannot listen on unix:%s: %s", path, advice(-r));
        return r;
    }
    ret->path = xstrdup(path);
    ret->device = st.st_dev;
    ret->inode = st.st_ino;
    return fd;
}

void unixsocket_remove(struct unixsocket *socket)
{
    struct stat st;
    if (socket->path && lstat(socket->path, &st) == 0 && st.st_dev == socket->device &&
        st.st_ino == socket->inode)
        (void)unlink(socket->path);
    free(socket->path);
    socket->path = NULL;
}
