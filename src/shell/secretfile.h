/* Files that hold a secret (file:PATH, credential:NAME), read only if nobody else can. */
#ifndef UNDERSTUDY_SECRETFILE_H
#define UNDERSTUDY_SECRETFILE_H

#include "buf.h"
#include "error.h"

/* An API key has some 200 bytes; a file beyond this was named by mistake. */
#define SECRETFILE_MAX_BYTES 4096

/*
 * The read_file of struct config_source: adds the file's bytes to out. A regular file, no symbolic
 * link, owned by us or root, and, outside systemd's $CREDENTIALS_DIRECTORY, closed to group
 * and others. 0, or -errno and a *reterr that says what to do and never what the file holds.
 * arg is not used.
 */
int secretfile_read(void *arg, const char *path, struct buf *out, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
