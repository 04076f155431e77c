/*
 * One provider's breaker: after so many failed attempts in a row the provider is left alone for a
 * while, then a single attempt finds out whether it is back.
 *
 *               failures in a row            open_for_ms over
 *     CLOSED -----------------------> OPEN <------------------> HALF_OPEN
 *        ^                                   the probe failed       |
 *        +----------------------------------------------------------+  the probe was answered
 *
 * No clock: instants are monotonic ms and come in. Not for several threads at once.
 */
#ifndef UNDERSTUDY_BREAKER_H
#define UNDERSTUDY_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "failure/failure.h"

/* The numbers are those of the metric breaker_state. */
enum breaker_state { BREAKER_CLOSED = 0, BREAKER_HALF_OPEN = 1, BREAKER_OPEN = 2 };

struct breaker {
    int limit;            /* failures in a row that open it; 0 = it never opens */
    int64_t open_for_ms;  /* then skipped so long */
    int failures;         /* in a row so far, while closed */
    bool open;            /* or half-open */
    bool probing;         /* a probe is under way */
    int64_t opened_at_ms; /* while open */
    uint64_t period;      /* one more with each opening and closing */
};

enum breaker_permit {
    BREAKER_REFUSED,
    BREAKER_ALLOWED,
    BREAKER_PROBE, /* allowed, as the one attempt that finds out */
};

/* What an attempt was told; it hands it back with its result. */
struct breaker_pass {
    enum breaker_permit permit;
    uint64_t period;
};

/* Closed and off, until it is configured. */
void breaker_init(struct breaker *breaker);

/*
 * The settings, at first and at each reload. What is known of the provider stays: an open one stays
 * open, for the new time; failures so far count against the new number from the next one on. Only
 * failures 0 closes it.
 */
void breaker_configure(struct breaker *breaker, int failures, int64_t open_for_ms);

/*
 * May an attempt begin? Asked once for each attempt. A pass that is not BREAKER_REFUSED must come
 * back by breaker_ended, once: a probe that never ends keeps everybody else out.
 */
struct breaker_pass breaker_allow(struct breaker *breaker, int64_t now_ms);

/*
 * How the attempt ended: FAILURE_NONE = it was answered. network, timeout, protocol and server
 * count against the provider; whatever else it answers shows that it is alive. cancelled and
 * skipped say nothing; a probe that ends so frees its place for the next one. A pass from before
 * the last opening or closing says nothing either: what it knows is older.
 */
void breaker_ended(struct breaker *breaker, struct breaker_pass pass, enum failure failure,
                   int64_t now_ms);

/* "closed", "half-open", "open" */
const char *breaker_word(enum breaker_state state);

/* HALF_OPEN as soon as a probe may begin, and while one is under way. */
enum breaker_state breaker_state(const struct breaker *breaker, int64_t now_ms);

/*
 * When it is worth asking again, for Retry-After: 0 = now. While a probe is under way nobody knows;
 * then a second.
 */
int64_t breaker_retry_in_ms(const struct breaker *breaker, int64_t now_ms);

#endif
