/*
 * Texts one behind the other, and a number among them: what "%s%s" and "%d" do, without printf,
 * which costs ten times as much. For what is written once an event or once a request.
 */
#ifndef UNDERSTUDY_JOIN_H
#define UNDERSTUDY_JOIN_H

#include <stddef.h>
#include <stdint.h>

#include "text/buf.h"
#include "text/text.h"

/* For the last two parameters of the functions here: JOIN(text_of("a"), text_of("b")). */
#define JOIN(...)                                                                                  \
    (const struct text[]){__VA_ARGS__},                                                            \
        sizeof((const struct text[]){__VA_ARGS__}) / sizeof(struct text)

/* How many bytes all have. */
size_t join_length(const struct text *parts, size_t count);

/* Writes them and a NUL to out, as many bytes as size has room for; returns how many, without it.
 * size: at least 1. */
size_t join_write(char *out, size_t size, const struct text *parts, size_t count);

/* Adds all or none. Errors of buf. */
int join_append(struct buf *out, const struct text *parts, size_t count)
    __attribute__((warn_unused_result));

/* The number in decimal digits, with a NUL behind them, in room. */
#define JOIN_NUMBER_SIZE sizeof("-9223372036854775808")
struct text join_number(int64_t number, char room[JOIN_NUMBER_SIZE]);

#endif
