/*
 * Reads an INI text that is in memory, through inih, without inih's limits: lines of 200 bytes,
 * section names of 50, only the first error told, an indented line silently replacing the value
 * above it.
 *
 *     [section]            comments: ; or # in front, " ;" behind a value
 *     key = value          or key: value; one setting, one line
 */
#ifndef UNDERSTUDY_INI_LINES_H
#define UNDERSTUDY_INI_LINES_H

#include <stdbool.h>

#include "text/text.h"

/* A longer line is an error: it is no setting, and 64 K is eight times the longest value. */
#define INI_LINE_MAX 65536

/* Called in the order of lines, which count from 1. All texts are borrowed for the call. */
struct ini_handler {
    void *arg;
    void (*section)(void *arg, int line, struct text name);
    void (*setting)(void *arg, int line, struct text key, struct text value);
    void (*wrong)(void *arg, int line, const char *what);
    bool (*stop)(void *arg); /* true: read no further */
};

/* 0 or -ENOMEM. A byte order mark and CR before LF are passed over. */
int ini_read(struct text file, const struct ini_handler *handler)
    __attribute__((warn_unused_result));

#endif
