/*
 * The usage file ([log] usage_file): for each exchange one line, a JSON object with the fields of
 * its line in the log. It is for accounting, so it is written whatever the level of the log.
 *
 * A file that cannot be opened or written is told by one warning, and another one when that has
 * worked in between; no exchange waits or fails for it. Safe between threads.
 */
#ifndef UNDERSTUDY_USAGE_H
#define UNDERSTUDY_USAGE_H

#include "record/log.h"

/* Opens path, or the same path again after a rotation; NULL: no file from now on. */
void usage_open(const char *path);

void usage_write(const struct log_field *fields, size_t n);

/* Closes it. */
void usage_done(void);

#endif
