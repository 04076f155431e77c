/*
 * What is said on the daemon's control socket: a JSON object a line, each way.
 *
 *     {"do":"local","set":"on"}   ->  {"ok":true,"local":"on"}
 *     {"do":"local"}              ->  {"ok":true,"local":"off"}
 *     anything else               ->  {"ok":false,"error":"..."}
 */
#ifndef UNDERSTUDY_CONTROL_LINE_H
#define UNDERSTUDY_CONTROL_LINE_H

#include <stdbool.h>

#include "control/control_word.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* A longer line is none of ours. */
#define CONTROL_LINE_MAX 4096

struct control_request {
    enum control_word word; /* STATUS: it only asks */
};

/* One line without its end. 0, or -EINVAL and *reterr. */
int control_request_read(struct text line, struct control_request *ret, struct error *reterr)
    __attribute__((warn_unused_result));

/* Adds a line with its end. Errors of buf. */
int control_request_write(const struct control_request *request, struct buf *out)
    __attribute__((warn_unused_result));
int control_answer_write(bool local, struct buf *out) __attribute__((warn_unused_result));
int control_error_write(const char *message, struct buf *out) __attribute__((warn_unused_result));

/* An answer without its end: 0 and *ret_local, or -EINVAL and *reterr, which has what it says. */
int control_answer_read(struct text line, bool *ret_local, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
