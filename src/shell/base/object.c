/* One list of spares for each step of sizes. */
#include "base/object.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define STEP  ((size_t)64)
#define SIZES (OBJECT_MAX / STEP)

/* Of each. A build with a sanitizer keeps none (Makefile): there the use of an object after its end
 * is to be found. */
#ifndef OBJECTS_KEPT
#define OBJECTS_KEPT 64
#endif

struct spare {
    struct spare *next;
};

static _Thread_local struct {
    struct spare *first;
    int count;
} spares[SIZES];

static size_t index_of(size_t size)
{
    assert(size > 0 && size <= OBJECT_MAX);
    return (size - 1) / STEP;
}

void *object_new(size_t size)
{
    size_t i = index_of(size);
    struct spare *spare = spares[i].first;
    if (!spare)
        return xcalloc(1, (i + 1) * STEP);
    spares[i].first = spare->next;
    spares[i].count--;
    spare->next = NULL;
    return spare;
}

void object_free(void *object, size_t size)
{
    if (!object)
        return;
    size_t i = index_of(size);
    explicit_bzero(object, size);
    if (spares[i].count >= OBJECTS_KEPT) {
        free(object);
        return;
    }
    struct spare *spare = object;
    spare->next = spares[i].first;
    spares[i].first = spare;
    spares[i].count++;
}

void objects_drop(void)
{
    for (size_t i = 0; i < SIZES; i++) {
        while (spares[i].first) {
            struct spare *spare = spares[i].first;
            spares[i].first = spare->next;
            free(spare);
        }
        spares[i].count = 0;
    }
}
