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

#include "settings/config.h"
#include "text/text.h"

/* A value is cut at so many bytes of output, and then ends in "...". */
#define LOG_VALUE_MAX 2048

/* A longer line loses its last fields; up to this a write to a pipe is not torn (PIPE_BUF). */
#define LOG_LINE_MAX 4096

struct log_field {
    const char *key; /* [a-z_]+; NULL: the field is left out */
    enum log_kind { LOG_KIND_TEXT, LOG_KIND_INT, LOG_KIND_BOOL } kind;
    struct text text;
    int64_t number;
};

/* A NULL string leaves the field out. */
static inline struct log_field log_field_text(const char *key, struct text value)
{
    return (struct log_field){value.at ? key : NULL, LOG_KIND_TEXT, value, 0};
}

static inline struct log_field log_field_number(const char *key, enum log_kind kind, int64_t value)
{
    return (struct log_field){key, kind, {NULL, 0}, value};
}

#define LOG_STR(key, nul_terminated) log_field_text(key, text_of(nul_terminated))
#define LOG_TEXT(key, text)          log_field_text(key, text)
#define LOG_INT(key, number)         log_field_number(key, LOG_KIND_INT, number)
#define LOG_BOOL(key, truth)         log_field_number(key, LOG_KIND_BOOL, truth)
/* A number that may be unknown: left out while it is negative. */
#define LOG_KNOWN(key, number) log_field_number((number) < 0 ? NULL : (key), LOG_KIND_INT, number)

/*
 * Sets level and format, and finds out what standard error is. Before the first call the log is
 * text at level info. May be called again on a reload, while other threads log. LOG_FORMAT_AUTO:
 * short lines for people where standard error is a terminal (logterm.h), else text; in colours
 * unless NO_COLOR is set or TERM is dumb.
 */
void log_setup(enum log_level level, enum log_format format);

bool log_enabled(enum log_level level);

/* Is the log short lines for people? */
bool log_is_for_people(void);

/* Writes such a line as it is (escaped where it must be), at level info. */
void log_say(struct text line);

void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t n);

/* Lines dropped so far. */
uint64_t log_dropped(void);

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
            log_event(level, event, log_fields_, sizeof(log_fields_) / sizeof(log_fields_[0]));    \
        }                                                                                          \
    } while (0)

#endif
