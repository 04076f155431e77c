/*
 * What is said on the daemon's control socket: a JSON object a line, each way.
 *
 *     {"do":"local","set":"on"}   ->  {"ok":true,"local":"on","address":"127.0.0.1:11411"}
 *     {"do":"local"}              ->  {"ok":true,"local":"off","address":...}
 *     {"do":"watch"}              ->  the same, then for as long as the peer
 *                                     stays, whenever something happens:
 *         {"standing":"serving on 127.0.0.1:11411"}   what is going on (standing.h)
 *         {"exchange":{...}}                          one that has ended (exchange_record.h)
 *         {"lost":{"count":3}}                        so many ended that are not told
 *     anything else               ->  {"ok":false,"error":"..."}
 */
#ifndef UNDERSTUDY_CONTROL_LINE_H
#define UNDERSTUDY_CONTROL_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "control/control_word.h"
#include "ledger/exchange_record.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* A longer line is none of ours. */
#define CONTROL_LINE_MAX 4096

struct control_request {
    bool watches;           /* nothing else is meant then */
    enum control_word word; /* STATUS: it only asks */
};

/* One line without its end. 0, or -EINVAL and *reterr. */
int control_request_read(struct text line, struct control_request *ret, struct error *reterr)
    __attribute__((warn_unused_result));

/* Adds a line with its end. Errors of buf. */
int control_request_write(const struct control_request *request, struct buf *out)
    __attribute__((warn_unused_result));
int control_answer_write(bool local, const char *address, struct buf *out)
    __attribute__((warn_unused_result));
int control_error_write(const char *message, struct buf *out) __attribute__((warn_unused_result));
int control_standing_write(const char *sentence, struct buf *out)
    __attribute__((warn_unused_result));
int control_exchange_write(const struct exchange_record *record, struct buf *out)
    __attribute__((warn_unused_result));
int control_lost_write(uint64_t count, struct buf *out) __attribute__((warn_unused_result));

/* In bytes, with the NUL. */
#define CONTROL_ADDRESS_MAX 256

struct control_answer {
    bool local;
    char address[CONTROL_ADDRESS_MAX]; /* where the daemon serves; "" = it does not say */
};

/* An answer without its end: 0, or -EINVAL and *reterr, which has what it says. */
int control_answer_read(struct text line, struct control_answer *ret, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
