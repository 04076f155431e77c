/*
 * What weavers of streams of events share (struct dialect_tools): texts of which some parts are
 * changed, and the numbers of the parts of an answer, which go on over the rounds.
 */
#ifndef UNDERSTUDY_WEAVE_H
#define UNDERSTUDY_WEAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/dialect.h"
#include "text/buf.h"
#include "text/text.h"

/* ---- changes */

#define WEAVE_EDIT_MAX 5

struct weave_edit {
    struct text part;
    const char *name; /* of the member that is put in; static; NULL = a value is replaced */
    struct text by;   /* at NULL = number */
    int64_t number;
    bool comma; /* a member follows the one that is put in */
};

/* Parts of one JSON text, in its order, and what stands in their place. Zeroed at first; owns
 * nothing. */
struct weave_edits {
    struct weave_edit at[WEAVE_EDIT_MAX];
    size_t count;
};

/* Put by in the place of part, which has nothing in common with that of any other change. */
void weave_replace(struct weave_edits *edits, struct text part, struct text by);
void weave_replace_number(struct weave_edits *edits, struct text part, int64_t by);

/* Gives an object a member of that (static) name and value: in the place of the one that it has, or
 * as its first. */
void weave_put(struct weave_edits *edits, struct text object, const char *name, struct text by);

/* Adds the text with its changes; every other byte stays. Errors of buf. */
int weave_text(struct text text, const struct weave_edits *edits, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * Adds the event with the changes of its data, which is JSON. raw: its bytes. Without a change they
 * stay, and with one so do all others, unless the data came in several lines: it goes out in one
 * then. Errors of buf.
 */
int weave_event(const struct dialect_event *event, struct text raw, const struct weave_edits *edits,
                struct buf *out) __attribute__((warn_unused_result));

/* Adds a value to elements of an array, with the comma before it; "[" may stand before the first.
 * Errors of buf. */
int weave_element(struct text value, struct buf *elements) __attribute__((warn_unused_result));

/* Adds a member to an object that is not closed yet; its name with the quotes. Errors of buf. */
int weave_member(struct text name, struct text value, struct buf *object)
    __attribute__((warn_unused_result));

/* Is what stands in out from begin on JSON? What was put together may be nested too deep: -EPROTO.
 */
int weave_check(const struct buf *out, size_t begin) __attribute__((warn_unused_result));

/* Adds usage, a JSON object (at NULL or null = none), to the sum of others (empty = none yet), see
 * tool_usage_sum. Errors of buf. */
int weave_usage(struct buf *sum, struct text usage) __attribute__((warn_unused_result));

/* ---- numbers */

/* No answer has more parts (blocks, items). */
#define WEAVE_PLACES_MAX 4096

struct weave_place {
    size_t part;   /* the how manieth of its round began there last; from 1, 0 = none did */
    int64_t shown; /* its number for the app */
    bool held;     /* it is not shown */
    bool seen;     /* held only since its number was */
};

/* The parts of a round by their numbers. Zeroed at first. */
struct weave_places {
    struct weave_place *at;
    size_t room;
    size_t parts;  /* of this round so far */
    bool holds;    /* not all of them are shown */
    int64_t begin; /* the app's number for this round's 0 */
    int64_t next;  /* and for the 0 of the one that follows */
};

/* A part of that number begins; the number may have been another's before. One beyond
 * WEAVE_PLACES_MAX is not noted, and -EMSGSIZE where it would be held; -ENOMEM. */
int weave_places_begin(struct weave_places *places, int64_t number, bool held)
    __attribute__((warn_unused_result));

/* The part of that number. Where none began: what it would be if it was shown. */
struct weave_place weave_places_find(const struct weave_places *places, int64_t number);

/* The part of that number is not shown from now on; it has begun. */
void weave_places_hold(struct weave_places *places, int64_t number);

/* Another round follows. */
void weave_places_next(struct weave_places *places);
void weave_places_done(struct weave_places *places);

#endif
