/* Files that hold a secret (file:PATH, credential:NAME), read only if nobody else can. */
#ifndef UNDERSTUDY_SECRETFILE_H
#define UNDERSTUDY_SECRETFILE_H

#include "text/buf.h"
#include "text/error.h"

/* An API key has some 200 bytes; a file beyond this was named by mistake. */
#define SECRETFILE_MAX_BYTES 4096

/*
 * The read_file of struct config_source: adds the file's bytes to out. A regular file (links are
 * followed) of ours or root's that only we, root or a group of ours can read. Below /run/secrets
 * and systemd's $CREDENTIALS_DIRECTORY it need only be closed to writing by others. 0, or -errno
 * and a *reterr that says what to do and never what the file holds. arg is not used.
 */
int secretfile_read(void *arg, const char *path, struct buf *out, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
