/*
 * Byte ranges of values in JSON text (RFC 8259), without building a tree: what we pass on must
 * keep every byte, and what we only look at need not be parsed into memory.
 */
#ifndef UNDERSTUDY_JSONSPAN_H
#define UNDERSTUDY_JSONSPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

enum jsonspan_type {
    JSONSPAN_NONE, /* absent, or not JSON */
    JSONSPAN_OBJECT,
    JSONSPAN_ARRAY,
    JSONSPAN_STRING,
    JSONSPAN_NUMBER,
    JSONSPAN_TRUE,
    JSONSPAN_FALSE,
    JSONSPAN_NULL,
};

/* Deeper nesting is refused. */
#define JSONSPAN_DEPTH_MAX 256

/*
 * Is json one whole, valid JSON value (strict RFC 8259, valid UTF-8, blanks around it allowed)?
 * 0, or -EINVAL and *reterr with what is wrong and at which byte (the first is 0). Allocates
 * nothing, does not recurse. \u escapes of lone surrogates are within the grammar and taken.
 */
int jsonspan_check(struct text json, struct error *reterr) __attribute__((warn_unused_result));

/*
 * The functions below take text that jsonspan_check accepted, or a span out of it. On other text
 * they stay within its bounds and find nothing or something.
 */

/* The type by the first byte after blanks. */
enum jsonspan_type jsonspan_type(struct text value);

/* Does it say nothing: absent, null, "", [] or {}? */
bool jsonspan_is_empty(struct text value);

/* Is this string value, its escapes decoded, exactly name? */
bool jsonspan_name_is(struct text string, const char *name);

/* False where it cannot be: most names that are compared differ in their first byte. name has its
 * quotes, as jsonspan_member gives it. */
static inline bool jsonspan_name_may_be(struct text name, const char *wanted)
{
    return name.at[1] == wanted[0] || name.at[1] == '\\' || wanted[0] == '\0';
}

/*
 * Walks an object in one pass: *position starts at 0 and is kept by the function; false at the
 * end. The name comes with its quotes (jsonspan_name_is, jsonspan_decode).
 */
bool jsonspan_member(struct text object, size_t *position, struct text *ret_name,
                     struct text *ret_value);

/* The same. known: the span of a value of this object that was walked over already, and is not
 * again; at NULL = none. */
bool jsonspan_member_past(struct text object, struct text known, size_t *position,
                          struct text *ret_name, struct text *ret_value);

/* The first member of that (decoded) name: its value without blanks around it. */
bool jsonspan_get(struct text object, const char *name, struct text *ret_value);

/* The same; at NULL: there is none. */
static inline struct text jsonspan_value(struct text object, const char *name)
{
    struct text value;
    return jsonspan_get(object, name, &value) ? value : text_make(NULL, 0);
}

/* Is the first member of that name a string, and exactly word? */
static inline bool jsonspan_member_is(struct text object, const char *name, const char *word)
{
    return jsonspan_name_is(jsonspan_value(object, name), word);
}

/* Is it a string, and not an empty one? */
static inline bool jsonspan_is_filled(struct text value)
{
    return jsonspan_type(value) == JSONSPAN_STRING && value.len > 2;
}

/* One of the members that jsonspan_pick looks for. value.at NULL: there is none. */
struct jsonspan_wanted {
    const char *name;
    struct text value;
    size_t in; /* for jsonscan.h: what it is a member of; JSONSCAN_IN, 0 = the outermost object */
};

/* jsonspan_get for several names, in one pass. Sets every value. */
void jsonspan_pick(struct text object, struct jsonspan_wanted *wanted, size_t count);

/* jsonspan_check, and jsonspan_pick of what it has accepted, in one pass. After an error no value
 * is found, and so of JSON that is no object. */
int jsonspan_read(struct text json, struct jsonspan_wanted *wanted, size_t count,
                  struct error *reterr) __attribute__((warn_unused_result));

/* The element at index, 0 first. */
bool jsonspan_item(struct text array, size_t index, struct text *ret_value);

/* Walks an array: *position starts at 0 and is kept by the function; false at the end. */
bool jsonspan_next(struct text array, size_t *position, struct text *ret_value);

/* jsonspan_next, and jsonspan_pick from the element, in one pass. */
bool jsonspan_next_pick(struct text array, size_t *position, struct jsonspan_wanted *wanted,
                        size_t count, struct text *ret_value);

/*
 * A whole number, however it is written: 7, 7.0, 7e3. What 64 bits do not hold becomes the nearest
 * that they do. False for a fraction, and for what is no number.
 */
bool jsonspan_whole(struct text value, int64_t *ret);

/* The most of anything that is counted, such as tokens: 2^53, up to which all readers of JSON agree
 * (RFC 8259, 6). */
#define JSONSPAN_COUNT_MAX (INT64_C(1) << 53)

/* A count: a whole number from 0 to that. False, and *ret stays, for what cannot be one. */
bool jsonspan_count(struct text value, int64_t *ret);

/*
 * Adds the decoded content of a string value to out; a lone surrogate becomes U+FFFD, \u0000 a NUL
 * byte. -EINVAL when it is no string, errors of buf (out may hold a part then).
 */
int jsonspan_decode(struct text string, struct buf *out) __attribute__((warn_unused_result));

/* Adds the value without the blanks that stand outside of strings, and so without line ends. Errors
 * of buf (out may hold a part then). */
int jsonspan_compact(struct text value, struct buf *out) __attribute__((warn_unused_result));

/* Are the bytes, in quotes, a JSON string that stands for themselves? */
bool jsonspan_is_plain(struct text bytes);

/*
 * Adds bytes to out as a JSON string with quotes. Each byte that is no UTF-8 becomes U+FFFD.
 * Errors of buf (out may hold a part then).
 */
int jsonspan_encode(struct text bytes, struct buf *out) __attribute__((warn_unused_result));

/* The same, and what is hidden (utf8.h) is escaped, so that it does nothing to a terminal. */
int jsonspan_encode_shown(struct text bytes, struct buf *out) __attribute__((warn_unused_result));

/*
 * Picking while somebody else walks the object: tells each member as it comes. wanted is borrowed,
 * and nothing is found yet at the beginning.
 */
struct jsonspan_picking {
    struct jsonspan_wanted *wanted;
    size_t count;
    size_t missing;   /* those without a value yet */
    uint64_t letters; /* that the names begin with: a bit each, some share one */
};

void jsonspan_pick_begin(struct jsonspan_picking *pick, struct jsonspan_wanted *wanted,
                         size_t count);

/* The one of that name (with its quotes) that is missing; NULL = it is not wanted. */
struct jsonspan_wanted *jsonspan_pick_find(const struct jsonspan_picking *pick, struct text name);

/* The same; most members are known by their first letter not to be wanted. */
static inline struct jsonspan_wanted *jsonspan_pick_missing(const struct jsonspan_picking *pick,
                                                            struct text name)
{
    bool may_be =
        pick->missing > 0 && (name.at[1] == '\\' || pick->letters >> (name.at[1] & 63) & 1);
    return may_be ? jsonspan_pick_find(pick, name) : NULL;
}

static inline void jsonspan_pick_keep(struct jsonspan_picking *pick, struct jsonspan_wanted *wanted,
                                      struct text value)
{
    wanted->value = value;
    pick->missing--;
}

/* Keeps the value where the name is one of those that are missing. */
static inline void jsonspan_pick_member(struct jsonspan_picking *pick, struct text name,
                                        struct text value)
{
    struct jsonspan_wanted *wanted = jsonspan_pick_missing(pick, name);
    if (wanted)
        jsonspan_pick_keep(pick, wanted, value);
}

#endif
