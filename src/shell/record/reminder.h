/*
 * What the log has to say later, without anybody who logs then: how many lines were lost, once
 * there is room again, and how often what was kept back had happened (repeat.h). In the loop of one
 * thread; it costs no turn while there is nothing to say.
 */
#ifndef UNDERSTUDY_REMINDER_H
#define UNDERSTUDY_REMINDER_H

#include "base/loop.h"

struct reminder {
    struct loop *loop;
    struct loop_watch bell;
    struct loop_timer again;
};

/* From now on until reminder_done; one at a time. 0 or -errno, and then there is none. */
int reminder_init(struct reminder *reminder, struct loop *loop) __attribute__((warn_unused_result));

/* The last word: says what is left. Also for one that was never made ({0}), or could not be. */
void reminder_done(struct reminder *reminder);

#endif
