/*
 * What is not as it should be, and what to do about it: of a provider, of the machine's clock, of
 * the address at which the daemon is to serve. Every finding says what to do.
 */
#ifndef UNDERSTUDY_FINDING_H
#define UNDERSTUDY_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check/checkup.h"
#include "check/local_check.h"
#include "text/error.h"

struct finding {
    const char *about;  /* a provider's name, "clock" or "daemon"; borrowed */
    struct error what;  /* in words, without a full stop */
    struct error to_do; /* what helps; never empty */
    bool told;          /* a provider's line tells it: what it is, maybe not what to do */
};

/* No provider has more. */
#define FINDING_MAX (API_KEYS_MAX + 5)

/* How many there are of that provider, the gravest first. */
size_t finding_of_provider(const struct checkup *checkup, struct finding ret[FINDING_MAX]);

/* A clock that is further off than this makes certificates and signatures invalid. Seconds. */
#define FINDING_CLOCK_S 300

/* By the Date of the first answer from afar; false: the clock is right, or nobody told. */
bool finding_of_clock(const struct checkup *checkups, size_t count, struct finding *ret);

/*
 * Somebody else has the address at which the daemon is to serve; false: the daemon, or nobody, has
 * it. holder: who it is, in words ("python3, process 1234"); "" when that is not known.
 */
bool finding_of_daemon(const struct local_daemon *daemon, const char *holder, struct finding *ret);

#endif
