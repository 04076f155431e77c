/* The fields of an event, as those who log write them and the makers of lines read them. */
#ifndef UNDERSTUDY_LOG_FIELD_H
#define UNDERSTUDY_LOG_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
