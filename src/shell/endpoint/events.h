/*
 * GET /status/events: server-sent events of what changes, for pages that are left open. One set of
 * readers a worker; while there are none it costs nothing.
 *
 *     event: state       what STATUS_EVENT of status.h tells, when it has changed
 *     event: exchange    one that has ended (exchange_record.h); its id is the event's
 *     event: lost        {"count": n}: so many ended that are not told, as there were too many, or
 *                        the reader was too slow
 *
 * At the drain it goes on until nothing is under way any more.
 *
 * A Last-Event-ID has those told first that ended since (HTML, 9.2 Server-sent events, 2026-11).
 */
#ifndef UNDERSTUDY_EVENTS_H
#define UNDERSTUDY_EVENTS_H

struct endpoints;
struct events;
struct inbound;

/* at is borrowed and need not be filled yet. */
struct events *events_new(struct endpoints *at);

/* After all requests are over. NULL is fine. */
void events_free(struct events *events);

/* Starts to tell. */
void events_show(struct endpoints *at, struct inbound *inbound);

#endif
