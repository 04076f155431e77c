/*
 * The last exchanges that are over, and the figures of the last hour and day: one for all workers,
 * in memory of a fixed size (below 1 MB), gone with the process. Safe between threads.
 */
#ifndef UNDERSTUDY_RECENT_H
#define UNDERSTUDY_RECENT_H

#include <stddef.h>
#include <stdint.h>

#include "ledger/exchange_record.h"
#include "ledger/figures.h"

/* So many exchanges are kept. */
#define RECENT_MAX 200

/* Takes a copy. */
void recent_add(const struct exchange_record *record);

/* How many were added since the start; what is added next has that number. Costs nothing. */
uint64_t recent_count(void);

/* Some of them, oldest first; the numbers are first, first + 1, ... */
struct recent {
    uint64_t first;
    size_t count;
    struct exchange_record *at; /* owned */
};

/* Copies of those from that number on that are still kept, the latest max of them: ret->first tells
 * how many are not. */
void recent_take(uint64_t from, size_t max, struct recent *ret);
void recent_done(struct recent *recent);

/*
 * Writes those from that number on, up to the one before end, by that function, the latest max of
 * them; returns how many before end are not among these. None of it may fail but for memory.
 */
uint64_t recent_write(uint64_t from, uint64_t end, size_t max,
                      int (*write)(const struct exchange_record *record, struct buf *out),
                      struct buf *out);

/* The number behind the exchange with that id; of the oldest that is kept where that one is not. */
uint64_t recent_behind(struct text id);

/* A copy of the figures, for figures_write. */
void recent_figures(struct figures *ret);

#endif
