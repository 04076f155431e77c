/* The name of the model in a request's body: read, and another one put in its place. */
#ifndef UNDERSTUDY_REQUEST_MODEL_H
#define UNDERSTUDY_REQUEST_MODEL_H

#include "config/config.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/*
 * The member's value, decoded: 0 and *ret, malloc'ed; -EINVAL and *reterr, which says what to do:
 * no string, empty, longer than MODEL_NAME_MAX, with control characters. -ENOMEM.
 */
int request_model_read(struct text value, char **ret, struct error *reterr)
    __attribute__((warn_unused_result));

/*
 * The same body with another model name: only the bytes of span, the member's value (also a null),
 * change; where the body has no such member (span.at is NULL), it is put in first. Errors of buf.
 */
int request_with_model(struct text body, struct text span, const char *model, struct buf *out)
    __attribute__((warn_unused_result));

#endif
