/*
 * The line of an event for somebody who sits at a terminal: short, in colours where these are
 * wanted, exchanges never wider than the terminal. The same events and fields as in the other
 * forms, but not all of them. Hidden characters and bytes that are no UTF-8 are escaped.
 */
#ifndef UNDERSTUDY_LOGTERM_H
#define UNDERSTUDY_LOGTERM_H

#include "config/config.h"
#include "record/logline.h"

/* An exchange's line is not wider, however wide the terminal is. */
#define LOGTERM_COLUMNS_MAX 100

struct logterm {
    enum log_level level;
    int columns; /* of the terminal; 0 = not known */
    bool colour;
    const char *clock; /* "12:00:00" */
};

/* Makes the whole line, its end included. False: this event is not shown at a terminal. */
bool logterm_event(struct logline *line, const struct logterm *how, const char *event,
                   const struct log_field *fields, size_t n);

/* A line of text as it is, but escaped. */
void logterm_text(struct logline *line, struct text text);

#endif
