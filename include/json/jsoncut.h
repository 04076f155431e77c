/*
 * Taking parts out of JSON text, and putting others in their place, so that every other byte stays.
 * The text is walked over from its beginning to its end; what stands between two changes is copied
 * when the second one is met.
 *
 *     {"a":1, "x":true, "b":[{"x":1}, 2], "x":3}
 *             |-------|      |------|   |-------|
 *             with the comma behind     the last one: with the comma before it
 */
#ifndef UNDERSTUDY_JSONCUT_H
#define UNDERSTUDY_JSONCUT_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buf.h"
#include "text/text.h"

struct jsoncut {
    struct text body; /* all of it, as jsonspan_check accepted it */
    struct buf *out;
    size_t done; /* of body: what stands before is in out, or left out */
    bool changed;
};

/* Puts by in the place of part of the body, which begins behind what was done so far. Errors of
 * buf. */
int jsoncut_replace(struct jsoncut *cut, struct text part, struct text by)
    __attribute__((warn_unused_result));

/* What is asked of each entry: a member of an object, or an element of an array (its name is
 * empty). */
struct jsoncut_entries {
    /* Is it left out? Asked more than once, and of all before any is kept. */
    bool (*drops)(const void *arg, struct text name, struct text value);
    /* Told of each that is, in their order; NULL = nobody asks. */
    void (*dropped)(void *arg, struct text name, struct text value);
    /* Told of each that stays: it may change what is in it, and returns 0 or -errno; NULL = nothing
     * is. */
    int (*kept)(void *arg, struct text name, struct text value);
    /* Entries that are put before the first one, with their commas between; empty = none. */
    struct text front;
    void *arg;
};

/*
 * Walks over a part of the body. What is dropped goes with the comma behind it, the last one with
 * the comma before it; blanks around them stay. A part that is no object and no array has no
 * entries. Errors of buf and of kept.
 */
int jsoncut_walk(struct jsoncut *cut, struct text part, const struct jsoncut_entries *entries)
    __attribute__((warn_unused_result));

/* Copies the rest, where anything was changed. Errors of buf. */
int jsoncut_end(struct jsoncut *cut) __attribute__((warn_unused_result));

#endif
