/*
 * The text of one log line, in a fixed buffer: logfmt (key=value, quoted where needed) or one JSON
 * object. Whatever is put in, the result is one line of printable UTF-8: hidden characters (see
 * utf8.h) and bytes that are no UTF-8 are escaped, so that nobody's input can forge a line, turn
 * the direction of one, or talk to a terminal.
 */
#ifndef UNDERSTUDY_LOGLINE_H
#define UNDERSTUDY_LOGLINE_H

#include "record/log_field.h"

struct logline {
    size_t len;
    bool json;
    bool full; /* a field did not fit: no more are taken */
    char at[LOG_LINE_MAX];
};

/* Empty. The caller puts what comes before the first field, for JSON including the brace. */
void logline_init(struct logline *line, bool json);

/* Adds text of ours as it is: short, and without anything to escape. */
void logline_printf(struct logline *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds the time it is: 2026-11-23T12:00:00.123Z. */
void logline_time(struct logline *line);

/* Adds a separator, the key and the value, or nothing when it does not fit. */
void logline_field(struct logline *line, const struct log_field *field);

/* Ends the line; at and len are complete then. */
void logline_end(struct logline *line);

#endif
