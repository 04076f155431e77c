/* What the targets share. The first bytes of an input choose a variant; tests/fuzz/seeds.py knows
 * them. */
#ifndef UNDERSTUDY_FUZZ_H
#define UNDERSTUDY_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/jsonspan.h"
#include "text/text.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property, in a build of any kind, so this is no assert. */
#define require(property) require_that(property, #property, __LINE__)

static inline void require_that(bool it_holds, const char *property, int line)
{
    if (it_holds)
        return;
    (void)fprintf(stderr, "line %d: does not hold: %s\n", line, property);
    abort();
}

static inline bool same(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool begins_with(struct text a, struct text start)
{
    return start.len <= a.len && same(text_make(a.at, start.len), start);
}

/* The next byte of the input, 0 at its end. */
static inline uint8_t take_byte(struct text *input)
{
    uint8_t byte = input->len ? (uint8_t)input->at[0] : 0;
    *input = text_skip(*input, 1);
    return byte;
}

/* What stands before the next end byte; that is passed over. */
static inline struct text take_until(struct text *input, char end)
{
    size_t len = 0;
    while (len < input->len && input->at[len] != end)
        len++;
    struct text part = text_make(input->at, len);
    *input = text_skip(*input, part.len + 1);
    return part;
}

static inline bool holds(struct text hay, const char *needle)
{
    return hay.len && memmem(hay.at, hay.len, needle, strlen(needle)) != NULL;
}

static inline bool is_object(struct text json)
{
    return jsonspan_check(json, NULL) == 0 && jsonspan_type(json) == JSONSPAN_OBJECT;
}

/* May be written into a log line or a header: one line of well-formed text. */
static inline void require_plain(struct text text)
{
    for (size_t i = 0; i < text.len;) {
        size_t n = utf8_length(text.at + i, text.len - i);
        require(n > 0 && (unsigned char)text.at[i] >= 0x20 && text.at[i] != 0x7f);
        i += n;
    }
}

#endif
