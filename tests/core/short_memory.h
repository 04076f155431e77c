/*
 * Memory that runs out: the program's own malloc, which fails once where a test wants it to. Under
 * the sanitizers nothing fails, nor under valgrind, which puts its own in its place; a test has to
 * bear that (short_memory_failed).
 *
 *     for (size_t n = 0; short_memory_at(n), try_it(), short_memory_failed(); n++)
 *         ...
 */
#ifndef UNDERSTUDY_SHORT_MEMORY_H
#define UNDERSTUDY_SHORT_MEMORY_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t short_memory_left = SIZE_MAX; /* allocations before the one that fails */
static bool short_memory_has_failed;

/* The allocation after n others fails, and no other. */
static inline void short_memory_at(size_t n)
{
    short_memory_left = n;
    short_memory_has_failed = false;
}

/* Has it? From here on none does. */
static inline bool short_memory_failed(void)
{
    short_memory_left = SIZE_MAX;
    return short_memory_has_failed;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool short_memory_takes(void)
{
    if (short_memory_left == SIZE_MAX || short_memory_left-- > 0)
        return true;
    short_memory_left = SIZE_MAX;
    short_memory_has_failed = true;
    errno = ENOMEM;
    return false;
}

void *malloc(size_t size)
{
    return short_memory_takes() ? __libc_malloc(size) : NULL;
}

void *calloc(size_t count, size_t size)
{
    return short_memory_takes() ? __libc_calloc(count, size) : NULL;
}

void *realloc(void *memory, size_t size)
{
    return short_memory_takes() ? __libc_realloc(memory, size) : NULL;
}

void *reallocarray(void *memory, size_t count, size_t size)
{
    size_t bytes = 0;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : realloc(memory, bytes);
}

#endif
#endif
