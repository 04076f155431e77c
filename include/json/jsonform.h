/*
 * JSON text that is written many times and differs in one place: a form, made once, with a blank
 * there. Each time it is copied around what goes into the blank. Such is an event of a stream: all
 * of it but the new text stands in the one before, too.
 *
 *     struct jsonwrite json = jsonwrite_to(jsonform_begin(&form));
 *     ...                                     what stands before the blank
 *     jsonform_blank(&form);
 *     ...                                     and what stands behind it, if anything does
 *     r = jsonform_end(&form, json.r);
 */
#ifndef UNDERSTUDY_JSONFORM_H
#define UNDERSTUDY_JSONFORM_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buf.h"
#include "text/text.h"

/* Zeroed: not made yet. */
struct jsonform {
    struct buf text;
    size_t blank; /* where it is */
};

/* Empties it. What is returned is to be written to until jsonform_end. */
struct buf *jsonform_begin(struct jsonform *form);

/* The blank is here, at the end of what was written so far. */
void jsonform_blank(struct jsonform *form);

/* r: how the writing went, which is returned; after an error the form is not made. */
int jsonform_end(struct jsonform *form, int r) __attribute__((warn_unused_result));

/* NULL is fine. */
void jsonform_done(struct jsonform *form);

static inline bool jsonform_is_made(const struct jsonform *form)
{
    return form->text.len > 0;
}

/* Adds what stands before the blank (and text there, as a JSON string), and what stands behind it.
 * Errors of buf. */
int jsonform_put_before(const struct jsonform *form, struct buf *out)
    __attribute__((warn_unused_result));
int jsonform_put_string(const struct jsonform *form, struct text text, struct buf *out)
    __attribute__((warn_unused_result));
int jsonform_put_behind(const struct jsonform *form, struct buf *out)
    __attribute__((warn_unused_result));

#endif
