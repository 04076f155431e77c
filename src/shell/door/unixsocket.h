/* A listening unix socket with a name in the file system. */
#ifndef UNDERSTUDY_UNIXSOCKET_H
#define UNDERSTUDY_UNIXSOCKET_H

#include <sys/types.h>

#include "text/error.h"

struct unixsocket {
    char *path; /* owned; NULL = none */
    dev_t device;
    ino_t inode; /* of path when we made it */
};

/*
 * Binds and listens; the file has that mode from its first moment on. One that a dead process left
 * behind is replaced; one that is listened on, or is no socket, is an error. The descriptor, or
 * -errno and *reterr.
 */
int unixsocket_open(const char *path, mode_t mode, struct unixsocket *ret, struct error *reterr)
    __attribute__((warn_unused_result));

/* Removes the file, unless somebody has put another one there meanwhile. None: fine. */
void unixsocket_remove(struct unixsocket *socket);

#endif
