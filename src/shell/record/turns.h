/* How long the turns of all workers' loops took, together. Safe between threads. */
#ifndef UNDERSTUDY_TURNS_H
#define UNDERSTUDY_TURNS_H

#include <stdint.h>

#include "base/loop.h"

/* Those of one loop belong to it from now on; leaving, they stay in the numbers. */
void turns_join(struct loop_turns *turns);
void turns_leave(struct loop_turns *turns);

/* As in struct loop_turns, over all. */
struct turns_sum {
    uint64_t counts[LOOP_TURN_LIMITS + 1];
    int64_t sum_us;
};

struct turns_sum turns_read(void);

#endif
