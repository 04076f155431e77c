/*
 * Objects that come and go with each request. A thread keeps those that were given back for the
 * next ones of their size: with some dozens of requests at a time that costs less than malloc,
 * which has seven of a size at hand (glibc 2.36) and cuts and joins pieces for all others: 2 to 3 %
 * of a whole request.
 */
#ifndef UNDERSTUDY_OBJECT_H
#define UNDERSTUDY_OBJECT_H

#include <stddef.h>

/* The largest, in bytes: to be asserted where the struct is. */
#define OBJECT_MAX ((size_t)1024)

/* All zero; the process ends where memory is out (alloc.h). */
void *object_new(size_t size) __attribute__((malloc, returns_nonnull));

/* Of that size. It is overwritten, whatever becomes of it. NULL is fine. */
void object_free(void *object, size_t size);

/* Gives back what this thread keeps: at its end. */
void objects_drop(void);

#endif
