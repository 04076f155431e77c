/*
 * All that `understudy check` has found out, told in three ways: lines for programs that read
 * words, JSON for those that read values (docs/check.md), a table for a terminal.
 */
#ifndef UNDERSTUDY_CHECK_REPORT_H
#define UNDERSTUDY_CHECK_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "check/advisory.h"
#include "check/checkup.h"
#include "check/finding.h"
#include "check/local_check.h"
#include "check/tool_checkup.h"
#include "config/config.h"
#include "text/buf.h"

/* All borrowed. */
struct check_report {
    const struct config *config;
    const struct checkup *checkups;
    size_t count;
    const struct advisory_found *found; /* of each library */
    const struct local_daemon *daemon;  /* NULL = not looked at */
    const char *holder;                 /* see finding_of_daemon; "" = not known */
    const struct tool_checkup *tools;   /* of each [tool NAME] */
    size_t tool_count;
};

/* Who has the address of the daemon, and what is not as it should be with that and with the clock:
 * how many of the two findings there are. */
size_t check_report_machine(const struct check_report *report, struct finding ret[2]);

/* Known faults of libraries, each provider, each server of tools, findings of the machine; at the
 * end the route. Errors
 * of buf. */
int check_report_lines(const struct check_report *report, struct buf *out)
    __attribute__((warn_unused_result));

/* One object. Errors of buf, -ENOMEM. */
int check_report_json(const struct check_report *report, struct buf *out)
    __attribute__((warn_unused_result));

/* The route and who of it can answer: "route (a, b): can answer". Errors of buf. */
int check_report_route(const struct check_report *report, struct buf *out)
    __attribute__((warn_unused_result));

/* ---- check_table.c */

struct check_style {
    bool colour;
    bool utf8;   /* else ASCII */
    int columns; /* of the terminal; longer texts are broken. 0 = not known: as if it had 80 */
};

/* Errors of buf. */
int check_table(const struct check_report *report, const struct check_style *style, struct buf *out)
    __attribute__((warn_unused_result));

#endif
