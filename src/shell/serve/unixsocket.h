/* A listening unix socket with a name in the file system. */
#ifndef UNDERSTUDY_UNIXSOCKET_H
#define UNDERSTUDY_UNIXSOCKET_H

#include "serve/listen.h"

/*
 * Binds and listens; the file has mode 0660 from its first moment on. One that a dead process left
 * behind is replaced; one that is listened on, or is no socket, is an error. Fills fd, path, device
 * and inode of *ret. 0, or -errno and *reterr.
 */
int unixsocket_open(const char *path, struct listen_socket *ret, struct error *reterr)
    __attribute__((warn_unused_result));

/* Removes the file, unless somebody has put another one there meanwhile. */
void unixsocket_remove(const struct listen_socket *socket);

#endif
