/*
 * Memory for small objects of fixed size: when that is out, there is nothing left to do but stop.
 * Whatever a peer can make grow lives in a buf instead, which fails and says so.
 */
#ifndef UNDERSTUDY_ALLOC_H
#define UNDERSTUDY_ALLOC_H

#include <stddef.h>

#include "text/join.h"

/* Ends the process, with a line on standard error that says why. */
void alloc_failed(void) __attribute__((noreturn));

/* The same where r < 0: for what is bounded by what was let in, so that only memory can be out. */
static inline void alloc_must(int r)
{
    if (r < 0)
        alloc_failed();
}

void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *memory, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *bytes, size_t len) __attribute__((malloc, returns_nonnull));
/* See JOIN. */
char *xjoin(const struct text *parts, size_t count) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...)
    __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

#endif
