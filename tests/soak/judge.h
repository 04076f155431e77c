/* Reads an HTTP answer out of the bytes so far, and says whether it is what its kind has to be. */
#ifndef SOAK_JUDGE_H
#define SOAK_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "kinds.h"

struct reading {
    int status;      /* 0 = no whole head yet */
    bool whole;      /* the body has ended as its framing says */
    bool close;      /* the server closes behind it */
    size_t used;     /* bytes of the answer in all, once it is whole */
    size_t body_len; /* so far */
};

/*
 * Reads from the beginning: bytes[len] must be writable, and body have room for len + 1 bytes. What
 * is no HTTP gives the status -1.
 */
struct reading judge_read(char *bytes, size_t len, char *body);

/*
 * NULL: as it has to be; else what is wrong. number is that of the request. body ends with a zero.
 */
const char *judge_answer(const struct kind *kind, unsigned number, const struct reading *reading,
                         const char *body);

#endif
