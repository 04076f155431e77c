/* Out of memory ends the process: see alloc.h. */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of this size objects come and go with each request. */
#define SMALL ((size_t)4096)

void alloc_failed(void)
{
    static const char message[] = "understudy: out of memory\n";
    (void)!write(STDERR_FILENO, message, sizeof(message) - 1);
    abort();
}

static void *need(void *memory)
{
    if (!memory)
        alloc_failed();
    return memory;
}

/*
 * glibc before 2.41 takes nothing for calloc from what a thread has just freed, and walks its lists
 * instead. What is large comes from the kernel, and is zero.
 */
void *xcalloc(size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SMALL)
        return need(calloc(count, size));
    return memset(need(malloc(bytes)), 0, bytes);
}

void *xreallocarray(void *memory, size_t count, size_t size)
{
    return need(reallocarray(memory, count, size));
}

char *xstrdup(const char *text)
{
    return need(strdup(text));
}

char *xstrndup(const char *bytes, size_t len)
{
    return need(strndup(bytes, len));
}

char *xjoin(const struct text *parts, size_t count)
{
    size_t size = join_length(parts, count) + 1;
    char *text = need(malloc(size));
    (void)join_write(text, size, parts, count);
    return text;
}

char *xasprintf(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    return need(n < 0 ? NULL : text);
}
