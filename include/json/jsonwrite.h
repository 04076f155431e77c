/*
 * Writes JSON text into a buf, value by value, without a tree: for answers that go out many times a
 * second, and for values that must keep every byte (jsonwrite_raw). Commas are put by themselves;
 * the first error sticks and is told once, at the end.
 *
 *     struct jsonwrite w = jsonwrite_to(out);
 *     jsonwrite_open(&w, NULL, '{');
 *     jsonwrite_string(&w, "role", text_of("assistant"));
 *     jsonwrite_close(&w, '}');
 *     return w.r;
 *
 * Every value takes the name of the member that it becomes, NULL inside an array and at the top.
 */
#ifndef UNDERSTUDY_JSONWRITE_H
#define UNDERSTUDY_JSONWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "text/buf.h"
#include "text/text.h"

struct jsonwrite {
    struct buf *out; /* borrowed */
    int r;           /* 0, or the first error of buf */
    bool comma;      /* a value stands before the next one */
};

struct jsonwrite jsonwrite_to(struct buf *out);

/* open '{' or '[', close '}' or ']'. */
void jsonwrite_open(struct jsonwrite *writer, const char *name, char bracket);
void jsonwrite_close(struct jsonwrite *writer, char bracket);

void jsonwrite_string(struct jsonwrite *writer, const char *name, struct text bytes);
/* A string, and nothing at all where it is empty. */
void jsonwrite_filled(struct jsonwrite *writer, const char *name, struct text bytes);
/* A string, null where it is empty. */
void jsonwrite_or_null(struct jsonwrite *writer, const char *name, struct text bytes);
/* The same for a terminal's eyes: hidden characters are escaped (jsonspan_encode_shown). */
void jsonwrite_shown(struct jsonwrite *writer, const char *name, struct text bytes);
void jsonwrite_shown_or_null(struct jsonwrite *writer, const char *name, struct text bytes);
void jsonwrite_integer(struct jsonwrite *writer, const char *name, int64_t value);
/* An integer, null where it is below least: then it is not known. */
void jsonwrite_known(struct jsonwrite *writer, const char *name, int64_t value, int64_t least);
void jsonwrite_bool(struct jsonwrite *writer, const char *name, bool value);
void jsonwrite_null(struct jsonwrite *writer, const char *name);

/* A finite number, short enough to read and long enough to come back the same. */
void jsonwrite_real(struct jsonwrite *writer, const char *name, double value);

/* JSON text as it is. */
void jsonwrite_raw(struct jsonwrite *writer, const char *name, struct text json);

void jsonwrite_tree(struct jsonwrite *writer, const char *name, const json_t *value);

/* Adds a whole tree as people read it: indented, and a line end behind it. Takes json over; NULL =
 * there was no memory for it. 0, -ENOMEM or an error of buf. */
int jsonwrite_page(json_t *json, struct buf *out) __attribute__((warn_unused_result));

#endif
