/*
 * One walk over JSON text that may still be coming: is it valid (as jsonspan_check has it), and
 * what of it is wanted? What has been walked over is not looked at again, so a large body can be
 * read as it comes, or in parts, with turns of the loop in between:
 *
 *     jsonscan_begin --> (jsonscan_more)* --> jsonscan_end
 *
 * jsonspan_read is the three at once.
 */
#ifndef UNDERSTUDY_JSONSCAN_H
#define UNDERSTUDY_JSONSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/jsonspan.h"
#include "text/error.h"
#include "text/text.h"

/*
 * A table of struct jsonspan_wanted says what is wanted, to any depth:
 *
 *     [CHOICES] = {.name = "choices"},                             of the outermost object
 *     [CHOICE]  = {.in = JSONSCAN_IN(CHOICES)},                    each element of that array
 *     [MESSAGE] = {.name = "message", .in = JSONSCAN_IN(CHOICE)},  a member of each element
 *
 * Those of one container stand together, and behind it. Of several members of one name the first
 * counts, with what is inside of it.
 */
#define JSONSCAN_IN(container) ((container) + 1)
#define JSONSCAN_WANTED_MAX    64
#define JSONSCAN_LEVELS_MAX    8

/*
 * Behind each element that is wanted (its index in the table): it is there, with what is wanted
 * inside of it, until the call returns. What follows may still turn out to be no JSON.
 */
typedef void jsonscan_each(void *arg, size_t element);

/* A container in which something is wanted. */
struct jsonscan_level {
    size_t depth;  /* of its members or elements */
    bool elements; /* of an array; else members, and pick is for them */
    struct jsonspan_picking pick;
    struct jsonspan_wanted *under_way; /* what the value that has begun is wanted as, or NULL */
    size_t begin;                      /* behind its colon, comma or bracket */
};

/* Where the walk goes on: at the beginning of a value, of a name, or behind a value. */
enum jsonscan_step { JSONSCAN_VALUE, JSONSCAN_NAME, JSONSCAN_BEHIND };

/* All of it is the walk's own. It stays where it is. */
struct jsonscan {
    struct jsonspan_wanted *wanted;
    size_t count;
    jsonscan_each *each;
    void *arg;
    const char *base; /* where the text stood last */
    const char *end;
    bool last;   /* nothing follows end */
    bool failed; /* whatever follows */
    const char *wrong;
    size_t wrong_at;
    enum jsonscan_step step;
    size_t at;                  /* of the step */
    size_t inside;              /* in its string, at the next byte to be looked at; 0 = in none */
    size_t enough;              /* so much must have come before the step is tried again */
    struct jsonscan_level *top; /* the innermost of those that are open */
    struct jsonscan_level levels[JSONSCAN_LEVELS_MAX];
    size_t depth;
    char closing[JSONSPAN_DEPTH_MAX]; /* of each container that is open: '}' or ']' */
};

/* wanted, at most JSONSCAN_WANTED_MAX, and arg are borrowed until the end; each: NULL where no
 * elements are wanted. Nothing is found yet. */
void jsonscan_begin(struct jsonscan *scan, struct jsonspan_wanted *wanted, size_t count,
                    jsonscan_each *each, void *arg);

/*
 * so_far: all that has come, which may stand elsewhere by now. -EINVAL: whatever follows, it is no
 * JSON. A string that is not there to its end is gone on with; any other part of the grammar is
 * looked at again when twice as much of it has come, so that none costs much more than at once.
 */
int jsonscan_more(struct jsonscan *scan, struct text so_far) __attribute__((warn_unused_result));

/* The whole of it; as jsonspan_read. */
int jsonscan_end(struct jsonscan *scan, struct text json, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
