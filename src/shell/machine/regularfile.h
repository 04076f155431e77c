/* Files that people name in settings, opened so that none of them can hold the daemon up. */
#ifndef UNDERSTUDY_REGULARFILE_H
#define UNDERSTUDY_REGULARFILE_H

#include <sys/stat.h>

/*
 * Opens it for reading; links are followed. A descriptor that the caller closes, and what was
 * opened in *ret; -EISDIR for a directory, -EINVAL for whatever else is no regular file, else
 * -errno. Never waits for the other end of a FIFO.
 */
int regularfile_open(const char *path, struct stat *ret) __attribute__((warn_unused_result));

#endif
