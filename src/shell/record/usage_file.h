/*
 * The usage file ([log] usage_file): for each exchange one line, the JSON object that /status.json
 * tells of it, too (ledger/exchange_record.h). It is for accounting, so it is written whatever the
 * level of the log.
 *
 * A line that cannot be written is lost and counted (the metric usage_dropped_total); a warning
 * tells of the first, another one how many there were once a line has been written again. A file
 * that cannot be opened is tried again with each line. No exchange waits or fails for any of it.
 * Safe between threads.
 */
#ifndef UNDERSTUDY_USAGE_FILE_H
#define UNDERSTUDY_USAGE_FILE_H

#include "ledger/exchange_record.h"

/* Opens path, or the same path again after a rotation; NULL: no file from now on. What is not there
 * is made. */
void usage_file_open(const char *path);

/* The same for a process that is not the daemon: what it would make were of the wrong owner, so it
 * writes only to a file that is there and that it may write to; else nothing, without a word. */
void usage_file_join(const char *path);

void usage_file_write(const struct exchange_record *record);

/* Closes it. */
void usage_file_done(void);

#endif
