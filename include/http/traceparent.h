/*
 * The header field traceparent: whose trace a request belongs to. W3C Trace Context, Recommendation
 * of 23 November 2021 (https://www.w3.org/TR/trace-context/, read 2026-11), 3.2 and 4.3.
 *
 *     00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *     version, trace, span that asks, flags
 */
#ifndef UNDERSTUDY_TRACEPARENT_H
#define UNDERSTUDY_TRACEPARENT_H

#include <stdbool.h>

#include "text/text.h"

/* Lower-case hex digits and a NUL. */
#define TRACE_ID_SIZE 33
#define SPAN_ID_SIZE  17

/* With its NUL. */
#define TRACEPARENT_SIZE 56

#define TRACE_FLAG_SAMPLED 0x01u

struct traceparent {
    char trace[TRACE_ID_SIZE];
    char span[SPAN_ID_SIZE]; /* "" = none asks: the trace begins */
    unsigned char flags;
};

/*
 * False: it is none that can be gone on with, and whoever got it begins a trace of its own. Of a
 * later version what 00 has is read, and the flags that are known (sampled; random, of Level 2).
 */
bool traceparent_read(struct text value, struct traceparent *ret)
    __attribute__((warn_unused_result));

/* As version 00, asked by that span. */
void traceparent_write(const struct traceparent *parent, const char *span,
                       char ret[TRACEPARENT_SIZE]);

/* May spans of it be sent? */
static inline bool traceparent_is_sampled(const struct traceparent *parent)
{
    return (parent->flags & TRACE_FLAG_SAMPLED) != 0;
}

#endif
