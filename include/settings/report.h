/*
 * Errors and warnings about settings, each with the place it is about: "file:line: what is wrong".
 * Nothing stops at the first, so that a file is mended in one go.
 */
#ifndef UNDERSTUDY_REPORT_H
#define UNDERSTUDY_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/config.h"
#include "text/text.h"

/* Where a setting comes from. A later one wins over those before it. */
enum origin_kind { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_PLAIN, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

struct origin {
    enum origin_kind kind;
    int line;         /* ORIGIN_FILE */
    struct text name; /* file name, variable name, or SECTION.KEY of the flag; borrowed */
};

/* After that many errors the rest is not shown, and a file is not read any further. */
#define REPORT_ERRORS_MAX 100

struct report {
    struct config_errors *to; /* gets the lines */
    size_t errors;            /* found, also those that are not shown */
    bool out_of_memory;
};

/* Adds a line, cut at 2,000 bytes, control bytes replaced. origin may be NULL: about no single
 * place. */
void report_error(struct report *report, const struct origin *origin, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void report_warning(struct report *report, const struct origin *origin, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "file:line", "env NAME", "flag" or "default", as `understudy config` shows it. Cut at size. */
void report_origin(const struct origin *origin, char *ret, size_t size);

#endif
