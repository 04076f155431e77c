/*
 * The sockets that clients connect to: those that systemd passes (sd_listen_fds(3)), else the ones
 * of [server] listen. Non-blocking, close-on-exec, listening. Never SO_REUSEPORT: with it another
 * process of the same user could take connections, and prompts, away from us.
 */
#ifndef UNDERSTUDY_LISTENERS_H
#define UNDERSTUDY_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "door/unixsocket.h"
#include "text/error.h"

/* Room for "[v6 literal]:port" and "unix:" with the longest path of a unix socket (unix(7)). */
#define LISTENER_ADDRESS_MAX 128

struct listener {
    int fd;
    bool unix_socket;
    bool loopback; /* only this machine can connect: 127/8, ::1, a unix socket */
    uint16_t port; /* 0 for a unix socket */
    char address[LISTENER_ADDRESS_MAX]; /* "127.0.0.1:11411", "[::1]:11411", "unix:/path" */
    struct unixsocket file;             /* of a unix socket that we made and remove */
};

struct listeners {
    struct listener *at;
    size_t count;
    bool from_systemd;
};

/*
 * Opens them all or none. A host name is opened on each of its addresses; a port of 0 is chosen by
 * the kernel and told in address. A unix socket's file that nobody listens on any more is replaced;
 * a new one has mode 0660. Takes the LISTEN_* variables out of the environment: call it once,
 * before there are threads. 0, or -errno and *reterr.
 */
int listeners_open(const struct config_server *server, struct listeners *ret, struct error *reterr)
    __attribute__((warn_unused_result));

/*
 * The first one that other machines can reach although nobody has to show a token and that is not
 * allowed; NULL = none. What is passed, or open since before a reload, is not in the settings.
 */
const struct listener *listeners_exposed(const struct listeners *set,
                                         const struct config_server *server);

/* Closes them and removes the files of the unix sockets that are still ours. Empty sets are fine.
 */
void listeners_close(struct listeners *set);

/* The files only, where the process ends and others may still use the sockets. */
void listeners_remove_files(struct listeners *set);

#endif
