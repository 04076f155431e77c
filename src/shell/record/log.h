/*
 * The log: one event a line, to standard error, in one write(2). Never a key, token, prompt or
 * body: callers give names, numbers and classes.
 *
 *     log_warning("retry", LOG_STR("id", id), LOG_INT("attempt", 1), LOG_INT("wait_ms", 1000));
 *     2026-11-23T12:00:00.123Z level=warning event=retry id=... attempt=1 wait_ms=1000
 *
 * A line is whole or not there at all: what cannot be written at once (a full pipe, a reader that
 * has gone) is dropped and counted. The process must ignore SIGPIPE. Safe between threads.
 */
#ifndef UNDERSTUDY_LOG_H
#define UNDERSTUDY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "record/log_field.h"
#include "text/count.h"

/*
 * Sets level and format, and finds out what standard error is. Before the first call the log is
 * text at level info. May be called again on a reload, while other threads log. LOG_FORMAT_AUTO:
 * short lines for people where standard error is a terminal (logterm.h), else text; in colours
 * unless NO_COLOR is set or TERM is dumb.
 */
void log_setup(enum log_level level, enum log_format format);

/* From now on no line is wanted: whoever does so tells what matters in other ways. */
void log_silence(void);

bool log_enabled(enum log_level level);

/* What comes before a line that is written to standard error without the log, before there is one:
 * "<4>" where that is the journal, else "". */
const char *log_priority(enum log_level level);

/* Is the log short lines for people? */
bool log_is_for_people(void);

/* Writes such a line as it is (escaped where it must be), at level info. */
void log_say(struct text text);

void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t n);

/* Lines dropped so far. */
uint64_t log_dropped(void);

/* Says how many were dropped since that was said last; each line does so before itself. False:
 * there is still no room. */
bool log_tell_dropped(void);

/* For reminder.h: an eventfd to ring when there is something to be said later; -1 = nobody listens.
 * And the ringing, from any thread. */
void log_remind_by(int fd);
void log_ask_to_be_reminded(void);

/* The fields are not even evaluated when nobody wants the line. */
#define log_error(...)   LOG_AT(LOG_LEVEL_ERROR, __VA_ARGS__, LOG_LAST)
#define log_warning(...) LOG_AT(LOG_LEVEL_WARNING, __VA_ARGS__, LOG_LAST)
#define log_info(...)    LOG_AT(LOG_LEVEL_INFO, __VA_ARGS__, LOG_LAST)
#define log_debug(...)   LOG_AT(LOG_LEVEL_DEBUG, __VA_ARGS__, LOG_LAST)

/* A field that is left out: it makes an event without any field a list of one. */
#define LOG_LAST log_field_number(NULL, LOG_KIND_INT, 0)
#define LOG_AT(level, event, ...)                                                                  \
    do {                                                                                           \
        if (log_enabled(level)) {                                                                  \
            const struct log_field log_fields_[] = {__VA_ARGS__};                                  \
            log_event(level, event, log_fields_, COUNT(log_fields_));                              \
        }                                                                                          \
    } while (0)

#endif
