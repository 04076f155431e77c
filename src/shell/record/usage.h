/*
 * The usage file ([log] usage_file): for each exchange one line, a JSON object with the fields of
 * its line in the log. It is for accounting, so it is written whatever the level of the log.
 *
 * A line that cannot be written is lost and counted (the metric usage_dropped_total); a warning
 * tells of the first, another one how many there were once a line has been written again. A file
 * that cannot be opened is tried again with each line. No exchange waits or fails for any of it.
 * Safe between threads.
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
