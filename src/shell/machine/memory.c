/*
 * Neither library ends the process when memory is out: both return NULL, in so many places that
 * nobody has looked at all of them. So they never get to see it for what is small.
 */
#include "machine/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#include "base/alloc.h"

/* From here on it is a body or an answer, whose size is a peer's doing. */
#define LARGE (1u << 20)

static void *checked(void *memory, size_t size)
{
    if (!memory && size > 0 && size < LARGE)
        alloc_failed();
    return memory;
}

static void *get(size_t size)
{
    return checked(malloc(size ? size : 1), size);
}

static void *get_zeroed(size_t count, size_t size)
{
    return checked(calloc(count, size), count > LARGE ? LARGE : count * size);
}

static char *copy(const char *text)
{
    return checked(strdup(text), strlen(text) + 1);
}

static void wipe_and_free(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

/* As realloc, which would leave the old bytes where they were. */
static void *resize(void *memory, size_t size)
{
    size_t had = memory ? malloc_usable_size(memory) : 0;
    if (memory && size > 0 && size <= had)
        return memory;
    void *moved = get(size);
    if (!moved)
        return NULL;
    if (memory)
        memcpy(moved, memory, had < size ? had : size);
    wipe_and_free(memory);
    return moved;
}

void memory_set_up(void)
{
    (void)curl_global_init_mem(CURL_GLOBAL_DEFAULT, get, wipe_and_free, resize, copy, get_zeroed);
    json_set_alloc_funcs(get, free);
    json_object_seed(0);
}
