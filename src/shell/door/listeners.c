/*
 * Passed sockets are taken as they are; for the rest every configured address becomes one socket,
 * or several where it is a host name. The set is built up in place and closed whole on a failure.
 */
#include "door/listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/portholder.h"

/* Of a unix socket: for the user and the group. */
#define SOCKET_MODE 0660

#define FIRST_PASSED_FD 3 /* SD_LISTEN_FDS_START */
#define PASSED_MAX      64

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    struct sockaddr_storage room;
};

static void add(struct listeners *set, struct listener socket)
{
    set->at = xreallocarray(set->at, set->count + 1, sizeof(*set->at));
    set->at[set->count++] = socket;
}

static bool is_loopback(const union address *address)
{
    if (address->any.sa_family == AF_INET)
        return ntohl(address->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    return address->any.sa_family == AF_UNIX || IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

static void describe_unix(struct listener *socket, const union address *address, socklen_t len)
{
    const char *path = address->local.sun_path;
    size_t offset = offsetof(struct sockaddr_un, sun_path);
    int most = len > offset ? (int)(len - offset) : 0;
    /* An abstract name begins with NUL, and is written with '@' everywhere. */
    bool abstract = most > 0 && path[0] == '\0';
    (void)snprintf(socket->address, sizeof(socket->address), "unix:%s%.*s", abstract ? "@" : "",
                   abstract ? most - 1 : most, abstract ? path + 1 : path);
}

static int describe_inet(struct listener *socket, const union address *address, socklen_t len)
{
    char host[LISTENER_ADDRESS_MAX - 16];
    bool v6 = address->any.sa_family == AF_INET6;
    if (getnameinfo(&address->any, len, host, sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
        return -EAFNOSUPPORT;
    socket->port = ntohs(v6 ? address->v6.sin6_port : address->v4.sin_port);
    (void)snprintf(socket->address, sizeof(socket->address), v6 ? "[%s]:%u" : "%s:%u", host,
                   (unsigned)socket->port);
    return 0;
}

/* Fills everything that the kernel knows about socket->fd. 0 or -errno. */
static int describe(struct listener *socket)
{
    union address address = {0};
    socklen_t len = sizeof(address);
    if (getsockname(socket->fd, &address.any, &len) < 0)
        return -errno;
    switch (address.any.sa_family) {
    case AF_UNIX:
        describe_unix(socket, &address, len);
        break;
    case AF_INET:
    case AF_INET6:
        if (describe_inet(socket, &address, len) < 0)
            return -EAFNOSUPPORT;
        break;
    default:
        return -EAFNOSUPPORT;
    }
    socket->unix_socket = address.any.sa_family == AF_UNIX;
    socket->loopback = is_loopback(&address);
    return 0;
}

/* A listening socket on one address, or -errno. */
static int open_inet(const struct addrinfo *info)
{
    int on = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* A [::] beside a 0.0.0.0 must not collide with it. */
    if (info->ai_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int r = -errno;
    close(fd);
    return r;
}

/* Does the list hold this address already? A hosts file may name one twice. */
static bool is_repeated(const struct addrinfo *first, const struct addrinfo *info)
{
    for (; first != info; first = first->ai_next)
        if (first->ai_addrlen == info->ai_addrlen &&
            memcmp(first->ai_addr, info->ai_addr, info->ai_addrlen) == 0)
            return true;
    return false;
}

/* Opens the name's addresses that this machine has. 0 when there is one, else the last -errno. */
static int open_addresses(const struct addrinfo *first, struct listeners *set)
{
    int r = -EADDRNOTAVAIL;
    size_t before = set->count;
    for (const struct addrinfo *info = first; info; info = info->ai_next) {
        struct listener socket = {0};
        if (is_repeated(first, info))
            continue;
        r = socket.fd = open_inet(info);
        if (r >= 0) {
            socket.fd = r;
            r = describe(&socket);
            add(set, socket);
        } else if (r == -EADDRNOTAVAIL || r == -EAFNOSUPPORT) {
            continue; /* no IPv6 here, for one */
        }
        if (r < 0)
            return r;
    }
    return set->count > before ? 0 : r;
}

/* Who has the port, in words. */
#define HOLDER_MAX 128

static const char *advice(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "another process listens there; stop it or set [server] listen";
    case EADDRNOTAVAIL:
        return "this machine has no such address";
    case EACCES:
        return "not permitted; ports below 1024 need CAP_NET_BIND_SERVICE";
    default:
        return strerror(error);
    }
}

static int open_tcp(const struct config_listen *listen, struct listeners *set, struct error *reterr)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    char port[8];
    (void)snprintf(port, sizeof(port), "%" PRIu16, listen->port);
    int error = getaddrinfo(listen->host, port, &hints, &list);
    if (error) {
        error_set(reterr, "cannot listen on %s: %s", listen->host, gai_strerror(error));
        return -EADDRNOTAVAIL;
    }
    int r = open_addresses(list, set);
    freeaddrinfo(list);
    char holder[HOLDER_MAX] = "";
    if (r == -EADDRINUSE)
        portholder_find(listen->port, holder, sizeof(holder));
    if (r < 0)
        error_set(reterr, "cannot listen on %s port %s: %s%s%s%s", listen->host, port, advice(-r),
                  holder[0] ? " (it is " : "", holder, holder[0] ? ")" : "");
    return r;
}

static int open_unix(const char *path, struct listeners *set, struct error *reterr)
{
    struct listener socket = {.fd = -1};
    int r = unixsocket_open(path, SOCKET_MODE, &socket.file, reterr);
    if (r < 0)
        return r;
    socket.fd = r;
    r = describe(&socket);
    add(set, socket);
    return r;
}

/* How many sockets were passed to this process: 0 when none, or when they are another's. */
static int passed_count(void)
{
    const char *process = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    int n = 0;
    if (process && count && strtoll(process, NULL, 10) == (long long)getpid())
        n = (int)strtol(count, NULL, 10);
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return n < 0 || n > PASSED_MAX ? 0 : n;
}

static bool is_listening_stream(int fd)
{
    int listening = 0;
    int type = 0;
    socklen_t len = sizeof(int);
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}

static int take_passed(int fd, struct listeners *set, struct error *reterr)
{
    struct listener socket = {.fd = fd};
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || !is_listening_stream(fd) || describe(&socket) < 0) {
        error_set(reterr, "descriptor %d, passed in LISTEN_FDS, is not a listening stream socket",
                  fd);
        return -ENOTSOCK;
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    add(set, socket);
    return 0;
}

static int open_one(const struct config_listen *listen, struct listeners *set, struct error *reterr)
{
    return listen->path ? open_unix(listen->path, set, reterr) : open_tcp(listen, set, reterr);
}

int listeners_open(const struct config_server *server, struct listeners *ret, struct error *reterr)
{
    struct listeners set = {0};
    int passed = passed_count();
    int r = 0;
    set.from_systemd = passed > 0;
    for (int i = 0; r == 0 && i < passed; i++)
        r = take_passed(FIRST_PASSED_FD + i, &set, reterr);
    for (size_t i = 0; r == 0 && !set.from_systemd && i < server->listen_count; i++)
        r = open_one(&server->listen[i], &set, reterr);
    if (r < 0)
        listeners_close(&set);
    else
        *ret = set;
    return r;
}

const struct listener *listeners_exposed(const struct listeners *set,
                                         const struct config_server *server)
{
    if (config_server_is_closed(server) || server->allow_unauthenticated)
        return NULL;
    for (size_t i = 0; i < set->count; i++)
        if (!set->at[i].loopback)
            return &set->at[i];
    return NULL;
}

void listeners_remove_files(struct listeners *set)
{
    for (size_t i = 0; i < set->count; i++)
        unixsocket_remove(&set->at[i].file);
}

void listeners_close(struct listeners *set)
{
    listeners_remove_files(set);
    for (size_t i = 0; i < set->count; i++)
        close(set->at[i].fd);
    free(set->at);
    *set = (struct listeners){0};
}
