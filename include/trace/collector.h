/*
 * The collector of [log] otlp: where it is asked, and what its answer means. OTLP/HTTP
 * (opentelemetry-proto, docs/specification.md, "OTLP/HTTP Response", read 2026-11-29).
 */
#ifndef UNDERSTUDY_COLLECTOR_H
#define UNDERSTUDY_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "text/buf.h"
#include "text/text.h"

/* Adds the address that spans are sent to: /v1/traces where the setting has no path. It passed the
 * setting's check. 0, -EMSGSIZE or -ENOMEM. */
int collector_url(const char *otlp, struct buf *out) __attribute__((warn_unused_result));

/* May spans go there while nothing leaves the machine (host_is_local)? */
bool collector_is_local(const char *otlp);

/* "http://127.0.0.1:4318", for people: what is behind may be secret. Points into otlp. */
struct text collector_origin(const char *otlp);

enum collector_verdict {
    COLLECTOR_TOOK,    /* all but what it rejected */
    COLLECTOR_AGAIN,   /* not now: the same may be sent once more */
    COLLECTOR_REFUSED, /* never: the same must not be sent again */
};

struct collector_answer {
    enum collector_verdict verdict;
    int64_t rejected; /* spans that it took not, of those it got; 0 = none */
    int64_t wait_ms;  /* that it named, at most COLLECTOR_WAIT_MAX_MS; -1 = none */
};

#define COLLECTOR_WAIT_MAX_MS (5 * 60 * 1000)

/* status 0 = no answer came; retry_after at NULL = absent; wall_s: as retry_after_parse has it. */
struct collector_answer collector_judge(int status, struct text retry_after, struct text body,
                                        int64_t wall_s);

/* How long to wait after so many failures one after the other (1...): not at all after the first,
 * which may be a connection that had been kept; then 1 s, doubled up to 30 s, of which a random
 * part of up to a quarter is left out. random: 0 <= random < 1. */
int64_t collector_backoff_ms(int failures, double random);

#endif
