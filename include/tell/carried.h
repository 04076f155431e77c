/*
 * docs/dialects.md: what becomes of an app's request where a provider speaks otherwise. Nothing of
 * it is written down: each thing that an app may ask is put into a request, the records (dialect.h)
 * translate it for each provider, with and without the thing, and what differs is told.
 */
#ifndef UNDERSTUDY_CARRIED_H
#define UNDERSTUDY_CARRIED_H

#include <stddef.h>

#include "text/buf.h"

/* A thing that an app may ask. JSON has ' for ". */
struct carried_sample {
    const char *app;     /* its dialect's word */
    const char *name;    /* a member of its request; or in words, with a blank in it */
    const char *members; /* that ask for it, of the request */
    const char *beside;  /* members without which it would mean nothing; NULL = none */
};

/* All of them, those of one app together; NULL behind the last. */
const struct carried_sample *carried_sample_at(size_t n);

/* The page. Errors of buf, -ENOMEM, and -EINVAL where a sample is no JSON or its app cannot ask so.
 */
int carried_print_markdown(struct buf *out) __attribute__((warn_unused_result));

#endif
