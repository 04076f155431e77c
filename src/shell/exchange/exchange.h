/*
 * The life of one client request with all its attempts.
 *
 *     CHOOSING -> PREPARING -> TRYING -> STREAMING -> DONE
 *        ^            |        |  ^ \--> REPLYING --^
 *        |            v        v  |
 *        \---------(next)   WAITING            any --> CANCELLED
 *
 * The core decides (route.h, retry.h, relay.h); this obeys.
 */
#ifndef UNDERSTUDY_EXCHANGE_H
#define UNDERSTUDY_EXCHANGE_H

struct inbound;
struct worker;

/* Takes a request whose body is here: it will get a reply. */
void exchange_start(struct worker *worker, struct inbound *inbound);

/* The machine went offline: those that wait for a provider out there need not. */
void exchange_notice_offline(struct worker *worker);

/* The time to drain is over: streams end with the error event, what has not begun gets a 503. */
void exchange_end_all(struct worker *worker);

#endif
